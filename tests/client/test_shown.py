"""Results for people: as text, in notebooks, on axes, as DataFrames."""

import io
import pickle
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument, UnexpectedAnswer
from stepgrade.results import borrowed, colors
from stepgrade.results.contour_picture import APART, _write_levels

PAIR = ["sgd", "rmsprop"]
PNG = b"\x89PNG\r\n\x1a\n, as it were"


@pytest.fixture
def bodies(step_body, trajectory_body, comparison_body, map_body):
    """An answer of each kind that is shown, with its call."""
    contours = {"engine": "1.0", "objective": {"name": "quadratic"}, "levels": [1, 2], "polylines": [[[[0, 0], [1, 1], [2, 0]]], []]}
    return {
        "step": (step_body, ("adam", [1.0, 2.0], [0.5, -4.0])),
        "trajectory": (trajectory_body, ("adam", "quadratic")),
        "compare": (comparison_body, ("quadratic", PAIR)),
        "map": (map_body, ("quadratic", PAIR, {})),
        "contours": (contours, ("quadratic",)),
    }


@pytest.fixture
def shown(canned, bodies):
    """Make the result of a method, with other fields in its answer."""

    def make(method, **fields):
        body, call = bodies[method]
        return getattr(canned(body | fields)[0], method)(*call)

    return make


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    yield plt
    plt.close("all")


METHODS = ["step", "trajectory", "compare", "map", "contours"]


@pytest.mark.parametrize("method", METHODS)
def test_a_table_is_plain_text_of_at_most_100_columns(shown, method):
    text = shown(method).table()
    assert text == text.strip("\n")
    assert max(map(len, text.splitlines())) <= 100
    assert all(line == line.rstrip() and (not line or line.isprintable()) for line in text.splitlines())


def test_the_table_of_a_comparison_has_one_row_per_run_then_ranking_and_verdict(shown):
    lines = shown("compare").table().splitlines()
    assert lines[:5] == [
        "quadratic, 200 steps, target: 0.05 of the distance at the start, matched by first_step to gd",
        "start  label     lr  settled  touched  end gap         effic.  descent  target  turning  flips",
        "A      gd       0.2      148      148  0.1047          0.7652   0.8683  0.9153        -  8, 0",
        "A      rmsprop  0.2      111       28  0.1047          0.7652   0.8683  0.9153        -  8, 0",
        "B      gd       0.2        -        -  diverged at 12  0.7652   0.8683  0.9153        -  8, 0",
    ]
    assert lines[7:15] == [
        "From A: 1. rmsprop (settled at step 111), 2. gd (settled at step 148).",
        "From B: 1. rmsprop (not settled, end gap 0.1), 2. gd (diverged).",
        "rmsprop from A: no rate does it",
        "",
        "From B, rmsprop hurt: it did not settle.",
        "  Mean value gap at the end: 0.105 for rmsprop, 2.1e-5 for gd.",
        "  - rmsprop is in a limit cycle.",
        "  - With a cosine schedule, rmsprop settles in 84 steps.",
    ]
    assert lines[-1] == "From B the ranking is gd, rmsprop here. At 0 degrees it is rmsprop, gd."


@pytest.mark.parametrize(
    ("mode", "said"), [("none", "not matched"), ("tuned", "each learning rate tuned"), ("graft", "matched by graft to gd")]
)
def test_the_title_of_a_comparison_says_how_the_rates_were_matched(shown, comparison_body, mode, said):
    comparison_body["matching"]["mode"] = mode
    assert shown("compare", **comparison_body).table().splitlines()[0].endswith(f", {said}")


def test_a_run_that_grows_has_its_status_in_place_of_the_end(shown, comparison_body):
    comparison_body["runs"][3]["status"] = comparison_body["ranking"]["B"][0]["status"] = "growing"
    lines = shown("compare", **comparison_body).table().splitlines()
    assert lines[5].split()[:6] == ["B", "rmsprop", "0.2", "-", "9", "growing"]
    assert lines[8] == "From B: 1. rmsprop (growing), 2. gd (diverged)."


