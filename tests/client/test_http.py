"""The HTTP transport: what is sent, what is sent again, and when it gives up."""

import os
import random
import socket
import threading
import time
from email.utils import formatdate

import pytest

from stepgrade import Client, InvalidRequest, ServerError, ServiceOverloaded, ServiceTimeout, ServiceUnreachable, TooManyRequests

BUSY = {"status": 503, "body": {"title": "Overloaded", "status": 503, "detail": "the service is shutting down"}}


def ask(client):
    return client.step("adam", [1.0, 2.0], [0.5, -4.0])


def test_a_request_says_who_asks_and_what_it_takes(service, client):
    ask(client)
    ((method, path, headers, body),) = service.seen
    assert (method, path, headers["Content-Type"], headers["Accept"]) == ("POST", "/step", "application/json", "application/json")
    assert headers["User-Agent"].startswith("stepgrade-python/")
    assert " python/3." in headers["User-Agent"]
    assert body == b'{"optimizer":"adam","params":[1.0,2.0],"gradient":[0.5,-4.0]}'


def test_a_path_in_the_base_url_stays(service):
    with Client(service.url + "/stepgrade/") as client:
        ask(client)
    assert service.seen[0][1] == "/stepgrade/step"


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_post_is_sent_again_after_a_passing_failure(service, client, slept, status):
    service.plays({"status": status}, {"status": status}, {})
    assert ask(client).status == "completed"
    assert len(service.seen) == 3
    assert 0 < slept[0] < slept[1]


@pytest.mark.usefixtures("slept")
def test_every_try_of_a_call_has_the_same_id_and_every_call_its_own(service, client):
    service.plays(BUSY, {}, {})
    first, second = ask(client), ask(client)
    ids = [headers["X-Request-Id"] for _, _, headers, _ in service.seen]
    assert ids == [first.request_id, first.request_id, second.request_id]
    assert first.request_id != second.request_id


@pytest.mark.usefixtures("slept")
@pytest.mark.parametrize("broken", ["reset", "cut"])
def test_a_post_is_sent_again_after_a_broken_connection(service, client, broken):
    service.plays({"broken": broken}, {})
    assert ask(client).status == "completed"
    assert len(service.seen) == 2


def test_retry_after_in_seconds_is_waited_out(service, client, slept):
    service.plays({**BUSY, "headers": {"Retry-After": "3"}}, {})
    ask(client)
    assert 3 <= slept[0] < 3.5


def test_retry_after_as_a_date_is_waited_out(service, client, slept):
    service.plays({**BUSY, "headers": {"Retry-After": formatdate(time.time() + 6, usegmt=True)}}, {})
    ask(client)
    assert 4 < slept[0] < 7


def test_retry_after_is_waited_out_on_the_clock(service, client):
    service.plays({**BUSY, "headers": {"Retry-After": "1"}}, {})
    began = time.monotonic()
    ask(client)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("nonsense", ["soon", "-1", "1e3", "", "²"])
def test_an_unreadable_retry_after_counts_as_none(service, client, slept, nonsense):
    service.plays({**BUSY, "headers": {"Retry-After": nonsense.encode().decode("latin-1")}}, {})
    ask(client)
    assert slept[0] < 1


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(service, client, slept):
    service.plays({**BUSY, "headers": {"Retry-After": "25"}}, {})
    with pytest.raises(ServiceOverloaded, match="shutting down"):
        ask(client)
    assert (len(service.seen), slept) == (1, [])


def test_a_retry_after_over_thirty_seconds_is_never_waited_for(service, slept):
    service.plays({**BUSY, "status": 429, "headers": {"Retry-After": "31"}}, {})
    with Client(service.url, deadline=600) as client, pytest.raises(TooManyRequests):
        ask(client)
    assert slept == []


@pytest.mark.usefixtures("slept")
def test_the_last_problem_is_raised_when_the_retries_are_used_up(service, client):
    service.plays({"status": 502}, *[{"status": 503}] * 4, {**BUSY, "body": {"title": "Overloaded", "detail": "the sixth"}}, {})
    with pytest.raises(ServiceOverloaded, match="the sixth"):
        ask(client)
    assert len(service.seen) == 6


