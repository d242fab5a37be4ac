"""The page about RMSprop, its notebook and its pictures are what the service answers, and its prose says what the numbers say."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from stepgrade import Client

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NAME = "does-rmsprop-make-it-worse"
NOTEBOOK = DOCS / f"{NAME}.ipynb"
PICTURES = sorted((DOCS / "pictures").glob("*.svg"))

A_PICTURE = b'<svg><g id="clip1a2b3c4d5e"><path d="M 1.50 2 L 3e-1 4"/></g></svg>'


@pytest.fixture(scope="module")
def thread():
    """A module of docs/thread by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield lambda name: importlib.import_module(f"thread.{name}")


@pytest.fixture(scope="module")
def ask(thread):
    with Client.local() as client:
        yield thread("questions").Questions(client)


@pytest.mark.usefixtures("plain_environment")
def test_the_page_the_notebook_and_the_pictures_are_what_the_service_answers():
    run = subprocess.run([sys.executable, DOCS / "make_thread.py", "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.usefixtures("plain_environment")
def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "From B, rmsprop helped: it reached the target in 9 steps, normalized gd in 11" in said
    assert "'normalized gd from B': 11, 'rmsprop from A': 35, 'rmsprop from B': 28" in said


def test_the_notebook_is_committed_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


def test_every_picture_stands_in_the_page_and_is_small():
    page = (DOCS / f"{NAME}.md").read_text(encoding="utf-8")
    assert all(f"](pictures/{picture.name})" in page for picture in PICTURES)
    assert {picture.name: size for picture in PICTURES if (size := picture.stat().st_size) > 400_000} == {}


def test_no_table_is_too_wide_to_read():
    page = (DOCS / f"{NAME}.md").read_text(encoding="utf-8")
    assert max(len(line) for line in page.splitlines() if line.startswith("|")) <= 115


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        (A_PICTURE.replace(b"1.50", b"1.500001"), True),
        (A_PICTURE.replace(b"1a2b3c4d5e", b"5e4d3c2b1a"), True),
        (A_PICTURE.replace(b"1.50", b"1.6"), False),
        (A_PICTURE.replace(b"L", b"M"), False),
        (A_PICTURE.replace(b" L 3e-1 4", b""), False),
    ],
    ids=["last digits", "made-up ids", "moved", "another line", "less"],
)
def test_a_picture_is_told_from_another_but_not_by_its_last_digits(thread, now, is_same):
    pictures = thread("pictures")
    mark = pictures.DRAWN_BY.encode()
    assert pictures.same(A_PICTURE + mark, now + mark) == is_same


def test_pictures_of_two_versions_of_matplotlib_are_not_compared(thread):
    pictures = thread("pictures")
    assert pictures.same(b"<svg/><!-- matplotlib 3.10.0 -->\n", A_PICTURE + pictures.DRAWN_BY.encode())


def test_prose_is_folded_and_nothing_else(thread):
    folded = thread("folding").folded
    words = "a word " * 60
    page = f"# {words}\n\n{words}\n\n| {words} |\n\n- {words}\n- `b c` [d e](f)\n\n```text\n{words}\n\n  {words}\n```\n\n> {words}\n"
    lines = folded(page).split("\n")
    assert [line for line in lines if len(line) > 138] == [f"# {words}", f"| {words} |", words, f"  {words}"]
    assert all(line.startswith(("> ", "- ", "  ", "a ", "word", "#", "|", "```")) or not line for line in lines)
    assert folded("it took\n11. From here") == "it took 11. From here"
    assert "".join(folded(page).replace(">", "").split()) == "".join(page.replace(">", "").split())


def test_the_short_answer_is_what_the_numbers_say(ask):
    bowl, aims = ask.bowl, ask.aims["normalized gd"]
    assert bowl["rmsprop", "A"].summary["steps_to_target"] > bowl["normalized gd", "A"].summary["steps_to_target"]
    assert bowl["rmsprop", "B"].summary["steps_to_target"] < bowl["normalized gd", "B"].summary["steps_to_target"]
    assert bowl["normalized gd", "B"].summary["sign_flips"].tolist() == [0, 0]
    assert ask.toward_minimum("B") >= aims[0].least
    assert aims[0].hurts > aims[0].helps
    assert all(each.helps > each.hurts and each.first > each.later for each in aims[1:])


