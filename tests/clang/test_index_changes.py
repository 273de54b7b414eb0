"""Files that are written while they are indexed, or twice within a moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from cppls.core.messages import FileShard
from tests.clang.extraction import Collected

MOMENT = 1_700_000_000_000_000_000
"""Some time of change in nanoseconds, long ago."""


def index(session: IndexSession, source: Path) -> dict[str, FileShard]:
    """What the source and its headers give, by name."""
    collected = Collected()
    folder = os.fsencode(source.parent)
    indexed = session.index(os.fsencode(source), folder, [b"-xc++"], sink=collected)
    assert indexed.end, indexed.message
    return {os.path.basename(os.fsdecode(file.path)): file for file in collected.files}


def write(path: Path, text: str, mtime_ns: int) -> Path:
    """Write in place: the file stays the same one for the system."""
    path.write_text(text)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return path


@pytest.fixture
def session(libraries: library.Library) -> IndexSession:
    return IndexSession(libraries)


def test_a_header_that_changes_twice_within_a_second_keeps_its_bodies(
    session: IndexSession, tmp_path: Path
) -> None:
    """libclang takes a body for parsed that lies where another one was in the same second."""
    header = write(tmp_path / "h.h", "#pragma once\ninline int f(int x) { return x; }\n", MOMENT)
    source = write(tmp_path / "a.cpp", '#include "h.h"\n', MOMENT)
    assert [each.name for each in index(session, source)["h.h"].symbols] == ["f"]
    write(header, "#pragma once\ninline int f(int x) { return f(x); }\n", MOMENT + 1)
    (again,) = index(session, source)["h.h"].symbols
    assert again.end_column == len("inline int f(int x) { return f(x); }")
    session.close()


def test_the_time_of_a_file_that_may_be_newer_than_what_was_read_is_left_out(
    session: IndexSession, tmp_path: Path
) -> None:
    """Its content is looked at then: by the time alone, it would be taken for what was read."""
    source = write(tmp_path / "a.cpp", "int a;\n", MOMENT)
    assert index(session, source)["a.cpp"].mtime_ns == MOMENT
    source.write_text("int b;\n")
    assert index(session, source)["a.cpp"].mtime_ns == 0
    ahead = write(source, "int c;\n", 5 * MOMENT).stat().st_mtime_ns
    assert index(session, source)["a.cpp"].mtime_ns == ahead
    session.close()
