"""`stepgrade sweep`: grids and files of calls into a directory; it is continued, and says what failed."""

import json
import threading

import numpy as np
import pytest
from distributed import LocalCluster

from stepgrade import Client, load_sweep
from stepgrade.cli import main, sweeping, varying
from stepgrade.sweeps.workers import OwnThreads


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch):
    """Threads stand in for the processes, which tests of the sweep itself start and kill."""
    monkeypatch.setattr(sweeping, "OwnProcesses", lambda count: OwnThreads(count or 1))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


VARIED = ["--vary", "optimizer.lr=0.001:0.1:3", "--vary", "optimizer=sgd,adam", "--vary", "start=A,B", "--steps", "5"]


def test_a_grid_goes_into_a_directory_and_is_continued(here, capsys):
    for _ in range(2):
        assert main(["sweep", "--objective", "quadratic", *VARIED, "--into", "runs"]) == 0
        assert capsys.readouterr().out == "runs: 12 calls, 0 failed\n"
    runs = load_sweep(here / "runs")
    assert np.allclose(np.unique(runs["call.optimizer.lr"]), [0.001, 0.01, 0.1], rtol=1e-12), "learning rates are logarithmic"
    assert set(runs["call.optimizer.name"]) == {"sgd", "adam"}, "the optimizer is named before its rate is set"
    assert main(["sweep", "--objective", "sphere", *VARIED, "--into", "runs"]) == 2
    assert "the results of other calls" in capsys.readouterr().err


def test_a_file_of_calls_has_the_flags_in_each(here, capsys):
    (here / "calls.ndjson").write_text('{"optimizer": "adam", "steps": 3}\n\n{"optimizer": "adm"}\n')
    assert main(["sweep", "calls.ndjson", "--objective", "sphere", "--steps", "7", "--into", "runs", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {"into": "runs", "count": 2, "failed": 1, "unanswered": 0}
    assert load_sweep("runs")["call.steps"].tolist() == [3, 7]
    assert main(["sweep", "calls.ndjson", "--objective", "sphere", "--steps", "7", "--into", "runs"]) == 2
    told = capsys.readouterr()
    assert told.out == "runs: 2 calls, 1 failed\n"
    assert told.err.startswith("stepgrade sweep: call 1: InvalidRequest: /optimizer: unknown optimizer 'adm'")


def test_a_service_that_nobody_reaches_is_exit_code_3_and_the_same_command_goes_on(here, capsys, slept, monkeypatch):
    command = ["sweep", "--objective", "quadratic", "--optimizer", "sgd", "--vary", "start=A,B", "--into", "runs"]
    assert main([*command, "--url", "http://127.0.0.1:9"]) == 3
    told = capsys.readouterr()
    assert told.out == "runs: 2 calls, 2 failed\n"
    assert "call 0: ServiceUnreachable: Cannot reach http://127.0.0.1:9" in told.err
    assert told.err.endswith("stepgrade sweep: 2 calls got no answer. Run the same command again: it makes only these again.\n")
    assert main(command) == 0
    assert capsys.readouterr() == ("runs: 2 calls, 0 failed\n", "")


def test_a_service_that_is_gone_ends_a_long_sweep(here, capsys, slept):
    many = ["--vary", "optimizer.lr=0.001:0.1:500"]
    url = ["--url", "http://127.0.0.1:9"]
    assert main(["sweep", "--objective", "quadratic", "--optimizer", "sgd", *many, *url, "--into", "runs"]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith("stepgrade sweep: The sweep stopped, because the service does not answer.")
    assert load_sweep("runs").count < 50


def test_of_many_faults_the_first_are_shown(here, capsys):
    assert main(["sweep", "--objective", "quadratic", "--optimizer", "adm", "--vary", "optimizer.lr=0.001:0.1:20", "--into", "runs"]) == 2
    told = capsys.readouterr()
    assert told.out == "runs: 20 calls, 20 failed\n"
    assert told.err.endswith("stepgrade sweep: 20 calls failed, and the first 5 are shown. The column error has all errors.\n")
    assert told.err.count("stepgrade sweep: call ") == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "A sweep needs calls"),
        (["calls.ndjson", "--vary", "start=A,B"], "not both"),
        (["missing.ndjson"], "Cannot read missing.ndjson"),
        (["broken.ndjson"], "broken.ndjson, line 1 is not JSON"),
        (["list.ndjson"], "list.ndjson, line 1: expected a JSON object"),
        (["twice.ndjson"], 'twice.ndjson, line 2: The name "lr" is in one object twice. Delete one of them.'),
        (["--vary", "optimiser=sgd"], "unknown name optimiser; did you mean optimizer?"),
        (["--vary", "optimiser.lr=0.1:1:5"], "unknown name optimiser; did you mean optimizer?"),
        (["--vary", "lr=0.1:1:5"], "unknown name lr; did you mean --vary optimizer.lr?"),
        (["--vary", "colour=red"], "unknown name colour; the arguments of trajectory are optimizer, objective, "),
        (["--vary", "start=A", "--method", "compare"], "unknown name optimizer; did you mean optimizers?"),
        (["empty.ndjson"], "empty.ndjson has no calls. Write one request per line, as JSON."),
        (["--vary", "optimizer.lr=[]"], "--vary optimizer.lr has no values, so there are no calls."),
        (["--vary", "start=A", "--engine", "2.0"], "accepts only engine 2.0"),
        (["--vary", "start=A", "--scheduler", "nowhere"], "There is no Dask scheduler at nowhere"),
    ],
)
def test_what_cannot_be_done_is_said(here, capsys, arguments, said):
    (here / "broken.ndjson").write_text("{\n")
    (here / "list.ndjson").write_text("[1]\n")
    (here / "twice.ndjson").write_text('{"steps": 1}\n{"optimizer": {"name": "sgd", "lr": 1, "lr": 2}}\n')
    (here / "empty.ndjson").write_text("\n")
    assert main(["sweep", *arguments, "--optimizer", "sgd", "--objective", "quadratic", "--into", "runs"]) in (2, 3)
    assert said in capsys.readouterr().err


