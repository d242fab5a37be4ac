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
PICTURES = sorted((DOCS / "pictures").glob("*.*g"))

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
    shown = [output["data"] for output in outputs if "data" in output]
    assert [str(each).count("data:image/png;base64,") + ("image/png" in each) for each in shown if "<img" in str(each)] == [1, 1]
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "From B, rmsprop hurt: gd 0.09 settled in 16 steps, but rmsprop did not." in said
    assert "{'gd 0.09': 15, 'normalized gd': 87, 'rmsprop': 84}" in said
    assert "'normalized gd from A': 27, 'normalized gd from B': None, 'rmsprop from A': 73, 'rmsprop from B': None" in said


def test_the_notebook_is_committed_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


def test_every_picture_stands_in_the_page_and_is_small():
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / f"{NAME}.md", DOCS.parent / "README.md"))
    assert all(f"pictures/{picture.name}" in pages for picture in PICTURES)
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


def settling(comparison):
    return {(run.label, run.start): run.summary["settling_step"] for run in comparison}


def test_the_short_answer_is_what_the_numbers_say(ask):
    found = settling(ask.bowl)
    assert found["normalized gd", "A"] < found["rmsprop", "A"] < found["gd 0.02", "A"]
    assert found["rmsprop", "B"] is found["normalized gd", "B"] is None
    assert ask.bowl["rmsprop", "B"].summary["steps_to_target"] < ask.bowl["normalized gd", "B"].summary["steps_to_target"]
    assert ask.bowl["normalized gd", "B"].summary["sign_flips"].tolist() == [0, 0]
    assert ask.bowl["rmsprop", "B"].summary["direction_gain"] < 0
    assert ask.toward_minimum("B") >= ask.aims["normalized gd"][0].least


def test_the_readme_s_three_answers_are_what_the_numbers_say(ask, thread):
    words, readme = thread("words"), " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    from_b, decayed = ask.bowl["rmsprop", "B"], ask.decays["factor"]
    slow, length, direction, rmsprop = words.four(ask.splits["gd 0.02"], "A")
    touch, plain = words.touched(from_b), words.settled(ask.bowl["gd 0.09", "B"])
    assert f"It touches the target at step {touch} and leaves it. Gradient descent (`lr` 0.09) settles at step {plain}." in readme
    assert f"torch's default, it settles at step {words.settled(ask.slow_average['none']['rmsprop', 'B'])}." in readme
    assert from_b.summary["settling_step"] is None
    assert f"Slow gradient descent (`lr` 0.02) settles in {slow} steps: in {length} with RMSprop's step length," in readme
    assert f"in {direction} with RMSprop's direction." in readme
    assert f"RMSprop needs {rmsprop}, a step divided by `norm([dW, db])` {words.settled(ask.bowl['normalized gd', 'A'])}." in readme
    settled = [words.settled(decayed[label, "B"]) for label in ("rmsprop", "gd 0.09")]
    assert f"from B it settles at step {settled[0]}, gradient descent at step {settled[1]}." in readme


def test_the_single_steps_point_worse_and_in_the_whole_run_it_is_the_length_that_hurts(ask):
    from_b = ask.bowl["rmsprop", "B"].summary
    assert from_b["target_cosine"] < from_b["gradient_target_cosine"]
    for split in ask.splits.values():
        plain, length, direction, _ = (cell["tail_gap"] for cell in next(found for found in split.decompose if found.start == "B").cells)
        assert direction <= plain  # the floor of both is rounding
        assert length > 0.05
    assert [cell["settling_step"] for cell in ask.splits["gd 0.09"].decompose[1].cells] == [16, 134, 12, None]


def test_the_answer_reverses_with_torch_s_rho_in_200_steps_and_not_in_1000(ask):
    """Counts by an independent program."""
    from_b = {(steps, run.label): run.summary["settling_step"] for steps, found in ask.by_rho.items() for run in found if run.start == "B"}
    assert from_b[200, "rho 0.99"] == 3 < from_b[200, "gd 0.09"] == 16
    assert from_b[200, "rho 0.9"] is from_b[1000, "rho 0.99"] is None
    assert ask.by_rho[1000]["rho 0.99", "A"].summary["settling_step"] is None
    ahead = {plain: found.counts["settling_step"]["ahead"]["rmsprop"] for plain, found in ask.maps_by_rho.items()}
    assert ahead == {"gd 0.02": 2384, "gd 0.09": 2384, "normalized gd": 2534}


def test_rmsprop_s_steps_shrink_and_grow_again(ask):
    for (rho, start), lengths in ask.step_lengths.items():
        assert lengths.min() < 0.05 * lengths[0]
        assert lengths[lengths.argmin() :].max() > 10 * lengths.min(), (rho, start)
    assert ask.step_lengths[0.9, "B"][-1] == pytest.approx(0.2 * 2**0.5, rel=0.01)


