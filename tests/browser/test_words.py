"""What the page says of a comparison agrees with what was compared: equal step lengths, used rates, the starts of a map, wells, probes."""

from __future__ import annotations

from urllib.parse import quote

BOWL = "v=1&o=quadratic;condition=20"
PAIR = "m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=200"
WELLS = f"v=1&o=;f={quote('(x²-1)² + 0.2*x + y²', safe='')};find_minima=true&s=1.6,-1.2&{PAIR}"


def test_with_equal_step_lengths_the_direction_is_judged_and_no_split_is_asked_for(opened, page):
    opened(f"{BOWL}&s=A&s=B&{PAIR}&match=graft")
    headlines = page.locator("#told .headline").all_inner_texts()
    assert len(headlines) == 2
    assert all("rmsprop's direction" in each for each in headlines)
    assert "there is no lead to split" in page.inner_text("#told")
    assert page.locator(".used").all_inner_texts() == ["lr is not used: the step lengths are those of gd."]


def test_a_matched_rate_stands_beside_its_field(opened, page):
    opened(f"{BOWL}&s=A&{PAIR}&match=first_step")
    told = page.locator(".used").all_inner_texts()
    assert len(told) == 1
    assert told[0].startswith("Used: lr 0.09")
    assert "is-unused" in page.locator(".method [data-key=lr]").nth(1).locator("xpath=..").get_attribute("class")


def test_the_cells_of_a_map_do_not_depend_on_the_size_of_the_plot(opened, page, settle):
    found = []
    for width, height in ((1280, 900), (500, 900)):
        page.set_viewport_size({"width": width, "height": height})
        opened(f"{BOWL}&s=B&{PAIR}&w=-6.5,6.5,-3.4,3.4&map=settling_step;cells=25")
        page.wait_for_selector("#map .legend li")
        settle()
        found.append(page.locator("#map .cells-told, #map .legend li").all_inner_texts())
    assert found[0] == found[1]
    assert "w from" in found[0][0]


def test_the_well_in_which_runs_end_and_the_marks_of_wells_are_told(opened, page):
    opened(WELLS)
    told = page.inner_text("#told")
    assert "which is not the lowest." in told
    assert "the lowest minimum" in told
    assert "a higher minimum" in told
    assert page.locator("#charts figcaption").first.inner_text().startswith("loss above the lowest minimum")
    gaps = page.locator("#told .cells td button").all_inner_texts()
    assert len(gaps) == 4
    assert len({each.startswith("gap") for each in gaps}) == 1, "steps and gaps are not mixed"


def test_numbers_that_tell_formulas_apart_are_filled_in(opened, page, settle):
    opened(f"{BOWL}&m=adam;lr=0.1&n=20&check=step;params=1;gradient=2;got=0.99")
    page.get_by_role("button", name="Check my numbers").click()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Fill in numbers that tell them apart").click()
    settle()
    assert page.get_by_label("Your params after the step").input_value() == ""
    assert "W" in page.get_by_label("Params before the step").input_value()
    assert page.locator("#check [data-field=method] [data-key=lr]").input_value() == "0.075"
    page.get_by_label("Your params after the step").fill(page.get_by_label("Params before the step").input_value())
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector("#check .result .headline")
