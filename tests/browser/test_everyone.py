"""The page for everyone: axe finds no fault in any example, nothing is cut on a narrow page, and all is done by keys alone."""

import json
from pathlib import Path

import axe_playwright_python
import pytest

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"

LOOKS = {
    "light": ({"width": 1280, "height": 900}, "light"),
    "dark": ({"width": 1280, "height": 900}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
    "projector": ({"width": 1280, "height": 720}, "light"),
}

#: What reaches beyond the page on the right, and what is cut within its own box. What scrolls in a box of its own is not cut.
CUT = """() => {
    const inner = '.scroll, .formula, svg, math, .unseen, .skip, #plot, option';
    const shown = [...document.querySelectorAll('body *')].filter((each) => each.checkVisibility() && !each.closest(inner));
    const name = (each) => [each.localName, each.id, each.className, each.textContent.trim().slice(0, 30)].filter(Boolean).join(' ');
    const beyond = shown.filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5);
    const isUnseen = ({ clipPath }) => clipPath !== 'none'; // there for a screen reader
    const hides = (each) => ['hidden', 'clip'].includes(getComputedStyle(each).overflowX) && !isUnseen(getComputedStyle(each));
    const cut = shown.filter((each) => hides(each) && each.scrollWidth > each.clientWidth + 1);
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page scrolls sideways'] : [];
    return [...wide, ...beyond.map(name), ...cut.map(name)];
}"""

#: Width by height of each handle.
ROUNDNESS = "all => all.map((each) => each.getBoundingClientRect()).map(({ width, height }) => width / height)"


def examples(page):
    """The view of each example of the page, by its name."""
    return dict(page.eval_on_selector_all("#presets option[value^='#']", "all => all.map((each) => [each.textContent, each.value])"))


def violations(page):
    """What axe finds."""
    page.evaluate(f"window.axe === undefined && (() => {{ {AXE} }})()")
    found = page.evaluate("axe.run({ resultTypes: ['violations'], elementRef: false }).then((found) => found.violations)")
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]


def look_at(page, look):
    size, scheme = LOOKS[look]
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)


def project(page):
    """Show the page as a projector does."""
    page.evaluate("""() => {
        const button = document.getElementById('projector');
        if (button.getAttribute('aria-pressed') !== 'true') button.click();
    }""")


def open_everything(page):
    """Open whatever opens."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_example(opened, page, settle, look):
    look_at(page, look)
    opened()
    found = {}
    for name, view in examples(page).items():
        page.evaluate(f"location.hash = {json.dumps(view)}")
        if look == "projector":
            project(page)
        settle()
        boxes = page.eval_on_selector_all(".handle", ROUNDNESS)
        assert boxes == pytest.approx([1.0] * len(boxes), abs=0.02), "a handle is round"
        found[name] = violations(page) + page.evaluate(CUT)
    assert len(found) >= 8
    assert not any(found.values()), {name: faults for name, faults in found.items() if faults}


def test_axe_finds_nothing_where_everything_is_open(opened, page, settle):
    opened(LEARNERS)
    open_everything(page)
    settle()
    assert violations(page) == []


@pytest.mark.parametrize(("width", "height", "times"), [(320, 640, 1), (640, 400, 2)], ids=["320 px", "1280 px at 200 %"])
def test_nothing_is_cut_on_a_narrow_page(browser_page, width, height, times):
    page = browser_page(viewport={"width": width, "height": height}, device_scale_factor=times)
    cut = {}
    page.goto("/")
    page.wait_for_selector("#plane .path", state="attached")
    page.wait_for_function("() => atRest()")
    for name, view in examples(page).items():
        page.evaluate(f"location.hash = {json.dumps(view)}")
        open_everything(page)
        page.wait_for_function("() => atRest()")
        cut[name] = page.evaluate(CUT)
    assert not any(cut.values()), {name: faults for name, faults in cut.items() if faults}


def test_forced_colours_and_reduced_motion(opened, page):
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    opened(LEARNERS)
    assert violations(page) == []
    page.get_by_role("button", name="To the start").click()
    page.get_by_role("button", name="Play").click()
    step = page.get_by_label("Step", exact=True)
    page.wait_for_function("() => document.querySelector('#player input[type=range]').value > 0")
    assert int(step.input_value()) % 10 == 0, "with reduced motion it jumps by ten steps"


NAMED = """
    const labels = (each) => [...(each.labels ?? [])].map((label) => label.textContent).join();
    const named = (each) => `${each.localName}: ${each.ariaLabel ?? labels(each) + each.textContent}`;
"""


def test_every_control_is_reached_by_the_tab_key_and_shows_it(opened, page):
    """By their names: some are drawn anew when a path comes to the front. Of the choices of one question, Tab reaches the chosen one."""
    opened(LEARNERS)
    page.locator("#checking").scroll_into_view_if_needed()  # the panel comes when it is in sight
    page.wait_for_selector("#check form")
    controls = page.evaluate(f"""() => {{ {NAMED}
        const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')];
        const shown = all.filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0);
        return shown.filter((each) => !each.closest('[inert], svg, fieldset.plain')).map(named);
    }}""")
    reached = []
    for _ in range(2 * len(controls)):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(f"""() => {{ {NAMED}
            const {{ activeElement }} = document;
            return [activeElement === document.body ? null : named(activeElement), getComputedStyle(activeElement).outlineStyle];
        }}""")
        if name is None:
            break
        assert outline != "none", f"the focus is not seen on {name}"
        reached.append(name)
    assert sorted(set(controls) - set(reached)) == []
    assert len(reached) < 2 * len(controls), "nothing holds the focus"


def test_a_run_is_played_compared_and_left_by_keys_alone(opened, page, settle, heard):
    opened(LEARNERS)
    page.focus("#plane")
    page.keyboard.press("0")
    settle()
    page.keyboard.press("Space")
    page.wait_for_selector("[aria-label=Pause]")
    page.keyboard.press("Space")
    page.wait_for_selector("[aria-label=Play]")
    before = page.get_by_label("Step", exact=True).input_value()
    page.keyboard.press(".")
    settle()
    assert int(page.get_by_label("Step", exact=True).input_value()) == int(before) + 1
    page.focus(".handle")
    page.keyboard.press("Shift+ArrowUp")
    assert "rmsprop" in heard("From −5, ")
    page.get_by_role("button", name="Projector").focus()
    page.keyboard.press("Enter")
    settle()
    assert page.locator("#shared").is_hidden()
    page.keyboard.press("Escape")
    settle()
    assert page.locator("#shared").is_visible()


def test_the_policy_refuses_what_it_should(opened, page, faults):
    """The page has no code that does this: the test shows that the browser holds the policy, so that a breach would be seen."""
    opened(LEARNERS)
    assert page.evaluate("""() => {
        try {
            document.body.innerHTML = "<p>";
            return "written";
        } catch (error) {
            return error.name;
        }
    }""") == "TypeError"  # fmt: skip
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_function("() => true")
    assert any("require-trusted-types-for" in fault for fault in faults)
    assert any("style-src" in fault for fault in faults)
    faults.clear()
