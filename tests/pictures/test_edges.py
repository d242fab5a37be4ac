"""Pictures of numbers at the edge: there is a picture that says what it leaves out, or a clear no."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from flask.testing import FlaskClient
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.text import Text
from werkzeug.test import TestResponse

from stepgrade_service.pictures.bounds import LARGEST, about_what_is_cut, cut_finite
from stepgrade_service.pictures.logarithm import stride_of, ticks_within
from stepgrade_service.pictures.paths import MOST_IN_LINE
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

#: How many requests are drawn at random; each is a test of its own, so that it can be asked again by its seed.
REQUESTS = 80

SGD, SLOW = {"name": "sgd", "lr": 0.1}, {"name": "sgd", "lr": 1e-320}
UNSCALED = {"name": "adamw", "lr": 1.0, "weight_decay": 0.1, "weight_decay_mode": "decoupled_unscaled"}
FAR_TARGET = {"distance": 1e9}


def over(grid: dict[str, Any], measure: str = "steps_to_target", *more: Any, **rest: Any) -> tuple[str, dict[str, Any]]:
    """A request for a map of gradient descent, and of what else there is."""
    return "/map", {"objective": "sphere", "optimizers": [SGD, *more], "grid": grid, "measure": [measure], **rest}


def replayed(*gradients: list[float], **rest: Any) -> tuple[str, dict[str, Any]]:
    return "/trajectory", {"optimizer": "sgd", "start": [0.0] * len(gradients[0]), "gradients": gradients, **rest}


def followed(start: list[float], lr: float = 0.1, **rest: Any) -> tuple[str, dict[str, Any]]:
    return "/trajectory", {"optimizer": {"name": "sgd", "lr": lr}, "objective": "sphere", "start": start, "steps": 10, **rest}


def compared(*optimizers: Any, **rest: Any) -> tuple[str, dict[str, Any]]:
    return "/compare", {"objective": "sphere", "optimizers": optimizers, "steps": 10, **rest}


TUNED = {"mode": "tuned", "grid": [0.001, 1e300, 3]}
CIRCLE, ALL_AT, CUT = "its circle is larger than the picture, so it is not drawn", "all points have x1=1e+300", "are drawn at ±1e300"

#: Requests that were not answered, or were answered with a warning or an empty picture, by name; and what their pictures say.
ONCE_FAILED = {
    "a circle of 1e9": (followed([3.0, 4.0], target=FAR_TARGET), CIRCLE),
    "a circle of 1e300": (followed([3.0, 4.0], target={"distance": 1e300}), CIRCLE),
    "a circle of 1e9, compared": (compared("sgd", "adam", target=FAR_TARGET), CIRCLE),
    "one row": (over({"x": [-1, 1, 3], "y": [0, 0, 1]}), "steps to the target"),
    "one column": (over({"x": [0, 0, 1], "y": [-1, 1, 3]}), "steps to the target"),
    "one cell": (over({"x": [1, 1, 1], "y": [1, 1, 1]}), "steps to the target"),
    "rates to 1e300": (over({"lr": [1e-300, 1e300, 3]}), "no run reaches the target within 100 steps"),
    "rates from 5e-324": (over({"lr": [5e-324, 1e300, 5]}, "final_value"), "shown with the last finite value: sgd in 2 points"),
    "one rate": (over({"lr": [5e-324, 5e-324, 1]}, "final_value"), "learning rate"),
    "rates and a coordinate": (over({"lr": [1e-300, 1e300, 3], "x": [1e-300, 1.0, 3]}), "not reached within"),
    "a column at 1e300": (over({"x": [1e300, 1e300, 1], "y": [-1, 1, 2]}), ALL_AT),
    "a column at 1e300, effects": (over({"x": [1e300, 1e300, 1], "y": [-1, 1, 2]}, "direction_effect", "adam"), "cannot be compared"),
    "a cell at 1e150": (over({"x": [1e150, 1e150, 1], "y": [0, 0, 1]}, "final_value"), "all points have x1=1e+150"),
    "points too close": (over({"x": [1e17, 1.0000000000000002e17, 2], "y": [-1, 1, 2]}), "are too close for a true scale"),
    "rows too close": (over({"x": [-1, 1, 2], "y": [1.23456789e17, 1.234567890000001e17, 2]}), "are too close for a true scale"),
    "points of 5e-324": (over({"x": [0, 5e-324, 2], "y": [0, 5e-324, 2]}), "drawn at equal distances"),
    "a gradient of 1e308": (replayed([1e308]), CUT),
    "a gradient whose length overflows": (replayed([1.7e308, 1.7e308], optimizer="rmsprop"), CUT),
    "gradients of 1e308 in the plane": (replayed([1e308, 0.0], [1e308, 1e308], [1.0, 1.0]), CUT),
    "gradients of 5e-324, then 1": (replayed([5e-324, 0.0], [1.0, 1.0]), "continues below the picture"),
    "values of either sign": (replayed([1.0], [1.0], values=[1e308, -1e308]), CUT),
    "a start at 1e150": (followed([1e150, 1e150]), "not settled within 10 steps"),
    "a start at 5e-324": (followed([5e-324, 0.0]), "start"),
    "a rate of 5e-324": (followed([1.0, 1.0], 5e-324), "not settled within 10 steps"),
    "a rate of 1e300": (followed([1.0, 1.0], 1e300), "diverged at step 1"),
    "tuned to 1e300": (compared("sgd", UNSCALED, match=TUNED), "Tuned"),
    "tuned, a large decay": (compared("sgd", {**UNSCALED, "weight_decay": 1e10}, match=TUNED), "Tuned"),
    "matched to a rate that underflows": (compared(SLOW, {**UNSCALED, "lr": 1e-300}, match="first_step"), "not settled within 10 steps"),
    "matched rate by rate": (
        over({"lr": [1e-160, 1.0, 3]}, "final_value", {"name": "adam", "lr": 5e181}, match="mean_step", steps=1),
        "value gap after 1 steps",
    ),
    "matched in the mean": (compared(SLOW, {"name": "adam", "lr": 1e300}, match="mean_step"), "not settled within 10 steps"),
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


@pytest.fixture
def ask(client: FlaskClient) -> Iterator[Callable[..., TestResponse]]:
    """`ask(path, document, form)`: the answer to a request during which no warning may be given."""

    def send(path: str, document: dict[str, Any], form: str = "image/png") -> TestResponse:
        return client.post(path, data=json.dumps(document), headers={"Content-Type": "application/json", "Accept": form})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield send


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are rendered during a test."""
    figures, draw = list[Figure](), Figure.draw

    def kept(figure: Figure, *rest: Any, **more: Any) -> None:
        draw(figure, *rest, **more)
        if figure not in figures:
            figures.append(figure)

    monkeypatch.setattr(Figure, "draw", kept)
    return figures


