"""Reading a request: faults are gathered and capped, and what is named is read tensor by tensor."""

from __future__ import annotations

import pytest

from stepgrade_service.engine.reading.faults import MOST_FAULTS, Collector, Refusal
from stepgrade_service.engine.reading.tensors import read_params, read_rows


def test_faults_are_capped_where_they_are_made_and_the_rest_is_counted():
    faults = Collector()
    for number in range(1000):
        with faults.at("part"):
            inner = Collector()
            inner.add("expected a number", number)
            inner.add("expected a number", number, 0)
            inner.settle()
    with pytest.raises(Refusal) as refused:
        faults.settle()
    assert len(refused.value.faults) == MOST_FAULTS
    assert refused.value.under("whole").more == refused.value.more == 2000 - MOST_FAULTS


def test_named_gradients_are_read_tensor_by_tensor():
    layout = read_params({"a": 1.0, "W": [[1.0, 2.0]]}).layout
    rows = [{"W": [[k, 2 * k]], "a": -k} for k in range(4)]
    assert read_rows(rows, layout).tolist() == [[-k, k, 2 * k] for k in range(4)]
    with pytest.raises(Refusal) as refused:
        read_rows([*rows, {"a": 1}, {"a": "1", "W": [[1, 2]]}], layout)
    assert [fault.path for fault in refused.value.faults] == [(4,), (5, "a")]
