"""The settings from the caller or from the environment, checked."""

import math
import os
from typing import Any
from urllib.parse import urlsplit

from stepgrade.errors import ConfigurationError
from stepgrade.plain_text import address

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0
DEADLINE = 20.0  # two slow answers, and a third of a 30 s grading job is left to report it
MAX_RETRIES = 2
MAX_ANSWER = 256.0  # MiB
LONGEST_WAIT = 1e9  # seconds; a socket takes no time-out that is much longer
LARGEST_ANSWER = 2.0**40  # MiB; zlib takes no size that is much larger

YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")

Timeout = float | tuple[float, float]


def base_url(given: str | None = None) -> str:
    """The service's address without a slash at the end: `given`, else STEPGRADE_URL, else this machine's port 8000."""
    text: Any = given if given is not None else _variable("STEPGRADE_URL") or DEFAULT_URL
    text = text.strip() if isinstance(text, str) else text
    try:
        good = isinstance(text, str) and _is_address(text)
    except ValueError:  # a port that is none, half an IPv6 address
        good = False
    if not good:
        source = "base_url" if given is not None else "STEPGRADE_URL"
        shown = address(text) if isinstance(text, str) else text
        raise ConfigurationError(
            f"{source} must be an address such as {DEFAULT_URL} or https://grader.example/stepgrade, not {shown!r}."
            " The argument base_url replaces the variable STEPGRADE_URL."
        )
    return str(text).rstrip("/")


def _is_address(text: str) -> bool:
    """Whether requests can be sent below it; raises ValueError where it is no address at all."""
    parts = urlsplit(text)
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    odd = any(letter in "?#\\" or letter.isspace() or not letter.isprintable() for letter in text.rpartition("@")[2])
    return whole and not odd and parts.netloc.rpartition("@")[2] == text.partition("://")[2].rpartition("@")[2].partition("/")[0]


def bundle(given: Any, base_url: str | None) -> Any:
    """Where answers come from: `given`, else the file STEPGRADE_BUNDLE unless there is a `base_url`; None for a service."""
    if given is not None and base_url is not None:
        raise ConfigurationError("Give base_url or bundle, not both. A client uses a service or a bundle.")
    return given if given is not None else None if base_url is not None else _variable("STEPGRADE_BUNDLE") or None


def timeouts(given: Timeout | None = None) -> tuple[float, float]:
    """Seconds to connect and to read: `given`, else STEPGRADE_TIMEOUT (`10`, or `2,10`), else 2 and 10."""
    variable = _variable("STEPGRADE_TIMEOUT")
    if given is None and not variable:
        return CONNECT_TIMEOUT, READ_TIMEOUT
    value: Any = variable.split(",") if given is None else given
    parts = list(value) if isinstance(value, (tuple, list)) else [value]
    try:
        seconds = [float(part) for part in parts if not isinstance(part, bool)]
    except (TypeError, ValueError, OverflowError):
        seconds = []
    if len(seconds) not in (1, 2) or len(seconds) != len(parts) or not all(0 < each < math.inf for each in seconds):
        source, shown = ("STEPGRADE_TIMEOUT", variable) if given is None else ("timeout", given)
        raise ConfigurationError(
            f"{source} must be a positive number of seconds, or two of them (to connect, to read), not {shown!r}."
            " The argument timeout replaces the variable STEPGRADE_TIMEOUT."
        )
    seconds = [min(each, LONGEST_WAIT) for each in seconds]
    read = seconds[-1]
    return (seconds[0] if len(seconds) == 2 else min(CONNECT_TIMEOUT, read)), read


def deadline(given: float | None, timeouts: tuple[float, float]) -> float:
    """Seconds for a whole call, retries included: `given`, else 20, or one connection and one answer where these take longer."""
    if given is None:
        return max(DEADLINE, sum(timeouts))
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given < math.inf:
        raise ConfigurationError(f"deadline must be a positive number of seconds for a whole call, not {given!r}.")
    return float(min(given, LONGEST_WAIT))


def max_retries(given: int) -> int:
    """How often a call is repeated: 0 or more."""
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise ConfigurationError(f"max_retries must be a whole number, 0 or more, not {given!r}.")
    return given


def max_answer(given: float | None = None) -> float:
    """MiB that an answer may have, packed and unpacked: `given`, else STEPGRADE_MAX_ANSWER, else 256."""
    variable = _variable("STEPGRADE_MAX_ANSWER")
    value: Any = given if given is not None else variable or MAX_ANSWER
    try:
        size = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        size = math.nan
    if not 0 < size < math.inf:
        source = "max_answer" if given is not None else "STEPGRADE_MAX_ANSWER"
        raise ConfigurationError(
            f"{source} must be the largest size of an answer in MiB, a number above 0, not {value!r}."
            " The argument max_answer replaces the variable STEPGRADE_MAX_ANSWER."
        )
    return min(size, LARGEST_ANSWER)


def offline() -> bool:
    """Whether STEPGRADE_OFFLINE forbids the network. Every call reads it again, so a notebook can change it."""
    word = _variable("STEPGRADE_OFFLINE").lower()
    if word not in YES + NO:
        raise ConfigurationError(f"STEPGRADE_OFFLINE must be one of {', '.join(YES)} (or {', '.join(NO[1:])}), not {word!r}.")
    return word in YES


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()
