"""Which requests ended workers."""

import os
import subprocess
import time

import pytest

from stepgrade_service.serving import casebook
from stepgrade_service.serving.casebook import NOTHING, REFUSED_FOR, SIZE, Casebook, digest_of

LONG, SHORT = digest_of("/trajectory?", b"long"), digest_of("/step?", b"short")


OTHER = digest_of("/step?", b"other")


@pytest.fixture
def end(tmp_path):
    """`end(a, b)`: a worker ends that worked on these."""

    def ended(*digests):
        process = subprocess.Popen(["true"])
        process.wait()
        (tmp_path / f"worker-{process.pid}").write_bytes(b"".join(digests))

    return ended


def test_a_worker_works_also_where_the_disk_is_full(tmp_path, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(casebook.Path, "write_bytes", full)
        own = Casebook(tmp_path, 2)
    assert own.begin(0, LONG)
    own.finish(0)
    own.look()
    assert not own.has_ended_workers(LONG)
    assert "No space left on device" in caplog.text


def suspects(directory):
    return sorted(bytes.fromhex(path.name.split("-")[1]) for path in directory.glob("ended-*"))


def test_a_request_that_was_worked_on_by_two_workers_that_ended_is_known(tmp_path, end):
    casebook = Casebook(tmp_path, 2)
    for _ in range(2):
        assert not casebook.has_ended_workers(LONG)
        end(NOTHING, LONG)
        casebook.look()
    assert casebook.has_ended_workers(LONG)


def test_of_several_each_is_a_suspect_and_none_is_refused_for_that(tmp_path, end):
    casebook = Casebook(tmp_path, 2)
    end(SHORT, LONG)
    casebook.look()
    assert suspects(tmp_path) == sorted([SHORT, LONG])
    assert not casebook.has_ended_workers(SHORT)
    assert not casebook.has_ended_workers(LONG)


def test_suspects_are_worked_on_one_at_a_time_and_whoever_is_answered_is_none_any_more(tmp_path, end):
    casebook = Casebook(tmp_path, 2)
    end(SHORT, LONG)
    casebook.look()
    assert casebook.begin(0, LONG)
    assert not casebook.begin(1, SHORT)
    assert not casebook.begin(1, LONG)
    assert casebook.begin(1, OTHER), "this one is no suspect"
    casebook.finish(1)
    casebook.finish(0)
    assert suspects(tmp_path) == [SHORT]
    assert casebook.begin(0, LONG)
    assert casebook.begin(1, SHORT)


def test_a_long_innocent_request_is_not_refused_for_what_another_does_again_and_again(tmp_path, end):
    casebook = Casebook(tmp_path, 2)
    end(LONG, SHORT)
    casebook.look()
    end(OTHER, SHORT)  # the innocent one had to wait, and one that is no suspect was worked on in its place
    casebook.look()
    assert casebook.has_ended_workers(SHORT)
    assert not casebook.has_ended_workers(LONG)
    assert OTHER not in suspects(tmp_path)


def test_a_request_that_was_answered_begins_anew(tmp_path, end):
    casebook = Casebook(tmp_path, 1)
    end(LONG)
    casebook.look()
    casebook.begin(0, LONG)
    casebook.finish(0)
    end(LONG)
    casebook.look()
    assert not casebook.has_ended_workers(LONG)


def test_another_worker_reads_the_same(tmp_path, end):
    one, other = Casebook(tmp_path, 2), Casebook(tmp_path, 2)
    end(LONG)
    end(LONG)
    one.look()
    other.look()
    assert other.has_ended_workers(LONG)


def test_a_worker_that_ends_itself_blames_one_request(tmp_path):
    casebook = Casebook(tmp_path, 2)
    casebook.begin(0, SHORT)
    casebook.begin(1, LONG)
    casebook.blame(1)
    [own] = tmp_path.glob("worker-*")
    assert own.read_bytes() == NOTHING + LONG
    assert len(LONG) == SIZE


def test_a_worker_that_lives_has_ended_nothing(tmp_path):
    casebook = Casebook(tmp_path, 1)
    casebook.begin(0, LONG)
    casebook.look()
    assert list(tmp_path.glob("ended-*")) == []


def test_requests_of_one_length_are_told_apart():
    assert digest_of("/step?", b"abc") != digest_of("/step?", b"abd")


def test_what_ended_workers_is_refused_for_minutes_and_no_longer(tmp_path):
    book = Casebook(tmp_path, 1)
    digest = digest_of("/step?", b"x")
    for number in range(2):
        mark = tmp_path / f"ended-{digest.hex()}-worker-{number}"
        mark.touch()
        os.utime(mark, (time.time() - REFUSED_FOR + 30,) * 2)
    book.look()
    assert book.has_ended_workers(digest)
    for mark in tmp_path.glob("ended-*"):
        os.utime(mark, (time.time() - REFUSED_FOR - 1,) * 2)
    book.look()
    assert not book.has_ended_workers(digest)
    assert list(tmp_path.glob("ended-*")) == []
    assert REFUSED_FOR >= 60


@pytest.mark.parametrize("jump", [-86_400, 86_400], ids=["set back by a day", "set forward by a day"])
def test_after_a_jump_of_the_clock_nobody_is_refused_for_a_day(tmp_path, monkeypatch, jump):
    book, digest = Casebook(tmp_path, 1), digest_of("/step?", b"x")
    for number in range(2):
        (tmp_path / f"ended-{digest.hex()}-worker-{number}").touch()
    book.look()
    assert book.has_ended_workers(digest)
    monkeypatch.setattr(casebook, "time", lambda: time.time() + jump)
    book.look()
    assert not book.has_ended_workers(digest)
    assert list(tmp_path.glob("ended-*")) == []
