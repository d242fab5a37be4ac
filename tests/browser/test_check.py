"""The panel that checks a student's numbers: it reads what is pasted, and shows the service's finding, the formulas and the solution."""

import json
import re
from urllib.parse import quote

import pytest

ONE = "v=1&o=quadratic;condition=20&s=A&m=adam;lr=0.1;eps=0.01&n=20"
RUN = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&n=20&check=points"

#: Adam with eps inside the square root.
INSIDE = "[0.901941932430908, 2.019611613513818]"


@pytest.fixture
def read(page, faults):
    """`read(function, text, ...)`: what a function of the module that reads pasted numbers makes of a text; there is no page around it."""
    index = page.request.get("/", headers={"Accept": "text/html"}).text()
    readings = re.search(r"assets/[0-9a-f]+/", index)[0] + "readings.js"
    faults.allow_failed_requests()  # the browser looks for an icon of /healthz
    page.goto("/healthz")

    def call(function, *given):
        return page.evaluate(f"import('/{readings}').then((found) => found.{function}(...{json.dumps(given)}))")

    return call


@pytest.fixture
def panel(opened, page):
    """`panel(hash)`: the page at a view, with the panel in sight."""

    def open_panel(view):
        opened(view)
        page.get_by_role("button", name="Check my numbers").click()
        page.wait_for_selector("#check form")

    return open_panel


def fill(page, params, gradient, got):
    for label, text in (("Params before the step", params), ("Gradient at these params", gradient), ("Your params after the step", got)):
        page.get_by_label(label).fill(text)


def check(page):
    page.evaluate("document.querySelector('#check .result').replaceChildren()")
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector("#check .result > *")
    page.wait_for_load_state("networkidle")
    return page.inner_text("#check .result")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1, 2", [1, 2]),
        ("[0.9 1.98]", [0.9, 1.98]),
        ("array([0.90196078, 2.06666667])", [0.90196078, 2.06666667]),
        ("tensor([[1., 2.],\n        [3., 4.]], dtype=torch.float64)", [[1, 2], [3, 4]]),
        ("[[1. 2.]\n [3. 4.]]", [[1, 2], [3, 4]]),
        ("tensor([0.9020, 2.0667], grad_fn=<SubBackward0>)", [0.902, 2.0667]),
        ("[np.float64(0.9), np.float64(1.98)]", [0.9, 1.98]),
        ("{'w': [1, 2], 'b': 0.5}", {"w": [1, 2], "b": 0.5}),
        ("params = (1, -2.5e-3)", [1, -0.0025]),
        ("−1.5  2", [-1.5, 2]),
        ("nan 1", [None, 1]),
        ("3", 3),
        ("0,95; 2,4", [0.95, 2.4]),
        ("0,5;-4", [0.5, -4]),
        ("0,5, -4", [0.5, -4]),
        ("5,01", 5.01),
        ("[0.5, –4]", [0.5, -4]),
        ("[[1,2],[3,4]]", [[1, 2], [3, 4]]),
        ("$(0.5, -4)$", [0.5, -4]),
        (r"\begin{pmatrix} 0.5 \\ -4 \end{pmatrix}", [0.5, -4]),
        ("[0.5 -4]^T", [0.5, -4]),
    ],
)
def test_params_are_read_as_they_are_pasted(read, text, value):
    found = read("paramsOf", text)
    assert (found["value"], found["faults"]) == (value, [])


@pytest.mark.parametrize(
    "text",
    [
        "-5 -1\n-4.9 -0.6",
        "[[-5, -1], [-4.9, -0.6]]",
        "[[-5.  -1. ]\n [-4.9 -0.6]]",
        "w b\n-5 -1\n-4.9 -0.6",
        "step,w,b,loss\n0,-5,-1,22.5\n1,-4.9,-0.6,13",
        "(-5, -1), (-4.9, -0.6)",
        "step 0: -5, -1\nstep 1: -4.9, -0.6",
        "[array([-5., -1.]), array([-4.9, -0.6])]",
        "[-5, -1, -4.9, -0.6]",
        "-5;-1\n-4.9;-0.6",
        "0: (-5|-1)\n1: (-4.9|-0.6)",
    ],
)
def test_points_are_read_as_they_are_pasted(read, text):
    found = read("pointsOf", text, 2)
    assert (found["value"], found["faults"]) == ([[-5, -1], [-4.9, -0.6]], [])


