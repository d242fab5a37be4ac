"""The plot shows what the service computes, at one scale."""

import json
import re

import pytest

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=200&at=200&w=-5.8,1.8,-2.6,2.6"


def scale(page):
    """Pixels per unit along each axis, and where 0 is, from the labels of the axes."""
    ticks = page.eval_on_selector_all(
        ".tick[data-axis]",
        "all => all.map((each) => [each.dataset.axis, each.textContent, each.getAttribute('x'), each.getAttribute('y')])",
    )
    found = {}
    for axis, place in (("x", 2), ("y", 3)):
        pairs = [(float(tick[1].replace("−", "-")), float(tick[place]) - (4 if axis == "y" else 0)) for tick in ticks if tick[0] == axis]
        (value, at), (other, there) = pairs[0], pairs[-1]
        unit = (there - at) / (other - value)
        found[axis] = unit, at - unit * value
    return found


def points(page, label):
    """The points of a path, in pixels."""
    d = page.get_attribute(f'[data-label="{label}"] .path', "d")
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", d)]


def unit_on_screen(page, axis):
    """Pixels of the screen per unit along an axis, from the boxes of its first and last label, with all transforms."""
    ticks = page.eval_on_selector_all(
        f".tick[data-axis={axis}]",
        """all => all.map((each) => [each.textContent, each.getBoundingClientRect()])
            .map(([text, { left, width, bottom }]) => [text, left + width / 2, bottom])""",
    )
    (value, *at), (other, *there) = ([float(text.replace("−", "-")), *place] for text, *place in (ticks[0], ticks[-1]))
    along = 0 if axis == "x" else 1
    return abs((there[along] - at[along]) / (other - value))


@pytest.mark.parametrize("size", [(1280, 800), (800, 600), (390, 844)])
def test_both_axes_have_one_unit(opened, page, settle, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(LEARNERS)
    for press in (None, "+", "ArrowLeft", "0"):
        if press:
            page.focus("#plane")
            page.keyboard.press(press)
            settle()
        (across, _), (up, _) = scale(page)["x"], scale(page)["y"]
        assert across == pytest.approx(-up, rel=2e-3)
        assert unit_on_screen(page, "x") == pytest.approx(unit_on_screen(page, "y"), rel=0.01)
        assert unit_on_screen(page, "x") == pytest.approx(across, rel=0.01), "a pixel of the drawing is one of the screen"


def test_a_path_is_what_the_copied_request_gives(opened, page, base_url):
    opened(LEARNERS)
    (unit, x0), (down, y0) = scale(page)["x"], scale(page)["y"]
    answer = page.request.post("/compare", data=page.evaluate("""async () => {
        const { comparisonOf } = await import(document.querySelector('script[src]').src.replace('main', 'request'));
        const { read } = await import(document.querySelector('script[src]').src.replace('main', 'address'));
        const { stateOf } = await import(document.querySelector('script[src]').src.replace('main', 'store'));
        return JSON.stringify(comparisonOf(stateOf(read(location.hash).view)));
    }"""), headers={"Content-Type": "application/json"}).json()  # fmt: skip
    assert len(answer["runs"]) == 2
    for run in answer["runs"]:
        shown = points(page, run["label"])
        assert len(shown) == len(run["points"]) == 201
        for (x, y), (across, up) in zip(run["points"], shown, strict=True):
            assert (across, up) == pytest.approx((x0 + unit * x, y0 + down * y), abs=0.06)


def test_the_words_are_the_service_s_own(opened, page):
    with page.expect_response(lambda answer: "decompose" in (answer.request.post_data or "")) as asked:
        opened(LEARNERS)
    outcome = asked.value.json()["decompose"][0]
    assert page.inner_text(".headline") == outcome["headline"]
    assert outcome["verdict"].removeprefix(outcome["headline"]).strip() in page.inner_text("#told")
    assert page.inner_text("#told").count(outcome["headline"]) == 1, "it is said once"
    cells = {(each["step_length_of"], each["direction_of"]): each["settling_step"] for each in outcome["cells"]}
    told = page.locator(".cells tbody button").all_inner_texts()
    assert told == [str(cells[length, way]) for length in ("gd", "rmsprop") for way in ("gd", "rmsprop")]


def test_the_start_is_dragged(opened, page, settle):
    opened(LEARNERS)
    box, before = page.locator(".handle").bounding_box(), points(page, "gd")
    page.mouse.move(box["x"] + 25, box["y"] + 25)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 25 + 10 * step, box["y"] + 25 - 8 * step)
    page.mouse.up()
    settle()
    moved = page.locator(".handle").bounding_box()
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((70, -56), abs=1)
    assert points(page, "gd")[0] == pytest.approx((before[0][0] + 70, before[0][1] - 56), abs=1)
    assert re.search(r"s=-[34]\.\d+,", page.evaluate("location.hash"))


