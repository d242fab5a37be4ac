"""What a refusal costs beside parsing the same bytes: the bodies that were costliest to refuse, and their kin.

Each is sent to the application in process. The time that counts is that of the processor, as the service spends it: parsing, reading,
telling what is wrong. A body that is within the bounds is answered, and is held to its price by `prices.py`.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from itertools import accumulate, repeat
from time import process_time
from typing import Any

import orjson
from table import Row, Section, at_most, duration, number

from stepgrade_service.web import create_app

#: A refusal may take so many times as long as parsing alone.
TIMES = 2.0

STEP: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
REPLAY: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.1}, "start": [1.0, 1.0]}
COMPARED: dict[str, Any] = {"objective": "sphere", "optimizers": ["gd", "adam"]}
WRONG = "wrong"


def bodies() -> dict[str, tuple[str, Any]]:
    """The path and the document of each."""
    keys = dict.fromkeys((f"k{each}" for each in range(600_000)), 1)
    one = {"optimizer": {"name": "sgd", "lr": 1.0}, "start": 0.0, "gradients": [1.0] * 13_000}
    decaying = list(accumulate(repeat(-(1 - 1e-9), 13_000), lambda x, rate: x + rate))
    compounded = {**one, "schedule": {"name": "exponential", "decay_rate": 1 - 1e-9}}
    named = {f"layer{each}": 1.0 for each in range(9_000)}
    return {
        "side effects that are numbers": ("/check", {"reference": STEP, "submission": {"params": [1, 2], "side_effects": [0] * 3_900_000}}),
        "references that are empty": ("/check", {"reference": [{}] * 2_000_000, "submission": []}),
        "quantities that are numbers": ("/audit", {"reference": STEP, "compares": [0] * 3_900_000}),
        "an optimizer of many keys": ("/compare", {**COMPARED, "optimizers": ["gd", keys]}),
        "starts of which one has many names": ("/compare", {**COMPARED, "starts": {"a": named, **{f"s{k}": [1, 2] for k in range(320)}}}),
        "params of many numbers": ("/step", {**STEP, "params": [0] * 2_000_000, "gradient": [0] * 2_000_000}),
        "a decaying rate, one point off": ("/check", {"reference": compounded, "submission": {"points": [*decaying[:-1], 5.0]}}),
        "many points, the last one off": (
            "/check",
            {"reference": one, "submission": {"points": [*map(float, range(-1, -13_000, -1)), 1e6]}},
        ),
        "params of which the last is no number": ("/step", {**STEP, "params": [0] * 4_000_000 + [WRONG]}),
        "params that are all no numbers": ("/step", {**STEP, "params": [WRONG] * 1_000_000}),
        "gradients of which the last is no number": ("/trajectory", {**REPLAY, "gradients": [[0, 0]] * 1_300_000 + [[0, WRONG]]}),
        "gradients of which the last is too short": ("/trajectory", {**REPLAY, "gradients": [[0, 0]] * 1_300_000 + [[0]]}),
        "gradients that are all too short": ("/trajectory", {**REPLAY, "gradients": [[0]] * 1_900_000}),
        "gradients of names, one of them unknown": (
            "/trajectory",
            {**REPLAY, "start": {"w": 1, "b": 1}, "gradients": [{"w": 0, "b": 0}] * 500_000 + [{"w": 0, "c": 0}]},
        ),
        "values of which the last is no number": (
            "/trajectory",
            {**REPLAY, "gradients": [[0, 0]] * 700_000, "values": [0] * 699_999 + [WRONG]},
        ),
        "points of which the last is no number": (
            "/check",
            {"reference": {**REPLAY, "gradients": [[0, 0]]}, "submission": {"points": [[0, 0]] * 1_300_000 + [[0, WRONG]]}},
        ),
        "lists in lists, too deep": ("/step", {**STEP, "params": [nested(70)] * 29_000}),
        "lists in lists, as deep as allowed": ("/step", {**STEP, "params": [nested(60)] * 33_000}),
        "one text of many characters": ("/step", {**STEP, "params": "x" * 8_000_000}),
        "many texts": ("/step", {**STEP, "params": ["x" * 100] * 70_000}),
        "a learning rate of many keys": ("/step", {**STEP, "optimizer": {"name": "sgd", "lr": keys}}),
        "objects in objects": ("/step", {**STEP, "params": {f"t{k}": {f"u{j}": 1 for j in range(60)} for k in range(9_000)}}),
        "a schedule of many rates, the last one wrong": (
            "/trajectory",
            {"optimizer": "sgd", "objective": "sphere", "schedule": {"name": "list", "factors": [1] * 3_900_000 + [WRONG]}},
        ),
    }


def nested(depth: int) -> Any:
    """A number within so many lists."""
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def sections(rounds: int) -> Iterator[Section]:
    """Each body parsed, and posted."""
    client = create_app().test_client()
    gc.collect()
    gc.freeze()  # as a worker of the service does
    rows = []
    for name, (path, document) in bodies().items():
        body = json.dumps(document, separators=(",", ":")).encode()
        del document
        parsing, posting, status = [], [], 0
        for _ in range(max(rounds // 4, 2)):
            gc.disable()  # as the service does while it parses
            parsing.append(spent(lambda body=body: orjson.loads(body)))
            gc.enable()
            posting.append(spent(lambda body=body, path=path: client.post(path, data=body, content_type="application/json")))
        status = client.post(path, data=body, content_type="application/json").status_code
        ratio = min(posting) / min(parsing)
        target = at_most(ratio, TIMES) if status == 422 else "within its price"
        shown = f"{number(ratio)}x ({status}, {len(body) / 2**20:.1f} MiB)"
        rows.append(Row(name, duration(min(posting)), duration(min(parsing)), shown, target))
    yield Section("refusing a body, beside parsing it (least of each)", rows)


def spent(function: Any) -> float:
    """The processor's seconds of a call, with what it leaves behind."""
    gc.collect()
    began = process_time()
    function()
    return process_time() - began
