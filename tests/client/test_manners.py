"""What a caller adds to a client: headers, a login, other options for one call; and what is said of a proxy that is in the way."""

import base64
import copy
import io
import logging
import traceback

import pytest
import requests
from requests.auth import HTTPDigestAuth

from stepgrade import ApiError, Client, ConfigurationError, ServiceTimeout, ServiceUnreachable, StepgradeError, UnexpectedAnswer

SECRET = "s3cr3t"
HTML = {"body": b"<html>", "headers": {"Content-Type": "text/html"}}


def ask(client):
    return client.step("adam", [1.0, 2.0], [0.5, -4.0])


def sent(service):
    """The headers of every request, by name in lower case."""
    return [{name.lower(): value for name, value in headers.items()} for _, _, headers, _ in service.seen]


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


# Headers.


@pytest.mark.usefixtures("slept")
def test_own_headers_go_with_every_call_and_every_retry(service):
    service.plays({"status": 503}, {}, {"body": {"status": "ok"}})
    with Client(service.url, headers={"Authorization": f"Bearer {SECRET}", "X-Course": "42"}) as client:
        ask(client)
        client.health()
    assert [(each["authorization"], each["x-course"]) for each in sent(service)] == [(f"Bearer {SECRET}", "42")] * 3
    assert all(each["accept"] == "application/json" for each in sent(service))


def test_an_own_user_agent_replaces_the_client_s(service):
    with Client(service.url, headers={"user-agent": "course/1"}) as client:
        ask(client)
    assert sent(service)[0]["user-agent"] == "course/1"


def test_the_mapping_is_read_once(service):
    own = {"X-Course": "42"}
    with Client(service.url, headers=own) as client:
        own["X-Course"] = "43"
        ask(client)
    assert sent(service)[0]["x-course"] == "42"


@pytest.mark.parametrize("name", ["Accept", "content-type", "X-Request-Id", "Content-Length", "Transfer-Encoding", "Accept-Encoding"])
def test_a_header_that_the_client_sets_cannot_be_set(name):
    with pytest.raises(ConfigurationError, match=rf"^headers must not have {name}: the client sets it\.$"):
        Client("http://host", headers={name: "x"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {SECRET}\n"},
        {"Authorization": f"{SECRET}\r\nX: y"},
        {"Authorization": f" {SECRET}"},
        {"Authorization": f"{SECRET}\u0416"},
        {"Authorization": SECRET.encode()},
        {"Authorization": [SECRET]},
        {"Authorization": None},
        {f"X {SECRET}": "x"},
        {f"X-{SECRET}:": "x"},
        {"": SECRET},
        {SECRET.encode(): "x"},
        [("Authorization", SECRET)],
        SECRET,
    ],
)
def test_headers_that_cannot_be_are_refused_and_not_shown(headers):
    with pytest.raises(ConfigurationError, match="headers") as caught:
        Client("http://host", headers=headers)
    assert SECRET not in str(caught.value)


# A login.


@pytest.mark.usefixtures("slept")
def test_a_login_goes_with_every_call_and_every_retry(service):
    service.plays({"status": 503}, {}, {})
    with Client(service.url, auth=("l\u00e9a", f"{SECRET}\u0416")) as client:
        ask(client)
        ask(client)
    assert [each["authorization"] for each in sent(service)] == [basic("l\u00e9a", f"{SECRET}\u0416")] * 3


def test_a_login_is_before_that_of_the_address(service):
    url = service.url.replace("http://", "http://other:password@")
    with Client(url, auth=("teacher", SECRET)) as client:
        ask(client)
    assert sent(service)[0]["authorization"] == basic("teacher", SECRET)


def test_a_login_may_be_a_function(service):
    def token(prepared):
        prepared.headers["X-Token"] = SECRET
        return prepared

    with Client(service.url, auth=token) as client:
        ask(client)
    assert sent(service)[0]["x-token"] == SECRET


def test_a_login_may_be_an_object_of_requests(service):
    challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
    service.plays({"status": 401, "headers": challenge}, {})
    with Client(service.url, auth=HTTPDigestAuth("teacher", SECRET)) as client:
        assert ask(client).status == "completed"
    assert sent(service)[1]["authorization"].startswith('Digest username="teacher"')


def failing(_):
    raise ValueError(SECRET)