def test_the_start_is_moved_by_a_click_by_keys_by_fields_and_by_name(opened, page, settle):
    opened(LEARNERS)
    page.locator("#plane").click(position={"x": 300, "y": 200})
    settle()
    assert points(page, "gd")[0] == pytest.approx((300, 200), abs=1)
    page.focus(".handle")
    page.keyboard.press("ArrowRight")
    settle()
    width = page.locator("#plane").bounding_box()["width"]
    assert points(page, "gd")[0] == pytest.approx((300 + width / 50, 200), abs=1)
    page.get_by_label("start w").fill("-3")
    page.keyboard.press("Enter")
    settle()
    (unit, x0) = scale(page)["x"]
    assert points(page, "gd")[0][0] == pytest.approx(x0 - 3 * unit, abs=0.5)
    page.get_by_role("button", name="B", exact=True).click()
    settle()
    assert "s=B" in page.evaluate("location.hash")


def test_several_starts_are_run_at_once(opened, page, settle):
    opened(LEARNERS)
    page.get_by_role("button", name="Add a start").click()
    settle()
    assert page.locator(".handle").count() == 2
    assert page.locator("#plane .path").count() == 4
    page.focus(".handle >> nth=1")
    page.keyboard.press("Delete")
    settle()
    assert page.locator("#plane .path").count() == 2


def test_the_ground_is_dragged(opened, page, settle):
    opened(LEARNERS)
    before = scale(page)
    box = page.locator("#plane").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 90, steps=4)
    page.mouse.up()
    settle()
    after = scale(page)
    assert after["x"] == pytest.approx((before["x"][0], before["x"][1] + 40), abs=0.1)
    assert after["y"] == pytest.approx((before["y"][0], before["y"][1] + 30), abs=0.1)
    assert "s=A" in page.evaluate("location.hash"), "the start stays"


#: Notes how many points each path of gd has that is drawn from now on.
WATCH_DRAWN = """() => {
    window.drawn = [];
    const note = () => {
        const count = document.querySelector('[data-label="gd"] .trail')?.getAttribute('d').split('L').length ?? 0;
        if (count !== drawn.at(-1)) drawn.push(count);
    };
    note();
    new MutationObserver(note).observe(document.getElementById('plane'), { subtree: true, childList: true, attributes: true });
}"""


def test_the_first_answer_and_the_last_are_drawn_and_none_that_is_older(opened, page, settle):
    """At most one question is under way, and of those that come meanwhile the last is asked. The first answer is the slowest."""
    opened(LEARNERS)
    asked = []

    def slow(route):
        request = json.loads(route.request.post_data)
        if "decompose" not in request:  # the four cells are asked for by themselves
            asked.append(request["steps"])
            page.wait_for_timeout(300 if len(asked) == 1 else 1)
        route.continue_()

    page.evaluate(WATCH_DRAWN)

    page.route("**/compare", slow)
    page.evaluate("""() => {
        const labels = [...document.querySelectorAll('#shared label')];
        const field = labels.find((each) => each.textContent === 'steps').querySelector('input');
        for (const steps of [11, 12, 13, 14, 15]) {
            field.value = steps;
            field.dispatchEvent(new Event('change'));
        }
    }""")
    settle()
    assert asked == [11, 15]
    assert page.evaluate("drawn") == [201, 12, 16]


def test_the_player_shows_a_step_and_never_starts_by_itself(opened, page, settle):
    opened(LEARNERS.replace("at=200", "at=5"))
    assert len(points(page, "gd")) == 6
    settle()
    assert len(points(page, "gd")) == 6
    step = page.get_by_label("Step", exact=True)
    step.focus()
    for key, shown in (("ArrowRight", 6), ("PageUp", 16), ("Home", 0), ("End", 200)):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
        assert len(points(page, "gd")) == shown + 1
        assert step.get_attribute("aria-valuetext").startswith(f"step {shown} of 200: gd loss")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Pause").click()
    assert 0 < len(points(page, "gd")) - 1 < 200


def test_a_cell_of_the_two_by_two_is_drawn(opened, page):
    opened(LEARNERS)
    page.locator(".cells button >> nth=1").click()
    page.wait_for_selector(".cell-path", state="attached")
    assert page.locator(".cells button >> nth=1").get_attribute("aria-pressed") == "true"


def test_matching_is_a_control_and_what_is_not_matched_says_so(opened, page, settle):
    opened(LEARNERS)
    assert "The learning rates are not matched." in page.inner_text("#fairness")
    page.get_by_role("button", name="Match them").click()
    settle()
    assert "Matched to gd: equal first step." in page.inner_text("#fairness")
    assert "match=first_step" in page.evaluate("location.hash")
