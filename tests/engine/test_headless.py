"""Indexing without clients: the summary, and what an interruption leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cppls.core.settings import Settings
from cppls.engine.events import Progress
from cppls.engine.headless import index_project
from cppls.index.errors import IndexLocked
from cppls.index.store import Index, project_folder

WORKER = [sys.executable, "-m", "tests.engine.fake_worker"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    sources = {"a.cpp": '#include "h.h"', "b.cpp": "@fail", "c.cpp": "int c;", "h.h": "int h;"}
    for name, text in sources.items():
        (root / name).write_text(text)
    entries = [
        {"directory": str(root), "file": name, "arguments": ["c++", "-c", name]}
        for name in sources
        if name.endswith(".cpp")
    ]
    (root / "compile_commands.json").write_text(json.dumps(entries))
    return root


def test_the_summary_counts_what_the_index_holds(project: Path, tmp_path: Path) -> None:
    settings = Settings(cache_dir=str(tmp_path / "cache"), jobs=1)
    progress: list[Progress] = []
    summary = index_project(str(project), settings, progress.append, worker_command=WORKER)
    assert (summary.translation_units, summary.failed, summary.files) == (3, 1, 3)
    assert summary.symbols == 3
    assert summary.problem == ""
    assert (summary.indexed_now, len(progress)) == (3, 3)
    assert summary.index_bytes > 0
    assert summary.wall_seconds > 0
    assert summary.cpu_seconds > 0
    again = index_project(str(project), settings, worker_command=WORKER)
    assert again.indexed_now == 0
    assert again.translation_units == 3


def test_a_project_that_another_process_indexes_is_refused(project: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    folder = project_folder(cache, str(project))
    with Index.open(folder, str(project), write=True), pytest.raises(IndexLocked):
        index_project(str(project), Settings(cache_dir=cache), worker_command=WORKER)


def test_ctrl_c_ends_it_and_the_next_run_goes_on_there(project: Path, tmp_path: Path) -> None:
    (project / "b.cpp").write_text("@hang")
    cache = str(tmp_path / "cache")
    script = (
        "import sys\n"
        "from cppls.core.settings import Settings\n"
        "from cppls.engine.headless import index_project\n"
        "print('begun', flush=True)\n"
        f"index_project({str(project)!r}, Settings(cache_dir={cache!r}, jobs=1),"
        f" lambda p: print(p.current, flush=True), worker_command={WORKER!r})\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    lines = [running.stdout.readline(), running.stdout.readline()]
    assert lines[1].strip().endswith(b"a.cpp")
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    assert running.returncode != 0
    os.truncate(project / "b.cpp", 0)
    summary = index_project(str(project), Settings(cache_dir=cache), worker_command=WORKER)
    assert summary.indexed_now == 2
    assert summary.translation_units == 3
