"""The client's methods: what each asks for, and what it makes of the answer."""

import copy
import json
import pickle

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument, NotFound


def test_a_step_holds_arrays(canned, step_body):
    step = canned(step_body)[0].step("adam", [1.0, 2.0], [0.5, -4.0])
    assert step.params.dtype == step.update.dtype == step.state["m"].dtype == np.float64
    assert step.params.tolist() == [0.9, 2.1]
    assert (step.state["t"], step.measures["descent_cosine"], step.engine) == (1, None, "2.0")
    assert np.isnan(step.measures["effective_lr"][1])


def test_a_step_of_named_tensors_holds_a_dict_of_arrays(canned, step_body):
    named = {"W1": [[1.0, 2.0]], "b1": 0.5}
    client, transport = canned(step_body | {"params": named, "update": named, "state": {"t": 1, "m": named}})
    step = client.step("adam", named, named)
    assert (step.params["W1"].shape, step.params["b1"].shape, step.state["m"]["W1"].shape) == ((1, 2), (), (1, 2))
    client.step("adam", step.params, named, state=step.state)
    assert (transport.sent["params"], transport.sent["state"]) == (named, {"t": 1, "m": named})


def test_a_step_that_left_the_finite_numbers_has_no_update(canned, step_body):
    step = canned(step_body | {"status": "diverged", "update": None})[0].step("sgd", [1.0, 2.0], [0.0, 0.0])
    assert (step.status, step.update) == ("diverged", None)


def test_a_trajectory_holds_its_points_as_one_array(canned, trajectory_body):
    run = canned(trajectory_body)[0].trajectory("adam", "quadratic")
    assert (run.points.shape, run.values.shape, run.recorded.tolist(), run.steps) == ((3, 2), (3,), [0, 1, 2], 2)
    assert np.isnan(run.updates[0]).all()
    assert run.gradients is None
    assert run.summary["steps_to_target"] is None
    assert run.minimum.tolist() == [0.0, 0.0]


def test_a_trajectory_of_named_tensors_holds_an_array_for_each(canned, trajectory_body):
    trajectory_body["points"] = [{"w": [1.0, 2.0], "b": 3.0}] * 3
    points = canned(trajectory_body)[0].trajectory("adam", "quadratic").points
    assert {name: array.shape for name, array in points.items()} == {"w": (3, 2), "b": (3,)}


def test_any_recorded_state_can_be_posted(canned, trajectory_body):
    client, transport = canned(trajectory_body)
    run = client.trajectory("adam", "quadratic", include=["states"])
    client.trajectory("adam", "quadratic", state=run.states[1])
    assert transport.sent["state"] == {"t": 1, "m": [0.1, 0.2]}


@pytest.mark.parametrize("measures", [{"norm": [None, 0.1]}, [{"norm": None}, {"norm": 0.1}]])
def test_measures_are_arrays_by_name(canned, trajectory_body, measures):
    norm = canned(trajectory_body | {"measures": measures})[0].trajectory("adam", "quadratic").measures["norm"]
    assert np.isnan(norm[0])
    assert norm[1] == 0.1


def test_a_measure_that_is_laid_out_like_the_params_is_read_so(canned, trajectory_body):
    measures = {"effective_lr": [None, {"W1": [0.1, None], "b1": 0.2}], "update_norm": [None, 0.1]}
    rates = canned(trajectory_body | {"measures": measures})[0].trajectory("adam", "quadratic").measures["effective_lr"]
    np.testing.assert_array_equal(rates["W1"], [[np.nan, np.nan], [0.1, np.nan]])
    np.testing.assert_array_equal(rates["b1"], [np.nan, 0.2])


def test_a_trajectory_asks_for_what_it_is_given_and_no_more(canned, trajectory_body):
    client, transport = canned(trajectory_body)
    client.trajectory("adam", gradients=np.ones((2, 2)), start=np.zeros(2), values=[1, 2], stop={"distance": 1e-3}, record_every=5)
    assert (transport.last.method, transport.last.path) == ("POST", "/trajectory")
    assert transport.sent == {
        "optimizer": "adam",
        "gradients": [[1.0] * 2] * 2,
        "values": [1.0, 2.0],
        "start": [0.0] * 2,
        "stop": {"distance": 1e-3},
        "record_every": 5,
    }


def test_results_are_one_readable_line(canned, step_body, trajectory_body):
    assert repr(canned(step_body)[0].step("adam", [1.0, 2.0], [0.5, -4.0])) == "Step(adam, completed, t = 1, |update| = 0.141)"
    run = canned(trajectory_body)[0].trajectory("adam", "quadratic")
    assert repr(run) == "Trajectory(adam on quadratic, completed, 2 steps, f = 1.2e-05)"
    replay = canned(trajectory_body | {"objective": None, "values": None})[0].trajectory("adam", gradients=[[1.0, 1.0]], start=[1.0, 1.0])
    assert repr(replay) == "Trajectory(adam replay, completed, 2 steps)"


def test_results_are_frozen_and_compare_by_identity(canned, step_body):
    client, _ = canned(step_body)
    one, two = client.step("adam", [1.0, 2.0], [0.5, -4.0]), client.step("adam", [1.0, 2.0], [0.5, -4.0])
    assert (one == one, one == two, len({one, two})) == (True, False, 2)
    with pytest.raises(AttributeError):
        one.status = "better"


def test_results_keep_the_answer_and_the_request_as_they_were(canned, step_body):
    client, transport = canned(step_body)
    step = client.step("adam", np.array([1, 2]), [0.5, -4])
    assert (step.raw, step.request) == (step_body, transport.sent)


