"""The client: one method for each task of the service."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, overload
from urllib.parse import quote

from numpy.typing import ArrayLike

from stepgrade import settings
from stepgrade.bundles import Bundle
from stepgrade.choices import Match, Measure, Method, RunPart, StepPart
from stepgrade.encoding import Floats, NamedFloats, Params, body
from stepgrade.errors import InvalidArgument
from stepgrade.grading.grader import Grader
from stepgrade.messages import Json
from stepgrade.results import Comparison, Contours, Map, Step, Trajectory
from stepgrade.sweeps import Progress, Sweep
from stepgrade.transports import BundleTransport, HttpTransport, Transport, WsgiTransport


class Client(Grader):
    """A client of a Stepgrade service, over HTTP or in this process.

    Numbers can be Python numbers, nested lists, or NumPy arrays of any float or integer type. Answers hold float64 arrays. Every call
    can raise `InvalidArgument` (before the request is sent: NaN, or text in place of a number), `InvalidRequest` (with a list of
    every fault), the other `ApiError`s, `ServiceUnreachable`, `ServiceTimeout` and `OfflineError`. The client prints nothing and
    gives no warnings. Only a `sweep` draws a progress bar, and only on a terminal.
    Several threads can share a client. Use it in a `with` block, or call `close()`.

    Parameters
    ----------
    base_url : str, optional
        The address of the service. If left out: STEPGRADE_URL, or http://127.0.0.1:8000.
    timeout : float or (float, float), optional
        Seconds to wait for an answer, or two numbers: to connect and to read. If left out: STEPGRADE_TIMEOUT (`10`, or `2,10`), or
        2 and 10.
    max_retries : int
        How often the client repeats a call after 429, 502, 503, 504, a lost connection or a time-out. The pauses grow, and they are
        at least as long as Retry-After. No call changes anything in the service, so the client repeats POST too.
    deadline : float, optional
        Seconds for a whole call. After that time no retry starts, and the client stops reading. 20, or more if `timeout` needs more.
    max_answer : float, optional
        The largest size of an answer in MiB, both compressed and uncompressed. If left out: STEPGRADE_MAX_ANSWER, or 256.
    bundle : path or Bundle, optional
        A file that all answers come from, without a network. If left out: STEPGRADE_BUNDLE, unless there is a `base_url`. A request
        that is not in the file raises `NotInBundle`.
    transport : Transport, optional
        Sends the requests in place of HTTP. Then the other arguments have no effect.

    Raises
    ------
    ConfigurationError
        An argument is wrong, or the variable that replaces it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        timeout: settings.Timeout | None = None,
        max_retries: int = settings.MAX_RETRIES,
        deadline: float | None = None,
        max_answer: float | None = None,
        bundle: str | os.PathLike[str] | Bundle | None = None,
        transport: Transport | None = None,
    ) -> None:
        if transport is None:
            answers = settings.bundle(bundle, base_url)
            if answers is None:
                transport = HttpTransport(base_url, timeout=timeout, max_retries=max_retries, deadline=deadline, max_answer=max_answer)
            else:
                transport = BundleTransport(answers if isinstance(answers, Bundle) else Bundle.read(answers))
        super().__init__(transport)

    @classmethod
    def local(cls) -> Client:
        """Make a client that runs the service in this process: the same numbers, without a server, a port or a network.

        Raises
        ------
        ConfigurationError
            The distribution stepgrade-service is not installed.
        """
        return cls(transport=WsgiTransport())

    @overload
    def step(
        self,
        optimizer: str | Mapping[str, Any],
        params: ArrayLike,
        gradient: ArrayLike,
        *,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
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
        include: Sequence[StepPart] | None = None,
    ) -> Step[Any]:
        """Compute one step from a gradient.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        params, gradient : number, array or list of any shape, or mapping of these by name
            Both have the same layout.
        state : mapping, optional
            The `state` of the previous step.
        value : float, optional
            The loss, if the optimizer needs it.
        include : sequence of str, optional
            `["work"]` adds the worked solution, `step.work`: the formula line by line, with letters and with numbers.
        """
        fields = body(optimizer=optimizer, params=params, gradient=gradient, state=state, value=value, include=include)
        return self.ask("/step", fields, Step.read)

    @overload
    def trajectory(
        self,
        optimizer: str | Mapping[str, Any],
        objective: str | Mapping[str, Any] | None = None,
        *,
        gradients: ArrayLike | None = None,
        values: ArrayLike | None = None,
        start: str | ArrayLike | None = None,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
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
        start: Mapping[str, ArrayLike],
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
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
        start: str | Params | None = None,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        stop: Mapping[str, float] | None = None,
        record_every: int | None = None,
        include: Sequence[RunPart] | None = None,
    ) -> Trajectory[Any]:
        """Compute many steps, on an objective or from given gradients (one of the two). The service has defaults for the rest.

        Parameters
        ----------
        optimizer : str or mapping
            As for `step`.
        objective : str or mapping
            `"rosenbrock"`, `{"name": "quadratic", "condition": 20}`, or `{"expression": "w**2 + b**2", "variables": ["w", "b"]}`.
        gradients : sequence of params, or array of shape (steps, *shape)
            A replay: one gradient per step. It needs `start`, and `values` of shape (steps,) if the optimizer needs the loss.
        start : params, or the name of one of the objective's starts
        steps : int
        state : mapping
            The state of an earlier step or run that this run continues.
        schedule : str, mapping or sequence of float
            The schedule of the learning rate, a function of `state["t"]`.
        noise : mapping
            Noise on the gradients: `{"std": 0.1, "seed": 7}`.
        target : mapping
            `{"distance": 0.05}` or `{"value_gap": 1e-3}`, relative to the start. It does not end the run. With
            `"arrival": "settle"` (the default) comparisons go by the step from which a run stays at the target; with `"touch"` by
            the first step at the target.
        stop : mapping
            Rules that end the run: any of `gradient_norm`, `value_gap`, `distance`, `update_norm`.
        record_every : int
        include : sequence of str
            Any of `points`, `values`, `gradients`, `updates`, `states`, `measures`.
        """
        fields = body(
            optimizer=optimizer,
            objective=objective,
            gradients=gradients,
            values=values,
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
        steps: int | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: ArrayLike | None = None,
        match: Match | Mapping[str, Any] | None = None,
    ) -> Comparison[Floats]: ...

    @overload
    def compare(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        *,
        start: Mapping[str, ArrayLike] | None = None,
        starts: Mapping[str, Mapping[str, ArrayLike]] | Sequence[Mapping[str, ArrayLike]] | None = None,
        steps: int | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: ArrayLike | None = None,
        match: Match | Mapping[str, Any] | None = None,
    ) -> Comparison[NamedFloats]: ...

    def compare(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        *,
        start: str | Params | None = None,
        starts: Mapping[str, str | Params] | Sequence[str | Params] | None = None,
        steps: int | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: ArrayLike | None = None,
        match: Match | Mapping[str, Any] | None = None,
    ) -> Comparison[Any]:
        """Compare several optimizers on one objective fairly. The service has defaults for what is left out.

        Parameters
        ----------
        objective : str or mapping
            As for `trajectory`.
        optimizers : sequence of str or mapping
            One or more, as for `step`, each with an optional `label`.
        start : params, or the name of one of the objective's starts
        starts : mapping or sequence
            Several starts in place of `start`: a dict by name, or a list.
        steps : int
        schedule, target
            As for `trajectory`.
        noise : mapping
            Noise on the gradients: `{"std": 0.1, "seeds": [1, 2, 3]}`. Each seed gives one run.
        baseline : str
            The label of the run that the others are matched to. If left out: the first.
        decompose : (str, str)
            The labels of a plain optimizer and another one. Their difference is split into step length and direction.
        rotate : sequence of float
            Angles in degrees. The problem and the starts are also rotated by each of them.
        match : str or mapping
            `none`, `first_step`, `mean_step`, `graft` or `tuned`, or `{"mode": "tuned", "grid": [1e-4, 1, 60]}`.
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
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        match: Match | Mapping[str, Any] | None = None,
    ) -> Map:
        """Run one or two optimizers over a grid of starts or learning rates. The service has defaults for what is left out.

        Parameters
        ----------
        objective, optimizers
            As for `compare`. One or two optimizers, the plain one first.
        grid : mapping
            Starts `{"x": [-6, 6, 61], "y": [-3, 3, 31]}`, each axis as first, last and number of values; or learning rates on a
            logarithmic axis `{"lr": [1e-4, 1, 60]}`, alone or with `x` or `y`.
        measure : str or sequence of str
            Any of `settling_step` (the default), `steps_to_target`, `direction_effect`, `magnitude_effect`, `final_value`,
            `minimum_reached`. The effects need two optimizers.
        start : params, or the name of one of the objective's starts
            The coordinates that the grid does not set.
        steps, schedule, target, baseline, match
            As for `compare`.
        noise : mapping
            Noise on the gradients: `{"std": 0.1, "seed": 7}`, one seed for the whole map.
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
        window: Mapping[str, Any] | Sequence[Any] | None = None,
        levels: int | ArrayLike | None = None,
    ) -> Contours:
        """Fetch contour lines of an objective of two parameters. The service has a default window and default levels."""
        return self.ask("/contours", body(objective=objective, window=window, levels=levels), Contours.read)

    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int = 4,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
    ) -> Sweep:
        """Make many calls, several at a time. Each result comes as soon as it is ready. An error does not end the sweep.

        Parameters
        ----------
        calls : iterable of mapping
            The arguments of each call, as `stepgrade.grid` makes them. A generator is read only as far as needed.
        method : {"trajectory", "step", "compare", "map", "contours", "check"}
            The method that each call uses.
        workers : int
            The number of requests at a time.
        journal : path, optional
            A file that keeps the answers, one per line. A sweep with the same journal does not repeat the requests in it, so an
            interrupted sweep continues. The file keeps no errors. `engine` of each result is the version that answered.
        progress : bool or callable
            True draws a bar on stderr if stderr is a terminal, and writes nothing otherwise. A function is called after each result
            with three numbers: done, total (or None) and failed.

        Returns
        -------
        Sweep
            An iterator of `Swept`: `index`, `request`, `result`, `error`. It sends nothing before the loop over it begins.

        Raises
        ------
        InvalidArgument
            The method is unknown, or there are no workers.
        ConfigurationError
            The journal is not a journal, or it cannot be written.
        """
        return Sweep(self, calls, method, workers=workers, journal=journal, progress=progress)

    def optimizers(self) -> dict[str, Json]:
        """Fetch the catalogue of optimizers, by name."""
        return self._catalogue("optimizers")

    def optimizer(self, name: str) -> Json:
        """Fetch one optimizer: formula, hyperparameters, defaults in each convention, slots, source. Raises NotFound."""
        return self._entry("optimizers", _segment(name))

    def objectives(self) -> dict[str, Json]:
        """Fetch the catalogue of objectives, by name."""
        return self._catalogue("objectives")

    def objective(self, name: str) -> Json:
        """Fetch one objective: formula, parameters, window, minima, condition number, named starts. Raises NotFound."""
        return self._entry("objectives", _segment(name))

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