def test_a_call_without_an_optimizer_is_refused_before_the_first(here, capsys):
    assert main(["sweep", "--objective", "quadratic", "--vary", "start=A,B", "--into", "runs"]) == 2
    assert capsys.readouterr().err == "stepgrade sweep: Every call of trajectory needs optimizer.\n"
    assert not (here / "runs").exists()


@pytest.mark.parametrize("wrong", ["start", "lr=0:1:3", "condition=1:2:0", "=3"])
def test_values_that_cannot_be_read_are_wrong_usage(capsys, wrong):
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "--vary", wrong, "--into", "runs"])
    assert (ended.value.code, "--vary" in capsys.readouterr().err) == (2, True)


def test_values_are_even_but_for_learning_rates():
    assert varying.varied("objective.condition=1:5:5") == ("objective__condition", [1, 2, 3, 4, 5])
    assert varying.varied("start=[[1, 2], [3, 4]]") == ("start", [[1, 2], [3, 4]])
    assert varying.varied("steps=10,20") == ("steps", [10, 20])


def test_an_interrupted_sweep_says_how_it_goes_on(here, capsys, monkeypatch):
    command = ["sweep", "--objective", "quadratic", *VARIED, "--into", "runs"]
    with monkeypatch.context() as interrupted:
        interrupted.setattr(Client, "sweep", interrupt)
        assert main(command) == 130
    said = "stepgrade sweep: Interrupted. Run the same command again: it goes on where it was.\n"
    assert capsys.readouterr() == ("", said)
    assert main(command) == 0


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_a_scheduler_without_workers_is_said_and_waited_for(here, capsys, monkeypatch):
    monkeypatch.setattr(sweeping, "PATIENCE", 0.2)
    with LocalCluster(n_workers=0, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        command = ["sweep", "--objective", "quadratic", *VARIED, "--into", "runs", "--scheduler", cluster.scheduler_address]
        starting = threading.Timer(1, cluster.scale, [1])
        starting.start()
        assert main(command) == 0
        starting.join()
    told = capsys.readouterr()
    assert told.out == "runs: 12 calls, 0 failed\n"
    assert f"stepgrade sweep: The scheduler {cluster.scheduler_address} has no workers yet. The sweep waits for them. " in told.err


ON = ["sweep", "--objective", "quadratic", "--steps", "5", "--into", "runs"]


def arguments_of(name):
    return load_sweep("runs")[f"call.{name}"].tolist()


@pytest.mark.parametrize(
    ("flags", "lr", "convention"),
    [
        (["--lr", "0.5", "--vary", "optimizer=sgd,adam"], 0.5, None),
        (["--lr", "0.5", "--convention", "keras", "--vary", 'optimizer=["sgd", {"name": "adam", "beta1": 0.8}]'], 0.5, "keras"),
        (["--lr", "0.5", "--vary", "optimizer.name=sgd,adam"], 0.5, None),
        (["--optimizer", "adam,lr=0.1", "--lr", "0.5", "--vary", "start=A,B"], 0.5, None),
    ],
)
def test_settings_of_the_optimizer_hold_for_each_that_is_varied(here, flags, lr, convention):
    assert main([*ON, *flags]) == 0
    assert arguments_of("optimizer.lr") == [lr, lr]
    assert convention is None or arguments_of("optimizer.convention") == [convention] * 2


def test_settings_of_the_optimizer_hold_for_each_call_of_a_file_that_has_none_of_its_own(here):
    (here / "calls.ndjson").write_text('{"optimizer": "adam"}\n{"optimizer": {"name": "sgd", "lr": 0.25}}\n{}\n')
    assert main(["sweep", "calls.ndjson", *ON[1:], "--optimizer", "rmsprop,lr=0.1", "--lr", "0.5"]) == 0
    assert arguments_of("optimizer.name") == ["adam", "sgd", "rmsprop"]
    assert arguments_of("optimizer.lr") == [0.5, 0.25, 0.5]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--vary", "optimizer=sgd", "--vary", "optimizer=adam"], "--vary optimizer is given twice; write --vary optimizer=sgd,adam"),
        (["--vary", "optimizer.lr=1:2:9"] * 3, "--vary optimizer.lr is given 3 times; write --vary optimizer.lr=VALUES, with all of them"),
        (["--optimizer", "sgd", "--vary", "steps=10,20"], "steps is given with --steps and with --vary steps. Leave one of them out."),
        (["--optimizer", "sgd", "--vary", "optimizer=sgd,adam"], "optimizer is given with --optimizer and with --vary optimizer."),
        (
            ["--optimizer", "rmsprop,lr=0.5,rho=0.9", "--vary", "optimizer=sgd,adam"],
            "Leave --optimizer out. For settings of each optimizer write --vary optimizer.lr=0.5 --vary optimizer.rho=0.9.",
        ),
        (["--optimizer", "sgd,lr=0.5", "--vary", "optimizer.lr=0.1,0.2"], "given with --optimizer and with --vary optimizer.lr."),
        (["--optimizer", "sgd", "--vary", "optimizer.name=sgd,adam"], "given with --optimizer and with --vary optimizer.name."),
        (["--optimizer", "sgd", "--lr", "0.5", "--vary", "optimizer.lr=0.1,0.2"], "given with --lr and with --vary optimizer.lr."),
        (["--lr", "1", "--vary", 'optimizer=["sgd", {"name": "sgd", "lr": 2}]'], "lr is given with --lr and in --vary optimizer."),
        (
            ["--vary", 'optimizer=[{"name": "sgd", "lr": 2}]', "--vary", "optimizer.lr=0.1,0.2"],
            "optimizer.lr is given with --vary optimizer and with --vary optimizer.lr.",
        ),
        (["--lr", "0.5", "--vary", "start=A,B"], "lr needs an optimizer. Name it with --optimizer, or several with --vary optimizer="),
        (["--lr", "0.5", "--method", "compare", "--vary", "steps=1"], "--lr is a setting of one optimizer, and compare has several"),
    ],
)
def test_no_argument_is_taken_from_one_of_two_places_and_lost_from_the_other(here, capsys, flags, said):
    assert main([*ON, *flags]) == 2
    assert said in capsys.readouterr().err
    assert not (here / "runs").exists()