def test_by_the_first_touch_a_ranking_goes_by_it(shown):
    lines = shown("compare", target={"distance": 0.05, "arrival": "touch"}).table().splitlines()
    assert lines[0].startswith("quadratic, 200 steps, target: 0.05 of the distance at the start (first touch), ")
    assert "From A: 1. rmsprop (touched at step 28), 2. gd (touched at step 148)." in lines
    assert "From B: 1. rmsprop (touched at step 9), 2. gd (diverged)." in lines


def test_without_a_known_minimum_values_stand_in_place_of_gaps(shown, comparison_body):
    places, runs = comparison_body["ranking"]["B"], comparison_body["runs"]
    places[0] |= {"tail_gap": None, "tail_value": -3.5}
    for run in runs:
        run["summary"]["tail_gap"] = None
    lines = shown("compare", **comparison_body).table().splitlines()
    assert "end value" in lines[1]
    assert lines[8] == "From B: 1. rmsprop (mean value at the end -3.5), 2. gd (diverged)."


def test_the_headline_is_bold_and_notes_are_a_list(shown):
    page = shown("compare")._repr_html_()
    assert "<p><b>From B, rmsprop hurt: it did not settle.</b> Mean value gap" in page
    assert "<ul><li>rmsprop is in a limit cycle.</li><li>With a cosine schedule" in page


def test_a_decomposition_is_shown_with_its_four_runs(shown):
    (split,) = shown("compare").decompose
    assert split.table().splitlines()[5:7] == [
        "step length of  direction of  status     settled  touched  end gap",
        "gd              rmsprop       completed       12       10      0.1",
    ]
    assert {"b", "ul", "li", "table"} <= tags_of(split._repr_html_()).seen


def test_the_table_of_a_trajectory_has_its_summary_and_its_ends(shown):
    long = {"recorded": list(range(200)), "points": [[k / 8, -k] for k in range(200)], "values": [None] * 200, "updates": None}
    lines = shown("trajectory", **long, measures=None).table().splitlines()
    assert lines[:4] == ["adam on quadratic: completed, 2 steps", "summary", "steps_to_target  -", "minimum          0, 0"]
    assert lines[5:] == [
        "step  point.0  point.1  value",
        "   0        0        0      -",
        "   1    0.125       -1      -",
        "   2     0.25       -2      -",
        " ...      ...      ...    ...",
        " 197    24.62     -197      -",
        " 198    24.75     -198      -",
        " 199    24.88     -199      -",
    ]


def test_the_table_of_a_step_has_one_row_per_parameter_its_state_and_its_measures(shown):
    assert shown("step").table().splitlines() == [
        "adam in the convention of torch: completed, t = 1",
        "   params  gradient  update  new params",
        "0       1       0.5    -0.1         0.9",
        "1       2        -4     0.1         2.1",
        "",
        "state",
        "m      0.05, -0.4",
        "v      0.1, -",
        "",
        "measures",
        "gradient_norm   4",
        "update_norm     0.1414",
        "descent_cosine  -",
        "effective_lr    0.2, -",
    ]


def test_the_table_of_a_step_names_the_tensors_and_shows_the_first_numbers(canned, step_body):
    tensors = {"W": np.ones((5, 6)).tolist(), "b": 0.5}
    step_body |= {"params": tensors, "update": tensors, "state": {"t": 1}, "measures": {}}
    lines = canned(step_body)[0].step("sgd", tensors, tensors).table().splitlines()
    assert lines[2].split()[0] == "W.0.0"
    assert [line.split() for line in lines[25:27]] == [["W.3.5", "1", "1", "1", "1"], ["..."] * 5]


def test_a_step_that_diverged_shows_where_it_was(canned, step_body):
    step_body |= {"status": "diverged", "update": None}
    lines = canned(step_body)[0].step("adam", [1.0, 2.0], [0.5, -4.0]).table().splitlines()
    assert lines[2].split() == ["0", "1", "0.5", "-", "0.9"]


