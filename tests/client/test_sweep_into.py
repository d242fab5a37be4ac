"""Sweeps into a directory, and by executors: every result is there once, as a single call gives it, whatever dies on the way."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from distributed import Client as DaskClient
from distributed import LocalCluster

from stepgrade import (
    Client,
    ConfigurationError,
    InvalidArgument,
    InvalidRequest,
    ServiceUnreachable,
    WsgiTransport,
    grid,
    load_sweep,
    zipped,
)
from stepgrade.sweeps import flow
from stepgrade.sweeps.chunk import Made
from stepgrade.sweeps.flow import Flow, Lines
from stepgrade.sweeps.workers import OwnProcesses, Workers


@pytest.fixture(scope="module")
def local():
    return Client.local()


@pytest.fixture(scope="module")
def cluster():
    """Two processes of Dask, each with one thread."""
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as made:
        yield made


@pytest.fixture(scope="module")
def dask(cluster):
    with DaskClient(cluster) as client:
        yield client


def some(count=200, **common):
    return grid({"objective": "quadratic", "steps": 50, **common}, start=["A", "B"], optimizer=["sgd"], optimizer__lr=rates(count // 2))


def rates(count):
    return np.geomspace(1e-3, 0.05, count)


def hold_whole(results, count):
    """Every call is there once, in order."""
    assert results["index"].tolist() == list(range(count))
    assert results.count == count


def same(one, other):
    """Whether two results of a sweep are the same bytes."""
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


@pytest.fixture(scope="module")
def plain(local, tmp_path_factory):
    """The results of `some` without an executor."""
    return local.sweep(some(), into=tmp_path_factory.mktemp("plain"))


def test_the_columns_are_the_arguments_and_the_answers_of_single_calls(local, plain):
    hold_whole(plain, 200)
    for index, call in [*enumerate(some())][::37]:
        alone = local.trajectory(**call)
        assert plain["call.start"][index] == call["start"]
        assert plain["call.optimizer.lr"][index] == call["optimizer"]["lr"]
        assert (plain["status"][index], plain["engine"][index], plain["error"][index]) == (alone.status, alone.engine, "")
        measures = {name: np.nan if value is None else value for name, value in alone.summary.items()}
        for name in ("final_value", "tail_gap", "path_length", "settling_step"):
            assert np.array_equal(plain[name][index], measures[name], equal_nan=True)
        assert plain["sign_flips.1"][index] == alone.summary["sign_flips"][1]


def test_results_are_a_mapping_and_a_table(plain):
    assert repr(plain) == f"SweepResults(200 calls in {plain.path})"
    assert len(plain) == len(list(plain)) > 20
    assert "points" not in plain
    with pytest.raises(KeyError):
        plain["digest"]
    table = plain.to_pandas()
    assert (table.shape, list(table)) == ((200, len(plain)), list(plain))
    assert same(load_sweep(plain.path), plain)


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_each_executor_gives_the_same_bytes(local, plain, tmp_path, kind):
    context = {} if kind is ThreadPoolExecutor else {"mp_context": get_context("spawn")}
    with kind(2, **context) as executor:
        assert same(local.sweep(some(), into=tmp_path / "a", executor=executor), plain)
        swept = local.sweep(some(8), executor=executor).in_order()
    alone = [local.trajectory(**call) for call in some(8)]
    assert [each.result.points.tobytes() for each in swept] == [each.points.tobytes() for each in alone]
    assert [each.request for each in swept] == [json.loads(json.dumps(call, default=float)) for call in some(8)]


def kill(cluster, count=1):
    for worker in list(cluster.workers.values())[:count]:
        os.kill(worker.pid, signal.SIGKILL)


def test_workers_of_dask_that_are_killed_twice_lose_nothing(local, cluster, dask, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "AIM", 0.1)
    calls, kills = some(1200), {200, 700}

    def progress(done, total, failed):
        if kills and done >= min(kills):
            kills.remove(min(kills))
            kill(cluster)

    results = local.sweep(calls, into=tmp_path, executor=dask, progress=progress)
    assert not kills
    hold_whole(results, 1200)
    assert results.errors == {}
    every = list(calls)
    for index in range(0, 1200, 199):
        assert results["final_value"][index] == local.trajectory(**every[index]).summary["final_value"]


def test_own_processes_that_are_killed_are_made_anew(local, plain, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "AIM", 0.02)
    workers, kills = OwnProcesses(1), [30, 100]

    def progress(done, total, failed):
        if kills and done >= kills[0]:
            kills.pop(0)
            for process in list(workers._executor._processes.values()):
                os.kill(process.pid, signal.SIGKILL)

    assert same(local.sweep(some(), into=tmp_path, executor=workers, progress=progress), plain)
    assert not kills


def test_an_executor_that_lost_its_processes_is_an_error_and_the_sweep_goes_on_with_another(local, plain, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "AIM", 0.02)
    executor = ProcessPoolExecutor(1, get_context("spawn"))

    def progress(done, total, failed):
        for process in list(executor._processes.values()):
            os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(ServiceUnreachable, match=r"a process of the executor died.*into the same directory: it continues"):
        local.sweep(some(), into=tmp_path, executor=executor, progress=progress)
    assert 0 < load_sweep(tmp_path).count < 200
    assert same(local.sweep(some(), into=tmp_path), plain)


class Counting:
    """A transport that counts what goes through it to the service in this process; it breaks off after some."""

    def __init__(self, most):
        self.inner, self.sent, self.most = WsgiTransport(), 0, most

    def send(self, request):
        self.sent += 1
        if self.sent > self.most:
            raise KeyboardInterrupt
        return self.inner.send(request)

    def close(self):
        """Nothing is open."""


def test_a_sweep_that_was_interrupted_goes_on_where_it_was(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 10)
    first, told = Counting(95), []
    with pytest.raises(KeyboardInterrupt):
        Client(transport=first).sweep(some(), into=tmp_path, workers=1)
    done = load_sweep(tmp_path).count
    assert 50 < done < 96
    second = Counting(1000)
    results = Client(transport=second).sweep(some(), into=tmp_path, progress=lambda *told_now: told.append(told_now))
    assert second.sent == 200 - done
    assert (told[-1], same(results, plain)) == ((200, 200, 0), True)
    third = Counting(1000)
    assert same(Client(transport=third).sweep(some(), into=tmp_path), plain)
    assert third.sent == 0


def test_a_gap_is_filled_and_more_calls_are_added(local, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 8)
    calls = list(some(40))
    local.sweep(iter(calls[:24]), into=tmp_path)
    before = (tmp_path / "000000000008-000000000015.npz").read_bytes()
    (tmp_path / "000000000008-000000000015.npz").unlink()
    (tmp_path / "000000000016-000000000023.part").write_bytes(b"half a file")
    hold_whole(local.sweep(iter(calls), into=tmp_path), 40)
    assert (tmp_path / "000000000008-000000000015.npz").read_bytes() == before


def test_an_error_ends_no_sweep_and_stands_in_its_column(local, tmp_path):
    broken = [*some(4), {"optimizer": "adm", "objective": "sphere"}, {"optimiser": "adam"}, 7, {"optimizer": {"name": "sgd", "lr": np.nan}}]
    results = local.sweep([*broken, {"optimizer": "sgd", "objective": "sphere", "x": {1}}], into=tmp_path)
    hold_whole(results, 9)
    assert [said.partition(":")[0] for said in results.errors.values()] == ["InvalidRequest", *["InvalidArgument"] * 4]
    assert list(results.errors) == [4, 5, 6, 7, 8]
    assert "did you mean adam" in results.errors[4] or "adam" in results.errors[4]
    assert np.isnan(results["final_value"][4:]).all()
    with ThreadPoolExecutor(1) as executor:
        kinds = [type(each.error) for each in local.sweep(broken, executor=executor).in_order()]
    assert kinds[4:] == [InvalidRequest, *[InvalidArgument] * 3]


def test_answers_are_kept_when_they_are_asked_for(local, tmp_path):
    calls = [{"optimizer": "sgd", "objective": "sphere", "steps": 3}, {"optimizer": "adm", "objective": "sphere"}]
    results = local.sweep(calls, into=tmp_path, keep="answers")
    assert results.answer(0) == local.trajectory(**calls[0]).raw
    for index in (1, 2):
        with pytest.raises(InvalidArgument, match="failed, or it is not done"):
            results.answer(index)
    with pytest.raises(InvalidArgument, match='Use keep="answers"'):
        local.sweep(calls, into=tmp_path / "b").answer(0)
    compared = local.sweep([{"objective": "quadratic", "optimizers": ["sgd", "adam"]}], "compare", into=tmp_path / "c", keep="answers")
    assert [run["label"] for run in compared.answer(0)["runs"]] == ["sgd", "adam"]


def test_other_calls_another_method_and_other_files_are_refused(local, tmp_path):
    local.sweep(some(8), into=tmp_path / "a")
    with pytest.raises(ConfigurationError, match="the results of other calls"):
        local.sweep(some(8, steps=60), into=tmp_path / "a")
    with pytest.raises(ConfigurationError, match="the results of other calls"):
        local.sweep(list(some(8))[:5], into=tmp_path / "a")
    with pytest.raises(ConfigurationError, match=r"another sweep \(method trajectory, keep summaries\)"):
        local.sweep(some(8), into=tmp_path / "a", keep="answers")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.tex").write_text("mine")
    with pytest.raises(ConfigurationError, match="has other files"):
        local.sweep(some(8), into=tmp_path / "b")
    with pytest.raises(ConfigurationError, match="is not the directory of a sweep"):
        load_sweep(tmp_path / "b")
    with pytest.raises(ConfigurationError, match="cannot be used: Not a directory"):
        local.sweep(some(8), into=tmp_path / "b" / "thesis.tex" / "c")


def test_a_sweep_of_no_calls_has_empty_columns(local, tmp_path):
    local.sweep([], into=tmp_path)
    runs = load_sweep(tmp_path)
    assert (runs.count, runs.errors, list(runs), "status" in runs) == (0, {}, [], False)
    assert (runs["status"] == "completed").tolist() == runs["final_value"].tolist() == []


def test_a_misspelt_column_is_told_with_the_nearest(plain):
    with pytest.raises(KeyError, match="There is no column final_values; did you mean final_value"):
        plain["final_values"]


def test_what_cannot_be_meant_is_refused_before_anything_starts(local, tmp_path):
    for wrong in ({"executor": 4}, {"keep": "points"}, {"workers": 0}, {"method": "probe"}):
        with pytest.raises(InvalidArgument):
            local.sweep(some(8), into=tmp_path / "a", **wrong)
    for wrong in ({"journal": "j", "into": tmp_path / "a"}, {"journal": tmp_path / "j", "executor": ThreadPoolExecutor(1)}):
        with pytest.raises(ConfigurationError, match="not both"):
            local.sweep(some(8), **wrong)
    for misspelt in (grid({"optimiser": "sgd"}, start=["A"]), grid({"optimizer": "sgd"}, optimiser__lr=[0.1])):
        for into in ({"into": tmp_path / "a"}, {}):
            with pytest.raises(InvalidArgument, match="unknown name optimiser; did you mean optimizer"):
                local.sweep(misspelt, **into)
    assert not (tmp_path / "a").exists()


def test_results_of_two_versions_of_the_engine_do_not_mix(local, tmp_path):
    local.sweep(iter(some(8)), into=tmp_path)
    (tmp_path / "000000000000-000000000007.npz").rename(tmp_path / "kept")
    with np.load(tmp_path / "kept") as arrays:
        other = dict(arrays) | {"engine": np.full(8, "2.0.0")}
    (tmp_path / "kept").unlink()
    np.savez(tmp_path / "000000000000-000000000007.npz", **other)
    with pytest.raises(ConfigurationError, match=r"several versions of the engine \(2\.0\.0, "):
        local.sweep([*some(8), *some(8)], into=tmp_path)


class Slow(Workers):
    """Workers in this thread, which do `each` calls of a chunk and say that they took `seconds`."""

    def __init__(self, each=10**9, seconds=0.0):
        self.each, self.seconds, self.sizes = each, seconds, []
        super().__init__(ThreadPoolExecutor(1), 2)

    def submit(self, _, chunk):
        self.sizes.append(len(chunk.calls))
        future = Future()
        count = min(self.each, len(chunk.calls))
        future.set_result(Made(count, 0, self.seconds * count, [chunk.calls.call(number) for number in range(count)]))
        return future


def made_by(workers, count, left=None):
    lines = ((number, str(number)) for number in range(count))
    return sorted(int(line) for _, made in Flow(workers, None, Lines(lines, left)) for line in made.content)


def test_a_worker_that_had_no_time_for_all_gives_the_rest_back():
    assert made_by(Slow(each=3), 1000) == list(range(1000))


def test_chunks_take_about_as_long_as_they_should():
    workers = Slow(seconds=0.001)
    made_by(workers, 100_000)
    assert max(workers.sizes) == round(flow.AIM / 0.001)
    workers = Slow(seconds=1.0)
    made_by(workers, 100)
    assert workers.sizes[-1] == 1


def test_at_the_end_chunks_are_shared_out():
    workers = Slow()
    assert made_by(workers, 5000, 5000) == list(range(5000))
    assert max(workers.sizes[-6:]) <= 5000 / 4
    assert workers.sizes[-1] == 1


def test_of_an_endless_generator_only_some_chunks_are_read(local, tmp_path):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield {"optimizer": "sgd", "objective": "sphere", "steps": 1}

    def progress(done, total, failed):
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.sweep(endless(), into=tmp_path, workers=1, progress=progress)
    assert len(taken) < 5000
    assert load_sweep(tmp_path).count > 200


def test_two_sweeps_do_not_write_into_one_directory(local, tmp_path):
    context = get_context("spawn")
    ready, end = context.Event(), context.Event()
    other = context.Process(target=hold_directory, args=(str(tmp_path), ready, end))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(ConfigurationError, match="Another sweep writes into"):
            local.sweep(some(8), into=tmp_path)
    finally:
        end.set()
        other.join()
    hold_whole(local.sweep(some(8), into=tmp_path), 8)


def hold_directory(path, ready, end):
    from stepgrade.sweeps.store import Store

    with Store(path, "trajectory", "summaries"):
        ready.set()
        end.wait(60)


def broken(whole):
    """What becomes of a file: cut, empty, of something else, or with one other byte in its columns."""
    at = len(whole) // 2
    yield from (whole[:100], whole[:at], whole[:-10], b"", b"\x00\x01" * 500, b"\x93NUMPY\x01\x00", b"PK\x03\x04" + b"x" * 500)
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    yield array.getvalue()


@pytest.mark.parametrize("case", range(8))
def test_a_broken_file_is_named_and_its_calls_are_made_again_where_it_is_deleted(local, tmp_path, case, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 8)
    whole = local.sweep(some(24), into=tmp_path)
    columns = {name: whole[name].tobytes() for name in whole}
    file = sorted(tmp_path.glob("*.npz"))[1]
    file.write_bytes([*broken(file.read_bytes())][case])
    said = re.escape(f"The file {file} is broken. Delete it, and start the same sweep again")
    for calls in (some(24), list(some(24))):
        with pytest.raises(ConfigurationError, match=said):
            local.sweep(calls, into=tmp_path)
    for read in (lambda runs: runs["final_value"], list, lambda runs: runs.errors):
        with pytest.raises(ConfigurationError, match=said):
            read(load_sweep(tmp_path))
    file.unlink()
    again = local.sweep(some(24), into=tmp_path)
    assert {name: again[name].tobytes() for name in again} == columns


def test_a_byte_that_changed_is_found_when_its_column_is_read(local, tmp_path):
    local.sweep(some(200), into=tmp_path)
    file = min(tmp_path.glob("*.npz"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is broken"):
        load_sweep(tmp_path).to_pandas()


def test_a_call_that_failed_is_corrected_and_the_others_stay(local, tmp_path):
    wrong = {"optimizer": "adm", "objective": "sphere"}
    calls = list(some(12))
    first, told = [*calls[:5], wrong, wrong, *calls[7:]], []
    assert list(local.sweep(first, into=tmp_path).errors) == [5, 6]
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")}
    corrected = local.sweep(calls, into=tmp_path, progress=lambda *now: told.append(now))
    assert same(corrected, local.sweep(calls, into=tmp_path / "b"))
    assert told[-1] == (12, 12, 0)
    after = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")}
    assert {name[:12] for name, _ in before.items() - after.items()} <= {"000000000005", "000000000006"}, "the other files stay"
    calls[5] = wrong
    with pytest.raises(ConfigurationError, match="the results of other calls"):
        local.sweep(calls, into=tmp_path)


def test_calls_of_a_grid_that_failed_are_corrected(local, tmp_path):
    common = {"objective": "quadratic", "steps": 5}
    assert list(local.sweep(grid(common, optimizer=["sgd", "adm", "rmsprop"], start=["A", "B"]), into=tmp_path).errors) == [2, 3]
    right = grid(common, optimizer=["sgd", "adam", "rmsprop"], start=["A", "B"])
    results = local.sweep(right, into=tmp_path)
    assert (results.errors, results["call.optimizer"].tolist()) == ({}, ["sgd", "sgd", "adam", "adam", "rmsprop", "rmsprop"])


def test_one_call_is_called_so(local, tmp_path):
    local.sweep(list(some(2))[:1], into=tmp_path)
    with pytest.raises(ConfigurationError, match=r"the results of other calls \(call 0\)\."):
        local.sweep(list(some(2))[1:], into=tmp_path)


def test_calls_that_fail_here_and_there_make_few_files(local, tmp_path):
    calls = [call if number % 2 else {"optimizer": "adm"} for number, call in enumerate(some(200))]
    results = local.sweep(calls, into=tmp_path, workers=1)
    assert len(results.errors) == 100
    assert len([*tmp_path.glob("*.npz")]) < 100


class Sizes(WsgiTransport):
    """The service in this process; it keeps what was posted, and how large the answers are."""

    def __init__(self):
        super().__init__()
        self.posted, self.sizes = [], []

    def many(self, engine):
        """Nothing is run together."""

    def send(self, request):
        answer = super().send(request)
        self.posted.append(request.document)
        self.sizes.append(len(answer.body))
        return answer


RUNS = [
    {"objective": "rosenbrock", "optimizer": {"name": "adam", "lr": 0.01}},
    {"objective": "quadratic", "optimizer": {"name": "sgd", "lr": 5.0}, "steps": 300},
    {"objective": "himmelblau", "optimizer": "rmsprop", "steps": 500, "stop": {"gradient_norm": 1e-2}, "noise": {"std": 0.01, "seed": 3}},
    {"objective": "quadratic", "optimizer": "sgd", "steps": 200, "target": {"value_gap": 1e-3, "arrival": "touch"}},
    {"optimizer": "sgd", "start": [1.0, 2.0], "gradients": [[0.1, 0.2]] * 9},
]


def test_a_summary_is_that_of_all_steps_and_as_short_for_many_as_for_few(local, tmp_path):
    transport = Sizes()
    for kept, results in {
        "together": local.sweep(RUNS, into=tmp_path / "a"),
        "alone": Client(transport=transport).sweep(RUNS, into=tmp_path / "b"),
    }.items():
        for index, call in enumerate(RUNS):
            every = local.trajectory(**call, include=["values"], record_every=1)
            for name in ("final_value", "path_length", "steps_to_target", "settling_step", "tail_gap"):
                expected = np.nan if every.summary[name] is None else every.summary[name]
                assert np.array_equal(results[name][index], expected, equal_nan=True), (kept, name)
            assert (results["status"][index], results["steps"][index]) == (every.status, every.steps)
    assert max(transport.sizes) < 4000
    own = {**RUNS[0], "record_every": 7}
    Client(transport=transport).sweep([own], into=tmp_path / "c")
    assert transport.posted[-1]["record_every"] == 7, "a wrong one is refused, and not replaced"


def test_a_run_of_a_million_steps_has_a_summary(local, tmp_path):
    call = {"objective": "sphere", "optimizer": {"name": "sgd", "lr": 1e-6}, "steps": 1_000_000}
    results = local.sweep([call], into=tmp_path)
    assert (results.errors, results["steps"].tolist()) == ({}, [1_000_000])


@pytest.mark.parametrize("calls", ["sgd", b"sgd", {"optimizer": "sgd"}, 3, None])
def test_what_is_no_list_of_calls_is_refused(local, tmp_path, calls):
    for into in ({"into": tmp_path / "a"}, {}):
        with pytest.raises(InvalidArgument, match="calls must be a list of calls"):
            local.sweep(calls, **into)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("make", [grid, zipped])
@pytest.mark.parametrize("values", [[], (), np.array([])])
def test_an_argument_without_a_value_is_refused(make, values):
    with pytest.raises(InvalidArgument, match="start has no values, so there are no calls"):
        make({"optimizer": "sgd"}, start=values)


def test_a_value_in_a_list_is_refused(local, tmp_path):
    with pytest.raises(InvalidArgument, match="start__0 sets a value in start, which must be a name or a mapping"):
        local.sweep(grid({"optimizer": "sgd", "objective": "sphere", "start": [1, 2]}, start__0=[1, 2]), into=tmp_path)


def test_a_field_of_a_call_is_told_with_the_nearest(local, tmp_path):
    said = "InvalidArgument: unknown name objectve; did you mean objective?"
    assert local.sweep([{"optimizer": "sgd", "objectve": "sphere"}], into=tmp_path).errors == {0: said}
    assert local.sweep([{"objective": "sphere"}], into=tmp_path).errors == {0: "InvalidArgument: A call of trajectory needs optimizer."}
