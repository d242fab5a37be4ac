"""The map: where the second method helps, and where it hurts, below the paths."""

import colorsys
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.test_everyone import LOOKS, violations
from tests.browser.test_page import module

VIEW = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=200&w=-5.8,1.8,-2.6,2.6"
MAP = f"{VIEW}&map=settling_step;cells=25"


@pytest.fixture
def mapped(opened, page):
    """`mapped(view)`: the page at a view with a map, and what the service answered."""

    def open_map(view=MAP):
        with page.expect_response(lambda answer: answer.url.endswith("/map") and answer.ok) as asked:
            opened(view)
        page.wait_for_selector("#map .legend li")
        page.wait_for_timeout(50)
        return asked.value.json()

    return open_map


def colors_along(page, y):
    """What the canvas below the plot has in a row of pixels."""
    script = """(y) => {
        const canvas = document.querySelector('#plane canvas');
        const data = canvas.getContext('2d').getImageData(0, Math.round(y), canvas.width, 1).data;
        return Array.from({ length: canvas.width }, (_, x) => [...data.slice(4 * x, 4 * x + 3)]);
    }"""
    return ["#{:02x}{:02x}{:02x}".format(*color) for color in page.evaluate(script, y)]


def color_of(page, kind, share, pair=(0, 1)):
    script = f"""async ([kind, share, pair]) => {{
        const {{ colorOf, lookOf }} = await import({json.dumps(module(page, "heat"))});
        return colorOf({{ kind, share }}, lookOf(document.documentElement, pair));
    }}"""
    return "#{:02x}{:02x}{:02x}".format(*map(int, re.findall(r"\d+", page.evaluate(script, [kind, share, pair]))))


def kinds(page, answer, measure):
    script = f"""async ([answer, measure]) => {{
        const {{ cellsOf }} = await import({json.dumps(module(page, "cells"))});
        return cellsOf(answer, measure).flat().map((cell) => cell.kind);
    }}"""
    found = page.evaluate(script, [answer, measure])
    return lambda *wanted: sum(kind in wanted for kind in found)


@pytest.mark.parametrize("measure", ["settling_step", "steps_to_target", "final_value"])
def test_a_race_is_drawn_as_the_service_counts_it(mapped, page, measure):
    answer = mapped(MAP.replace("settling_step", measure))
    count, counts = kinds(page, answer, measure), answer["counts"][measure]
    assert count("better", "only-better") == counts["ahead"]["rmsprop"]
    assert count("worse", "only-worse") == counts["ahead"]["gd"]
    assert (count("equal"), count("neither")) == (counts["equal"], counts["neither"])
    assert f": {counts['ahead']['rmsprop']} (" in page.locator('#map [data-kind="better"]').inner_text()


@pytest.mark.parametrize("measure", ["settling_step", "final_value"])
def test_where_they_end_at_different_minima_it_is_told(mapped, page, measure):
    answer = mapped(f"v=1&o=dupont_two_gaussians&s=default&m=gd;lr=0.05&m=momentum;lr=0.05&n=300&w=-2,2,-1.5,1.5&map={measure};cells=25")
    count, counts = kinds(page, answer, measure), answer["counts"][measure]
    assert count("apart") == counts.get("different_minima", 0)
    assert count("better", "only-better") == counts["ahead"]["momentum"]
    assert count("worse", "only-worse") == counts["ahead"]["gd"]
    assert count("undefined") == counts["undefined"]
    if measure == "settling_step":
        assert count("apart") > 0
        assert "no race" in page.inner_text("#map .legend")


@pytest.mark.parametrize("measure", ["direction_effect", "magnitude_effect"])
def test_an_effect_is_drawn_as_the_service_counts_it(mapped, page, measure):
    answer = mapped(MAP.replace("settling_step", measure))
    count, counts = kinds(page, answer, measure), answer["counts"][measure]
    assert [count("better"), count("worse"), count("equal"), count("undefined")] == list(counts.values())
    assert page.locator("#map .legend li").first.inner_text().startswith(f"helps: {counts['helps']} (")


