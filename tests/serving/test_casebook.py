"""Which requests ended workers."""

import os
import subprocess
import time

import pytest

from stepgrade_service.serving.casebook import ENTRY, NOTHING, REFUSED_FOR, Casebook, digest_of

LONG, SHORT = digest_of("/trajectory?", b"long"), digest_of("/step?", b"short")


@pytest.fixture
def gone():
    """The number of a process that is gone."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


def left(directory, pid, *entries):
    (directory / f"worker-{pid}").write_bytes(b"".join(ENTRY.pack(digest, began) for digest, began in entries))


def test_a_request_that_was_worked_on_by_two_workers_that_ended_is_known(tmp_path, gone):
    casebook = Casebook(tmp_path, 2)
    for _ in range(2):
        assert not casebook.has_ended_workers(LONG)
        left(tmp_path, gone, (NOTHING, 0.0), (LONG, 5.0))
        casebook.look()
        (tmp_path / f"ended-{LONG.hex()}-worker-{gone}").rename(tmp_path / f"ended-{LONG.hex()}-{_}")
    casebook.look()
    assert casebook.has_ended_workers(LONG)


def test_of_several_the_one_that_ran_the_longest_ended_the_worker(tmp_path, gone):
    casebook = Casebook(tmp_path, 2)
    left(tmp_path, gone, (SHORT, 9.0), (LONG, 5.0))
    casebook.look()
    assert [path.name.split("-")[1] for path in tmp_path.glob("ended-*")] == [LONG.hex()]


def test_a_worker_that_ends_itself_blames_one_request(tmp_path):
    casebook = Casebook(tmp_path, 2)
    casebook.begin(0, SHORT)
    casebook.begin(1, LONG)
    casebook.blame(1)
    [own] = tmp_path.glob("worker-*")
    assert [digest for digest, _ in ENTRY.iter_unpack(own.read_bytes())] == [NOTHING, LONG]


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
