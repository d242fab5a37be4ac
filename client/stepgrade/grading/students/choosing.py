"""Which of the ways to call a student's code counts: the first whose numbers are right, else the likeliest of those that ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from stepgrade.errors import ConfigurationError, NotInBundle
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.students.driving import Driven

MOST_TOLD = 8

Judged = tuple[Driven, CheckResult]


class TriedWay(NamedTuple):
    """A way that was tried, how it ended, and whether the code ran in it. `is_untold`: the teacher asked for another style."""

    title: str
    reason: str
    has_run: bool = False
    is_untold: bool = False


def choose(attempts: Iterable[Driven], judge: Callable[[Driven], CheckResult]) -> CheckResult:
    """The verdict; raises ConfigurationError, which is for the teacher, where the code cannot be called in any of the ways.

    What is a student's fault in whatever way the code is called is told at once. A way that is only tried counts if its numbers are
    right, or if it alone explains them; if the code ran in several others, that one counts whose numbers are explained. Where it ran in
    no likely way, the ways count that stand in for these: their numbers are the student's, and the errors of the others are not.
    """
    likely, instead, tried, faults, ways = list[Judged](), list[Judged](), list[Judged](), list[Driven](), list[TriedWay]()
    missing: NotInBundle | None = None
    for driven in attempts:
        if driven.fault is not None:
            if not driven.is_trial and not driven.is_about_shape:
                return _failed(driven)
            ways.append(TriedWay(driven.title, driven.fault.splitlines()[0], is_untold=driven.is_untold))
            faults += [driven] if driven.is_own or driven.is_among_tensors or driven.stands_in or not driven.is_trial else []
            continue
        try:
            verdict = judge(driven)
        except NotInBundle as error:
            missing = missing or error
            continue
        if verdict.passed or (verdict.findings and driven.has_moved and not driven.is_trial and not driven.has_rivals):
            return verdict
        if not driven.is_other_style:
            (likely if not driven.is_trial else instead if driven.counts_instead else tried).append((driven, verdict))
        ways.append(
            TriedWay(driven.title, "it runs, but its numbers are not those of the reference", has_run=True, is_untold=driven.is_untold)
        )
    likeliest = _likeliest(likely, instead, tried)
    if missing is not None and (likeliest is None or not likeliest.findings):
        raise missing  # the code may be right in the way that could not be checked, and no student pays for that
    own = next((driven for driven in faults if driven.is_own), None)
    own = own or next((driven for driven in faults if driven.is_among_tensors and not instead), None)
    if likeliest is not None and (own is None or likeliest.findings or any(driven.has_moved for driven, _ in likely)):
        return likeliest
    fault = own or _only_one(_furthest(faults))
    if fault is not None:
        return _failed(fault)
    raise _nothing_fits(ways)


def _furthest(faults: list[Driven]) -> list[Driven]:
    """The faults of likely ways, or the fault with which the code got further where another way stands in for these.

    What code raises at once that takes its state for something else is no fault of the student's.
    """
    likely = [driven for driven in faults if not driven.is_trial]
    if not likely or any(driven.is_unreadable for driven in likely):
        return likely
    further = [driven for driven in faults if driven.reached > max(each.reached for each in likely)]
    return [max(further, key=lambda driven: driven.reached)] if further else likely


def _only_one(faults: list[Driven]) -> Driven | None:
    """The only fault that there is in any likely way: it is the student's."""
    return faults[0] if len({driven.fault for driven in faults}) == 1 and not faults[0].is_unreadable else None


def _likeliest(likely: list[Judged], instead: list[Judged], tried: list[Judged]) -> CheckResult | None:
    """The verdict that explains its numbers: of a likely way, else of others that agree; else that of the likeliest way.

    What a likely way explains by a mistake and a number is a mistake alone where the number is given to the code. Where the params moved
    in one likely way, a way in which they stayed where they were is none.
    """
    moved = [verdict for driven, verdict in likely if driven.has_moved]
    ran = moved or [verdict for _, verdict in instead or likely]
    explained = [verdict for verdict in ran if verdict.findings]
    others = [verdict for driven, verdict in [*(instead if moved else []), *tried] if verdict.findings and driven.has_moved]
    if explained:
        return next((verdict for verdict in others if _codes(verdict) < _codes(explained[0])), explained[0])
    if len({verdict.findings[0].code for verdict in others}) == 1:
        return others[0]
    if not ran and _is_one_layout(tried):
        ran = others or [verdict for _, verdict in tried]
    return ran[0] if ran else None


def _codes(verdict: CheckResult) -> set[str]:
    """What explains the numbers best: the code of a mistake, or of two."""
    return set(verdict.findings[0].code.split("+"))


def _is_one_layout(tried: list[Judged]) -> bool:
    """Whether the code ran with params of one layout alone, and moved them: it is written for these, and its numbers are wrong."""
    layouts = {driven.layout for driven, _ in tried}
    return len(layouts) == 1 and None not in layouts and all(driven.has_moved for driven, _ in tried)


def _failed(driven: Driven) -> CheckResult:
    return failed(driven.fault or "", output=driven.output, optimizer=driven.optimizer)


def _nothing_fits(ways: list[TriedWay]) -> ConfigurationError:
    """What the teacher reads: the ways of the style that was asked for, and how each ended; first those in which the code ran."""
    advice = "Use style= for its shape, and names= for the names of its arguments."
    if not ways:
        return ConfigurationError(f"The arguments of the student's code fit no way to call it. {advice}")
    tried = sorted([way for way in ways if not way.is_untold] or ways, key=lambda way: not way.has_run)
    lines = [f"- {way.title}: {way.reason}" for way in tried[:MOST_TOLD]]
    more = [f"- and {len(tried) - MOST_TOLD} other ways"] if len(tried) > MOST_TOLD else []
    return ConfigurationError("\n".join([f"The student's code can be called in none of these ways. {advice}", *lines, *more]))
