"""What a reader can tell at a glance: whose line it is, that something is at work, where the headline is."""

import re
from itertools import pairwise

from tests.browser.page_modules import call

BOWL = "v=1&o=quadratic;condition=20&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9"
BOTH = f"{BOWL}&s=A&s=B&n=60&w=-5.9,1.5,-2.6,1.6"


def test_the_charts_tell_methods_by_colour_and_starts_by_dashes(opened, page):
    opened(BOTH)
    assert page.locator("#charts-title ~ .legend li").all_inner_texts() == ["gd", "rmsprop", "from A", "from B"]
    dashes = page.eval_on_selector_all(
        "[data-chart=loss] .line", "all => all.map((each) => [each.dataset.run, each.getAttribute('stroke-dasharray')])"
    )
    assert len({tuple(each) for each in dashes}) == 4


def test_what_is_told_names_the_starts_and_is_said_once(opened, page, heard):
    opened(BOTH)
    words = page.inner_text("#description")
    assert re.fullmatch(r"Paths\. From A: gd .*; rmsprop .*\. From B: gd .*; rmsprop .*\.", words)
    heard("From A, −5, −1: gd ")
    live = page.eval_on_selector_all(
        "[role=status], [aria-live=polite], output:not([aria-live=off])", "all => all.map((each) => each.id || each.parentElement.id)"
    )
    assert set(live) <= {"polite", "take", "tour-text", "check"}


def test_a_run_that_takes_its_time_is_seen_and_gives_way_to_a_newer_one(opened, page, settle):
    """The first answer is held back for ever: it is given up."""
    opened(BOTH)
    asked = []

    def held(route):
        steps = route.request.post_data_json["steps"]
        asked.append(steps)
        if steps != 51:
            route.continue_()

    page.route("**/compare", held)
    page.get_by_label("steps", exact=True).fill("51")
    page.keyboard.press("Enter")
    page.locator("#working").wait_for()
    assert page.get_attribute("#picture", "aria-busy") == "true"
    page.wait_for_timeout(300)
    page.get_by_label("steps", exact=True).fill("52")
    page.keyboard.press("Enter")
    settle()
    assert {51, 52} <= set(asked)
    assert page.get_by_label("Step", exact=True).get_attribute("max") == "52"
    assert page.locator("#working").is_hidden()
    assert page.get_attribute("#picture", "aria-busy") == "false"


def test_a_run_of_no_steps_has_none(opened, page):
    opened(BOTH.replace("n=60", "n=0"))
    assert page.inner_text("#player output") == "step 0 of 0"
    assert page.inner_text("#told").startswith("With 0 steps there is nothing to compare.")


def test_a_run_that_grows_leaves_the_chart_to_the_others(opened, page):
    opened(f"{BOWL.replace('gd;lr=0.02', 'gd;lr=0.12')}&s=A&n=200")
    assert "its loss is growing" in page.locator(".method-result >> nth=0").inner_text()
    steady = page.locator("[data-chart=loss] .line[data-run='1']").bounding_box()
    assert steady["height"] > 60


def test_numbers_have_one_form(page):
    page.goto("/")
    numbers = [7.69e31, 3786490000000000000, 0.00001234, 12345, 9_000_000, 123.456, -2.5e-7]
    told = call(page, {"format": ["told"]}, "return given.map((each) => told(each));", numbers)
    assert told == ["7.69e31", "3.786e18", "1.234e−5", "12345", "9000000", "123.5", "−2.5e−7"]


def test_a_new_formula_is_seen_whole_but_not_where_the_reader_has_zoomed(opened, page, settle):
    def typed(formula):
        page.get_by_label("Formula of two variables").fill(formula)
        page.keyboard.press("Enter")
        settle()
        return page.evaluate("location.hash.match(/&w=([^&]+)/)?.[1]")

    view = "v=1&o=;f=x**2%2By**2&s=1,1&m=gd;lr=0.1&n=60&w=-2,2,-2,2"
    opened(view)
    assert typed("(x - 9)**2 + y**2") != "-2,2,-2,2"
    page.goto("about:blank")
    opened(view)
    page.get_by_role("button", name="Zoom in").click()
    settle()
    before = page.evaluate("location.hash.match(/&w=([^&]+)/)[1]")
    assert typed("(x - 9)**2 + y**2") == before


def test_in_the_tour_a_method_keeps_its_colour(opened, page):
    colours = {}
    for part in range(1, 7):
        opened(f"tour={part}")
        for label, run in page.eval_on_selector_all(
            "#plane [data-label]", "all => all.map((each) => [each.dataset.label, each.dataset.run])"
        ):
            colours.setdefault(label, set()).add(run)
        page.goto("about:blank")
    assert {label: len(found) for label, found in colours.items()} == {"gd": 1, "rmsprop": 1, "normalized_gd": 1}


def test_a_projector_reaches_the_map_with_the_headline_above_its_legend(opened, page, settle):
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(f"{BOWL}&s=A&n=60&projector=1")
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector("#map .legend li")
    settle()
    headline, legend = page.locator(".headline").bounding_box(), page.locator("#map .legend").bounding_box()
    assert headline["y"] < legend["y"]
    assert "Settled" in page.locator("#told .meaning").inner_text()


def test_on_a_phone_the_headline_stands_under_the_plot(opened, page):
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 640})
        opened(f"{BOWL}&s=A&n=60")
        places = [page.locator(each).bounding_box()["y"] for each in ("#plane", "#player", "#in-short", "#start", "#verdict", "#side")]
        assert places == sorted(places)
        assert places[0] < 520, "the plot begins on the first screen"
        page.goto("about:blank")


FIRST = "v=1&o=quadratic;condition=20&s=A&s=B&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&w=-5.9,1.5,-2.6,1.6"


def lowest(page, name):
    return max(box["y"] + box["height"] for box in (each.bounding_box() for each in page.locator(name).all()))


def test_on_a_laptop_the_result_is_on_the_first_screen(opened, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(FIRST)
    assert "From A, rmsprop settled sooner" in page.inner_text("#in-short")
    assert lowest(page, "#in-short") <= 768


def test_on_a_projector_with_a_map_the_result_is_on_the_first_screen(opened, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(f"{FIRST}&map=settling_step;cells=15&projector=1")
    page.wait_for_selector("#map .legend li")
    assert page.locator(".headline").count() == 2
    assert lowest(page, ".headline") <= 1080


def test_the_labels_of_ends_that_are_close_stand_in_one_column(opened, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(FIRST)
    boxes = [each.bounding_box() for each in page.locator("#plane .labels text").all()]
    assert len(boxes) == 3
    assert len({round(box["x"]) for box in boxes}) == 1
    tops = sorted(box["y"] for box in boxes)
    assert all(below - above >= 16 for above, below in pairwise(tops))


def test_a_cell_says_of_its_gap_what_the_sentence_says(opened, page):
    opened(FIRST)
    assert "almost 0 with rmsprop's direction" in page.inner_text("#told")
    assert "gap almost 0" in page.locator(".cells button").all_inner_texts()
    assert not [each for each in page.locator(".cells button").all_inner_texts() if "e−" in each and "e−5" not in each]