def test_no_retries_means_one_try(service, slept):
    service.plays(BUSY, {})
    with Client(service.url, max_retries=0) as client, pytest.raises(ServiceOverloaded):
        ask(client)
    assert (len(service.seen), slept) == (1, [])


@pytest.mark.parametrize("status", [400, 404, 405, 406, 411, 413, 415, 422])
def test_what_the_caller_got_wrong_is_never_sent_again(service, client, slept, status):
    service.plays({"status": status, "headers": {"Retry-After": "1"}}, {})
    with pytest.raises(Exception, match=r"\(request "):
        ask(client)
    assert (len(service.seen), slept) == (1, [])


def test_a_fault_of_the_service_is_not_sent_again(service, client):
    service.plays({"status": 500, "body": {"title": "Internal error"}}, {})
    with pytest.raises(ServerError, match="Internal error"):
        ask(client)
    assert len(service.seen) == 1


def test_a_slow_answer_is_a_time_out(service):
    service.plays({"after": 0.5})
    with Client(service.url, timeout=0.05, max_retries=0) as client, pytest.raises(ServiceTimeout, match=r"0\.05 s to read") as caught:
        ask(client)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.request_id == service.seen[0][2]["X-Request-Id"]


def test_an_answer_that_stalls_half_way_is_a_time_out(service):
    service.plays({"broken": "stall"})
    with Client(service.url, timeout=0.1, max_retries=0) as client, pytest.raises(ServiceTimeout):
        ask(client)


def test_a_time_out_is_tried_again(service):
    service.plays({"after": 0.5}, {})
    with Client(service.url, timeout=0.1) as client:
        assert ask(client).status == "completed"


def test_the_deadline_bounds_a_call_with_all_its_retries(service):
    service.plays({"after": 2})
    began = time.monotonic()
    with Client(service.url, timeout=5, max_retries=50, deadline=0.4) as client, pytest.raises(ServiceTimeout):
        ask(client)
    assert time.monotonic() - began < 1


def test_a_refused_port_is_unreachable_and_the_message_says_where_and_why(slept):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Client(url) as client, pytest.raises(ServiceUnreachable) as caught:
        ask(client)
    assert isinstance(caught.value, ConnectionError)
    assert str(caught.value).startswith(f"Cannot reach {url} (3 tries): Connection refused. Is base_url (or STEPGRADE_URL)")
    assert len(slept) == 2


@pytest.mark.usefixtures("slept")
def test_a_message_names_the_innermost_cause_and_not_what_the_caller_was_handling(service):
    service.plays({"broken": "reset"})
    try:
        raise KeyError("theirs")
    except KeyError:
        with (
            Client(service.url) as client,
            pytest.raises(ServiceUnreachable, match=r"Connection reset|closed connection|aborted") as caught,
        ):
            ask(client)
    assert "theirs" not in str(caught.value)


def test_a_password_in_the_address_is_not_shown():
    client = Client("https://teacher:secret@grader.example/stepgrade")
    assert repr(client) == "Client(https://grader.example/stepgrade)"


def test_a_redirect_is_not_followed_but_told(service, client):
    service.plays({"status": 308, "body": b"", "headers": {"Location": "https://elsewhere.example/step"}})
    with pytest.raises(Exception, match=r"redirects to https://elsewhere\.example/step\. Set base_url"):
        ask(client)
    assert len(service.seen) == 1


def test_threads_share_a_client_without_mixing_answers(service, client, problem_body):
    service.plays({"status": 422, "body": problem_body})
    ids = []

    def work():
        with pytest.raises(InvalidRequest) as caught:
            ask(client)
        ids.append(caught.value.request_id)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == sorted(headers["X-Request-Id"] for _, _, headers, _ in service.seen)


@pytest.mark.usefixtures("slept")
def test_a_retry_draws_nothing_from_the_shared_random_numbers(service, client):
    random.seed(7)
    before = random.getstate()
    service.plays(BUSY, {})
    ask(client)
    assert random.getstate() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_a_connection_of_its_own(client):
    ask(client)
    inherited = client.transport._session
    child = os.fork()
    if child == 0:
        try:
            ask(client)
        finally:
            os._exit(int(client.transport._session is inherited))
    assert os.waitpid(child, 0)[1] == 0
    assert client.transport._session is inherited
