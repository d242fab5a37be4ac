"""The client: one method for each task of the service."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Self, overload
from urllib.parse import quote

from numpy.typing import ArrayLike

from stepgrade import settings
from stepgrade.bundles import Bundle
from stepgrade.choices import ComparedPart, Convention, Keep, Match, Measure, Method, RunPart, StepPart
from stepgrade.encoding import Floats, NamedFloats, Params, body
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.grading.grader import Grader
from stepgrade.messages import Json
from stepgrade.results import Comparison, Contours, Conversion, Map, Step, Trajectory
from stepgrade.results.catalogue_entry import CatalogueEntry
from stepgrade.sweeps import Local, Progress, Sweep, SweepResults, sweep_into
from stepgrade.transports import BundleTransport, HttpTransport, Transport, WsgiTransport
from stepgrade.transports.credentials import Auth


class Client(Grader):
    """A client of a Stepgrade service, over HTTP or in this process.

    Numbers can be Python numbers, nested lists, or NumPy arrays of any float or integer type. Answers hold float64 arrays. Every call
    can raise `InvalidArgument` (before the request is sent: NaN, or text in place of a number), `InvalidRequest` (with a list of
    every fault), the other `ApiError`s, `ServiceUnreachable`, `ServiceTimeout` and `OfflineError`. The client prints nothing and
    gives no warnings. Only `sweep` and `check_many` draw a progress bar, and only on a terminal or in a notebook.
    Several threads can share a client. Use it in a `with` block, or call `close()`.

    Parameters
    ----------
    base_url : str, optional
        The address of the service. Default: STEPGRADE_URL, or http://127.0.0.1:8000.
    api_key : str, optional
        The API key, if the operator of the service gave you one. Default: STEPGRADE_API_KEY, or none. No error and no repr shows it.
    timeout : float or (float, float), optional
        Seconds to wait for an answer, or two numbers: to connect and to read. Default: STEPGRADE_TIMEOUT (`10`, or `2,10`), or
        2 and 10.
    max_retries : int, default 2
        How often the client repeats a call after 408, 429, 502, 503, 504, a lost connection or a time-out. The pauses grow, and
        they are at least as long as Retry-After. No call changes anything in the service, so the client repeats POST too.
    deadline : float, optional
        Seconds for a whole call. After that time no retry starts, and the client stops reading. Default: 20, or more if `timeout`
        needs more.
    max_answer : float, optional
        The largest size of an answer in MiB, both compressed and uncompressed. Default: STEPGRADE_MAX_ANSWER, or 256.
    headers : mapping, optional
        Headers of your own for every request, for example `{"Authorization": "Bearer ..."}` if the service is behind a gateway. The
        client sets Accept, Content-Type and X-Request-Id itself. Default: none.
    auth : (str, str) or callable, optional
        The login for every request, as requests has it: a name and a password, or a function that changes the request. Default:
        none. No error and no repr shows a value of `headers` or `auth`.
    bundle : path or Bundle, optional
        A file that all answers come from, without a network. Default: STEPGRADE_BUNDLE, unless there is a `base_url`. A request
        that is not in the file raises `NotInBundle`.
    engine : str, optional
        The version of the engine that must answer, such as `"2.1"` or `"2.1.0"`. If another version answers, the call raises
        `ConfigurationError`, so numbers cannot change within a term. Default: STEPGRADE_ENGINE, or any version.
    transport : Transport, optional
        Sends the requests in place of HTTP. Then the other arguments but `engine` have no effect. Default: HTTP, or the bundle.

    Raises
    ------
    ConfigurationError
        An argument is wrong, or the variable that replaces it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: settings.Timeout | None = None,
        max_retries: int = settings.MAX_RETRIES,
        deadline: float | None = None,
        max_answer: float | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        bundle: str | os.PathLike[str] | Bundle | None = None,
        engine: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        if transport is None:
            answers = settings.answers(bundle, base_url)
            if answers is None:
                transport = HttpTransport(
                    base_url,
                    api_key=api_key,
                    timeout=timeout,
                    max_retries=max_retries,
                    deadline=deadline,
                    max_answer=max_answer,
                    headers=headers,
                    auth=auth,
                )
            else:
                transport = BundleTransport(answers if isinstance(answers, Bundle) else Bundle.read(answers))
        super().__init__(transport, settings.engine(engine))

    @classmethod
    def local(cls, *, engine: str | None = None) -> Client:
        """Make a client that runs the service in this process: the same numbers, without a server, a port or a network.

        Parameters
        ----------
        engine : str, optional
            The version of the engine that must answer. Default: STEPGRADE_ENGINE, or any version.

        Raises
        ------
        ConfigurationError
            The distribution stepgrade-service is not installed, or `engine` is no version.
        """
        return cls(transport=WsgiTransport(), engine=engine)

    def with_options(
        self,
        *,
        timeout: settings.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        max_answer: float | None = None,
    ) -> Self:
        """Make a client with other options, for example for one long call: `client.with_options(timeout=60).compare(...)`.

        It uses the connections of this client, also its headers and its login. Without a network (a bundle, `Client.local()`, a
        transport of your own) the options have no effect.

        Parameters
        ----------
        timeout : float or (float, float), optional
            Seconds to wait for an answer, or two numbers: to connect and to read. If left out: as this client.
        max_retries : int, optional
            How often the client repeats a call. If left out: as this client.
        deadline : float, optional
            Seconds for a whole call. If left out: as this client was made with it, or else 20, or more if `timeout` needs more.
        max_answer : float, optional
            The largest size of an answer in MiB. If left out: as this client.

        Raises
        ------
        ConfigurationError
            An option is wrong.
        """
        other = copy.copy(self)
        if isinstance(self.transport, HttpTransport):
            other.transport = self.transport.with_options(
                timeout=timeout, max_retries=max_retries, deadline=deadline, max_answer=max_answer
            )
        return other

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

    def contours(
        self,
        objective: str | Mapping[str, Any],
        *,
        window: ArrayLike | None = None,
        levels: int | ArrayLike | None = None,
        tolerance: float | None = None,
    ) -> Contours:
        """Fetch contour lines of an objective of two parameters.

        Parameters
        ----------
        objective : str or mapping
            `"rosenbrock"`, or a name with parameters, `{"name": "quadratic", "condition": 20}`; or a formula of your own,
            `{"expression": "x**2 + 10*y**2"}`.
        window : two ranges, optional
            The part of the plane: `[[-6, 6], [-3, 3]]`. Default: the objective's usual window.
        levels : int or array, optional
            The number of levels, or their values. Default: 12.
        tolerance : float, optional
            How far a line may be from the exact one, in the units of the parameters. With a tolerance the lines have fewer points, and
            the answer is smaller. Default: every point.
        """
        fields = body(objective=objective, window=window, levels=levels, tolerance=tolerance)
        return self.ask("/contours", fields, Contours.read)

    def convert(self, optimizer: str | Mapping[str, Any], to: Convention) -> Conversion:
        """Write an optimizer in another convention, so that it makes the same steps. Raises InvalidRequest if the convention cannot.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, or a call, `{"convention": "torch", "call": "SGD(params, lr=0.1)"}`.
        to : {"torch", "keras", "optax", "paper", "course"}
            The convention to write it in.
        """
        return self.ask("/convert", body(optimizer=optimizer, to=to), Conversion.read)

    @overload
    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: None = None,
        keep: Keep = "summaries",
    ) -> Sweep: ...

    @overload
    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: str | os.PathLike[str],
        keep: Keep = "summaries",
    ) -> SweepResults: ...

    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: str | os.PathLike[str] | None = None,
        keep: Keep = "summaries",
    ) -> Sweep | SweepResults:
        """Make many calls, several at a time. An error does not end the sweep.

        Without `into` each result comes as soon as it is ready. With `into` the results go to files, and the method returns at the end.

        Parameters
        ----------
        calls : iterable of mapping
            The arguments of each call, as `stepgrade.grid` makes them. A generator is read only as far as needed.
        method : {"trajectory", "step", "compare", "map", "contours", "check"}, default "trajectory"
            The method that each call uses.
        workers : int, optional
            The number of requests at a time. With an executor: the number of chunks at a time. Default: 4, or as many as the executor
            has.
        journal : path, optional
            An SQLite file that keeps the answers. Default: none. A sweep with the same journal does not repeat the requests in it, so
            an interrupted sweep continues. The file keeps no errors. `engine` of each result is the version that answered. Not with
            `into` or `executor`.
        progress : bool or callable, default True
            True draws a bar on stderr if stderr is a terminal. In a notebook it shows the bar of tqdm, if tqdm and ipywidgets are
            installed. Otherwise it writes nothing. A function is called after each result with three numbers: done, total (or None)
            and failed.
        executor : Executor or distributed.Client, optional
            Computes the calls, in place of the service of this client: an executor of `concurrent.futures`, or a client of Dask. Each
            worker runs the engine in its own process, so the client and the service must be installed there. It gets the calls in
            chunks of about a second. Default: none, the calls go to the service.
        into : path, optional
            A directory for the results. Each chunk is a file, written whole or not at all. If the sweep is interrupted, start it again
            with the same calls and the same directory: it continues. Default: none.
        keep : {"summaries", "answers"}, default "summaries"
            What the directory has of each call: single numbers such as `settling_step` and `final_value`, or also the whole answer.

        Returns
        -------
        Sweep or SweepResults
            Without `into` an iterator of `Swept`: `index`, `request`, `result`, `error`. It sends nothing before the loop over it
            begins. With `into` the results as columns.

        Raises
        ------
        InvalidArgument
            The method is unknown, there are no workers, or `executor` is no executor.
        ConfigurationError
            The journal is not a journal, the directory has other results, one of them cannot be written, or two arguments exclude
            each other.
        ServiceUnreachable
            The workers of the executor died, and it has no others. What is done is in the directory.
        """
        source = Local(type(self), self.engine) if executor is not None else self
        if executor is not None and isinstance(self.transport, BundleTransport):
            raise ConfigurationError("This client uses a bundle. A sweep with an executor computes its answers. Use another client.")
        if into is None:
            return Sweep(source, calls, method, workers=workers, journal=journal, progress=progress, executor=executor)
        if journal is not None:
            raise ConfigurationError("Give journal or into, not both. The directory is its own journal.")
        return sweep_into(into, source, calls, method, workers=workers, executor=executor, keep=keep, progress=progress)

    def optimizers(self) -> dict[str, Json]:
        """Fetch the catalogue of optimizers, by name."""
        return self._catalogue("optimizers")

    def optimizer(self, name: str) -> Json:
        """Fetch one optimizer: idea, authors, formula, defaults and differences in each convention, slots, source. Raises NotFound.

        Parameters
        ----------
        name : str
            Its name, such as `"adam"`.
        """
        return self._entry("optimizers", _segment(name))

    def objectives(self) -> dict[str, Json]:
        """Fetch the catalogue of objectives, by name."""
        return self._catalogue("objectives")

    def objective(self, objective: str | Mapping[str, Any]) -> Json:
        """Fetch one objective: formula, parameters, window, minima, saddles, condition number, named starts. Raises NotFound.

        Parameters
        ----------
        objective : str or mapping
            `"quadratic"`, or a name with parameters, `{"name": "quadratic", "condition": 50}`. The facts are those at these parameters.
        """
        if isinstance(objective, Mapping):
            return self.ask("/objectives", body(objective=objective), lambda raw, *_: CatalogueEntry(raw))
        return self._entry("objectives", _segment(objective))

    def schedules(self) -> dict[str, Json]:
        """Fetch the catalogue of schedules of the learning rate, by name."""
        return self._catalogue("schedules")

    def schedule(self, name: str) -> Json:
        """Fetch one schedule: formula, parameters, and how torch, keras and optax write it. Raises NotFound.

        Parameters
        ----------
        name : str
            Its name, such as `"cosine"`, or a framework's, such as `"CosineAnnealingLR"`.
        """
        return self._entry("schedules", _segment(name))

    def data(self) -> Json:
        """Fetch the models that take data (`models`), and the data sets that have a name (`sets`), with their examples."""
        return self.fetch("/data")

    def health(self) -> Json:
        """Ask if the service is alive."""
        return self.fetch("/healthz")

    def ready(self) -> Json:
        """Ask if the service is ready. Raises ServiceOverloaded if it is not ready after the retries."""
        return self.fetch("/readyz")


def _segment(name: str) -> str:
    """A name as part of a path; raises InvalidArgument if it is no name."""
    if not isinstance(name, str) or not name:
        raise InvalidArgument(f"expected a name, got {name!r}", pointer="/name")
    return quote(name, safe="")
