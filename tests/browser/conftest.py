"""A running service, and its page in Chromium.

`make browser` installs what these tests need; elsewhere they are left out. Where there is no Chromium they are skipped with the reason;
where one is required, they fail.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

if importlib.util.find_spec("pytest_playwright") is None:
    collect_ignore_glob = ["test_*.py"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "there is no Chromium here: apt-get install --no-install-recommends chromium fonts-dejavu-core"


@pytest.fixture(scope="session")
def chromium():
    """The path of the system's Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("STEPGRADE_REQUIRE_CHROMIUM"):
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    is_root = os.geteuid() == 0  # Chromium's sandbox is not for root
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"] if is_root else []}


@pytest.fixture(scope="session")
def base_url(pytestconfig):
    """The address of a service that runs: the one that --base-url names, else a new one."""
    if given := pytestconfig.getoption("base_url"):
        yield given
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "STEPGRADE_SERVER_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "stepgrade_service", "serve"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1500):  # beside other work, a first start compiles for minutes
            try:
                urlopen(f"{address}/readyz").close()
                break
            except OSError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.2)
        else:
            pytest.fail("the service is not ready after five minutes")
        yield address
    finally:
        process.terminate()
        process.wait(30)


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


@pytest.fixture
def page(page, base_url, faults):
    """A page that is watched."""
    page.on("console", lambda message: faults.add(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.add(str(error)))
    page.on("request", lambda request: None if request.url.startswith((base_url, "data:", "blob:")) else faults.add(request.url))
    page.add_init_script("addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective))")
    yield page
    assert faults == []


@pytest.fixture
def opened(page):
    """`opened(hash)`: the page at a view, when everything is drawn."""

    def open_view(view=""):
        page.goto(f"/#{view}" if view else "/")
        drawn(page)
        return page

    return open_view


def drawn(page):
    """Wait until the runs and the contour lines of the view are drawn."""
    page.wait_for_selector("#plane .contour", state="attached")
    page.wait_for_selector("#plane .path", state="attached")
    page.wait_for_load_state("networkidle")


@pytest.fixture
def settle(page):
    """`settle()`: wait until what was asked is answered and drawn."""

    pending = set()
    page.on("request", lambda request: pending.add(request))
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: pending.discard(request))

    def wait():
        page.wait_for_timeout(250)
        for _ in range(400):  # a load state of the page is reached once, and what is asked later does not change it
            if not pending:
                break
            page.wait_for_timeout(25)
        page.wait_for_timeout(100)

    return wait


@pytest.fixture
def address(page):
    """`address(part)`: wait until the address has a part; with `is_there=False`, until it has it no more."""

    def wait(part, is_there=True, page=page):
        page.wait_for_function("([part, isThere]) => location.hash.includes(part) === isThere", arg=[part, is_there])

    return wait
