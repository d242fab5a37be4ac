"""The methods of the client that take steps: one, or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, overload

from numpy.typing import ArrayLike

from stepgrade.caller import Caller
from stepgrade.choices import RunPart, StepPart
from stepgrade.encoding import Floats, NamedFloats, Params, body
from stepgrade.results import Step, Trajectory


class Runner(Caller):
    """Takes one step, or many."""

    @overload
    def step(
        self,
        optimizer: str | Mapping[str, Any],
        params: ArrayLike,
        gradient: ArrayLike,
        *,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
        hessian_diagonal: ArrayLike | None = None,
        include: Sequence[StepPart] | None = None,
    ) -> Step[Floats]: ...

    @overload
    def step(
        self,
        optimizer: str | Mapping[str, Any],
        params: Mapping[str, ArrayLike],
        gradient: Mapping[str, ArrayLike],
        *,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
        hessian_diagonal: Mapping[str, ArrayLike] | None = None,
        include: Sequence[StepPart] | None = None,
    ) -> Step[NamedFloats]: ...

    def step(
        self,
        optimizer: str | Mapping[str, Any],
        params: Params,
        gradient: Params,
        *,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
        hessian_diagonal: Params | None = None,
        include: Sequence[StepPart] | None = None,
    ) -> Step[Any]:
        """Compute one step from a gradient.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
            `client.optimizer("adam")` has the defaults.
        params, gradient : number, array or list of any shape, or mapping of these by name
            The point, and the gradient there. Both have the same layout.
        state : mapping, optional
            The `state` of the previous step. Default: the state before the first step.
        value : float, optional
            The loss at `params`, for an optimizer that needs it; the others do not use it. Default: none.
        hessian_diagonal : params, optional
            The diagonal of the Hessian at `params`, in their layout, for an optimizer that needs it. Default: none.
        include : sequence of str, optional
            `["work"]` adds the worked solution, `step.work`: the formula line by line, with letters and with numbers. `["work_mathml"]`
            adds the same, and its formulas as MathML to what the service sends. Default: nothing.
        """
        fields = body(
            optimizer=optimizer,
            params=params,
            gradient=gradient,
            state=state,
            value=value,
            hessian_diagonal=hessian_diagonal,
            include=include,
        )
        return self.ask("/step", fields, Step.read)

    @overload
    def trajectory(
        self,
        optimizer: str | Mapping[str, Any],
        objective: str | Mapping[str, Any] | None = None,
        *,
        gradients: ArrayLike | None = None,
        values: ArrayLike | None = None,
        hessian_diagonals: ArrayLike | Sequence[ArrayLike | None] | None = None,
        start: str | ArrayLike | None = None,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        stop: Mapping[str, float] | None = None,
        record_every: int | None = None,
        include: Sequence[RunPart] | None = None,
    ) -> Trajectory[Floats]: ...

    @overload
    def trajectory(
        self,
        optimizer: str | Mapping[str, Any],
        objective: str | Mapping[str, Any] | None = None,
        *,
        gradients: Sequence[Mapping[str, ArrayLike]] | None = None,
        values: ArrayLike | None = None,
        hessian_diagonals: Sequence[Mapping[str, ArrayLike] | None] | None = None,
        start: Mapping[str, ArrayLike],
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        stop: Mapping[str, float] | None = None,
        record_every: int | None = None,
        include: Sequence[RunPart] | None = None,
    ) -> Trajectory[NamedFloats]: ...

    def trajectory(
        self,
        optimizer: str | Mapping[str, Any],
        objective: str | Mapping[str, Any] | None = None,
        *,
        gradients: ArrayLike | Sequence[Params] | None = None,
        values: ArrayLike | None = None,
        hessian_diagonals: ArrayLike | Sequence[Params | None] | None = None,
        start: str | Params | None = None,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        stop: Mapping[str, float] | None = None,
        record_every: int | None = None,
        include: Sequence[RunPart] | None = None,
    ) -> Trajectory[Any]:
        """Compute many steps, on an objective or from given gradients (one of the two).

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        objective : str or mapping, optional
            `"rosenbrock"`, or a name with parameters, `{"name": "quadratic", "condition": 20}` (`client.objectives()` has all of
            them); or a formula of your own, `{"expression": "x**2 + 10*y**2"}`, which `stepgrade.expression` writes; or a model with
            data, `{"name": "mlp", "data": "moons", "hidden": [5, 2]}`, where arrays X and y can stand in place of data.
            Default: none, if there are `gradients`.
        gradients : sequence of params, or array of shape (steps, *shape), optional
            A replay: one gradient per step, in the layout of `start`. Default: none, if there is an `objective`.
        values : array of shape (steps,), optional
            For a replay: the loss at the params of each step. Some optimizers need it. Default: none.
        hessian_diagonals : sequence of params or None, or array of shape (steps, *shape), optional
            For a replay: the diagonal of the Hessian at the params of each step, `None` in a step that does not need it. Default: none.
        start : params, or str, optional
            The first point, or the name of one of the objective's starts. Default: the objective's first start. A replay needs a point.
        steps : int, optional
            The number of steps. Default: 100. For a replay: the number of gradients.
        state : mapping, optional
            The state of an earlier step or run that this run continues. Default: the state before the first step.
        schedule : mapping or sequence of float, optional
            The learning rate as a function of `state["t"]`: a list of rates, or `{"name": "exponential", "decay_rate": 0.97}`, `step`,
            `inverse_time`, `cosine`, `warmup` and more; or one of torch, keras or optax in its own words, such as `{"convention":
            "torch", "name": "CosineAnnealingLR", "T_max": 50}`. `client.schedules()` has all of them. Default: the optimizer's own
            rate in every step.
        noise : mapping, optional
            Noise on the gradients: `{"std": 0.1, "seed": 7}`, or with a `kind`: `multiplicative`, `student_t` or `alpha_stable`. Not for
            a replay. Default: none, and seed 0.
        target : mapping, optional
            `{"distance": 0.05}` or `{"value_gap": 1e-3}`, relative to the start. It does not end the run. With
            `"arrival": "settle"` comparisons go by the step from which a run stays at the target; with `"touch"` by
            the first step at the target. Default: distance 0.05, settle.
        stop : mapping, optional
            Rules that end the run as soon as one is met, as in `{"gradient_norm": 1e-6}`: any of `gradient_norm`, `value_gap`,
            `distance`, `update_norm`. With `"when": "all"` the run ends when all of them are met. The numbers are absolute. Default:
            none.
        record_every : int, optional
            The number of steps from one recorded point to the next. The start and the end are always recorded. Default: 1.
        include : sequence of str, optional
            Any of `points`, `values`, `gradients`, `updates`, `states`, `measures`, or single measures:
            `gradient_norm`, `distance`, `value_change`, `update_norm`, `relative_step`, `descent_cosine`, `target_cosine`,
            `gradient_target_cosine`, `direction_gain`, `turning_cosine`, `anisotropy`, `sgd_equivalent_lr`, `norm_equivalent_lr`,
            `effective_lr`. Default: points and values.
        """
        fields = body(
            optimizer=optimizer,
            objective=objective,
            gradients=gradients,
            values=values,
            hessian_diagonals=hessian_diagonals,
            start=start,
            steps=steps,
            state=state,
            schedule=schedule,
            noise=noise,
            target=target,
            stop=stop,
            record_every=record_every,
            include=include,
        )
        return self.ask("/trajectory", fields, partial(Trajectory.read, draw=partial(self.picture, "/trajectory", fields)))
