"""A view is in its address, and what the page shows is taken away as numbers, pictures and requests."""

import json

from playwright.sync_api import expect

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"


def module(page, name):
    """The address of one of the page's modules."""
    return page.evaluate(f"document.querySelector('script[src]').src.replace('main.js', '{name}.js')")


def presets(page):
    return page.eval_on_selector_all("#presets option[value^='#']", "all => all.map((each) => each.value.slice(1))")


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


def test_the_numbers_are_a_table(opened, page):
    opened(LEARNERS)
    page.get_by_text("Show every step as a table").click()
    expect(page.locator("#numbers details tbody tr")).to_have_count(2 * 61)
