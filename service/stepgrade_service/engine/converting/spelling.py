"""The same rule in other hyperparameters of its own: what algebra allows, for a convention that lacks one way to write it.

Each function takes the hyperparameters of a rule, and gives others that make the same steps; none where there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ..optimizers import OPTIMIZERS, Optimizer, Rule
from ..optimizers.rule import of_groups
from ..optimizers.wrapping import wrapped

Settings: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Spelling:
    """A rule by its hyperparameters; `notes` say what was rewritten, `is_exact` whether every number stays the same to the last bit.

    `is_for_one_lr` says that it is the same rule only while the learning rate is constant.
    """

    optimizer: Optimizer
    settings: Settings
    notes: tuple[str, ...] = ()
    is_exact: bool = True
    is_for_one_lr: bool = False

    @property
    def rule(self) -> Rule:
        """The rule, by itself or with that of each parameter group."""
        return of_groups(self.settings, lambda settings: wrapped(self.optimizer.bind(settings), settings))

    def but(self, *notes: str, is_exact: bool = False, is_for_one_lr: bool = False, **changed: Any) -> Spelling:
        """The same rule with other values of some hyperparameters."""
        return replace(
            self,
            settings={**self.settings, **changed},
            notes=(*self.notes, *notes),
            is_exact=self.is_exact and is_exact,
            is_for_one_lr=self.is_for_one_lr or is_for_one_lr,
        )


def by_tensor(formula: Callable[..., float], *values: Any) -> Any:
    """A formula of numbers, or of numbers of which some have one per tensor."""
    tensors = next((tuple(value) for value in values if isinstance(value, Mapping)), ())
    if not tensors:
        return formula(*values)
    return {tensor: formula(*(value[tensor] if isinstance(value, Mapping) else value for value in values)) for tensor in tensors}


def _is_everywhere(value: Any, holds: Callable[[float], bool]) -> bool:
    return all(map(holds, value.values())) if isinstance(value, Mapping) else holds(value)


def _is_zero(value: Any) -> bool:
    return _is_everywhere(value, lambda number: number == 0)


def _with_gain(spelling: Spelling, gain: Any, note: str, **changed: Any) -> Spelling:
    """With a learning rate that has taken over a factor of the gradient; decay that lr multiplies is divided by it."""
    settings = spelling.settings
    changed["lr"] = by_tensor(lambda lr, factor: lr * factor, settings["lr"], gain)
    if settings["weight_decay_mode"] == "decoupled" and not _is_zero(settings["weight_decay"]):
        changed["weight_decay"] = by_tensor(lambda decay, factor: decay / factor, settings["weight_decay"], gain)
    return spelling.but(note, **changed)


def other_momentum_form(spelling: Spelling) -> Iterator[Spelling]:
    """An average of gradients is their sum times 1 - momentum."""
    settings = spelling.settings
    if spelling.optimizer.name != "sgd" or settings["bias_correction"] or _is_zero(settings["momentum"]):
        return
    if not _is_everywhere(settings["momentum"], lambda momentum: 0 < momentum < 1):
        return
    share = by_tensor(lambda momentum: 1 - momentum, settings["momentum"])
    if settings["momentum_form"] == "ema" and settings["first_buffer"] == "zero":
        note = "lr is multiplied by 1 - momentum, and dampening is 0: the velocity was an average of gradients, and is now a sum"
        yield _with_gain(spelling, share, note, momentum_form="classic")
    elif settings["momentum_form"] == "classic" and _is_zero(settings["dampening"]):
        inverse = by_tensor(lambda number: 1 / number, share)
        note = "lr is divided by 1 - momentum: the velocity was a sum of gradients, and is now an average"
        yield _with_gain(spelling, inverse, note, momentum_form="ema", first_buffer="zero")


def without_dampening(spelling: Spelling) -> Iterator[Spelling]:
    """A velocity that starts at 0 and takes 1 - dampening of each gradient is one that takes all of it, times 1 - dampening."""
    settings = spelling.settings
    if spelling.optimizer.name != "sgd" or _is_zero(settings["dampening"]):
        return
    if _is_zero(settings["momentum"]):
        yield spelling.but("dampening is left out: without momentum it does nothing", is_exact=True, dampening=0.0)
    elif settings["first_buffer"] == "zero" and _is_everywhere(settings["dampening"], lambda share: share < 1):
        gain = by_tensor(lambda dampening: 1 - dampening, settings["dampening"])
        yield _with_gain(spelling, gain, "lr is multiplied by 1 - dampening, and dampening is 0", dampening=0.0)


def other_first_buffer(spelling: Spelling) -> Iterator[Spelling]:
    """A velocity that takes the whole gradient is the gradient after the first step, however it starts."""
    settings = spelling.settings
    if spelling.optimizer.name != "sgd" or not (_is_zero(settings["momentum"]) or _takes_all(settings)):
        return
    if not settings["lr_in_velocity"] and not settings["bias_correction"]:
        yield spelling.but(is_exact=True, first_buffer="gradient" if settings["first_buffer"] == "zero" else "zero")


def _takes_all(settings: Settings) -> bool:
    """Whether the gradient enters the velocity with the factor 1."""
    return settings["momentum_form"] == "classic" and _is_zero(settings["dampening"])


LR_MOVED = (
    "lr was {before} the velocity, and is now {after} it. The steps are equal while the learning rate is constant. The velocity in the "
    "state differs by the factor lr"
)


def lr_elsewhere(spelling: Spelling) -> Iterator[Spelling]:
    """A velocity of steps is lr times a velocity of gradients, while lr is constant."""
    settings = spelling.settings
    if spelling.optimizer.name not in ("sgd", "rmsprop") or (settings["bias_correction"] and spelling.optimizer.name == "sgd"):
        return
    if _is_zero(settings["momentum"]):
        yield spelling.but(is_exact=spelling.optimizer.name == "sgd", lr_in_velocity=not settings["lr_in_velocity"])
    elif settings["lr_in_velocity"]:
        yield spelling.but(LR_MOVED.format(before="in", after="outside"), is_for_one_lr=True, lr_in_velocity=False)
    elif settings.get("first_buffer", "zero") == "zero":
        yield spelling.but(LR_MOVED.format(before="outside", after="in"), is_for_one_lr=True, lr_in_velocity=True)


def other_decay(spelling: Spelling) -> Iterator[Spelling]:
    """Decay by lr * weight_decay or by weight_decay alone; and the decay of plain gradient descent, which is the same in each place."""
    settings = spelling.settings
    mode, decay, lr = settings.get("weight_decay_mode"), settings.get("weight_decay"), settings["lr"]
    if mode not in ("l2", "decoupled", "decoupled_unscaled"):
        return
    if _is_zero(decay):
        yield from (spelling.but(is_exact=True, weight_decay_mode=other) for other in ("l2", "decoupled") if other != mode)
        return
    if spelling.optimizer.name == "sgd" and _is_zero(settings["momentum"]) and mode != "decoupled_unscaled":
        note = "weight_decay has another place now. Without momentum its place does not matter"
        yield spelling.but(note, is_exact=True, weight_decay_mode="decoupled" if mode == "l2" else "l2")
    if isinstance(lr, Mapping) or lr == 0:
        return
    if mode == "decoupled":
        note = "weight_decay is multiplied by lr, because lr no longer multiplies the decay"
        yield spelling.but(note, weight_decay_mode="decoupled_unscaled", weight_decay=by_tensor(lambda number: number * lr, decay))
    elif mode == "decoupled_unscaled":
        note = "weight_decay is divided by lr, because lr now multiplies the decay"
        yield spelling.but(note, weight_decay_mode="decoupled", weight_decay=by_tensor(lambda number: number / lr, decay))


def what_does_not_matter(spelling: Spelling) -> Iterator[Spelling]:
    """Switches that change nothing with the numbers that stand beside them."""
    settings = spelling.settings
    without_correction = settings.get("bias_correction") is False
    if settings.get("eps_mode") == "hat" and without_correction:
        yield spelling.but(is_exact=True, eps_mode="outside")
    elif settings.get("eps_mode") == "outside" and without_correction and spelling.optimizer.name in ("adam", "adamw"):
        yield spelling.but(is_exact=True, eps_mode="hat")
    if "amsgrad_max" in settings and without_correction:
        yield spelling.but(is_exact=True, amsgrad_max="raw" if settings["amsgrad_max"] == "corrected" else "corrected")
    if "warmup_start" in settings and _is_zero(settings["warmup_steps"]):
        yield spelling.but(is_exact=True, warmup_start="first" if settings["warmup_start"] == "zero" else "zero")
    if "decay_at" in settings and _is_zero(settings["weight_decay"]):
        yield spelling.but(is_exact=True, decay_at="y" if settings["decay_at"] == "z" else "z")
    if "zero_accumulator" in settings and any(
        _is_everywhere(settings[name], lambda number: number > 0) for name in ("eps", "initial_accumulator")
    ):
        other = "stay" if settings["zero_accumulator"] == "divide" else "divide"
        yield spelling.but(is_exact=True, zero_accumulator=other)


def clipped_descent(spelling: Spelling) -> Iterator[Spelling]:
    """Clipped gradient descent is gradient descent whose gradient is clipped."""
    settings = spelling.settings
    if spelling.optimizer.name == "clipped_gd" and _is_zero(settings["weight_decay"]) and "clip_global_norm" not in settings:
        around = {name: value for name, value in settings.items() if name not in spelling.optimizer.by_name}
        sgd = OPTIMIZERS["sgd"]
        own = {each.name: each.default for each in sgd.hyperparameters} | {"lr": settings["lr"], "clip_global_norm": settings["max_norm"]}
        yield replace(spelling, optimizer=sgd, settings={**own, **around}, is_exact=False)


REWRITES = (
    other_momentum_form,
    without_dampening,
    other_first_buffer,
    lr_elsewhere,
    other_decay,
    what_does_not_matter,
    clipped_descent,
)


def spellings(spelling: Spelling) -> list[Spelling]:
    """The rule in every way to write it, itself first and then with ever more rewriting."""
    found, seen = [spelling], {_key(spelling)}
    for each in found:
        for rewrite in REWRITES:
            for other in rewrite(each):
                if _key(other) not in seen:
                    seen.add(_key(other))
                    found.append(other)
    return found


def _key(spelling: Spelling) -> str:
    """What tells spellings apart: the switches, since numbers follow from them."""
    switches = [(name, value) for name, value in spelling.settings.items() if isinstance(value, str | bool)]
    has_dampening = not _is_zero(spelling.settings.get("dampening", 0.0))
    return repr((spelling.optimizer.name, sorted(switches, key=repr), has_dampening))
