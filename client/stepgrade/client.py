"""The client: one method for each thing the service does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from numpy.typing import ArrayLike

from stepgrade import settings
from stepgrade.bundles import Bundle
from stepgrade.encoding import Params, body
from stepgrade.errors import InvalidArgument
from stepgrade.grading.grader import Grader
from stepgrade.messages import Json
from stepgrade.results import Comparison, Contours, Map, Step, Trajectory
from stepgrade.sweeps import Progress, Sweep
from stepgrade.transports import BundleTransport, HttpTransport, Transport, WsgiTransport


class Client(Grader):
    """Asks a Stepgrade service, over HTTP or in this process.

    Numbers may be Python's, nested lists, or NumPy arrays of any float or integer type; answers hold float64 arrays. Every call may
    raise `InvalidArgument` (before anything is sent: NaN, or text where a number belongs), `InvalidRequest` (the service's list of
    every fault), the other `ApiError`s, `ServiceUnreachable`, `ServiceTimeout` and `OfflineError`. Nothing is printed or warned about,
    but for the bar of a `sweep` on a terminal.
    Several threads may share a client. Use it in a `with` block, or `close()` it.

    Parameters
    ----------
    base_url : str, optional
        Where the service is. Else STEPGRADE_URL, else http://127.0.0.1:8000.
    timeout : float or (float, float), optional
        Seconds to wait for an answer, or to connect and to read. Else STEPGRADE_TIMEOUT (`10`, or `2,10`), else 2 and 10.
    max_retries : int
        How often a call is sent again after 429, 502, 503, 504, a lost connection or a time-out, at growing intervals and no
        sooner than Retry-After says. Every call is pure, so POST is sent again too.
    deadline : float, optional
        Seconds for a whole call: no retry starts after them, and an answer that is still arriving is given up. 20 unless `timeout`
        needs more.
    max_answer : float, optional
        MiB that an answer may have, as it arrives and unpacked. Else STEPGRADE_MAX_ANSWER, else 256.
    bundle : path or Bundle, optional
        Answers from this file alone, without a network. Else STEPGRADE_BUNDLE, unless `base_url` is given. What is not in it raises
        `NotInBundle`.
    transport : Transport, optional
        Carries the requests in place of HTTP; the other arguments do not matter then.

    Raises
    ------
    ConfigurationError
        An argument, or the variable that stands in for it, cannot be used.
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
        """Make a client that runs the service in this process: the same numbers, and no server, port or network.

        Raises
        ------
        ConfigurationError
            The distribution stepgrade-service is not installed.
        """
        return cls(transport=WsgiTransport())

    def step(
        self,
        optimizer: str | Mapping[str, Any],
        params: Params,
        gradient: Params,
        *,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
    ) -> Step:
        """Take one step from a gradient.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        params, gradient : number, array or list of any shape, or mapping of these by name
            Laid out alike.
        state : mapping, optional
            The `state` of the step before.
        value : float, optional
            The loss, for optimizers that need it.
        """
        fields = body(optimizer=optimizer, params=params, gradient=gradient, state=state, value=value)
        return self._call("/step", fields, Step.read)

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
        target: Mapping[str, float] | None = None,
        stop: Mapping[str, float] | None = None,
        record_every: int | None = None,
        include: Sequence[str] | None = None,
    ) -> Trajectory:
        """Take many steps, on an objective or on posted gradients (exactly one of the two). What is left out is the service's default.

        Parameters
        ----------
        optimizer : str or mapping
            As for `step`.
        objective : str or mapping
            `"rosenbrock"`, `{"name": "quadratic", "condition": 20}`, or `{"expression": "w**2 + b**2", "variables": ["w", "b"]}`.
        gradients : sequence of params, or array of shape (steps, *shape)
            A replay, one gradient a step; needs `start`, and `values` of shape (steps,) where the optimizer needs the loss.
        start : params, or the name of one of the objective's starts
        steps : int
        state : mapping
            Of an earlier step or run, to go on from.
        schedule : str, mapping or sequence of float
            Of the learning rate, indexed by `state["t"]`.
        noise : mapping
            `{"std": 0.1, "seed": 7}`, on the gradients.
        target : mapping
            `{"distance": 0.05}` or `{"value_gap": 1e-3}`, relative to the start; only measured.
        stop : mapping
            Any of `gradient_norm`, `value_gap`, `distance`, `update_norm`; ends the run.
        record_every : int
        include : sequence of str
            Of `points`, `values`, `gradients`, `updates`, `states`, `measures`.
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
        return self._call("/trajectory", fields, partial(Trajectory.read, draw=partial(self._picture, "/trajectory", fields)))

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
        target: Mapping[str, float] | None = None,
        baseline: str | None = None,
        decompose: Sequence[str] | None = None,
        rotate: ArrayLike | None = None,
        match: str | Mapping[str, Any] | None = None,
    ) -> Comparison:
        """Run several optimizers on one objective, fairly. What is left out is the service's default.

        Parameters
        ----------
        objective : str or mapping
            As for `trajectory`.
        optimizers : sequence of str or mapping
            Two or more, as for `step`, each with an optional `label`.
        start : params, or the name of one of the objective's starts
        starts : mapping or sequence
            Several of these in place of `start`, by name or as they are.
        steps : int
        schedule, target
            As for `trajectory`.
        noise : mapping
            `{"std": 0.1, "seeds": [1, 2, 3]}`, on the gradients; each seed is a run of its own.
        baseline : str
            The label that matching goes by; the first if left out.
        decompose : (str, str)
            The labels of the plain one and the other, whose lead is split into step length and direction.
        rotate : sequence of float
            Degrees to turn the problem and the starts by.
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
        return self._call("/compare", fields, partial(Comparison.read, draw=partial(self._picture, "/compare", fields)))

    def map(
        self,
        objective: str | Mapping[str, Any],
        optimizers: Sequence[str | Mapping[str, Any]],
        grid: Mapping[str, Sequence[float]],
        *,
        measure: str | Sequence[str] | None = None,
        start: str | Params | None = None,
        steps: int | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        target: Mapping[str, float] | None = None,
        baseline: str | None = None,
        match: str | Mapping[str, Any] | None = None,
    ) -> Map:
        """Run one or two optimizers over a grid of starts or learning rates. What is left out is the service's default.

        Parameters
        ----------
        objective, optimizers
            As for `compare`; one or two optimizers, the plain one first.
        grid : mapping
            `{"x": [-6, 6, 61], "y": [-3, 3, 31]}`: from, to, how many, of starts; or `{"lr": [1e-4, 1, 60]}`, logarithmic, alone or
            with `x` or `y`.
        measure : str or sequence of str
            Of `steps_to_target`, `direction_effect`, `magnitude_effect`, `final_value`, `minimum_reached`; the effects need two optimizers.
        start : params, or the name of one of the objective's starts
            What the grid leaves free.
        steps, schedule, target, baseline, match
            As for `compare`.
        noise : mapping
            `{"std": 0.1, "seed": 7}`, on the gradients: one seed for the whole map.
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
        return self._call("/map", fields, partial(Map.read, draw=partial(self._picture, "/map", fields)))

    def contours(
        self,
        objective: str | Mapping[str, Any],
        *,
        window: Mapping[str, Any] | Sequence[Any] | None = None,
        levels: int | ArrayLike | None = None,
    ) -> Contours:
        """Fetch level lines of an objective of two parameters, in its usual window and at levels the service picks if left out."""
        return self._call("/contours", body(objective=objective, window=window, levels=levels), Contours.read)

    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: str = "trajectory",
        *,
        workers: int = 4,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
    ) -> Sweep:
        """Make many calls, several at a time; the results come as they are done, and no error ends it.

        Parameters
        ----------
        calls : iterable of mapping
            The arguments of each call, as `stepgrade.grid` makes them. A generator is asked only for as many as are under way.
        method : {"trajectory", "step", "compare", "map", "contours", "check"}
            What is called with them.
        workers : int
            How many requests are sent at a time.
        journal : path, optional
            A file that answers are kept in, a line each. A sweep with the same journal does not ask again for what is there: one that
            was cut off goes on. Errors are not kept. Each result says in `engine` which version answered.
        progress : bool or callable
            True draws a bar on stderr if that is a terminal, and says nothing anywhere else. A function is called after each result
            with how many are done, how many there are (or None) and how many failed.

        Returns
        -------
        Sweep
            An iterator of `Swept`: `index`, `request`, `result`, `error`. Nothing is sent before it is asked for the first.

        Raises
        ------
        InvalidArgument
            An unknown method, or no worker.
        ConfigurationError
            The journal is another kind of file, or cannot be written.
        """
        return Sweep(self, calls, method, workers=workers, journal=journal, progress=progress)

    def optimizers(self) -> dict[str, Json]:
        """Fetch the catalogue of optimizers, by name."""
        return self._catalogue("optimizers")

    def optimizer(self, name: str) -> Json:
        """Fetch one optimizer: formula, hyperparameters and defaults by convention, slots, source. Raises NotFound."""
        return self._entry("optimizers", _segment(name))

    def objectives(self) -> dict[str, Json]:
        """Fetch the catalogue of objectives, by name."""
        return self._catalogue("objectives")

    def objective(self, name: str) -> Json:
        """Fetch one objective: formula, parameters, window, minima, condition number, named starts. Raises NotFound."""
        return self._entry("objectives", _segment(name))

    def health(self) -> Json:
        """Ask whether the service is alive."""
        return self._get("/healthz")

    def ready(self) -> Json:
        """Ask whether it is ready for work; raises ServiceOverloaded while it is not, after the usual retries."""
        return self._get("/readyz")


def _segment(name: str) -> str:
    """A name as part of a path; raises InvalidArgument where it is none."""
    if not isinstance(name, str) or not name:
        raise InvalidArgument(f"expected a name, got {name!r}", pointer="/name")
    return quote(name, safe="")
