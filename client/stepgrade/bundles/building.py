"""Send the requests of a spec to a service, and save the answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from stepgrade.asker import Asker
from stepgrade.bundles.bundle import CHECK, Bundle, Kept
from stepgrade.bundles.calls import FORMS, Call
from stepgrade.bundles.references import from_the_first_step, reference_data, references_of
from stepgrade.bundles.specs import Specified, read_spec
from stepgrade.checked import entries, members
from stepgrade.errors import ApiError, BadRequest, ConfigurationError, InvalidArgument, InvalidRequest, NotFound, UnexpectedAnswer
from stepgrade.messages import Answer
from stepgrade.plain_text import harmless

REFUSED = (BadRequest, InvalidRequest, NotFound)
TEXTS = ("ndjson", "csv", "svg")


def build(spec: Specified, client: Asker) -> Bundle:
    """Send every request of a spec once, and save the answers.

    For a check the bundle keeps its references, with the numbers of the correct formula and of every known mistake. So it can check
    any submission without the service. For a probe it also keeps a check of each reference, with its state and without it.

    Parameters
    ----------
    spec : path or mapping
        `{"title": ..., "calls": [...]}`. A call is `{"path": "/trajectory", "body": {...}}`, or the fields of a request beside its `kind`
        (`step`, `trajectory`, `compare`, `map`, `contours`, `convert`, `check`, `probe`, `audit`, `optimizers`, `objectives`, `schedules`,
        `mistakes`). The default `form` is `json`; others are `ndjson`, `csv`, `npz`, `svg`, `png` (with `theme`).
    client : Client
        A client of the service.

    Raises
    ------
    InvalidArgument
        It is no spec, or the service refused some calls. The message has one line per fault.
    ConfigurationError
        The file cannot be read, or the version of the service changed between two answers.
    ServiceUnreachable, ServerError, TooManyRequests
        As for every call of the client.
    """
    read = read_spec(spec)
    kept: dict[str, Kept] = {}
    faults, engines = list[str](), set[str]()
    for index, call in enumerate(read.calls):
        try:
            for each, engine in ask(call, client):
                kept.setdefault(each.call.key(""), each)
                engines.add(engine)
        except REFUSED as error:
            faults += [f"/calls/{index}{_place(call, pointer)}: {detail}" for pointer, detail in _faults_of(error)]
        except InvalidArgument as error:
            faults.append(f"/calls/{index}{error.pointer}: {error.message}")
    if faults:
        raise InvalidArgument("\n".join(faults), pointer=faults[0].partition(":")[0])
    if len(engines) != 1:
        versions = ", ".join(sorted(engines))
        raise ConfigurationError(f"The answers are from several versions of the engine ({versions}). Build the bundle again.")
    return Bundle(read.title, engines.pop(), tuple(kept.values()))


def ask(call: Call, client: Asker) -> Iterator[tuple[Kept, str]]:
    """The answers that a call of a spec needs, each with the engine's version."""
    if call.path != CHECK:
        kept, engine = _answered(call, client)
        yield kept, engine
        if call.path != "/probe":
            return
        probe = kept.answer["reference"]
        references = [*probe, *from_the_first_step(probe)]
    else:
        references = references_of(call.body)
    for reference in references:
        data, engine = reference_data(reference, client)
        yield Kept(Call(CHECK, "json", {"reference": reference}), data), engine


def _answered(call: Call, client: Asker) -> tuple[Kept, str]:
    answer = client.request(call.method, call.path, call.body, accept=FORMS[call.form])
    engine, form = answer.headers.get("Stepgrade-Engine"), answer.headers.get("Content-Type", "")
    if engine is None:
        raise UnexpectedAnswer(f"The answer to {call.method} {call.path} has no engine version. Check base_url (or STEPGRADE_URL).")
    try:
        return Kept(call, _content(call, answer), form), harmless(engine, 100)
    except (TypeError, ValueError):
        form = harmless(form, 100)
    raise UnexpectedAnswer(f"The answer to {call.method} {call.path} is not from Stepgrade ({form}). Check base_url (or STEPGRADE_URL).")


def _content(call: Call, answer: Answer) -> Any:
    """What is kept of an answer; raises TypeError or ValueError where it is not one."""
    if call.form == "json":
        raw = members(answer.json())
        if call.path == "/probe":
            entries(raw.get("reference"))
        return raw
    return {"text": answer.body.decode()} if call.form in TEXTS else {"base64": b64encode(answer.body).decode()}


def _faults_of(error: ApiError) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.detail) for fault in error.errors] or [("", error.detail or error.message)]


def _place(call: Call, pointer: str) -> str:
    """Where a fault is in a call of the spec: a check's reference was asked for by itself."""
    return pointer if call.path != CHECK or pointer.startswith("/reference") else f"/reference{pointer}"
