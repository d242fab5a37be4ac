"""Calls of a sweep that got no answer: another try may get one, so none of them is done."""

from __future__ import annotations

from pathlib import Path
from typing import TypeGuard

from stepgrade.caller import Caller
from stepgrade.errors import NO_ANSWER, ApiError, NotInBundle, ServiceUnreachable, StepgradeError, UnexpectedAnswer
from stepgrade.sweeps.chunk import Source

#: So many calls in a row without an answer, and the sweep asks whether the service is there at all.
DOUBT = 8

#: The address asks for a login, or for another one: all calls get this answer, until the client has the right key.
LOCKED = (401, 403)


def is_nobody_there(error: Exception | None) -> bool:
    """Whether nobody answered the call: the next call may have to wait as long for nothing."""
    return isinstance(error, ServiceUnreachable) and not isinstance(error, (ApiError, NotInBundle))


def is_locked(error: Exception | None) -> TypeGuard[ApiError]:
    """Whether the service refused whoever asked, and not the call."""
    return isinstance(error, ApiError) and error.status in LOCKED


def has_no_answer(error: Exception | None) -> bool:
    """Whether another try may get an answer to the same call."""
    return isinstance(error, NO_ANSWER) or is_locked(error)


class ServiceWatch:
    """Ends a sweep whose service is gone, or does not let it in. A service that answers, and has no answer to some calls, is there."""

    def __init__(self, source: Source, path: Path) -> None:
        self._client = source if isinstance(source, Caller) else None  # else the engine is in the workers
        self._path, self._lost = path, 0

    def saw(self, count: int, unanswered: int, *, foreign: bool = False, locked: ApiError | None = None) -> None:
        """So many calls were made, and so many of them got no answer, or a `foreign` one. `locked` is why nobody is let in.

        Raises ServiceUnreachable where the service is gone, UnexpectedAnswer where something else is in its place, and ApiError where
        the service refuses the API key.
        """
        if locked is not None:
            again = f"The results so far are in {self._path}. Start the same sweep again with the right API key."
            said = f"The sweep stopped, because the service refused the API key. {locked.message} {again}"
            raise ApiError(said, status=locked.status, request_id=locked.request_id) from locked
        self._lost = self._lost + count if unanswered == count else 0
        if self._client is None or (self._lost < DOUBT and not foreign):
            return
        self._lost = 0
        try:
            self._client.fetch("/healthz")
        except UnexpectedAnswer as error:
            said = f"The sweep stopped, because it is not Stepgrade that answers. {error.message} {self._go_on}"
            raise UnexpectedAnswer(said, status=error.status, request_id=error.request_id) from error
        except NO_ANSWER as error:
            said = f"The sweep stopped, because the service does not answer. {error.message} {self._go_on}"
            raise ServiceUnreachable(said, request_id=error.request_id) from error
        except StepgradeError:  # it answers
            pass

    @property
    def _go_on(self) -> str:
        return (
            f"The results so far are in {self._path}. Start the same sweep again when the service answers: it makes only the calls that"
            " have no answer."
        )
