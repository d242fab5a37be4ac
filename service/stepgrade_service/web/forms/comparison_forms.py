"""A comparison in each of its forms: JSON, NDJSON, CSV, NumPy arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import numpy as np
from flask import Response

from ...engine import VERSION
from ...engine.comparing.comparison import Comparison, Outcome, Run
from ...engine.comparing.comparison_plan import NUMBERS_A_RUN, ComparisonPlan
from ...engine.comparing.contest import counted
from ...engine.comparing.decomposition import Decomposition
from ...engine.comparing.matching import GRAFT, NONE, TUNED, RateChange
from ...engine.comparing.standings import Standing
from ...engine.comparing.verdict import Effect
from ...engine.reading.cost import Price
from ...engine.reading.tensors import Layout
from ...engine.running.recorded import QUANTITIES, Recorded
from ...engine.running.stops import TOUCH
from ..negotiation import json_bytes
from .trajectory_forms import PRICES as RECORDED_PRICES
from .trajectory_forms import names_of, recorded_arrays, recorded_columns, recorded_table
from .writing import CSV, JSON, NDJSON, NPZ, FormPrice, csv_head, csv_rows, ndjson, npz

#: Measures that are laid out like the params.
LAID_OUT = ("sign_flips", "flip_fraction", "minimum")

#: The column of the angle by which the problem is turned.
TURNED = "degrees"


def document(comparison: Comparison) -> dict[str, Any]:
    """The whole answer."""
    plan = comparison.plan
    told = outcome(plan, comparison.upright)
    if plan.angles:
        told["rotations"] = [
            {"degrees": turned.degrees, **outcome(plan, turned), "flips": [vars(flip) for flip in turned.flips]}
            for turned in comparison.turned
        ]
    return {**told, **unequal(plan), **plan.echoes, "engine": VERSION}


def unequal(plan: ComparisonPlan) -> dict[str, Any]:
    """What is said of budgets that are not the same for all labels; nothing where they are."""
    budgets = plan.budgets
    return {"unequal_budgets": {"differ": list(budgets.differing), "note": budgets.note}} if budgets.differing else {}


def outcome(plan: ComparisonPlan, at: Outcome) -> dict[str, Any]:
    """What came out at one angle."""
    told: dict[str, Any] = {
        "runs": [run_of(plan, run) for run in at.runs],
        "ranking": {start: [place_of(place) for place in places] for start, places in at.ranking.items()},
        "matching": matching(plan, at),
    }
    if plan.pair is not None:
        told["decompose"] = [decomposition(each, plan.contest.layout) for each in at.decompositions]
    return told


def run_of(plan: ComparisonPlan, run: Run) -> dict[str, Any]:
    """One optimizer from one start."""
    layout = plan.contest.layout
    told: dict[str, Any] = {
        "label": run.label,
        "start": run.start,
        "status": run.status,
        "steps": run.steps,
        "summary": laid_out(run.summary, layout),
        "optimizer": run.optimizer,
    }
    if run.diverged_at is not None:
        told |= {"diverged_at": run.diverged_at, "detail": run.detail}
    if run.is_matched is not None:
        told["matched"] = run.is_matched
    if plan.match.mode == GRAFT:
        told["step_length_of"] = run.length_of
    if run.seeds:
        told["spread"] = laid_out(run.spread, layout)
        told["seeds"] = [vars(seed) for seed in run.seeds]
    return told if run.recorded is None else {**told, **recorded_columns(run.recorded, layout)}


def laid_out(measures: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """Measures by name, those of each coordinate laid out like the params."""
    return {
        name: layout.unflatten(value) if name in LAID_OUT and isinstance(value, np.ndarray) else value for name, value in measures.items()
    }


def matching(plan: ComparisonPlan, at: Outcome) -> dict[str, Any]:
    """What was changed to make the optimizers comparable."""
    everywhere = plan.match.mode != NONE and all(change.lr_after is not None for change in at.changes)
    told: dict[str, Any] = {"mode": plan.match.mode, "is_matched": everywhere, "baseline": plan.echoes["baseline"]}
    if plan.match.mode == TUNED:
        told["tuned_by"] = tuned_by(plan)
        told["grid"] = plan.match.grid.echo
    names = list(plan.starts)
    return {**told, "changes": [change_of(change, names, plan, at) for change in at.changes]}


def tuned_by(plan: ComparisonPlan) -> str:
    """What the best rate is the best by."""
    tail = "least tail_gap" if plan.contest.problem.facts.minima else "least mean value over the last tenth of the points"
    if plan.contest.std > 0 or not plan.contest.problem.facts.minima:
        return f"{tail}, then the smaller rate"
    return f"least {arrival_name(plan)}, then {tail}, then the smaller rate"


def arrival_name(plan: ComparisonPlan) -> str:
    """The measure that rankings go by."""
    return "steps_to_target" if plan.contest.target.arrival == TOUCH else "settling_step"


def place_of(standing: Standing) -> dict[str, Any]:
    """A place in a ranking."""
    names = ("rank", "label", "status", "settling_step", "steps_to_target", "tail_gap", "tail_value", "final_value")
    told = {name: getattr(standing, name) for name in names}
    return {**told, **{name: counted(told[name]) for name in ("settling_step", "steps_to_target")}}


def change_of(change: RateChange, names: list[str], plan: ComparisonPlan, at: Outcome) -> dict[str, Any]:
    """What was changed for one optimizer from one start."""
    told: dict[str, Any] = {"label": change.label, "start": names[change.start]}
    if change.length_of is not None:
        said = at.grafted.get((change.label, change.start))
        told |= {"step_length_of": change.length_of, "direction_of": change.label}
        return told if said is None else {**told, **{name: getattr(said, name) for name in ("result", "headline", "verdict", "notes")}}
    told |= {"lr_before": change.lr_before, "lr_after": change.lr_after}
    if change.rates is not None and change.outcomes is not None:
        steps, tails = np.where(np.isfinite(change.outcomes), change.outcomes, np.nan)
        told |= {"rates": change.rates, arrival_name(plan): [counted(number) for number in steps.tolist()]}
        told |= {"tail_gap" if plan.contest.problem.facts.minima else "tail_value": tails, "interior": change.interior}
    else:
        told |= {name: getattr(change, name) for name in ("factor", "length_before", "length_wanted", "length_after")}
    return {**told, "reason": change.reason}


def decomposition(found: Decomposition, layout: Layout) -> dict[str, Any]:
    """The 2 x 2 from one start."""
    trial, effects = found.trial, found.trial.effects
    named = {"magnitude_effect": effects.magnitude, "direction_effect": effects.direction, "interaction": effects.interaction}
    told: dict[str, Any] = {
        "start": trial.start,
        "plain": found.plain,
        "other": found.other,
        "cells": [
            {
                "step_length_of": cell.length_of,
                "direction_of": cell.direction_of,
                "status": cell.status,
                "settling_step": counted(cell.settling_step),
                "steps_to_target": counted(cell.steps_to_target),
                "tail_gap": cell.tail_gap,
                "outcome": cell.outcome,
                **({} if kept is None else recorded_columns(kept, layout)),
            }
            for cell, kept in zip(trial.cells, found.recorded or (None,) * len(trial.cells), strict=True)
        ],
        "outcome": found.outcome,
        **{name: effect.size if effect is not None else None for name, effect in named.items()},
    }
    if trial.seeds is not None:
        told["standard_errors"] = {name: _error(effect) for name, effect in named.items()}
        told["seeds"] = trial.seeds
    return {**told, **vars(found.conclusion)}


def _error(effect: Effect | None) -> float | None:
    return effect.error if effect is not None else None


def as_json(comparison: Comparison) -> Response:
    """One object."""
    return Response(json_bytes(document(comparison)), mimetype=JSON)


def as_ndjson(comparison: Comparison) -> Response:
    """A first line with the echoes, a line a run, a last line with the rest."""
    told = document(comparison)
    runs = told.pop("runs")
    first = {**unequal(comparison.plan), **comparison.plan.echoes, "engine": VERSION}
    last = {name: part for name, part in told.items() if name not in first}
    return Response(ndjson([first, *runs, last]), mimetype=NDJSON)


def table(comparison: Comparison) -> tuple[list[str], list[list[Any]]]:
    """Names of columns and a row a run, turned ones behind: how it ended, its learning rate, and every measure, a column a number."""
    layout = comparison.plan.contest.layout
    runs = [(at.degrees, run) for at in (comparison.upright, *comparison.turned) for run in at.runs]
    measures = list(runs[0][1].summary)
    wide = {name: names_of(name, layout) for name in measures if name in LAID_OUT}
    rates = (
        [f"lr.{name}" for name in layout.names]
        if layout.names and any(isinstance(run.optimizer["lr"], Mapping) for _, run in runs)
        else ["lr"]
    )
    names = [
        "label",
        "start",
        TURNED,
        "status",
        "diverged_at",
        "steps",
        "seeds",
        *rates,
        *(column for name in measures for column in wide.get(name, [name])),
    ]
    return names, [_row(degrees, run, wide, len(rates)) for degrees, run in runs]


def _row(degrees: float, run: Run, wide: Mapping[str, list[str]], rates: int) -> list[Any]:
    """One run's row."""
    lr = run.optimizer["lr"]
    cells = [run.label, run.start, degrees, run.status, run.diverged_at]
    cells += [run.steps, max(1, len(run.seeds))]
    cells += list(lr.values()) if isinstance(lr, Mapping) else [lr] * rates
    for name, value in run.summary.items():
        if name in wide:
            cells += [None] * len(wide[name]) if value is None else value.tolist()
        else:
            cells.append(value)
    return cells


