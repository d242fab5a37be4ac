"""The guided tour: six addresses, and sentences whose numbers are the service's when they are shown."""

import json
import re

import pytest
from tests.browser.page_modules import ask, call

TITLES = [
    "The picture from the lecture",
    "What if the gradient already points the right way?",
    "Is it the direction, or the length of the steps?",
    "A fair opponent",
    "Let the rate decay, then turn the bowl",
    "So where does it help?",
]


@pytest.fixture
def step(page):
    """`step(number)`: the text of a step as the panel shows it, and the service's answers to what the step asks."""

    def show(number):
        page.goto("/#v=1")
        page.goto(f"/#tour={number}")
        page.wait_for_selector("#tour-text p:nth-child(2)")
        asked = json.loads(call(page, {"tour_steps": ["asksOf"]}, "return JSON.stringify(asksOf(given));", number))
        assert page.inner_text("#tour-title") == f"Part {number} of 6: {TITLES[number - 1]}"
        return page.inner_text("#tour-text"), {name: ask(page, f"/{path}", document) for name, (path, document) in asked.items()}

    return show


def summaries(answer):
    return {(run["label"], run["start"]): run["summary"] for run in answer["runs"]}


def cells(answer):
    """Settling steps by (whose step length, whose direction)."""
    return {(cell["step_length_of"], cell["direction_of"]): cell["settling_step"] for cell in answer["decompose"][0]["cells"]}


def test_the_picture_from_the_lecture(step):
    text, answers = step(1)
    runs = summaries(answers["compare"])
    gd, rmsprop = runs["gd", "A"], runs["rmsprop", "A"]
    assert rmsprop["steps_to_target"] < rmsprop["settling_step"] < gd["settling_step"], "so RMSprop looks better"
    assert rmsprop["exits"] == 2
    assert answers["compare"]["target"]["distance"] == 0.05
    assert "its radius is 5 % of the way" in text
    assert f"From A, gd settles at step {gd['settling_step']}." in text
    touched, settled = rmsprop["steps_to_target"], rmsprop["settling_step"]
    assert f"RMSprop touches the target at step {touched}. Then it leaves the target twice, and it settles at step {settled}." in text


def test_rmsprop_from_b_arrives_and_does_not_stay(step):
    text, answers = step(2)
    runs = summaries(answers["compare"])
    gd, rmsprop = runs["gd", "B"], runs["rmsprop", "B"]
    cosine = answers["first"]["measures"]["target_cosine"][1]
    assert cosine > 0.95, "almost points at the minimum"
    assert rmsprop["settling_step"] is None
    assert rmsprop["limit_cycle"] is True
    assert rmsprop["steps_to_target"] < gd["settling_step"]
    assert f"to the minimum is {cosine:.2g}:" in text
    assert f"gd settles at step {gd['settling_step']}." in text
    touched, flips = rmsprop["steps_to_target"], rmsprop["sign_flips"][0]
    assert f"RMSprop touches the target at step {touched}, and in these {touched} steps it turned back {flips} times along w." in text
    assert f"leaves the target {rmsprop['exits']} times. Only {100 * rmsprop['share_inside']:.0f} % of its points" in text
    assert f"up to {rmsprop['limit_cycle_radius']:.2g} away from the minimum" in text
    assert "at a constant learning rate, RMSprop from B arrives and does not stay" in text


def test_the_lead_is_the_length(step):
    text, answers = step(3)
    settled = cells(answers["compare"])
    plain, length = settled["gd", "gd"], settled["rmsprop", "gd"]
    direction, both = settled["gd", "rmsprop"], settled["rmsprop", "rmsprop"]
    assert length < both < plain < direction
    assert f"gd settles at step {plain}. With gd's direction and RMSprop's lengths, the run settles at step {length}." in text
    assert f"With RMSprop's direction and gd's lengths, it settles at step {direction}." in text
    assert f"with both, settles at step {both}." in text
    assert "comes from the length of its steps, not from their direction" in text


def test_a_fair_opponent_is_ahead_from_a_and_does_not_stay_from_b_either(step):
    text, answers = step(4)
    runs = summaries(answers["compare"])
    normalized, rmsprop = runs["normalized_gd", "A"], runs["rmsprop", "A"]
    assert normalized["settling_step"] < rmsprop["settling_step"]
    assert f"normalized gd settles at step {normalized['settling_step']}, and RMSprop settles at step {rmsprop['settling_step']}." in text
    for label, name in (("normalized_gd", "normalized gd"), ("rmsprop", "RMSprop")):
        from_b = runs[label, "B"]
        assert from_b["settling_step"] is None
        assert f"{name} touches the target at step {from_b['steps_to_target']} and does not stay" in text
    assert normalized["mean_step"] == pytest.approx(normalized["first_step"])
    assert f"each of its steps is {normalized['first_step']:.2g} long" in text


