"""Has a file changed? Size, then time, then the native library's hash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.core.hashing import content_hash
from cppls.core.model import FileInfo, FileStatus
from cppls.engine.contents import has_changed

SAMPLE = bytes((i * 7 + i // 13) & 255 for i in range(4999))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, 1149234389432173950),
        (1, -4811038404626717218),
        (8, 9012620363393788159),
        (9, 282543693116757000),
        (31, -2160678348710660889),
        (32, 7523453687039383077),
        (100, -1147637519061170196),
        (4999, 3057078310565571413),
    ],
)
def test_the_hash_is_that_of_the_native_library(length: int, expected: int) -> None:
    # The figures are from hash_bytes(sample, length, 0) of clang/native/hash.c.
    assert content_hash(SAMPLE[:length]) == expected


def info_of(path: Path) -> FileInfo:
    status = path.stat()
    return FileInfo(
        path=str(path),
        content_hash=content_hash(path.read_bytes()),
        flags_hash=0,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ascii=True,
        is_translation_unit=True,
        status=FileStatus.INDEXED,
        claimed_by="",
        cpu_seconds=0,
        peak_rss=0,
        errors=0,
        message="",
    )


def test_a_touched_file_has_not_changed_and_an_edited_one_has(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    path.write_text("int a;")
    info = info_of(path)
    assert not has_changed(info)
    os.utime(path, (1, 1))
    assert not has_changed(info)
    path.write_text("int b;")
    assert has_changed(info)
    path.write_text("int longer;")
    assert has_changed(info)
    path.unlink()
    assert has_changed(info)
