"""The client's page as a notebook: every result is shown with its picture, and the file stays small."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient
from tests.docs.test_examples import examples

PAGE = "docs/client.md"

#: What the page's examples make, to be shown in a cell of its own after them; those with a picture come last.
SHOWN = ("step", "named", "worked", "client.optimizer('adam')")
WITH_PICTURE = ("run", "comparison", "path", "field", "fair", "again[0].result", "client.contours('quadratic')")

#: One of the page's examples plots; the rest of the pictures are those of `WITH_PICTURE`.
PLOTS = 1

MOST_BYTES = 1_500_000


def cells_of(live):
    """The examples of the page, each followed by what it makes."""
    cells, left = [], [*SHOWN, *WITH_PICTURE]
    for example in examples(PAGE, "python"):
        cells.append(live.addressed(example.code))
        assigned = re.findall(r"^(\w+) = ", example.code, re.MULTILINE)
        cells += [name for name in left if name.partition("[")[0] in assigned]
        left = [name for name in left if name not in cells]
    return [*cells, *left]


@pytest.mark.usefixtures("plain_environment")
def test_the_page_as_a_notebook_has_every_picture_once_and_is_small(live, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("STEPGRADE_URL", f"http://{live.address}")
    cells = cells_of(live)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.source: [str(output.get("data", "")) for output in cell.outputs] for cell in notebook.cells}
    pictures = [data.count("data:image/png;base64,") + data.count("'image/png': ") for outputs in shown.values() for data in outputs]
    assert [*map(len, map(shown.get, WITH_PICTURE))] == [1] * len(WITH_PICTURE)
    assert [shown[name][0].count("data:image/png;base64,") for name in WITH_PICTURE] == [1] * len(WITH_PICTURE)
    assert sum(pictures) == len(WITH_PICTURE) + PLOTS
    assert [name for name in SHOWN if not re.search("<table|text/markdown", shown[name][0])] == []
    assert len(cells) >= 38
    assert len(nbformat.writes(notebook).encode()) < MOST_BYTES
