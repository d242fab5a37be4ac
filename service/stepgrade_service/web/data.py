"""GET /data: the models that take data, and the data sets that have a name."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.objectives.data.models import LOSSES, MODELS, Member, ModelKind
from ..engine.objectives.data.sets import DATA_SETS, DataSet
from ..engine.objectives.data.starts import STARTS
from ..engine.objectives.resolve import resolve as resolve_objective
from .answers.catalogue_answer import DataPageSchema
from .catalogue import PAGE, page
from .documentation import Documented
from .negotiation import JSON, json_bytes

blueprint = Blueprint("data", __name__)


@blueprint.get("/data")
@Documented(tag="catalogue", content={JSON: DataPageSchema}, problems=PAGE, has_etag=True)
def data() -> Response:
    """List the models that take data, and the named data sets."""
    return page(_data)


@cache
def _data() -> bytes:
    return json_bytes(
        {
            "models": [model(kind) for kind in MODELS.values()],
            "sets": [data_set(entry) for entry in DATA_SETS.values()],
            "losses": [{"name": name, "formula": formula} for name, (_, formula) in LOSSES.items()],
            "starts": [{"name": name, "meaning": meaning} for name, (_, _, meaning) in STARTS.items()],
            "engine": VERSION,
        }
    )


def model(kind: ModelKind) -> dict[str, Any]:
    """A model, and what may stand beside its name."""
    usual = resolve_objective(kind.name)
    return {
        "name": kind.name,
        "title": kind.objective.title,
        "formula": kind.objective.formula,
        "source": kind.objective.source,
        "notes": kind.objective.notes,
        "losses": list(kind.losses),
        "members": [member(each) for each in kind.members.values()],
        "starts": list(usual.facts.starts),
        "objective": usual.echo,
    }


def member(each: Member) -> dict[str, Any]:
    """A member of a model; its default is null where it has none."""
    default = list(each.default) if isinstance(each.default, tuple) else each.default
    return {"name": each.name, "meaning": each.meaning, "default": default, "choices": list(each.choices) or None}


def data_set(entry: DataSet) -> dict[str, Any]:
    """A data set: its size, what its targets are, where it is from, and the examples themselves."""
    inputs, targets = entry.arrays()
    return {
        "name": entry.name,
        "title": entry.title,
        "targets": entry.targets,
        "source": entry.source,
        "examples": len(targets),
        "X": inputs,
        "y": targets,
    }
