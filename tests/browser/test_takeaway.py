"""What a reader takes away gives exactly what is drawn, by one request."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"
VIEWS = {
    "steps of their own": "v=1&o=dupont_two_gaussians&s=0.5,1.5&m=gd;lr=0.02&m=momentum;steps=30;lr=0.01;momentum=0.8"
    "&m=adam;steps=20;lr=0.01;bias_correction=false&n=50&w=-2,2,-1,2",
    "starts, noise, schedule": "v=1&o=quadratic;condition=20;rotation=30&s=A&s=-1,2.5&m=rmsprop;convention=keras;lr=0.1"
    "&m=momentum;nesterov=true;lr=0.02&n=40&noise=0.5,3&schedule=cosine;decay_steps=40&match=first_step",
    "a formula": 'v=1&o=;f=x**2%2B3*y**2*(1%2B0.1*sin(x));variables=["x","y"]&s=3,-2&m=gd;lr=0.05&m=sign_gd;lr=0.1&n=30',
}


@pytest.fixture
def copied(page, context):
    """`copied(words)`: press a button, and give what the clipboard then has."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def press(words):
        page.get_by_role("button", name=words).click()
        page.wait_for_function("() => document.querySelector('#take output').textContent.endsWith('is copied.')")
        return page.evaluate("navigator.clipboard.readText()")

    return press


def scale(page):
    """For each axis the pixels per unit, and where 0 is, from the labels of the axes."""
    ticks = page.eval_on_selector_all(
        ".tick[data-axis]",
        "all => all.map((each) => [each.dataset.axis, each.dataset.value, Number(each.getAttribute('x')), Number(each.getAttribute('y'))])",
    )
    found = []
    for axis, place, shift in (("x", 2, 0), ("y", 3, 4)):
        pairs = [(float(tick[1].replace("−", "-")), tick[place] - shift) for tick in ticks if tick[0] == axis]
        (value, at), (other, there) = pairs[0], pairs[-1]
        unit = (there - at) / (other - value)
        found.append((unit, at - unit * value))
    return found


