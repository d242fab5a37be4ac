"""`stepgrade completion`: a script for a shell that completes commands, flags and their values, made from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import get_args

from stepgrade.choices import Convention, Match, Measure

SHELLS = ("bash", "zsh", "fish")

#: Values of flags that the service checks, and not the parser.
VALUES = {
    "--convention": get_args(Convention),
    "--match": get_args(Match),
    "--measure": get_args(Measure),
}


@dataclass(frozen=True)
class ShellFlag:
    """A flag: its names, whether a value follows, the values that are known, and its help."""

    names: tuple[str, ...]
    takes_value: bool
    values: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class ShellCommand:
    """A command as it is typed (`bundle build`), the words that can follow it, and its flags."""

    typed: str
    about: str
    words: tuple[str, ...]
    flags: tuple[ShellFlag, ...]


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The script for `bash`, `zsh` or `fish`."""
    commands = list(_commands(parser, "", ""))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _commands(parser: argparse.ArgumentParser, typed: str, about: str) -> Iterator[ShellCommand]:
    """A command, and those in it."""
    inner = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
    words = [str(word) for each in parser._actions if not each.option_strings for word in each.choices or ()]
    yield ShellCommand(typed, about, tuple(words), tuple(_flag(each) for each in parser._actions if each.option_strings))
    for each in inner._choices_actions if inner is not None else ():
        yield from _commands(inner.choices[each.dest], f"{typed} {each.dest}".strip(), each.help or "")  # type: ignore[union-attr]


def _flag(action: argparse.Action) -> ShellFlag:
    values = action.choices or next((VALUES[name] for name in action.option_strings if name in VALUES), ())
    return ShellFlag(tuple(action.option_strings), action.nargs != 0, tuple(map(str, values)), str(action.help or ""))


def _cases(commands: list[ShellCommand], assign: str) -> str:
    """The words after a command, then those after a flag that takes a value: the branches of a `case` in bash and in zsh."""
    lines = []
    for command in commands:
        flags = [name for flag in command.flags for name in flag.names]
        words = f"{assign}={quote(' '.join((*command.words, *flags)))}"
        valued = [flag for flag in command.flags if flag.takes_value]
        inner = [f"            {' | '.join(flag.names)}) {assign}={quote(' '.join(flag.values))} ;;" for flag in valued]
        head = [f"        {quote(command.typed)})", f"            {words}", '            case "$previous" in']
        lines += [*head, *inner, "            esac ;;"]
    return "\n".join(lines)


def _groups(commands: list[ShellCommand]) -> str:
    """The commands that have commands, as a pattern of `case`."""
    return " | ".join(sorted({command.typed.partition(" ")[0] for command in commands if " " in command.typed}))


def _bash(commands: list[ShellCommand]) -> str:
    return f"""# Completion of stepgrade for bash. Put this line into ~/.bashrc:
#     eval "$(stepgrade completion bash)"
_stepgrade() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command="" known=""
    if [ "$COMP_CWORD" -gt 1 ]; then command=${{COMP_WORDS[1]}}; fi
    case "$command" in
        {_groups(commands)}) if [ "$COMP_CWORD" -gt 2 ]; then command="$command ${{COMP_WORDS[2]}}"; fi ;;
    esac
    case "$command" in
{_cases(commands, "known")}
    esac
    COMPREPLY=($(compgen -W "$known" -- "$current"))
}}
complete -o default -F _stepgrade stepgrade
"""


def _zsh(commands: list[ShellCommand]) -> str:
    return f"""#compdef stepgrade
# Completion of stepgrade for zsh. Put this line into ~/.zshrc, after compinit:
#     eval "$(stepgrade completion zsh)"
_stepgrade() {{
    local previous=$words[CURRENT-1] command="" known=""
    if (( CURRENT > 2 )); then command=$words[2]; fi
    case "$command" in
        {_groups(commands)}) if (( CURRENT > 3 )); then command="$command $words[3]"; fi ;;
    esac
    case "$command" in
{_cases(commands, "known")}
    esac
    if [[ -n $known ]]; then compadd -- ${{=known}}; fi
    if [[ $words[CURRENT] != -* ]]; then _files; fi
}}
compdef _stepgrade stepgrade
"""


def _fish(commands: list[ShellCommand]) -> str:
    lines = ["# Completion of stepgrade for fish: stepgrade completion fish > ~/.config/fish/completions/stepgrade.fish"]
    for command in commands:
        group, _, name = command.typed.rpartition(" ")
        if command.typed:
            before = f"__fish_seen_subcommand_from {group}" if group else "__fish_use_subcommand"
            lines.append(f"complete -c stepgrade -n {quote(before)} -a {quote(name)} -d {quote(command.about)}")
        here = f"__fish_seen_subcommand_from {name}" if name else "__fish_use_subcommand"
        if not any(each.typed.startswith(f"{command.typed} ") for each in commands) and command.words and name:
            lines.append(f"complete -c stepgrade -n {quote(here)} -f -a {quote(' '.join(command.words))}")
        lines += [f"complete -c stepgrade -n {quote(here)} {_fish_flag(flag)}" for flag in command.flags]
    return "\n".join(lines) + "\n"


def _fish_flag(flag: ShellFlag) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names]
    value = [f"-x -a {quote(' '.join(flag.values))}"] if flag.values else ["-r"] if flag.takes_value else []
    return " ".join([*names, *value, f"-d {quote(flag.about)}"])
