"""What goes wrong is told in a sentence that helps: a formula, a run, a request that costs too much, a service that is busy or gone."""

import json
import math
import re

from tests.browser.test_everyone import violations

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"


def set_steps(page, steps):
    page.get_by_label("steps", exact=True).fill(str(steps))
    page.keyboard.press("Enter")


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
    assert page.locator("#plane.is-stale").count() == 1, "and is seen to be old"
    assert violations(page) == []
    page.get_by_label("Formula of two variables").fill("x**2 + y**4")
    page.keyboard.press("Enter")
    settle()
    assert fault.is_hidden()
    assert page.locator("#plane.is-stale").count() == 0


def test_a_run_that_diverges_says_so(opened, page):
    opened(LEARNERS.replace("gd;lr=0.02", "gd;lr=9").replace("n=60", "n=400"))
    assert "diverged at step" in page.locator(".method-result >> nth=0").inner_text()
    assert page.locator('[data-label="gd"] .path').count() == 1
    assert violations(page) == []


def test_a_request_that_costs_too_much_offers_what_does_not(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    set_steps(page, 9_000_000)
    settle()
    notice = page.locator("#notices .notice")
    assert notice.count() == 1
    assert "9,000,000 steps are too many for one request: about " in notice.inner_text()
    assert page.locator("#plane .path").count() == 2, "the last good picture stays"
    assert violations(page) == []
    most, quick = notice.get_by_role("button").all()
    offered, fewer = [int(re.search(r"Use ([\d,]+) steps", each.inner_text())[1].replace(",", "")) for each in (most, quick)]
    assert f"about {offered:,} fit" in notice.inner_text()
    assert 1_000 < fewer < offered / 5 < 9_000_000
    most.click()
    settle()
    assert page.locator("#notices .notice").count() == 0, "what is offered fits"
    assert page.get_by_label("Step", exact=True).get_attribute("max") == str(offered)
    set_steps(page, math.ceil(1.1 * offered))
    settle()
    assert page.locator("#notices .notice").count() == 1, "and not much more does"


def test_a_service_that_is_gone_is_told_and_asked_again_later_and_later(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    for path in ("compare", "objectives", "contours"):
        page.route(f"**/{path}", lambda route: route.abort())
    page.evaluate("window.hurry = 50")
    page.get_by_role("button", name="B", exact=True).click()
    page.wait_for_function("() => longWaits.length >= 5")
    assert page.evaluate("longWaits.slice(0, 5)") == [1000, 2000, 4000, 8000, 8000]
    assert "The service does not answer." in page.inner_text("#notices")
    assert page.locator("#plane .path").count() == 2, "the last picture stays"
    page.unroute_all()
    page.wait_for_selector("#notices .notice", state="detached")
    settle()
    assert page.locator("#plane.is-stale").count() == 0


def test_a_service_that_is_gone_is_asked_again_when_the_reader_says_so(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    page.route("**/compare", lambda route: route.abort())
    page.evaluate("window.hurry = 0.001")
    page.get_by_role("button", name="B", exact=True).click()
    page.wait_for_selector("#notices .notice")
    assert violations(page) == []
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator("#notices").bounding_box()
    assert bar["y"] >= 0, "the bar is in sight wherever the reader is"
    assert bar["y"] + bar["height"] < page.viewport_size["height"] / 2
    page.unroute("**/compare")
    page.get_by_role("button", name="Try again").click()
    settle()
    assert page.locator("#notices .notice").count() == 0
    assert "s=B" in page.evaluate("location.hash")


def test_everything_that_had_no_answer_is_asked_again(opened, page, faults, settle):
    """With a map there are two questions; the last of them to fail was asked again alone."""
    faults.allow_failed_requests()
    opened(f"{LEARNERS}&map=settling_step;cells=15")
    page.wait_for_selector("#map .legend li")
    paths = ("compare", "map", "contours")
    for path in paths:
        page.route(f"**/{path}", lambda route: route.abort())
    page.evaluate("window.hurry = 0.001")
    page.locator(".method >> nth=0").get_by_label("lr", exact=True).fill("0.03")
    page.keyboard.press("Enter")
    page.wait_for_function("() => longWaits.length > 0")
    settle()
    asked = []
    page.unroute_all()
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.get_by_role("button", name="Try again").click()
    settle()
    assert {"compare", "map"} <= set(asked)
    assert page.locator("#notices .notice").count() == 0
    assert "lr 0.03" in page.locator(".method-result >> nth=0").inner_text()


def first_refused(status, asked):
    """A handler that answers the first request with this status, and lets the others pass."""

    def handle(route):
        request = json.loads(route.request.post_data)
        is_first = not asked
        if "decompose" not in request:  # the four cells are asked for by themselves
            asked.append(request["steps"])
        if "decompose" in request or not is_first:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "2", "Content-Type": "application/problem+json"}, body="{}")

    return handle


def test_a_busy_service_is_asked_again_when_it_says(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(LEARNERS)
    for status in (429, 503):
        asked = []

        page.route("**/compare", first_refused(status, asked))
        set_steps(page, 20 + status % 10)
        page.wait_for_selector("#notices .notice")
        assert page.inner_text("#notices .notice") == "The service is busy. The page asks again in 2 s."
        assert page.evaluate("longWaits.at(-1)") == 2000
        page.wait_for_selector("#notices .notice", state="detached")
        settle()
        assert asked == [20 + status % 10] * 2
        page.unroute("**/compare")
