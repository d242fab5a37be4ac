"""What came of a comparison, as a reader sees it: a table of the runs, and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepgrade.messages import Json
from stepgrade.results.blocks import Block, Table, cell
from stepgrade.results.columns import listed
from stepgrade.results.outcome import Outcome
from stepgrade.results.run import Run

#: A head of the table, and the measure of the summary under it; as in the table of the documentation of measures.
MEASURES = {
    "T": "steps_to_target",
    "first": "first_step",
    "effic.": "path_efficiency",
    "descent": "descent_cosine",
    "target": "target_cosine",
    "turning": "turning_cosine",
    "flips": "sign_flips",
}


def outcome_blocks(outcome: Outcome, title: str) -> list[Block]:
    """A table of the runs, then the ranking, what could not be matched, and the verdicts as sentences."""
    starts = list(dict.fromkeys(run.start for run in outcome.runs))
    runs = sorted(outcome.runs, key=lambda run: starts.index(run.start))
    measured = [[listed(run.summary.get(name)) for name in MEASURES.values()] for run in runs]
    rows = [(run.start, run.label, _rate(run), *row, _end(run)) for run, row in zip(runs, measured, strict=True)]
    places = [f"From {start}: {_places(ranked)}." for start, ranked in outcome.ranking.items()]
    unmatched = [f"{each['label']} from {each['start']}: {each['reason']}" for each in outcome.matching["changes"] if each.get("reason")]
    return [Table(("start", "label", "lr", *MEASURES, "end"), rows, title), *places, *unmatched, *outcome.verdicts.values()]


def _rate(run: Run) -> Any:
    rate = run.optimizer.get("lr")
    return "by tensor" if isinstance(rate, Mapping) else rate


def _end(run: Run) -> Any:
    """The value at the end, if it is one."""
    return run.summary.get("final_value") if run.status != "diverged" else run.ended


def _places(ranked: Sequence[Json]) -> str:
    return ", ".join(f"{each['rank']}. {each['label']} ({_result(each)})" for each in ranked)


def _result(place: Json) -> str:
    steps, gap, value = (place.get(name) for name in ("steps_to_target", "value_gap", "final_value"))
    if steps is not None:
        return f"{cell(steps)} steps"
    if gap is not None:
        return f"missed, value gap {cell(gap)}"
    return "diverged" if value is None else f"value {cell(value)}"


def flip_sentence(flip: Json) -> str:
    what = {"because": "reason"}.get(flip["of"], flip["of"])
    return f"From {flip['start']} the {what} is {_told(flip['here'])} here; it was {_told(flip['at_0'])}."


def _told(value: Any) -> str:
    if value is None:
        return "none that can be named"
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)
