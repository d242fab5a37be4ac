"""The words that people read in help() and on the command line: plain ones."""

import argparse
import inspect
import re

import pytest

import stepgrade
from stepgrade.cli.parser import parser

#: Idioms and riddles, for which there is a usual word.
BANNED = re.compile(
    r"\b(told|tells? .* apart|hangs on|worth the name|level lines?|turned (by|problem)|gets? .* over with|as it came|lets? .* through"
    r"|a (row|line|bar|column|test|vote|module) a \w+|of its own|in a word)\b"
)


def public(name):
    """A public object with its public methods and properties, by their names."""
    thing = getattr(stepgrade, name)
    yield name, thing
    if inspect.isclass(thing):
        yield from (
            (f"{name}.{part}", getattr(value, "fget", value)) for part, value in inspect.getmembers(thing) if not part.startswith("_")
        )


@pytest.mark.parametrize("name", sorted(stepgrade.__all__))
def test_what_help_shows_has_no_idiom(name):
    of_ours = [(each, inspect.getdoc(thing) or "") for each, thing in public(name) if "stepgrade" in str(getattr(thing, "__module__", ""))]
    assert [(each, BANNED.search(text)[0]) for each, text in of_ours if BANNED.search(text)] == []


def helps(command):
    """The help of a command and of those in it."""
    yield command.format_help()
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from helps(inner)


def test_what_the_command_line_s_help_shows_has_no_idiom():
    shown = " ".join(" ".join(helps(parser())).split())
    assert BANNED.search(shown) is None
