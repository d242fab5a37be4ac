"""The pages themselves: links lead somewhere, tables are those of the code, and nothing that should be told is left out."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from stepgrade import Client, errors
from stepgrade.transports.retries import RETRIED_STATUSES
from stepgrade_service.engine import VERSION
from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.running.summary import MEANINGS
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.running.trajectory_plan import INCLUDABLE
from stepgrade_service.web.settings import PREFIX, VARIABLES

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
GRADERS = sorted((ROOT / "docs" / "graders").glob("*.md"))
OTHERS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "client/README.md", "service/README.md")
PAGES = [*(ROOT / page for page in OTHERS), *DOCS, *GRADERS]

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What its headings are called in links."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    found = [one or other for one, other in LINK.findall(prose(page))]
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("told", [text("docs/client.md"), text("client/README.md"), Client.__doc__ or ""], ids=["page", "README", "help"])
def test_where_retries_are_told_every_status_is_named(told):
    assert f"after {', '.join(map(str, RETRIED_STATUSES))}, a lost connection" in " ".join(told.split())


def test_every_page_is_in_the_table_of_contents_and_in_the_readme():
    pages = {page.name for page in DOCS} - {"README.md"}
    assert pages <= {link.partition("#")[0] for link in links(ROOT / "docs" / "README.md")}
    assert pages <= {Path(link).name for link in links(ROOT / "README.md")}
    assert {f"graders/{page.name}" for page in GRADERS} <= set(links(ROOT / "docs" / "README.md"))


@pytest.mark.parametrize("page", [page for page in DOCS if page.name not in ("README.md", "objectives.md")], ids=named)
def test_a_long_page_begins_with_what_is_in_it(page):
    sections = re.findall(r"^## (.*)$", prose(page), re.MULTILINE)
    listed = re.findall(r"^- \[(.*)\]\(#", prose(page), re.MULTILINE)
    assert listed == (sections if listed else [])
    assert listed or len(sections) < 7


def test_the_readme_fits_on_a_screen():
    assert len(text("README.md").splitlines()) <= 60


def test_the_tables_are_those_of_the_code():
    run = subprocess.run([sys.executable, ROOT / "docs" / "make_tables.py", "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_page_of_optimizers_and_the_count_in_the_readme_are_those_of_the_code():
    run = subprocess.run([sys.executable, ROOT / "docs" / "make_optimizers.py", "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_every_table_stands_in_a_page():
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "tables").glob("*.py")))
    made = re.findall(r"^def (\w+)\(\) -> str:", sources, re.MULTILINE)
    told = re.findall(r"<!-- table: (\w+) -->", "".join(page.read_text(encoding="utf-8") for page in DOCS))
    assert sorted(made) == sorted(told)


def test_the_engine_s_version_says_what_it_changed():
    versions = re.findall(r"^## Engine (\S+)$", text("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == VERSION
    assert versions == sorted(versions, key=lambda version: [*map(int, version.split("."))], reverse=True)


def test_every_setting_of_the_service_is_told():
    told = re.findall(rf"^\| `({PREFIX}\w+)` \|", text("docs/deploy.md"), re.MULTILINE)
    assert told == [*VARIABLES]


def test_every_variable_of_the_client_is_told():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "client" / "stepgrade").rglob("*.py"))
    assert set(re.findall(r"STEPGRADE_[A-Z_]+", source)) == set(re.findall(r"STEPGRADE_[A-Z_]+", text("docs/client.md")))


def test_every_error_of_the_client_is_told():
    raised = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.StepgradeError)}
    told = set(re.findall(r"^\| `(\w+)` \|", text("docs/client.md"), re.MULTILINE))
    assert raised - {"StepgradeError"} <= told


def test_every_measure_is_told():
    sections = re.split(r"^## ", text("docs/measures.md"), flags=re.MULTILINE)
    of_runs, of_steps = (set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) for section in sections[1:3])
    run = trajectory({"optimizer": {"name": "gd", "lr": 0.01}, "objective": "quadratic", "steps": 2, "include": ["measures"]})
    assert set(run.summary) == of_runs == {*MEANINGS, "minimum"}
    assert set(run.measures) == of_steps


def test_every_switch_and_every_convention_is_told():
    page = text("docs/conventions.md")
    written = page[: page.index("## A framework's own spelling")]
    switches = {h.name for entry in OPTIMIZERS.values() for h in entry.hyperparameters if h.type == "switch"}
    assert {switch for switch in switches if f"`{switch}`" not in written and switch not in written} == set()
    assert all(f"| `{convention}` |" in written for convention in CONVENTIONS)


def test_everything_that_can_be_included_is_told():
    assert all(f"`{quantity}`" in text("docs/http.md") for quantity in INCLUDABLE)


def test_the_gateway_s_limits_are_told():
    limits, page = text("deploy/gateway/site/limits.conf"), text("docs/deploy.md")
    rate, burst = re.findall(r"rate=(\d+)r/s|burst=(\d+)", limits)[0][0], re.search(r"burst=(\d+)", limits)[1]
    each, shared, all_of_them = re.findall(r"limit_conn in_progress(?:_shared|_all)? (\d+);", limits)
    assert f"{rate} requests per second from one address, and {burst} more at once" in page
    assert f"{each} requests at the same time from one address, {shared} from one that many people share, {all_of_them} from all" in page


def test_the_log_line_that_is_shown_is_like_a_real_one(live):
    shown = json.loads(re.search(r"```log\n(.*)\n```", text("docs/deploy.md"))[1])
    Client(f"http://{live.address}").step("rmsprop", [1.0], [0.5])  # its line is written before its answer
    logged = live.log.read_text(encoding="utf-8").splitlines()
    real = json.loads(next(line for line in logged if '"route":"/step","status":200' in line))
    assert list(real) == list(shown)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_is_named_is_there(page):
    targets = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.MULTILINE))
    lines = [line for block in FENCED.findall(page.read_text(encoding="utf-8")) for line in block.splitlines() if line.startswith("make ")]
    named_in_prose = re.findall(r"`make ([a-z ]+)`", prose(page))
    called = [word for line in lines for word in shlex.split(line, comments=True)[1:] if "=" not in word]
    assert {*called, *(word for each in named_in_prose for word in each.split())} <= targets


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_lines_fit_an_editor(page):
    tables_made = re.sub(r"<!-- table: .*?<!-- end of table -->", "", prose(page), flags=re.DOTALL)
    long = [line for line in tables_made.splitlines() if len(line) > 160 and not line.startswith("|")]
    assert long == []
