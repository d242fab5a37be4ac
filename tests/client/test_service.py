"""The client against the real service: in this process, and over a port with the same answers."""

import threading
import warnings

import numpy as np
import pytest

from stepgrade import Client, InvalidRequest, NotFound

web = pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

OPTIMIZER = {"name": "adam", "convention": "torch", "lr": 0.05}
GRADIENTS = np.array([[0.1, -4.0], [0.3, 2.0], [-0.2, 1.0]])
RUN = {"optimizer": OPTIMIZER, "objective": {"name": "quadratic", "condition": 20}, "start": "A", "steps": 50}
STEP = {"optimizer": OPTIMIZER, "params": {"W1": [[1.0, 2.0]], "b1": 0.5}, "gradient": {"W1": [[0.1, -4.0]], "b1": 1 / 3}}


@pytest.fixture(scope="module")
def local():
    """The service in this process."""
    return Client.local()


@pytest.fixture(scope="module")
def live():
    """The service behind a port of its own."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        def log(self, *_):
            """Say nothing."""

    server = make_server("127.0.0.1", 0, web.create_app(), threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Client(f"http://127.0.0.1:{server.server_port}", timeout=60) as client:
        yield client
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["local", "live"])
def client(request):
    """Both, one after the other."""
    return request.getfixturevalue(request.param)


def test_the_first_step_of_adam_is_as_long_as_its_learning_rate(client):
    step = client.step(OPTIMIZER, [1.0, 2.0], [0.1, -4.0])
    np.testing.assert_allclose(step.update, [-0.05, 0.05], rtol=1e-6)
    assert (step.state["t"], step.optimizer["name"], step.optimizer["convention"]) == (1, "adam", "torch")
    assert step.engine


def test_params_and_state_of_one_step_are_the_next_ones_to_the_last_bit(client):
    whole = client.trajectory(OPTIMIZER, gradients=GRADIENTS, start=[1.0, 2.0])
    params, state = np.array([1.0, 2.0]), None
    for row, gradient in enumerate(GRADIENTS, 1):
        step = client.step(OPTIMIZER, params, gradient, state=state)
        params, state = step.params, step.state
        assert params.tolist() == whole.points[row].tolist()


def test_named_tensors_come_back_under_their_names_and_shapes(client):
    step = client.step(**STEP)
    assert {name: array.shape for name, array in step.params.items()} == {"W1": (1, 2), "b1": ()}
    again = client.step(OPTIMIZER, step.params, STEP["gradient"], state=step.state)
    assert again.state["t"] == 2


def test_a_trajectory_from_a_goes_down_the_bowl(client):
    run = client.trajectory(**RUN, include=["points", "values", "gradients", "updates", "states", "measures"])
    assert (run.status, run.steps, run.points.shape, run.recorded[-1]) == ("completed", 50, (51, 2), 50)
    assert run.values[-1] < run.values[0]
    assert np.isnan(run.updates[0]).all()
    assert len(run.states) == 51
    assert all(len(column) == 51 for column in run.measures.values() if not isinstance(column, dict))


def test_a_run_cut_in_two_is_the_whole_run(client):
    whole = client.trajectory(**RUN)
    first = client.trajectory(**RUN | {"steps": 20})
    rest = client.trajectory(**RUN | {"steps": 30, "start": first.points[-1]}, state=first.state)
    assert np.vstack([first.points, rest.points[1:]]).tolist() == whole.points.tolist()


def test_the_echo_posted_back_gives_the_same_bytes(client):
    run = client.trajectory(**RUN)
    body = {**RUN, "optimizer": run.optimizer, "objective": run.objective}
    assert client.request("POST", "/trajectory", body).body == client.request("POST", "/trajectory", RUN).body


def test_a_typo_is_named_with_its_place_and_the_nearest_name(client):
    with pytest.raises(InvalidRequest) as caught:
        client.step({"name": "adamm"}, [1.0], [1.0])
    assert any(error.pointer.startswith("/optimizer") and "adam" in error.detail for error in caught.value.errors)
    with pytest.raises(InvalidRequest) as caught:
        client.step({"name": "adam", "weight_decai": 0.1}, [1.0], [1.0])
    assert any(error.pointer == "/optimizer/weight_decai" and "weight_decay" in error.detail for error in caught.value.errors)


def test_the_request_id_of_an_answer_is_the_one_that_was_sent(client):
    answer = client.request("POST", "/step", {"optimizer": OPTIMIZER, "params": [1.0], "gradient": [1.0]})
    assert len(answer.headers["X-Request-Id"]) == 32
    with pytest.raises(InvalidRequest) as caught:
        client.step("adam", [1.0, 2.0], [1.0])
    assert caught.value.problem["instance"].endswith(caught.value.request_id)


def test_the_catalogues_name_what_they_list(client):
    assert {"adam", "rmsprop", "sgd"} <= client.optimizers().keys()
    assert "quadratic" in client.objectives()
    assert client.optimizer("adam")["name"] == "adam"
    assert client.objective("quadratic")["name"] == "quadratic"
    with pytest.raises(NotFound):
        client.optimizer("adamm")


def test_it_is_alive_and_ready(client):
    assert client.health()
    assert client.ready()


def test_contours_are_lines_in_the_plane(client):
    contours = client.contours("quadratic", levels=[1.0, 4.0])
    assert contours.levels.tolist() == [1.0, 4.0]
    assert all(line.ndim == 2 and line.shape[1] == 2 for lines in contours.polylines for line in lines)


def test_a_trajectory_fetches_its_picture(client):
    run = client.trajectory(**RUN)
    assert run.picture().startswith(b"\x89PNG")
    assert b"<svg" in run.picture("svg", theme="dark")


@pytest.mark.parametrize("body", [("/step", STEP), ("/trajectory", RUN), ("/trajectory", RUN | {"include": ["states", "measures"]})])
def test_in_this_process_and_over_a_port_the_bytes_are_equal(local, live, body):
    assert local.request("POST", *body).body == live.request("POST", *body).body


def test_in_this_process_nothing_is_printed_or_warned_about(local, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local.step(OPTIMIZER, [1.0], [1.0])
        with pytest.raises(InvalidRequest):
            local.step("no such optimizer", [1.0], [1.0])
    assert capfd.readouterr() == ("", "")
