"""Write lists.json: the optimizers that torch, keras, optax and pytorch_optimizer have, by their own lists; with --check only compare.

The count in README.md is made of it (`python docs/make_optimizers.py`). And signatures.json: what those of the frameworks and optax's
transforms take without a name, in their order.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import FunctionType

HERE = Path(__file__).resolve().parent
FILE, SIGNATURES = HERE / "lists.json", HERE / "signatures.json"


def of_torch() -> list[str]:
    """The classes of torch.optim."""
    import torch

    classes = [each for each in vars(torch.optim).values() if inspect.isclass(each) and issubclass(each, torch.optim.Optimizer)]
    return [each.__name__ for each in classes if each is not torch.optim.Optimizer]


def of_keras() -> list[str]:
    """The classes of keras.optimizers, but for those that only run others."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    classes = [each for each in vars(keras.optimizers).values() if inspect.isclass(each) and issubclass(each, keras.optimizers.Optimizer)]
    names = {each.__name__ for each in classes}
    return sorted(names - {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"})


def of_optax(module: str) -> list[str]:
    """The functions that make an optimizer of a learning rate and of no other optimizer."""
    import optax
    import optax.contrib

    room = optax.contrib if module == "contrib" else optax
    found = []
    for name, function in sorted(vars(room).items()):
        if name.startswith("_") or not (inspect.isfunction(function) or isinstance(function, partial)):
            continue
        arguments = inspect.signature(function).parameters
        takes_rate = {"learning_rate", "max_learning_rate"} & set(arguments)
        wrapped = [
            each for each in ("base_optimizer", "optimizer") if each in arguments and arguments[each].default is inspect.Parameter.empty
        ]
        if takes_rate and not wrapped and not name.startswith("scale_by"):
            found.append(name)
    return found


def of_zoo() -> list[str]:
    """What pytorch_optimizer says that it supports."""
    import pytorch_optimizer

    return sorted(pytorch_optimizer.get_supported_optimizers())


def without_name(function: Callable[..., object]) -> str:
    """The arguments that a call may give without a name, in their order."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return " ".join(name for name, each in inspect.signature(function).parameters.items() if each.kind in kinds)


def by_name(function: Callable[..., object]) -> str:
    """The arguments that a call has to name, in their order."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return " ".join(name for name, each in inspect.signature(function).parameters.items() if each.kind == kind)


def transforms() -> dict[str, Callable[..., object]]:
    """optax's functions that make an optimizer or a transform, whatever it does."""
    import optax
    import optax.contrib

    found = {**vars(optax.contrib), **vars(optax)}
    kinds = (FunctionType, partial)
    names = [name for name, each in found.items() if isinstance(each, kinds) and not name.startswith("_")]
    made = {name: str(inspect.signature(found[name]).return_annotation) for name in names}
    known = {*of_optax("optax"), *of_optax("contrib")}
    return {
        name: found[name]
        for name in sorted(names)
        if "GradientTransformation" in made[name] or name.startswith("scale_by_") or name in known
    }


def signatures() -> dict[str, dict[str, str]]:
    """By framework and name, what may be given without a name, and then what may not; of optax its transforms too."""
    import keras
    import torch

    functions = {
        "torch": {name: getattr(torch.optim, name) for name in of_torch()},
        "keras": {name: getattr(keras.optimizers, name) for name in of_keras()},
        "optax": transforms(),
    }
    return {
        f"{framework}{what}": {name: told for name, each in named.items() if (told := arguments(each)) or not what}
        for what, arguments in (("", without_name), (" by name", by_name))
        for framework, named in functions.items()
    }


def lists() -> dict[str, dict[str, object]]:
    return {
        "torch": {"version": version("torch").partition("+")[0], "of": "torch.optim", "names": of_torch()},
        "keras": {"version": version("keras"), "of": "keras.optimizers", "names": of_keras()},
        "optax": {"version": version("optax"), "of": "optax's aliases", "names": of_optax("optax")},
        "optax.contrib": {"version": version("optax"), "of": "optax.contrib", "names": of_optax("contrib")},
        "pytorch_optimizer": {"version": version("pytorch_optimizer"), "of": "pytorch_optimizer", "names": of_zoo()},
    }


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the lists of the frameworks' optimizers.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a list is another one")
    is_checked, code = parser.parse_args(given).check, 0
    for file, content in ((FILE, lists()), (SIGNATURES, signatures())):
        made = json.dumps(content, indent=1) + "\n"
        if not is_checked:
            file.write_text(made, encoding="utf-8")
        elif file.read_text(encoding="utf-8") != made:
            print(
                f"tests/parity/{file.name} is not what the frameworks have; `python tests/parity/make_lists.py` writes it", file=sys.stderr
            )
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
