"""The pages show the files as they are, and what a student reads."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from stepgrade import Client, check_function
from stepgrade.reports import graded

GRADERS = Path(__file__).resolve().parents[2] / "docs" / "graders"
PAGES = sorted(path for path in GRADERS.glob("*.md") if path.name != "README.md")
NUMBER = r"-?\d[\d.e-]*"


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def files(page):
    """The files of a page's folder, as text; a notebook's cells as they are read."""
    found = [path for path in (GRADERS / page.stem).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path: path.read_text(encoding="utf-8").replace("\\n", "\n").replace('\\"', '"') for path in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_that_is_shown_stands_in_a_file(page):
    for block in [*blocks(page, "python"), *blocks(page, "yaml")]:
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        assert any(all(line in text for line in lines) for text in files(page).values()), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_is_linked(page):
    linked = {(GRADERS / link).resolve() for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))}
    assert set(files(page)) <= linked


def test_every_platform_is_listed():
    listed = re.findall(r"^\| \[.*?\]\((.*?)\)", (GRADERS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == [page.name for page in PAGES]


@pytest.fixture(scope="module")
def messages(submissions, service, nobody):
    """What is said of the missing bias correction, and while the service is down."""
    names = {}
    exec(next(each.code for each in submissions if each.name == "no_bias_correction"), names)
    checks = [partial(check_function, names["adam"], "adam", client=Client(address), time_limit=10) for address in (service, nobody)]
    return [graded("adam", check).message for check in checks]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_student_reads_is_shown(page, messages):
    for shown in blocks(page, "text"):
        said = shown.strip().removeprefix("AssertionError: ").removeprefix("adam: one step, and the steps after it: ")
        assert re.sub(NUMBER, "#", said) in [re.sub(NUMBER, "#", message) for message in messages]
