"""The settings from the caller or from the environment: each is described once, for reading, for its fault, and for the docs."""

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from stepgrade.errors import ConfigurationError
from stepgrade.plain_text import address

CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0
DEADLINE = 20.0  # two slow answers, and a third of a 30 s grading job is left to report it
MAX_RETRIES = 5
MAX_ANSWER = 256.0  # MiB
LONGEST_WAIT = 1e9  # seconds; a socket takes no time-out that is much longer
LARGEST_ANSWER = 2.0**40  # MiB; zlib takes no size that is much larger

YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")

VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,2}")

Timeout = float | tuple[float, float]
T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """An argument of the client, the variable that it replaces, or both.

    `read` raises TypeError, ValueError or OverflowError for what is not `expected`. `usual` is the default in words, and `example`
    is one of the variable. `show` makes a text fit for an error. No error shows a secret.
    """

    argument: str
    variable: str
    default: T
    read: Callable[[Any], T]
    expected: str
    meaning: str
    usual: str = ""
    example: str = ""
    show: Callable[[str], str] = str
    is_secret: bool = False

    def __call__(self, given: Any = None) -> T:
        """What is given, else what the variable says, else the default; raises ConfigurationError."""
        text = os.environ.get(self.variable, "").strip() if self.variable else ""
        value = text if given is None else given
        if given is None and not text:
            return self.default
        try:
            return self.read(value)
        except (TypeError, ValueError, OverflowError):
            raise ConfigurationError(self._fault(self.variable if given is None else self.argument, value)) from None

    def _fault(self, source: str, value: Any) -> str:
        shown = "" if self.is_secret else f", not {self.show(value) if isinstance(value, str) else value!r}"
        both = f" The argument {self.argument} replaces the variable {self.variable}." if self.argument and self.variable else ""
        return f"{source} must be {self.expected}{shown}.{both}"


def _address(text: str) -> str:
    """An address below which requests can be sent, without a slash at its end."""
    text = text.strip() if isinstance(text, str) else ""
    parts = urlsplit(text)
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    odd = any(letter in "?#\\" or letter.isspace() or not letter.isprintable() for letter in text.rpartition("@")[2])
    if not whole or odd or parts.netloc.rpartition("@")[2] != text.partition("://")[2].rpartition("@")[2].partition("/")[0]:
        raise ValueError
    return text.rstrip("/")


def _key(text: Any) -> str:
    """A key, as it stands in a header."""
    if not (isinstance(text, str) and text.isascii() and text.isprintable() and text.split() == [text]):
        raise ValueError
    return text


def _number(value: Any) -> float:
    """A number above 0."""
    number = math.nan if isinstance(value, bool) else float(value)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def _timeouts(value: Any) -> tuple[float, float]:
    """Seconds to connect and to read."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (tuple, list)) else [value]
    *connect, read = (min(_number(part), LONGEST_WAIT) for part in parts)
    if len(connect) > 1:
        raise ValueError
    return connect[0] if connect else min(CONNECT_TIMEOUT, read), read


def _deadline(value: Any) -> float:
    if isinstance(value, str):
        raise TypeError
    return min(_number(value), LONGEST_WAIT)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def _version(text: Any) -> str:
    if not isinstance(text, str) or VERSION.fullmatch(text.strip()) is None:
        raise ValueError
    return text.strip()


def _yes_or_no(word: str) -> bool:
    if word.lower() not in YES + NO:
        raise ValueError
    return word.lower() in YES


base_url = Setting(
    "base_url", "STEPGRADE_URL", "http://127.0.0.1:8000", _address,
    expected="an address such as http://127.0.0.1:8000 or https://grader.example/stepgrade",
    meaning="the address of the service", usual="`http://127.0.0.1:8000`", show=address,
)  # fmt: skip
timeouts = Setting(
    "timeout", "STEPGRADE_TIMEOUT", (CONNECT_TIMEOUT, READ_TIMEOUT), _timeouts,
    expected="a positive number of seconds, or two of them (to connect, to read)",
    meaning="seconds to read, or (to connect, to read)", usual=f"{CONNECT_TIMEOUT:g} and {READ_TIMEOUT:g}", example="`10`, or `2,10`",
)  # fmt: skip
max_retries = Setting(
    "max_retries", "", MAX_RETRIES, _count,
    expected="a whole number, 0 or more", meaning="how often a call is repeated", usual=str(MAX_RETRIES),
)  # fmt: skip
deadline = Setting[float | None](
    "deadline", "", None, _deadline,
    expected="a positive number of seconds for a whole call",
    meaning="seconds for a call with all its retries, until the last byte", usual=f"{DEADLINE:g}, or what `timeout` needs",
)  # fmt: skip
max_answer = Setting(
    "max_answer", "STEPGRADE_MAX_ANSWER", MAX_ANSWER, lambda value: min(_number(value), LARGEST_ANSWER),
    expected="the largest size of an answer in MiB, a number above 0",
    meaning="the largest size of an answer in MiB, also unpacked", usual=f"{MAX_ANSWER:g}", example="`64`",
)  # fmt: skip
api_key = Setting(
    "api_key", "STEPGRADE_API_KEY", "", _key,
    expected="a key in one line, with letters of ASCII only", meaning="the API key, if the operator of the service gave you one",
    usual="none", example="`stepgrade_...`", is_secret=True,
)  # fmt: skip
bundle = Setting[Any](
    "bundle", "STEPGRADE_BUNDLE", None, lambda value: value,
    expected="a file", meaning="take all answers from this file, without a network", usual="none",
)  # fmt: skip
engine = Setting[str | None](
    "engine", "STEPGRADE_ENGINE", None, _version,
    expected="a version of the engine, such as 2.1 or 2.1.0",
    meaning="raise `ConfigurationError` if another version of the engine answers", usual="any version", example="`2.1`",
)  # fmt: skip
#: Every call reads it again, so a notebook can change it.
offline = Setting(
    "", "STEPGRADE_OFFLINE", False, _yes_or_no,
    expected=f"one of {', '.join(YES)} (or {', '.join(NO[1:])})",
    meaning="raise `OfflineError` before a socket is opened", usual="off", example="`1`",
)  # fmt: skip

SETTINGS = (base_url, api_key, timeouts, max_retries, deadline, max_answer, bundle, engine, offline)


def whole_call(given: Any, timeouts: tuple[float, float]) -> float:
    """Seconds for a whole call, retries included: `given`, else 20, or one connection and one answer where these take longer."""
    return deadline(given) or max(DEADLINE, sum(timeouts))


def answers(given_bundle: Any, given_url: str | None) -> Any:
    """The bundle that answers; None for a service. An address that is given comes before STEPGRADE_BUNDLE."""
    if given_bundle is not None and given_url is not None:
        raise ConfigurationError("Give base_url or bundle, not both. A client uses a service or a bundle.")
    return None if given_url is not None else bundle(given_bundle)