def as_csv(comparison: Comparison) -> Response:
    """A row a run; where steps are included, a row a recorded step and run. The angle stands there where one was asked for."""
    if comparison.plan.kept.include:
        return steps_as_csv(comparison)
    names, rows = table(comparison)
    shown = [place for place, name in enumerate(names) if comparison.turned or name != TURNED]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([names[place] for place in shown])
    writer.writerows([["" if row[place] is None else row[place] for place in shown] for row in rows])
    return Response(text.getvalue(), mimetype=CSV)


def recorded_parts(comparison: Comparison) -> Iterator[tuple[str, list[Any], Recorded]]:
    """Everything that was recorded: where it stands in the answer, what its rows begin with, and its steps.

    Of the four cells only the two grafts: the other two are runs.
    """
    if not comparison.plan.kept.include:
        return
    for number, at in enumerate((comparison.upright, *comparison.turned)):
        where = f"rotations/{number - 1}/" if number else ""
        for place, run in enumerate(at.runs):
            if run.recorded is not None:
                yield f"{where}runs/{place}/", [run.label, run.length_of, run.start, at.degrees], run.recorded
        for place, found in enumerate(at.decompositions):
            for corner, (cell, kept) in enumerate(zip(found.trial.cells, found.recorded, strict=True)):
                if cell.length_of != cell.direction_of:
                    began = [cell.direction_of, cell.length_of, found.trial.start, at.degrees]
                    yield f"{where}decompose/{place}/cells/{corner}/", began, kept


