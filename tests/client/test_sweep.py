"""Many calls: completeness, order, errors, the journal, the bar, and what is held in memory."""

import gc
import io
import json
import os
import pty
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import Answer, Client, ConfigurationError, InvalidArgument, InvalidRequest, ServiceUnreachable, Sweep, grid
from stepgrade.sweeps import bar


class Echo:
    """A transport that answers a step whose params are those posted; those of `refused` are refused, for those of `lost` none comes."""

    def __init__(self, body, *, refused=(), lost=(), pause=None):
        self.body, self.refused, self.lost, self.pause = body, refused, lost, pause
        self.asked, self.now, self.most, self.lock = [], 0, 0, threading.Lock()

    def send(self, request):
        params = json.loads(request.body)["params"]
        with self.lock:
            self.asked.append(params)
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.001 if self.pause is None else self.pause(params))
        with self.lock:
            self.now -= 1
        if params in self.lost:
            raise ServiceUnreachable("cannot reach it")
        problem = {"title": "Unprocessable", "detail": "no such params"}
        status, answer = (422, problem) if params in self.refused else (200, self.body | {"params": params, "update": params})
        headers = CaseInsensitiveDict({"Content-Type": "application/json", "X-Request-Id": f"of {params}"})
        return Answer(status, headers, json.dumps(answer, indent=1).encode())

    def close(self):
        """Nothing is open."""


@pytest.fixture
def echo(step_body):
    """Make a client that echoes params, and its transport."""

    def make(**how):
        transport = Echo(step_body, **how)
        return Client(transport=transport), transport

    return make


def calls(count):
    return [{"optimizer": "adam", "params": k / 7, "gradient": 1.0} for k in range(count)]


def params_of(swept):
    return [float(each.result.params) for each in swept]


def test_every_call_comes_back_once_with_its_own_result(echo):
    client, transport = echo()
    swept = list(client.sweep(calls(50), "step"))
    assert sorted(each.index for each in swept) == list(range(50))
    assert all(float(each.result.params) == each.request["params"] == each.index / 7 for each in swept)
    assert len(transport.asked) == 50


def test_results_come_as_they_are_done(echo):
    client, _ = echo(pause=lambda params: 0.5 if params == 0 else 0.001)
    sweep = client.sweep(calls(6), "step", workers=2)
    assert [next(sweep).index for _ in range(3)] != [0, 1, 2]
    assert 0 in [each.index for each in sweep]


def test_results_can_be_had_in_the_order_of_the_calls(echo):
    client, _ = echo(pause=lambda params: 0.03 if params == 0 else 0.001)
    assert params_of(client.sweep(calls(9), "step").in_order()) == [k / 7 for k in range(9)]


def test_an_error_ends_no_sweep_and_is_not_lost(echo):
    client, _ = echo(refused=[1 / 7], lost=[2 / 7])
    broken = [*calls(5), {"optimiser": "adam"}, "no mapping", {"optimizer": "adam", "params": np.nan, "gradient": 1.0}]
    sweep = client.sweep(broken, "step")
    swept = sweep.in_order()
    kinds = [type(each.error) for each in swept]
    assert kinds[:5] == [type(None), InvalidRequest, ServiceUnreachable, type(None), type(None)]
    assert kinds[5:] == [InvalidArgument] * 3
    assert swept[5].error.message == "unknown name optimiser; did you mean optimizer?"
    assert swept[6].error.message == "a call must be a mapping of arguments, not str"
    assert sorted(each.index for each in sweep.errors) == [1, 2, 5, 6, 7]
    assert all((each.result is None) == (each.error is not None) for each in swept)
    assert repr(swept[1]).startswith("Swept(1, InvalidRequest(")


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_is_asked_at_once_than_there_are_workers(echo, workers):
    client, transport = echo()
    list(client.sweep(calls(20), "step", workers=workers))
    assert transport.most <= workers


def test_of_an_endless_iterable_only_a_few_are_taken(echo):
    client, _ = echo()
    taken = []

    def endless():
        while True:
            taken.append(len(taken))
            yield {"optimizer": "adam", "params": len(taken), "gradient": 1.0}

    with client.sweep(endless(), "step", workers=3) as sweep:
        for count, _ in enumerate(sweep, 1):
            assert len(taken) <= count + 6
            if count == 40:
                break
    assert (sweep.total, sweep.done, list(sweep)) == (None, 40, [])


