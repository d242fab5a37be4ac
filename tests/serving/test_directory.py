"""The directory in which workers leave notes."""

import os
import tempfile

import pytest

from stepgrade_service.serving.directory import NotOurs, directory_of, hold, made


def test_a_directory_of_another_is_refused(tmp_path):
    (tmp_path / "open").mkdir(mode=0o700)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "own")
    for name in ("open", "link"):
        with pytest.raises(NotOurs, match="TMPDIR"):
            made(tmp_path / name)
    assert made(tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_servers_on_other_hosts_or_ports_have_others(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asked = [("127.0.0.1", 8000), ("127.0.0.2", 8000), ("127.0.0.1", 8001), ("::1", 8000), ("localhost", 8000)]
    assert len({directory_of(*each) for each in asked}) == len(asked)
    assert {directory_of(*each).parent for each in asked} == {tmp_path}


def test_a_directory_is_held_by_one_server(tmp_path):
    first = hold(tmp_path)
    assert hold(tmp_path) is None
    os.close(first)
    assert hold(tmp_path) is not None
