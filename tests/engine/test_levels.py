"""A document level by level: from every value there is a way back to its place, and wrong values are found wherever they stand."""

from __future__ import annotations

import json
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepgrade_service.engine.reading import bounds
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.reading.levels import PART, Level
from stepgrade_service.engine.reading.tensors import Layout, read_params, read_rows, read_tensor

DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=30,
)


def at(document, path):
    for part in path:
        document = document[part]
    return document


@given(DOCUMENTS)
def test_every_value_is_met_once_and_its_path_leads_to_it(document):
    level, paths = Level([document], {list, dict}), []
    while level.entries:
        for number, entry in enumerate(level.entries):
            paths.append(level.path(number))
            assert at(document, paths[-1]) is entry
        level = level.below
    assert len(set(paths)) == len(paths)
    assert len(paths) == count(document)


def count(document):
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return 1 + sum(map(count, inner))


@given(st.lists(st.tuples(st.sampled_from([1, "a", None, [2], {"b": 3}]), st.integers(1, PART)), max_size=9))
def test_the_entries_of_some_types_are_found_in_order(runs):
    entries = [entry for entry, length in runs for _ in range(length)]
    level = Level(entries, {list})
    assert level.of({str, dict}) == [entry for entry in entries if type(entry) in (str, dict)]
    assert [number for number, _ in level.among({list})] == [number for number, entry in enumerate(entries) if type(entry) is list]


@pytest.mark.parametrize("rows", [1, 17, PART, PART + 1, 5 * PART + 3])
@pytest.mark.parametrize(("wrong", "path", "detail"), [("x", (1,), "a string"), (True, (1,), "true"), ([1], (), "equal length")])
def test_what_is_wrong_at_the_end_of_a_long_list_is_found_at_its_place(rows, wrong, path, detail):
    with pytest.raises(Refusal) as refused:
        read_tensor([[0.0, 1]] * (rows - 1) + [[0.0, wrong]])
    (fault,) = refused.value.faults
    assert detail in fault.detail
    assert fault.path == ((rows - 1, *path) if path else ())
    with pytest.raises(Refusal) as refused:
        read_rows([[0.0, 1]] * (rows - 1) + [[0.0, wrong]], Layout(None, ((2,),)))
    assert [fault.path[0] for fault in refused.value.faults] == [rows - 1]


@given(st.lists(st.integers(1, 5), max_size=5))
def test_nested_lists_are_read_as_numpy_reads_them(shape):
    numbers = np.random.default_rng(0).normal(size=shape)
    assert np.array_equal(read_tensor(numbers.tolist()), numbers)
    named = read_params({"w": numbers.tolist(), "b": 1, "c": numbers})
    assert named.layout == Layout(("w", "b", "c"), (tuple(shape), (), tuple(shape)))
    assert np.array_equal(named.flat, np.concatenate([numbers.reshape(-1), [1], numbers.reshape(-1)]))


def test_each_tensor_that_is_not_finite_is_named():
    with pytest.raises(Refusal) as refused:
        read_params({"w": [1.0, float("nan")], "b": 1.0, "c": [[float("inf")]]})
    assert {fault.path for fault in refused.value.faults} == {("w",), ("c",)}


LONG = "x" * (bounds.LONGEST_TEXT + 1)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"a": [1, {"b": LONG}]}, ("a", 1, "b")),
        ({"a": {LONG: 1}}, ("a",)),
        ({"a": ['"' * 20, {"b": LONG}]}, ("a", 1, "b")),
        ({"a": [[1] * 9000, {str(number): 1 for number in range(bounds.MOST_TENSORS + 1)}]}, ("a", 1)),
        ({"a": {"b": [[[]] * 9000, nested]}} if (nested := json.loads("[" * 80 + "]" * 80)) else {}, ("a", "b")),
    ],
    ids=["a text", "a key", "a text beside quotes", "keys", "depth"],
)
def test_what_is_beyond_a_bound_is_found_at_its_place(document, path):
    with pytest.raises(Refusal) as refused:
        bounds.hold_document(document, json.dumps(document).encode())
    assert [fault.path for fault in refused.value.faults] == [path]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_texts_that_hold_brackets_and_quotes_are_within_the_bounds(some):
    texts = some * 400
    document = {"a": [*texts, '[{":', "]}\\"], "b": dict(zip(texts, chain(texts[1:], [""]), strict=True))}
    body = json.dumps(document).encode()
    assert bounds.hold_document(document, body + b" " * bounds.LONGEST_TEXT) >= 2