def test_a_sweep_may_be_left_and_gone_on_with(echo):
    client, transport = echo()
    sweep = client.sweep(calls(10), "step")
    for _ in sweep:
        break
    assert len(list(sweep)) == 9
    assert len(transport.asked) == 10


def test_a_call_that_is_changed_after_it_was_taken_is_asked_as_it_was(echo):
    client, _ = echo()

    def reusing():
        call = {"optimizer": "adam", "gradient": 1.0}
        for k in range(8):
            call["params"] = float(k)
            yield call

    assert params_of(client.sweep(reusing(), "step", workers=2).in_order()) == list(range(8))


def test_nothing_is_sent_before_the_first_is_asked_for(echo):
    client, transport = echo()
    client.sweep(calls(3), "step").close()
    assert transport.asked == []


def test_an_error_of_the_iterable_is_the_callers_own(echo):
    client, _ = echo()

    def failing():
        yield calls(1)[0]
        raise LookupError("no more files")

    with pytest.raises(LookupError, match="no more files"):
        list(client.sweep(failing(), "step"))


@pytest.mark.parametrize(("wrong", "said"), [({"workers": 0}, "workers must be"), ({"method": "close"}, "method must be one of step, ")])
def test_what_no_sweep_can_be_made_of_is_refused(echo, wrong, said):
    with pytest.raises(InvalidArgument, match=said):
        echo()[0].sweep([], **wrong)


def test_a_sweep_may_be_of_any_method(canned, comparison_body):
    (swept,) = Sweep(canned(comparison_body)[0], [{"objective": "quadratic", "optimizers": ["sgd", "adam"]}], "compare")
    assert swept.result["gd", "A"].steps == 200


# The journal.


def test_a_second_sweep_with_the_same_journal_asks_for_nothing(echo, tmp_path):
    journal = tmp_path / "steps.sqlite"
    client, first = echo()
    before = client.sweep(calls(8), "step", journal=journal).in_order()
    client, second = echo()
    after = client.sweep(calls(8), "step", journal=str(journal)).in_order()
    assert (len(first.asked), second.asked) == (8, [])
    assert params_of(after) == params_of(before)
    assert [each.result.raw for each in after] == [each.result.raw for each in before]
    assert [each.result.request_id for each in after] == [f"of {k / 7}" for k in range(8)]


def test_a_longer_sweep_asks_for_the_rest(echo, tmp_path):
    client, _ = echo()
    list(client.sweep(calls(5), "step", journal=tmp_path / "journal"))
    client, transport = echo()
    assert len(list(client.sweep(calls(9), "step", journal=tmp_path / "journal"))) == 9
    assert sorted(transport.asked) == [k / 7 for k in range(5, 9)]


def test_the_same_call_twice_is_asked_once_where_there_is_a_journal(echo, tmp_path):
    client, transport = echo()
    assert len(list(client.sweep(calls(1) * 5, "step", workers=1, journal=tmp_path / "journal"))) == 5
    assert len(transport.asked) == 1


def test_errors_are_asked_again(echo, tmp_path):
    client, _ = echo(refused=[0.0], lost=[1 / 7])
    list(client.sweep(calls(3), "step", journal=tmp_path / "journal"))
    client, transport = echo()
    sweep = client.sweep(calls(3), "step", journal=tmp_path / "journal")
    assert params_of(sweep.in_order()) == [0.0, 1 / 7, 2 / 7]
    assert (sorted(transport.asked), sweep.errors) == ([0.0, 1 / 7], [])


def rows(journal, columns="*"):
    with closing(sqlite3.connect(journal)) as file:
        return file.execute(f"SELECT {columns} FROM answers").fetchall()  # noqa: S608


def change(journal, what):
    with closing(sqlite3.connect(journal)) as file, file:
        file.execute(what)


def test_a_journal_is_a_table_of_requests_and_answers(echo, tmp_path):
    client, _ = echo()
    list(client.sweep(calls(3), "step", journal=tmp_path / "journal"))
    kept = rows(tmp_path / "journal", "path, json_extract(request, '$.params'), json_extract(answer, '$.params'), request_id")
    assert sorted(kept) == [("/step", k / 7, k / 7, f"of {k / 7}") for k in range(3)]


