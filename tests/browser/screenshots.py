"""Pictures of the page to look at: each example, light and dark, on a phone and as a projector shows it.

`make screenshots` writes them into screenshots/. ARGS="--only saddle" makes those of the examples whose names have this in them;
ARGS="--service http://127.0.0.1:8000" takes a service that runs; ARGS=--docs makes the two pictures of docs/pictures/ anew.
"""

import argparse
import io
import re
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tests.browser.conftest import found_chromium, launch_arguments
from tests.running import serving

TO = Path(__file__).parents[2] / "screenshots"

DOCS = Path(__file__).parents[2] / "docs" / "pictures"

LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
    "projector": {"viewport": {"width": 1280, "height": 720}},
}


@contextmanager
def chromium():
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_chromium(), args=launch_arguments())
        yield browser
        browser.close()


def settled(page: Page) -> None:
    """Wait until the page is drawn, with the last of what it asks for."""
    page.wait_for_selector("#plane .path", state="attached")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


def pictures(page: Page, look: str, only: str) -> None:
    """A picture of each example: the whole page where it is read from top to bottom, what is in sight where it is projected."""
    examples = page.eval_on_selector_all("#presets option[value^='#']", "all => all.map((each) => [each.textContent, each.value])")
    for name, view in examples:
        short = re.sub(r"[^a-z]+", "-", name.lower().replace("'", "")).strip("-")
        if only not in short:
            continue
        page.goto("about:blank")
        page.goto(f"/{view}")
        settled(page)
        if look == "projector":
            page.click("#projector")
            settled(page)
        page.screenshot(path=TO / f"{short}-{look}.png", full_page=look != "projector")


def pictures_of_the_docs(page: Page) -> None:
    """The page as it opens, and as a projector shows it."""
    for name in ("playground", "playground-projector"):
        page.goto("about:blank")
        page.goto("/")
        settled(page)
        if name.endswith("projector"):
            page.click("#projector")
            settled(page)
        whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        # A third as large. A palette by how often a color is there would lose the yellow of the star.
        few = whole.quantize(256, Image.Quantize.MAXCOVERAGE)
        few.save(DOCS / f"{name}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser("screenshots", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--service", help="the address of a service that runs")
    parser.add_argument("--only", default="", help="a part of the names of the examples")
    parser.add_argument("--docs", action="store_true", help="make the pictures of the page in the docs, and nothing else")
    chosen = parser.parse_args()
    TO.mkdir(exist_ok=True)
    with serving(chosen.service) as address, chromium() as browser:
        if chosen.docs:
            pictures_of_the_docs(browser.new_context(base_url=address, viewport={"width": 1280, "height": 860}).new_page())
            return
        for look, window in LOOKS.items():
            page = browser.new_context(base_url=address, **window).new_page()
            page.goto("/")
            settled(page)
            pictures(page, look, chosen.only)
            page.context.close()
    print(f"{len(list(TO.glob('*.png')))} pictures are in {TO}")


if __name__ == "__main__":
    main()
