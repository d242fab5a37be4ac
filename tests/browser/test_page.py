"""The page for everyone: no view has a fault that axe finds, nothing is cut, and what goes wrong is told in a sentence that helps."""

import json
from pathlib import Path

import axe_playwright_python
import pytest

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"


def module(page, name):
    """The address of one of the page's modules."""
    return page.evaluate(f"document.querySelector('script[src]').src.replace('main.js', '{name}.js')")


def presets(page):
    return page.eval_on_selector_all("#presets option[value^='#']", "all => all.map((each) => each.value.slice(1))")


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((found) => found.violations)")
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]


LOOKS = {
    "light": ({"width": 1280, "height": 900}, "light"),
    "dark": ({"width": 1280, "height": 900}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
    "projector": ({"width": 1280, "height": 720}, "light"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_example(opened, page, settle, look):
    size, scheme = LOOKS[look]
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    opened()
    if look == "projector":
        page.click("#projector")
    for view in presets(page):
        page.evaluate(f"location.hash = {json.dumps(view)}")
        settle()
        assert violations(page) == [], view
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        box = page.locator(".handle >> nth=0").bounding_box()
        assert box["width"] == pytest.approx(box["height"], abs=0.5)


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_cut_on_a_narrow_page(opened, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    opened(LEARNERS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_forced_colours_and_reduced_motion(opened, page):
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    opened(LEARNERS)
    assert violations(page) == []
    page.get_by_role("button", name="To the start").click()
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(350)
    step = int(page.get_by_label("Step", exact=True).input_value())
    assert step % 10 == 0, "with reduced motion it jumps by ten steps"


def test_an_example_s_address_is_read_as_it_was_written(opened, page):
    opened()
    same = f"""async (view) => {{
        const {{ read, write }} = await import({json.dumps(module(page, "address"))});
        const {{ stateOf }} = await import({json.dumps(module(page, "store"))});
        const once = write(stateOf(read(view).view));
        return [once, write(stateOf(read(once).view)), read(view).left];
    }}"""
    odd = 'v=1&o=;f=sin(x)*y%2B2+%25;variables=["x","y"]&s=1.5,-2&s=3,4&m=adam;betas=[0.8,0.9]&n=7&match=graft'
    odd += "&noise=0.5,3&d=1,0&at=0&w=-1,1,-2,2"
    for view in [*presets(page), odd + "&m=gd;nesterov=true;momentum=0.9&schedule=step;step_size=3"]:
        once, twice, left = page.evaluate(same, view)
        assert once == twice
        assert left == []
    assert "sin(x)*y%2B2+%25" in page.evaluate(same, odd)[0]


def test_what_an_address_has_that_nobody_knows_is_told(opened, page):
    opened(LEARNERS + "&zz=3&n=many")
    told = page.inner_text("#notices")
    assert "zz=3" in told
    assert "expected a whole number" in told
    assert page.locator("#plane .path").count() == 2


def test_the_back_button_leads_to_the_last_example(opened, page, settle):
    opened()
    first = page.inner_text(".headline")
    page.select_option("#presets", label="The same from B")
    settle()
    assert page.inner_text(".headline") != first
    page.go_back()
    settle()
    assert page.inner_text(".headline") == first


def test_a_wrong_formula_is_marked_at_its_place(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened("v=1&o=;f=x**2%2B3*y**2&s=1,1&m=gd;lr=0.1&m=adam;lr=0.1&n=20")
    page.get_by_label("Formula of two variables").fill("x**2 + ")
    page.keyboard.press("Enter")
    settle()
    fault = page.locator("#formula-fault")
    assert "after +" in fault.inner_text()
    assert fault.locator("mark").count() == 1
    assert page.get_by_label("Formula of two variables").get_attribute("aria-invalid") == "true"
    assert page.locator("#plane .path").count() == 2, "the last good picture stays"
    assert violations(page) == []
    page.get_by_label("Formula of two variables").fill("x**2 + y**4")
    page.keyboard.press("Enter")
    settle()
    assert fault.is_hidden()


def test_a_run_that_diverges_says_so(opened, page):
    opened(LEARNERS.replace("gd;lr=0.02", "gd;lr=9").replace("n=60", "n=400"))
    assert "flew away at step" in page.locator(".method-result >> nth=0").inner_text()


def test_a_request_that_costs_too_much_offers_what_does_not(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    page.get_by_label("steps", exact=True).fill("9000000")
    page.keyboard.press("Enter")
    settle()
    fewer = page.get_by_role("button", name="Use ")
    if fewer.count():
        fewer.first.click()
        settle()
    else:
        assert "9000000" in page.inner_text("#shared") or page.locator(".fault:not([hidden]), .notice").count()
        return
    assert page.locator("#notices .notice").count() == 0


def test_a_service_that_is_gone_is_told_and_asked_again(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    page.route("**/compare", lambda route: route.abort())
    page.get_by_role("button", name="B", exact=True).click()
    page.wait_for_selector("#notices .notice")
    assert "The service does not answer." in page.inner_text("#notices")
    page.unroute("**/compare")
    page.get_by_role("button", name="Try again").click()
    settle()
    assert page.locator("#notices .notice").count() == 0


def test_the_numbers_are_a_table(opened, page):
    opened(LEARNERS)
    page.get_by_text("Show every step as a table").click()
    rows = page.locator("#numbers details tbody tr")
    assert rows.count() == 2 * 61
