"""The panel of the objective: any of the catalogue, its parameters, or a formula; and a start that is not allowed."""

import pytest

METHODS = "&m=gd;lr=0.01&m=adam;lr=0.1&n=30"
TYPED = f"v=1&o=;f=x**2%2By**2&s=3,1{METHODS}"


def formula(page):
    return page.get_by_label("Formula of two variables")


def test_every_objective_that_a_plot_can_show_is_there_in_groups(opened, page):
    opened(f"v=1&o=quadratic&s=A{METHODS}")
    answer = page.request.get("/objectives", headers={"Accept": "application/json"}).json()
    names = page.locator("select[data-key=objective] option").evaluate_all("all => all.map((each) => each.value)")
    assert {each["name"] for each in answer["objectives"] if each["dimension"] in (None, 2)} < set(names)
    assert not {each["name"] for each in answer["objectives"] if each["dimension"] not in (None, 2)} & set(names)
    assert page.locator("select[data-key=objective] optgroup").count() == len(answer["kinds"])


@pytest.mark.parametrize("name", ["rosenbrock", "trid", "styblinski_tang", "easom", "log_plateau", "linreg_tiny"])
def test_an_objective_is_chosen(opened, page, settle, name):
    opened(f"v=1&o=quadratic&s=A{METHODS}")
    page.locator("select[data-key=objective]").select_option(name)
    settle()
    assert f"o={name}" in page.evaluate("location.hash")
    assert page.locator("#plane .path").count() == 2
    assert page.evaluate("document.activeElement.dataset.key") in ("objective", None)


def test_condition_and_rotation_are_sliders(opened, page, settle):
    opened(f"v=1&o=quadratic&s=A{METHODS}")
    page.get_by_role("slider", name="condition").fill("2")
    page.get_by_role("slider", name="turned by").fill("45")
    settle()
    assert "condition=100" in page.evaluate("location.hash")
    assert "rotation=45" in page.evaluate("location.hash")


def test_other_parameters_are_fields(opened, page, settle):
    opened(f"v=1&o=quadratic&s=A{METHODS}")
    page.get_by_text("More parameters").click()
    page.get_by_label("center").fill("1, 2")
    page.keyboard.press("Enter")
    settle()
    assert "center=[1,2]" in page.evaluate("decodeURIComponent(location.hash)")
    assert page.locator("#plane .path").count() == 2


def test_a_formula_is_read_while_it_is_typed(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(TYPED)
    formula(page).press("End")
    formula(page).press_sequentially(" + sinn(y)")
    page.wait_for_selector("#formula-fault mark")
    assert page.locator("#formula-fault mark").inner_text() == "sinn"
    assert "did you mean sin" in page.inner_text("#formula-fault")
    assert page.evaluate("document.activeElement.tagName") == "INPUT", "the field keeps the focus"
    formula(page).fill("x**2 + sin(y)**2")
    settle()
    assert page.locator("#formula-fault").is_hidden()


def test_a_formula_without_a_known_minimum_says_so_and_minima_are_searched(opened, page, settle):
    opened("v=1&o=;f=(x**2%2By-11)**2%2B(x%2By**2-7)**2&s=3,1&w=-5,5,-5,5" + METHODS)
    assert "No minimum is known here, so the page shows no distance to one." in page.inner_text("#objective")
    page.get_by_role("button", name="Search for minima").click()
    settle()
    assert page.locator("#plane .minimum").count() == 4
    assert "No minimum is known" not in page.inner_text("#objective")
    assert page.get_by_label("find minima").is_checked()


def test_a_formula_of_three_variables_is_told(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(TYPED)
    formula(page).fill("kappa*x**2 + y**2")
    settle()
    page.wait_for_timeout(300)
    assert "The plot needs two variables" in page.inner_text("#formula-fault")
    page.get_by_role("textbox", name="constants").fill("kappa = 20")
    page.keyboard.press("Enter")
    settle()
    assert page.locator("#formula-fault").is_hidden()
    assert page.locator("#plane .path").count() == 2


def test_names_that_a_new_formula_does_not_have_leave_their_field(opened, page, settle):
    opened(f"v=1&o=quadratic;condition=20&s=A{METHODS}")
    page.locator("select[data-key=objective]").select_option("your own formula")
    settle()
    names = page.locator("[data-key=variables]")
    assert names.input_value() == "w, b"
    formula(page).fill("x**2 + 10*y**2")
    settle()
    assert names.input_value() == ""


def test_the_formula_is_the_widest_field_beside_the_objective(opened, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(TYPED)
    wide = formula(page).bounding_box()["width"]
    assert all(wide > each.bounding_box()["width"] for each in page.locator("#objective input[type=text]").all()[1:])


def test_the_formula_of_an_objective_can_be_edited(opened, page, settle):
    opened(f"v=1&o=quadratic;condition=20&s=A{METHODS}")
    page.locator("select[data-key=objective]").select_option("your own formula")
    settle()
    assert "w" in formula(page).input_value()
    assert page.locator("#plane .path").count() == 2


def test_a_start_where_there_is_no_value_goes_back(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened("v=1&o=;f=log(x)**2%2By**2&s=2,1" + METHODS)
    page.get_by_label("start x").fill("-1")
    page.keyboard.press("Enter")
    settle()
    assert "The start stays where it was." in page.inner_text("#start-fault")
    page.wait_for_timeout(400)
    assert "s=2,1" in page.evaluate("location.hash")
    assert page.locator("#plane .path").count() == 2
