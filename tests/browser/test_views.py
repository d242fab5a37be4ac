"""The page in another page, on a projector and on paper."""

import json

import pytest
from tests.browser.page_modules import call
from tests.browser.test_everyone import violations

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"
SHIPPED = "v=1&o=dupont_two_gaussians&s=0.5,1.5&m=gd;lr=0.02&m=adam;steps=100;lr=0.01&n=200"


def is_shown(page, *selectors):
    return [page.locator(selector).first.is_visible() for selector in selectors]


def colours(page):
    return page.evaluate(
        "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.querySelector('.path')).stroke]"
    )


@pytest.mark.parametrize("view", [f"/#{LEARNERS}&embed=1", f"/?embed#{LEARNERS}"])
def test_a_frame_in_another_page(page, base_url, view):
    page.set_content(f'<iframe src="{base_url}{view}" width="720" height="760"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator("#plane .path").first.wait_for(state="attached")
    frame.locator(".headline").wait_for()
    for selector in ("#plane", "#player", "#who", ".headline"):
        assert frame.locator(selector).first.is_visible(), selector
    for selector in ("#presets", "#views", "#arrows", "#side", "#objective", "#start", "#takeaway", "footer", "#numbers", ".cells"):
        assert not frame.locator(selector).first.is_visible(), selector
    link = frame.get_by_role("link", name="Open in Stepgrade")
    href = link.get_attribute("href")
    assert href.startswith(f"{base_url}/#v=1&o=quadratic")
    assert "embed" not in href
    assert link.get_attribute("target") == "_blank"


def test_the_headers_let_another_page_show_it(page):
    headers = page.request.get("/", headers={"Accept": "text/html"}).headers
    assert "x-frame-options" not in headers
    assert "frame-ancestors" not in headers["content-security-policy"]


def test_the_legend_says_what_is_not_equal(opened, page):
    opened(f"{SHIPPED}&embed=1")
    legend = page.inner_text("#who")
    assert "learning rates are not matched" in legend
    assert "numbers of steps differ" in legend
    assert "gd, lr 0.02, settled at" in legend


def test_a_projector_has_large_type_and_thick_lines(opened, page, settle):
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(LEARNERS)

    def measures():
        size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        return [size, float(page.locator(".path").first.get_attribute("stroke-width"))]

    (size, width), plane = measures(), page.locator("#plane").bounding_box()
    page.click("#projector")
    settle()
    assert "projector=1" in page.evaluate("location.hash")
    assert measures() == [pytest.approx(1.5 * size), pytest.approx(1.6 * width)]
    assert page.locator("#plane").bounding_box()["width"] > 1.3 * plane["width"]
    assert is_shown(page, "#who", "#plane", "#player", ".headline", ".cells") == [True] * 5
    assert is_shown(page, "#arrows", "#objective", "#start", "#side", "#takeaway", "footer", "#numbers", "#charts") == [False] * 8
    headline = page.locator(".headline").bounding_box()
    assert headline["y"] + headline["height"] <= 720, "the headline is in sight"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.reload()
    page.wait_for_selector("#plane .path", state="attached")
    assert page.get_attribute("#projector", "aria-pressed") == "true"
    page.keyboard.press("Escape")
    settle()
    assert "projector" not in page.evaluate("location.hash")
    assert is_shown(page, "#side", "#takeaway") == [True] * 2


def test_on_paper_it_is_light_and_has_plot_legend_verdict_numbers_and_address(opened, page):
    opened(LEARNERS)
    light = colours(page)
    page.emulate_media(color_scheme="dark")
    assert colours(page) != light
    page.emulate_media(color_scheme="dark", media="print")
    assert colours(page) == light
    assert is_shown(page, "#plane", "#who", ".headline", ".cells", "#numbers table", "#printed") == [True] * 6
    hidden = (
        "#views",
        "#arrows",
        "#objective",
        "#start",
        "#player",
        "#zoom",
        "#take",
        "#side",
        "#charts",
        "#presets",
        "#take-tour",
        "#checking",
        "footer",
        "#whole",
    )
    assert is_shown(page, *hidden) == [False] * len(hidden)
    printed = page.inner_text("#printed")
    assert printed.endswith(f"#{LEARNERS}")
    page.set_viewport_size({"width": 700, "height": 1000})
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    ring, path = page.evaluate("""['.handle', '#plane [data-label=gd] .path'].map((each) => {
        const { x, width } = document.querySelector(each).getBoundingClientRect();
        return { x, width };
    })""")
    assert ring["x"] + ring["width"] / 2 == pytest.approx(path["x"], abs=4), "the ring is where the path begins"
    assert len(page.pdf(format="A4")) > 10_000


def test_the_look_is_in_the_address(page):
    page.goto("/")
    modules = {"history": ["viewOf"]}
    for asked, look in (("embed=1", "embed"), ("projector=1", "projector"), ("embed=0", None), ("projector", "projector")):
        view, left = call(page, modules, "const { view, left } = viewOf({ hash: '#' + given, search: '' }); return [view, left];", asked)
        assert (view.get("look"), left) == (look, []), json.dumps(asked)
    assert call(page, modules, "return viewOf({ hash: '', search: '?embed' }).view.look;") == "embed"


def test_axe_finds_nothing_in_the_tour_in_a_frame_and_with_a_dialog_open(opened, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    for view, width in (
        ("tour=5", 1280),
        ("tour=1", 320),
        (f"{LEARNERS}&embed=1", 720),
        (f"{LEARNERS}&embed=1", 320),
        (f"{LEARNERS}&zz=1", 390),
    ):
        page.set_viewport_size({"width": width, "height": 800})
        opened(view)
        if "tour" in view:
            page.wait_for_selector("#tour-text p:nth-child(2)")
        assert violations(page) == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_selector("dialog[open]")
    assert violations(page) == []