def test_of_a_sweep_that_is_over_one_file_is_left(echo, tmp_path):
    list(echo()[0].sweep(calls(3), "step", journal=tmp_path / "journal"))
    gc.collect()
    assert [file.name for file in tmp_path.iterdir()] == ["journal"]


HALF_WRITTEN = """
import os, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.executescript(f"PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; {sys.argv[2]};")
file.executemany("INSERT INTO answers VALUES (?, '/step', '', '', ?)", ((bytes([k]), "{" * 5000) for k in range(100)))
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("there", [0, 3])
def test_what_a_kill_left_half_written_is_taken_back(echo, tmp_path, there):
    journal = tmp_path / "journal"
    if there:
        list(echo()[0].sweep(calls(there), "step", journal=journal))
        gc.collect()
    make = "" if there else "CREATE TABLE answers (key BLOB PRIMARY KEY, path TEXT, request TEXT, request_id TEXT, answer TEXT)"
    subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(journal), make], check=False)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) > 500_000
    client, transport = echo()
    assert params_of(client.sweep(calls(5), "step", journal=journal).in_order()) == [k / 7 for k in range(5)]
    assert (len(transport.asked), len(rows(journal))) == (5 - there, 5)


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_file_of_which_a_part_was_copied_is_damaged(echo, tmp_path, left):
    journal = tmp_path / "journal"
    client, transport = echo()
    list(client.sweep(calls(40), "step", journal=journal))
    gc.collect()
    os.truncate(journal, int(left * journal.stat().st_size))
    with pytest.raises(ConfigurationError, match=r"cannot be used: The file is damaged\. Delete it, or name a new one\."):
        client.sweep(calls(40), "step", journal=journal)
    assert len(transport.asked) == 40


@pytest.mark.parametrize("content", [b"lr,steps\n0.1,28\n", b'{"cells": []}', b"{\n  1", b"\n", bytes(9000)])
def test_a_file_that_is_no_journal_is_left_alone(echo, tmp_path, content):
    (tmp_path / "results.csv").write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not the journal of a sweep"):
        echo()[0].sweep(calls(1), "step", journal=tmp_path / "results.csv")
    assert (tmp_path / "results.csv").read_bytes() == content


def test_another_programs_database_is_left_alone_and_free(echo, tmp_path):
    with closing(sqlite3.connect(tmp_path / "other")) as file, file:
        file.execute("CREATE TABLE answers (lr REAL)")
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(ConfigurationError, match="is not the journal of a sweep") as raised:
        echo()[0].sweep(calls(1), "step", journal=tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == before
    change(tmp_path / "other", "INSERT INTO answers VALUES (0.1)")
    assert raised.value.__traceback__ is not None, "as long as the error is kept, as a notebook does"


def test_a_journal_of_the_old_format_is_named_as_one(echo, tmp_path):
    (tmp_path / "journal").write_text('{"stepgrade_journal":1,"key":"00","size":2,"answer":{}}\n')
    with pytest.raises(ConfigurationError, match="is the journal of an older Stepgrade, which this one cannot read"):
        echo()[0].sweep(calls(1), "step", journal=tmp_path / "journal")


@pytest.mark.parametrize("where", ["nowhere/journal", ""])
def test_a_journal_that_cannot_be_written_says_so_before_anything_is_sent(echo, tmp_path, where):
    client, transport = echo()
    with pytest.raises(ConfigurationError, match="cannot be used: No file can be written there"):
        client.sweep(calls(1), "step", journal=tmp_path / where)
    assert transport.asked == []


def test_a_full_disk_costs_no_answer_and_ends_the_sweep(echo, tmp_path):
    client, _ = echo()
    sweep = client.sweep(calls(30), "step", workers=1, journal=tmp_path / "journal")
    sweep._journal._file.execute("PRAGMA max_page_count = 4")
    with pytest.raises(ConfigurationError, match=r"cannot be used: No space left on device\."):
        list(sweep)
    kept = rows(tmp_path / "journal")
    assert 0 < len(kept) <= sweep.done < 30
    assert sweep.errors == []
    client, transport = echo()
    assert len(list(client.sweep(calls(30), "step", journal=tmp_path / "journal"))) == 30
    assert len(transport.asked) == 30 - len(kept)


@pytest.mark.parametrize("body", [{"hello": "world"}, [], "log in"])
def test_what_another_service_says_is_not_kept(canned, tmp_path, body):
    sweep = canned(body)[0].sweep(calls(2), "step", journal=tmp_path / "journal")
    list(sweep)
    assert (len(sweep.errors), rows(tmp_path / "journal")) == (2, [])


@pytest.mark.parametrize(
    "damage",
    [
        "request_id = NULL",
        "answer = x'ff' || answer",
        "answer = CAST(x'ff' AS TEXT)",
        "answer = CAST(answer AS BLOB)",
        "answer = substr(answer, 1, 100)",
        "answer = replace(answer, 'engine', 'engint')",
        "answer = 7",
        "answer = ''",
        "key = x''",
    ],
)
def test_a_row_that_somebody_changed_is_asked_again(echo, tmp_path, damage):
    journal = tmp_path / "journal"
    list(echo()[0].sweep(calls(3), "step", workers=1, journal=journal))
    change(journal, f"UPDATE answers SET {damage} WHERE request LIKE '%{1 / 7}%'")  # noqa: S608
    for asked in (1, 0):
        client, transport = echo()
        assert params_of(client.sweep(calls(3), "step", journal=journal).in_order()) == [0.0, 1 / 7, 2 / 7]
        assert len(transport.asked) == asked


def test_a_result_of_a_journal_fetches_its_picture_and_does_not_keep_it(service, client, trajectory_body, tmp_path):
    call = {"optimizer": "adam", "objective": "quadratic"}
    service.plays({"body": trajectory_body}, {"body": b"\x89PNG"})
    list(client.sweep([call], journal=tmp_path / "journal"))
    kept = rows(tmp_path / "journal")
    (swept,) = client.sweep([call], journal=tmp_path / "journal")
    assert (swept.result.picture(), len(service.seen)) == (b"\x89PNG", 2)
    assert rows(tmp_path / "journal") == kept


KILLED = """
import os, sys
from stepgrade import Client, grid
client = Client(sys.argv[1])
for count, _ in enumerate(client.sweep(grid({"optimizer": "adam", "gradient": 1.0}, params=range(20)), "step", journal=sys.argv[2]), 1):
    if count == 7:
        os.kill(os.getpid(), 9)