def test_the_table_of_a_map_has_its_axes_and_every_count(shown):
    lines = shown("map").table().splitlines()
    assert lines[2] == "x       -1   1       3"
    assert "settling_step     rmsprop ahead           4" in lines
    assert "settling_step     different minima        0" in lines
    assert "minimum_reached   gd: none                1" in lines


def test_a_table_of_many_parameters_stays_narrow(shown):
    many = {"points": np.ones((3, 300)).tolist(), "summary": {"sign_flips": [2] * 300, "minimum": [0.5] * 300}, "updates": None}
    text = shown("trajectory", **many).table()
    assert "sign_flips  600 in 300" in text
    assert "minimum     300 numbers" in text
    assert "point.3" in text
    assert "point.4" not in text


def test_long_labels_are_cut_and_no_label_moves_the_cursor(shown, comparison_body):
    runs = comparison_body["runs"]
    runs[0]["label"], runs[1]["label"] = "x" * 500, "\x1b[31mred\nnext"
    text = shown("compare", runs=runs).table()
    assert max(map(len, text.splitlines())) <= 100
    assert "?[31mred?next" in text
    assert "\x1b" not in text


class Tags(HTMLParser):
    """The tags of a page, held to be closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.seen.add(tag)
        self.open += [tag] if tag != "img" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def tags_of(page):
    parser = Tags()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("method", METHODS)
def test_in_a_notebook_a_result_is_an_html_table_in_the_notebooks_colours(shown, method):
    page = shown(method)._repr_html_()
    assert {"table", "tr", "th", "td"} <= tags_of(page).seen
    assert page.count("color:inherit") == page.count("color:")
    assert "background:transparent" in page


def test_labels_are_escaped_wherever_they_stand(shown, comparison_body):
    evil = '<script>alert("1")</script>&'
    body = comparison_body
    body["runs"][0] |= {"label": evil, "start": evil}
    body["ranking"] = {evil: [{"rank": 1, "label": evil, "status": "completed", "settling_step": 3}]}
    body["decompose"][0] |= {"headline": evil, "verdict": evil + evil, "notes": [evil]}
    body["rotations"][0]["flips"][0]["here"] = evil
    body["matching"]["changes"][0]["reason"] = evil
    body |= {"objective": {"expression": evil}, "baseline": evil, "target": {evil: 1.0}}
    result = shown("compare", **body)
    parsed = tags_of(result._repr_html_())
    assert parsed.seen <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p", "b", "ul", "li"}
    assert parsed.text.count(evil) == 12
    assert evil in result.table()


def test_counts_and_axes_of_a_map_are_escaped(shown, map_body):
    map_body["counts"] = {"<b>": {"<i>": 1, "ahead": {"<u>": 2}}}
    map_body["axes"][0]["name"] = map_body["labels"][0] = "<script>"
    assert tags_of(shown("map", **map_body)._repr_html_()).seen <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}


class Drawing:
    """A transport that answers a call with a body, and its picture as told; it counts the pictures."""

    def __init__(self, answer, picture):
        self.answer, self.picture, self.drawn = answer, picture, 0

    def send(self, request):
        if request.headers["Accept"] == "application/json":
            return self.answer
        self.drawn += 1
        if isinstance(self.picture, BaseException):
            raise self.picture
        return replace(self.answer, body=self.picture)

    def close(self):
        """Nothing is open."""


@pytest.fixture
def drawn(canned, comparison_body):
    """Make a comparison whose picture is these bytes, or fails with this error; and its transport."""

    def make(picture):
        transport = Drawing(canned(comparison_body)[1].answer, picture)
        return Client(transport=transport).compare("quadratic", PAIR), transport

    return make


def in_a_notebook(result):
    """Every form of a result that IPython would store in the notebook."""
    names = [name for name in dir(result) if name.startswith("_repr_") and name.endswith("_")]
    forms = {name: getattr(result, name)() for name in names}
    return {name: form for name, form in forms.items() if form is not None}


def test_in_a_notebook_the_picture_is_fetched_once_and_stands_in_the_html(drawn):
    result, transport = drawn(PNG)
    assert 'src="data:image/png;base64,iVBORw0KGgo' in result._repr_html_()
    assert result._repr_html_() == result._repr_html_()
    assert transport.drawn == 1


def test_a_notebook_stores_one_copy_of_the_picture(drawn):
    picture = PNG + bytes(60_000)
    stored = in_a_notebook(drawn(picture)[0])
    assert [*stored] == ["_repr_html_"]
    assert sum(map(len, stored.values())) < 4 / 3 * len(picture) + 20_000


def test_the_picture_is_described_for_those_who_do_not_see_it(drawn):
    assert '<img alt="Comparison(gd, rmsprop on quadratic, 2 starts, 200 steps)"' in drawn(PNG)[0]._repr_html_()


@pytest.mark.parametrize("picture", [ConnectionError("away"), ConfigurationError("none"), MemoryError(), b"<html>log in</html>", b""])
def test_without_a_picture_a_notebook_shows_the_table_alone(drawn, picture):
    result, transport = drawn(picture)
    assert "<img" not in result._repr_html_()
    assert "<table" in result._repr_html_()
    assert transport.drawn == 1


def test_what_was_pickled_is_shown_without_a_picture(drawn):
    result, _ = drawn(PNG)
    assert "<img" in result._repr_html_()
    again = pickle.loads(pickle.dumps(result))
    assert "<img" not in again._repr_html_()
    assert again.table() == result.table()


@pytest.mark.usefixtures("pyplot")
def test_contours_are_drawn_here_once_and_are_small(shown, monkeypatch):
    rings = [[[k * np.cos(t), k * np.sin(t)] for t in np.linspace(0, 2 * np.pi, 300)] for k in (1, 2, 3)]
    result = shown("contours", levels=[1, 4, 9], polylines=[[ring] for ring in rings])
    page = result._repr_html_()
    assert page.count("<img") == 1
    assert len(page) < 100_000
    monkeypatch.setattr(borrowed, "import_module", pytest.fail)
    assert result._repr_html_() == page
    assert [*in_a_notebook(result)] == ["_repr_html_"]


def test_without_matplotlib_contours_are_a_table(shown, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(borrowed, "import_module", missing)
    page = shown("contours")._repr_html_()
    assert "<table" in page
    assert "<img" not in page


def test_the_levels_on_a_picture_of_contours_do_not_touch(pyplot):
    ax = pyplot.subplots()[1]
    rings = [(np.array([[k * np.cos(t), k * np.sin(t)] for t in np.linspace(0, 2 * np.pi, 300)]),) for k in np.linspace(0.1, 1, 40)]
    _write_levels(ax, np.arange(40.0), rings)
    places = (ax.transData - ax.transAxes).transform([text.xy for text in ax.texts])
    apart = np.abs(places[:, None] - places)[~np.eye(len(places), dtype=bool)]
    assert len(places) > 5
    assert (apart > APART).any(axis=-1).all()


def test_a_step_with_its_worked_solution_is_markdown_that_has_the_table_and_the_formulas(shown, work):
    step = shown("step", **work)
    stored = in_a_notebook(step)
    assert [*stored] == ["_repr_markdown_"]
    assert stored["_repr_markdown_"].startswith("<table")
    assert stored["_repr_markdown_"].endswith("\n\n" + step.work.markdown())
    assert [*in_a_notebook(shown("step"))] == ["_repr_html_"]


@pytest.mark.parametrize("method", METHODS)
def test_showing_a_result_says_nothing(shown, method, capfd, recwarn):
    result = shown(method)
    assert result.table()
    assert result._repr_html_()
    assert capfd.readouterr() == ("", "")
    assert recwarn.list == []


def test_a_path_of_two_parameters_is_plotted_on_equal_axes(shown, pyplot):
    _, ax = pyplot.subplots()
    assert shown("trajectory").plot(ax, color="C3") is ax
    (line,) = ax.lines
    (start,) = ax.collections
    assert start.get_offsets().tolist() == [[1.0, 2.0]]
    assert ax.get_legend_handles_labels()[1] == ["adam"]
    assert line.get_xydata().tolist() == [[1.0, 2.0], [0.9, 1.9], [0.8, 1.8]]
    assert (ax.get_aspect(), line.get_label(), line.get_color()) == (1.0, "adam", "C3")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")


def test_named_parameters_are_a_path_where_they_are_two_numbers(shown, pyplot):
    ax = shown("trajectory", points=[{"W": 1.0, "bias": 2.0}] * 3).plot(pyplot.subplots()[1])
    assert ax.lines[0].get_xydata().tolist() == [[1.0, 2.0]] * 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("W", "bias")


def test_the_axes_have_the_names_of_an_expression_s_variables(shown, pyplot):
    objective = {"expression": "u**2 + v**2", "variables": ["u", "v"]}
    for method in ("trajectory", "contours"):
        ax = shown(method, objective=objective).plot(pyplot.subplots()[1])
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("u", "v")


@pytest.mark.parametrize("points", [None, [[1.0, 2.0, 3.0]] * 3])
def test_any_other_run_is_plotted_as_its_values(shown, pyplot, points):
    ax = shown("trajectory", points=points).plot(pyplot.subplots()[1])
    assert ax.lines[0].get_xydata().tolist() == [[0, 3.0], [1, 2.0], [2, 0.000012]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "value")


def test_a_run_without_points_and_values_has_nothing_to_plot(shown):
    with pytest.raises(InvalidArgument, match="include points or values"):
        shown("trajectory", points=None, values=None).plot()


def test_without_axes_a_plot_is_on_those_of_the_moment(shown, pyplot):
    _, ax = pyplot.subplots()
    assert [shown(method).plot() for method in ("contours", "trajectory")] == [ax, ax]


def test_a_comparison_is_plotted_as_one_bar_per_run(shown, pyplot):
    ax = shown("compare").plot(pyplot.subplots()[1])
    assert [(bar.get_width(), bar.get_fill()) for bar in ax.patches] == [(148, True), (200, False), (111, True), (200, False)]
    assert [text.get_text() for text in ax.texts] == ["148", "diverged at 12", "111", "not settled"]
    assert [line.get_xdata()[0] for line in ax.lines] == [148, 28, 9]
    assert ax.get_xlabel() == "settling step (mark: first touch)"
    assert [text.get_text() for text in ax.get_yticklabels()][:2] == ["gd from A", "gd from B"]


def test_runs_on_the_same_axes_differ_in_colour_and_in_dashes(shown, pyplot):
    ax = shown("contours").plot(pyplot.subplots()[1])
    for style in ({}, {}, {"c": "red"}, {"ls": ":"}):
        shown("trajectory").plot(ax, **style)
    runs = [line for line in ax.lines if line.get_label() == "adam"]
    assert [line.get_color() for line in runs] == [colors.RUNS[0], colors.RUNS[1], "red", colors.RUNS[3]]
    assert [line.get_linestyle() for line in runs] == ["-", "--", "--", ":"]
    assert runs[1]._unscaled_dash_pattern != runs[2]._unscaled_dash_pattern


def test_the_colours_are_those_of_the_services_pictures():
    theme = pytest.importorskip("stepgrade_service.pictures.theme")
    light = theme.THEMES["light"]
    heat = light.heat
    assert (light.ink, light.runs, theme.DASHES) == (colors.INK, colors.RUNS, colors.DASHES)
    assert (heat.better, heat.worse, heat.ramp, heat.kinds) == (colors.BETTER, colors.WORSE, colors.RAMP, colors.KINDS)
    assert (heat.only_better, heat.only_worse) == (colors.ONLY_BETTER, colors.ONLY_WORSE)
    assert (heat.dots, heat.dots_on_only, heat.missing) == (colors.DOTS, colors.DOTS_ON_ONLY, colors.MISSING)


def test_a_map_of_two_optimizers_is_plotted_as_the_lead_of_the_second(shown, pyplot):
    ax = shown("map").plot(pyplot.subplots()[1])
    (mesh,) = ax.collections
    np.testing.assert_allclose(mesh.get_array(), [[-1, -2, -1], [1, -1, -1]])
    assert mesh.get_clim() == (-1.0, 1.0)
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) == ((-1.5, 1.5), (1.5, 3.5), 1.0)
    assert ax.get_title() == "settling_step, rmsprop / gd"
    bar = ax.figure.axes[1]
    assert [text.get_text() for text in bar.get_xticklabels()] == ["0.1", "0.316", "1", "3.16", "10"]
    assert bar.get_xlabel() == "\N{LEFTWARDS ARROW} rmsprop sooner    gd sooner (dotted) \N{RIGHTWARDS ARROW}"


def patterns(ax):
    """The patterns over the cells of a map, each with the number of its cells."""
    return [(patch.get_hatch(), len(patch.get_path()) // 5) for patch in ax.patches]


def test_in_black_and_white_the_patterns_of_a_map_remain(shown, pyplot):
    steps = {"gd": [[10, 0, None], [None, 50, 60]], "rmsprop": [[1, 0, None], [400, 500, None]]}
    ax = shown("map", measures={"settling_step": steps}).plot(pyplot.subplots()[1], colorbar=False)
    assert patterns(ax) == [("////", 1), ("....", 1), ("....", 1)]
    assert ax.collections[0].get_array().tolist() == [[-1.0, 0.0, None], [-2.0, 1.0, 2.0]]
    assert len(ax.figure.axes) == 1


def test_a_few_cells_do_not_make_the_others_pale(shown, pyplot):
    steps = {"gd": [[100] * 30] * 2, "rmsprop": [[80] * 30, [125] * 29 + [100_000]]}
    axes = [{"name": "x", "values": [*range(30)]}, {"name": "y", "values": [0, 1]}]
    ax = shown("map", axes=axes, measures={"settling_step": steps}).plot(pyplot.subplots()[1])
    np.testing.assert_allclose(ax.collections[0].get_clim()[1], 1.5 * np.log10(1.25))
    assert [text.get_text() for text in ax.figure.axes[1].get_xticklabels()][::4] == ["0.716", "\N{GREATER-THAN OR EQUAL TO} 1.4"]


def test_values_over_decades_have_a_logarithmic_bar(shown, pyplot):
    ax = shown("map", measures={"final_value": {"gd": [[1e-6, 1, 1]] * 2}}).plot(pyplot.subplots()[1])
    assert ax.collections[0].norm.vmin == 1e-6
    assert ax.figure.axes[1].get_xscale() == "log"


def test_any_measure_of_a_map_can_be_plotted(shown, pyplot):
    _, axes = pyplot.subplots(3)
    field = shown("map")
    field.plot(axes[0], measure="settling_step", label="gd")
    assert axes[0].collections[0].get_array()[1, 2] == 60
    field.plot(axes[1], measure="direction_effect", cmap="RdBu")
    assert axes[1].collections[0].get_clim() == (-0.5, 0.5)
    assert axes[1].collections[0].get_cmap().name == "RdBu"
    field.plot(axes[2], measure="minimum_reached")
    assert axes[2].get_title() == "minimum_reached, rmsprop"
    with pytest.raises(InvalidArgument, match=r"no measure 'speed'\. It has settling_step, "):
        field.plot(measure="speed")
    with pytest.raises(InvalidArgument, match=r"no label 'adam'\. It has gd, rmsprop"):
        field.plot(label="adam")


def test_a_map_over_learning_rates_is_a_line_for_each_optimizer(shown, pyplot):
    rates = [{"name": "lr", "values": [1e-3, 1e-2, 1e-1]}]
    ax = shown("map", axes=rates, measures={"settling_step": {"gd": [9, None, 1], "rmsprop": [1, 2, 3]}}).plot(pyplot.subplots()[1])
    assert [line.get_label() for line in ax.lines] == ["settling_step, gd", "settling_step, rmsprop"]
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "lr", "settling_step")


def test_a_map_over_learning_rates_and_starts_has_logarithmic_cells(shown, pyplot):
    axes = [{"name": "lr", "values": [1e-3, 1e-2, 1e-1]}, {"name": "x", "values": [1, 2]}]
    ax = shown("map", axes=axes).plot(pyplot.subplots()[1])
    np.testing.assert_allclose(ax.get_xlim(), [10**-3.5, 10**-0.5])
    assert (ax.get_xscale(), ax.get_aspect()) == ("log", "auto")


def test_a_label_with_dollars_is_drawn_letter_by_letter(shown, pyplot, comparison_body):
    figure, ax = pyplot.subplots()
    comparison_body["runs"][0]["label"] = r"$\nonsense$"
    shown("compare", **comparison_body).plot(ax)
    figure.savefig(io.BytesIO())


def test_contours_are_plotted_as_thin_lines(shown, pyplot):
    ax = shown("contours").plot(pyplot.subplots()[1])
    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [1, 1], [2, 0]]
    assert ax.get_aspect() == 1.0


@pytest.mark.parametrize(("method", "wish", "package"), [("to_pandas", "to_pandas", "pandas"), ("plot", "plot", "matplotlib")])
def test_what_is_not_installed_is_named_with_how_to_install_it(shown, monkeypatch, method, wish, package):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(borrowed, "import_module", missing)
    with pytest.raises(ConfigurationError, match=rf"^{wish}\(\).* needs {package}.*: pip install {package}$"):
        getattr(shown("compare"), method)()


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


@pytest.mark.usefixtures("pandas")
def test_a_trajectory_is_one_row_per_recorded_step(shown):
    table = shown("trajectory").to_pandas()
    assert list(table.columns) == ["step", "point.0", "point.1", "value", "update.0", "update.1", "update_norm"]
    assert table.loc[1].tolist() == [1, 0.9, 1.9, 2.0, -0.1, -0.1, 0.14]
    assert table.loc[0, ["update.0", "update_norm"]].isna().all()


@pytest.mark.usefixtures("pandas")
def test_named_tensors_have_one_column_per_number(shown):
    points = [{"W.1": [[1.0, 2.0]], "b": 3.0}] * 3
    table = shown("trajectory", points=points, updates=None, measures=None).to_pandas()
    assert list(table.columns) == ["step", r"point.W\.1.0.0", r"point.W\.1.0.1", "point.b", "value"]


@pytest.mark.usefixtures("pandas")
def test_a_comparison_is_one_row_per_run(shown):
    table = shown("compare").to_pandas()
    assert table["label"].tolist() == ["gd", "gd", "rmsprop", "rmsprop", "gd", "rmsprop"]
    assert table["degrees"].tolist() == [0, 0, 0, 0, 45, 45]
    assert table.loc[1, "diverged_at"] == 12
    assert np.isnan(table.loc[1, "steps_to_target"])
    assert table["sign_flips.0"].tolist() == [8] * 6
    assert table["turning_cosine"].dtype == np.float64


@pytest.mark.usefixtures("pandas")
def test_a_map_is_one_row_per_cell(shown):
    table = shown("map").to_pandas()
    assert table[["x", "y"]].values.tolist() == [[-1, 2], [0, 2], [1, 2], [-1, 3], [0, 3], [1, 3]]
    assert table["settling_step.rmsprop"].tolist() == [1, 2, 3, 400, 5, 6]
    assert table.loc[3, "direction_effect"] == 0.1
    lone = shown("map", axes=[{"name": "lr", "values": [0.1, 1.0]}], measures={"direction_effect": [1, None]}).to_pandas()
    assert lone["lr"].tolist() == [0.1, 1.0]


@pytest.mark.usefixtures("pandas")
def test_contours_are_one_row_per_point(shown):
    table = shown("contours").to_pandas()
    assert table.values.tolist() == [[1, 0, 0, 0], [1, 0, 1, 1], [1, 0, 2, 0]]
    assert len(shown("contours", levels=[], polylines=[]).to_pandas()) == 0


def test_a_worked_solution_is_markdown_with_formulas_for_a_notebook_and_for_a_sheet(shown, work):
    step = shown("step", **work)
    text = step.work.markdown()
    assert text == str(step.work) == step.work._repr_markdown_()
    title, letters, unrounded, *lines = text.split("\n\n")
    assert unrounded == "Numbers are shown with six digits, and computed with all of their digits."
    assert title == "**adam in the convention of torch, step 1**"
    assert letters.splitlines()[0] == "- $t$: `t` = 1, the number of this step"
    assert letters.splitlines()[2] == r"- $\kappa$: `lr_decay` = 0.5 for W, 1e-10 for b, a\_b\*"
    assert lines[0] == "$$\nm_t = \\beta_1\\,m_{t-1} = 0.9 \\cdot 0 = 0\n$$"
    assert lines[2] == r"rho\_t is not above 5."
    assert lines[3:] == ["$$\n\\theta_t = \\theta_{t-1} + \\Delta \\theta_t\n$$", f"$$\n{work['work'][2]['numbers']}\n$$"]
    assert repr(step.work) == "Solution(3 lines: m, rho, params)"


def test_the_lines_and_letters_of_a_solution_are_read(shown, work):
    solution = shown("step", **work).work
    assert [line.name for line in solution.lines] == ["m", "rho", "params"]
    assert [line.note for line in solution.lines] == [None, "rho_t is not above 5.", None]
    np.testing.assert_array_equal(solution.lines[-1].value, [0.9, np.nan])
    assert [(letter.name, letter.value) for letter in solution.letters] == [("t", 1), ("m", None), ("lr_decay", {"W": 0.5, "b": 1e-10})]
    assert pickle.loads(pickle.dumps(solution)).letters == solution.letters
    assert shown("step").work is None


@pytest.mark.parametrize("part", [{"work": "m"}, {"work": [{"name": "m"}]}, {"letters": None}, {"letters": [{"symbol": 1}]}])
def test_a_solution_that_is_none_is_an_unexpected_answer(shown, work, part):
    with pytest.raises(UnexpectedAnswer):
        shown("step", **{**work, **part})


def test_a_formula_ends_only_where_its_line_ends(shown, work):
    work["work"][0]["formula"] = "a$$ <b> \n\n$$b"
    assert shown("step", **work).work.markdown().split("\n\n")[3] == "$$\nm_t = a <b> b = 0.9 \\cdot 0 = 0\n$$"


def test_digits_that_are_left_out_are_told_by_the_sign(shown, work):
    work["work"][0]["numbers"] = r"\approx 0.3"
    work["work"][1]["numbers"] = r"0.33 \cdot 3 \approx 1"
    lines = shown("step", **work).work.markdown().split("\n\n")[3:5]
    assert lines == ["$$\nm_t = \\beta_1\\,m_{t-1} \\approx 0.3\n$$", "$$\n\\rho_t = 1 \\approx 0.33 \\cdot 3 \\approx 1\n$$"]


def test_a_solution_of_a_step_that_is_not_finite_says_why(shown, work):
    text = shown("step", **work, status="diverged", update=None, detail="Step 1 divides 0 by 0 at b.").work.markdown()
    assert text.split("\n\n")[1] == "Step 1 divides 0 by 0 at b."
