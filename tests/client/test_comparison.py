"""The results of POST /compare and POST /map: what is asked for, and what is made of the answer."""

import pickle

import numpy as np
import pytest

from stepgrade import InvalidArgument, UnexpectedAnswer

PAIR = [{"name": "sgd", "lr": 0.02, "label": "gd"}, "rmsprop"]


@pytest.fixture
def comparison(canned, comparison_body):
    return canned(comparison_body)[0].compare("quadratic", PAIR)


@pytest.fixture
def field(canned, map_body):
    """A map, of 3 x 2 starts."""
    return canned(map_body)[0].map("quadratic", PAIR, {"x": [-1, 1, 3], "y": [2, 3, 2]})


def test_a_comparison_asks_for_what_it_is_given_and_no_more(canned, comparison_body):
    client, transport = canned(comparison_body)
    client.compare("quadratic", PAIR, starts={"A": "A", "here": np.array([1, 2])}, rotate=np.array([45.0]), match={"mode": "tuned"})
    assert (transport.last.method, transport.last.path) == ("POST", "/compare")
    assert transport.sent == {
        "objective": "quadratic",
        "optimizers": PAIR,
        "starts": {"A": "A", "here": [1, 2]},
        "rotate": [45.0],
        "match": {"mode": "tuned"},
    }


def test_a_comparison_passes_on_every_argument(canned, comparison_body):
    client, transport = canned(comparison_body)
    given = {
        "start": [1.0, 2.0],
        "steps": 50,
        "schedule": "cosine",
        "noise": {"std": 0.1, "seeds": [1, 2]},
        "target": {"value_gap": 1e-3},
        "baseline": "gd",
        "decompose": ["gd", "rmsprop"],
        "match": "graft",
    }
    client.compare("quadratic", PAIR, **given)
    assert transport.sent == {"objective": "quadratic", "optimizers": PAIR, **given}


def test_a_run_is_found_by_its_label_and_start(comparison):
    run = comparison["rmsprop", "B"]
    assert (run.label, run.start, run.summary["steps_to_target"], run.optimizer["lr"]) == ("rmsprop", "B", 9, 0.2)
    assert (run.summary["settling_step"], comparison["rmsprop", "A"].summary["settling_step"]) == (None, 111)
    assert run.summary["sign_flips"].tolist() == [8, 0]
    assert (comparison["gd", "B"].diverged_at, comparison["rmsprop", "A"].step_length_of) == (12, "gd")
    with pytest.raises(KeyError, match=r"no run \('adam', 'A'\)\. The runs are: \('gd', 'A'\)"):
        comparison["adam", "A"]


def test_a_comparison_iterates_over_its_runs(comparison):
    assert [(run.label, run.start) for run in comparison] == [("gd", "A"), ("gd", "B"), ("rmsprop", "A"), ("rmsprop", "B")]
    assert len(comparison) == 4


def test_a_comparison_holds_ranking_matching_and_starts(comparison):
    assert [place["label"] for place in comparison.ranking["A"]] == ["rmsprop", "gd"]
    assert (comparison.matching["mode"], comparison.matching["changes"][0]["reason"]) == ("first_step", "no rate does it")
    assert comparison.starts["B"].tolist() == [-0.3, -2.0]
    assert (comparison.steps, comparison.baseline, comparison.target) == (200, "gd", {"distance": 0.05, "arrival": "settle"})


def test_a_decomposition_holds_the_four_cells_and_a_sentence(comparison):
    (split,) = comparison.decompose
    assert (split.plain, split.other, len(split.cells), split.because) == ("gd", "rmsprop", 4, "both")
    assert (split.magnitude_effect, split.direction_effect, split.interaction) == (-0.3, -0.4, None)
    assert (comparison.verdicts, comparison.headlines) == ({"B": split.verdict}, {"B": split.headline})
    assert (split.headline, len(split.notes)) == ("From B, rmsprop hurt: it did not settle.", 2)
    assert split.verdict.startswith(split.headline)


def test_what_tuning_tried_is_in_the_matching(canned, comparison_body):
    tried = {"rates": [0.01, 0.1], "settling_step": [None, 23], "tail_gap": [0.5, None], "interior": True, "reason": None}
    comparison_body["matching"] |= {"mode": "tuned", "changes": [{"label": "gd", "start": "A", **tried}]}
    (change,) = canned(comparison_body)[0].compare("quadratic", PAIR).matching["changes"]
    np.testing.assert_array_equal(change["settling_step"], [np.nan, 23])
    np.testing.assert_array_equal(change["tail_gap"], [0.5, np.nan])


def test_without_a_decomposition_there_is_no_verdict(canned, comparison_body):
    del comparison_body["decompose"], comparison_body["rotations"]
    comparison = canned(comparison_body)[0].compare("quadratic", PAIR)
    assert (comparison.decompose, comparison.verdicts, comparison.rotations) == ((), {}, ())


