"""What help() shows of a public function or method: each argument with its meaning, its default and its unit."""

import inspect
import re

import pytest

import stepgrade
from stepgrade import bundles

#: What makes a result of an answer: the client alone calls it.
READERS = ("read",)

#: The unit that the help of an argument names.
UNITS = {"timeout": "second", "deadline": "second", "time_limit": "second", "max_answer": "MiB", "rotate": "degrees"}

ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*)(?: : (?P<kind>.*))?$")


#: What is public, by name.
THINGS = {name: getattr(stepgrade, name) for name in stepgrade.__all__} | {name: getattr(bundles, name) for name in bundles.__all__}


def public_calls():
    """The public functions, the public methods, and the constructors of what people construct, by name."""
    for name, thing in sorted(THINGS.items()):
        if inspect.isfunction(thing):
            yield name, thing
        if not inspect.isclass(thing) or issubclass(thing, BaseException) or not thing.__module__.startswith("stepgrade"):
            continue
        yield from ((f"{name}.{part}", method) for part, method in methods(thing) if part not in READERS)
        if name in ("Client", "HttpTransport", "WsgiTransport"):
            yield name, thing


def methods(thing):
    """The public methods that a class has of its own or of a class of ours."""
    for part, method in inspect.getmembers(thing, inspect.isroutine):
        if not part.startswith("_") and (getattr(method, "__module__", "") or "").startswith("stepgrade"):
            yield part, method


CALLS = dict(public_calls())


def arguments_of(call):
    """The arguments that a caller gives, each with its default."""
    named = [each for each in inspect.signature(call).parameters.values() if each.name not in ("self", "cls")]
    return {each.name: each.default for each in named}


def entries_of(call, section="Parameters"):
    """The entries of a section: the names, what follows them, and the description."""
    text = inspect.getdoc(call) or ""
    found = re.search(rf"^{section}\n-+\n(.*?)(?=\n\w+\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    read = []
    for line in found[1].splitlines() if found else []:
        entry = ENTRY.match(line)
        if entry is not None:
            read.append((entry["names"].split(", "), entry["kind"] or "", ""))
        elif line.strip():
            names, kind, description = read[-1]
            read[-1] = (names, kind, f"{description} {line.strip()}".strip())
    return read


def says(text, default):
    """Whether a text says a default: the value itself, or what happens if it is left out."""
    if default is None:
        return re.search(r"\b[Dd]efaults?\b|[Ii]f left out|optional", text) is not None
    numbers = [float(each) for each in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text)]
    value = default in numbers if isinstance(default, int | float) and not isinstance(default, bool) else f"{default}".strip("()") in text
    return value and re.search(r"\b[Dd]efaults?\b", text) is not None


@pytest.mark.parametrize("name", CALLS)
def test_each_argument_has_its_meaning_and_its_default(name):
    arguments, entries = arguments_of(CALLS[name]), entries_of(CALLS[name])
    told = [each for names, _, _ in entries for each in names]
    assert sorted(told) == sorted(arguments), "every argument is described once, and nothing else"
    for names, kind, description in entries:
        assert description, f"{names} have no meaning"
        for each in names:
            default = arguments[each]
            assert default is inspect.Parameter.empty or says(f"{kind} {description}", default), f"{each}: {default!r}"
            assert UNITS.get(each, "") in description.lower() or UNITS[each] in description, f"{each} has no unit"


@pytest.mark.parametrize("name", [name for name, thing in THINGS.items() if inspect.isclass(thing)])
def test_each_attribute_has_its_meaning(name):
    entries = entries_of(THINGS[name], "Attributes")
    assert [names for names, _, description in entries if not description] == []


def test_there_are_attributes_to_look_at():
    assert sum(len(names) for thing in THINGS.values() for names, _, _ in entries_of(thing, "Attributes")) > 60


def test_there_are_calls_to_look_at():
    assert {
        "Client",
        "Client.step",
        "Client.check_function",
        "Trajectory.picture",
        "Map.plot",
        "check_step",
        "grid",
        "build",
    } <= CALLS.keys()
