"""A running service, and its page in Chromium.

`make browser` installs what these tests need; elsewhere they are left out. Where there is no Chromium they are skipped with the reason;
where one is required, they fail. There is one service and one browser for all tests, and no test waits for a fixed time: `settle` waits
until the page has nothing left to do.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from tests.running import serving

if importlib.util.find_spec("pytest_playwright") is None:
    collect_ignore_glob = ["test_*.py"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "there is no Chromium here: apt-get install --no-install-recommends chromium fonts-dejavu-core"

#: Written into every page before its own code: what it waits for is counted, and its short waits are a fifth as long.
AT_REST = Path(__file__).with_name("at_rest.js")


def found_chromium():
    """The path of the system's Chromium, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def launch_arguments():
    return ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox is not for root


@pytest.fixture(scope="session")
def chromium():
    """The path of the system's Chromium."""
    path = found_chromium()
    if path is None:
        if os.environ.get("STEPGRADE_REQUIRE_CHROMIUM"):
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": launch_arguments()}


@pytest.fixture(scope="session")
def base_url(pytestconfig, chromium):
    """The address of a service that runs: the one that --base-url names, else a new one."""
    with serving(pytestconfig.getoption("base_url")) as address:
        yield address


class Faults(list):
    """What a page must not do: write to the console, raise, break its policy, ask anybody else. A test says what it provokes."""

    def __init__(self):
        self.allowed = ()

    def allow_failed_requests(self):
        """Chromium itself writes them to the console."""
        self.allowed = ("Failed to load resource:",)

    def add(self, text):
        if not text.startswith(tuple(self.allowed)):
            self.append(text)


@pytest.fixture
def faults():
    return Faults()


def watch(page, base_url, faults):
    """A page whose faults are noted, and that tells when it is at rest."""
    page.on("console", lambda message: faults.add(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.add(str(error)))
    page.on("request", lambda request: None if request.url.startswith((base_url, "data:", "blob:")) else faults.add(request.url))
    page.add_init_script("addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective))")
    page.add_init_script(path=AT_REST)
    return page


@pytest.fixture
def page(page, base_url, faults):
    """A page that is watched."""
    yield watch(page, base_url, faults)
    assert faults == []


@pytest.fixture
def browser_page(new_context, base_url, faults):
    """`browser_page(device_scale_factor=2)`: a watched page in a window of its own."""
    yield lambda **window: watch(new_context(**window).new_page(), base_url, faults)
    assert faults == []


@pytest.fixture
def opened(page, settle):
    """`opened(hash)`: the page at a view, when everything is drawn."""

    def open_view(view=""):
        page.goto(f"/#{view}" if view else "/")
        page.wait_for_selector("#plane .contour", state="attached")
        page.wait_for_selector("#plane .path", state="attached")
        settle()
        return page

    return open_view


@pytest.fixture
def settle(page):
    """`settle()`: wait until what was asked is answered, drawn, announced and written into the address."""

    def wait():
        page.wait_for_function("() => atRest()")

    return wait


@pytest.fixture
def heard(page):
    """`heard(begin)`: wait until words that begin so are announced, and return them."""

    def wait(begin):
        found = "(begin) => window.heard.findLast((words) => words.startsWith(begin))"
        return page.wait_for_function(found, arg=begin).json_value()

    return wait


@pytest.fixture
def address(page):
    """`address(part)`: wait until the address has a part; with `is_there=False`, until it has it no more."""

    def wait(part, is_there=True, page=page):
        page.wait_for_function("([part, isThere]) => location.hash.includes(part) === isThere", arg=[part, is_there])

    return wait
