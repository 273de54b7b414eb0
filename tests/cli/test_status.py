"""``cppls status``: what the index holds and who writes it."""

from __future__ import annotations

import os
from pathlib import Path

from cppls.cli.output import Exit
from cppls.index.store import Index, project_folder_path
from tests.cli.conftest import Run

KEYS = {
    "root", "folder", "writer_pid", "translation_units", "failed", "files", "symbols",
    "references", "index_bytes", "failures", "costliest",
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


def test_without_an_index(tmp_path: Path, run: Run) -> None:
    outcome = run("status", str(tmp_path))
    assert outcome.code == Exit.UNAVAILABLE
    assert "cppls index" in outcome.err
