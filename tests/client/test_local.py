"""The in-process transport, on WSGI applications made for it."""

import json

import pytest

from stepgrade import Client, ConfigurationError, NotFound, WsgiTransport
from stepgrade.transports import wsgi


class App:
    """A WSGI application that answers every request alike, in parts, and keeps what it was asked."""

    def __init__(self, body, status="200 OK"):
        self.parts, self.status, self.closed = [json.dumps(body).encode()[:5], json.dumps(body).encode()[5:]], status, False

    def __call__(self, environ, start_response):
        self.environ, self.body = environ, environ["wsgi.input"].read()
        environ["wsgi.errors"].write("never seen")
        write = start_response(self.status, [("Content-Type", "application/json"), ("X-Request-Id", "theirs")])
        write(self.parts[0])
        return self

    def __iter__(self):
        return iter(self.parts[1:])

    def close(self):
        self.closed = True


def local(app):
    return Client(transport=WsgiTransport(app))


@pytest.fixture
def unshared(monkeypatch):
    """A process that has not made its application yet."""
    monkeypatch.setattr(wsgi, "_shared", [])


def test_a_step_in_this_process_is_a_step(step_body):
    app = App(step_body)
    step = local(app).step("adam", [1.0, 2.0], [0.5, -4.0])
    assert (step.params.tolist(), step.request_id, app.closed) == ([0.9, 2.1], "theirs", True)


def test_the_application_sees_what_a_server_would_show_it(step_body):
    app = App(step_body)
    local(app).request("POST", "/objectives/a%2Fb", {"a": 1}, query={"theme": "dark"})
    seen = {key: app.environ[key] for key in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH")}
    assert list(seen.values()) == ["POST", "/objectives/a/b", "theme=dark", "application/json", "7"]
    assert app.body == b'{"a":1}'
    assert app.environ["HTTP_ACCEPT"] == "application/json"


def test_a_problem_in_this_process_is_the_same_error():
    with pytest.raises(NotFound, match=r"^no such optimizer \(request theirs\)$"):
        local(App({"title": "Not found", "detail": "no such optimizer"}, "404 NOT FOUND")).optimizer("adem")


def test_offline_does_not_matter_in_this_process(monkeypatch, step_body):
    monkeypatch.setenv("STEPGRADE_OFFLINE", "1")
    assert local(App(step_body)).step("adam", [1.0, 2.0], [0.5, -4.0]).status == "completed"


def test_what_the_application_says_on_its_error_stream_stays_inside(capfd, step_body):
    local(App(step_body)).step("adam", [1.0, 2.0], [0.5, -4.0])
    assert capfd.readouterr() == ("", "")


def test_without_the_service_local_says_what_to_install(monkeypatch):
    monkeypatch.setattr(wsgi, "FACTORY", ("no_such_service.web", "create_app"))
    with pytest.raises(ConfigurationError, match="install the folder `service` of the project"):
        Client.local()


@pytest.mark.usefixtures("unshared")
def test_a_service_that_cannot_be_imported_says_why(monkeypatch):
    monkeypatch.setattr(wsgi, "FACTORY", ("json.no_such_module", "create_app"))
    with pytest.raises(ConfigurationError, match=r"cannot be imported: No module named 'json\.no_such_module'"):
        Client.local().health()


@pytest.mark.usefixtures("unshared")
def test_the_application_is_made_once_and_only_when_asked(monkeypatch, tmp_path):
    (tmp_path / "made_once.py").write_text("made = []\ndef create_app():\n    made.append(1)\n    return make()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(wsgi, "FACTORY", ("made_once", "create_app"))
    one, two = Client.local(), Client.local()
    import made_once

    made_once.make = lambda: App({"status": "ok"})
    assert made_once.made == []
    assert (one.health(), two.health(), one.health()) == ({"status": "ok"},) * 3
    assert made_once.made == [1]
