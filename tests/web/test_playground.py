"""The page at / for a browser, and the files it loads."""

from __future__ import annotations

import gzip
import re

import pytest

from stepgrade_service.web.playground import DIRECTORY, MIMETYPES, POLICY, bare, playground

BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html",
]


@pytest.mark.parametrize("accept", BROWSERS)
def test_a_browser_gets_the_page(client, accept):
    answer = client.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-cache"
    assert {"Accept", "Accept-Encoding"} <= set(answer.vary)


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/json, text/plain, */*"])
def test_what_is_no_browser_gets_the_index(client, accept):
    answer = client.get("/", headers={"Accept": accept})
    assert answer.json["name"] == "Stepgrade"
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("text/html;q=0.9, application/json", "application/json"),
        ("application/json;q=0.9, text/html", "text/html"),
        ("text/html;q=0, */*", "application/json"),
        ("text/*", "text/html"),
    ],
)
def test_who_prefers_one_gets_that(client, accept, mimetype):
    assert client.get("/", headers={"Accept": accept}).mimetype == mimetype


def test_who_takes_neither_is_told(client, problem):
    problem(client.get("/", headers={"Accept": "image/png"}), 406)


def test_the_policy_is_the_page_s(client):
    """It says who may load what; nothing else that is answered has it, and nothing says who may frame the page."""
    page = client.get("/", headers={"Accept": "text/html"})
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "frame-ancestors" not in policy
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in client.get("/").headers


@pytest.mark.parametrize("path", ["/", "main.js"])
def test_head_is_get_without_a_body(client, path):
    path = path if path == "/" else f"/assets/{playground().build}/{path}"
    asked = {"Accept": "text/html, */*"}
    told, whole = client.head(path, headers=asked), client.get(path, headers=asked)
    assert (told.status_code, told.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
        assert told.headers[name] == whole.headers[name], name


def test_the_page_is_sent_once(client):
    asked = {"Accept": "text/html"}
    etag = client.get("/", headers=asked).headers["ETag"]
    again = client.get("/", headers={**asked, "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/", headers={**asked, "If-Match": '"other"'}).status_code == 412


def addresses(client):
    """The page's files, as it names them."""
    return re.findall(r'(?:href|src)="(assets/[^"]+)"', client.get("/", headers={"Accept": "text/html"}).text)


def test_the_page_names_each_of_its_files_and_they_are_kept(client):
    named = addresses(client)
    assert {each.rpartition("/")[2] for each in named} <= set(playground().files)
    for address in (f"assets/{playground().build}/{name}" for name in playground().files):
        answer = client.get(f"/{address}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == MIMETYPES[f".{address.rpartition('.')[2]}"]
        source = (DIRECTORY / address.rpartition("/")[2]).read_text(encoding="utf-8")
        lines = zip(answer.data.decode().split("\n"), source.split("\n"), strict=True)
        assert [(sent, written) for sent, written in lines if sent and without_comment(written) != sent.strip()] == []


def without_comment(line):
    """A line without the comment that ends it, as far as there is no quote in the comment."""
    code, said, comment = line.rpartition(" // ")
    return line.strip() if not said or set(comment) & set("\"'`") else code.strip()


def test_every_module_is_loaded_before_it_is_asked_for(client):
    page = client.get("/", headers={"Accept": "text/html"}).text
    preloaded = set(re.findall(r'<link rel="modulepreload" href="assets/[0-9a-f]+/([\w.]+)">', page))
    text = {path.name: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.js")}
    imported = {name for module in preloaded for name in re.findall(r'from "\./([\w.]+)"', text[module])}
    assert imported | {"main.js"} == preloaded
    later = {name for module in text for name in re.findall(r'import\("\./([\w.]+)"\)', text[module])}
    assert later == {"checking.js", "map.js", "tour.js"}
    while more := {name for module in later for name in re.findall(r'from "\./([\w.]+)"', text[module])} - later - preloaded:
        later |= more
    assert preloaded | later == set(text), "a module that nobody imports"
    assert not preloaded & later


@pytest.mark.parametrize("path", ["/", "main.js", "style.css", "icon.svg"])
def test_who_takes_a_file_compressed_gets_it_so(client, path):
    path = path if path == "/" else f"/assets/{playground().build}/{path}"
    plain = client.get(path, headers={"Accept": "text/html, */*", "Accept-Encoding": "gzip;q=0, identity"})
    packed = client.get(path, headers={"Accept": "text/html, */*", "Accept-Encoding": "gzip, deflate, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    "name",
    ["", "index.html", "other.js", "MAIN.JS", "__init__.py", "../web/app.py", "%2e%2e/web/app.py", "..%2fweb%2fapp.py", "..\\web\\app.py"],
)
def test_a_file_that_is_not_the_page_s_is_not_found(client, problem, name):
    problem(client.get(f"/assets/{playground().build}/{name}"), 404)


def test_a_file_of_another_build_is_not_found(client, problem):
    assert "load the page again" in problem(client.get("/assets/0000000000000000/main.js"), 404)["detail"]


def test_the_page_is_light_enough():
    """With the headers of its answers, of about 370 bytes each, it stays below the 110 kB that `bench/page.py` measures."""
    held = playground()
    loaded = re.findall(r'assets/[0-9a-f]+/([\w.]+)"', held.page.plain.decode())
    at_once = [held.page, *(held.files[name] for name in set(loaded))]
    assert sum(len(each.compressed) + 370 for each in at_once) <= 110_000
    assert sum(len(each.plain) for each in [held.page, *held.files.values()]) <= 300_000


def test_the_page_s_code_writes_no_html_and_loads_from_nowhere_else():
    for path in DIRECTORY.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code), path.name
        assert set(re.findall(r"https?://[\w./]+", code)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}, path.name


def test_a_module_has_one_subject():
    """Each opens with the sentence that says what it is for, and none is long."""
    for path in DIRECTORY.glob("*.js"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("/** "), path.name
        assert len(lines) <= 200, path.name


def test_what_is_for_readers_alone_is_not_sent():
    source = (
        b"/** What it does. */\n\nfunction one() {\n  /* Why,\n     at length. */\n"
        b'  const at = "a /* b */"; // said\n  const to = "c // d"; // it is "said"\n}\n'
    )
    assert bare(source) == b'\n\nfunction one() {\n\n\nconst at = "a /* b */";\nconst to = "c // d"; // it is "said"\n}\n'
    for path in DIRECTORY.glob("*.js"):
        open_lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.count("`") % 2]
        assert open_lines == [], f"{path.name}: a text over several lines would lose its room"
