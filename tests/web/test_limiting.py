"""How much work a client may ask for in a while: what is charged, what is answered beyond it, and by which key a client is known."""

from __future__ import annotations

import hashlib
import heapq
import json
import threading

import pytest
from werkzeug.serving import make_server

from stepgrade import Client, TooManyRequests
from stepgrade_service.serving.studio import ended_twice, others_are_drawn, took_too_long
from stepgrade_service.web import create_app
from stepgrade_service.web.drawable import STUDIO
from stepgrade_service.web.settings import Settings

STEP = {"optimizer": "gd", "params": [1.0], "gradient": [1.0]}
RUN = {"optimizer": "gd", "objective": "quadratic", "steps": 1000}

#: What nothing less is charged for any request, in units of work.
LEAST = 80_000

KEY, OTHER = "stepgrade_first", "stepgrade_second"
HASHES = {text: hashlib.sha256(text.encode()).hexdigest() for text in (KEY, OTHER)}


class Service:
    """A service in this process, whose clock a test sets."""

    def __init__(self, **settings):
        self.app, self.now = create_app(Settings(**settings)), 0.0
        self.app.extensions["limiting"].ledger.clock = lambda: self.now
        self.client = self.app.test_client()

    def post(self, path, document, address="1.2.3.4", **headers):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(path, data=body, headers=named, environ_overrides={"REMOTE_ADDR": address})

    def steps(self, **told):
        """How many steps are answered before the first refusal, which is returned too."""
        for count in range(1000):
            answer = self.post("/step", STEP, **told)
            if answer.status_code != 200:
                return count, answer
        raise AssertionError("no request is refused")


@pytest.fixture
def service():
    """Ten small steps, or so, per minute and client."""
    return Service(budget=1e6, max_work=1e6)


def left(answer):
    """What the answer says is left."""
    name, *told = answer.headers["RateLimit"].split(";")
    numbers = dict(part.split("=") for part in told)
    assert name == '"work"'
    return int(numbers["r"]), int(numbers["t"])


def test_without_a_budget_there_is_no_limit_and_no_header(client, post):
    answer = post("/step", STEP)
    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.lower().startswith("ratelimit")]


def test_a_client_gets_its_budget_and_is_then_told_to_wait(service):
    count, refused = service.steps()
    assert 10 <= count <= 12
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    problem = refused.json
    assert problem["type"] == "urn:stepgrade:problem:budget-spent"
    assert problem["cost"] > problem["left"] >= 0
    assert (problem["budget"], problem["budget_seconds"]) == (1_000_000, 60.0)
    assert f"in {refused.headers['Retry-After']} s" in problem["detail"]
    service.now += int(refused.headers["Retry-After"])
    assert service.post("/step", STEP).status_code == 200


def test_another_address_has_its_own_budget(service):
    service.steps()
    assert service.post("/step", STEP, address="1.2.3.5").status_code == 200


def test_what_is_charged_is_the_price(service):
    before = left(service.post("/step", STEP))[0]
    after_a_step = left(service.post("/step", STEP))[0]
    after_a_run = left(service.post("/trajectory", RUN))[0]
    assert LEAST <= before - after_a_step < 2 * LEAST
    assert after_a_step - after_a_run > before - after_a_step