def leaking(_):
    raise requests.ConnectionError(SECRET)


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (failing, r"^The function auth raised ValueError\."),
        (leaking, r"^The function auth raised ConnectionError\."),
        (lambda _: SECRET, r"^The function auth must return the request that it gets\."),
    ],
)
def test_a_login_that_fails_is_told_by_its_kind_alone(service, slept, auth, said):
    with Client(service.url, auth=auth) as client, pytest.raises(ConfigurationError, match=said) as caught:
        ask(client)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert (service.seen, slept) == ([], [])


@pytest.mark.parametrize("auth", [SECRET, ("teacher",), ("teacher", SECRET, 1), ("teacher", None), {"teacher": SECRET}, 7])
def test_what_is_no_login_is_refused_and_not_shown(auth):
    with pytest.raises(ConfigurationError, match=r"^auth must be a pair") as caught:
        Client("http://host", auth=auth)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("reply", [{"status": 401, **HTML}, {"status": 500}, {"broken": "reset"}, {"after": 0.3}, {"body": b"\xff"}])
def test_what_is_secret_is_shown_nowhere(service, caplog, reply):
    caplog.set_level(logging.DEBUG)
    service.plays(reply)
    options = {"headers": {"X-Token": SECRET}, "auth": ("teacher", SECRET), "timeout": 0.1, "max_retries": 1, "deadline": 2}
    with Client(service.url, **options) as client, pytest.raises(StepgradeError) as caught:
        ask(client)
    shown = repr(client) + repr(client.transport) + repr(client.with_options(timeout=1)) + caplog.text
    assert SECRET not in shown + "".join(traceback.format_exception(caught.value))


def test_without_a_login_that_is_asked_for_the_message_says_how_to_give_one(service, client):
    service.plays({"status": 401, **HTML})
    with pytest.raises(ApiError, match=r"^401 Unauthorized: the address asks for a login\. Set auth or headers of the client\."):
        ask(client)


# Other options.


def test_one_call_may_have_longer(service):
    service.plays({"after": 0.3})
    with Client(service.url, timeout=0.05, max_retries=0) as client:
        with pytest.raises(ServiceTimeout, match=r"0\.05 s to read"):
            ask(client)
        assert ask(client.with_options(timeout=5)).status == "completed"
        with pytest.raises(ServiceTimeout, match=r"0\.05 s to read"):
            ask(client)


def test_the_connections_headers_and_login_are_those_of_the_client(service):
    with Client(service.url, headers={"X-Course": "42"}, auth=("teacher", SECRET)) as client:
        other = client.with_options(timeout=5)
        ask(client)
        ask(other)
        assert other.transport._connections is client.transport._connections
    assert [(each["x-course"], each["authorization"]) for each in sent(service)] == [("42", basic("teacher", SECRET))] * 2


def test_what_is_left_out_stays_and_the_deadline_follows_the_time_out():
    client = Client("http://host", timeout=3, max_retries=5, max_answer=7)
    other = client.with_options(timeout=(1, 60)).transport
    assert (other.timeouts, other.max_retries, other.max_answer, other.deadline) == ((1.0, 60.0), 5, 7.0, 61.0)
    assert client.transport.timeouts == (2.0, 3.0)
    assert client.transport.deadline == 20.0
    assert client.with_options(deadline=4).with_options(timeout=60).transport.deadline == 4.0
    assert client.with_options(max_retries=0, max_answer=1).transport.max_retries == 0
    assert client.with_options().transport.deadline == 20.0


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"timeout": "soon"}, {"max_retries": -1}, {"deadline": 0}, {"max_answer": -1}])
def test_a_wrong_option_is_refused(wrong):
    with pytest.raises(ConfigurationError, match=f"^{next(iter(wrong))} must be"):
        Client("http://host").with_options(**wrong)


def test_a_client_that_closes_leaves_the_other_usable(service):
    client = Client(service.url)
    with client.with_options(timeout=5) as other:
        ask(other)
    assert ask(client).status == "completed"
    client.close()


def test_without_a_network_the_options_have_no_effect(canned, step_body):
    client, transport = canned(step_body)
    other = client.with_options(timeout=5)
    assert ask(other).status == "completed"
    assert other.transport is transport


def test_a_subclass_stays_one():
    class Own(Client):
        pass

    assert type(Own("http://host").with_options(timeout=1)) is Own
    assert copy.copy(Own("http://host")).transport.base_url == "http://host"


# A proxy.


