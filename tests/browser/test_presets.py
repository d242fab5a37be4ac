"""Each example is an address, and what it says of itself is true by the service's numbers."""

import math
import re
from itertools import pairwise

import pytest
from tests.browser.page_modules import ask, call, request_of

NINE = [
    "The learners' question",
    "Dupont as shipped",
    "Dupont corrected",
    "Ravine",
    "Saddle",
    "Plateau",
    "Noisy minimum",
    "A schedule in the velocity",
    "One name, four formulas",
]


class Runs:
    """The runs of an answer, by label and start."""

    def __init__(self, answer):
        self.answer = answer
        self.runs = {(run["label"], run["start"]): run for run in answer["runs"]}
        self.starts = list(dict.fromkeys(start for _, start in self.runs))

    def settled(self, label, start=None):
        return self._summary(label, start)["settling_step"]

    def touched(self, label, start=None):
        return self._summary(label, start)["steps_to_target"]

    def end(self, label, start=None):
        return self.runs[label, start or self.starts[0]]["points"][-1]

    def points(self, label):
        return self.runs[label, self.starts[0]]["points"]

    def first_step(self, label):
        return self._summary(label, None)["first_step"]

    def first_to_settle(self, start=None):
        settled = {label: step for label, at in self.runs if at == (start or self.starts[0]) and (step := self.settled(label, at))}
        return min(settled, key=settled.get)

    def _summary(self, label, start):
        return self.runs[label, start or self.starts[0]]["summary"]


def learners(runs, _):
    assert runs.settled("rmsprop", "A") < runs.settled("gd", "A")
    assert runs.settled("gd", "B")
    assert runs.touched("rmsprop", "B")
    assert runs.settled("rmsprop", "B") is None
    assert runs.first_to_settle("A") == "normalized_gd"


def dupont_as_shipped(runs, request):
    assert runs.answer["unequal_budgets"]["differ"] == ["steps"]
    assert request["steps"] == {"gd": 500, "momentum": 200, "rmsprop": 300, "adam": 100}
    assert len({each["lr"] for each in request["optimizers"]}) > 1
    assert request["optimizers"][3]["bias_correction"] is False
    higher, deeper = (runs.runs[label, "start"]["values"][-1] for label in ("gd", "momentum"))
    assert higher > deeper + 0.5
    assert runs.end("gd")[0] > 0.5
    assert all(runs.end(label)[0] < -0.5 for label in ("momentum", "rmsprop", "adam"))


def dupont_corrected(runs, request, ask_the_other):
    assert isinstance(request["steps"], int)
    assert {each["lr"] for each in request["optimizers"]} == {0.01}
    corrected = {run["label"]: run["optimizer"].get("bias_correction") for run in runs.answer["runs"]}
    assert corrected["rmsprop"] is corrected["adam"] is True
    shipped = Runs(ask_the_other("Dupont as shipped", start=[1.5, 1.5]))
    assert runs.answer["starts"]["start 1"] == [1.5, 1.5]
    assert shipped.first_to_settle() == "adam"
    assert max(("gd", "momentum", "rmsprop", "adam"), key=runs.settled) == "adam"


def ravine(runs, request):
    across = [point[1] for point in runs.points("gd")[1:8]]
    assert all(one * other < 0 for one, other in pairwise(across)), "from side to side"
    assert {each["lr"] for each in request["optimizers"]} == {0.4}
    assert runs.settled("momentum") < runs.settled("gd") / 2


def saddle(runs, request):
    assert request["steps"] == 300
    assert {each["lr"] for each in request["optimizers"]} == {0.02}
    assert runs.settled("gd") is runs.touched("gd") is None
    assert all(runs.settled(label) for label in ("momentum", "rmsprop", "sign_gd", "adam"))


def plateau(runs, _):
    assert math.dist(runs.points("gd")[0], runs.end("gd")) < 0.01
    assert runs.settled("normalized_gd")
    assert runs.settled("adam")


def noisy(runs, request):
    assert request["noise"] == {"std": 1, "seed": 7}
    for label in ("rmsprop", "adam"):
        assert runs.touched(label) < runs.touched("gd")
        assert runs.settled(label) is None
    assert runs.settled("gd")


def in_the_velocity(runs, request):
    assert (request["schedule"]["step_size"], request["schedule"]["gamma"]) == (12, 0.1)
    inside = {run["label"]: run["optimizer"]["lr_in_velocity"] for run in runs.answer["runs"]}
    assert inside == {"momentum (torch)": False, "momentum (keras)": True}
    assert runs.end("momentum (keras)")[0] > 2, "past the minimum"
    assert -0.5 < runs.end("momentum (torch)")[0] < 0


def four_formulas(runs, _):
    labels = [f"rmsprop ({source})" for source in ("torch", "keras", "paper", "course")]
    first = [runs.first_step(label) for label in labels]
    assert 2.9 < first[0] / first[1] < 3.3
    assert [run["optimizer"]["rho"] for run in runs.answer["runs"]] == [0.99, 0.9, 0.9, 0.9]
    for label in labels[2:]:
        away = [math.dist(*pair) for pair in zip(runs.points(labels[1]), runs.points(label), strict=True)]
        assert max(away) < 1e-5