def test_with_a_decaying_rate_all_settle_and_turning_takes_the_lead_away(step):
    text, answers = step(5)
    runs = summaries(answers["compare"])
    turned = {run["label"]: run["summary"]["settling_step"] for run in answers["turned"]["rotations"][0]["runs"]}
    now = {label: runs[label, "B"]["settling_step"] for label in ("gd", "normalized_gd", "rmsprop")}
    assert now["rmsprop"] < now["gd"] < now["normalized_gd"]
    assert (turned["gd"], turned["normalized_gd"]) == (now["gd"], now["normalized_gd"]), "as before"
    assert turned["rmsprop"] > turned["normalized_gd"]
    assert f"multiplies the learning rate by {answers['compare']['schedule']['decay_rate']}." in text
    assert f"RMSprop settles at step {now['rmsprop']}, normalized gd settles at step {now['normalized_gd']}" in text
    assert f"gd with learning rate 0.09 settles at step {now['gd']}." in text
    settled = cells(answers["compare"])
    length, direction = settled["rmsprop", "normalized_gd"], settled["normalized_gd", "rmsprop"]
    assert length < direction < now["normalized_gd"], "both, the length more"
    assert f"and RMSprop's lengths, the run settles at step {length}. With RMSprop's direction" in text
    assert f"normalized gd's lengths, it settles at step {direction}." in text
    assert "comes from both: more from the length than from the direction." in text
    assert f"by 45 degrees. Normalized gd settles at step {turned['normalized_gd']}, and gd settles at step {turned['gd']}" in text
    assert f"RMSprop settles at step {turned['rmsprop']}." in text
    turned_cell = cells(answers["turned"]["rotations"][0])
    length, direction = turned_cell["rmsprop", "normalized_gd"], turned_cell["normalized_gd", "rmsprop"]
    assert turned["normalized_gd"] <= direction < length
    assert f"in the turned bowl too. With normalized gd's direction and RMSprop's lengths, the run settles at step {length}." in text
    assert f"normalized gd's lengths, it settles at step {direction}. So" in text
    assert "So the length of its steps makes RMSprop late." in text


def test_the_map_says_how_many_starts(step):
    text, answers = step(6)
    constant, decaying = (answers[name]["counts"]["settling_step"] for name in ("constant", "decaying"))
    assert constant["ahead"]["normalized_gd"] > 50 * constant["ahead"]["rmsprop"]
    assert decaying["ahead"]["rmsprop"] > 5 * decaying["ahead"]["normalized_gd"]
    assert decaying["neither"] == 0
    assert f"from each of {decaying['cells']:,} starts" in text
    for words, counts in (("With constant rates", constant), ("With rates that decay", decaying)):
        ahead = counts["ahead"]
        assert f"{words}, RMSprop is first from {ahead['rmsprop']:,} starts, and normalized gd from {ahead['normalized_gd']:,}." in text
    assert f"From {constant['neither']} starts, neither settles." in text


def test_the_sentences_are_made_of_the_answer(page):
    """Other numbers give other sentences."""

    def changed(route):
        answer = route.fetch().json()
        for run in answer["runs"]:
            run["summary"] |= {"settling_step": 9876} if run["label"] == "gd" else {"settling_step": None, "steps_to_target": 7, "exits": 1}
        route.fulfill(json=answer)

    page.route("**/compare", changed)
    page.goto("/#tour=1")
    page.wait_for_selector("#tour-text p:nth-child(2)")
    text = page.inner_text("#tour-text")
    assert "From A, gd settles at step 9876." in text
    assert "RMSprop touches the target at step 7. Then it leaves the target once, and it does not settle." in text


def test_every_number_in_the_tour_is_computed(page):
    """No sentence has a number of its own, but for what it explains of the cosine."""
    page.goto("/")
    told = call(page, {"tour_steps": ["STEPS"]}, "return STEPS.map(({ tell }) => tell.toString());")
    sentences = [found for each in told for found in re.findall(r"`([^`]*)`", each)]
    assert len(sentences) > 10
    words = " ".join(re.sub(r"\$\{[^}]*\}", "", each) for each in sentences)
    assert re.findall(r"\d+", words) == ["1", "0"], "1 is the same direction, 0 is a right angle"


def test_keys_alone_do_the_whole_tour_and_the_back_button_goes_a_step_back(opened, page, settle):
    opened()
    page.focus("#take-tour")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tour-text p:nth-child(2)")
    assert page.evaluate("document.activeElement.id") == "tour-title"
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Next":
            break
    for number in range(2, 7):
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => document.getElementById('tour-title').textContent.startsWith('Part {number} of 6')")
        page.wait_for_selector("#tour-text p:nth-child(2)")
        assert f"tour={number}" in page.evaluate("location.hash")
    assert page.evaluate("document.activeElement.textContent") == "End the tour", "there is no next step"
    settle()
    page.go_back()
    page.wait_for_function("() => document.getElementById('tour-title').textContent.startsWith('Part 5 of 6')")
    page.wait_for_selector("#tour-text p:nth-child(2)")
    settle()
    assert page.inner_text("#tour-text").startswith("Now each step multiplies the learning rate")
    page.get_by_role("button", name="Turn the bowl").click()
    settle()
    assert "rotation=45" in page.evaluate("location.hash")
    page.get_by_role("button", name="Show this part again").click()
    settle()
    assert "rotation" not in page.evaluate("location.hash")
    page.focus("#tour-title")
    page.keyboard.press("Escape")
    assert page.locator("#tour").is_hidden()
    assert page.evaluate("document.activeElement.id") == "take-tour"
    settle()
    assert "tour=" not in page.evaluate("location.hash")


def test_a_step_without_an_answer_says_so(opened, page, faults):
    faults.allow_failed_requests()
    opened()
    page.route("**/trajectory", lambda route: route.abort())
    page.evaluate("location.hash = 'tour=2'")
    page.wait_for_selector("#tour-text .fault")
    assert "The service does not answer" in page.inner_text("#tour-text")
    page.unroute("**/trajectory")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("#tour-text p:nth-child(2)")