"""


def test_a_sweep_that_was_killed_goes_on_where_it_was(service, client, tmp_path):
    run = subprocess.run([sys.executable, "-c", KILLED, service.url, str(tmp_path / "journal")], check=False)
    assert run.returncode == -9
    asked = len(service.seen)
    sweep = client.sweep(grid({"optimizer": "adam", "gradient": 1.0}, params=range(20)), "step", journal=tmp_path / "journal")
    assert len(list(sweep)) == 20
    assert 7 <= asked <= 15
    assert len(service.seen) <= 20 + 8  # those under way when it was killed are asked for again


TOGETHER = """
import sys
from stepgrade import Client
calls = [{"optimizer": "adam", "params": [1.0, 2.0], "gradient": [k, 1.0]} for k in range(60)]
sweep = Client(sys.argv[1]).sweep(calls, "step", journal=sys.argv[2])
print(len(list(sweep)), sweep.errors)
"""


def test_several_processes_may_share_a_journal(service, step_body, tmp_path):
    service.plays({"body": step_body})
    command = [sys.executable, "-c", TOGETHER, service.url, str(tmp_path / "journal")]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [run.communicate(timeout=60) for run in runs] == [("60 []\n", "")] * 4
    assert len(rows(tmp_path / "journal")) == 60
    asked = len(service.seen)
    run = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    assert (run.stdout, run.stderr, len(service.seen)) == ("60 []\n", "", asked)


INTERRUPTED = """
import os, signal, sys, threading
from stepgrade import Client, grid
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process in the background is without
sweep = Client(sys.argv[1]).sweep(grid({"optimizer": "adam", "gradient": 1.0}, params=range(1000)), "step", journal=sys.argv[2])
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    for _ in sweep:
        pass
except KeyboardInterrupt:
    assert list(sweep) == []
    sys.exit(3)
