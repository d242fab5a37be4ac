"""The results of a comparison, as a reader sees them: a table of the runs, rankings, verdicts and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepgrade.messages import Json
from stepgrade.results.arrivals import END_GAP, SETTLED, TOUCHED
from stepgrade.results.blocks import Block, Table, cell
from stepgrade.results.columns import listed
from stepgrade.results.outcome import Outcome
from stepgrade.results.run import Run

#: A head of the table, and the measure of the summary under it; as in the table of the documentation of measures.
ARRIVALS = {"settled": SETTLED, "touched": TOUCHED}
MEASURES = {
    "effic.": "path_efficiency",
    "descent": "descent_cosine",
    "target": "target_cosine",
    "turning": "turning_cosine",
    "flips": "sign_flips",
}
ENDS = {"end gap": END_GAP, "end value": "final_value"}
LOST = ("diverged", "growing")  # the end of such a run is no number that can be compared


def outcome_blocks(outcome: Outcome[Any], title: str, *, by_touch: bool) -> list[Block]:
    """A table of the runs, then the ranking, what could not be matched, and the verdicts."""
    starts = list(dict.fromkeys(run.start for run in outcome.runs))
    runs = sorted(outcome.runs, key=lambda run: starts.index(run.start))
    end = _end_of(runs)
    heads = ("start", "label", "lr", *ARRIVALS, end, *MEASURES)
    rows = [(run.start, run.label, _rate(run), *_measured(run, ARRIVALS), _end(run, ENDS[end]), *_measured(run, MEASURES)) for run in runs]
    places = [f"From {start}: {_places(ranked, by_touch=by_touch)}." for start, ranked in outcome.ranking.items()]
    unmatched = [f"{each['label']} from {each['start']}: {each['reason']}" for each in outcome.matching["changes"] if each.get("reason")]
    return [Table(heads, rows, title), *places, *unmatched, *(each.said for each in outcome.decompose)]


def _measured(run: Run[Any], heads: Mapping[str, str]) -> list[Any]:
    return [listed(run.summary.get(name)) for name in heads.values()]


def _rate(run: Run[Any]) -> Any:
    rate = run.optimizer.get("lr")
    return "by tensor" if isinstance(rate, Mapping) else rate


def _end_of(runs: Sequence[Run[Any]]) -> str:
    """The head of the column for the ends: without a known minimum there is no gap."""
    gap, value = ENDS
    return gap if any(run.summary.get(ENDS[gap]) is not None for run in runs) else value


def _end(run: Run[Any], measure: str) -> Any:
    """The number at the end, or the status in its place."""
    return run.ended if run.status in LOST else run.summary.get(measure)


def _places(ranked: Sequence[Json], *, by_touch: bool) -> str:
    return ", ".join(f"{each['rank']}. {each['label']} ({_result(each, by_touch=by_touch)})" for each in ranked)


def _result(place: Json, *, by_touch: bool) -> str:
    """What a place in the ranking goes by."""
    steps, gap = place.get(TOUCHED if by_touch else SETTLED), place.get(END_GAP)
    if place["status"] in LOST:
        return str(place["status"])
    if steps is not None:
        return f"{'touched' if by_touch else 'settled'} at step {cell(steps)}"
    if gap is not None:
        return f"{'target not reached' if by_touch else 'not settled'}, end gap {cell(gap)}"
    return f"mean value at the end {cell(place.get('tail_value'))}"


def flip_sentence(flip: Json) -> str:
    """What a rotation changed."""
    what = {"because": "reason"}.get(flip["of"], flip["of"])
    return f"From {flip['start']} the {what} is {_listed(flip['here'])} here. At 0 degrees it is {_listed(flip['at_0'])}."


def _listed(value: Any) -> str:
    if value is None:
        return "not known"
    return ", ".join(map(_listed, value)) if isinstance(value, list) else str(value)
