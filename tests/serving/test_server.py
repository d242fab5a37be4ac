"""The server's options."""

from stepgrade_service.serving import server
from stepgrade_service.web.settings import Settings


def test_the_server_s_options_follow_from_the_settings(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "directory_of", lambda *_: tmp_path)
    (tmp_path / "metrics-1").touch()
    made = server.server_of("a:b", Settings(kill_timeout=7, drain_seconds=1.5, max_connections=300), "127.0.0.1")
    assert made.workers_kill_timeout == 9, "what is under way has its time after the draining"
    assert made.backpressure == 300
    assert made.http1_settings.header_read_timeout == 30_000
    assert list(tmp_path.iterdir()) == [], "a server that was here before has left no numbers"
