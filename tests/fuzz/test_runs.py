"""A run: it goes on where it stopped, outlives its workers, and says what it found."""

from __future__ import annotations

import json

import pytest
from fuzz import __main__ as command
from fuzz.case import Request, keep, kept
from fuzz.journal import Journal
from fuzz.report import grows
from fuzz.worker import Piece, Seen


@pytest.fixture
def run(tmp_path, corpus, monkeypatch):
    """`run(*arguments)`: the exit code of a run with a journal of its own; what is dear is not looked for."""
    monkeypatch.setattr(command, "dearest", lambda _: 10.0)
    return lambda *arguments: command.main(["--journal", str(tmp_path / "journal"), *arguments])


def journal(tmp_path, name="json", seed=1):
    return json.loads((tmp_path / "journal" / f"{name}-{seed}.json").read_text())


def test_a_run_goes_on_where_the_last_one_stopped(run, tmp_path, capsys):
    run("--surface", "json", "--count", "15")
    first = journal(tmp_path)
    run("--surface", "json", "--count", "30")
    second = journal(tmp_path)
    assert (first["next"], second["next"]) == (15, 30)
    assert sum(second["labels"].values()) == 30
    assert "json: 30 cases of seed 1" in capsys.readouterr().out


def test_a_lost_worker_is_a_finding_and_the_rest_is_done(planted, run, tmp_path, capsys):
    assert run("--surface", "json", "--count", "30", "--app", "planted:ending") == 1
    done = journal(tmp_path)
    assert done["next"] == sum(done["labels"].values()) == 30
    assert done["found"]["a worker that ended (9)"]["count"] >= 1
    assert "FOUND" in capsys.readouterr().out


def test_more_memory_than_a_worker_has_is_a_finding(planted, run, tmp_path):
    assert run("--surface", "json", "--count", "30", "--app", "planted:hoarding", "--memory", "700") == 1
    assert any("status 503" in found for found in journal(tmp_path)["found"])


def test_what_was_found_is_kept_and_sent_first_by_the_next_run(planted, run, tmp_path, corpus, capsys):
    assert run("--surface", "json", "--count", "30", "--app", "planted:raising") == 1
    files = list((corpus / "json").glob("*.json"))
    assert files
    assert run("--surface", "json", "--count", "1", "--seed", "2", "--app", "planted:raising") == 1
    assert "FOUND again: /step: status 500: IndexError" in capsys.readouterr().out
    assert run("--case", f"json/{files[0].name}", "--app", "planted:raising") == 1
    assert run("--case", f"json/{files[0].name}") == 0


def test_a_case_is_sent_again_by_its_number(run, capsys):
    assert run("--case", "json:1:3") == 0
    said = capsys.readouterr().out
    assert "Request(method=" in said
    assert said.rstrip().endswith("nothing is wrong")


def test_pieces_are_noted_in_their_order_whoever_is_first(tmp_path):
    noted = Journal(tmp_path, "json", 1)
    noted.add(Seen(Piece(10, 10, 1)))
    assert noted.next == 0
    noted.add(Seen(Piece(0, 10, 1)))
    assert noted.next == Journal(tmp_path, "json", 1).next == 20


def test_memory_that_grows_is_a_finding(tmp_path):
    noted = Journal(tmp_path, "json", 1)
    noted.memory = [[n, 300.0] for n in range(100)]
    assert grows(noted) is None
    noted.memory = [[n, 300.0 + 5 * n] for n in range(100)]
    assert "memory grows" in grows(noted)


def test_a_case_of_the_corpus_is_what_was_written(tmp_path):
    case = Request("POST", "/step?x=1", [("Accept", "\xff")], b"\xff\0{")
    keep("json", "1-1", case, "a finding", tmp_path)
    assert kept("json", tmp_path) == {"1-1": case}
