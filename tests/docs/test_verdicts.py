"""Every sentence of a verdict: short, easy to read, rendered on its page, and never in contradiction to how the runs ended."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from stepgrade_service.engine.comparing import sentences


def maker() -> ModuleType:
    """What makes the page."""
    spec = spec_from_file_location("make_verdicts", Path(__file__).resolve().parents[2] / "docs" / "make_verdicts.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["make_verdicts"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_verdicts = maker()


def flesch(text: str) -> float:
    """The reading ease, 206.835 - 1.015 * words per sentence - 84.6 * syllables per word (Flesch 1948): 60 is plain English."""
    return float(textstat().flesch_reading_ease(text))


@cache
def textstat() -> Any:
    """textstat 0.7.3: it asks for a module that setuptools no longer has, for word lists that the reading ease does not need."""
    has_module = "pkg_resources" in sys.modules
    sys.modules.setdefault("pkg_resources", ModuleType("pkg_resources"))
    try:
        import textstat as package
    finally:
        if not has_module:
            del sys.modules["pkg_resources"]
    return package.textstat


def words(text: str, case: Any) -> int:
    """How many words a text has; a label is one."""
    for label in sorted({cell.direction_of for cell in case.trial.cells} | {case.trial.start}, key=len, reverse=True):
        text = text.replace(label, "x")
    return len(text.split())


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-Za-z])", text)


def test_the_page_is_up_to_date():
    assert make_verdicts.PAGE.read_text(encoding="utf-8") == make_verdicts.page(), "run: python docs/make_verdicts.py"


def said_of(case: Any) -> list[str]:
    """Every sentence of a case."""
    return [*sentences_of(case.conclusion.verdict), *case.conclusion.notes]


def test_a_headline_a_verdict_and_notes_are_short_and_easy_to_read():
    for case in make_verdicts.branches():
        said = case.conclusion
        assert words(said.headline, case) <= 15, case.name
        assert words(said.verdict, case) <= 60, case.name
        assert said.verdict.startswith(said.headline), case.name
        for sentence in said_of(case):
            assert words(sentence, case) <= 25, sentence
            assert flesch(sentence) >= 30, sentence
            assert sentence.endswith("."), sentence
            assert "None" not in sentence
            assert "unknown" not in sentence


def test_all_sentences_together_are_plain_english():
    said = {sentence for case in make_verdicts.branches() for sentence in said_of(case)}
    assert flesch(" ".join(sorted(said))) >= 60


def templates() -> dict[str, str]:
    """Every template by its name."""
    found = dict[str, str]()
    for name, value in vars(sentences).items():
        if name.isupper():
            found |= {f"{name}[{key}]": text for key, text in value.items()} if isinstance(value, dict) else {name: value}
    return found


def pattern_of(template: str) -> re.Pattern[str]:
    """What finds a template in a sentence that was made of it."""
    return re.compile(re.sub(r"\\{\w+\\}", r".+?", re.escape(template.replace("{place}", ""))), re.IGNORECASE)


def test_every_template_is_rendered_on_the_page():
    rendered = [sentence for case in make_verdicts.branches() for sentence in said_of(case)]
    patterns = {name: pattern_of(template) for name, template in templates().items()}
    assert [name for name, pattern in patterns.items() if not any(map(pattern.search, rendered))] == []


def test_over_stock_problems_no_verdict_hides_how_it_ended():
    found = make_verdicts.stock()
    assert len(found) >= 88
    for where, plain, other, case in found:
        trial, said = case.trial, case.conclusion
        gaps = [max(cell.tail_gap or 0.0, 1e-10 * cell.start_gap) for cell in (trial.plain, trial.other)]
        both_end = not (trial.plain.is_lost or trial.other.is_lost)
        told = (where, plain, other, said.headline)
        if said.result == "helped" and both_end and gaps[1] >= 10 * gaps[0]:
            assert re.search(r"but with .+ times .*end gap\.$", said.headline), told
        if sooner := re.match(r"(?:From \S+, )?(\S+).* settled sooner than (\S+)", said.headline):
            first, second = (other, plain) if said.result == "helped" else (plain, other)
            assert sooner[1] == first["name"], told
            assert sooner[2].rstrip(",") == second["name"], told
        if said.result == "hurt" and both_end:
            assert trial.other.minimum_value >= trial.plain.minimum_value - 1e-9 * trial.plain.start_gap, told
        if "no winner" in said.verdict:
            assert said.result in ("other_minimum", "undecided"), told
        if trial.other.status == "growing":
            assert said.result in ("hurt", "undecided"), told