def test_what_hurts_has_dots_and_lies_where_the_service_says(mapped, page):
    answer = mapped()
    box = page.locator("#plane").bounding_box()
    left, right = page.evaluate("""() => {
        const ticks = [...document.querySelectorAll('.tick[data-axis="x"]')];
        const at = (tick) => [Number(tick.textContent.replace('−', '-')), Number(tick.getAttribute('x'))];
        return [at(ticks[0]), at(ticks.at(-1))];
    }""")
    unit = (right[1] - left[1]) / (right[0] - left[0])
    xs, first, second = answer["axes"][0]["values"], *(answer["measures"]["settling_step"][name] for name in ("gd", "rmsprop"))
    row = len(first) // 4
    at = [left[1] + unit * (x - left[0]) for x in xs]
    down = box["height"] / 2 - unit * answer["axes"][1]["values"][row]
    color = color_of(page, "only-worse", 1)
    seen = colors_along(page, down + 1)
    for x, one, other in zip(at, first[row], second[row], strict=True):
        if not 10 < x < box["width"] - 10:
            continue
        assert (color in seen[round(x) - 4 : round(x) + 5]) == (one is not None and other is None)


def test_a_click_on_a_cell_starts_in_its_middle(mapped, page, settle, address):
    answer = mapped()
    page.locator("#plane").click(position={"x": 200, "y": 150})
    settle()
    address("s=A", is_there=False)
    start = [float(each) for each in page.evaluate("location.hash.match(/&s=([^&]+)/)[1]").split(",")]
    across, up = (
        min(range(len(axis["values"])), key=lambda place, axis=axis, at=at: abs(axis["values"][place] - at))
        for axis, at in zip(answer["axes"], start, strict=True)
    )
    assert [axis["values"][place] for axis, place in zip(answer["axes"], (across, up), strict=True)] == pytest.approx(start)
    address("map=settling_step;cells=25")
    told = page.locator(".method-result").all_inner_texts()
    for words, label in zip(told, ("gd", "rmsprop"), strict=True):
        settled = answer["measures"]["settling_step"][label][up][across]
        assert (
            ("did not settle" in words or "never touched" in words) if settled is None else re.match(rf"settled at step {settled}\b", words)
        )


def test_the_keys_go_from_cell_to_cell_and_enter_starts_there(mapped, page, settle, address, heard):
    mapped()
    page.focus("#plane")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".cell-cursor", state="attached")
    x = float(page.locator(".cell-cursor").last.get_attribute("x"))
    page.keyboard.press("ArrowLeft")
    assert "rmsprop" in heard("start ")
    assert float(page.locator(".cell-cursor").last.get_attribute("x")) < x
    window = page.evaluate("location.hash.match(/w=([^&]+)/)[1]")
    page.keyboard.press("Enter")
    settle()
    address("s=A", is_there=False)
    assert page.evaluate("location.hash.match(/w=([^&]+)/)[1]") == window, "the view stays"


def test_the_tabs_are_moved_through_by_keys(opened, page, settle, address):
    opened(VIEW)
    assert page.locator("#map").is_hidden()
    page.get_by_role("tab", name="Paths").focus()
    page.keyboard.press("ArrowRight")
    settle()
    assert page.get_by_role("tab", selected=True).inner_text() == "Map: where does it help?"
    assert page.locator("#map .legend li").count() >= 3
    address("map=settling_step")
    page.keyboard.press("ArrowLeft")
    settle()
    assert page.locator("#map").is_hidden()
    address("map=", is_there=False)
    assert page.evaluate("document.querySelector('#plane canvas').hidden")


def test_another_address_with_the_same_map_has_it_too(mapped, page, settle):
    mapped()
    page.evaluate("location.hash += '&at=3'")
    settle()
    page.wait_for_selector("#map .legend li")
    assert page.locator("#plane canvas").is_visible()
    page.get_by_role("tab", name="Paths").click()
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector("#map .legend li")


def test_the_map_has_the_settings_of_the_page(mapped, page, settle):
    mapped()
    with page.expect_request("**/map") as asked:
        page.locator("#shared").get_by_label("schedule").select_option("exponential")
    request = asked.value.post_data_json
    assert request["schedule"] == {"name": "exponential", "decay_rate": 0.97}
    assert request["steps"] == 200
    settle()
    with page.expect_request("**/map") as asked:
        page.get_by_label("the map shows").select_option("direction_effect")
    assert asked.value.post_data_json["measure"] == ["direction_effect", "settling_step"]
    settle()
    with page.expect_request("**/map") as asked:
        page.focus("#plane")
        page.keyboard.press("+")
    assert asked.value.post_data_json["grid"]["x"] != request["grid"]["x"]
    settle()


