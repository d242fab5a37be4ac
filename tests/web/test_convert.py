"""POST /convert: an optimizer in another convention."""

from __future__ import annotations

import pytest

CALL = {"convention": "torch", "call": "torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.95))"}


def test_the_answer_is_the_optimizer_the_call_that_makes_it_and_what_was_sent(post):
    answer = post("/convert", {"optimizer": CALL, "to": "optax"}).json
    expected = {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-8, "eps_root": 0.0}
    assert answer["optimizer"] == {"name": "adam", "convention": "optax", **expected}
    assert answer["call"] == "optax.adam(learning_rate=0.01, b1=0.8, b2=0.95)"
    assert (answer["exact"], answer["notes"]) == (True, [])
    assert answer["given"] == post("/step", {"optimizer": CALL, "params": 1.0, "gradient": 1.0}).json["optimizer"]


def test_the_optimizer_of_the_answer_and_its_call_are_accepted_and_step_alike(post):
    answer = post("/convert", {"optimizer": {**CALL, "weight_decay": 0.0}, "to": "optax"}).json
    step = {"params": [1.0, 2.0], "gradient": [0.5, -4.0]}
    steps = [
        post("/step", {"optimizer": optimizer, **step}).json["params"]
        for optimizer in (CALL, answer["optimizer"], {"convention": "optax", "call": answer["call"]})
    ]
    assert steps[0] == steps[1] == steps[2]


@pytest.mark.parametrize(
    ("request_", "pointers"),
    [
        ({}, {"/optimizer", "/to"}),
        ({"optimizer": {"name": "adm"}, "to": "tensorflow", "form": 1}, {"/optimizer/name", "/to", "/form"}),
        ({"optimizer": "adam", "to": 7}, {"/to"}),
        ({"optimizer": "adam", "to": None}, {"/to"}),
        ({"optimizer": "adam", "to": "keras"}, {"/to"}),
        ({"optimizer": {"name": "adam", "eps": 0, "clip_value": 1, "maximize": True}, "to": "course"}, {"/to"}),
        ({"optimizer": {"name": "sgd", "lr": {"W": 0.1}}, "to": "keras"}, {"/to"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_every_fault_is_told_and_what_a_convention_lacks(faults, request_, pointers):
    assert set(faults("/convert", request_)) == pointers
