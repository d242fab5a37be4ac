"""Objects that have a key twice: they are told, with the place where that can be had, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.reading.repeated_keys import LONG, hold_keys_once


def faults(body):
    try:
        hold_keys_once(json.loads(body), body.encode())
    except Refusal as refusal:
        return {fault.path: fault.detail for fault in refusal.faults}
    return {}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ('{"steps": 5, "steps": 7}', [("steps",)]),
        ('{"steps" :5,"steps"\n: 5}', [("steps",)]),
        ('{"a": 1, "b": 2, "a": 3, "b": 4, "b": 5}', [("a",), ("b",)]),
        ('{"a": 1, "\\u0061": 2}', [("a",)]),
        ('{"x": [[1, 2], [{"a": ":", "a": 2}]]}', [("x", 1, 0, "a")]),
        ('["gd", {"lr": 1, "lr": 2}]', [(1, "lr")]),
        ('{"b": 0, "c": {"a": {"b": 1, "b": 3}, "a": {"z": 2}}}', [("c", "a")]),
        ('{"a": {"b": 1}, "a": {"b": 2}}', [("a",)]),
        (f'{{"n": {"9" * 4000}, "a": 1, "a": 2}}', [("a",)]),
        ('{"": 1, "": 2}', [("",)]),
    ],
)
def test_a_key_that_is_there_twice_is_told_at_its_place(body, paths):
    told = faults(body)
    assert [*told] == paths
    assert all("expected each key once in an object" in detail and repr(path[-1]) in detail for path, detail in told.items())


@pytest.mark.parametrize(
    "body", ['{"a": "b: c"}', '{"a": "\\"b\\": c"}', '{"a": ":"}', '{"a\\"": "\\\\", "b": ":"}', "[]", '"a:b"', '{"a": [["x:"]]}']
)
def test_a_colon_within_a_text_is_no_key(body):
    assert faults(body) == {}


def test_in_a_long_body_the_key_is_told_without_its_place():
    told = faults(f'{{"x": [{", ".join(["0.25"] * LONG)}], "steps": 1, "steps": 2}}')
    assert [*told] == [()]
    assert "'steps'" in told[()]


DOCUMENTS = st.recursive(
    st.none() | st.integers(0, 9) | st.text('":\\{}a ', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('":\\a', max_size=2), inner, max_size=3),
)


@given(DOCUMENTS, st.sampled_from([(",", ":"), (", ", " : "), (",\n", ":\t")]))
def test_no_document_that_was_written_by_a_program_is_refused(document, separators):
    assert faults(json.dumps(document, separators=separators)) == {}


@given(st.dictionaries(st.text('":\\a', max_size=2), DOCUMENTS, min_size=1, max_size=4), DOCUMENTS, st.data())
def test_an_object_that_gets_one_of_its_keys_again_is_always_refused(document, value, data):
    name = data.draw(st.sampled_from([*document]))
    inner = json.dumps(document)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"
    assert faults(inner)
    assert [*faults(f'{{"x": [[{inner}]]}}')] == [("x", 0, 0, name)]