def test_a_map_that_costs_too_much_offers_a_coarser_one(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(f"{VIEW.replace('n=200', 'n=20000')}&map=direction_effect;cells=150")
    page.wait_for_selector("#map .notice")
    assert "use a coarser grid" in page.inner_text("#map .notice")
    page.route(
        "**/map", lambda route: route.continue_(post_data=json.dumps({**route.request.post_data_json, "steps": 20}))
    )  # for a quick answer
    with page.expect_response(lambda answer: answer.url.endswith("/map")) as asked:
        page.get_by_role("button", name="Draw a coarser map").click()
    assert asked.value.ok
    grid = asked.value.request.post_data_json["grid"]
    assert 20 < grid["x"][2] < 80
    settle()
    assert page.locator("#map .notice").count() == 0
    assert page.locator("#map .legend li").count() >= 3


def test_without_a_known_minimum_the_map_shows_the_value_at_the_end(opened, page, settle):
    opened("v=1&o=;f=x**4%2By**2-x*y;variables=x,y&s=1,1&m=gd;lr=0.02&m=rmsprop;lr=0.02&n=50")
    with page.expect_response("**/map") as answered:
        page.get_by_role("tab", name="Map").click()
    assert answered.value.ok
    assert answered.value.request.post_data_json["measure"] == ["final_value"]
    settle()


def test_one_method_alone_has_no_map_and_says_so(opened, page):
    opened(f"{VIEW.replace('&m=rmsprop;lr=0.2;rho=0.9', '')}&map=settling_step")
    assert "Add a second method" in page.inner_text("#map")


def test_a_map_is_a_table_too(mapped, page):
    answer = mapped()
    page.get_by_text("Show the map as a table").click()
    expect(page.locator("#map tbody tr")).to_have_count(len(answer["axes"][1]["values"]))
    first = page.locator("#map tbody tr").last.locator("td").first.inner_text()
    told = [answer["measures"]["settling_step"][name][0][0] for name in ("gd", "rmsprop")]
    assert first == " | ".join("–" if each is None else str(each) for each in told)


def test_an_unknown_measure_in_the_address_is_told(opened, page):
    opened(f"{VIEW}&map=magic")
    assert "expected one of settling_step" in page.inner_text("#notices")


def test_a_picture_that_is_downloaded_has_the_cells(mapped, page):
    mapped()
    with page.expect_download() as found:
        page.get_by_role("button", name="Download SVG").click()
    assert "data:image/png;base64," in Path(found.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_map(mapped, page, look):
    size, scheme = LOOKS[look]
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    mapped()
    page.get_by_text("Show the map as a table").click()
    page.wait_for_selector("#map tbody tr")
    if look == "projector":
        page.click("#projector")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_has_the_hue_of_the_method_that_is_ahead(mapped, page, scheme):
    """Its path has that hue too. Where only one arrives the hue is not lost."""
    page.emulate_media(color_scheme=scheme)
    mapped(f"{MAP}&m=adam;lr=0.1&d=2,1")
    assert "The cells with the color of adam have dots." in page.inner_text("#map .shades")
    runs = [page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--run-{number}')") for number in range(3)]

    def hue(color):
        return colorsys.rgb_to_hsv(*(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)))

    for kind, run in (("better", runs[1]), ("worse", runs[2]), ("only-better", runs[1]), ("only-worse", runs[2])):
        for share in (0.3, 1):
            (shown, strength, _), (own, _, _) = hue(color_of(page, kind, share, (2, 1))), hue(run)
            assert abs((shown - own + 0.5) % 1 - 0.5) < 0.09, (kind, share)
            assert strength > 0.12, (kind, share)


def test_the_legend_follows_the_colours_of_the_page(opened, page, settle):
    """A reader's machine goes dark in the evening, and paper is light: the cells did so, and the legend beside them stayed as it was."""
    view = f"{VIEW}&map=settling_step;cells=15"
    painted = "document.querySelector('#map .swatch').toDataURL()"
    found = {}
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.goto("about:blank")
        opened(view)
        page.wait_for_selector("#map .legend li")
        settle()
        found[scheme] = page.evaluate(painted)
    assert found["dark"] != found["light"]
    for media, scheme in (("screen", "dark"), ("print", "light")):
        page.emulate_media(color_scheme="dark", media=media)
        page.wait_for_function(f"(wanted) => {painted} === wanted", arg=found[scheme])
