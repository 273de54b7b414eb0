"""``cppls status``: what the index holds and who writes it."""

from __future__ import annotations

import os
from pathlib import Path

from cppls.cli.output import Exit
from cppls.core.model import FileStatus, Statistics
from cppls.engine.status_file import StatusFile
from cppls.index.batch import TranslationUnitResult
from cppls.index.store import Index, project_folder_path
from tests.cli.conftest import Run

KEYS = {
    "root", "folder", "writer_pid", "translation_units", "failed", "files", "symbols",
    "references", "index_bytes", "failures", "quarantined", "costliest",
    "servers",
}  # fmt: skip


def test_the_totals_and_what_failed(project: Path, run: Run) -> None:
    outcome = run("status", "--json")
    assert outcome.code == Exit.OK
    answer = outcome.json
    assert set(answer) == KEYS
    assert answer["root"] == str(project)
    assert (answer["translation_units"], answer["failed"], answer["files"]) == (2, 1, 2)
    assert answer["index_bytes"] > 0
    assert answer["failures"] == [
        {"path": str(project / "broken.cpp"), "status": "failed", "message": "nothing parsed"}
    ]


def test_the_help_documents_every_key(run: Run) -> None:
    text = run("status", "--help").out
    assert not [key for key in KEYS if key not in text]


def test_a_reader_sees_what_failed_and_what_to_do(project: Path, run: Run) -> None:
    text = run("status", str(project)).out
    assert "2 (1 failed)" in text
    assert "broken.cpp: nothing parsed" in text
    assert "cppls doctor" in text


def test_the_process_that_writes_is_named_while_it_writes(project: Path, run: Run) -> None:
    assert run("status", "--json").json["writer_pid"] == 0
    with Index.open(project_folder_path("", str(project)), str(project), write=True):
        assert run("status", "--json").json["writer_pid"] == os.getpid()


def test_what_is_set_aside_is_named_with_its_cost(project: Path, run: Run) -> None:
    huge, deadly = str(project / "huge.cpp"), str(project / "deadly.cpp")
    batch = [
        TranslationUnitResult(deadly, 1, FileStatus.CRASHED, peak_rss=90 << 20),
        TranslationUnitResult(huge, 1, FileStatus.QUARANTINED, peak_rss=200 << 20),
    ]
    with Index.open(project_folder_path("", str(project)), str(project), write=True) as index:
        index.writer.commit(batch)
    found = run("status", "--json").json["quarantined"]
    assert [(each["path"], each["peak_memory_bytes"], each["status"]) for each in found] == [
        (huge, 200 << 20, "quarantined"),
        (deadly, 90 << 20, "crashed"),
    ]
    lines = run("status").out.split("set aside", 1)[1].splitlines()[1:3]
    shown = [(line.split()[0], os.path.basename(line.split()[-1])) for line in lines]
    assert shown == [("200.0", "huge.cpp"), ("90.0", "deadly.cpp")]


def test_a_running_server_shows_its_memory(project: Path, run: Run) -> None:
    assert run("status", "--json").json["servers"] == []
    said: Statistics = {
        "health": "pressed", "budget": 256 << 20, "now": 230 << 20, "peak": 240 << 20,
        "available": 26 << 20, "queue": 7, "paused": True,
        "documents": {
            "entries": 3, "bytes": 40 << 20, "suspended": 1, "spilled": 1, "disk_bytes": 9 << 20
        },
        "workers": {"limit": 2, "waiting": 1},
        "shared_preambles": {
            "preambles": 4, "ready": 3, "disk_bytes": 34 << 20, "build_cpu_seconds": 2.04,
            "units_over": 80, "declined": 2,
        },
        "control_group": {"in_use": False, "problem": "it was not delegated", "limits": {}},
        "processes": [{"role": "index worker", "pid": 77, "size": 99 << 20, "file": "/p/a.cpp"}],
        "actions": [{"time": 0.0, "action": "3 idle documents were suspended", "freed": 5 << 20}],
    }  # fmt: skip
    StatusFile(project_folder_path("", str(project)), lambda: said).write()
    (server,) = run("status", "--json").json["servers"]
    assert server["pid"] == os.getpid()
    text = run("status").out
    assert "pressed, 230.0 MB of 256.0 MB" in text
    assert "7 files wait, indexing is paused" in text
    assert "index worker  77  99.0 MB  /p/a.cpp" in text
    assert "3 idle documents were suspended (5.0 MB freed)" in text
    assert "live TUs: 3, 40.0 MB (1 suspended, 1 spilled), 9.0 MB of preambles on disk" in text
    built = "shared preambles: 3 of 4 built (2.0 s), 34.0 MB on disk"
    assert f"{built}, 80 units indexed over them, 2 did without" in text
    assert "workers at present: 2 at the most, waiting for memory: 1" in text
    assert "control group: it was not delegated" in text


def test_without_an_index(tmp_path: Path, run: Run) -> None:
    outcome = run("status", str(tmp_path))
    assert outcome.code == Exit.UNAVAILABLE
    assert "cppls index" in outcome.err
