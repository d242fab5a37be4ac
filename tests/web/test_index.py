"""GET /, /healthz and /readyz."""

from stepgrade_service.engine import VERSION
from stepgrade_service.web import create_app, index
from stepgrade_service.web.settings import Settings


def test_the_index_links_to_what_there_is(client):
    page = client.get("/").json
    assert (page["name"], page["engine"]) == ("Stepgrade", VERSION)
    posts = {"step", "trajectory", "compare", "map", "contours", "convert", "check", "probe", "audit"}
    assert posts <= set(page["links"])
    for name, path in page["links"].items():
        assert client.options(path).status_code == 200
        if name not in posts:
            assert client.get(path).status_code == 200


def test_the_index_says_what_a_request_may_cost(client):
    limits = {"body_bytes": 8 * 1024 * 1024, "work": 5e8, "answer_numbers": 1e6, "memory_bytes": 480 * 1024 * 1024}
    assert client.get("/").json["limits"] == limits


def test_the_service_is_alive_and_ready(client):
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "engine": VERSION}
    assert client.get("/readyz", headers={"Accept": "text/plain"}).status_code == 200, "a probe may accept what it likes"


def test_the_known_step_is_taken_once(monkeypatch):
    client, taken = create_app(Settings()).test_client(), []
    monkeypatch.setattr(index, "is_ready", lambda: taken.append(1) or True)
    assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert len(taken) == 1