def test_the_headers_say_the_policy_and_what_is_left(service):
    answer = service.post("/step", STEP)
    assert answer.headers["RateLimit-Policy"] == '"work";q=1000000;qu="work";w=60'
    remaining, seconds = left(answer)
    assert remaining < 1_000_000 - LEAST
    assert seconds == -(-(1_000_000 - remaining) * 60 // 1_000_000)
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
    assert left(service.steps()[1])[0] < LEAST * 2


def test_a_request_that_is_refused_pays_for_being_read_and_no_more(service):
    whole = left(service.post("/step", {**STEP, "learning_rate": 1}))[0]
    assert 1_000_000 - 2 * LEAST < whole <= 1_000_000 - LEAST
    assert left(service.post("/step", b"[" * 1000))[0] < whole
    dear = service.post("/trajectory", {**RUN, "steps": 10**7})
    assert (dear.status_code, dear.json["type"]) == (422, "urn:stepgrade:problem:too-costly")
    assert left(dear)[0] > 1_000_000 - 4 * LEAST


@pytest.mark.parametrize(("refusal", "is_paid"), [(others_are_drawn, False), (took_too_long, True), (ended_twice, True)])
def test_a_picture_pays_for_its_reading_alone_where_nobody_began_to_draw_it(refusal, is_paid):
    def draw(errand, seconds):
        raise refusal()

    service = Service(budget=1e9, max_work=5e8)
    compared = {"objective": "sphere", "optimizers": ["gd", "adam"], "steps": 1000}
    whole = 1_000_000_000 - left(service.post("/compare", compared, Accept="image/png", address="another"))[0]
    service.app.extensions[STUDIO] = draw
    refused = service.post("/compare", compared, Accept="image/png")
    assert refused.status_code == 503
    paid = 1_000_000_000 - left(refused)[0]
    assert whole > 3 * LEAST
    assert paid == whole if is_paid else LEAST <= paid < 1.1 * LEAST


def test_one_that_does_not_fit_leaves_what_is_left_to_a_smaller_one(service):
    half = {**RUN, "steps": 25_000, "record_every": 25_000}
    assert service.post("/trajectory", half).status_code == 200
    assert service.post("/trajectory", half).status_code == 429
    assert service.post("/step", STEP).status_code == 200


def test_a_request_beyond_the_budget_pays_for_its_body_alone_and_is_told_one_balance(service):
    half = {**RUN, "steps": 25_000, "record_every": 25_000}
    before = left(service.post("/trajectory", half))[0]
    refused = service.post("/trajectory", half)
    assert refused.status_code == 429
    assert 0 < before - left(refused)[0] < 1000
    assert refused.json["left"] == left(refused)[0]
    large = service.post("/step", {"optimizer": "gd", "params": [[1.0]] * 1600, "gradient": [[1.0]] * 1600})
    assert large.status_code == 429
    assert left(refused)[0] - left(large)[0] > 3200 * 100, "to read much is work"


def test_clients_that_wait_as_they_are_told_all_get_through_in_the_time_that_their_work_takes(service):
    """Eight threads of one client, each with a call of half a budget: what they are refused costs must not eat what comes back."""
    half = json.dumps({**RUN, "steps": 25_000, "record_every": 25_000}).encode()
    cost = 1_000_000 - left(service.post("/trajectory", half, address="another"))[0]
    waiting, done, last = [0] * 8, 0, 0
    while done < 12:
        service.now = heapq.heappop(waiting)
        assert service.now < 3600, f"{done} of 12 are answered"
        answer = service.post("/trajectory", half)
        assert answer.status_code in (200, 429)
        done += answer.status_code == 200
        last = service.now
        heapq.heappush(waiting, service.now + int(answer.headers.get("Retry-After", 0)))
    assert last <= 1.1 * (12 * cost - 1_000_000) / 1_000_000 * 60


def test_once_nothing_is_left_a_request_is_not_even_read(service, monkeypatch):
    service.steps()
    service.post("/step", {**STEP, "params": "x"})
    monkeypatch.setattr("stepgrade_service.web.negotiation._parsed", lambda _: pytest.fail("it was read"))
    before = service.post("/step", b"not JSON")
    assert before.status_code == 429
    assert left(service.post("/step", b"not JSON"))[0] == left(before)[0], "and it costs nothing"


def test_nobody_waits_longer_than_the_window(service):
    for _ in range(50):
        service.post("/step", {**STEP, "learning_rate": 1})
    service.now += 60
    assert left(service.post("/step", STEP))[0] > 1_000_000 - 2 * LEAST


def test_what_a_search_takes_beyond_its_first_part_is_charged(service):
    checked = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [[1.0, 2.0]], "gradients": [[0.5, -4.0]], "submitted": [[0.7, 1.7]]}
    answer = Service(budget=5e8, max_work=5e8).post("/check", checked)
    assert answer.status_code in (200, 422), answer.json
    assert 5e8 - left(answer)[0] >= LEAST


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/optimizers", "/openapi.json", "/nowhere"])
def test_what_asks_for_no_work_is_not_limited(service, path):
    service.steps()
    answer = service.client.get(path, environ_overrides={"REMOTE_ADDR": "1.2.3.4"})
    assert answer.status_code == (404 if path == "/nowhere" else 200)
    assert "RateLimit" not in answer.headers


def test_a_browser_may_ask_whether_it_may_send_a_key(service):
    service.steps()
    answer = service.client.options("/step", environ_overrides={"REMOTE_ADDR": "1.2.3.4"})
    assert answer.status_code == 200
    assert {"Authorization", "X-Api-Key"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))


# Keys.


@pytest.fixture
def keyed():
    """One key with the budget of everybody, and one with none."""
    return Service(budget=1e6, max_work=1e6, api_keys=f"course-a:{HASHES[KEY]},grader:{HASHES[OTHER]}:0")


@pytest.mark.parametrize("headers", [{"X_Api_Key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer  {KEY}"}])
def test_a_key_has_its_budget_wherever_it_is_used(keyed, headers):
    count, _ = keyed.steps(**headers)
    assert count >= 10
    assert keyed.post("/step", STEP, address="5.6.7.8", **headers).status_code == 429
    assert keyed.post("/step", STEP).status_code == 200, "and it does not spend that of its address"


def test_a_key_may_have_a_budget_of_its_own():
    service = Service(budget=1e6, max_work=1e6, api_keys=f"course-a:{HASHES[KEY]}:2e6")
    assert 20 <= service.steps(X_Api_Key=KEY)[0] <= 25
    assert service.steps(X_Api_Key=KEY)[1].headers["RateLimit-Policy"] == '"work";q=2000000;qu="work";w=60'


def test_a_key_with_a_budget_of_zero_has_no_limit(keyed):
    for _ in range(30):
        answer = keyed.post("/step", STEP, X_Api_Key=OTHER)
        assert answer.status_code == 200
    assert "RateLimit" not in answer.headers