def said(figure: Figure) -> str:
    """All that is written on a figure, in one line."""
    texts = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
    return " ".join(" ".join(texts).replace("\N{NO-BREAK SPACE}", " ").split())


def curves_in(axes: Axes) -> list[np.ndarray]:
    """The curves of a panel that have a point which can be seen."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    points = [np.asarray(line.get_xydata(), dtype=np.float64) for line in axes.get_lines()]
    return [each for each in points if ((each >= (left, bottom)) & (each <= (right, top))).all(axis=1).any()]


@pytest.mark.parametrize("seed", range(REQUESTS))
def test_a_request_at_random_has_a_picture_or_a_clear_no(ask, at_random, caplog):
    path, document, form = at_random
    with caplog.at_level(logging.WARNING):
        answer = ask(path, document, form)
    assert answer.status_code in (200, 422), answer.text
    assert not caplog.records
    if answer.status_code == 422:
        assert all(error["detail"] and error["pointer"] is not None for error in answer.json["errors"])
    elif form == "image/png":
        assert answer.data.startswith(b"\x89PNG")
    elif form == "image/svg+xml":
        assert ElementTree.fromstring(answer.data).tag.endswith("svg")


@pytest.mark.parametrize("name", ONCE_FAILED)
def test_a_request_that_once_failed_has_a_picture_that_says_what_it_leaves_out(ask, drawn, name):
    (path, document), words = ONCE_FAILED[name]
    answer = ask(path, document)
    assert answer.status_code == 200, answer.text
    assert words in said(drawn[0])


@pytest.mark.parametrize(
    "name",
    [
        "a gradient of 1e308",
        "a gradient whose length overflows",
        "gradients of 5e-324, then 1",
        "values of either sign",
        "rates from 5e-324",
    ],
)
def test_what_is_cut_can_be_seen_at_the_edge(ask, drawn, name):
    (path, document), _ = ONCE_FAILED[name]
    ask(path, document)
    assert all(curves_in(axes) for axes in drawn[0].axes)


@pytest.mark.parametrize("name", ["normalized_gd", "adam"])
def test_the_line_of_a_path_of_very_many_steps_joins_some_of_them_and_says_so(ask, drawn, name):
    document = {"optimizer": {"name": name, "lr": 1.0}, "objective": "rosenbrock", "steps": 240_000, "noise": {"std": 1.0, "seed": 1}}
    assert ask("/trajectory", document).status_code == 200
    assert "the line connects one point per 25 steps" in said(drawn[0])
    assert max(len(line.get_xydata()) for line in drawn[0].axes[0].get_lines()) <= MOST_IN_LINE + 1


@pytest.mark.parametrize("distance", [0.0, 5e-324, 0.5, 1.0, 1.5, 10.0, 1e5, 1e300])
def test_no_circle_is_drawn_that_is_larger_than_its_picture(ask, drawn, distance):
    ask(*followed([3.0, 4.0], target={"distance": distance}))
    (axes,) = drawn[0].axes
    diagonal = np.hypot(np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim()))
    radii = {patch.radius for patch in axes.patches if isinstance(patch, Circle)}
    assert all(radius <= diagonal for radius in radii)
    assert len(radii) == int(1e-300 < distance <= 1.0)
    assert ("not drawn" in said(drawn[0])) == (not radii)
    assert ("too small to see" in said(drawn[0])) == (distance < 1e-300)


@pytest.mark.parametrize("start", [[1e150, -1e150], [1e-300, 5e-324], [5e-324, 5e-324], [1e17, 1.0]])
def test_a_unit_is_as_long_on_both_axes_wherever_a_path_is(ask, drawn, start):
    assert ask(*followed(start)).status_code == 200
    (axes,) = drawn[0].axes
    box = axes.get_window_extent()
    assert np.ptp(axes.get_xlim()) / box.width == pytest.approx(np.ptp(axes.get_ylim()) / box.height, rel=1e-6)


@pytest.mark.parametrize(("measure", "others"), [("steps_to_target", []), ("final_value", ["adam"]), ("direction_effect", ["adam"])])
def test_a_map_without_any_number_has_no_bar_of_colours(ask, drawn, measure, others):
    ask(*over({"x": [1e300, 1e300, 1], "y": [-1, 1, 2]}, measure, *others))
    ask(*over({"x": [1, 2, 2], "y": [-1, 1, 2]}, measure, *others))
    empty, full = drawn
    assert (len(empty.axes), len(full.axes)) == (1, 2)
    assert ("cannot be compared: 2 of 2" if others else "the objective or its gradient is not finite: 2 of 2") in said(empty)


def test_what_is_cut_is_told_and_what_is_not_finite_is_no_number():
    assert cut_finite(np.array([1e308, -1e308, np.inf, -np.inf, np.nan, 2.0])).tolist()[:2] == [LARGEST, -LARGEST]
    assert np.isnan(cut_finite(np.array([np.inf, -np.inf, np.nan]))).all()
    assert about_what_is_cut(np.array([1.0]), np.array([-1e301])) == ["values beyond ±1e300 are drawn at ±1e300"]
    assert about_what_is_cut(np.array([np.inf, LARGEST, np.nan])) == []


@pytest.mark.parametrize("decades", [0.1, 1.0, 2.5, 5.0, 6.0, 30.0, 49.0, 51.0, 106.0, 632.0])
def test_ticks_on_a_logarithm_are_few_and_round(decades):
    stride = stride_of(decades / 6.0)
    places, texts = ticks_within(-decades / 2.0, decades / 2.0, (1,), stride)
    assert stride >= decades / 6.0
    assert all(place % stride == 0 for place in places)
    assert len(places) == len(texts) <= 7
