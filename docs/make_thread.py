"""Make does-rmsprop-make-it-worse.md, its notebook and its pictures: `python docs/make_thread.py`; with --check only say whether they are
up to date.

The prose is in thread/page.md and thread/notebook.md, what is asked in thread/questions.py. Every number comes from the answers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from thread import dupont, pictures, questions, tables, words
from thread.folding import folded
from thread.questions import Questions

from stepgrade import Client

DOCS = Path(__file__).resolve().parent
SOURCES = DOCS / "thread"
PAGE, NOTEBOOK, PICTURES = DOCS / "does-rmsprop-make-it-worse.md", DOCS / "does-rmsprop-make-it-worse.ipynb", DOCS / "pictures"

MADE = "<!-- Made by `python docs/make_thread.py` from docs/thread/page.md: change that one. -->\n\n"
CODE = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def environment(ask: Questions) -> Environment:
    """What the prose may refer to."""
    found = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (it makes Markdown, of our own text)
    found.filters.update({name: getattr(words, name) for name in ("one", "two", "three", "thousands")}, zip=zip)
    found.globals.update(ask=ask, table=tables, S=words.settled, T=words.touched, S4=words.four, inside=words.inside, verdict=words.verdict)
    found.globals.update({name.lower(): value for module in (questions, dupont) for name, value in vars(module).items() if name.isupper()})
    return found


def page(ask: Questions) -> str:
    """The page, with its numbers."""
    return MADE + folded(environment(ask).from_string((SOURCES / "page.md").read_text(encoding="utf-8")).render())


def notebook() -> str:
    """The notebook, without outputs: whoever runs it sees their own."""
    parts = CODE.split((SOURCES / "notebook.md").read_text(encoding="utf-8"))
    cells = [_cell(number, "code" if number % 2 else "markdown", text.strip()) for number, text in enumerate(parts) if text.strip()]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    written = {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, object]:
    rest = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True), **rest}


def made() -> dict[Path, bytes]:
    """Every file, as the service answers now."""
    with Client.local() as client:
        ask = Questions(client)
        drawn = {PICTURES / name: picture for name, picture in pictures.pictures(ask).items()}
        return {PAGE: page(ask).encode(), NOTEBOOK: notebook().encode(), **drawn}


def is_stale(file: Path, content: bytes) -> bool:
    """Whether a file has to be written."""
    by_suffix: dict[str, Callable[[bytes, bytes], bool]] = {".svg": pictures.same, ".png": pictures.same_pixels}
    same = by_suffix.get(file.suffix, bytes.__eq__)
    return not file.is_file() or not same(file.read_bytes(), content)


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the page about RMSprop, its notebook and its pictures.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that are out of date, and exit 1")
    check = parser.parse_args(given).check
    stale = {file: content for file, content in made().items() if is_stale(file, content)}
    for file, content in stale.items():
        if check:
            named = file.relative_to(DOCS.parent)
            print(f"{named} is not what the service answers; `python docs/make_thread.py` makes it", file=sys.stderr)
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
