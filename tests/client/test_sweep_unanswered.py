"""Calls of a sweep that got no answer: they are told, and the same sweep makes them again, and only them."""

from __future__ import annotations

import json

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import Answer, ApiError, Client, ServiceTimeout, ServiceUnreachable, UnexpectedAnswer, WsgiTransport, grid, load_sweep
from stepgrade.sweeps.unanswered import DOUBT

RATES = [0.01 * k for k in range(1, 21)]
CALLS = grid({"objective": "quadratic", "optimizer": "sgd", "steps": 5}, optimizer__lr=RATES)


class Flaky:
    """The service in this process, which fails at some learning rates: with a status, or with an error of the client."""

    def __init__(self, **failing):
        self.inner, self.failing = WsgiTransport(), {RATES[int(key[1:])]: fault for key, fault in failing.items()}
        self.asked = []

    def send(self, request):
        if request.method == "GET":
            return self.inner.send(request)
        rate = json.loads(request.body)["optimizer"]["lr"]
        self.asked.append(rate)
        fault = self.failing.get(rate)
        if isinstance(fault, Exception):
            raise fault
        if fault is not None:
            return Answer(fault, CaseInsensitiveDict({"Content-Type": "application/problem+json"}), b'{"title": "No", "detail": "not now"}')
        return self.inner.send(request)

    def close(self):
        """Nothing is open."""


def swept(into, calls=CALLS, keep="summaries", **failing):
    transport = Flaky(**failing)
    return Client(transport=transport).sweep(calls, into=into, workers=1, keep=keep), transport.asked


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return swept(tmp_path_factory.mktemp("plain"), keep="answers")[0]


FAILED = {"n3": 429, "n4": 503, "n5": 422, "n11": 500, "n12": ServiceTimeout("too slow"), "n19": ServiceUnreachable("nobody is there")}


@pytest.mark.parametrize("calls", [CALLS, list(CALLS)], ids=["grid", "list"])
def test_the_same_sweep_makes_those_again_that_got_no_answer(plain, tmp_path, calls):
    first, _ = swept(tmp_path, calls, keep="answers", **FAILED)
    assert (first.count, list(first.errors), list(first.unanswered)) == (20, [3, 4, 5, 11, 12, 19], [3, 4, 11, 12, 19])
    assert first.unanswered[3] == "TooManyRequests: not now"
    second, asked = swept(tmp_path, calls, keep="answers", n11=500)
    assert asked == [RATES[index] for index in (3, 4, 11, 12, 19)]
    assert (list(second.errors), list(second.unanswered)) == ([5, 11], [11])
    third, asked = swept(tmp_path, calls, keep="answers")
    assert (asked, list(third.errors), third.unanswered) == ([RATES[11]], [5], {})
    assert third["index"].tolist() == list(range(20))
    good = [index for index in range(20) if index != 5]
    assert third["final_value"][good].tolist() == plain["final_value"][good].tolist()
    assert [third.answer(index) for index in good] == [plain.answer(index) for index in good]
    assert swept(tmp_path, calls, keep="answers")[1] == []


def test_results_that_were_opened_before_say_that_they_are_old(tmp_path):
    first, _ = swept(tmp_path, n3=503)
    assert list(load_sweep(tmp_path).unanswered) == [3]
    swept(tmp_path)
    with pytest.raises(ValueError, match="was started again"):
        first["final_value"]
    assert load_sweep(tmp_path).errors == {}


@pytest.mark.parametrize("workers", [1, 4])
def test_a_sweep_whose_service_is_gone_stops_and_goes_on_later(plain, tmp_path, slept, workers):
    with pytest.raises(ServiceUnreachable) as raised:
        Client("http://127.0.0.1:9").sweep(CALLS, into=tmp_path, workers=workers)
    said = str(raised.value)
    assert said.startswith("The sweep stopped, because the service does not answer. Cannot reach http://127.0.0.1:9 (3 tries): ")
    assert "it makes only the calls that have no answer." in said
    runs = load_sweep(tmp_path)
    assert DOUBT <= runs.count == len(runs.unanswered) < 20
    again, asked = swept(tmp_path)
    assert (len(asked), again["final_value"].tolist()) == (20, plain["final_value"].tolist())


def test_a_service_that_fails_at_some_calls_is_there(tmp_path):
    results, asked = swept(tmp_path, **{f"n{k}": ServiceUnreachable("ended the request") for k in range(2, 19)})
    assert (len(asked), list(results.unanswered)) == (20, list(range(2, 19)))


class LoginPage(Flaky):
    """The service in this process behind a login that has ended: for each request, or for the POST of some calls alone."""

    def __init__(self, everywhere, **failing):
        super().__init__(**failing)
        self.everywhere = everywhere

    def send(self, request):
        answer = super().send(request)
        if self.everywhere or answer.status == 429:
            return Answer(200, CaseInsensitiveDict({"Content-Type": "text/html"}), b"<html>Log in</html>")
        return answer


@pytest.mark.parametrize("workers", [1, 4])
def test_a_login_page_in_place_of_the_service_ends_the_sweep(plain, tmp_path, workers):
    transport = LoginPage(everywhere=True)
    with pytest.raises(UnexpectedAnswer, match="it is not Stepgrade that answers"):
        Client(transport=transport).sweep(CALLS, into=tmp_path, workers=workers)
    assert len(transport.asked) < len(CALLS)
    assert swept(tmp_path)[0]["final_value"].tolist() == plain["final_value"].tolist()


def test_one_answer_that_is_not_stepgrades_ends_no_sweep(tmp_path):
    transport = LoginPage(everywhere=False, n3=429, n7=429)
    results = Client(transport=transport).sweep(CALLS, into=tmp_path, workers=1)
    assert list(results.unanswered) == [3, 7]
    assert results.unanswered[3].startswith("UnexpectedAnswer: ")


@pytest.mark.parametrize("status", [401, 403])
def test_a_sweep_that_is_not_let_in_stops_at_once_and_goes_on_with_the_right_key(tmp_path, status):
    transport = Flaky(**{f"n{number}": status for number in range(2, 20)})
    with pytest.raises(ApiError, match=r"the service refused the API key\. not now .* with the right API key") as caught:
        Client(transport=transport).sweep(CALLS, into=tmp_path, workers=1)
    assert caught.value.status == status
    assert len(transport.asked) <= 5, "each chunk that is under way makes one more call at most"
    again, asked = swept(tmp_path)
    assert (again.count, list(again.errors)) == (20, [])
    assert {*RATES[2:]} <= {*asked}
