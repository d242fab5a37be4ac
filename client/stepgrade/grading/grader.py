"""The client's methods for graders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, Final, ParamSpec

from numpy.typing import ArrayLike

from stepgrade.caller import Caller
from stepgrade.choices import Compared, Hints, Precision, Style
from stepgrade.encoding import Params, body
from stepgrade.errors import InvalidRequest, NotInBundle
from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.students.choosing import choose
from stepgrade.grading.students.driving import CheckSettings, Driven, drive
from stepgrade.grading.students.watching import files_that_ask
from stepgrade.grading.submitted import submitted
from stepgrade.judging import FLOAT32, Tolerance
from stepgrade.messages import Json
from stepgrade.sweeps import Progress, Sweep, hold_arguments
from stepgrade.transports import BundleTransport

RTOL, ATOL = Tolerance.rtol, Tolerance.atol
HINTS: Final = 1
PRECISION: Final = FLOAT32
RANDOM = 2  # random inputs for a student's function

Reference = Mapping[str, Any] | Sequence[Mapping[str, Any]]

P = ParamSpec("P")


def raising(compare: Callable[P, CheckResult], name: str) -> Callable[P, CheckResult]:
    """The same method, but it raises ReferenceMismatch if the numbers differ from the reference."""

    @wraps(compare)
    def check(*arguments: P.args, **named: P.kwargs) -> CheckResult:
        verdict = compare(*arguments, **named)
        verdict.raise_if_failed()
        return verdict

    check.__name__ = name.replace("compare", "check")
    parameters = (compare.__doc__ or "").partition("\n\n")[2]
    check.__doc__ = f"Like `{name}`, but raise ReferenceMismatch if the numbers differ from the reference.\n\n{parameters}"
    return check


def name_of(optimizer: str | Mapping[str, Any]) -> str:
    """The name of an optimizer as it is asked for."""
    return str(optimizer.get("name", "") if isinstance(optimizer, Mapping) else optimizer)


class Grader(Caller):
    """Checks students' numbers and students' code."""

    def check(
        self,
        reference: Reference,
        submission: Reference,
        *,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: Hints = HINTS,
        precision: Precision = PRECISION,
    ) -> CheckResult:
        """Compare numbers with the reference, and explain the differences.

        Parameters
        ----------
        reference : mapping, or sequence of mapping
            A request of `step` (`optimizer`, `params`, `gradient`, ...) or of `trajectory` (`optimizer`, `start`, `gradients`, ...).
        submission : mapping, or as long a sequence of mapping
            `params` after the step, or `points` of shape (steps, *shape), with or without the start. Optional: `update`, `state` (`t`
            and slots), `side_effects`. Values are arrays, lists, mappings or tensors of other libraries. NaN counts as wrong.
        rtol, atol : float, default 1e-6 and 1e-9
            The allowed difference is `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}, default 1
            How much the message says. 0: where the numbers differ. 1: also the explanation and where to look. 2: also the part of
            the formula. 3: also the line.
        precision : {"float32", "float64"}, default "float32"
            With "float64", numbers from float32 arithmetic do not pass.

        Returns
        -------
        CheckResult
            One result, also for a sequence.
        """
        fields = body(
            reference=reference,
            submission=submitted(submission),
            tolerance={"rtol": rtol, "atol": atol},
            hints=hints,
            precision=precision,
        )
        return self.ask("/check", fields, CheckResult.read)

    def check_many(
        self,
        pairs: Iterable[tuple[Reference, Reference]],
        *,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: Hints = HINTS,
        precision: Precision = PRECISION,
        workers: int = 2,
        progress: bool | Progress | None = None,
    ) -> list[CheckResult]:
        """Check many submissions, several at a time. The list has one verdict per pair of reference and submission, in order.

        Parameters
        ----------
        pairs : iterable of (reference, submission)
            A reference, and what was submitted to it, as for `check`.
        rtol, atol : float, default 1e-6 and 1e-9
            The allowed difference is `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}, default 1
            How much the message says. 0: where the numbers differ. 1: also the explanation and where to look. 2: also the part of
            the formula. 3: also the line.
        precision : {"float32", "float64"}, default "float32"
            With "float64", numbers from float32 arithmetic do not pass.
        workers : int, default 2
            The number of requests at a time.
        progress : bool or callable, optional
            As for `sweep`. Default: a bar on a terminal or in a notebook, and nothing otherwise.

        Raises
        ------
        StepgradeError
            The first error of a check that has no verdict. `sweep(calls, "check")` gives a verdict or an error for each.
        """
        hold_arguments("check", workers)
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
        hints: Hints = HINTS,
        precision: Precision = PRECISION,
    ) -> CheckResult:
        """Compare what a student's step returned with the reference.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        params, gradient : number, array or list of any shape, or mapping of these by name
            The inputs: the point, and the gradient there. Both have the same layout.
        got_params : array, or mapping of arrays
            What the student's code returned: arrays, lists, tensors of other libraries, or anything else.
        got_state : mapping, optional
            The state that it returned: `t` and the slots by the service's names. Default: the state is not compared.
        got_update : array, or mapping of arrays, optional
            The step that it computed. Default: the step is not compared.
        state : mapping, optional
            The state before the step. Default: the state before the first step.
        value : float, optional
            The loss, for an optimizer that needs it. Default: none.
        rtol, atol : float, default 1e-6 and 1e-9
            The allowed difference is `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}, default 1
            How much the message says. 0: where the numbers differ. 1: also the explanation and where to look. 2: also the part of
            the formula. 3: also the line.
        precision : {"float32", "float64"}, default "float32"
            With "float64", numbers from float32 arithmetic do not pass.
        """
        reference = body(optimizer=optimizer, params=params, gradient=gradient, state=state, value=value)
        submission = _given({"params": got_params}, update=got_update, state=got_state)
        return self.verdict(reference, submission, rtol=rtol, atol=atol, hints=hints, precision=precision)

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
        schedule: Mapping[str, Any] | Sequence[float] | None = None,
        noise: Mapping[str, Any] | None = None,
        record_every: int | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: Hints = HINTS,
        precision: Precision = PRECISION,
    ) -> CheckResult:
        """Compare a student's run with the reference.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        objective : str or mapping, optional
            The objective of the run, as for `trajectory`. Default: none, if there are `gradients`.
        gradients : sequence of params, or array of shape (steps, *shape), optional
            The gradient of each step, in the layout of `start`. Default: none, if there is an `objective`.
        values : array of shape (steps,), optional
            With `gradients`: the loss at each step, for an optimizer that needs it. Default: none.
        start : params, or str, optional
            The first point, or the name of one of the objective's starts. Default: the objective's first start.
        got_points : array of shape (recorded, *shape), sequence of params, or mapping of such arrays
            What the student's code returned, with or without the start.
        got_state : mapping, optional
            The state at the end: `t` and the slots by the service's names. Default: the state is not compared.
        steps : int, optional
            The number of steps. Default: 100. With `gradients`: their number.
        state : mapping, optional
            The state of an earlier run that this run continues. Default: the state before the first step.
        schedule : mapping or sequence of float, optional
            The learning rate as a function of `state["t"]`, as for `trajectory`. Default: the optimizer's own rate in every step.
        noise : mapping, optional
            Noise on the gradients: `{"std": 0.1, "seed": 7}`. Not with `gradients`. Default: none, and seed 0.
        record_every : int, optional
            The number of steps from one point of `got_points` to the next. Default: 1.
        rtol, atol : float, default 1e-6 and 1e-9
            The allowed difference is `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}, default 1
            How much the message says. 0: where the numbers differ. 1: also the explanation and where to look. 2: also the part of
            the formula. 3: also the line.
        precision : {"float32", "float64"}, default "float32"
            With "float64", numbers from float32 arithmetic do not pass.
        """
        run = {"gradients": gradients, "values": values, "start": start, "steps": steps, "state": state}
        more = {"schedule": schedule, "noise": noise, "record_every": record_every}
        reference = body(optimizer=optimizer, objective=objective, **run, **more)
        submission = _given({"points": got_points}, state=got_state)
        return self.verdict(reference, submission, rtol=rtol, atol=atol, hints=hints, precision=precision)

    check_step = raising(compare_step, "compare_step")
    check_trajectory = raising(compare_trajectory, "compare_trajectory")

    def check_function(
        self,
        student: Callable[..., Any],
        optimizer: str | Mapping[str, Any],
        style: Style | None = None,
        *,
        names: Mapping[str, str] | None = None,
        references: Sequence[Mapping[str, Any]] | None = None,
        random: int | None = None,
        seed: int = 0,
        time_limit: float | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        hints: Hints = HINTS,
        precision: Precision = PRECISION,
    ) -> CheckResult:
        """Run a student's optimizer on inputs that distinguish the mistakes, and check what it returns.

        The code gets copies of the inputs. The verdict's `output` has what it prints. Its warnings are not shown. An exception gives a
        failed verdict, with the exception and its line. The check also finds changed inputs, shared memory and integers in the state.

        Parameters
        ----------
        student : callable
            The student's function. For "object": the student's class.
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        style : {"cs231n", "dls", "tuple", "object", "loop"}, optional
            How the code is called. Default: the style that its arguments have. If the code does not run in its style, the others are
            tried: correct code passes in every style.
            "cs231n": `f(w, dw, config) -> (w, config)`.
            "dls": `f(parameters, grads, v, s, t, learning_rate, ...) -> (parameters, v, s)` on dictionaries of layers, with `grads["dW1"]`
            or `grads["W1"]`.
            "tuple": `f(params, grad, *state, lr=..., ...) -> (params, *state)`, with its arguments in any order.
            "object": a class, made with or without params. Its method (`step`, `update`, `apply_gradients`, ...) takes params and
            gradients, or gradients, or reads them from `grad`.
            "loop": `f(gradient_function, start, steps, lr, ...)`, which returns the end or all points; or a class with a method for that.
        names : mapping, optional
            Unusual names in the student's code for the params, the gradient, a slot, `t` or a hyperparameter:
            `{"params": "position", "rho": "forget", "v": "cache"}`. Of a loop also for `steps`, `objective` and `tolerance`. Default: none.
        references : sequence of mapping, optional
            Requests of `step` or `trajectory` with gradients. Default: the service's probe.
        random : int, optional
            The number of extra random inputs. Default: 2, and 0 for a bundle, which cannot answer new requests.
        seed : int, default 0
            The seed of the random inputs.
        time_limit : float, optional
            Seconds for all of the student's code. Default: no limit. The code runs in a thread, and the thread is stopped after this
            time. If the code waits, or the machine is busy with other work, it is stopped after twice this time. The time of the service
            does not count. A library function that does not return cannot be stopped: it ends with the process.
        rtol, atol : float, default 1e-6 and 1e-9
            The allowed difference is `atol + rtol * abs(expected)`.
        hints : {0, 1, 2, 3}, default 1
            How much the message says. 0: where the numbers differ. 1: also the explanation and where to look. 2: also the part of
            the formula. 3: also the line.
        precision : {"float32", "float64"}, default "float32"
            With "float64", numbers from float32 arithmetic do not pass.

        Raises
        ------
        InvalidArgument
            An entry of `names` binds nothing.
        ConfigurationError
            The student's code cannot be called. The message is for the teacher, and names the ways that were tried.
        """
        if random is None:
            random = 0 if isinstance(self.transport, BundleTransport) else RANDOM
        settings = CheckSettings(style, dict(names or {}), references, random, seed, time_limit, files_that_ask(student))
        how: dict[str, Any] = {"rtol": rtol, "atol": atol, "hints": hints, "precision": precision}

        def judge(driven: Driven) -> CheckResult:
            try:
                verdict: CheckResult = self.verdict(driven.references, driven.submissions, **how)
            except NotInBundle:  # which has no reference laid out for numbers of another shape
                if driven.misshapen is None:
                    raise
                verdict = failed(driven.misshapen, optimizer=driven.optimizer)
            return replace(driven.told(verdict), asked=name_of(optimizer))

        return choose(drive(self, student, optimizer, settings), judge)

    def probe(self, optimizer: str | Mapping[str, Any]) -> Probe:
        """Fetch requests whose answers distinguish every known mistake from the correct answer, and from the others.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, `{"name": "adam", "convention": "torch", "lr": 0.01}`.
        """
        return self.ask("/probe", body(optimizer=optimizer), Probe.read)

    def audit(self, reference: Reference, *, rtol: float = RTOL, atol: float = ATOL, compares: Sequence[Compared] | None = None) -> Audit:
        """Find out which mistakes a test catches, and which it misses.

        Parameters
        ----------
        reference : mapping, or sequence of mapping
            The test's inputs, as for `check`.
        rtol, atol : float, default 1e-6 and 1e-9
            The tolerance of the test: the allowed difference is `atol + rtol * abs(expected)`.
        compares : sequence of str, optional
            What the test compares: any of `params`, `points`, `update`, `state`. Default: params, or points.
        """
        return self.ask("/audit", body(reference=reference, tolerance={"rtol": rtol, "atol": atol}, compares=compares), Audit.read)

    def mistakes(self) -> dict[str, Json]:
        """Fetch the catalogue of mistakes, by code: title, kind, formulas, hints, and the optimizers that each applies to."""
        return self._catalogue("mistakes", "code")

    def verdict(self, reference: Reference, submission: Reference, **how: Any) -> CheckResult:
        """Check numbers as `check` does. If the service cannot read the numbers, the verdict is failed, and there is no error.

        Parameters
        ----------
        reference, submission
            As for `check`: requests, and what the student's code returned.
        how
            `rtol`, `atol`, `hints` and `precision`, as for `check`, with the same defaults.
        """
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
