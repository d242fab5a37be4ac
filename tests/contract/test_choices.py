"""The client's types for closed choices: each has what openapi.yaml has, no more and no less, and what the client does with it."""

from __future__ import annotations

from typing import get_args

import pytest
from tests.contract.committed import committed

from stepgrade import choices
from stepgrade.bundles.calls import FORMS
from stepgrade.caller import DRAWN, PICTURES
from stepgrade.client import Client

#: Where openapi.yaml has the choices of a type: each of these places, or together.
PLACES = {
    "StepPart": ["StepRequest/properties/include/items"],
    "RunPart": ["RunRequest/properties/include/items", "ReplayRequest/properties/include/items"],
    "ComparedPart": ["CompareRequest/properties/include/items"],
    "Match": ["Match/anyOf/0", "Comparison/properties/matching/properties/mode"],
    "Measure": ["Measure/anyOf/0", "Measure/anyOf/1/items"],
    "Compared": ["Compares/items"],
    "Precision": ["CheckRequest/properties/precision"],
    "Status": ["Step/properties/status", "Trajectory/properties/status", "Comparison/properties/runs/items/properties/status"],
    "StopRule": ["Trajectory/properties/stopped_by"],
    "EffectOf": ["Comparison/properties/decompose/items/properties/outcome"],
    "Effect": ["Comparison/properties/decompose/items/properties/result"],
    "Reason": ["Comparison/properties/decompose/items/properties/because"],
    "Kind": ["Check/properties/findings/items/properties/kind"],
}

#: What is the client's own, or is no enum of the document; other tests here hold them.
ELSEWHERE = {"Hints", "Keep", "Style", "Method", "PictureFormat", "Theme"}


def part(place):
    """A part of the document's schemas."""
    found = committed()["components"]["schemas"]
    for name in place.split("/"):
        found = meant(found[int(name) if isinstance(found, list) else name])
    return found


def meant(schema):
    """The schema itself, where there is a reference to it, or where null stands for what is left out."""
    if "$ref" in schema:
        return part(schema["$ref"].removeprefix("#/components/schemas/"))
    given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}] if isinstance(schema, dict) else []
    return meant(given[0]) if len(given) == 1 else schema


def test_every_type_is_held():
    assert set(choices.__all__) == PLACES.keys() | {"Convention"} | ELSEWHERE


@pytest.mark.parametrize("name", PLACES)
def test_a_type_has_the_choices_of_the_service(name):
    ours = set(get_args(getattr(choices, name)))
    theirs = [set(part(place)["enum"]) for place in PLACES[name]]
    assert [each for each in theirs if each != ours] == []


def test_the_conventions_are_those_of_all_optimizers_together():
    """An optimizer has those whose authors have it."""
    optimizers = [name for name in committed()["components"]["schemas"] if name.startswith("Optimizer.")]
    theirs = [part(f"{name}/properties/convention")["enum"] for name in optimizers]
    assert set(get_args(choices.Convention)) == set().union(*theirs)


def test_hints_are_those_of_the_service():
    hints = part("CheckRequest/properties/hints")
    assert [*get_args(choices.Hints)] == [*range(hints["minimum"], hints["maximum"] + 1)]


@pytest.mark.parametrize("path", ["/trajectory", "/compare", "/map"])
def test_the_forms_and_the_colours_of_a_picture_are_those_of_the_service(path):
    post = committed()["paths"][path]["post"]
    forms = {PICTURES[form] for form in get_args(choices.PictureFormat)}
    assert forms == {media for media in post["responses"]["200"]["content"] if media.startswith("image/")}
    assert PICTURES.keys() == DRAWN.keys() == set(get_args(choices.PictureFormat)) < FORMS.keys()
    themes = [each["schema"]["enum"] for each in post["parameters"] if each.get("name") == "theme"]
    assert themes == [[*get_args(choices.Theme)]]


def test_a_sweep_calls_methods_of_the_client():
    assert [name for name in get_args(choices.Method) if not callable(getattr(Client, name, None))] == []
