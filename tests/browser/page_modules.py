"""The page's own modules, asked from within the page."""

import json


def call(page, modules, body, argument=None):
    """What `body` returns, an async function's, with the exports of these modules of the page as names and `argument` as `given`."""
    imports = "".join(
        f"const {{ {', '.join(names)} }} = await import(document.querySelector('script[src]').src.replace('main.js', '{name}.js'));"
        for name, names in modules.items()
    )
    return page.evaluate(f"async (given) => {{ {imports} {body} }}", argument)


def request_of(page, view):
    """The request to /compare of a view, as the page makes it."""
    modules = {"address": ["read"], "store": ["stateOf"], "request": ["comparisonOf"]}
    return json.loads(call(page, modules, "return JSON.stringify(comparisonOf(stateOf(read(given).view)));", view))


def ask(page, path, document):
    """An answer of the service."""
    answer = page.request.post(path, data=json.dumps(document), headers={"Content-Type": "application/json", "Accept": "application/json"})
    assert answer.ok, answer.text()
    return answer.json()