def steps_as_csv(comparison: Comparison) -> Response:
    """A row a recorded step and run: whose direction, whose step length, from where, and what is included."""
    layout, body, names = comparison.plan.contest.layout, list[bytes](), list[str]()
    keys = ["label", "step_length_of", "start", *([TURNED] if comparison.turned else [])]
    for _, began, kept in recorded_parts(comparison):
        names, columns = recorded_table(kept, layout)
        first = csv_head(["" if cell is None else str(cell) for cell in began[: len(keys)]]).removesuffix(b"\r\n")
        body += [first + b"," + row + b"\r\n" for row in csv_rows(columns).split(b"\r\n")[:-1]]
    return Response(csv_head([*keys, *names]) + b"".join(body), mimetype=CSV)


def without_steps(told: Any) -> Any:
    """An answer without its recorded steps."""
    if isinstance(told, list):
        return [without_steps(each) for each in told]
    if not isinstance(told, dict):
        return told
    recorded = {"recorded", "measures", *QUANTITIES} if "recorded" in told else set()
    inner = ("runs", "decompose", "rotations", "cells")
    return {name: without_steps(part) if name in inner else part for name, part in told.items() if name not in recorded}


def as_npz(comparison: Comparison) -> Response:
    """NumPy arrays, an entry a run: labels, starts, every measure that is one number; everything as JSON in `meta`.

    What was recorded stands under the place of its run in the JSON: `runs/0/points`, `decompose/0/cells/1/points`.
    """
    names, rows = table(comparison)
    arrays: dict[str, Any] = {}
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        is_text = name in ("label", "start", "status")
        arrays[name] = np.array(column) if is_text else np.array([np.nan if cell is None else cell for cell in column], dtype=np.float64)
    for where, _, kept in recorded_parts(comparison):
        arrays |= recorded_arrays(kept, comparison.plan.contest.layout, where)
    return Response(npz(without_steps(document(comparison)), arrays), mimetype=NPZ)


COMPARISON_FORMS = {JSON: as_json, NDJSON: as_ndjson, CSV: as_csv, NPZ: as_npz}

#: What each form costs, a row being an optimizer from one start, and an entry a run of one seed; in npz each column is a named array.
PRICES = {
    JSON: FormPrice(number=0.5, row=1100.0, entry=185.0, bytes=10.0),
    NDJSON: FormPrice(number=0.5, row=1100.0, entry=185.0, bytes=10.0),
    CSV: FormPrice(number=13.0, row=1500.0, bytes=50.0),
    NPZ: FormPrice(number=22.0, row=200.0, entry=170.0, named=3000.0, bytes=64.0, row_bytes=32000.0),
}


#: The work of writing a recorded run, for each of its quantities.
A_RECORDED_RUN = 3e3


def price_of(plan: ComparisonPlan, form: str) -> Price:
    """What a form of a comparison costs."""
    rows = len(plan.contenders) * len(plan.starts) * (1 + len(plan.angles))
    columns = NUMBERS_A_RUN + len(LAID_OUT) * plan.contest.layout.dimension
    price = PRICES[form].of(plan.answer - plan.recorded, rows, rows * len(plan.contest.seeds), columns)
    if not plan.kept.include:
        return price
    entries = plan.recorded_runs * plan.row.numbers if form == CSV else plan.recorded_rows * plan.row.quantities
    named = plan.recorded_rows * plan.row.named * len(plan.contest.layout.names or ())
    of_steps = RECORDED_PRICES[form].of(plan.recorded, plan.recorded_rows, entries, named)
    return price + of_steps + Price(A_RECORDED_RUN * plan.recorded_runs * (1 + plan.row.quantities))