def test_columns_with_names_are_points_too(read):
    assert read("pointsOf", "w: [-5, -4.9, -4.8]\nb: [-1, -0.6, -0.4]", 2)["value"] == [[-5, -1], [-4.9, -0.6], [-4.8, -0.4]]


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("0.5 foo 3", "foo", "foo cannot be read as a number."),
        ("[1, 2", "[", "This bracket is not closed."),
        ("1 2]", "]", "There is no opening bracket for this ]."),
        ("[1. 2. ... 9.]", "...", "Some numbers are missing here."),
        ("[1/2, 3]", "/", "The page does not calculate."),
        ("1e400 2", "1e400", "1e400 is too large."),
        ("1 % 2", "%", "% cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(read, text, place, told):
    [fault] = read("paramsOf", text)["faults"]
    assert text[fault["offset"] :][: fault["length"]] == place
    assert told in fault["told"]


def test_a_comma_that_may_be_a_decimal_sign_is_told(read):
    two = "The page reads 1,5 as two numbers: 1 and 5. If you mean 1.5, write a point in place of the comma."
    assert read("paramsOf", "1,5")["notes"] == [two]
    assert read("paramsOf", "0,5 1,25")["notes"] == ["The page reads the comma as a decimal point: 0,5 is 0.5."]
    assert read("paramsOf", "[1,5]")["notes"] == [], "a list of two numbers is no riddle"
    assert read("paramsOf", "0.5, 1.25")["notes"] == []


def test_a_point_of_another_size_is_told(read):
    assert "Point 2 has 1 number. It needs 2." in [fault["told"] for fault in read("pointsOf", "-5 -1\n-4.9", 2)["faults"]]


def test_a_mistake_is_found_with_both_formulas_and_the_solution(panel, page):
    panel(ONE)
    fill(page, "[1.0, 2.0]", "0.5  -0.02", INSIDE)
    with page.expect_response("**/check") as asked:
        told = check(page)
    [finding] = asked.value.json()["findings"]
    assert "These numbers are not right." in told
    assert finding["title"] in told.lower()
    assert finding["hint"] in told
    assert page.locator("#check .two-formulas math").count() == 2
    page.get_by_text("The right step, worked out").click()
    assert page.locator("#check .worked > ol > li").count() == 6
    assert "0.901961" in page.locator("#check .worked").inner_text()


def test_right_numbers_pass_also_as_they_are_printed(panel, page):
    panel(ONE)
    fill(page, "[1.0, 2.0]", "[0.5, -0.02]", "[0.9020, 2.0667]")
    told = check(page)
    assert "These numbers are right." in told
    assert "Your numbers have 4 decimals" in told
    fill(page, "[1.0, 2.0]", "[0.5, -0.02]", "[0.9019, 2.0196]")
    assert "eps stands inside the square root" in check(page).lower()


def test_a_mistake_is_named_in_rounded_numbers_too(panel, page):
    panel("v=1&o=quadratic;condition=20&s=A&m=adam;lr=0.1&n=20")
    fill(page, "[1, 2]", "[0.5, -4]", "[0.68377, 2.31623]")
    told = check(page)
    assert "there is no bias correction" in told.lower()
    assert "Your numbers have 5 decimals" in told


def test_on_a_phone_the_field_that_is_wrong_is_in_sight(panel, page):
    page.set_viewport_size({"width": 390, "height": 600})
    panel(ONE)
    fill(page, "[1, 2]", "", "[1, 2]")
    check(page)
    fault = page.locator("#check .fault:visible").bounding_box()
    assert page.evaluate("document.activeElement.closest('[data-field]').dataset.field") == "gradient"
    assert 0 <= fault["y"] <= 600 - fault["height"]


def test_numbers_that_nothing_explains_are_told_so(panel, page):
    panel(ONE)
    fill(page, "[1.0, 2.0]", "[0.5, -0.02]", "[0.123456789, 7.2345678901]")
    assert "No mistake that the service knows gives these numbers." in check(page)


def test_hints_go_by_level(panel, page):
    panel(ONE)
    page.get_by_label("Tell me").select_option(label="where to look")
    fill(page, "[1.0, 2.0]", "[0.5, -0.02]", INSIDE)
    told = check(page)
    assert page.locator("#check .two-formulas, #check .worked").count() == 0
    assert "square root" not in told, "the title would tell what the hint leaves to find"


def test_a_finding_is_one_sentence_and_its_names_have_no_capital_letter(panel, page):
    panel("v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&n=20")
    fill(page, "[1, 2]", "[0.5, -4]", "[0.95, 2.4]")
    check(page)
    assert page.locator("#check .finding h3").inner_text() == "Another value: lr is 0.1 instead of 0.02."


def test_a_comma_is_told_once_and_also_where_a_field_is_wrong(panel, page):
    panel("v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&n=20")
    fill(page, "1,2", "0,5", "0,9")
    assert check(page).count("as two numbers") == 1
    fill(page, "5", "-0,5", "5.01")
    assert "The page reads 0,5 as two numbers: 0 and 5." in check(page)
    assert page.locator("#check .fault:visible").all_inner_texts() == ["The gradient has 2 numbers, but the params before the step have 1."]


def test_what_is_wrong_is_marked_at_its_field(panel, page):
    panel(ONE)
    fill(page, "[1, 2", "0.5 foo", "[1, 2]")
    assert "Your numbers are not checked yet." in check(page)
    assert page.locator("#check .fault:visible mark").all_inner_texts() == ["[", "foo"]
    assert page.get_by_label("Params before the step").get_attribute("aria-invalid") == "true"


def test_what_the_service_refuses_is_told_at_its_field(panel, page, faults):
    faults.allow_failed_requests()
    panel(ONE)
    fill(page, "[1, 2]", "[1, 2, 3]", "[1, 2]")
    check(page)
    assert page.locator('[data-field="gradient"] .fault').inner_text() != ""


def test_a_later_step_takes_its_number_and_the_state(panel, page):
    panel(ONE)
    asked = {"optimizer": {"name": "adam", "lr": 0.1, "eps": 0.01}, "params": [1, 2], "gradient": [0.5, -4]}
    state = {"t": 2, "m": [0.1, 0.2], "v": [0.3, 0.4]}
    right = page.request.post("/step", data={**asked, "state": state}).json()["params"]
    fill(page, "[1, 2]", "[0.5, -4]", json.dumps(right))
    page.get_by_text("Not the first step?").click()
    page.get_by_label("number of this step").fill("3")
    page.get_by_label("m before the step").fill("[0.1 0.2]")
    page.get_by_label("v before the step").fill("0.3, 0.4")
    page.keyboard.press("Tab")
    assert "These numbers are right." in check(page)


def test_the_next_field_keeps_the_focus_when_one_is_left(panel, page):
    panel(ONE)
    page.get_by_label("Optimizer of your code").focus()
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#check') !== null && document.activeElement !== document.body")


def test_points_are_checked_and_drawn_beside_the_right_path(panel, page, settle):
    panel(RUN)
    page.get_by_label("the points of a run").check()
    page.get_by_label("Your points").fill("-5 -1\n-4.9 -0.6\n-4.802 -0.36\n-4.6 -0.2")
    told = check(page)
    assert "Your w after step 3 is −4.6. Expected: " in told
    assert page.locator("#plane .their-points").count() == 1
    assert page.locator("#plane .right-path").count() == 1
    assert "your points (4)" in page.inner_text("#submitted")
    page.get_by_role("button", name="Remove your points").click()
    settle()
    assert page.locator("#plane .their-points").count() == 0


@pytest.mark.parametrize("kind", ["one step", "the points of a run"])
def test_an_example_with_a_mistake_is_found(panel, page, kind):
    panel("v=1&o=quadratic;condition=20&s=A&m=rmsprop;lr=0.1&n=20")
    page.get_by_role("radio", name=kind).check()
    for _ in range(2):
        page.get_by_role("button", name="Try an example with a mistake").click()
        page.wait_for_selector("#check .finding")
        page.wait_for_load_state("networkidle")
        assert page.locator("#check .finding .badge").first.inner_text() in {"A mistake", "Perhaps a mistake"}


def test_the_panel_stands_in_the_address_where_it_is_short(panel, page, settle):
    panel(ONE)
    fill(page, "[1.0, 2.0]", "0.5  -0.02", INSIDE)
    settle()
    page.wait_for_timeout(400)
    address = page.evaluate("location.hash")
    assert "check=step" in address
    page.goto("about:blank")
    page.goto(f"/{address}")
    page.wait_for_selector("#plane .path", state="attached")
    assert page.get_by_label("Your params after the step").input_value() == INSIDE
    page.get_by_label("Your params after the step").fill("1 " * 900)
    settle()
    page.wait_for_timeout(400)
    assert "check=" not in page.evaluate("location.hash")


def test_the_optimizer_is_the_first_method_or_any_other(panel, page, settle):
    method = quote(json.dumps({"name": "gd", "settings": {"lr": 0.1}}))
    panel(f"{ONE}&check=step;method={method};params=[1,+2];gradient=[0.5,+-4];got=[0.95,+2.4]")
    assert page.get_by_label("Optimizer of your code").input_value() == "gd"
    assert "These numbers are right." in check(page)
    page.get_by_label("Optimizer of your code").select_option("")
    settle()
    assert "These numbers are not right." in check(page)


def test_the_panel_says_where_numbers_go(panel, page):
    panel(ONE)
    assert "go only to this service" in page.inner_text("#check")
