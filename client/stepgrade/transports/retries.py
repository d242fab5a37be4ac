"""When a request is sent again, and after how long.

These are the client's own rules rather than urllib3's `Retry`, which cannot hold a deadline for a call, sends nothing again
when an answer breaks off half-way, and cuts a long Retry-After short instead of giving up.
"""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime
from time import time

from stepgrade.messages import Answer

RETRIED_STATUSES = (408, 429, 502, 503, 504)
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
LONGEST_RETRY_AFTER = 30.0

# Not the shared generator: a student's seeded numbers must not move because of a retry.
_dice = random.Random()  # noqa: S311 (it spreads retries, and no secret depends on it)


def pause_after(tries: int, answer: Answer | None) -> float | None:
    """Seconds between try number `tries` and the next, never less than `answer` asks for; None where it asks for too long."""
    back_off = min(FIRST_PAUSE * 2.0 ** min(tries - 1, 9), LONGEST_PAUSE) * _dice.uniform(0.75, 1.25)
    told = None if answer is None else retry_after(answer.headers.get("Retry-After"))
    if told is None:
        return back_off
    return told + back_off if told <= LONGEST_RETRY_AFTER else None


def retry_after(header: str | None) -> float | None:
    """Seconds from either form of Retry-After, a number or a date; None where there is none to be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except (TypeError, ValueError, OverflowError):
        return None
