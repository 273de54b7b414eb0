"""What a preamble takes of memory and of the disk, for as long as its TU lives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cppls.clang import library
from cppls.clang.live import LiveContext
from cppls.clang.preambles import UnitFolder, folder_bytes
from tests.clang.live import Live, make_live

HEADER = "#pragma once\n" + "".join(f"struct S{n} {{ int a{n}, b{n}; }};\n" for n in range(2000))
SOURCES = f'//- big.h\n{HEADER}\n//- main.cpp\n#include "big.h"\nint v = $0S7{{1, 2}}.b7;\n'


@pytest.fixture
def preambles(tmp_path: Path) -> Path:
    folder = tmp_path / "preambles"
    folder.mkdir()
    return folder


@pytest.fixture
def it(libraries: library.Library, tmp_path: Path, preambles: Path) -> Iterator[Live]:
    opened = make_live(LiveContext(libraries, str(preambles)), tmp_path, SOURCES)
    yield opened
    opened.unit.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_unit_at_rest_keeps_none_of_its_preamble_in_memory(it: Live, preambles: Path) -> None:
    assert str(preambles) in Path("/proc/self/maps").read_text(encoding="utf-8")
    assert resident_of(preambles) == 0
    it.reparse()
    assert resident_of(preambles) == 0
    it.unit.suspend()
    assert resident_of(preambles) == 0
    it.reparse()
    assert it.target().name == "S7"


def test_a_suspended_unit_keeps_its_preamble_on_disk_until_it_is_closed(
    it: Live, preambles: Path
) -> None:
    before = folder_bytes(str(preambles))
    assert before > 0
    it.unit.suspend()
    it.reparse()
    assert folder_bytes(str(preambles)) == before, "the same one serves again"
    it.unit.close()
    assert list(preambles.iterdir()) == []


def test_where_no_folder_can_be_made_the_preamble_goes_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = UnitFolder(str(tmp_path / "gone"))
    assert folder.path == ""
    assert "no folder for a preamble" in capsys.readouterr().err
    folder.drop_pages()
    folder.remove()


def resident_of(folder: Path) -> int:
    """Bytes of this process's memory that are pages of files below ``folder``."""
    mine, total = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split(maxsplit=1)[0]:
            mine = str(folder) in line
        elif mine and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total
