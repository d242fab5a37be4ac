"""What each client has spent of its budget. What is spent comes back evenly, so nobody waits for the end of a window.

A budget of 6e9 units per 60 seconds may be spent at once, and 1e8 units come back in every second after that (a token bucket).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic

#: So many clients are remembered, those that asked last.
MOST_CLIENTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Budget:
    """`work` is what a client may spend at once, in the units of the prices; it all comes back within so many seconds."""

    work: float
    seconds: float

    @property
    def rate(self) -> float:
        """What comes back, in units per second."""
        return self.work / self.seconds


@dataclass(frozen=True, slots=True)
class Balance:
    """A client's budget after a request: whether the request fitted into it, and what is spent now."""

    budget: Budget
    fits: bool
    spent: float

    @property
    def left(self) -> int:
        """The units that can be spent now."""
        return max(0, int(self.budget.work - self.spent))

    @property
    def seconds_until_full(self) -> int:
        """Whole seconds until all of the budget is back."""
        return ceil(self.spent / self.budget.rate)

    def seconds_until(self, work: float) -> int:
        """Whole seconds until so much work fits, at least one."""
        return max(1, ceil((self.spent + work - self.budget.work) / self.budget.rate))


@dataclass(slots=True)
class Account:
    """What a client had spent at a time. Of that, `lease` was spent in advance, and is still free for this process."""

    spent: float
    at: float
    lease: float = 0.0

    def balance(self, budget: Budget, fits: bool) -> Balance:
        """What a client is told: the lease is left too, but what is refused is larger, and has to fit beside it.

        A lease does not come back as the rest does, so it may be more than all that is spent.
        """
        return Balance(budget, fits, max(0.0, self.spent - self.lease) if fits else self.spent)


class Ledger:
    """The accounts of the clients that ask this process."""

    @property
    def is_in_touch(self) -> bool:
        """Whether it knows what it should of other processes; this one should know nothing."""
        return True

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock, self.lock = clock, Lock()
        self._accounts = OrderedDict[str, Account]()

    def take(self, client: str, budget: Budget, work: float) -> Balance:
        """Spend work where it fits into what is left."""
        with self.lock:
            account = self.account(client, budget)
            if account.spent + work > budget.work:
                return account.balance(budget, False)
            account.spent += work
            return account.balance(budget, True)

    def add(self, client: str, budget: Budget, work: float, fits: bool = True) -> Balance:
        """Spend work that is already done, for a request that fits or is refused; nobody gets into debt by that.

        Work below 0 is given back.
        """
        with self.lock:
            account = self.account(client, budget)
            account.spent = max(0.0, min(budget.work, account.spent + work))
            return account.balance(budget, fits)

    def refuses(self, client: str, budget: Budget, work: float) -> Balance | None:
        """The client's balance if so much work does certainly not fit; nothing is spent."""
        with self.lock:
            if client not in self._accounts:
                return None
            account = self.account(client, budget)
            return account.balance(budget, False) if account.spent - account.lease + work > budget.work else None

    def account(self, client: str, budget: Budget) -> Account:
        """A client's account as it is now; the caller holds the lock."""
        now, account = self.clock(), self._accounts.get(client)
        if account is None:
            account = self._accounts[client] = Account(0.0, now)
            if len(self._accounts) > MOST_CLIENTS:
                self._accounts.popitem(last=False)
            return account
        self._accounts.move_to_end(client)
        account.spent = max(0.0, account.spent - (now - account.at) * budget.rate)
        account.at = now
        return account
