"""The scripts that complete commands and flags, in the real shells where they are installed."""

import argparse
import shutil
import subprocess

import pytest

from stepgrade.cli import main
from stepgrade.cli.parser import parser


@pytest.fixture
def script(capsys):
    """The script for a shell; it needs no service."""

    def printed(shell):
        assert main(["completion", shell]) == 0
        return capsys.readouterr().out

    return printed


def bash(script, *words):
    """What bash offers for the last of these words."""
    typed = " ".join(f"'{word}'" for word in words)
    run = f'{script}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _stepgrade; printf "%s\\n" "${{COMPREPLY[@]}}"'
    found = subprocess.run(["bash", "--norc", "-c", run], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    return found.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["st"], ["step"]),
        (["ma"], ["map"]),
        (["check"], ["check", "check-file"]),
        (["step", "--opt"], ["--optimizer"]),
        (["check-file", "--fun"], ["--function"]),
        (["check-file", "solution.py", "--style", "d"], ["dls"]),
        (["check", "--format", "g"], ["gradescope", "github_classroom"]),
        (["compare", "--match", "g"], ["graft"]),
        (["bundle", ""], ["build", "verify", "-h", "--help"]),
        (["bundle", "build", "--out"], ["--output"]),
        (["bundle", "verify", "--js"], ["--json"]),
        (["completion", "z"], ["zsh"]),
        (["step", "--params", ""], []),
        (["nothing", ""], []),
    ],
)
def test_bash_offers_commands_flags_and_values(script, words, offered):
    assert sorted(bash(script("bash"), "stepgrade", *words)) == sorted(offered)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_offers_every_flag_of_every_command(script):
    made, commands = script("bash"), [("", parser())]
    for typed, command in commands:
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                commands += [(f"{typed} {name}".strip(), inner) for name, inner in action.choices.items()]
        flags = {flag for action in command._actions for flag in action.option_strings}
        assert set(bash(made, "stepgrade", *typed.split(), "-")) == flags
    assert len(commands) > 14


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
@pytest.mark.parametrize(
    ("words", "offered"),
    [(["st"], "step"), (["check", "--format", "jun"], "junit"), (["bundle", "build", "--ou"], "--output")],
)
def test_zsh_offers_commands_flags_and_values(script, words, offered):
    recorded = 'compdef() { :; }; _files() { :; }; compadd() { print -l -- "${@:2}"; }'
    typed = " ".join(f"'{word}'" for word in ("stepgrade", *words))
    run = f"{recorded}\n{script('zsh')}\nwords=({typed}); CURRENT={len(words) + 1}; _stepgrade"
    found = subprocess.run(["zsh", "-f", "-c", run], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    assert offered in found.stdout.split()


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("st", "step"),
        ("check --format jun", "junit"),
        ("step --opt", "--optimizer"),
        ("bundle bu", "build"),
        ("bundle build --ou", "--output"),
    ],
)
def test_fish_offers_commands_flags_and_values(script, typed, offered):
    run = f"{script('fish')}\ncomplete -C 'stepgrade {typed}'"
    found = subprocess.run(["fish", "--no-config", "-c", run], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    assert offered in [line.split("\t")[0] for line in found.stdout.splitlines()]


def test_a_shell_that_is_unknown_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["completion", "powershell"])
    assert "invalid choice: 'powershell'" in capsys.readouterr().err


def test_completion_needs_no_service_and_no_good_settings(script, monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", "nowhere")
    assert "stepgrade" in script("bash")
