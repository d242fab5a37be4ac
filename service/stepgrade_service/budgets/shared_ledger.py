"""The accounts of clients in Redis, which several replicas share. Without Redis each worker goes on with what it knew last.

A request never waits for a connection: a thread of its own makes it. For small requests a worker spends a hundredth of a budget in
advance, and gives it to the next ones of the same client. So most of them do not ask Redis, and nobody gets more than a hundredth too much
of a worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from .ledger import Balance, Budget, Ledger

#: A request waits at most so many seconds for Redis, and the thread that connects so many.
WAIT, CONNECT_WAIT = 0.05, 0.5

#: Seconds between two tries to connect.
PAUSE = 0.5

#: The part of a budget that a worker spends in advance, for requests that cost at most a quarter of that.
LEASE, SMALL = 0.01, 0.0025

PREFIX = "stepgrade:spent:"

#: By Redis's own clock, so the clocks of the replicas do not matter: what is asked for is spent if it fits, with the advance if that
#: fits too. Without an advance (-1) it is spent in any case, up to the whole budget, and below 0 it is given back. Returns what was spent
#: now, and in all.
SPEND = """
local told = redis.call('TIME')
local now, budget, rate = told[1] + told[2] / 1e6, tonumber(ARGV[1]), tonumber(ARGV[2])
local work, advance = tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'spent', 'at')
local spent = math.max(0, (tonumber(kept[1]) or 0) - math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local taken = 0
if advance < 0 then taken = math.max(-spent, math.min(work, math.max(0, budget - spent)))
elseif spent + work + advance <= budget then taken = work + advance
elseif spent + work <= budget then taken = work end
spent = spent + taken
redis.call('HSET', KEYS[1], 'spent', string.format('%.17g', spent), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(spent / rate) + 1)
return {string.format('%.17g', taken), string.format('%.17g', spent)}
"""

logger = logging.getLogger("stepgrade_service")


class BudgetStore:
    """A connection to Redis that is there. It is never made anew: to look up a name may take seconds."""

    def __init__(self, url: str, wait: float) -> None:
        """Connect; raises RedisError or OSError, also where Redis cannot be written to."""
        retry = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(
            url, single_connection_client=True, socket_timeout=wait, socket_connect_timeout=CONNECT_WAIT, retry=retry
        )
        self._script = self._redis.script_load(SPEND)
        self.spend("nobody", Budget(1.0, 1.0), 0.0, 0.0)

    def spend(self, client: str, budget: Budget, work: float, advance: float) -> tuple[float, float]:
        """What was spent now and in all, see SPEND; raises RedisError or OSError, and is of no use after that."""
        told: Any = self._redis.evalsha(self._script, 1, PREFIX + client, budget.work, budget.rate, work, advance)
        return float(told[0]), float(told[1])


class SharedLedger(Ledger):
    """The accounts in Redis at a URL. `wait` is how many seconds a request waits for it."""

    def __init__(self, url: str, wait: float = WAIT, pause: float = PAUSE, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(clock)
        self._url, self._wait, self._pause = url, wait, pause
        self._asking, self._is_lost = Lock(), Event()
        self._store: BudgetStore | None = None
        try:
            self._store = BudgetStore(url, wait)
        except (RedisError, OSError) as error:
            self._lose(error)
        Thread(target=self._come_back, name="shared-ledger", daemon=True).start()

    @property
    def is_in_touch(self) -> bool:
        """Whether Redis is there."""
        return self._store is not None

    def take(self, client: str, budget: Budget, work: float) -> Balance:
        with self.lock:
            account = self.account(client, budget)
            if work <= account.lease:
                account.lease -= work
                return account.balance(budget, True)
        told = self._spend(client, budget, work, LEASE * budget.work if work <= SMALL * budget.work else 0.0)
        if told is None:
            return super().take(client, budget, work)
        taken, spent = told
        fits = taken >= work
        return self._noted(client, budget, spent, taken - work if fits else 0.0, fits)

    def add(self, client: str, budget: Budget, work: float, fits: bool = True) -> Balance:
        told = self._spend(client, budget, work, -1.0)
        return super().add(client, budget, work, fits) if told is None else self._noted(client, budget, told[1], 0.0, fits)

    def _noted(self, client: str, budget: Budget, spent: float, lease: float, fits: bool) -> Balance:
        """Note what Redis told, for the time when it is gone."""
        with self.lock:
            account = self.account(client, budget)
            account.spent, account.lease = spent, account.lease + lease
            return account.balance(budget, fits)

    def _spend(self, client: str, budget: Budget, work: float, advance: float) -> tuple[float, float] | None:
        """What Redis tells, None where it is gone."""
        with self._asking:  # after a fault nobody else tries: a broken connection would be made anew
            if self._store is None:
                return None
            try:
                return self._store.spend(client, budget, work, advance)
            except (RedisError, OSError) as error:
                self._lose(error)
                return None

    def _lose(self, error: Exception) -> None:
        """Tell that Redis is gone, and let it be looked for."""
        logger.warning("Redis does not answer (%s): each worker counts alone until it is back", reason_of(error))
        self._store = None
        self._is_lost.set()

    def _come_back(self) -> None:
        while self._is_lost.wait():
            try:
                store = BudgetStore(self._url, self._wait)
            except (RedisError, OSError):
                sleep(self._pause)
                continue
            self._is_lost.clear()
            self._store = store
            logger.warning("Redis answers again")


def reason_of(error: Exception) -> str:
    """Why Redis does not answer: the kind of the error, and what the system says of it. Its own text may quote the address."""
    below = error if isinstance(error, OSError) else error.__cause__ or error.__context__
    said = below.strerror if isinstance(below, OSError) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