def test_a_picture_is_the_same_request_in_another_form(service, client, trajectory_body):
    service.plays({"body": trajectory_body}, {"body": b"\x89PNG", "headers": {"Content-Type": "image/png"}})
    picture = client.trajectory("adam", "quadratic", steps=2).picture(theme="dark")
    (_, _, _, asked), (method, path, headers, drawn) = service.seen
    assert (picture, method, path, headers["Accept"]) == (b"\x89PNG", "POST", "/trajectory?theme=dark", "image/png")
    assert drawn == asked


def test_a_picture_in_an_unknown_format_is_refused_with_the_known_ones(canned, trajectory_body):
    run = canned(trajectory_body)[0].trajectory("adam", "quadratic")
    with pytest.raises(InvalidArgument, match="format must be one of png, svg, not 'gif'"):
        run.picture("gif")


@pytest.mark.parametrize("again", [lambda result: pickle.loads(pickle.dumps(result)), copy.copy, copy.deepcopy])
def test_results_can_be_pickled_and_copied_without_their_client(canned, trajectory_body, again):
    run = again(canned(trajectory_body)[0].trajectory("adam", "quadratic"))
    assert run.points.tolist() == trajectory_body["points"]
    with pytest.raises(ConfigurationError, match="no client"):
        run.picture()


def test_a_catalogue_is_by_name(canned):
    client, transport = canned({"engine": "1.0", "optimizers": [{"name": "sgd"}, {"name": "adam", "slots": ["m", "v"]}]})
    assert list(client.optimizers()) == ["sgd", "adam"]
    assert client.optimizers()["adam"]["slots"] == ["m", "v"]
    assert (transport.last.method, transport.last.path, transport.last.body) == ("GET", "/optimizers", b"")


ADAM_ENTRY = {"name": "adam", "title": "Adam", "formula": "x \\leftarrow x - \\eta\\,$m_t$", "notes": "*starred* $1"}


def test_a_notebook_renders_the_formula_of_an_entry_and_shows_the_rest_as_it_is(canned):
    meaning = {"name": "lr", "meaning": "<b>learning rate</b>", "range": "at least 0"}
    entry = canned({**ADAM_ENTRY, "hyperparameters": [meaning]})[0].optimizer("adam")
    assert entry == {**ADAM_ENTRY, "hyperparameters": [meaning]}
    shown = entry._repr_markdown_()
    assert "\n$$\nx \\leftarrow x - \\eta\\,m_t\n$$\n" in shown
    assert r"\*starred\* \$1" in shown
    assert "&lt;b&gt;learning rate" in shown


def test_a_notebook_renders_the_formulas_of_a_catalogue(canned):
    mistake = {"code": "wrong_sign", "title": "the sign is wrong", "formula": {"wrong": "x+g", "right": "x-g"}}
    shown = canned({"engine": "2.0", "mistakes": [mistake]})[0].mistakes()._repr_markdown_()
    assert "With the mistake\n\n$$\nx+g\n$$" in shown
    shown = canned({"engine": "2.0", "optimizers": [ADAM_ENTRY, {"name": "sgd"}]})[0].optimizers()._repr_markdown_()
    assert shown.count("$$") == 2


def test_a_name_is_quoted_in_a_path(canned):
    client, transport = canned({"name": "x"})
    client.objective("a/b c")
    assert transport.last.path == "/objectives/a%2Fb%20c"


def test_an_objective_with_parameters_is_posted(canned):
    client, transport = canned({"name": "quadratic", "formula": "x"})
    bowl = {"name": "quadratic", "condition": 50}
    assert "$$\nx\n$$" in client.objective(bowl)._repr_markdown_()
    assert (transport.last.method, transport.last.path) == ("POST", "/objectives")
    assert json.loads(transport.last.body) == {"objective": bowl}


def test_an_unknown_optimizer_is_not_found(canned):
    client, _ = canned({"title": "Not found", "detail": "no optimizer 'adem'; did you mean adam?"}, 404)
    with pytest.raises(NotFound, match="did you mean adam"):
        client.optimizer("adem")


def test_contours_hold_their_lines_as_arrays(canned):
    body = {"engine": "1.0", "objective": {"name": "quadratic"}, "levels": [1, 2], "polylines": [[[[0, 0], [1, 1]]], []]}
    client, transport = canned(body)
    contours = client.contours("quadratic", levels=2)
    assert ([len(lines) for lines in contours.polylines], contours.polylines[0][0].shape) == ([1, 0], (2, 2))
    assert transport.sent == {"objective": "quadratic", "levels": 2}
    assert repr(contours) == "Contours(quadratic, 2 levels)"


@pytest.mark.parametrize(("method", "path"), [("health", "/healthz"), ("ready", "/readyz")])
def test_health_and_readiness_are_asked_for(canned, method, path):
    client, transport = canned({"status": "ok"})
    assert getattr(client, method)() == {"status": "ok"}
    assert transport.last.path == path


def test_any_request_can_be_made(service, client):
    service.plays({"body": b"step,x\n", "headers": {"Content-Type": "text/csv", "Stepgrade-Engine": "1.0"}})
    answer = client.request("POST", "/trajectory", {"start": np.zeros(2)}, query={"theme": "dark"}, accept="text/csv")
    assert (answer.status, answer.body, answer.headers["stepgrade-engine"]) == (200, b"step,x\n", "1.0")
    assert service.seen[0][1::2] == ("/trajectory?theme=dark", b'{"start":[0.0,0.0]}')


def test_a_path_stays_below_the_base_url(canned):
    client, transport = canned({})
    client.request("GET", ".elsewhere.example")
    assert transport.last.path == "/.elsewhere.example"


def test_a_client_closes_its_transport_at_the_end_of_a_block():
    class Closing:
        closed = False

        def close(self):
            self.closed = True

    transport = Closing()
    with Client(transport=transport):
        assert not transport.closed
    assert transport.closed
