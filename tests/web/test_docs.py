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
    for path in ("/docs/nothing.js", "/docs/../settings.py", "/docs/%2e%2e/flask_swagger_ui.py", "/docs//etc/passwd"):
        assert client.get(path, follow_redirects=True).status_code == 404
