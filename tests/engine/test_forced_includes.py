"""Headers that compiler options include: no directive leads to them, and all units rest on them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cppls.core.settings import Settings
from cppls.engine.headless import index_project

UNITS = ["a.cpp", "b.cpp", "c.cpp"]


class World:
    """Three units that are compiled with ``-include config.h``. Real workers."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.cache = folder / "cache"
        self.root.mkdir()
        entries = [
            {
                "directory": str(self.root),
                "file": name,
                "arguments": ["c++", "-include", "config.h", "-c", name],
            }
            for name in UNITS
        ]
        (self.root / "compile_commands.json").write_text(json.dumps(entries))
        for number, name in enumerate(UNITS):
            (self.root / name).write_text(f"int f{number}() {{ return SIZE; }}\n")
        self.time = 10**18

    def configure(self, size: int) -> None:
        """Write the header, a second later than the last time."""
        self.time += 10**9
        (self.root / "config.h").write_text(f"#define SIZE {size}\n")
        os.utime(self.root / "config.h", ns=(self.time, self.time))

    def index(self) -> int:
        """How many units were indexed."""
        summary = index_project(str(self.root), Settings(cache_dir=str(self.cache), jobs=1))
        assert (summary.problem, summary.failed) == ("", 0)
        return summary.indexed_now


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_units_follow_a_header_that_a_compiler_option_includes(world: World) -> None:
    world.configure(1)
    assert world.index() == len(UNITS)
    world.configure(2)
    assert world.index() == len(UNITS)
    world.configure(1)
    assert world.index() == 0, "it is back as it was"
