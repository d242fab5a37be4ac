"""The client's methods for graders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec

from numpy.typing import ArrayLike

from stepgrade.caller import Caller
from stepgrade.encoding import Params, body
from stepgrade.errors import InvalidRequest, NotInBundle
from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.students.driving import CheckSettings, drive
from stepgrade.grading.submitted import submitted
from stepgrade.judging import Tolerance
from stepgrade.messages import Json
from stepgrade.sweeps import Progress, Sweep
from stepgrade.transports import BundleTransport

RTOL, ATOL, HINTS, PRECISION = Tolerance.rtol, Tolerance.atol, 1, Tolerance.precision
RANDOM = 2  # random inputs for a student's function

Reference = Mapping[str, Any] | Sequence[Mapping[str, Any]]

P = ParamSpec("P")


def raising(compare: Callable[P, CheckResult], name: str) -> Callable[P, CheckResult]:
    """The method that does as `compare`, and raises ReferenceMismatch where the numbers are not the reference's."""

    @wraps(compare)
    def check(*arguments: P.args, **named: P.kwargs) -> CheckResult:
        verdict = compare(*arguments, **named)
        verdict.raise_if_failed()
        return verdict

    check.__name__ = name.replace("compare", "check")
    check.__doc__ = f"Do as `{name}`, and raise ReferenceMismatch where the numbers are not the reference's."
    return check


