"""Touch, several starts, and keys."""

import pytest
from tests.browser.test_everyone import violations
from tests.browser.test_plot import points, scale

VIEW = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&at=60&w=-5.8,1.8,-2.6,2.6"


@pytest.fixture
def touched(browser, base_url, faults):
    """`touched(view)`: a page on a phone, and what moves fingers on it: real touches, as the browser gets them."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=base_url)
    page = context.new_page()
    page.on("console", lambda message: faults.add(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.add(str(error)))
    session = context.new_cdp_session(page)

    def fingers(kind, *places):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def open_view(view=VIEW):
        page.goto(f"/#{view}")
        page.wait_for_selector("#plane .path", state="attached")
        page.wait_for_load_state("networkidle")
        page.locator("#views").evaluate("(views) => views.scrollIntoView()")
        page.wait_for_timeout(100)
        return page, fingers

    yield open_view
    context.close()
    assert faults == []


def drag(fingers, page, start, end, steps=8):
    """Put fingers down, move them together, take them off."""
    fingers("touchStart", *start)
    for step in range(1, steps + 1):
        share = step / steps
        places = [(x + share * (end_x - x), y + share * (end_y - y)) for (x, y), (end_x, end_y) in zip(start, end, strict=True)]
        fingers("touchMove", *places)
        page.wait_for_timeout(16)
    fingers("touchEnd")
    page.wait_for_timeout(500)


def middle(page):
    box = page.locator("#plane").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_two_fingers_zoom_about_the_point_between_them(touched):
    page, fingers = touched()
    before, (x, y), scrolled = scale(page), middle(page), page.evaluate("scrollY")
    drag(fingers, page, [(x - 40, y), (x + 40, y)], [(x - 80, y), (x + 80, y)])
    after = scale(page)
    assert after["x"][0] == pytest.approx(2 * before["x"][0], rel=0.02)
    assert after["x"][0] == pytest.approx(-after["y"][0], rel=2e-3)
    width = page.locator("#plane").bounding_box()["width"]
    fixed = [(width / 2 - found["x"][1]) / found["x"][0] for found in (before, after)]
    assert fixed[0] == pytest.approx(fixed[1], abs=0.02)
    assert page.evaluate("[visualViewport.scale, scrollY]") == [1, scrolled], "the page itself is neither zoomed nor scrolled"
    assert "s=A" in page.evaluate("location.hash"), "the start stays"


def test_two_fingers_move_the_view(touched):
    page, fingers = touched()
    before, (x, y), scrolled = scale(page), middle(page), page.evaluate("scrollY")
    drag(fingers, page, [(x - 40, y), (x + 40, y)], [(x - 20, y + 50), (x + 60, y + 50)])
    after = scale(page)
    assert after["x"] == pytest.approx((before["x"][0], before["x"][1] + 20), abs=1)
    assert after["y"] == pytest.approx((before["y"][0], before["y"][1] + 50), abs=1)
    assert page.evaluate("scrollY") == scrolled


def test_one_finger_scrolls_the_page_and_drags_a_ring(touched):
    page, fingers = touched()
    before, (x, y) = scale(page), middle(page)
    box = page.locator(".handle").bounding_box()
    ring = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scrolled = page.evaluate("scrollY")
    drag(fingers, page, [ring], [(ring[0] + 60, ring[1] - 40)])
    moved = page.locator(".handle").bounding_box()
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((60, -40), abs=2)
    assert page.evaluate("scrollY") == scrolled
    drag(fingers, page, [(x, y + 60)], [(x, y - 90)])
    assert page.evaluate("scrollY") > scrolled
    assert scale(page)["x"] == pytest.approx(before["x"], abs=0.01)


def test_a_tap_moves_the_start(touched):
    page, fingers = touched()
    x, y = middle(page)
    fingers("touchStart", (x, y))
    fingers("touchEnd")
    page.wait_for_timeout(500)
    box = page.locator(".handle").bounding_box()
    assert (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) == pytest.approx((x, y), abs=1)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_zoom_glides_only_where_motion_is_welcome(opened, page, settle, motion):
    page.emulate_media(reduced_motion=motion)
    opened(VIEW)
    seen = page.evaluate("""async () => {
        const unit = () => {
            const ticks = [...document.querySelectorAll('.tick[data-axis="x"]')];
            const at = (tick) => [Number(tick.textContent.replace('−', '-')), Number(tick.getAttribute('x'))];
            const [[value, x], [other, there]] = [at(ticks[0]), at(ticks.at(-1))];
            return Math.round((there - x) / (other - value));
        };
        const frame = () => new Promise(requestAnimationFrame);
        document.querySelector('#zoom button[aria-label="Zoom in"]').click();
        const seen = new Set([unit()]);
        for (let still = 0; still < 30; still += 1) {
            await frame();
            if (!seen.has(unit())) still = 0;
            seen.add(unit());
        }
        return [...seen];
    }""")
    assert seen[-1] == pytest.approx(1.5 * seen[0], rel=0.02)
    assert (len(seen) == 2) == (motion == "reduce")


def test_0_shows_everything(opened, page, settle):
    opened(VIEW)
    page.focus("#plane")
    for key in ("+", "+", "0"):
        page.keyboard.press(key)
    settle()
    box = page.locator("#plane").bounding_box()
    for x, y in points(page, "gd") + points(page, "rmsprop"):
        assert 0 <= x <= box["width"]
        assert 0 <= y <= box["height"]


def test_a_double_click_adds_a_start_and_moves_none(opened, page, settle, address):
    opened(VIEW)
    page.locator("#plane").dblclick(position={"x": 500, "y": 150})
    settle()
    address("&s=A&s=")
    box, plane = page.locator(".handle").nth(1).bounding_box(), page.locator("#plane").bounding_box()
    at = box["x"] + box["width"] / 2 - plane["x"], box["y"] + box["height"] / 2 - plane["y"]
    assert at == pytest.approx((500, 150), abs=3)


def test_starts_are_added_and_removed_by_keys_and_are_at_most_six(opened, page, settle, heard):
    opened(VIEW)
    page.focus(".handle")
    for number in range(2, 8):
        page.keyboard.press("Insert")
        page.wait_for_timeout(80)
        there = min(number, 6)
        assert page.locator(".handle").count() == there
        assert page.locator(".handle").nth(there - 1).evaluate("(ring) => ring === document.activeElement")
    settle()
    page.keyboard.press("Insert")
    heard("There are 6 starts")
    assert page.get_by_role("button", name="Add a start").is_disabled()
    places = {tuple(ring.bounding_box().values()) for ring in page.locator(".handle").all()}
    assert len(places) == 6, "none covers another"
    for there in (5, 4, 3, 2, 1, 1):
        page.keyboard.press("Delete")
        page.wait_for_timeout(80)
        assert page.locator(".handle").count() == there
        assert page.locator(".handle").first.evaluate("(ring) => ring === document.activeElement")


def test_each_start_has_its_fields_and_what_is_told_says_from_where(opened, page, settle, address):
    opened(f"{VIEW}&s=1,2")
    page.get_by_label("start 2 w").fill("1.5")
    page.keyboard.press("Enter")
    settle()
    address("s=A&s=1.5,2")
    page.get_by_label("start 1 b").fill("-2")
    page.keyboard.press("Enter")
    settle()
    address("s=-5,-2&s=1.5,2")
    page.locator(".start-row").first.get_by_role("button", name="B", exact=True).click()
    settle()
    address("s=B&s=1.5,2")
    for words in page.locator(".method-result").all_inner_texts():
        assert words.startswith("B: ")
        assert "; start 2: " in words
    assert [words.split(",")[0] for words in page.locator(".headline").all_inner_texts()] == ["From B", "From start 2"]
    assert [words.split(":")[0] for words in page.locator(".cells caption").all_inner_texts()] == ["From B", "From start 2"]
    assert violations(page) == []
    page.get_by_role("button", name="Remove start 2").click()
    settle()
    assert page.locator(".handle").count() == 1


def test_the_keys_are_listed_and_the_list_closes(opened, page):
    opened(VIEW)
    page.keyboard.press("?")
    assert page.locator("#keys").is_hidden(), "single keys act only on the plot and the player"
    page.focus("#plane")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    assert page.locator("#plane").evaluate("(plane) => plane === document.activeElement")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Close").click()
    assert page.locator("#keys").is_hidden()


@pytest.mark.parametrize("place", ["#plane", '#player input[type="range"]'])
def test_keys_of_plot_and_player(opened, page, place):
    opened(VIEW)
    speed = page.get_by_label("Speed")
    page.focus(place)
    for key, shown in ((">", "2"), (">", "4"), (">", "4"), ("<", "2"), ("<", "1"), ("<", "0.5"), ("<", "0.25")):
        page.keyboard.press(key)
        assert speed.input_value() == shown
    page.keyboard.press(",")
    page.wait_for_timeout(60)
    assert page.get_by_label("Step", exact=True).input_value() == "59"
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Pause").count() == 1
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Pause").count() == 0


def test_h_hides_a_method(opened, page, settle):
    opened(VIEW)
    page.locator(".method").nth(1).get_by_role("button", name="on top").focus()
    page.keyboard.press("h")
    settle()
    assert page.locator('#plane [data-label="rmsprop"]').count() == 0
    page.keyboard.press("h")
    settle()
    page.locator('#plane g[data-label="gd"]').focus()
    page.keyboard.press("h")
    settle()
    assert page.locator("#plane .path").count() == 1
    page.get_by_label("lr", exact=True).last.fill("h")
    assert page.locator("#plane .path").count() == 1
