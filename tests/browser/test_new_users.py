"""What new users stumbled over, each of them held: nothing is silent, out of sight, or without a word."""

import re

import pytest

BOWL = "v=1&o=quadratic;condition=20&s=A"
LEARNERS = f"{BOWL}&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=100&w=-5.9,1.5,-2.6,1.6"
WELLS = "v=1&o=dupont_two_gaussians&s=1.8,0.3&m=gd;lr=0.05&m=momentum;lr=0.05&n=200&w=-2.2,2.2,-1.3,1.3"

#: Boxes that scroll sideways where one would have to.
SCROLLS = "(which) => [...document.querySelectorAll(which)].filter((each) => each.scrollWidth > each.clientWidth + 1).length"


def bottom(page, selector):
    """Where an element ends, in pixels from the top of the window."""
    box = page.locator(selector).bounding_box()
    return box["y"] + box["height"]


def in_sight(page, selector):
    box = page.locator(selector).first.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + min(box["height"], 100) <= page.viewport_size["height"]


def test_every_convention_has_its_own_defaults_and_what_differs_is_told(opened, page, settle):
    opened(f"{BOWL}&m=rmsprop;lr=0.1;rho=0.9&n=100")
    page.get_by_role("button", name="In every convention").click()
    settle()
    told = page.inner_text("#apart")
    assert "rho 0.9 is not used here: each convention has its own default." in told
    assert "rho: 0.99 (torch), 0.9 (" in told
    assert "draw the same line." in told
    assert page.locator("#plane .labels text").count() == len(page.locator(".method").all())
    assert "by hand" not in told
    results = page.locator(".method-result").all_inner_texts()
    assert len(set(results)) > 1
    page.get_by_role("button", name="Remove rmsprop (optax)").click()
    settle()
    assert "rho: 0.99 (torch), 0.9 (paper, keras, course)" in page.inner_text("#apart")
    page.click("#projector")
    settle()
    assert in_sight(page, "#apart")
    assert in_sight(page, ".headline")


def test_what_is_written_by_hand_in_every_convention_is_told(opened, page, settle):
    opened(f"{BOWL}&m=rmsprop;convention=torch;lr=0.1;rho=0.9&m=rmsprop;convention=keras;lr=0.1;rho=0.9&n=100")
    assert "Written by hand, so not the default: rho." in page.inner_text("#apart")
    page.get_by_role("button", name="Use the default of each convention").click()
    settle()
    assert "rho: 0.99 (torch), 0.9 (keras" in page.inner_text("#apart")
    assert "by hand" not in page.inner_text("#apart")
    assert [field.input_value() for field in page.locator(".method-fields [data-key=lr]").all()] == ["0.1", "0.1"]


def test_a_field_says_what_it_expects(opened, page, settle):
    opened(LEARNERS)
    lr = page.locator(".method [data-key=lr]").first
    lr.fill("abc")
    lr.press("Tab")
    expected = page.locator(".expected")
    assert expected.inner_text() == "Write a number, or leave the field empty for the default. Until then it stays 0.02."
    assert lr.get_attribute("aria-describedby") == expected.get_attribute("id")
    assert lr.get_attribute("aria-invalid") == "true"
    steps = page.locator("#shared").get_by_label("steps", exact=True)
    steps.fill("12.5")
    steps.press("Tab")
    assert expected.nth(1).inner_text() == "Write a whole number of at least 0. Until then it stays 100."
    steps.fill("50")
    steps.press("Tab")
    settle()
    assert expected.count() == 1
    assert lr.get_attribute("aria-invalid") == "true", "an answer to another change does not make it right"
    own = page.locator(".method [data-key=steps]")
    assert {field.get_attribute("placeholder") for field in own.all()} == {"50"}
    lr.fill("0.03")
    lr.press("Tab")
    settle()
    assert expected.count() == 0
    assert lr.get_attribute("aria-describedby") is None


def test_words_are_explained_and_numbers_are_those_that_count(opened, page, settle):
    opened(LEARNERS)
    meaning = page.inner_text("#told .meaning")
    assert [page.locator("#told dfn").nth(number).inner_text() for number in range(3)] == ["target", "Touched", "Settled"]
    assert "The target is the dashed circle around the minimum. Its radius is 5 % of the start's distance." in meaning
    assert "≈0" in page.inner_text("#numbers table tbody tr"), "1e-12 beside a start at 5 is nothing"
    condition = page.get_by_label("condition")
    assert condition.get_attribute("aria-valuetext") == "20"
    page.get_by_role("button", name="Keys").click()
    assert page.evaluate("[document.activeElement.id, document.querySelector('#keys').scrollTop]") == ["keys-title", 0]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a start").click()
    settle()
    assert page.locator(".handle span").all_inner_texts() == ["A", "start 2"]


