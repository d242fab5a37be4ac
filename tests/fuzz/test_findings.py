"""The fuzzer finds what is wrong, and makes it smaller."""

from __future__ import annotations

import json

import pytest
from fuzz.case import Exchange, Request, dice_of
from fuzz.contract import leads_somewhere
from fuzz.look import Limits
from fuzz.minimise import smaller_bytes, smaller_document

CASES = 40


def looks(surface, name, count=CASES, often=False):
    """What the first cases of a surface have come to, with their cases. Of its endpoints it knows the one that is another here."""
    surface.paths = ["/step"]
    cases = [surface.case(dice_of(1, name, number)) for number in range(count)]
    return [(case, surface.look(case, often)) for case in cases if isinstance(case, Request) and case.path == "/step"]


@pytest.mark.parametrize(
    ("app", "found"),
    [
        ("raising", "/step: status 500: IndexError"),
        ("not_a_number", "/step: application/json that cannot be read"),
        ("of_no_form", "/step: text/x-done was not accepted"),
        ("changing", "/step: another body the second time"),
        ("without_pointer", "/step: a place that is not in the document"),
    ],
)
def test_a_planted_fault_is_found(planted, new_surface, app, found):
    seen = [look.found for _, look in looks(new_surface("json", f"planted:{app}"), "json", often=app == "changing") if look.found]
    assert any(each.startswith(found) for each in seen), set(seen)


def test_a_slow_answer_is_found(planted, new_surface):
    surface = new_surface("json", "planted:slow", Limits(seconds=0.2))
    step = Request("POST", "/step", [("Content-Type", "application/json")], b"{}")
    assert surface.look(step).found == "/step: an answer that took longer than the limit"


def test_a_finding_is_made_smaller(planted, new_surface):
    surface = new_surface("json", "planted:raising")
    case, look = next(each for each in looks(surface, "json") if each[1].found and each[0].body.startswith(b"{"))
    small = surface.smaller(case, look.found)
    assert surface.look(small).found == look.found
    assert len(small.body) < len(case.body)


def test_a_document_keeps_what_the_finding_needs():
    document = {"a": [1.5, 2.5, 3.5], "b": {"c": "text", "d": None}, "e": "more"}
    assert smaller_document(document, lambda each: "c" in str(each.get("b"))) == {"b": {"c": 1}}
    assert smaller_bytes(b"what is needed here", lambda each: b"need" in each) == b"need"


def test_a_place_has_to_be_in_the_document_or_beside_what_is():
    document = {"a": [{"b": 1}], "c/d": {}}
    assert all(leads_somewhere(document, pointer) for pointer in ("", "/x", "/a/0/x", "/a/1", "/a/0/b", "/c~1d/x"))
    assert not any(leads_somewhere(document, pointer) for pointer in ("/x/y", "/a/1/b", "/a/b/c", "/c/d"))


@pytest.mark.parametrize(("name", "count"), [("json", 150), ("pictures", 12)])
def test_a_part_of_the_cases_is_answered_and_a_part_refused(new_surface, name, count):
    surface = new_surface(name)
    labels = [surface.look(surface.case(dice_of(2, name, number))).label for number in range(count)]
    assert sum(label.startswith("200") for label in labels) >= count // 10
    assert sum(label.startswith("422") for label in labels) >= count // 10


@pytest.mark.parametrize("name", ["headers", "sockets"])
def test_a_server_is_alive_after_each_case(new_surface, name):
    surface = new_surface(name)
    seen = [surface.look(surface.case(dice_of(1, name, number)), number % 20 == 0) for number in range(60)]
    assert {look.found for look in seen} == {""}
    assert len({look.label for look in seen}) > 3


def test_a_server_that_does_not_answer_is_found(new_surface):
    surface = new_surface("sockets")
    surface.server.stop()
    assert surface.look(Exchange([b"GET / HTTP/1.1\r\n\r\n"])).found == "not alive within 1 s"


def test_a_case_is_the_same_whoever_asks_for_it(new_surface):
    surface, again = new_surface("json"), new_surface("json")
    for number in range(50):
        assert surface.case(dice_of(3, "json", number)) == again.case(dice_of(3, "json", number))
    assert json.dumps(surface.case(dice_of(3, "json", 1)).written()) != json.dumps(surface.case(dice_of(4, "json", 1)).written())