"""


def test_ctrl_c_ends_a_sweep_and_keeps_what_was_under_way(service, tmp_path):
    service.plays({"after": 0.05})
    command = [sys.executable, "-c", INTERRUPTED, service.url, str(tmp_path / "journal")]
    run = subprocess.run(command, capture_output=True, timeout=20, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (3, b"", b"")
    kept = rows(tmp_path / "journal", "answer")
    assert len(kept) == len(service.seen) < 1000
    assert all(json.loads(answer)["status"] == "completed" for (answer,) in kept)


# The bar.


@pytest.mark.parametrize("progress", [True, False])
def test_where_stderr_is_no_terminal_a_sweep_says_nothing(echo, capfd, recwarn, progress):
    client, _ = echo(refused=[0.0])
    list(client.sweep(calls(5), "step", progress=progress))
    assert capfd.readouterr() == ("", "")
    assert recwarn.list == []


@pytest.mark.parametrize("stream", [None, io.StringIO("closed")])
def test_without_a_stderr_a_sweep_goes_on(echo, monkeypatch, stream):
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert len(list(echo()[0].sweep(calls(3), "step"))) == 3


class Terminal(io.StringIO):
    """A stderr that is a terminal, as far as anyone can tell."""

    def isatty(self):
        return True


def test_on_a_terminal_a_bar_grows_on_one_line(echo, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(bar, "PAUSE", 0.0)
    client, _ = echo(refused=[0.0])
    list(client.sweep(calls(4), "step", workers=1))
    said = sys.stderr.getvalue()
    drawn = [part.rstrip() for part in said.split("\r")[1:]]
    assert said.endswith("\n")
    assert said.count("\n") == 1
    assert drawn[0].startswith("[######------------------] 1/4, 1 error, ")
    assert drawn[-1].startswith("[########################] 4/4, 1 error, ")


def test_a_bar_that_is_not_wanted_is_not_drawn(echo, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    list(echo()[0].sweep(calls(4), "step", progress=False))
    assert sys.stderr.getvalue() == ""


def test_a_bar_without_an_end_counts(echo, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    list(echo()[0].sweep(iter(calls(4)), "step"))
    assert "4 done, 0:" in sys.stderr.getvalue()


def test_a_bar_on_a_real_terminal_is_as_narrow_as_that(service):
    code = "import sys; from stepgrade import *; "
    code += "list(Client(sys.argv[1]).sweep(grid({'optimizer': 'adam', 'gradient': 1.0}, params=range(3)), 'step'))"
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "30"}
    run = subprocess.run([sys.executable, "-c", code, service.url], stdout=subprocess.PIPE, stderr=follower, env=environment, check=False)
    os.close(follower)
    said = os.read(leader, 10000).decode()
    os.close(leader)
    assert (run.returncode, run.stdout) == (0, b"")
    assert all(len(part) <= 29 for part in said.replace("\n", "").split("\r"))
    assert "[########################] 3/3"[:29] in said


def test_how_long_it_takes_is_told_in_hours_minutes_and_seconds():
    assert bar.line(1, 4, 0, 2.0) == "[######------------------] 1/4, 0:06 left"
    assert bar.line(1, 1001, 2, 5.0) == "[------------------------] 1/1001, 2 errors, 1:23:20 left"
    assert bar.line(0, 0, 0, 61.0) == "0 done, 1:01"


class Tqdm:
    """A stand-in of tqdm's bar that writes down what it is asked."""

    made: ClassVar = []

    def __init__(self, total, unit):  # noqa: ARG002
        self.total, self.n, self.postfix, self.closed = total, 0, [], False
        self.made.append(self)

    def set_postfix_str(self, text, refresh):  # noqa: ARG002
        self.postfix.append(text)

    def update(self, more):
        self.n += more

    def close(self):
        self.closed = True


@pytest.fixture
def notebook(monkeypatch):
    """As in a notebook: IPython has a kernel; ipywidgets and tqdm are there."""
    monkeypatch.setattr(Tqdm, "made", [])
    shell = SimpleNamespace(kernel=object())
    for name, parts in {"IPython": {"get_ipython": lambda: shell}, "ipywidgets": {}, "tqdm": {}, "tqdm.auto": {"tqdm": Tqdm}}.items():
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(**parts))
    return shell


