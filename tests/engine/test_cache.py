"""Compiled kernels are kept on disk, for these very sources, and found again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from stepgrade_service.engine.compiled.jit import cache

USE_A_KERNEL = "from stepgrade_service.engine.compiled.arithmetic import norms; import numpy as np; norms(np.ones((2, 1)), np.empty(1))"
START = "from stepgrade_service.engine.warm import load_core; load_core()"


def run(program: str, **environment: str) -> None:
    subprocess.run([sys.executable, "-c", program], env={**os.environ, **environment}, check=True, timeout=300)


def files(directory: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in directory.rglob("*.nb?")}


def test_a_second_start_writes_no_cache_file(tmp_path):
    run(START)
    directory = cache.directory()
    assert directory is not None
    copy = Path(shutil.copytree(directory, tmp_path / "copy"))  # what other tests compile meanwhile goes into the other
    before = files(copy)
    run(START, NUMBA_CACHE_DIR=str(copy))
    assert before
    assert files(copy) == before


def test_a_directory_that_was_named_is_used(tmp_path):
    run(USE_A_KERNEL, NUMBA_CACHE_DIR=str(tmp_path))
    assert files(tmp_path)


def test_other_sources_have_another_directory_and_the_forgotten_are_removed(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "SOURCES", tmp_path)
    made = []
    for text in ("one", "two", "three"):
        (tmp_path / "kernel.py").write_text(text)
        made.append(cache.directory())
        if text == "one":
            os.utime(made[0], (0, 0))
    assert len(set(made)) == 3
    assert [directory.exists() for directory in made] == [False, True, True]


def test_where_nothing_can_be_written_kernels_are_compiled_and_not_kept(tmp_path):
    not_a_directory = tmp_path / "file"
    not_a_directory.write_text("")
    run(USE_A_KERNEL, NUMBA_CACHE_DIR=str(not_a_directory))
