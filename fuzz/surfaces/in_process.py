"""Bodies and pictures: the application in this process, asked as its server asks it, without a socket between."""

from __future__ import annotations

import dataclasses
import logging
import re
import warnings
from contextlib import suppress
from time import process_time
from typing import Any

import orjson

from stepgrade_service.engine.warm import load_all

from .. import envelopes
from ..broken_bytes import broken
from ..case import Request
from ..contract import broken_rule, differs
from ..dice import Dice
from ..look import Limits, Look
from ..measuring import resident
from ..minimise import smaller_bytes, smaller_document
from ..mutations import mutated
from ..service import Answer, Service, named
from ..valid import PICTURES, Catalogue, written

#: Endpoints that take a hundred times as long as others get this share of the cases, all together.
SELDOM, SHARE = ("/probe", "/audit"), 0.015

#: Where the service's own code failed, in the trace that it logs.
FRAME = re.compile(r'File ".*?/(\w+/\w+\.py)", line (\d+)')


class Said(logging.Handler):
    """Keeps what the service logs."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()

    def about(self) -> str:
        """What failed last and where, in a few words."""
        error, frames = re.search(r"failed: (\w+)", self.last), FRAME.findall(self.last)
        where = " at {}:{}".format(*frames[-1]) if frames else ""
        return f": {error[1]}{where}" if error else ""


class JsonBodies:
    """Documents of every endpoint, whole and broken, in every form."""

    chunk = 250

    def __init__(self, app: str, limits: Limits) -> None:
        warnings.simplefilter("error")  # a warning in a server is a line in its log that nobody asked for
        load_all()
        self.service, self.limits, self.said = Service(named(app)), limits, Said()
        logging.getLogger("stepgrade_service").addHandler(self.said)
        self.catalogue = Catalogue(self.service.ask)
        self.paths = [path for path in self.catalogue.bodies if path not in SELDOM]

    def case(self, dice: Dice) -> Request:
        if dice.chance(0.03):
            return envelopes.asked(dice, self.catalogue)
        path = dice.one_of(SELDOM if dice.chance(SHARE) else self.paths)
        document = self.catalogue.request(dice, path)
        if dice.chance(0.6):
            document = mutated(dice, document, lambda: self.catalogue.request(dice, dice.one_of(self.paths)))
        body = written(document)
        return envelopes.posted(dice, path, broken(dice, body) if dice.chance(0.15) else body, self._forms(dice, path))

    def _forms(self, dice: Dice, path: str) -> list[str]:
        """A picture takes a hundred times as long as numbers; it has a surface of its own."""
        forms = self.catalogue.forms[path]
        return forms if dice.chance(0.02) else [form for form in forms if form not in PICTURES]

    def look(self, case: Request, often: bool = False) -> Look:
        self.said.last = ""
        try:
            answer = self.service.send(case)
        except Exception as error:
            return Look("no answer", f"{self._place(case)} raised {type(error).__name__}{self.said.about()}")
        found = self._found(case, answer, often)
        told = f"{self._place(case)}: {found}{self.said.about()}" if found else ""
        return Look(f"{answer.status} {answer.mimetype}", told, answer.cpu, self._parsing(case, answer))

    def _place(self, case: Request) -> str:
        return case.path if case.path in self.catalogue.bodies or case.path in self.catalogue.pages else "a path that is not known"

    def _found(self, case: Request, answer: Answer, often: bool) -> str | None:
        if self._is_slow(answer) and self._is_slow(self.service.send(case)):  # the first one may have loaded what it needs
            return "an answer that took longer than the limit"
        found = broken_rule(case, answer)
        return found or (differs(answer, self.service.send(case)) if often else None)

    def _is_slow(self, answer: Answer) -> bool:
        return answer.cpu > self.limits.cpu or answer.seconds > self.limits.seconds

    def _parsing(self, case: Request, answer: Answer) -> float:
        """The seconds that parsing the body alone takes, where it is of interest."""
        if answer.cpu < 0.002:
            return 0.0
        began = process_time()
        with suppress(orjson.JSONDecodeError):
            orjson.loads(case.body)
        return process_time() - began

    def smaller(self, case: Request, found: str) -> Request:
        def fails(body: bytes) -> bool:
            return self.look(dataclasses.replace(case, body=body), often="second time" in found).found == found

        def fails_as_document(document: Any) -> bool:
            return fails(orjson.dumps(document))

        try:
            document = orjson.loads(case.body)
        except orjson.JSONDecodeError:
            return dataclasses.replace(case, body=smaller_bytes(case.body, fails))
        smaller = smaller_document(document, fails_as_document)
        return dataclasses.replace(case, body=orjson.dumps(smaller)) if smaller != document else case

    def memory(self) -> float:
        return resident()

    def close(self) -> None:
        logging.getLogger("stepgrade_service").removeHandler(self.said)


class Pictures(JsonBodies):
    """The pictures of every endpoint that draws, in both forms: of requests that are whole, with few changes."""

    chunk = 25

    def __init__(self, app: str, limits: Limits) -> None:
        super().__init__(app, limits)
        self.paths = self.catalogue.drawing

    def case(self, dice: Dice) -> Request:
        path = dice.one_of(self.paths)
        document = self.catalogue.request(dice, path)
        if dice.chance(0.1):
            document = mutated(dice, document, lambda: self.catalogue.request(dice, dice.one_of(self.paths)))
        return envelopes.posted(dice, path, written(document), list(PICTURES))
