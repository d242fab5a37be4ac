"""What the server counts."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from stepgrade_service.serving.metrics import GAUGES, Metrics


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
    buckets = [numbers[f'stepgrade_request_seconds_bucket{{route="/step",le="{bound}"}}'] for bound in ("0.001", "0.0025", "20.0", "+Inf")]
    assert buckets == [1, 2, 2, 3]
    assert numbers['stepgrade_request_seconds_count{route="/step"}'] == 3
    assert numbers['stepgrade_request_seconds_sum{route="/step"}'] == 100.003


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