def test_touching_and_settling_are_those_of_the_reference(ask):
    """Section 9 of the reference, by an independent program."""
    counts = ask.maps[0, "normalized gd"].counts
    touch, settle = counts["steps_to_target"], counts["settling_step"]
    assert (touch["ahead"], touch["equal"] - 1, touch["neither"]) == ({"normalized gd": 452, "rmsprop": 2916}, 352, 0)
    assert (settle["ahead"], settle["equal"] - 1, settle["neither"]) == ({"normalized gd": 3000, "rmsprop": 36}, 0, 684)
    from_b = [[settling(found)[label, "B"] for label in ("rmsprop", "normalized gd", "gd 0.09")] for found in ask.decays.values()]
    assert from_b == [[None, None, 16], [84, 87, 15], [11, 22, 15]]
    from_a = ask.bowl["rmsprop", "A"].summary
    assert (from_a["settling_step"], from_a["exits"], round(from_a["share_inside"], 2)) == (111, 2, 0.99)


@pytest.mark.parametrize("plain", ["gd 0.02", "gd 0.09", "normalized gd"])
def test_the_counts_by_aim_are_those_of_the_map(ask, plain):
    counts, classes = ask.maps[0, plain].counts, ask.aims[plain]
    assert sum(each.starts for each in classes) + 1 == counts["settling_step"]["cells"]  # at the minimum itself there is no aim
    assert sum(each.helps for each in classes) == counts["direction_effect"]["helps"]
    assert sum(each.hurts for each in classes) == counts["direction_effect"]["hurts"]
    for name, first, later in (("settling_step", "settles_first", "settles_later"), ("steps_to_target", "touches_first", "touches_later")):
        ahead = counts[name]["ahead"]
        assert [sum(getattr(each, mark) for each in classes) for mark in (first, later)] == [ahead["rmsprop"], ahead[plain]]


def test_what_is_said_of_the_starts_that_the_gradient_points_from_holds(ask):
    aimed = ask.aims["normalized gd"][0]
    assert aimed.settles_first < aimed.settles_later
    assert aimed.touches_first > aimed.touches_later
    outcome = ask.maps[0, "normalized gd"].counts["outcome"]
    assert outcome["log10_tail_gap"] > 0
    inside = settling(ask.inside)
    assert inside["normalized gd", "inside"] < inside["rmsprop", "inside"]


def test_what_is_said_of_length_and_direction_holds(ask, thread):
    four = thread("words").four
    itself, length, direction, both = map(int, four(ask.splits["gd 0.02"], "A"))
    assert length < both < itself < direction
    results = {start: [each.result for split in ask.splits.values() for each in split.decompose if each.start == start] for start in "AB"}
    assert results == {"A": ["helped", *["hurt"] * 4], "B": [*["hurt"] * 4, "helped"]}


def test_tuning_finds_rates_near_the_closed_form_and_the_answer_flips(ask, thread):
    best = thread("questions").CLOSED_FORM
    rates = [[tuned[label, start].optimizer["lr"] for tuned in ask.tuned.values()] for label in ("gd", "rmsprop") for start in "AB"]
    assert all(best / ask.grid_factor < rate < best * ask.grid_factor for rate in rates[0] + rates[1])
    assert all(rate == sorted(rate, reverse=True) for rate in rates[2:])
    assert [[found.result for found in tuned.decompose] for tuned in ask.tuned.values()] == [["helped", "hurt"], ["hurt"] * 2, ["hurt"] * 2]


def test_what_is_said_of_the_rotated_bowl_holds(ask):
    upright = settling(ask.turned)
    for each in ask.turned.rotations:
        for (label, start), settled in settling(each).items():
            assert (settled == upright[label, start]) == (label == "normalized gd" or start == "B" or each.degrees == 90)
    at_45 = next(each for each in ask.turned.rotations if each.degrees == 45)
    assert at_45["rmsprop", "B"].summary["tail_gap"] > at_45["normalized gd", "B"].summary["tail_gap"]


def test_what_is_said_of_the_noise_holds(ask):
    assert [found.result for found in ask.noisy.decompose] == ["hurt", "hurt"]
    assert {run.summary["settling_step"] for run in ask.noisy} == {None}
    ends = {(run.label, run.start): run.summary["tail_gap"] for run in ask.noisy}
    assert all(min((label for label, at in ends if at == start), key=lambda label: ends[label, start]) == "gd 0.02" for start in "AB")
    assert all(
        ask.noisy["rmsprop", start].summary["steps_to_target"] < ask.noisy["normalized gd", start].summary["steps_to_target"]
        for start in "AB"
    )
    assert 0 < ask.seeds_against < len(ask.noisy["rmsprop", "B"].seeds) / 2


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
        {shown.name: ask.dupont.run(shown, dupont.P).summary["settling_step"] for shown in shown_ones[:4]}
        for shown_ones in (dupont.SHIPPED, dupont.CORRECTED)
    ]
    assert min(arrived[0], key=arrived[0].get) == max(arrived[1], key=arrived[1].get) == "Adam"
    ends = {shown.name: ask.dupont.run(shown, dupont.Q).points[-1][0] for shown in dupont.CORRECTED[:4]}
    assert ends["SGD"] > 0 > max(ends["RMSProp"], ends["Adam"])
