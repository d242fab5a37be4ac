"""The editor of methods: every optimizer with its own settings, in every convention; and whether the comparison is fair."""

import json
from contextlib import suppress

import pytest

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.reading.faults import Refusal

TWO = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"


def row(page, number):
    return page.locator(f".method >> nth={number}")


def test_every_optimizer_of_the_catalogue_is_there_in_groups(opened, page):
    opened(TWO)
    catalogue = page.request.get("/optimizers", headers={"Accept": "application/json"}).json()
    names = row(page, 0).locator("select[data-key=name] option").evaluate_all("all => all.map((each) => each.value)")
    assert {each["name"] for each in catalogue["optimizers"]} <= set(names)
    titles = row(page, 0).locator("select[data-key=name] optgroup").evaluate_all("all => all.map((each) => each.label)")
    assert titles == [kind["title"] for kind in catalogue["kinds"]]


def compiled(name):
    """Use an optimizer for the first time, which compiles it: on a busy machine that takes longer than one request may."""
    for more in ({}, {"decompose": ["gd", name]}):
        with suppress(Refusal):
            compare({"objective": "quadratic", "optimizers": ["gd", name], "steps": 3, **more})


@pytest.mark.parametrize("name", ["sophia", "lbfgs", "gd_backtracking", "momo", "prodigy", "muon", "schedule_free_adamw", "rprop"])
def test_an_optimizer_that_needs_more_is_drawn_too(opened, page, settle, name):
    compiled(name)
    opened(TWO)
    row(page, 1).locator("select[data-key=name]").select_option(name)
    page.wait_for_selector(f'#plane [data-label="{name}"] .path', state="attached")
    settle()
    assert row(page, 1).locator(".fault").is_hidden()
    assert row(page, 1).locator(".formula math").count() >= 1


def test_a_field_shows_the_default_of_the_name_that_was_chosen(opened, page):
    opened(TWO.replace("m=gd", "m=momentum"))
    row(page, 0).get_by_text("More settings").click()
    assert row(page, 0).get_by_label("momentum", exact=True).get_attribute("placeholder") == "0.9"


def test_each_setting_has_its_control_with_its_meaning(opened, page, settle):
    opened(TWO)
    row(page, 1).get_by_text("More settings").click()
    row(page, 1).get_by_role("checkbox", name="centered").check()
    settle()
    assert "centered=true" in page.evaluate("location.hash")
    row(page, 1).get_by_role("checkbox", name="centered").uncheck()
    row(page, 1).get_by_label("eps_mode").select_option("inside")
    page.wait_for_function("() => location.hash.includes('eps_mode=inside')")
    assert "centered" not in page.evaluate("location.hash"), "what is usual does not stand in the address"
    assert "small number that keeps the denominator above zero" in row(page, 1).inner_text()