def test_the_result_of_a_check_is_in_sight_and_of_what_stands_there(opened, page, settle):
    page.set_viewport_size({"width": 390, "height": 700})
    opened(f"{BOWL}&m=adam;lr=0.1&n=20&check=step;params=[1,+2];gradient=[0.5,+-4];got=[0.68377,+2.31623]")
    page.get_by_role("button", name="Check my numbers").click()
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector("#check .result .finding")
    settle()
    result = page.locator("#check .result")
    assert in_sight(page, "#check .result .headline")
    assert "Number 1 of your params (params[0]) is 0.68377. Expected: 0.9." in result.inner_text()
    assert (
        page.locator("#check .finding h3")
        .first.inner_text()
        .startswith(("A mistake: there is no bias correction.", "Perhaps a mistake: there is no bias correction."))
    )
    page.get_by_label("Tell me").select_option("0")
    settle()
    assert page.locator("#check .two-formulas").count() == 0, "it is told anew, with less"
    page.get_by_label("Your params after the step").fill("[0.9, 2.1]")
    assert "This result is for the numbers before your change." in result.inner_text()
    result.get_by_role("button", name="Check again").click()
    settle()
    assert result.inner_text().startswith("✓ These numbers are right.")
    page.get_by_label("the points of a run").check()
    assert result.inner_text() == ""


def test_a_start_without_a_value_is_told_in_the_plot(opened, page, settle, faults):
    faults.allow_failed_requests()
    opened(LEARNERS)
    page.locator("[data-key=objective]").select_option("your own formula")
    page.locator(".formula-field input").fill("log(w) + b**2")
    page.wait_for_selector("#start-fault:not([hidden])")
    settle()
    assert in_sight(page, "#start-fault")
    assert "is not defined at the start (−5, −1)" in page.inner_text("#start-fault")


def test_a_map_of_minima_names_them_and_counts_as_the_service_does(opened, page, settle, heard):
    with page.expect_response(lambda answer: answer.url.endswith("/map") and answer.ok) as asked:
        opened(f"{WELLS}&map=minimum_reached;cells=25")
    page.wait_for_selector("#map .legend li")
    settle()
    answer = asked.value.json()
    reached = answer["measures"]["minimum_reached"]
    deeper, higher, _ = answer["counts"]["minimum_reached"]["momentum"]
    elsewhere = sum(
        one != other and other is not None
        for row, others in zip(reached["gd"], reached["momentum"], strict=True)
        for one, other in zip(row, others, strict=True)
    )
    legend = page.locator("#map .legend li").all_inner_texts()
    assert legend[0].startswith(f"momentum ends at minimum 1 (−0.94, 0), the lowest: {deeper} (")
    assert legend[1].startswith(f"momentum ends at minimum 2 (0.91, 0): {higher} (")
    assert legend[2].startswith(f"among these, gd ends elsewhere: {elsewhere} (")
    assert elsewhere > 50
    assert page.locator("#plane .cursor text").all_text_contents() == ["1", "2"]
    page.focus("#plane")
    page.keyboard.press("ArrowRight")
    assert re.match(r"start .*: gd ends at minimum \d \(.*, momentum ends at minimum \d ", heard("start "))
    page.get_by_text("Show the map as a table").click()
    assert page.locator("#map tbody td").first.inner_text() in {f"{one} | {other}" for one in "12–" for other in "12–"}


def test_a_map_that_is_matched_otherwise_than_the_runs_says_so_and_is_taken_away(opened, page, settle, new_context):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view = f"{LEARNERS}&m=normalized_gd;lr=0.2&match=first_step&map=settling_step;cells=15"
    opened(f"{view}&d=1,2")
    page.wait_for_selector("#map .legend li")
    told = "The map matches normalized_gd to rmsprop. The runs in the plot are matched to gd."
    assert told in page.inner_text("#map")
    page.get_by_role("button", name="Copy the map as curl").click()
    settle()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r"curl -s http://\S+/map -H 'Content-Type: application/json' -d '\{", copied)
    assert '"settling_step"' in copied
    page.evaluate(f"location.hash = '{view}&d=0,2'")
    settle()
    assert told not in page.inner_text("#map")
    page.get_by_role("tab", name="Paths").click()
    assert page.get_by_role("button", name="Copy the map as curl").is_hidden()


def test_a_lead_is_not_split_where_no_minimum_is_known(opened, page):
    """It is not even asked for: a refused request would stand in the console."""
    opened("v=1&o=eggholder&s=default&m=gd&m=adam&n=20")
    assert "No minimum is known here, so the lead is not split." in page.inner_text("#told")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024)])
def test_plot_and_player_are_in_sight_at_once(opened, page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    opened(LEARNERS)
    assert bottom(page, "#player") <= height
    assert page.evaluate(SCROLLS, ".method-formula > .formula") == 0


def test_on_a_projector_both_headlines_are_in_sight(opened, page):
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(f"{LEARNERS}&s=B&projector=1")
    headlines = page.locator(".headline")
    assert headlines.count() == 2
    assert all(box["y"] + box["height"] <= 720 for box in (headline.bounding_box() for headline in headlines.all()))


def test_tables_fit_a_narrow_page(opened, page, settle):
    page.set_viewport_size({"width": 320, "height": 640})
    opened(LEARNERS.replace("&m=gd", "&s=B&m=gd"))
    assert page.evaluate(SCROLLS, "#told .scroll, #numbers > .scroll, .method-formula > .formula") == 0


def test_the_page_opens_at_the_step_of_which_its_sentences_speak(opened, page):
    """Where the last of the runs had settled it opened at step 148 of 200, and Play began in the middle."""
    opened(LEARNERS.replace("n=100", "n=200"))
    assert page.inner_text("#player output") == "step 200 of 200"
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => Number(document.querySelector('#player input').value) < 100")
