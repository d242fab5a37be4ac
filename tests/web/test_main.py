"""`python -m stepgrade_service`: the commands, and a server that starts, answers and ends."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.running import free_port

from stepgrade_service.__main__ import main
from stepgrade_service.serving import server as serving
from stepgrade_service.serving.supervisor import Supervisor
from stepgrade_service.web.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BODY = json.dumps({"optimizer": "adam", "params": [1.0, 2.0], "gradient": [0.1, -4.0]})

#: A worker that hangs is killed after its own time; a test that waited for less would fail before the server has done what it promises.
MOST_SECONDS = 30 + Settings().drain_seconds + Settings().kill_timeout


def command(python, **variables):
    others = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_SERVER_")}
    ours = {f"STEPGRADE_SERVER_{name}": str(value) for name, value in variables.items()}
    return {"args": [sys.executable, *python], "env": {**others, **ours}, "cwd": ROOT, "text": True}


def run(*arguments, **variables):
    return subprocess.run(**command(("-m", "stepgrade_service", *arguments), **variables), capture_output=True, timeout=60)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def refused(monkeypatch, capsys, port):
    """`refused(**variables)`: the exit code of a server that does not start, and its one line."""

    def start(**variables):
        for name, value in {"PORT": str(port), **variables}.items():
            monkeypatch.setenv(f"STEPGRADE_SERVER_{name}", value)
        code = serving.run()
        [line] = capsys.readouterr().err.splitlines()
        return code, line

    return start


class Server:
    """A server on a port of its own, and what it writes."""

    def __init__(self, port, directory, python=("-m", "stepgrade_service", "serve"), **variables):
        self.port, self.out, self.err = port, directory / "out", directory / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            started = command(python, PORT=port, **variables)
            self.process = subprocess.Popen(**started, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)

    def wait_until_ready(self):
        for _ in range(600):
            assert self.process.poll() is None, self.err.read_text()
            with contextlib.suppress(OSError):
                if get(self.port, "/readyz")[0] == 200:
                    return
            time.sleep(0.1)
        pytest.fail(f"not ready: {self.err.read_text()}")

    def end(self, how):
        """Send a signal to the server alone, as `kill` does, and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(MOST_SECONDS)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def serve(port, tmp_path):
    """`serve(**variables)`: a server that answers; whatever is left of it is killed at the end."""
    servers = []

    def start(**variables):
        servers.append(Server(port, tmp_path, **variables))
        servers[-1].wait_until_ready()
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def get(port, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_openapi_prints_the_document_and_check_holds_a_file_to_the_code(tmp_path, capsys):
    assert main(["openapi"]) == 0
    made, other = capsys.readouterr().out, tmp_path / "openapi.yaml"
    assert made == (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    other.write_text(made.replace("Stepgrade", "Stepgrad"), encoding="utf-8")
    assert main(["openapi", "--check", str(other)]) == 1
    assert capsys.readouterr().err == f"{other} does not match the code; run `make openapi` to write it\n"
    assert main(["openapi", "--check", str(tmp_path / "missing.yaml")]) == 1


def test_openapi_check_is_a_command_at_the_root():
    done = run("openapi", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_command_must_be_named(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_an_unknown_variable_is_an_error_at_start_that_names_it(port):
    done = run("serve", PORT=port, PROT=1, WORKERS="many")
    assert done.returncode == 2
    assert done.stdout == ""
    unknown, wrong = sorted(done.stderr.splitlines(), key=lambda line: "WORKERS:" in line)
    assert "'STEPGRADE_SERVER_PROT'; did you mean STEPGRADE_SERVER_PORT" in unknown
    assert wrong.startswith("STEPGRADE_SERVER_WORKERS: ")


def test_a_busy_port_is_told_in_a_line(port, refused):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        code, line = refused()
    assert code == 1
    assert f"127.0.0.1:{port}" in line
    assert "STEPGRADE_SERVER_PORT" in line


@pytest.mark.parametrize(("host", "written"), [("localhost", "127.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]")])
def test_a_host_may_be_a_name_or_an_ipv6_address(port, refused, host, written):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as other:
        other.bind((written.strip("[]"), port))
        other.listen()
        code, line = refused(HOST=host)
    assert code == 1
    assert line.startswith(f"cannot listen on {written}:{port}: ")


@pytest.mark.parametrize(("host", "code"), [("", 2), ("no-such-host.invalid", 1), ("fe80::1%lo", 1), ("a b", 1), ("x" * 300, 1)])
def test_any_other_host_is_refused_with_what_is_expected(refused, host, code):
    told, line = refused(HOST=host)
    assert told == code
    assert line.startswith("STEPGRADE_SERVER_HOST: ")
    assert "127.0.0.1" in line


def test_a_server_answers_and_ends_on_sigterm(serve, port):
    server = serve(ACCESS_LOG="true")
    status, body = get(port, "/step", "POST", BODY, Content_Type="application/json", X_Request_Id="lesson-7")
    assert (status, json.loads(body)["status"]) == (200, "completed")
    assert get(port, "/step", "POST", b" " * (8 * 1024 * 1024 + 1), Content_Type="application/json")[0] == 413
    assert get(port, "/step", "POST", b"a=b" * 1_000_000, Content_Type="text/plain")[0] == 415
    assert server.end(signal.SIGTERM) == 0
    told = f"Stepgrade on http://127.0.0.1:{port} (docs: /docs/, Ctrl-C ends it)\nOnly this computer can reach it. For a class: "
    assert server.out.read_text().startswith(f"{told}STEPGRADE_SERVER_HOST=0.0.0.0 (docs/deploy.md)\n")
    assert "docs/deploy.md" in server.out.read_text()
    lines = [json.loads(line) for line in server.err.read_text().splitlines()]
    assert "lesson-7" in {line["request_id"] for line in lines}
    assert [line["status"] for line in lines[-3:]] == [200, 413, 415]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_a_server_of_this_computer_says_how_a_class_reaches_it(address):
    assert serving.reach_of(address) == "Only this computer can reach it. For a class: STEPGRADE_SERVER_HOST=0.0.0.0 (docs/deploy.md)"


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.0.7"])
def test_a_server_of_a_network_says_what_it_is_enough_for(address):
    assert serving.reach_of(address).startswith("This is enough for a class on one network.")


def test_a_server_ends_on_ctrl_c_and_says_nothing(serve):
    server = serve()
    assert server.end(signal.SIGINT) == 0
    assert server.err.read_text() == ""


def test_a_server_says_at_its_start_that_it_has_no_redis(serve):
    """What goes wrong while the application is made is logged too, and not only what goes wrong later."""
    server = serve(BUDGET="6e9", REDIS_URL="redis://127.0.0.1:1/0")
    assert "WARNING Redis does not answer (ConnectionError: " in server.err.read_text()


def test_a_worker_that_has_ended_is_not_told_to_have_refused(port, tmp_path):
    """The system tells one thread of an end, here not the main one, and that thread may be slow to tell the others."""
    slowly = """
import os, time
from threading import current_thread, main_thread
wait = os.waitpid

def wait_slowly(pid, flags):
    if current_thread() is main_thread():
        time.sleep(0.1)
        return wait(pid, flags)
    told = wait(pid, flags)
    time.sleep(0.5)
    return told

os.waitpid = wait_slowly
from stepgrade_service.serving.server import run
raise SystemExit(run())
"""
    server = Server(port, tmp_path, python=("-c", slowly))
    try:
        server.wait_until_ready()
        assert server.end(signal.SIGINT) == 0
        assert "refused" not in server.out.read_text() + server.err.read_text()
    finally:
        server.kill()


def test_a_server_whose_workers_are_told_of_ctrl_c_too_ends_without_a_word(serve):
    """A terminal sends the signal to every process in it."""
    server = serve()
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(MOST_SECONDS) == 0
    assert server.err.read_text() == ""


def test_a_worker_that_ends_as_the_server_does_is_not_a_failure(tmp_path):
    supervisor, worker = Supervisor("a:b", directory=tmp_path), SimpleNamespace(interrupt_by_parent=False)
    supervisor.wrks = [worker]
    supervisor.signal_handler_interrupt()
    assert worker.interrupt_by_parent
    assert supervisor.interrupt_signal
