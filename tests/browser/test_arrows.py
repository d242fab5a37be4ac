"""The next step as arrows, the numbers of a point, and the cells of the 2 x 2."""

import json
import re

import pytest
from tests.browser.test_everyone import violations

VIEW = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=200&at=3&w=-5.8,1.8,-2.6,2.6"


def ends(page, label, kind):
    """The first two corners of an arrow, in pixels."""
    d = page.get_attribute(f'.arrows [data-label="{label}"] .arrow.{kind}', "d")
    corners = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", d)]
    return corners[0], corners[1]


@pytest.fixture
def answered(opened, page):
    """`answered(view)`: the page at a view, and the last comparison it was given."""

    def open_view(view):
        found = []
        page.on("response", lambda answer: found.append(answer) if answer.url.endswith("/compare") else None)
        opened(view)
        return [answer for answer in found if "include" in json.loads(answer.request.post_data)][-1].json()

    return open_view


def test_an_arrow_has_the_direction_and_the_length_of_the_next_step(answered, page):
    answer = answered(f"{VIEW}&arrows=1")
    for run in answer["runs"]:
        (x, y), (gradient_x, gradient_y) = run["updates"][4], run["gradients"][3]
        length, steepness = (x**2 + y**2) ** 0.5, (gradient_x**2 + gradient_y**2) ** 0.5
        (from_x, from_y), (to_x, to_y) = ends(page, run["label"], "way")
        assert (to_x - from_x, from_y - to_y) == pytest.approx((64 * x / length, 64 * y / length), abs=0.05)
        (from_x, from_y), (to_x, to_y) = ends(page, run["label"], "downhill")
        assert (to_x - from_x, from_y - to_y) == pytest.approx((-64 * gradient_x / steepness, -64 * gradient_y / steepness), abs=0.05)
        row = page.locator("#arrows tbody tr", has_text=run["label"]).inner_text().replace("−", "-").split("\t")
        assert float(row[3]) == pytest.approx(length, rel=1e-3)
        assert [float(each) for each in row[4].split(",")] == pytest.approx([x / length, y / length], abs=2e-3)
        assert float(row[6]) == pytest.approx(run["measures"]["descent_cosine"][4], abs=2e-3)


def test_the_bar_of_an_arrow_is_at_the_next_point(opened, page):
    opened(f"{VIEW}&arrows=1")
    _, (x, y) = ends(page, "rmsprop", "length")
    page.get_by_role("button", name="One step forward").click()
    page.wait_for_timeout(100)
    assert ends(page, "rmsprop", "way")[0] == pytest.approx((x, y), abs=0.02)


def test_arrows_are_switched_on_and_stand_in_the_address(opened, page, settle, address):
    opened(VIEW)
    assert page.locator("#arrows table").count() == 0
    page.get_by_label("Show arrows").check()
    settle()
    address("arrows=1")
    assert page.locator(".arrow.way").count() == 2
    assert violations(page) == []
    page.get_by_label("Show arrows").uncheck()
    settle()
    address("arrows", is_there=False)
    assert page.locator(".arrow").count() == 0


def test_at_its_end_a_run_takes_no_step(opened, page):
    opened(VIEW.replace("at=3", "at=200") + "&arrows=1")
    assert page.locator(".arrow.way").count() == 0
    assert page.locator("#arrows tbody td:nth-child(4)").all_inner_texts() == ["–", "–"]


def test_the_pointer_finds_the_numbers_of_a_point(answered, page, settle):
    answer = answered(VIEW)
    run = next(each for each in answer["runs"] if each["label"] == "rmsprop")
    d = page.get_attribute('#plane [data-label="rmsprop"] .path', "d")
    x, y = map(float, re.findall(r"[-\d.]+,[-\d.]+", d)[2].split(","))
    box = page.locator("#plane").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    settle()
    page.mouse.move(box["x"] + x + 1, box["y"] + y)
    told = page.inner_text("#tip").replace("−", "-")
    assert told.startswith("rmsprop from A, step 2\n")
    came = sum((one - other) ** 2 for one, other in zip(run["points"][2], run["points"][1], strict=True)) ** 0.5
    assert f"step of length {came:.4g}" in told
    assert "effective learning rate" in told
    assert "cosine with downhill" in told
    assert f"loss {run['values'][2]:.4g}" in told


def test_the_keys_go_along_a_path_and_its_numbers_are_told(opened, page, settle, heard):
    opened(VIEW)
    path = page.locator('#plane g[data-label="rmsprop"]')
    path.focus()
    settle()
    assert "step 3\n" in page.inner_text("#tip")
    page.keyboard.press(".")
    assert "step 4\n" in page.inner_text("#tip")
    page.keyboard.press(",")
    page.keyboard.press(",")
    heard("rmsprop from A, step 2; ")
    assert "step 2\n" in page.inner_text("#tip")
    page.keyboard.press("Home")
    assert "step 0\n" in page.inner_text("#tip")
    assert page.get_by_label("Step", exact=True).input_value() == "3", "the player stays"
    page.keyboard.press("Tab")
    assert page.locator("#tip").is_hidden()


@pytest.mark.parametrize("number", range(4))
def test_each_cell_of_the_two_by_two_is_drawn(opened, page, heard, number):
    opened(VIEW.replace("at=3", "at=200"))
    page.locator(".cells button").nth(number).press("Enter")
    page.wait_for_selector(".cell-path", state="attached")
    assert page.locator(".cells button").nth(number).evaluate("(button) => button === document.activeElement"), "the focus stays"
    told = page.locator(".cells button").nth(number).get_attribute("aria-label").split(":")[0]
    length, direction = re.match(r"(\w+)'s step length, (\w+)'s direction", told).groups()
    d = page.locator(".corner .cell-path").first.get_attribute("d")
    assert len(re.findall(",", d)) == 1 + 200
    assert page.text_content(".corner .label") == f"{length}'s length, {direction}'s direction"
    heard(f"Drawn from A: {length}'s length, {direction}'s direction, settled at step")


def test_all_four_cells_are_drawn_and_stand_in_the_address(opened, page, settle, address):
    opened(VIEW)
    page.get_by_role("button", name="Draw all four").click()
    settle()
    assert page.locator(".corner").count() == 4
    assert len(set(page.locator(".corner .label").all_text_contents())) == 4
    address("cell=0,4")
    page.reload()
    page.wait_for_selector(".corner", state="attached")
    assert page.locator(".corner").count() == 4
    assert violations(page) == []
    page.get_by_role("button", name="Draw all four").click()
    settle()
    assert page.locator(".corner").count() == 0
