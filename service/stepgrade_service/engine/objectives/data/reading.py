"""From a model and its data as somebody wrote them to the resolved model: every fault at once, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...optimizers.declaration import LARGEST
from ...reading.cost import TooCostly
from ...reading.faults import Collector, Fault, Refusal, refuse, unknown, whole
from ...reading.faults import plain as plainly
from ...reading.nulls import without_null
from ...reading.tensors import expected, is_number, read_tensor, shaped
from .model import Batches, Data, Model
from .models import (
    ALIASES,
    COLUMNS,
    MOST_CLASSES,
    MOST_LAYERS,
    MOST_PARAMETERS,
    ORDERS,
    TARGETS_OF,
    Member,
    ModelKind,
)
from .sets import CLASSES, DATA_SETS, LABELS, NUMBERS, arrays_of

Array = NDArray[np.float64]

#: Work of evaluating all examples once, as a run does before anything: half a second.
MOST_WORK = 5e7

#: After so many wrong labels nobody looks further.
MOST_WRONG_LABELS = 5

#: Posted batches have at most so many example numbers in all.
MOST_LISTED = 1_000_000


def read_model(kind: ModelKind, written: Mapping[str, Any]) -> Model:
    """Resolve `{"name": "mlp", "X": ..., "y": ..., "loss": "logistic", "hidden": [5, 2], ...}`; raises Refusal with every fault."""
    known = kind.members
    written = without_null(written, known)
    faults = Collector()
    for key in written:
        if key not in known and key != "name":
            faults.add(unknown(f"member of {kind.name}", str(key), known, before=len(faults.faults)), key)
    chosen = _settings(kind, written, faults)
    data = _data(kind, written, chosen, faults)
    batches = _batches(written, known, data, faults)
    faults.settle()
    assert data is not None
    outputs = _outputs(chosen, data)
    sizes = (data.inputs.shape[1], *(chosen["hidden"] if kind.is_deep else ()), outputs)
    _hold_to_size(sizes)
    model = Model(kind, data, sizes, _echoed(chosen, written, batches, known), batches)
    if model.whole_price > MOST_WORK:
        raise TooCostly("units of work for one evaluation", model.whole_price, MOST_WORK, "use fewer examples, features or units")
    return model


def _settings(kind: ModelKind, written: Mapping[str, Any], faults: Collector) -> dict[str, Any]:
    """The members that are numbers, names or sizes, those of mini-batches left out."""
    chosen = dict[str, Any]()
    for setting in kind.members.values():
        if setting.kind in ("tensor", "order") or setting.batches or setting.name == "batch_size":
            continue
        with faults.at(setting.name):
            chosen[setting.name] = _value(setting, written[setting.name]) if setting.name in written else setting.default
    if "data" in chosen and not {"X", "y"}.isdisjoint(written):
        if "data" in written:
            faults.add("expected either data or X and y", "data")
        del chosen["data"]
    if kind.is_deep and "loss" not in written and "data" not in chosen and "data" not in written:
        faults.add(f"expected a loss, one of {', '.join(kind.losses)}", "loss")
    elif kind.is_deep and "loss" not in written and "data" in chosen:
        chosen["loss"] = {NUMBERS: "half_squared_error", LABELS: "logistic", CLASSES: "softmax"}[DATA_SETS[chosen["data"]].targets]
    if chosen.get("loss") != "softmax" and "loss" in chosen and "classes" in chosen:
        if "classes" in written:
            faults.add("expected only with the loss softmax", "classes")
        del chosen["classes"]
    return chosen


def _value(setting: Member, value: Any) -> Any:
    """One member; raises Refusal."""
    if setting.kind == "choice":
        return _choice(setting, value)
    if setting.kind == "flag":
        if not isinstance(value, bool):
            raise refuse(expected("true or false", value))
        return value
    if setting.kind == "sizes":
        return _sizes(setting, value)
    return _number(setting, value)


def _choice(setting: Member, value: Any) -> str:
    wanted = f"one of {', '.join(setting.choices)}"
    if not isinstance(value, str):
        raise refuse(expected(wanted, value))
    names = {plainly(name): name for name in setting.choices}
    aliases = {plainly(name): meant for name, meant in ALIASES.get(setting.name, {}).items() if meant in setting.choices}
    found = names.get(plainly(value)) or aliases.get(plainly(value))
    if found is None:
        raise refuse(unknown(setting.name, value, setting.choices))
    return found


def _number(setting: Member, value: Any) -> float | int:
    least, most, is_whole = setting.minimum, setting.maximum, setting.kind == "whole"
    span = f" from {least:g} to {most:.10g}" if most is not None else f" of at least {least:g}"
    wanted = f"a {'whole ' if is_whole else ''}number{span}"
    if not is_number(value):
        raise refuse(expected(wanted, value))
    number = whole(value) if is_whole else value
    if number is None or not abs(number) <= LARGEST or (least is not None and number < least) or (most is not None and number > most):
        raise refuse(f"expected {wanted}")
    return number if is_whole else float(number) + 0.0


def _sizes(setting: Member, value: Any) -> tuple[int, ...]:
    wanted = f"a list of at most {MOST_LAYERS} whole numbers, the units of each hidden layer"
    if not isinstance(value, list | tuple | np.ndarray):
        raise refuse(expected(wanted, value))
    if len(value) > MOST_LAYERS:
        raise refuse(f"expected {wanted}")
    faults, sizes = Collector(), list[int]()
    for number, size in enumerate(value.tolist() if isinstance(value, np.ndarray) else value):
        with faults.at(number):
            sizes.append(int(_number(Member("", "", "whole", minimum=setting.minimum, maximum=setting.maximum), size)))
    faults.settle()
    return tuple(sizes)


def _data(kind: ModelKind, written: Mapping[str, Any], chosen: Mapping[str, Any], faults: Collector) -> Data | None:
    """The examples, named or posted."""
    if "data" in chosen:
        with faults.at("data"):
            return _named_data(kind, chosen)
    if "data" in chosen or "data" in written:
        return None
    arrays = dict[str, Array]()
    for name in ("X", "y"):
        with faults.at(name):
            if name not in written:
                raise refuse(f"expected a value: {'X goes with y' if name == 'y' else 'y goes with X'}")
            arrays[name] = _array(name, written[name])
    if len(arrays) < 2 or "layout" not in chosen:
        return None
    is_flat, in_columns, is_single = arrays["X"].ndim < 2, chosen["layout"] == COLUMNS, arrays["y"].ndim < 2
    inputs = arrays["X"].reshape(-1, 1) if is_flat else arrays["X"].T if in_columns else arrays["X"]
    targets = arrays["y"].reshape(1, -1) if is_single else arrays["y"] if in_columns else arrays["y"].T
    if len(inputs) != targets.shape[1]:
        told = f"X has {len(inputs)} examples ({shaped(arrays['X'].shape)}, examples in {chosen['layout']})"
        faults.add(f"expected a target for each example: {told}; got {targets.shape[1]}", "y")
        return None
    if "loss" in chosen and chosen["loss"] is not None:
        with faults.at("y"):
            _hold_to_labels(chosen, targets, arrays["y"].ndim, in_columns)
    echo = {"X": arrays["X"].tolist(), "y": arrays["y"].tolist()}
    return Data(np.ascontiguousarray(inputs), np.ascontiguousarray(targets), echo, is_flat, is_single)


def _array(name: str, value: Any) -> Array:
    array = read_tensor(value)
    if array.ndim not in (1, 2):
        raise refuse(f"expected a list of numbers, or a list of lists of numbers; got {shaped(array.shape)}")
    return array + 0.0


def _named_data(kind: ModelKind, chosen: Mapping[str, Any]) -> Data:
    entry = DATA_SETS[chosen["data"]]
    fits = TARGETS_OF.get(chosen.get("loss") or "", ())
    if fits and entry.targets not in fits:
        names = [each.name for each in DATA_SETS.values() if each.targets in fits]
        raise refuse(f"expected data with {' or '.join(fits)} for the loss {chosen['loss']}: {', '.join(names)}")
    inputs, targets = arrays_of(entry.name)
    return Data(inputs.reshape(len(targets), -1), targets.reshape(1, -1), {"data": entry.name}, inputs.ndim < 2, True)


def _hold_to_labels(chosen: Mapping[str, Any], targets: Array, axes: int, in_columns: bool) -> None:
    """Raise Refusal where a loss needs labels or class numbers and a target is none."""
    loss, classes = chosen["loss"], chosen.get("classes")
    if NUMBERS in TARGETS_OF[loss]:
        return
    if loss == "softmax" and len(targets) > 1:
        raise refuse("expected one class number per example, from 0; for rows with a single 1, post the position of the 1")
    if loss == "softmax":
        most = (MOST_CLASSES if classes is None else classes) - 1
        wrong, wanted = (targets < 0) | (targets > most) | (targets != np.floor(targets)), f"a class number from 0 to {most}"
    else:
        wrong, wanted = (targets != 0) & (targets != 1), "a label, 0 or 1"
    places = np.argwhere(wrong)[:MOST_WRONG_LABELS].tolist()
    faults = [Fault(_place(output, example, axes, in_columns), f"expected {wanted}") for output, example in places]
    if faults:
        raise Refusal(faults, int(wrong.sum()) - len(faults))


def _place(output: int, example: int, axes: int, in_columns: bool) -> tuple[int, ...]:
    """Where a target stands in y as posted."""
    return (example,) if axes < 2 else (output, example) if in_columns else (example, output)


def _batches(written: Mapping[str, Any], known: Mapping[str, Member], data: Data | None, faults: Collector) -> Batches | None:
    """The mini-batches; None where every step takes all examples."""
    order, examples, lists = written.get("order"), data.examples if data is not None else None, tuple[tuple[int, ...], ...]()
    is_listed, size = order is not None and not isinstance(order, str), 0
    settings = _batch_settings(written, known, is_listed, faults)
    with faults.at("order"):
        if is_listed:
            lists = _lists(order, examples)
        settings["order"] = "" if is_listed else _choice(known["order"], order or known["order"].default)
    with faults.at("batch_size"):
        size = _batch_size(written, known, is_listed, examples)
    if faults.faults or data is None or not (size or lists):
        return None
    if lists:
        return Batches(max(map(len, lists)), len(lists), "", values=settings["values"], lists=lists)
    count = data.examples // size if settings["drop_last"] else -(-data.examples // size)
    return Batches(size, count, settings["order"], settings["seed"], settings["values"])


def _batch_settings(written: Mapping[str, Any], known: Mapping[str, Member], is_listed: bool, faults: Collector) -> dict[str, Any]:
    """The members of mini-batches but for the order and the size; those that say nothing are refused."""
    settings, is_batched = dict[str, Any](), is_listed or "batch_size" in written
    for name, setting in known.items():
        if not setting.batches:
            continue
        if name in written and not is_batched:
            faults.add("expected only with batch_size: without it every step takes all examples", name)
        elif name in written and is_listed and name in ("seed", "drop_last"):
            faults.add("expected only with batch_size: order lists the batches", name)
        elif setting.kind != "order":
            with faults.at(name):
                settings[name] = _value(setting, written[name]) if name in written else setting.default
    return settings


def _batch_size(written: Mapping[str, Any], known: Mapping[str, Member], is_listed: bool, examples: int | None) -> int:
    """How many examples a mini-batch has; 0 where it is not told."""
    if "batch_size" not in written:
        return 0
    size = int(_number(known["batch_size"], written["batch_size"]))
    if is_listed:
        raise refuse("expected no batch_size: order lists the batches")
    if examples is not None and size > examples:
        raise refuse(f"expected at most {examples}, the number of examples")
    return size


def _lists(value: Any, examples: int | None) -> tuple[tuple[int, ...], ...]:
    """Posted batches, each a list of example numbers; raises Refusal with the places of the wrong ones."""
    wanted = f"one of {', '.join(ORDERS)}, or a list of batches, each a list of example numbers from 0"
    batches = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(batches, list | tuple):
        raise refuse(expected(wanted, value))
    if not batches:
        raise refuse("expected at least one batch")
    if sum(len(batch) for batch in batches if isinstance(batch, list | tuple)) > MOST_LISTED:
        raise refuse(f"expected at most {MOST_LISTED} example numbers in all batches")
    most = MOST_LISTED if examples is None else examples - 1
    if (together := _at_once(batches, most)) is not None:
        return together
    faults, found = Collector(), list[tuple[int, ...]]()
    for number, batch in enumerate(batches):
        if len(faults.faults) >= MOST_WRONG_LABELS:
            break
        with faults.at(number):
            found.append(_listed(batch, most))
    faults.settle()
    return tuple(found)


def _at_once(batches: Sequence[Any], most: int) -> tuple[tuple[int, ...], ...] | None:
    """Batches that are all right, read at once; None where one of them is not."""
    if not all(type(batch) is list and batch for batch in batches):
        return None
    numbers = [*chain.from_iterable(batches)]
    if not {int}.issuperset(map(type, numbers)) or min(numbers) < 0 or max(numbers) > most:
        return None
    return tuple(map(tuple, batches))


def _listed(batch: Any, most: int) -> tuple[int, ...]:
    """One batch; raises Refusal."""
    numbers = batch.tolist() if isinstance(batch, np.ndarray) else batch
    if not isinstance(numbers, list | tuple):
        raise refuse(expected("a list of example numbers", batch))
    if not numbers:
        raise refuse("expected at least one example number")
    faults, found = Collector(), list[int]()
    for place, number in enumerate(numbers):
        if len(faults.faults) >= MOST_WRONG_LABELS:
            break
        row = whole(number)
        if row is None or not 0 <= row <= most:
            faults.add(f"expected an example number, a whole number from 0 to {most}", place)
        else:
            found.append(row)
    faults.settle()
    return tuple(found)


def _outputs(chosen: dict[str, Any], data: Data) -> int:
    """How many scores an example gets; with softmax the classes, which are then told."""
    if chosen["loss"] != "softmax":
        return len(data.targets)
    if chosen["classes"] is None:
        chosen["classes"] = max(2, int(data.targets.max()) + 1)
    return int(chosen["classes"])


def _hold_to_size(sizes: Sequence[int]) -> None:
    numbers = sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))
    if numbers > MOST_PARAMETERS:
        raise refuse(f"expected at most {MOST_PARAMETERS} weights and biases, got {numbers}: use fewer features, units or classes")


def _echoed(chosen: Mapping[str, Any], written: Mapping[str, Any], batches: Batches | None, known: Mapping[str, Member]) -> dict[str, Any]:
    """The settings of the echo: those that were read, as one writes them."""
    echo = {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items() if name != "data"}
    if batches is None:
        return echo
    if batches.lists:
        return echo | {"order": [list(batch) for batch in batches.lists], "values": batches.values}
    drop_last = written.get("drop_last", known["drop_last"].default)
    return echo | {
        "batch_size": batches.size,
        "order": batches.order,
        "seed": batches.seed,
        "drop_last": drop_last,
        "values": batches.values,
    }
