"""GET /docs/: the API's documentation, which works with no internet."""

import json
import re

import pytest


@pytest.fixture
def page(client):
    return client.get("/docs/").text


def references(text):
    """What a page loads: sources, links, and what its style sheets name."""
    return re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)""", text) + re.findall(r"url\(\s*[\"']?([^\"')]+)", text)


def test_every_asset_comes_from_the_service(client, page):
    assets = references(page)
    assert {asset.rsplit("/")[-1] for asset in assets} >= {"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"}
    for asset in assets:
        assert asset.startswith("/docs/")
        answer = client.get(asset)
        assert answer.status_code == 200
        assert answer.data
        if asset.endswith(".css"):
            assert all(named.startswith(("data:", "#")) for named in references(answer.text) if "<" not in named)


def test_the_page_names_no_other_address(page):
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", page.split("<body>")[1])


def test_it_shows_the_service_s_own_document_and_asks_no_validator(client, page):
    config = json.loads(re.search(r"user_config = (\{.*?\});", page)[1])
    assert config["url"] == "/openapi.yaml"
    assert config["validatorUrl"] is None
    assert client.get(config["url"]).status_code == 200


def test_it_is_there_with_and_without_a_slash_whatever_the_host(client, page):
    assert client.get("/docs").text == page
    assert client.get("/docs/index.html", headers={"Host": "<script>"}).text == page


def test_it_leads_to_no_other_file(client):
    for path in ("/docs/nothing.js", "/docs/../settings.py", "/docs/%2e%2e/flask_swagger_ui.py", "/docs//etc/passwd", "/docs//x"):
        assert client.get(path).status_code == 404


def test_no_script_runs_in_it_but_its_own(client):
    policy = client.get("/docs/").headers["Content-Security-Policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/]{43}='", directives["script-src"])
    assert directives["frame-ancestors"] == "'none'"


def test_an_svg_loads_nothing_and_runs_nothing(client):
    asked = {"optimizer": "gd", "objective": "beale", "steps": 3}
    answer = client.post("/trajectory", json=asked, headers={"Accept": "image/svg+xml"})
    assert {"default-src 'none'", "sandbox"} <= set(answer.headers["Content-Security-Policy"].split("; "))
    assert "Content-Security-Policy" not in client.post("/trajectory", json=asked).headers
