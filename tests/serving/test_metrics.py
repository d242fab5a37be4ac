"""What the server counts."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stepgrade_service.serving import metrics as serving_metrics
from stepgrade_service.serving.metrics import GAUGES, LAST, PAST, Metrics, file_of, forget, take_over


def metrics(directory, waiting=0):
    return Metrics(directory, lambda: {**dict.fromkeys(GAUGES, 0), "stepgrade_queue_length": waiting})


def told(made):
    """The samples, as numbers by name."""
    lines = [line for line in made.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted_by_route_and_status(tmp_path):
    made = metrics(tmp_path)
    for route, status in [("/step", 200), ("/step", 200), ("/step", 422), (None, 408)]:
        made.note(route, status, 0.002)
    numbers = told(made)
    assert numbers['stepgrade_requests_total{route="/step",status="200"}'] == 2
    assert numbers['stepgrade_requests_total{route="/step",status="422"}'] == 1
    assert numbers['stepgrade_requests_total{route="none",status="408"}'] == 1


def test_the_histogram_counts_what_took_no_longer_than_its_bounds(tmp_path):
    made = metrics(tmp_path)
    for seconds in (0.001, 0.002, 100.0):
        made.note("/step", 200, seconds)
    numbers = told(made)
    labels, bounds = 'route="/step",status="200"', ("0.001", "0.0025", "20.0", "+Inf")
    buckets = [numbers[f'stepgrade_request_seconds_bucket{{{labels},le="{bound}"}}'] for bound in bounds]
    assert buckets == [1, 2, 2, 3]
    assert numbers['stepgrade_request_seconds_count{route="/step",status="200"}'] == 3
    assert numbers['stepgrade_request_seconds_sum{route="/step",status="200"}'] == 100.003


def test_failures_are_slow_or_fast_apart_from_answers_and_work_is_added_up(tmp_path):
    made = metrics(tmp_path)
    for status, seconds, work in [(200, 0.002, 80_000.4), (200, 0.002, 80_000.4), (429, 0.2, 0.0)]:
        made.note("/step", status, seconds, work)
    numbers = told(made)
    assert numbers['stepgrade_request_seconds_bucket{route="/step",status="200",le="0.0025"}'] == 2
    assert numbers['stepgrade_request_seconds_bucket{route="/step",status="429",le="0.0025"}'] == 0
    assert numbers['stepgrade_work_total{route="/step",status="200"}'] == 160_001


def test_a_worker_tells_the_numbers_of_all_and_how_many_have_ended(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    other = metrics(tmp_path, waiting=7)
    other.note("/step", 200, 0.002)
    other.save()
    next(tmp_path.glob("metrics-*")).rename(tmp_path / f"metrics-{ended.pid}")
    own = metrics(tmp_path, waiting=2)
    own.note("/step", 200, 0.002)
    numbers = told(own)
    assert numbers['stepgrade_requests_total{route="/step",status="200"}'] == 2
    assert numbers["stepgrade_worker_restarts_total"] == 1
    assert numbers["stepgrade_queue_length"] == 2, "what has ended has no queue"


def test_several_threads_may_save_and_tell_at_the_same_time(tmp_path):
    made = metrics(tmp_path)
    made.note("/step", 200, 0.002)
    with ThreadPoolExecutor(8) as threads:
        texts = set(threads.map(lambda number: made.text() if number % 2 else made.save(), range(400)))
    assert len(texts - {None}) == 1


def test_a_directory_that_was_removed_is_made_again(tmp_path):
    made = metrics(tmp_path / "gone")
    made.note("/step", 200, 0.002)
    assert told(made)['stepgrade_requests_total{route="/step",status="200"}'] == 1


@pytest.fixture
def end(tmp_path):
    """`end()`: a worker that has answered one request ends; returns its number."""

    def ended():
        process = subprocess.Popen(["true"])
        process.wait()
        other = metrics(tmp_path)
        other.note("/step", 200, 0.002)
        other.save()
        file_of(tmp_path, os.getpid()).rename(file_of(tmp_path, process.pid))
        return process.pid

    return ended


def test_workers_that_have_ended_leave_one_file_and_all_their_numbers(tmp_path, end):
    asked, before = metrics(tmp_path), {}
    for _ in range(LAST + 5):
        pid = end()
        then = told(asked)
        assert take_over(tmp_path, pid)
        now = told(asked)
        assert now == then, "what was counted stays, whether its worker's file was taken over or not"
        assert all(now[name] >= number for name, number in before.items())
        before = now
    assert now['stepgrade_requests_total{route="/step",status="200"}'] == LAST + 5
    assert now['stepgrade_request_seconds_bucket{route="/step",status="200",le="+Inf"}'] == LAST + 5
    assert now["stepgrade_worker_restarts_total"] == LAST + 5
    (tmp_path / f"new-metrics-{pid}").touch()  # it ended while it wrote
    (tmp_path / f"metrics-{pid}").touch()
    take_over(tmp_path, pid)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"metrics-{os.getpid()}", PAST]


def test_a_worker_whose_numbers_are_read_while_they_are_taken_over_is_counted_once(tmp_path, end, monkeypatch):
    asked, pid, read = metrics(tmp_path), end(), serving_metrics._read

    def read_and_take_over(path):
        numbers = read(path)
        monkeypatch.setattr(serving_metrics, "_read", read)
        take_over(tmp_path, pid)
        return numbers

    monkeypatch.setattr(serving_metrics, "_read", read_and_take_over)
    assert told(asked)['stepgrade_requests_total{route="/step",status="200"}'] == 1


def test_another_worker_with_the_number_of_one_that_has_ended_is_counted_too(tmp_path, end):
    take_over(tmp_path, end())
    take_over(tmp_path, os.getpid())
    again = metrics(tmp_path)
    again.note("/step", 200, 0.002)
    assert told(again)['stepgrade_requests_total{route="/step",status="200"}'] == 2


def test_a_worker_that_was_never_ready_left_nothing(tmp_path):
    assert not take_over(tmp_path, 1)
    assert list(tmp_path.iterdir()) == []


def test_another_server_begins_at_zero(tmp_path, end):
    take_over(tmp_path, end())
    end()
    forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_the_disk_is_full_the_file_of_a_worker_stays(tmp_path, end, monkeypatch):
    pid = end()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert take_over(tmp_path, pid)
    assert told(metrics(tmp_path))['stepgrade_requests_total{route="/step",status="200"}'] == 1


def test_where_the_disk_is_full_a_worker_tells_its_own_numbers(tmp_path, monkeypatch):
    own = metrics(tmp_path)
    own.note("/step", 200, 0.001)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert told(own)['stepgrade_requests_total{route="/step",status="200"}'] == 1
