"""What a running server says of itself in a file, and who reads it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from cppls.core.model import Statistics
from cppls.engine.status_file import StatusFile, running_servers


async def test_what_it_says_is_read_while_it_runs_and_gone_afterwards(tmp_path: Path) -> None:
    said: Statistics = {"health": "ok"}
    file = StatusFile(str(tmp_path), lambda: dict(said))
    file.start()
    file.write()
    (found,) = running_servers(str(tmp_path))
    assert (found["pid"], found["health"]) == (os.getpid(), "ok")
    said["health"] = "pressed"
    file.write()
    assert running_servers(str(tmp_path))[0]["health"] == "pressed"
    await file.stop()
    assert os.listdir(tmp_path) == []


def test_it_is_private_and_written_only_when_there_is_news(tmp_path: Path) -> None:
    file = StatusFile(str(tmp_path), lambda: {"now": 1})
    file.write()
    file.write()
    assert file.statistics()["writes"] == 1
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_dead_server_left_is_swept(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"status-{gone.pid}.json").write_text('{"pid": 1}')
    assert running_servers(str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_only_the_news(tmp_path: Path) -> None:
    file = StatusFile(str(tmp_path / "none"), lambda: {"now": 1})
    file.write()
    assert file.statistics()["failures"] == 1
    assert running_servers(str(tmp_path / "none")) == []


def test_half_a_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / f"status-{os.getpid()}.json").write_text('{"pid": ')
    assert running_servers(str(tmp_path)) == []
