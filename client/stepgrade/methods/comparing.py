"""The methods of the client that compare optimizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, overload

from numpy.typing import ArrayLike

from stepgrade.caller import Caller
from stepgrade.choices import ComparedPart, Match, Measure
from stepgrade.encoding import Floats, NamedFloats, Params, body
from stepgrade.results import Comparison, Map


class Comparer(Caller):
    """Compares optimizers: from some starts, or over a grid."""

    @overload
    def compare(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        *,
        start: str | ArrayLike | None = None,
        starts: Mapping[str, ArrayLike] | Sequence[ArrayLike] | None = None,
        steps: int | Mapping[str, int] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: Sequence[float] | Floats | None = None,
        match: Match | Mapping[str, Any] | None = None,
        record_every: int | None = None,
        include: Sequence[ComparedPart] | None = None,
    ) -> Comparison[Floats]: ...

    @overload
    def compare(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        *,
        start: Mapping[str, ArrayLike] | None = None,
        starts: Mapping[str, Mapping[str, ArrayLike]] | Sequence[Mapping[str, ArrayLike]] | None = None,
        steps: int | Mapping[str, int] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: Sequence[float] | Floats | None = None,
        match: Match | Mapping[str, Any] | None = None,
        record_every: int | None = None,
        include: Sequence[ComparedPart] | None = None,
    ) -> Comparison[NamedFloats]: ...

    def compare(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        *,
        start: str | Params | None = None,
        starts: Mapping[str, str | Params] | Sequence[str | Params] | None = None,
        steps: int | Mapping[str, int] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: Sequence[float] | Floats | None = None,
        match: Match | Mapping[str, Any] | None = None,
        record_every: int | None = None,
        include: Sequence[ComparedPart] | None = None,
    ) -> Comparison[Any]:
        """Compare several optimizers on one objective fairly.

        Parameters
        ----------
        objective : str or mapping
            `"rosenbrock"`, or a name with parameters, `{"name": "quadratic", "condition": 20}` (`client.objectives()` has all of
            them); or a formula of your own, `{"expression": "x**2 + 10*y**2"}`, which `stepgrade.expression` writes; or a model with
            data, `{"name": "mlp", "data": "moons", "hidden": [5, 2]}`, where arrays X and y can stand in place of data.
        optimizers : sequence of str or mapping
            One or more, as for `step`. Each can have a `label`.
        start : params, or str, optional
            The first point, or the name of one of the objective's starts. Default: the objective's first start.
        starts : mapping or sequence, optional
            Several starts in place of `start`: a dict by name, or a list. Default: none.
        steps : int, or mapping of int, optional
            The number of steps of each run, or one for each label: `{"gd": 200, "rmsprop": 100}`. Default: 100.
        schedule : mapping or sequence of float, optional
            The learning rate as a function of `state["t"]`, as for `trajectory`, or an object of schedules by label. Default: each
            optimizer's own rate in every step.
        noise : mapping, optional
            Noise on the gradients: `{"std": 0.1, "seeds": [1, 2, 3]}`. Each seed gives one run. Default: none, and seed 0.
        target : mapping, optional
            `{"distance": 0.05, "arrival": "settle"}`, as for `trajectory`. Rankings go by its `arrival`. Default: distance 0.05, settle.
        baseline : str, optional
            The label of the run that the others are matched to. Default: the first.
        decompose : (str, str), optional
            The labels of a plain optimizer and another one. Their difference is split into step length and direction. Default: none.
        rotate : sequence of float, optional
            Angles in degrees. The problem and the starts are also rotated by each of them. Default: none.
        match : str or mapping, optional
            How the learning rates are made comparable. `none`: they stay as given. `first_step` and `mean_step`: this step is as long
            as the one of the baseline. `graft`: every step is as long as the one of the baseline. `tuned`: each optimizer gets the best
            rate of a grid, `{"mode": "tuned", "grid": [1e-4, 1, 60]}` (first rate, last rate, number of rates). Default: none.
        record_every : int, optional
            The number of steps from one recorded point to the next, together with `include`. Default: 1.
        include : sequence of str, optional
            What each run and each cell of `decompose` has for each recorded step. With noise it is the run of the first seed. Any of
            `points`, `values`, `gradients`, `updates`, `measures`, or single measures:
            `gradient_norm`, `distance`, `value_change`, `update_norm`, `relative_step`, `descent_cosine`, `target_cosine`,
            `gradient_target_cosine`, `direction_gain`, `turning_cosine`, `anisotropy`, `sgd_equivalent_lr`, `norm_equivalent_lr`,
            `effective_lr`. Default: none, the summaries alone.
        """
        fields = body(
            objective=objective,
            optimizers=optimizers,
            start=start,
            starts=starts,
            steps=steps,
            schedule=schedule,
            noise=noise,
            target=target,
            baseline=baseline,
            decompose=decompose,
            rotate=rotate,
            match=match,
            record_every=record_every,
            include=include,
        )
        return self.ask("/compare", fields, partial(Comparison.read, draw=partial(self.picture, "/compare", fields)))

    def map(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        grid: Mapping[str, Sequence[float]],
        *,
        measure: Measure | Sequence[Measure] | None = None,
        start: str | Params | None = None,
        steps: int | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        match: Match | Mapping[str, Any] | None = None,
    ) -> Map:
        """Run one or two optimizers over a grid of starts or learning rates.

        Parameters
        ----------
        objective : str or mapping
            An objective of two parameters, `"rosenbrock"`, or a name with parameters, `{"name": "quadratic", "condition": 20}`;
            or a formula of your own, `{"expression": "x**2 + 10*y**2", "find_minima": True}`.
        optimizers : sequence of str or mapping
            One or two, as for `step`, the plain one first. Each can have a `label`.
        grid : mapping
            Starts `{"x": [-6, 6, 61], "y": [-3, 3, 31]}`, each axis as first, last and number of values; or learning rates on a
            logarithmic axis `{"lr": [1e-4, 1, 60]}`, alone or with `x` or `y`.
        measure : str or sequence of str, optional
            Any of `settling_step`, `steps_to_target`, `direction_effect`, `magnitude_effect`, `final_value`, `minimum_reached`. The
            effects need two optimizers. Default: settling_step.
        start : params, or str, optional
            The coordinates that the grid does not set: a point, or the name of one of the objective's starts. Default: its first start.
        steps : int, optional
            The number of steps of each run. Default: 100.
        schedule : mapping or sequence of float, optional
            The learning rate as a function of `state["t"]`, as for `trajectory`. Default: each optimizer's own rate in every step.
        noise : mapping, optional
            Noise on the gradients: `{"std": 0.1, "seed": 7}`, one seed for the whole map. Default: none, and seed 0.
        target : mapping, optional
            `{"distance": 0.05, "arrival": "settle"}`, as for `trajectory`. Default: distance 0.05, settle.
        baseline : str, optional
            The label of the run that the other is matched to. Default: the first.
        match : str or mapping, optional
            How the learning rates are made comparable: `none`, `first_step`, `mean_step`, `graft` or `tuned`, which have the
            same meaning as in `compare`. Default: none.
        """
        fields = body(
            objective=objective,
            optimizers=optimizers,
            grid=grid,
            measure=measure,
            start=start,
            steps=steps,
            schedule=schedule,
            noise=noise,
            target=target,
            baseline=baseline,
            match=match,
        )
        return self.ask("/map", fields, partial(Map.read, draw=partial(self.picture, "/map", fields)))
