"""What of the index is out of date, where the disk says odd things."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from cppls.core.model import FileInfo, FileStatus
from cppls.engine.refresh import compare_units
from cppls.index.reader import Reader


class Known:
    """An index that knows these files."""

    def __init__(self, *files: FileInfo) -> None:
        self._files = {file.path: file for file in files}

    def file(self, path: str) -> FileInfo | None:
        return self._files.get(path)

    def stale_units(self) -> list[str]:
        return []


def failed(path: str, status: FileStatus) -> FileInfo:
    return FileInfo(
        path,
        content_hash=0,
        flags_hash=7,
        size=0,
        mtime_ns=0,
        ascii=True,
        is_translation_unit=True,
        status=status,
        claimed_by="",
        cpu_seconds=0.0,
        peak_rss=0,
        errors=0,
        message="it cannot be read",
    )


def compare(path: str, *files: FileInfo) -> tuple[list[str], list[str]]:
    found = compare_units(cast("Reader", Known(*files)), {path: 7})
    return found.rest, found.removed


def refused(_path: str, _mode: int) -> bool:
    return False


def test_a_file_that_may_not_be_read_is_tried_once_for_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.cpp"
    path.write_text("int a;")
    name = str(path)
    with monkeypatch.context() as patch:  # Who runs tests as root may read everything.
        patch.setattr(os, "access", refused)
        assert compare(name) == ([name], [])
        assert compare(name, failed(name, FileStatus.UNREADABLE)) == ([], [])
    assert compare(name, failed(name, FileStatus.UNREADABLE)) == ([name], [])


def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    name = str(tmp_path / "gone.cpp")
    assert compare(name) == ([], [])
    assert compare(name, failed(name, FileStatus.UNREADABLE)) == ([], [name])
