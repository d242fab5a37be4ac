"""POST /convert."""

from __future__ import annotations

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.converting.convert import ADVICE, Conversion, ConversionPlan, plan_conversion
from ..engine.reading.cost import Price
from . import pricing
from .answers.convert_answer import ConversionSchema
from .documentation import Documented
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import ConvertRequest, read
from .transport import Stopwatch

blueprint = Blueprint("convert", __name__)
schema = ConvertRequest()

EXAMPLE = {"optimizer": {"convention": "torch", "call": "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)"}, "to": "keras"}


@blueprint.post("/convert")
@Documented(tag="steps", content={JSON: ConversionSchema}, request=ConvertRequest, example=EXAMPLE)
def convert() -> Response:
    """Write an optimizer in another convention."""
    chosen([JSON])
    _, faults = asked()
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults)
        plan = plan_conversion(request, faults)
        pricing.hold(plan.price, Price(), ADVICE)
    with Stopwatch("compute"):
        found = plan.run()
    return answer(document(plan, found))


def document(plan: ConversionPlan, found: Conversion) -> dict[str, object]:
    """The answer of /convert."""
    return {
        "optimizer": found.written,
        "call": found.call,
        "exact": found.is_exact,
        "notes": list(found.notes),
        **({} if plan.choice.schedule is None else {"schedule": plan.choice.schedule.echo}),
        "given": plan.choice.echo,
        "engine": VERSION,
    }