@pytest.mark.parametrize("plain", ["gd 0.02", "gd 0.09", "normalized gd"])
def test_the_counts_by_aim_are_those_of_the_map(ask, plain):
    counts, classes = ask.maps[0, plain].counts, ask.aims[plain]
    assert sum(each.starts for each in classes) + 1 == counts["steps_to_target"]["cells"]  # at the minimum itself there is no aim
    assert sum(each.helps for each in classes) == counts["direction_effect"]["helps"]
    assert sum(each.hurts for each in classes) == counts["direction_effect"]["hurts"]
    assert sum(each.first for each in classes) == counts["steps_to_target"]["ahead"]["rmsprop"]


def test_what_is_said_of_length_and_direction_holds(ask, thread):
    four = thread("words").four
    itself, length, direction, both = map(int, four(ask.splits["normalized gd"], "B"))
    assert both < itself < min(length, direction)
    reasons = [ask.splits[label].decompose[0].because for label in ("gd 0.02", "gd 0.05", "gd 0.09")]
    assert reasons == ["step length", "step length", "direction"]
    assert {found.result for split in ask.splits.values() for found in split.decompose if found.start == "B"} == {"helped"}


def test_tuning_finds_the_rate_next_below_the_closed_form_and_the_answer_flips(ask, thread):
    best = thread("questions").CLOSED_FORM
    rates = [[tuned[label, start].optimizer["lr"] for tuned in ask.tuned.values()] for label in ("gd", "rmsprop") for start in "AB"]
    assert all(rate < best < rate * ask.grid_factor for rate in rates[0] + rates[1])
    assert all(rate == sorted(rate, reverse=True) for rate in rates[2:])
    assert [[found.result for found in tuned.decompose] for tuned in ask.tuned.values()] == [["helped", "hurt"], ["hurt"] * 2, ["hurt"] * 2]
    assert ask.tuned[30].decompose[1].because == "direction"


def test_what_is_said_of_the_turned_bowl_holds(ask):
    steps = {(each.degrees, run.label, run.start): run.summary["steps_to_target"] for each in ask.turned.rotations for run in each}
    upright = {(run.label, run.start): run.summary["steps_to_target"] for run in ask.turned}
    assert all(taken == upright[label, start] for (_, label, start), taken in steps.items() if label == "normalized gd")
    assert all(
        (taken == upright[label, start]) == (degrees == 90) for (degrees, label, start), taken in steps.items() if label == "rmsprop"
    )


def test_what_is_said_of_the_noise_holds(ask):
    from_a, from_b = ask.noisy.decompose
    assert (from_a.result, from_a.because, from_b.result, from_b.because) == ("helped", "both", "helped", "step length")
    assert abs(from_b.direction_effect) < 2 * from_b.standard_errors["direction_effect"]


def test_dupont_s_basins_are_those_of_the_reference(ask, thread):
    """Shares of an 81 by 81 grid, by an independent program."""
    dupont = thread("dupont")
    shares = {shown.name: [round(share, 1) for share in ask.dupont.shares(shown)[:2]] for shown in dupont.SHIPPED}
    assert shares == {"SGD": [54.8, 45.2], "Momentum": [59.1, 40.8], "RMSProp": [65.4, 34.5], "Adam": [66.8, 33.1]}
    corrected = {shown.name: shown for shown in dupont.CORRECTED}
    assert [round(share, 1) for share in ask.dupont.shares(corrected["Adam"])[:2]] == [65.9, 33.6]
    assert round(ask.dupont.shares(dupont.HURRIED)[2], 1) == 53.5


def test_what_is_said_of_dupont_s_picture_holds(ask, thread):
    dupont = thread("dupont")
    arrived = [
        {shown.name: ask.dupont.run(shown, dupont.P).summary["steps_to_target"] for shown in shown_ones[:4]}
        for shown_ones in (dupont.SHIPPED, dupont.CORRECTED)
    ]
    assert min(arrived[0], key=arrived[0].get) == max(arrived[1], key=arrived[1].get) == "Adam"
    ends = {shown.name: ask.dupont.run(shown, dupont.Q).points[-1][0] for shown in dupont.CORRECTED[:4]}
    assert ends["SGD"] > 0 > max(ends["RMSProp"], ends["Adam"])
