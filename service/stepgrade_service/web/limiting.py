"""What a client may ask for in a while: what is charged, and what the answer says of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, request

from ..budgets.ledger import Balance, Budget, Ledger
from .clients import CLIENT, Clients, Share
from .pricing import received
from .problems import ApiProblem
from .settings import Settings

#: The name of the policy, and of its unit, in the headers of draft-ietf-httpapi-ratelimit-headers-11.
POLICY = "work"

#: Of a request that is refused before it is read, so many times what reading it costs is taken for its price.
LIKELY = 2.0


@dataclass(slots=True)
class Tab:
    """A request's client and budget, and what the request has paid."""

    ledger: Ledger
    client: str
    budget: Budget
    paid: float = 0.0
    balance: Balance | None = None

    def open(self, least: float) -> None:
        """Refuse a request that cannot fit, before it is read; raises ApiProblem 429."""
        self.balance = self.ledger.refuses(self.client, self.budget, least)
        if self.balance is not None:
            raise over_budget(self.balance, least, LIKELY * least)

    def pay(self, work: float, body: float) -> None:
        """Pay for a request before it is worked on; raises ApiProblem 429, and then only reading its body is paid.

        That is little for most. If each refusal cost what a request costs at least, several that wait as they are told would spend on
        their refusals what comes back meanwhile, and none of them would ever fit.
        """
        asked = work - self.paid
        self.balance = self.ledger.take(self.client, self.budget, asked)
        if not self.balance.fits:
            self.balance = self.ledger.add(self.client, self.budget, body, fits=False)
            raise over_budget(self.balance, asked, asked)
        self.paid = work

    def settle(self, work: float) -> None:
        """Pay for what was done beyond that, or get back what was paid for and not done."""
        if work != self.paid:
            self.balance = self.ledger.add(self.client, self.budget, work - self.paid)
            self.paid = work


class Limiting:
    """The limits of an application."""

    def __init__(self, settings: Settings) -> None:
        self._clients = Clients(settings)
        self.ledger = ledger_of(settings)

    def install(self, app: Flask) -> None:
        """Let every request of this app go through here."""
        app.before_request(self._begin)
        app.after_request(finish)

    def _begin(self) -> None:
        """Find out whose request it is; raises ApiProblem 401 or 429."""
        environ = request.environ
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return
        client: Share | None = environ.get(CLIENT) or self._clients.of(environ)
        if client is None:
            raise unknown_key()
        environ[CLIENT] = client
        if client.budget is not None:
            g.tab = tab = Tab(self.ledger, client.name, client.budget)
            if environ["REQUEST_METHOD"] == "POST":
                tab.open(received(request.content_length or 0, 0).work)


def own_budget() -> dict[str, float]:
    """What the client of this request may ask for in a while, as the index and a refusal name it; nothing where it has no limit."""
    tab: Tab | None = g.get("tab")
    return {} if tab is None else {"budget": tab.budget.work, "budget_seconds": tab.budget.seconds}


def ledger_of(settings: Settings) -> Ledger:
    """Where it is noted what clients have spent."""
    if not settings.redis_url:
        return Ledger()
    from ..budgets.shared_ledger import SharedLedger  # takes 50 ms, and needs what is not installed everywhere

    return SharedLedger(settings.redis_url)


def finish(response: Response) -> Response:
    """Charge what was not paid before, for a request that was refused before its work what reading it took, and tell what is left."""
    tab: Tab | None = g.get("tab")
    if tab is None:
        return response
    if tab.paid and g.get("is_begun", True):
        tab.settle(g.price.work)
    elif tab.paid or (tab.balance is None and request.method == "POST"):
        tab.settle(received(g.get("length", 0), g.get("opened", 0)).work)
    if tab.balance is not None:
        budget, balance = tab.budget, tab.balance
        response.headers["RateLimit-Policy"] = f'"{POLICY}";q={budget.work:.0f};qu="{POLICY}";w={budget.seconds:.0f}'
        response.headers["RateLimit"] = f'"{POLICY}";r={balance.left};t={balance.seconds_until_full}'
    return response


def over_budget(balance: Balance, asked: float, likely: float) -> ApiProblem:
    """429 for a request that does not fit into what is left; `likely` is what it costs as far as one can tell."""
    budget, seconds = balance.budget, balance.seconds_until(min(likely, balance.budget.work))
    cost = f"{'at least ' if likely > asked else ''}{asked:.0f} units of work"
    share = f"a client can spend {budget.work:.0f} units per {budget.seconds:g} seconds"
    detail = f"this request costs {cost}, and {balance.left} are left: {share}. Send this request again in {seconds} s"
    numbers = {"cost": round(asked), "left": balance.left, "budget": round(budget.work), "budget_seconds": budget.seconds}
    return ApiProblem(429, "budget-spent", "Too much work for this client", detail, headers={"Retry-After": str(seconds)}, **numbers)


def unknown_key() -> ApiProblem:
    """401 for a key that is none of ours."""
    detail = "the API key is not known here. Check the key, or send the request without a key"
    return ApiProblem(401, "unknown-api-key", "The API key is not known", detail, headers={"WWW-Authenticate": 'Bearer realm="stepgrade"'})


def install(app: Flask) -> None:
    """Let every request of this app go through its limits, if it has any."""
    settings: Settings = app.config["SETTINGS"]
    if settings.budget or settings.keys:
        app.extensions["limiting"] = limiting = Limiting(settings)
        limiting.install(app)