@pytest.fixture
def proxied(service, monkeypatch):
    """A client of an address that a proxy stands before: the scripted service."""
    monkeypatch.setenv("http_proxy", service.url.replace("http://", f"http://user:{SECRET}@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Client("http://stepgrade.example/x", max_retries=0, deadline=2) as client:
        yield client


OUT = r"The environment sets this proxy\. To connect without it, add stepgrade\.example to the variable NO_PROXY\."


def test_a_proxy_that_refuses_is_named_with_the_way_out(service, proxied):
    service.plays({"status": 407, **HTML})
    refused = rf"^The proxy {service.url} refused the request: 407 Proxy Authentication Required\. {OUT}"
    with pytest.raises(UnexpectedAnswer, match=refused) as caught:
        ask(proxied)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [403, 502, 503, 504])
def test_an_answer_that_may_be_a_proxy_s_names_it(service, proxied, status):
    service.plays({"status": status, **HTML})
    with pytest.raises(ApiError, match=rf"It is from the proxy {service.url}, or base_url is not Stepgrade's address\. {OUT}"):
        ask(proxied)


def test_so_does_a_page_in_the_place_of_an_answer(service, proxied):
    service.plays(HTML)
    with pytest.raises(UnexpectedAnswer, match=rf"through the proxy {service.url}\. {OUT}"):
        ask(proxied)


def test_a_problem_of_the_service_behind_it_does_not(service, proxied):
    service.plays({"status": 503, "body": {"title": "Overloaded", "detail": "the service is shutting down"}})
    with pytest.raises(ApiError, match=r"^the service is shutting down \(request \w+\)$"):
        ask(proxied)


def test_a_proxy_that_is_not_there_is_named(proxied, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://user:{SECRET}@127.0.0.1:9")
    through = rf"^Cannot reach http://stepgrade\.example/x through the proxy http://127\.0\.0\.1:9 \(1 try\): .*refused\. {OUT}"
    with pytest.raises(ServiceUnreachable, match=through):
        ask(proxied)


def test_a_proxy_that_opens_no_tunnel_is_named(service, proxied, monkeypatch):
    monkeypatch.setenv("https_proxy", service.url)
    with (
        Client("https://stepgrade.example", max_retries=0, deadline=2) as client,
        pytest.raises(ServiceUnreachable, match=rf"through the proxy {service.url} \(1 try\): Tunnel connection failed: 501 .* {OUT}"),
    ):
        ask(client)


def test_a_time_out_behind_a_proxy_names_it(service, proxied):
    service.plays({"after": 0.3})
    with pytest.raises(ServiceTimeout, match=rf"The request goes through the proxy {service.url}\. {OUT}"):
        ask(proxied.with_options(timeout=0.05))


def test_no_proxy_is_the_way_out(service, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    service.plays({}, {"status": 502, **HTML})
    with Client(service.url, max_retries=0) as client:
        assert ask(client).status == "completed"
        with pytest.raises(ApiError, match=r"It is from a proxy, or base_url is not Stepgrade's address\."):
            ask(client)


def test_an_answer_can_still_be_made_without_an_address(canned):
    client, _ = canned({"error": "foreign"}, 407)
    with pytest.raises(UnexpectedAnswer, match=r"^407 Proxy Authentication Required with application/json") as caught:
        client.health()
    assert "NO_PROXY" not in str(caught.value)
    traceback.print_exception(caught.value, file=io.StringIO())


@pytest.mark.parametrize("named", [True, False])
def test_an_api_key_goes_with_every_call_beside_a_login(service, monkeypatch, named):
    monkeypatch.setenv("STEPGRADE_API_KEY", "of-the-environment" if named else SECRET)
    service.plays({}, {})
    with Client(service.url, api_key=SECRET if named else None, auth=("teacher", "other")) as client:
        client.health()
        client.ready()
    assert [(each["x-api-key"], each["authorization"]) for each in sent(service)] == [(SECRET, basic("teacher", "other"))] * 2
    assert SECRET not in repr(client) + repr(client.transport)


def test_a_header_of_the_caller_comes_before_the_key_of_the_environment(service, monkeypatch):
    monkeypatch.setenv("STEPGRADE_API_KEY", "other")
    service.plays({})
    with Client(service.url, headers={"x-api-key": SECRET}) as client:
        client.health()
    assert sent(service)[0]["x-api-key"] == SECRET


@pytest.mark.parametrize("key", [f"{SECRET} {SECRET}", f"{SECRET}\n", f"{SECRET}\u00e9", SECRET.encode(), ""])
def test_a_key_that_cannot_be_is_refused_and_not_shown(key):
    with pytest.raises(ConfigurationError, match=r"^api_key must be a key .* replaces the variable STEPGRADE_API_KEY\.$") as caught:
        Client("http://host", api_key=key)
    assert SECRET not in str(caught.value)