@pytest.mark.usefixtures("notebook")
def test_in_a_notebook_a_sweep_has_the_bar_of_tqdm(echo, capfd):
    list(echo(refused=[0.0])[0].sweep(calls(4), "step", workers=1))
    (drawn,) = Tqdm.made
    assert (drawn.total, drawn.n, drawn.closed) == (4, 4, True)
    assert drawn.postfix == ["1 error"] * 4
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("notebook")
def test_in_a_notebook_a_sweep_that_is_not_to_say_anything_has_no_bar(echo):
    list(echo()[0].sweep(calls(4), "step", progress=False))
    assert Tqdm.made == []


@pytest.mark.parametrize("absent", ["ipywidgets", "tqdm.auto"])
def test_in_a_notebook_that_cannot_show_a_bar_there_is_none(echo, notebook, monkeypatch, capfd, absent):
    monkeypatch.setitem(sys.modules, absent, None)
    list(echo()[0].sweep(calls(4), "step"))
    assert Tqdm.made == []
    assert capfd.readouterr() == ("", "")


def test_ipython_on_a_terminal_has_the_bar_of_a_terminal(echo, notebook, monkeypatch):
    del notebook.kernel
    monkeypatch.setattr(sys, "stderr", Terminal())
    list(echo()[0].sweep(calls(4), "step"))
    assert Tqdm.made == []
    assert "[########################] 4/4" in sys.stderr.getvalue()


def test_progress_may_be_a_function(echo, capfd):
    told = []
    client, _ = echo(refused=[0.0])
    list(client.sweep(calls(3), "step", workers=1, progress=lambda *state: told.append(state)))
    assert told == [(1, 3, 1), (2, 3, 1), (3, 3, 1)]
    assert capfd.readouterr() == ("", "")


# The calls.


def test_a_grid_is_every_combination_the_last_varying_fastest():
    calls = grid({"steps": 5}, start=["A", "B"], optimizer=["sgd", "adam"])
    assert list(calls) == [
        {"steps": 5, "start": "A", "optimizer": "sgd"},
        {"steps": 5, "start": "A", "optimizer": "adam"},
        {"steps": 5, "start": "B", "optimizer": "sgd"},
        {"steps": 5, "start": "B", "optimizer": "adam"},
    ]
    assert (len(calls), list(calls) == list(calls)) == (4, True)
    assert repr(calls) == "grid of 2 start x 2 optimizer"


def test_a_grid_reaches_into_an_optimizer():
    common = {"objective": {"name": "quadratic", "condition": 20}}
    calls = list(grid(common, optimizer=["sgd", {"name": "adam", "beta1": 0.8}], optimizer__lr=[0.1, 0.2], objective__condition=[2]))
    assert calls[1] == {"objective": {"name": "quadratic", "condition": 2}, "optimizer": {"name": "sgd", "lr": 0.2}}
    assert calls[2]["optimizer"] == {"name": "adam", "beta1": 0.8, "lr": 0.1}
    assert common == {"objective": {"name": "quadratic", "condition": 20}}


def test_the_rows_of_an_array_are_alternatives(echo):
    client, _ = echo()
    swept = client.sweep(grid({"optimizer": "adam", "gradient": [1.0, 1.0]}, params=np.arange(6).reshape(3, 2)), "step").in_order()
    assert [each.result.params.tolist() for each in swept] == [[0, 1], [2, 3], [4, 5]]


def test_a_grid_of_nothing_varied_is_one_call():
    assert (list(grid({"steps": 5})), len(grid())) == ([{"steps": 5}], 1)


@pytest.mark.parametrize("value", ["adam", {"name": "adam"}, 0.1])
def test_what_is_no_list_of_alternatives_is_refused(value):
    with pytest.raises(InvalidArgument, match="optimizer must be a list of alternatives"):
        grid(optimizer=value)


@pytest.mark.parametrize("given", [{"optimizer": ["sgd", "adam"]}, {}])
def test_one_underscore_in_place_of_two_is_said_before_anything_is_sent(given):
    with pytest.raises(InvalidArgument, match=r"^unknown name optimizer_lr; did you mean optimizer__lr\?"):
        grid({} if given else {"optimizer": "sgd"}, **given, optimizer_lr=[0.1, 0.2])
    assert len(grid({"objective": "sphere", "optimizer": "sgd"}, record_every=[1, 2])) == 2