class Grader(Caller):
    """Checks what students' code returned, and code itself."""

    def check(
        self,
        reference: Reference,
        submission: Reference,
        *,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: int = HINTS,
        precision: str = PRECISION,
    ) -> CheckResult:
        """Compare numbers with the reference, and find what explains those that differ.

        Parameters
        ----------
        reference : mapping, or sequence of mapping
            A request of `step` (`optimizer`, `params`, `gradient`, ...) or of `trajectory` (`optimizer`, `start`, `gradients`, ...).
        submission : mapping, or as long a sequence of mapping
            `params` after the step, or `points` of shape (steps, *shape), with or without the start; also `update`, `state` (`t` and
            slots), `side_effects`. Arrays, lists, mappings, tensors of other libraries; NaN is a number that is wrong.
        rtol, atol : float
            A number may be off by `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}
            What the message tells: where the numbers differ; also what explains them and where to look; at which part; the line.
        precision : {"float32", "float64"}
            With "float64", numbers that are what float32 arithmetic gives do not pass.

        Returns
        -------
        CheckResult
            One, also for a sequence.
        """
        fields = body(
            reference=reference,
            submission=submitted(submission),
            tolerance={"rtol": rtol, "atol": atol},
            hints=hints,
            precision=precision,
        )
        return self._call("/check", fields, CheckResult.read)

    def check_many(
        self,
        pairs: Iterable[tuple[Reference, Reference]],
        *,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: int = HINTS,
        precision: str = PRECISION,
        workers: int = 2,
        progress: bool | Progress | None = None,
    ) -> list[CheckResult]:
        """Check many submissions, several at a time: a verdict for each pair of reference and submission, in their order.

        Parameters
        ----------
        pairs : iterable of (reference, submission)
            As for `check`.
        rtol, atol, hints, precision
            As for `check`.
        workers : int
            How many requests are sent at a time.
        progress : bool or callable, optional
            As for `sweep`: a bar on stderr if that is a terminal, and nothing anywhere else.

        Raises
        ------
        StepgradeError
            What the first check raised that has no verdict. For a verdict or an error each: `sweep(calls, "check")`.
        """
        how = {"rtol": rtol, "atol": atol, "hints": hints, "precision": precision}
        calls = [{"reference": reference, "submission": submission, **how} for reference, submission in pairs]
        verdicts: dict[int, CheckResult] = {}
        with Sweep(self, calls, "check", workers=workers, progress=True if progress is None else progress) as sweep:
            for swept in sweep:
                if swept.error is not None:
                    raise swept.error
                verdicts[swept.index] = swept.result
        return [verdicts[index] for index in range(len(calls))]

    def compare_step(
        self,
        optimizer: str | Mapping[str, Any],
        params: Params,
        gradient: Params,
        got_params: Any,
        got_state: Mapping[str, Any] | None = None,
        *,
        got_update: Any = None,
        state: Mapping[str, Any] | None = None,
        value: float | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: int = HINTS,
        precision: str = PRECISION,
    ) -> CheckResult:
        """Compare what a student's step returned with the reference.

        Parameters
        ----------
        optimizer, params, gradient, state, value
            What the step was taken from, as for `step`.
        got_params : array, or mapping of arrays
            What the student's code returned: arrays, lists, tensors of other libraries, numbers or not.
        got_state : mapping, optional
            `t` and the slots by the service's names, as far as they were returned.
        got_update : array, or mapping of arrays, optional
        rtol, atol, hints, precision
            As for `check`.
        """
        reference = body(optimizer=optimizer, params=params, gradient=gradient, state=state, value=value)
        submission = _given({"params": got_params}, update=got_update, state=got_state)
        return self._compare(reference, submission, rtol=rtol, atol=atol, hints=hints, precision=precision)

    def compare_trajectory(
        self,
        optimizer: str | Mapping[str, Any],
        objective: str | Mapping[str, Any] | None = None,
        *,
        got_points: Any,
        got_state: Mapping[str, Any] | None = None,
        gradients: ArrayLike | Sequence[Params] | None = None,
        values: ArrayLike | None = None,
        start: str | Params | None = None,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        schedule: str | Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        record_every: int | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: int = HINTS,
        precision: str = PRECISION,
    ) -> CheckResult:
        """Compare a student's run with the reference.

        Parameters
        ----------
        optimizer, objective, gradients, values, start, steps, state, schedule, noise, record_every
            What was run, as for `trajectory`.
        got_points : array of shape (recorded, *shape), sequence of params, or mapping of such arrays
            What the student's code returned, with or without the start.
        got_state : mapping, optional
            At the end: `t` and the slots by the service's names.
        rtol, atol, hints, precision
            As for `check`.
        """
        run = {"gradients": gradients, "values": values, "start": start, "steps": steps, "state": state}
        more = {"schedule": schedule, "noise": noise, "record_every": record_every}
        reference = body(optimizer=optimizer, objective=objective, **run, **more)
        submission = _given({"points": got_points}, state=got_state)
        return self._compare(reference, submission, rtol=rtol, atol=atol, hints=hints, precision=precision)

    check_step = raising(compare_step, "compare_step")
    check_trajectory = raising(compare_trajectory, "compare_trajectory")

    def check_function(
        self,
        student: Callable[..., Any],
        optimizer: str | Mapping[str, Any],
        style: str = "cs231n",
        *,
        names: Mapping[str, str] | None = None,
        references: Sequence[Mapping[str, Any]] | None = None,
        random: int | None = None,
        seed: int = 0,
        time_limit: float | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: int = HINTS,
        precision: str = PRECISION,
    ) -> CheckResult:
        """Run a student's optimizer on inputs that tell mistakes apart, and check what it returns.

        It gets copies of the inputs. What it prints, from Python, goes to the verdict's `output`, what it warns of nowhere, and what it
        raises is a failed verdict that names the exception and its line. Changed inputs, shared memory and whole numbers in its state
        are found too.

        Parameters
        ----------
        student : callable
            The student's function, or for "object" their class.
        optimizer : str or mapping
            As for `step`.
        style : {"cs231n", "dls", "tuple", "object"}
            `f(w, dw, config) -> (w, config)`; `f(parameters, grads, v, s, t, learning_rate, ...) -> (parameters, v, s)` on dictionaries
            of layers; `f(params, grad, *state, lr=..., ...) -> (params, *state)`; or a class made with params and hyperparameters, whose
            `step` takes the gradient or finds it in `grad` (of the object, and of the params).
        names : mapping, optional
            What the student's code calls a hyperparameter, a slot or `t`, where that is not usual: `{"rho": "forget", "v": "cache"}`.
        references : sequence of mapping, optional
            Requests of `step` or `trajectory` with gradients, in place of the service's probe.
        random, seed : int
            How many random inputs there are on top, and their seed. Left out: 2, and none for a bundle, which answers what it was made for.
        time_limit : float, optional
            Seconds for all of the student's code. It then runs in a thread of its own, which is told to end; code that never comes back
            from a library's function is left behind, and ends with the process.
        rtol, atol, hints, precision
            As for `check`.
        """
        if random is None:
            random = 0 if isinstance(self.transport, BundleTransport) else RANDOM
        settings = CheckSettings(style, dict(names or {}), references, random, seed, time_limit)
        driven = drive(self, student, optimizer, settings)
        if driven.fault is not None:
            return failed(driven.fault, output=driven.output, optimizer=driven.optimizer)
        how: dict[str, Any] = {"rtol": rtol, "atol": atol, "hints": hints, "precision": precision}
        try:
            verdict: CheckResult = self._compare(driven.references, driven.submissions, **how)
        except NotInBundle:  # which has no reference laid out for numbers of another shape
            if driven.misshapen is None:
                raise
            verdict = failed(driven.misshapen, optimizer=driven.optimizer)
        return driven.told(verdict)

    def probe(self, optimizer: str | Mapping[str, Any]) -> Probe:
        """Fetch requests whose answers tell every mistake in the catalogue from the right answer and from each other."""
        return self._call("/probe", body(optimizer=optimizer), Probe.read)

    def audit(self, reference: Reference, *, rtol: float = RTOL, atol: float = ATOL, compares: Sequence[str] | None = None) -> Audit:
        """Ask which mistakes a test catches and which it lets through.

        Parameters
        ----------
        reference : mapping, or sequence of mapping
            The test's inputs, as for `check`.
        rtol, atol : float
            Its tolerance.
        compares : sequence of str, optional
            Of `params`, `points`, `update`, `state`: what it compares. Left out: params, or points.
        """
        return self._call("/audit", body(reference=reference, tolerance={"rtol": rtol, "atol": atol}, compares=compares), Audit.read)

    def mistakes(self) -> dict[str, Json]:
        """Fetch the catalogue of mistakes, by code: title, kind, formulas, hints, and the optimizers that each applies to."""
        return self._catalogue("mistakes", "code")

    def _compare(self, reference: Reference, submission: Reference, **how: Any) -> CheckResult:
        """Check what a student returned; numbers so wrong that the service refuses them are a failed verdict."""
        try:
            return self.check(reference, submission, **how)
        except InvalidRequest as refusal:
            faults = [error for error in refusal.errors if _is_of_numbers(error.pointer)]
            if not faults or len(faults) < len(refusal.errors):
                raise
            return failed("\n".join(["What your code returned cannot be read as numbers.", *(fault.detail for fault in faults)]))


def _given(submission: Json, **more: Any) -> Json:
    """The submission with what there is more."""
    return submission | {name: value for name, value in more.items() if value is not None}


def _is_of_numbers(pointer: str) -> bool:
    """Whether a fault is in what a student returned, and not in how the grader named it."""
    parts = [part for part in pointer.split("/")[1:] if not part.isdigit()]
    return len(parts) > 1 and parts[0] == "submission" and parts[1] in ("params", "points", "update")