def test_a_rotated_problem_is_a_comparison_of_its_own(comparison):
    (rotated,) = comparison.rotations
    assert (rotated.degrees, rotated["gd", "B"].summary["steps_to_target"], rotated.decompose) == (45, 54, ())
    assert rotated.flips[0]["here"] == ["gd", "rmsprop"]


def test_with_noise_a_run_has_its_seeds_and_their_spread(canned, comparison_body):
    comparison_body["runs"][0] |= {
        "seeds": [{"seed": 1, "steps_to_target": 140}],
        "spread": {"steps_to_target": 2.5, "sign_flips": [0.5, None]},
    }
    run = canned(comparison_body)[0].compare("quadratic", PAIR)["gd", "A"]
    assert (run.seeds[0]["seed"], run.spread["steps_to_target"]) == (1, 2.5)
    assert np.isnan(run.spread["sign_flips"][1])


def test_a_map_asks_for_its_grid(canned, map_body):
    client, transport = canned(map_body)
    given = {"measure": ["settling_step"], "start": "A", "steps": 10, "schedule": "cosine", "noise": {"std": 0.1, "seed": 1}}
    given |= {"target": {"distance": 0.1}, "baseline": "gd", "match": "mean_step"}
    client.map("quadratic", PAIR, {"lr": [1e-4, 1, 60]}, **given)
    assert transport.last.path == "/map"
    assert transport.sent == {"objective": "quadratic", "optimizers": PAIR, "grid": {"lr": [1e-4, 1, 60]}, **given}


def test_a_map_holds_an_array_for_each_measure_and_label(field):
    steps = field.measures["settling_step"]["gd"]
    assert (steps.shape, steps.dtype, steps[0, 0], np.isnan(steps[0, 1])) == ((2, 3), np.float64, 10.0, True)
    assert field.measures["direction_effect"].shape == (2, 3)
    assert {name: values.tolist() for name, values in field.axes.items()} == {"x": [-1, 0, 1], "y": [2, 3]}
    assert (field.labels, field.counts["direction_effect"]["hurts"]) == (("gd", "rmsprop"), 4)


def test_a_row_of_nothing_is_a_row_of_nan(canned, map_body):
    map_body["measures"]["settling_step"]["gd"] = [[None] * 3] * 2
    field = canned(map_body)[0].map("quadratic", PAIR, {})
    assert np.isnan(field.measures["settling_step"]["gd"]).all()


def test_comparisons_and_maps_are_one_readable_line(comparison, field):
    assert repr(comparison) == "Comparison(gd, rmsprop on quadratic, 2 starts, 200 steps)"
    assert repr(comparison["gd", "B"]) == "Run(gd from B, diverged at 12, target not reached)"
    assert repr(comparison["gd", "A"]) == "Run(gd from A, completed, settled at 148)"
    assert repr(comparison["rmsprop", "A"]) == "Run(rmsprop from A, completed, touched at 28, settled at 111)"
    assert repr(comparison["rmsprop", "B"]) == "Run(rmsprop from B, completed, touched at 9, not settled)"
    assert repr(comparison.decompose[0]) == "Decomposition(rmsprop against gd from B: hurt)"
    assert repr(comparison.rotations[0]) == "Rotation(45 degrees, 2 runs, 1 flips)"
    assert repr(field) == "Map(gd, rmsprop on quadratic, 3 x 2 of x, y)"


def test_comparisons_and_maps_can_be_pickled(comparison, field):
    again = pickle.loads(pickle.dumps(comparison))
    assert (again["gd", "A"].optimizer, again.table()) == (comparison["gd", "A"].optimizer, comparison.table())
    assert pickle.loads(pickle.dumps(field)).measures["direction_effect"][1, 2] == 0.3


@pytest.mark.parametrize(("method", "path"), [("compare", "/compare"), ("map", "/map")])
def test_their_pictures_are_the_same_request_in_another_form(service, client, comparison_body, map_body, method, path):
    service.plays({"body": comparison_body if method == "compare" else map_body}, {"body": b"<svg"})
    result = getattr(client, method)("quadratic", PAIR, *([{}] if method == "map" else []))
    assert result.picture("svg", theme="dark") == b"<svg"
    assert service.seen[1][1] == f"{path}?theme=dark"
    assert service.seen[0][3] == service.seen[1][3]


@pytest.mark.parametrize("method", ["compare", "map"])
def test_what_is_no_comparison_is_unexpected(canned, step_body, method):
    with pytest.raises(UnexpectedAnswer):
        getattr(canned(step_body)[0], method)("quadratic", PAIR, *([{}] if method == "map" else []))


def test_nan_in_a_start_is_found_before_anything_is_sent(canned, comparison_body):
    with pytest.raises(InvalidArgument, match="/starts/A/1 must be a finite number"):
        canned(comparison_body)[0].compare("quadratic", PAIR, starts={"A": [1.0, np.nan]})