def test_keys_may_have_budgets_where_nobody_else_has_one():
    service = Service(max_work=1e6, api_keys=f"course-a:{HASHES[KEY]}:1e6")
    assert service.steps(X_Api_Key=KEY)[0] >= 10
    assert "RateLimit" not in service.post("/step", STEP).headers


def told(service, **headers):
    """The budget of a client, as the index tells it, and on which headers it hangs."""
    answer = service.client.get("/", headers={"Accept": "application/json", **headers})
    limits = answer.json["limits"]
    return limits.get("budget"), limits.get("budget_seconds"), {*answer.vary.as_set()}


def test_the_index_tells_a_client_its_budget(service, keyed):
    assert told(service) == (1e6, 60, {"accept"})
    hangs = {"accept", "authorization", "x-api-key"}
    assert told(keyed) == (1e6, 60, hangs)
    assert told(keyed, **{"X-Api-Key": OTHER}) == (None, None, hangs), "this one has no limit"
    own = Service(max_work=1e6, budget_seconds=3600, api_keys=f"course-a:{HASHES[KEY]}:2e6")
    assert told(own, Authorization=f"Bearer {KEY}") == (2e6, 3600, hangs)
    assert told(own) == (None, None, hangs)


@pytest.mark.parametrize("headers", [{"X_Api_Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"X_Api_Key": HASHES[KEY]}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_key_is_refused_and_not_repeated(keyed, headers, method, caplog):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with caplog.at_level("INFO"):
        answer = keyed.client.open("/step" if method == "POST" else "/optimizers", method=method, headers=named, json=STEP)
    assert (answer.status_code, answer.json["type"]) == (401, "urn:stepgrade:problem:unknown-api-key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "wrong" not in answer.text + caplog.text


def test_another_login_than_a_bearer_s_is_somebody_else_s(keyed, service):
    assert keyed.post("/step", STEP, Authorization="Basic YTpi").status_code == 200
    assert service.post("/step", STEP, Authorization="Bearer of-a-proxy").status_code == 200, "where there are no keys, none is wrong"


def test_no_key_is_logged(caplog):
    service = Service(api_keys=f"course-a:{HASHES[KEY]}", access_log=True)
    with caplog.at_level("INFO"):
        service.post("/step", STEP, X_Api_Key=KEY)
    assert "/step" in caplog.text
    assert KEY not in caplog.text


def test_the_log_tells_whose_key_it_was_and_what_kind_of_error(keyed, caplog):
    with caplog.at_level("INFO", "stepgrade_service.access"):
        keyed.steps(X_Api_Key=KEY)
        keyed.post("/step", STEP)
        keyed.post("/step", {**STEP, "params": "x"}, X_Api_Key=OTHER)
        keyed.post("/step", STEP, X_Api_Key="unknown")
    lines = [json.loads(record.message) for record in caplog.records]
    told = [(line["status"], line.get("key"), line.get("problem")) for line in lines]
    assert told[0] == (200, "course-a", None)
    assert told[-4:] == [
        (429, "course-a", "budget-spent"),
        (200, None, None),
        (422, "grader", "invalid-request"),
        (401, None, "unknown-api-key"),
    ]


# Our client.


@pytest.fixture
def asked(service, monkeypatch):
    """`asked(**options)`: a client of the service over HTTP; while it waits, the service's clock goes on. With the pauses that it made."""
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        service.now += seconds

    monkeypatch.setattr("stepgrade.transports.http.sleep", sleep)
    yield lambda **options: Client(f"http://127.0.0.1:{server.port}", **options), pauses
    server.shutdown()
    server.server_close()


def test_our_client_waits_as_it_is_told_and_loses_no_call(asked):
    new, pauses = asked
    with new() as client:
        assert {float(client.step("gd", 1.0, 1.0).params) for _ in range(40)} == {0.999}
    assert pauses
    assert min(pauses) >= 1


def test_our_client_tells_why_it_gives_up(asked):
    new, _ = asked
    with new(max_retries=0) as client, pytest.raises(TooManyRequests, match="units of work") as caught:
        [client.step("gd", 1.0, 1.0) for _ in range(40)]
    assert caught.value.problem["budget"] == 1_000_000


def test_the_log_tells_the_work_the_times_and_the_optimizers_and_nothing_that_was_posted(client, caplog):
    compared = {"objective": "sphere", "optimizers": ["gd", {"name": "adam", "lr": 0.123456}], "steps": 3}
    with caplog.at_level("INFO", "stepgrade_service.access"):
        client.post("/compare", json=compared)
        client.post("/step", json={"optimizer": "a-secret", "params": [1.0], "gradient": [1.0]})
        client.post("/step", json=STEP)
    compare, refused, step = (json.loads(record.message) for record in caplog.records)
    assert compare["optimizers"] == ["sgd", "adam"] or compare["optimizers"] == ["gd", "adam"]
    assert compare["work"] > step["work"] > LEAST
    assert {"parse", "compute", "encode"} <= set(step)
    assert "optimizers" not in refused
    assert not [text for text in ("a-secret", "0.123456") if text in caplog.text]
