"""Values that a JSON Schema of openapi.yaml allows, and that fit each other: tensors of one request have one layout.

Hypothesis has strategies for a JSON Schema too, but a case of theirs has no number by which it can be made again alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .dice import Dice

Schema = Mapping[str, Any]

#: Every object gets about so many of the members that it may leave out.
OPTIONAL = 1.5

#: Labels of a request's optimizers, in their order.
LABELS = "abcdefgh"


class Sampler:
    """Draws the values of one request. What was drawn first is the frame of the rest."""

    def __init__(self, dice: Dice, schemas: Mapping[str, Schema], catalogue: Mapping[str, Schema]) -> None:
        self.dice, self.schemas, self.catalogue = dice, schemas, catalogue
        self.shapes = self._shapes()
        self.labels: list[str] = []
        self.optimizer = ""
        self.count = dice.few(1, 3000)
        self._special: dict[str, Callable[[Schema], Any]] = {
            "Params": lambda _: self.params(),
            "Tensor": lambda _: self.tensor(self.shapes.get("", [2])),
            "State": self._state,
            "Objective": self._objective,
            "Start": self._start,
            "Gradients": lambda _: [self.params() for _ in range(self.count)],
            "Values": lambda _: [self.dice.number() for _ in range(self.count)],
            "Pair": lambda _: self.labels[:2] if len(self.labels) > 1 and not dice.chance(0.1) else ["a", "b"],
        }

    def draw(self, schema: Schema) -> Any:
        """A value that a schema allows, in most cases."""
        if "$ref" in schema:
            return self._referred(schema["$ref"].rpartition("/")[2])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.dice.one_of(schema["enum"])
        if "anyOf" in schema:
            return self.draw(self._one_kind(schema["anyOf"]))
        kind = schema.get("type", "any")
        kind = self.dice.one_of(kind) if isinstance(kind, list) else kind
        return getattr(self, f"_{kind}")(schema)

    def _one_kind(self, kinds: list[Schema]) -> Schema:
        """One of several: seldom null, and numbers by the names of tensors only where these have names."""
        unlikely = [
            kind
            for kind in kinds
            if kind.get("type") == "null" or (kind.get("type") == "object" and "" in self.shapes and "properties" not in kind)
        ]
        likely = [kind for kind in kinds if kind not in unlikely]
        return self.dice.one_of(likely if likely and not self.dice.chance(0.05) else kinds)

    def params(self) -> Any:
        """Numbers in the layout of this request."""
        if "" in self.shapes:
            return self.tensor(self.shapes[""])
        return {name: self.tensor(shape) for name, shape in self.shapes.items()}

    def tensor(self, shape: list[int]) -> Any:
        return [self.tensor(shape[1:]) for _ in range(shape[0])] if shape else self.dice.number()

    def _shapes(self) -> dict[str, list[int]]:
        """The shape of each tensor of the params by its name, which is empty for params without names."""
        if self.dice.chance(0.75):
            return {"": self._shape()}
        return {self.dice.text(): self._shape() for _ in range(self.dice.few(1, 300))}

    def _shape(self) -> list[int]:
        """Mostly a list of numbers; else up to three axes, or one number."""
        if self.dice.chance(0.7):
            return [self.dice.few(1, 2000)]
        return [self.dice.few(1, 20) for _ in range(self.dice.below(4))]

    def _referred(self, name: str) -> Any:
        if name in self._special:
            return self._special[name](self.schemas[name])
        drawn = self.draw(self.schemas[name])
        kind, _, of = name.partition(".")
        if kind in ("Optimizer", "Contender") and of in self.catalogue:
            self.optimizer = of
            drawn = self._with_own_names(of, drawn)
        return drawn

    def _with_own_names(self, optimizer: str, drawn: dict[str, Any]) -> dict[str, Any]:
        """An optimizer with a learning rate and the service's own names, mostly: those of a framework hold in its convention alone."""
        if not self.dice.chance(0.2):
            own = {"name", "convention", "label", *(each["name"] for each in self.catalogue[optimizer]["hyperparameters"])}
            drawn = {key: value for key, value in drawn.items() if key in own}
        rate = {"lr": 10 ** self.dice.random.uniform(-4, 0)} if self.dice.chance(0.95) else {}
        return {**rate, **drawn}

    def _objective(self, schema: Schema) -> Any:
        drawn = self.draw(schema)
        dimension = drawn.get("dimension") if isinstance(drawn, dict) else None
        self.shapes = {"": [2 if dimension is None else dimension]}
        return drawn

    def _start(self, schema: Schema) -> Any:
        return self.params() if self.dice.chance(0.7) else "default" if self.dice.chance(0.7) else self.draw(schema)

    def _state(self, schema: Schema) -> dict[str, Any]:
        slots = [slot["name"] for slot in self.catalogue.get(self.optimizer, {}).get("slots", [])]
        return {"t": self.draw(schema["properties"]["t"])} | {slot: self.params() for slot in self.dice.picked(slots, 0.7)}

    def _object(self, schema: Schema) -> dict[str, Any]:
        properties, needed = schema.get("properties", {}), schema.get("required", ())
        optional = len(properties) - len(needed)
        share = OPTIONAL / max(optional, OPTIONAL)
        drawn = {name: self._member(name, of) for name, of in properties.items() if name in needed or self.dice.chance(share)}
        if not properties and isinstance(schema.get("additionalProperties"), Mapping):
            drawn = {name: self.draw(schema["additionalProperties"]) for name in self._names()}
        if self.dice.chance(0.02):
            for pattern, of in schema.get("patternProperties", {}).items():
                drawn[self.dice.one_of(re.findall(r"\w+", pattern))] = self.draw(of)
        return drawn

    def _member(self, name: str, schema: Schema) -> Any:
        if name == "label":
            self.labels.append(LABELS[len(self.labels) % len(LABELS)])
            return self.labels[-1]
        if name == "dimension" and self.dice.chance(0.75):
            return 2
        if name == "baseline":
            return self.dice.one_of(self.labels or ["a"])
        return self.draw(schema)

    def _names(self) -> list[str]:
        return list(self.shapes) if "" not in self.shapes else [self.dice.text() for _ in range(self.dice.few(1, 300))]

    def _array(self, schema: Schema) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 1000)
        items = schema.get("items", {})
        if least == most and items.get("type") == "number":
            return self._range(least, items)
        drawn = [self.draw(items) for _ in range(self.dice.few(least, min(most, 3000)))]
        plain = all(isinstance(each, int | float | str) for each in drawn)
        return list(dict.fromkeys(drawn)) if plain and self.dice.chance(0.95) else drawn

    def _range(self, length: int, items: Schema) -> list[Any]:
        """From, to, and for three how many."""
        low, high = sorted((self.draw(items), self.draw(items)))
        return [low, high, *([self.dice.few(2, 60)] if length == 3 else [])]

    def _number(self, schema: Schema) -> float:
        number = self.dice.number()
        low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is not None and number < low:
            number = min(low + abs(number), 1e300 if high is None else high)
        if high is not None and number >= high:
            number = (
                high
                if "maximum" in schema and self.dice.chance(0.3)
                else self.dice.random.uniform(low or 0.0, min(high, (low or 0.0) + 1.0))
            )
        return number

    def _integer(self, schema: Schema) -> int:
        low, high = int(schema.get("minimum", 0)), int(min(schema.get("maximum", 2**53), 2**63))
        return self.dice.size(low, high) if self.dice.chance(0.01) else self.dice.size(low, min(high, low + self.dice.one_of((3, 10, 100))))

    def _string(self, schema: Schema) -> str:
        return self.dice.text(min(schema.get("maxLength", 12), 200 if self.dice.chance(0.05) else 12))

    def _boolean(self, _: Schema) -> bool:
        return self.dice.chance(0.5)

    def _null(self, _: Schema) -> None:
        return None

    def _any(self, _: Schema) -> Any:
        """What the document leaves open is what a student returned: mostly numbers, laid out as asked."""
        return self.params() if self.dice.chance(0.8) else [self.params() for _ in range(self.count)]
