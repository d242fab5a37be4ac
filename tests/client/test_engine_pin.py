"""A client that accepts one version of the engine: numbers frozen within a term."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stepgrade import Client, ConfigurationError, InvalidRequest
from stepgrade_service.engine import VERSION

STEP = {"optimizer": "sgd", "params": 1.0, "gradient": 2.0}


@pytest.mark.parametrize("version", [None, "2", "2.1", VERSION, " 2.1 "])
def test_the_version_that_is_named_answers(version):
    assert Client.local(engine=version).step(**STEP).engine == VERSION


@pytest.mark.parametrize("version", ["1", "2.0", "2.1.9", "2.10", "3"])
def test_another_version_is_refused(version):
    client = Client.local(engine=version)
    with pytest.raises(ConfigurationError, match=rf"POST /step is from engine {VERSION}\. This client accepts only engine {version} "):
        client.step(**STEP)
    with pytest.raises(ConfigurationError, match="GET /optimizers"):
        client.optimizers()
    with pytest.raises(ConfigurationError, match="POST /trajectory"):
        client.request("POST", "/trajectory", {"optimizer": "sgd", "objective": "sphere"}, accept="text/csv")
    with pytest.raises(ConfigurationError):
        client.step("adm", 1.0, 2.0)


def test_the_variable_is_for_all_clients_and_the_argument_replaces_it(monkeypatch):
    monkeypatch.setenv("STEPGRADE_ENGINE", "2.0")
    with pytest.raises(ConfigurationError, match=r"engine 2\.0"):
        Client.local().step(**STEP)
    assert Client.local(engine="2.1").with_options(timeout=3).step(**STEP).engine == VERSION
    monkeypatch.setenv("STEPGRADE_ENGINE", "two")
    with pytest.raises(ConfigurationError, match=r"^STEPGRADE_ENGINE must be a version of the engine, such as 2\.1"):
        Client.local()


@pytest.mark.parametrize("wrong", ["", "v2", "2.x", "2.1.0.0", 2.1, True])
def test_what_is_no_version_is_refused(wrong):
    with pytest.raises(ConfigurationError, match="engine must be a version"):
        Client.local(engine=wrong)


def test_an_answer_without_the_header_is_known_by_its_body(canned, step_body):
    _, transport = canned(step_body | {"engine": "2.0.0"})
    with pytest.raises(ConfigurationError, match=r"from engine 2\.0\.0"):
        Client(transport=transport, engine="2.1").step("adam", [1.0, 2.0], [0.5, -4.0])


def test_other_errors_stay_what_they_are():
    with pytest.raises(InvalidRequest):
        Client.local(engine="2.1").step("adm", 1.0, 2.0)


def test_a_sweep_by_an_executor_is_held_to_it_too(tmp_path):
    with ThreadPoolExecutor(1) as executor, pytest.raises(ConfigurationError, match=r"accepts only engine 2\.0"):
        Client.local(engine="2.0").sweep([STEP], "step", into=tmp_path, executor=executor)