def test_a_parameter_of_the_objective_is_not_varied_and_given(here, capsys):
    assert main(["sweep", "--objective", "quadratic,condition=5", "--vary", "objective.condition=1:5:5", "--into", "runs"]) == 2
    assert "objective.condition is given with --objective" in capsys.readouterr().err
    assert not (here / "runs").exists()


def test_the_service_of_the_environment_makes_the_calls(here, capsys, monkeypatch, service, slept):
    service.plays({"status": 422, "body": {"title": "No", "detail": "not here"}})
    monkeypatch.setenv("STEPGRADE_URL", service.url)
    command = [*ON, "--optimizer", "sgd", "--vary", "start=A,B"]
    assert main(command) == 2
    assert (len(service.seen), load_sweep("runs").errors) == (2, dict.fromkeys(range(2), "InvalidRequest: not here"))
    elsewhere = [*command[: command.index("--into")], *command[command.index("--into") + 2 :]]
    assert main([*elsewhere, "--into", "local", "--local"]) == 0
    monkeypatch.setenv("STEPGRADE_BUNDLE", "missing.json")
    assert main([*elsewhere, "--into", "bundle"]) == 2
    assert "missing.json" in capsys.readouterr().err
    assert len(service.seen) == 2


def test_a_scheduler_beside_a_service_is_refused(here, capsys):
    command = [*ON, "--optimizer", "sgd", "--vary", "start=A", "--scheduler", "tcp://127.0.0.1:9", "--url", "http://127.0.0.1:9"]
    assert main(command) == 2
    assert capsys.readouterr().err == "stepgrade sweep: Give --scheduler or --url, not both.\n"
