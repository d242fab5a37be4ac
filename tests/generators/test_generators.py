"""Clients that three generators make of openapi.yaml: their types fit what one posts, and they get a step and a comparison."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parent / "programs"

#: RMSprop's first step: 0.01 g / (sqrt(0.1 g^2) + eps), which is 0.01 / sqrt(0.1) in the direction of -g.
STEP = "0.9683772"
HEADLINE = "From B, rmsprop hurt: gd settled in 16 steps, but rmsprop did not."

COMPILER = ("--strict", "--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2022", "--skipLibCheck")


def test_openapi_python_client(document, service, tmp_path):
    program = tmp_path / "with_python.py"
    shutil.copy(PROGRAMS / program.name, program)
    generator = Path(sys.executable).parent / "openapi-python-client"
    made = [generator, "generate", "--path", document, "--output-path", tmp_path / "made"]
    done = subprocess.run(made, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    # The one thing that it leaves out is a second way to get this very document.
    assert done.stdout.count("Unable to process schema") == 0, done.stdout
    assert done.stdout.count("WARNING parsing") <= 1, done.stdout
    environment = {**os.environ, "MYPYPATH": str(tmp_path / "made"), "PYTHONPATH": str(tmp_path / "made")}
    checked = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", program]
    done = subprocess.run(checked, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout
    done = subprocess.run([sys.executable, program, service], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert STEP in done.stdout, done.stderr
    assert HEADLINE in done.stdout


def test_openapi_typescript_with_openapi_fetch(document, service, packages, run_node):
    shutil.copy(PROGRAMS / "with_openapi_fetch.mts", packages)
    run_node("openapi-typescript", document, "-o", "types.ts")
    run_node("tsc", *COMPILER, "with_openapi_fetch.mts")
    said = run_node("node", "with_openapi_fetch.mjs", service)
    assert STEP in said
    assert HEADLINE in said


def test_hey_api(document, service, packages, run_node):
    shutil.copy(PROGRAMS / "with_hey_api.mts", packages)
    run_node("openapi-ts", "-i", document, "-o", "generated")
    run_node("tsc", *COMPILER, "with_hey_api.mts")
    said = run_node("node", "with_hey_api.mjs", service)
    assert STEP in said
    assert HEADLINE in said


@pytest.mark.parametrize("wrong", ['{ name: "rmsprp", lr: 0.1 }', '{ name: "rmsprop", lr: "0.1" }', '{ name: "rmsprop", rate: 0.1 }'])
def test_the_types_find_a_slip(document, packages, run_node, wrong):
    run_node("openapi-typescript", document, "-o", "types.ts")
    right = (PROGRAMS / "with_openapi_fetch.mts").read_text()
    (packages / "slip.mts").write_text(right.replace('{ name: "rmsprop", lr: 0.01, rho: 0.9 }', wrong))
    with pytest.raises(AssertionError, match="error TS"):
        run_node("tsc", *COMPILER, "--noEmit", "slip.mts")


def test_redocly_s_recommended_rules(document, run_node):
    run_node("redocly", "lint", document, "--max-problems", "100")
