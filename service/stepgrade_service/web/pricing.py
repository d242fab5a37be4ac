"""What a request costs as a whole: the one place where its parts are added up and held to the limits, before any of them starts."""

from __future__ import annotations

from flask import current_app, g

from ..engine.reading import cost
from ..engine.reading.cost import Advice, Limits, Price
from . import memory

#: The work of any request, of each byte of its body, and of each list and object in it.
A_REQUEST, A_BYTE, A_LIST = 8e4, 0.5, 130.0

#: What the document takes up in memory, in bytes: for each byte of the body, and for each list and object.
BYTES, LIST_BYTES = 5.0, 100.0


def received(length: int, opened: int) -> Price:
    """What reading a request of so many bytes, lists and objects costs, and sending any answer."""
    return Price(A_REQUEST + A_BYTE * length + A_LIST * opened, memory=BYTES * length + LIST_BYTES * opened)


def hold(asked: Price, form: Price, advice: Advice) -> None:
    """Hold what is asked, and the form of its answer, to the limits; the price is kept with the request, and its client pays it.

    Raises TooCostly, or ApiProblem where the client has too little left, or the worker too little memory for a while.
    """
    kept = g._get_current_object()  # looked up once: each look costs a microsecond
    least = received(kept.length, kept.opened)
    kept.price = price = least + asked + form
    cost.hold(limits(), price, advice)
    memory.hold(price.memory)  # before it is paid: who is sent away pays only for reading
    if (tab := kept.get("tab")) is not None:
        tab.pay(price.work, least.work - A_REQUEST)


def hold_least(asked: Price, advice: Advice) -> None:
    """Hold what a request costs at least, before it is read; raises TooCostly."""
    cost.hold(limits(), asked, advice)


def searched(work: float) -> None:
    """Add what was taken from an allowance: of a search, each part is priced before it starts, and only so many are begun."""
    g.price += Price(work)


def limits() -> Limits:
    """What one request may cost."""
    held: Limits = current_app.config["SETTINGS"].limits
    return held
