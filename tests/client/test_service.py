"""The client against the real service: in this process, and over a port with the same answers."""

import io
import threading
import warnings

import numpy as np
import pytest

from stepgrade import Client, InvalidRequest, NotFound, grid

web = pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

OPTIMIZER = {"name": "adam", "convention": "torch", "lr": 0.05}
GRADIENTS = np.array([[0.1, -4.0], [0.3, 2.0], [-0.2, 1.0]])
RUN = {"optimizer": OPTIMIZER, "objective": {"name": "quadratic", "condition": 20}, "start": "A", "steps": 50}
STEP = {"optimizer": OPTIMIZER, "params": {"W1": [[1.0, 2.0]], "b1": 0.5}, "gradient": {"W1": [[0.1, -4.0]], "b1": 1 / 3}}

PAIR = [{"name": "sgd", "lr": 0.02, "label": "gd"}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}]
COMPARISON = {"objective": {"name": "quadratic", "condition": 20}, "optimizers": PAIR, "steps": 200}


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
    assert all(len(column) == 51 for column in run.measures.values())
    assert run.measures["effective_lr"].shape == (51, 2)
    assert np.isnan(run.measures["effective_lr"][0]).all()


def test_the_effective_rates_of_named_tensors_have_their_names_and_shapes(client):
    start = {"W1": [[1.0, -2.0]], "b1": 3.0}
    run = client.trajectory({"name": "gd", "lr": 0.1}, "sphere", start=start, steps=4, include=["measures"])
    assert {name: rates.shape for name, rates in run.measures["effective_lr"].items()} == {"W1": (5, 1, 2), "b1": (5,)}
    np.testing.assert_allclose(run.measures["effective_lr"]["W1"][1:], 0.1, rtol=1e-12)
    assert np.isnan(run.measures["effective_lr"]["b1"][0])


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
    assert client.objective({"name": "quadratic", "condition": 50})["condition_number"] == 50
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


def test_a_comparison_from_b_says_who_is_ahead_and_why(client):
    comparison = client.compare(**COMPARISON, starts=["A", "B"], decompose=["gd", "rmsprop"], rotate=[45])
    touched = {(run.label, run.start): run.summary["steps_to_target"] for run in comparison}
    settled = {(run.label, run.start): run.summary["settling_step"] for run in comparison}
    assert touched == {("gd", "A"): 148, ("gd", "B"): 54, ("rmsprop", "A"): 28, ("rmsprop", "B"): 9}
    assert settled == {("gd", "A"): 148, ("gd", "B"): 54, ("rmsprop", "A"): 111, ("rmsprop", "B"): None}
    assert comparison["rmsprop", "B"].summary["sign_flips"].tolist() == [8, 0]
    assert [place["label"] for place in comparison.ranking["B"]] == ["gd", "rmsprop"]
    assert {split.start: split.result for split in comparison.decompose} == {"A": "helped", "B": "hurt"}
    for split in comparison.decompose:
        assert split.verdict.startswith(split.headline)
        assert split.notes
        assert split.headline in comparison.table()
    (rotated,) = comparison.rotations
    assert (rotated.degrees, rotated["rmsprop", "B"].summary["steps_to_target"]) == (45, 28)
    assert comparison.decompose[0].magnitude_effect < 0


def test_a_run_of_a_comparison_is_the_trajectory_of_its_optimizer(client):
    comparison = client.compare(**COMPARISON, start="B", match="first_step")
    run = comparison["rmsprop", "B"]
    assert run.matched
    alone = client.trajectory(run.optimizer, comparison.objective, start=comparison.starts["B"], steps=comparison.steps)
    assert alone.summary["steps_to_target"] == run.summary["steps_to_target"]
    assert alone.summary["first_step"] == pytest.approx(comparison["gd", "B"].summary["first_step"], rel=1e-12)


def test_a_comparison_is_shown_as_text_html_and_picture(local):
    comparison = local.compare(**COMPARISON, start="B", decompose=["gd", "rmsprop"], rotate=[45])
    text = comparison.table()
    assert "B      rmsprop   0.2        -        9     0.1047  0.7652   0.8683  0.9153   0.5477  8, 0" in text
    assert max(map(len, text.splitlines())) <= 100
    assert comparison._repr_html_().count("data:image/png;base64,iVBORw0KGgo") == 1
    assert b"<svg" in comparison.picture("svg", theme="dark")


def test_with_noise_a_comparison_has_every_seed(client):
    run = client.compare(**COMPARISON | {"steps": 50}, start="B", noise={"std": 1.0, "seeds": [1, 2, 3]})["rmsprop", "B"]
    assert [seed["seed"] for seed in run.seeds] == [1, 2, 3]
    assert run.summary["final_value"] == pytest.approx(np.mean([seed["final_value"] for seed in run.seeds]))
    assert run.spread["final_value"] == pytest.approx(np.std([seed["final_value"] for seed in run.seeds], ddof=1))


def test_a_dataframe_of_a_trajectory_is_the_services_csv(local):
    pandas = pytest.importorskip("pandas")
    body = RUN | {"include": ["points", "values", "gradients", "updates", "measures"]}
    written = pandas.read_csv(io.BytesIO(local.request("POST", "/trajectory", body, accept="text/csv").body))
    pandas.testing.assert_frame_equal(local.trajectory(**body).to_pandas(), written, check_exact=True)


def test_a_sweep_gives_what_the_calls_alone_give(client, tmp_path):
    calls = grid({"objective": "quadratic", "steps": 20}, start=["A", "B"], optimizer=["sgd", "rmsprop"], optimizer__lr=[0.01, 0.02])
    for _ in range(2):  # from the service, then from the journal
        swept = client.sweep(calls, journal=tmp_path / "runs.sqlite").in_order()
        assert [each.result.raw for each in swept] == [client.trajectory(**call).raw for call in calls]


def test_a_sweep_of_comparisons_collects_what_is_refused(client):
    sweep = client.sweep([{**COMPARISON, "start": start} for start in ("A", "B", "nowhere")], "compare")
    assert [each.error is None and each.result["rmsprop", each.request["start"]].steps for each in sweep.in_order()] == [200, 200, False]
    assert isinstance(sweep.errors[0].error, InvalidRequest)


RECORDED = RUN | {"include": ["states", "measures"]}


@pytest.mark.parametrize("body", [("/step", STEP), ("/trajectory", RUN), ("/trajectory", RECORDED), ("/compare", COMPARISON)])
def test_in_this_process_and_over_a_port_the_bytes_are_equal(local, live, body):
    assert local.request("POST", *body).body == live.request("POST", *body).body


def test_in_this_process_nothing_is_printed_or_warned_about(local, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local.step(OPTIMIZER, [1.0], [1.0])
        with pytest.raises(InvalidRequest):
            local.step("no such optimizer", [1.0], [1.0])
    assert capfd.readouterr() == ("", "")


def test_a_map_is_the_comparison_of_each_of_its_starts(client):
    field = client.map(**COMPARISON, grid={"x": [-6, 6, 5], "y": [-3, 3, 3]})
    x, y = field.axes.values()
    for run in client.compare(**COMPARISON, start=[x[3], y[2]]):
        assert field.measures["settling_step"][run.label][2, 3] == run.summary["settling_step"]
    assert "rmsprop ahead" in field.table()