def test_a_value_out_of_range_is_told_at_its_field(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(TWO)
    row(page, 1).get_by_label("rho", exact=True).fill("-3")
    page.keyboard.press("Enter")
    settle()
    field = row(page, 1).get_by_label("rho", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{field.get_attribute('aria-describedby')}").inner_text().startswith("Expected")
    assert page.locator("#plane .path").count() == 2, "the last good picture stays"


def test_a_rate_goes_by_tenths_of_a_power_of_ten(opened, page, settle):
    opened(TWO)
    field = row(page, 0).get_by_label("lr", exact=True)
    field.focus()
    page.keyboard.press("ArrowUp")
    assert float(field.input_value()) == pytest.approx(0.02 * 10**0.1, rel=1e-3)
    page.keyboard.press("Shift+ArrowDown")
    assert float(field.input_value()) == pytest.approx(0.02 * 10**0.09, rel=1e-3)
    before = field.input_value()
    field.hover()
    page.mouse.wheel(0, 120)
    assert field.input_value() == before


def test_the_next_field_has_the_focus_when_one_is_left(opened, page, settle):
    opened(TWO)
    row(page, 1).get_by_label("lr", exact=True).fill("0.3")
    page.keyboard.press("Tab")
    settle()
    assert page.evaluate("document.activeElement.dataset.key") == "rho"
    page.keyboard.type("0.8")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('lr=0.3;rho=0.8')")


def test_a_list_keeps_the_focus_when_its_row_is_made_anew(opened, page, settle):
    opened(TWO)
    row(page, 1).get_by_label("convention").focus()
    page.keyboard.press("ArrowDown")
    settle()
    assert page.evaluate("document.activeElement.dataset.key") == "convention"


def test_an_optimizer_in_every_convention_on_one_plot(opened, page, settle):
    opened("v=1&o=quadratic;condition=20&s=A&m=rmsprop;lr=0.1&n=100")
    row(page, 0).get_by_role("button", name="In every convention").click()
    settle()
    labels = page.locator("#plane .runs [data-label]").evaluate_all("all => all.map((each) => each.dataset.label)")
    conventions = page.request.get("/optimizers/rmsprop").json()["conventions"]
    assert sorted(labels) == sorted(f"rmsprop ({each['name']})" for each in conventions)
    assert page.get_by_role("button", name="In every convention").count() == 0
    keras = next(place for place in range(len(labels)) if row(page, place).locator("select[data-key=convention]").input_value() == "keras")
    about = row(page, keras).inner_text()
    assert 'It calls lr "learning_rate"' in about
    for sentence in next(each["differences"] for each in conventions if each["name"] == "keras"):
        assert sentence in about


def test_a_rate_that_cannot_be_matched_is_told_at_its_method(opened, page):
    opened("v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=cocob&n=60&match=first_step")
    assert "equal first step, but not cocob" in page.inner_text("#fairness")
    assert "no learning rate" in row(page, 1).locator(".unmatched").inner_text().lower()
    assert row(page, 0).locator(".unmatched").is_hidden()


def test_methods_may_have_steps_of_their_own_and_it_is_told(opened, page, settle):
    opened(TWO)
    row(page, 1).get_by_text("More settings").click()
    row(page, 1).get_by_label("steps of its own").fill("25")
    page.keyboard.press("Enter")
    settle()
    assert "steps=25" in page.evaluate("location.hash")
    assert "Step budgets differ." in page.inner_text("#fairness")
    d = page.get_attribute('[data-label="rmsprop"] .trail', "d")
    assert d.count("L") == 25
    page.get_by_role("button", name="Give all the same steps").click()
    settle()
    assert "Step budgets differ." not in page.inner_text("#fairness")


def test_without_a_method_the_plot_says_what_to_do(opened, page, settle):
    opened(TWO)
    for _ in range(2):
        page.get_by_role("button", name="Remove").first.click()
    settle()
    assert "Add a method to see where it goes." in page.inner_text("#empty")
    page.wait_for_timeout(400)
    assert json.loads(page.evaluate("JSON.stringify(location.hash)")).count("&m=") == 1
    page.locator("#empty button").click()
    settle()
    assert page.locator("#plane .path").count() == 1
    assert page.locator("#empty").is_hidden()


def test_a_run_that_costs_too_much_offers_fewer_steps(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(TWO)
    row(page, 1).locator("select[data-key=name]").select_option("muon")
    page.wait_for_selector('#plane [data-label="muon"] .path', state="attached")
    page.get_by_label("steps", exact=True).fill("9999999")
    page.keyboard.press("Enter")
    page.wait_for_selector("#notices .notice button")
    assert "9,999,999 steps are too many for one request" in page.inner_text("#notices .notice")
    fewer = page.locator("#notices .notice button").first
    offered = fewer.inner_text().removeprefix("Use ").removesuffix(" steps").replace(",", "")
    fewer.click()
    assert page.get_by_label("steps", exact=True).input_value() == offered


def letters_of(page, number):
    return set(row(page, number).locator(".method-formula .formula mi").all_text_contents())


def test_the_formula_is_that_of_the_settings(opened, page, settle):
    """That of gd had the momentum, Nesterov's momentum and the place of the learning rate in it."""
    opened("v=1&o=quadratic&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.1&n=20")
    page.wait_for_selector(".method >> nth=1 >> .method-formula math")
    plain = row(page, 0).locator(".method-formula")
    assert letters_of(page, 0) == {"Δ", "θ", "t", "γ", "g"}
    assert "lr" in plain.locator(".letters").inner_text()
    assert "nesterov" not in plain.inner_text()
    assert "centered" not in row(page, 1).locator(".method-formula").inner_text()
    row(page, 0).get_by_text("More settings").click()
    row(page, 0).get_by_label("momentum", exact=True).fill("0.9")
    page.keyboard.press("Enter")
    settle()
    assert {"μ", "b"} <= letters_of(page, 0)


def test_the_formula_is_asked_for_once_whatever_the_numbers(opened, page, settle):
    opened("v=1&o=quadratic&s=A&m=rmsprop;lr=0.1&n=20")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/step") else None)
    row(page, 0).get_by_label("lr", exact=True).fill("0.3")
    page.keyboard.press("Enter")
    settle()
    assert asked == []


def test_without_a_worked_solution_there_is_the_formula_of_all_settings(opened, page, settle):
    opened("v=1&o=quadratic&s=A&m=aggmo;lr=0.1&m=lbfgs&n=20")
    settle()
    for number in range(2):
        assert row(page, number).locator(".method-formula math").count() > 0