def drawn(page):
    """The points of each whole path in pixels, by label and start."""
    paths = page.eval_on_selector_all(
        "#plane [data-label]",
        "all => all.map((each) => [each.dataset.label, each.dataset.start, each.querySelector('.trail').getAttribute('d')])",
    )
    return {(label, start): [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", d)] for label, start, d in paths}


def assert_is_drawn(page, runs):
    """That these points, by label and start, are the paths on the plot."""
    shown = drawn(page)
    assert shown.keys() == runs.keys()
    (unit, x0), (down, y0) = scale(page)
    assert unit == pytest.approx(-down, rel=2e-3)
    for key, points in runs.items():
        assert len(shown[key]) == len(points)
        for (x, y), at in zip(points, shown[key], strict=True):
            assert at == pytest.approx((x0 + unit * x, y0 + down * y), abs=0.06)


def downloaded(page, name):
    """What a button gives: the name of the file, and its text."""
    with page.expect_download() as found:
        page.get_by_role("button", name=f"Download {name}").click()
    return found.value.suggested_filename, Path(found.value.path()).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_copied_curl_and_python_give_what_is_drawn(opened, page, copied, tmp_path, view):
    opened(view)
    assert page.inner_text("#notices") == ""
    command, code = copied("Copy as curl"), copied("Copy as Python")
    assert shutil.which("curl"), "there is no curl here"
    answer = json.loads(subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout)
    assert_is_drawn(page, {(run["label"], run["start"]): run["points"] for run in answer["runs"]})
    assert code.count("client.compare(") == 1, "one request"
    more = "import json\nprint('RUNS', json.dumps([[run.label, run.start, run.points.tolist()] for run in comparison.runs]))\n"
    (tmp_path / "copied.py").write_text(code + more, encoding="utf-8")
    printed = subprocess.run([sys.executable, tmp_path / "copied.py"], capture_output=True, text=True, check=True).stdout
    lines, runs = printed.split("RUNS ")
    assert_is_drawn(page, {(label, start): points for label, start, points in json.loads(runs)})
    assert len(lines.strip().splitlines()) >= len(answer["runs"])


def test_the_copied_link_is_this_view(opened, page, copied, base_url):
    opened(LEARNERS)
    page.get_by_role("button", name="One step back").click()
    link = copied("Copy link")
    assert link.startswith(f"{base_url}/#v=1&o=quadratic;condition=20&s=A")
    assert "&at=" in link, "also what the address does not have yet"


def test_the_code_for_a_course_page_is_a_frame(opened, page, copied, base_url):
    opened(LEARNERS)
    frame = ElementTree.fromstring(copied("Copy embed code").replace(' loading="lazy"', ""))
    assert frame.tag == "iframe"
    assert frame.get("title") == "gd, rmsprop · Stepgrade playground"
    assert frame.get("src").startswith(f"{base_url}/#v=1&o=quadratic")
    assert "embed=1" in frame.get("src")


def test_what_cannot_be_copied_is_shown(opened, page):
    """A browser lets no page write to the clipboard that came without https."""
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    opened(LEARNERS)
    page.get_by_role("button", name="Copy as curl").click()
    field = page.get_by_label("Text to copy")
    assert field.input_value().startswith("curl -s http")
    selected = field.evaluate("(field) => [field.selectionStart, field.selectionEnd]")
    assert selected == [0, len(field.input_value())]
    page.keyboard.press("Escape")
    assert field.is_hidden()


def test_numbers_and_pictures_are_downloaded_and_the_licence_is_told(opened, page):
    opened(LEARNERS)
    assert "MIT licence" in page.inner_text("#take")

    name, text = downloaded(page, "CSV")
    assert name == "stepgrade-gd-rmsprop-on-quadratic-with-condition-20.csv"
    table = text.splitlines()
    assert table[0].split(",")[0] == "label"
    assert {"step", "point.0", "point.1"} <= set(table[0].split(","))
    assert len(table) >= 1 + 2 * 61
    with page.expect_download() as found:
        page.get_by_role("button", name="Download PNG").click()
    assert Path(found.value.path()).read_bytes().startswith(b"\x89PNG")
    name, picture = downloaded(page, "SVG")
    assert name == "stepgrade-gd-rmsprop-on-quadratic-with-condition-20.svg"
    root = ElementTree.fromstring(picture)
    assert "MIT licence" in root.find("{*}desc").text
    assert "o=quadratic" in unquote(root.find("{*}desc").text)
    assert len(root.findall(".//{*}path[@class='path']")) == 2
    texts = [text.text for text in root.findall("{*}text")]
    assert texts[0] == "A", "the start"
    assert texts[1] == "gd, rmsprop on quadratic with condition 20, step 60 of 60"
    assert any(text.startswith("gd, lr 0.02, ") for text in texts), "who is who"


def test_a_refused_download_says_so(opened, page, faults):
    faults.allow_failed_requests()
    opened(LEARNERS)
    page.route("**/compare", lambda route: route.abort())
    page.get_by_role("button", name="Download CSV").click()
    page.wait_for_function("() => document.querySelector('#take output').textContent.startsWith('There is nothing to download')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("more", ["", "&map=settling_step;cells=15"], ids=["paths", "map"])
def test_a_picture_has_its_own_looks(opened, page, scheme, more):
    """A file has none of the variables of the page, and many programs read no mixed colour."""
    page.emulate_media(color_scheme=scheme)
    opened(LEARNERS + more)
    if more:
        page.wait_for_selector("#map .legend li")
    _, picture = downloaded(page, "SVG")
    assert [word for word in ("var(", "color-mix", "color(", "style=", "<style") if word in picture] == []
    strokes = {line.get("stroke") for line in ElementTree.fromstring(picture).findall(".//{*}path[@class='contour']")}
    assert len(strokes) > 3
    assert all(stroke.startswith("rgb(") for stroke in strokes)
    texts = " ".join(text.text for text in ElementTree.fromstring(picture).findall("{*}text"))
    assert "rmsprop, lr 0.2, " in texts
    assert ("The stronger the color, the larger its lead." in texts) == bool(more)
    if more:
        assert re.search(r"rmsprop settles sooner: \d+ \(", texts)


def test_with_a_map_its_cells_are_downloaded_too(opened, page):
    opened(f"{LEARNERS}&map=settling_step;cells=15")
    page.wait_for_selector("#map .legend li")
    name, cells = downloaded(page, "CSV of the map")
    assert name == "stepgrade-map-of-settling-step-gd-rmsprop-on-quadratic-with-condition-20.csv"
    number = int(re.search(r"(\d+) (?:cells|starts)\b", page.inner_text("#map p:has(+ .legend)"))[1])
    assert len(cells.splitlines()) == 1 + number
    name, paths = downloaded(page, "CSV of the paths")
    assert name == "stepgrade-gd-rmsprop-on-quadratic-with-condition-20.csv"
    assert "point.0" in paths.splitlines()[0]
