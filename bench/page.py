"""The page in Chromium: how soon it is drawn, how many sets of paths a second follow a dragged start, and what goes over the wire.

`.venv-browser/bin/python bench/page.py`, the last part of `make bench`. A rate is the best of five drags: other work on the machine only
lowers it. The start is pressed with the mouse; then the page itself moves it once a frame, for a move from outside waits for the page
and would measure the tool.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import Request, urlopen

from connection import post
from playwright.sync_api import Browser, Page, sync_playwright
from server import SERVICE, serving
from table import Row, Section, at_least, at_most, duration, machine, show

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
METHODS = "m=gd;lr=0.02&m=momentum;lr=0.01&m=rmsprop;lr=0.2&m=adam;lr=0.3"
DRAGGED = f"v=1&o=quadratic;condition=20&s=A&{METHODS}&n=300&at=300&w=-6,3,-3,3"
FIRST = post("/step", {"optimizer": {"name": "sgd", "lr": 0.25}, "params": [1.0], "gradient": [2.0]})

#: The limits that the page keeps: seconds, sets of paths per second, kB.
SECONDS, SETS, PAGE_KB, ALL_KB = 1.0, 30.0, 110.0, 300.0
VIEWS, DRAGS, FRAMES = 8, 5, 120

#: Notes when paths and contour lines are there and have been painted.
WATCH_FIRST_VIEW = """
const isDrawn = () => document.querySelector('#plane .path') && document.querySelector('#plane .contour');
const note = () => setTimeout(() => (window.drawnAt = performance.now()));
const look = () => requestAnimationFrame(isDrawn() ? note : look);
requestAnimationFrame(look);
"""

#: Moves the pressed start once a frame on a circle and counts the frames and the sets of paths.
DRAG = """async (frames) => {
    const handle = document.querySelector('.handle');
    const box = handle.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let sets = 0;
    let last = '';
    const path = () => document.querySelector('#plane .path').getAttribute('d').split('L')[0];
    const began = performance.now();
    for (let frame = 0; frame < frames; frame += 1) {
        await new Promise(requestAnimationFrame);
        if (path() !== last) {
            sets += 1;
            last = path();
        }
        const turn = (2 * Math.PI * frame) / 60;
        const move = { pointerId: 1, bubbles: true, buttons: 1, clientX: x + 60 * (Math.cos(turn) - 1), clientY: y + 60 * Math.sin(turn) };
        handle.dispatchEvent(new PointerEvent('pointermove', move));
    }
    const seconds = (performance.now() - began) / 1000;
    return { seconds, frames, sets };
}"""


@dataclass(frozen=True)
class Drag:
    """One drag of the start."""

    seconds: float
    frames: int
    sets: int


def sections(browser: Browser, address: str) -> Iterator[Section]:
    """What a reader waits for, and what a network carries."""
    seconds = sorted(first_view(browser, address) for _ in range(VIEWS))
    least, median = seconds[0], seconds[len(seconds) // 2]
    row = Row("from the address to paths and contour lines", duration(median), duration(least), "", at_most(median, SECONDS, "s"))
    yield Section("First view, a browser that has nothing of the page", [row])
    drags = [drag(browser, address) for _ in range(DRAGS)]
    best = max(drags, key=lambda each: each.sets / each.seconds)
    rate, frames = best.sets / best.seconds, best.frames / best.seconds
    yield Section(
        "A dragged start, 4 optimizers, 300 steps; best of five",
        [
            Row("sets of paths per second", f"{rate:.0f}", "", "", at_least(rate, SETS, "a second")),
            Row("frames per second", f"{frames:.0f}"),
        ],
        ["sets per second of each drag: " + ", ".join(f"{each.sets / each.seconds:.0f}" for each in drags)],
    )
    yield weight(browser, address)


def first_view(browser: Browser, address: str) -> float:
    """Seconds from the address to what is painted, with an empty cache."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH_FIRST_VIEW)
    page.goto(address)
    page.wait_for_function("() => window.drawnAt")
    drawn = float(page.evaluate("window.drawnAt"))
    page.context.close()
    return drawn / 1000


def drag(browser: Browser, address: str) -> Drag:
    """Drag the start for two seconds."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}#{DRAGGED}")
    drawn(page)
    box = page.locator(".handle").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    found = Drag(**page.evaluate(DRAG, FRAMES))
    page.mouse.up()
    page.context.close()
    return found


def drawn(page: Page) -> None:
    page.wait_for_selector("#plane .path", state="attached")
    page.wait_for_load_state("networkidle")


def weight(browser: Browser, address: str) -> Section:
    """The bytes of the page's files, and of these with the data of the first view, as they go over the wire."""
    sizes: dict[str, int] = {}
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    tools = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    tools.on("Network.requestWillBeSent", lambda told: names.update({told["requestId"]: told["request"]["url"]}))
    tools.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    tools.send("Network.enable")
    page.goto(address)
    drawn(page)
    page.context.close()
    files = [each for each, name in names.items() if "/assets/" in name or name == address]
    page_kb = sum(sizes.get(each, 0) for each in files) / 1000
    all_kb = sum(sizes.values()) / 1000
    plain_kb = sum(plain(names[each]) for each in files) / 1000
    data = {re.sub(r"^.*?//[^/]*", "", names[each]): size for each, size in sizes.items() if each in names and each not in files}
    return Section(
        "Over the wire, from the bare service, headers included",
        [
            Row("the page: HTML, CSS, JavaScript", f"{page_kb:.0f} kB", "", "", at_most(page_kb, PAGE_KB, "kB")),
            Row("the same for who does not take gzip", f"{plain_kb:.0f} kB"),
            Row("the page and the data of its first view", f"{all_kb:.0f} kB", "", "", at_most(all_kb, ALL_KB, "kB")),
        ],
        [f"{len(files)} files; data: " + ", ".join(f"{name} {size / 1000:.1f} kB" for name, size in data.items())],
    )


def plain(address: str) -> int:
    """The bytes of a file that is not compressed."""
    with urlopen(Request(address, headers={"Accept": "text/html, */*"})) as answer:  # noqa: S310 (the service of this bench)
        return len(answer.read())


def main() -> None:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        sys.exit("There is no Chromium here: apt-get install --no-install-recommends chromium fonts-dejavu-core")
    print(machine(), flush=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with serving(SERVICE, FIRST) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for section in sections(browser, f"http://127.0.0.1:{server.port}/"):
            print("\n" + show(section), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