def from_b(runs, _):
    assert runs.settled("gd")
    for label in ("rmsprop", "normalized_gd"):
        assert runs.touched(label) < runs.touched("gd")
        assert runs.settled(label) is None


def decaying(runs, request):
    assert request["schedule"]["decay_rate"] == 0.97
    assert all(runs.settled(*key) for key in runs.runs)
    assert {runs.first_to_settle(start) for start in "AB"} == {"rmsprop"}


def noise_and_a_schedule(runs, request, ask_the_other):
    assert runs.settled("rmsprop")
    assert runs.settled("adam")
    assert runs.touched("gd") is None
    assert ask_the_other("Noisy minimum")["runs"][0]["optimizer"] == runs.answer["runs"][0]["optimizer"]
    assert request["noise"] == {"std": 1, "seed": 7}


def two_wells(runs, request):
    assert {each["lr"] for each in request["optimizers"]} == {0.05}
    deeper, higher = (-0.9363, 0), (0.9053, 0)
    assert math.dist(runs.end("gd"), higher) < 0.01
    assert math.dist(runs.end("momentum"), deeper) < 0.01
    momentum = runs.points("momentum")
    [over] = [(one, other) for one, other in pairwise(momentum) if one[0] > higher[0] > other[0]]
    assert math.dist(*over) > 0.5, "still fast in the first well"
    assert math.dist(*runs.points("gd")[-2:]) < 1e-6


def four_wells(runs, _):
    assert all(run["summary"]["settling_step"] for run in runs.answer["runs"])
    assert runs.answer["objective"]["name"] == "himmelblau"


def momentum_by_four(runs, request):
    torch, keras, paper, course = (f"momentum ({source})" for source in ("torch", "keras", "paper", "course"))
    assert request["steps"] == 100
    assert runs.first_step(course) / runs.first_step(torch) == pytest.approx(0.1)
    assert runs.touched(course) is None
    assert all(runs.settled(label) for label in (torch, keras, paper))


HOLDS = {
    "The learners' question": learners,
    "Dupont as shipped": dupont_as_shipped,
    "Dupont corrected": dupont_corrected,
    "Ravine": ravine,
    "Saddle": saddle,
    "Plateau": plateau,
    "Noisy minimum": noisy,
    "A schedule in the velocity": in_the_velocity,
    "One name, four formulas": four_formulas,
    "The same from B": from_b,
    "A and B, with decaying rates": decaying,
    "Noise, and a rate that falls": noise_and_a_schedule,
    "Which of two wells?": two_wells,
    "Four wells": four_wells,
    "Momentum by four sources": momentum_by_four,
}


@pytest.fixture
def presets(page):
    page.goto("/")
    return {each["title"]: each for each in call(page, {"presets": ["PRESETS"]}, "return PRESETS;")}


def test_the_nine_come_first_and_each_says_what_to_look_at(presets):
    assert list(presets)[:9] == NINE
    for title, preset in presets.items():
        sentences = re.findall(r"[^.:?]+[.?](?= |$)", preset["say"].replace("0.", "0,"))
        assert 1 <= len(sentences) <= 4, title
        assert len(preset["say"].split()) <= 55, title


def test_what_each_says_is_true(page, presets):
    assert list(presets) == list(HOLDS)
    requests = {title: request_of(page, preset["view"]) for title, preset in presets.items()}

    def ask_the_other(title, **changes):
        return ask(page, "/compare", {**requests[title], **changes})

    for title, holds in HOLDS.items():
        others = (ask_the_other,) if holds.__code__.co_argcount == 3 else ()
        holds(Runs(ask_the_other(title)), requests[title], *others)


def test_an_example_is_told_as_long_as_its_objective_is_shown(opened, page, settle):
    opened()
    assert page.inner_text("#example").startswith("Does RMSprop make it worse if the gradient already points at the minimum?")
    page.select_option("#presets", label="Dupont as shipped")
    settle()
    assert "well-known page" in page.inner_text("#example")
    assert page.title().startswith("gd, momentum, rmsprop, adam")
    lengths = page.eval_on_selector_all("#plane .trail", "all => all.map((each) => each.getAttribute('d').split(/[ML]/).length - 2)")
    assert lengths == [500, 200, 300, 100]
    page.get_by_label("steps", exact=True).first.fill("400")
    page.keyboard.press("Enter")
    settle()
    assert page.inner_text("#example").startswith("Before your changes: These are the settings")
    assert page.locator("#presets option:checked").inner_text() == "Dupont as shipped, changed"
    page.get_by_role("link", name="Before your changes").click()
    settle()
    assert page.inner_text("#example").startswith("These are the settings")
    page.locator("[data-key=objective]").select_option("rosenbrock")
    settle()
    assert page.locator("#example").is_hidden()
