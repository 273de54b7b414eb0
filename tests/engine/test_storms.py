"""Many files are written one after the other, with no quiet point, while the engine is at work.

So does a rename over the whole project, a code generator, a checkout. Each unit that is indexed
meanwhile sees a tree that is half old and half new, and files that are half-written. In the end
nothing of that may be left. Everything is real: two workers, the planner, shared preambles.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from benchmarks.differences import compare
from cppls.index.reader import Reader
from cppls.index.store import Index, project_folder_path
from tests.engine import model_oracle
from tests.engine.model_server import Server

NIGHTLY: Final = int(os.environ.get("CPPLS_NIGHTLY", "0"))
SEEDS: Final = range(NIGHTLY // 10 or 1)
UNITS, HEADERS = (100, 60) if NIGHTLY else (24, 16)
ROUNDS: Final = 5
FILLING: Final = 1500
"""Declarations of each of the lowest headers: enough that a shared preamble pays."""


class Project:
    """Headers that include each other, and units that include some of them.

    Every file names things of what it includes, by names that end in the project's version.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.root, self.cache = str(folder / "project"), str(folder / "cache")
        self.chance = random.Random(seed)
        self.version = 0
        self.includes: dict[str, list[int]] = {}
        for number in range(HEADERS):
            below = range(max(number - 12, 0), number)
            chosen = self.chance.sample(below, min(len(below), 3))
            self.includes[f"h{number}.h"] = chosen
        for number in range(UNITS):
            self.includes[f"u{number}.cpp"] = self.chance.sample(range(HEADERS), 4)
        os.mkdir(self.root)
        units = [name for name in self.includes if name.endswith(".cpp")]
        entries = [
            {"directory": self.root, "file": name, "arguments": ["c++", "-std=c++17", "-c", name]}
            for name in units
        ]
        Path(self.root, "compile_commands.json").write_text(json.dumps(entries))
        for name in self.includes:
            self.path(name).write_text(self.text(name))

    def path(self, name: str) -> Path:
        return Path(self.root, name)

    def text(self, name: str) -> str:
        """A file as it is in the present version."""
        stem, version, below = Path(name).stem, self.version, self.includes[name]
        uses = " + ".join(f"f_h{number}_{version}(M_h{number}_{version})" for number in below)
        lines = [f'#include "h{number}.h"' for number in below]
        if name.endswith(".h"):
            lines = ["#pragma once", *lines, f"#define M_{stem}_{version} {version + 1}"]
            if not below or int(stem[1:]) < 4:
                lines += [f"int filling_{stem}_{each}(int x, int y);" for each in range(FILLING)]
        lines.append(f"inline int f_{stem}_{version}(int x) {{ return x + {uses or '1'}; }}")
        return "\n".join(lines) + "\n"

    def rewrite(self, server: Server) -> None:
        """Turn all files into the next version, one after the other, and tell so each time."""
        self.version += 1
        for name in self.chance.sample(sorted(self.includes), len(self.includes)):
            text = self.text(name)
            half = self.chance.randrange(len(text))
            with open(self.path(name), "w") as stream:
                stream.write(text[:half])
                stream.flush()
                time.sleep(self.chance.choice((0, 0, 0.01)))
                stream.write(text[half:])
            server.hint([str(self.path(name))])
            time.sleep(self.chance.choice((0, 0, 0.01, 0.03)))

    def prove(self, server: Server) -> None:
        """The index is what it would be if it were built from nothing."""
        server.settle()
        folder = project_folder_path(self.cache, self.root)
        database = Index.open(folder, self.root, write=False).path
        fresh = self.folder / f"fresh{self.version}"
        fresh.mkdir()
        expected = model_oracle.build(self.root, str(fresh), str(self.folder / "compilers"))
        with closing(Reader(database)) as reader:
            assert reader.stale_units() == []
            units = [info for info in reader.all_files() if info.is_translation_unit]
            assert {info.path: info.errors for info in units if info.errors} == {}
        found = compare(expected, database).differences
        assert [f"{each.change} {each.table} {each.path}:{each.line}" for each in found] == []
        assert model_oracle.facts_of(database) == model_oracle.facts_of(expected)


@pytest.fixture(params=SEEDS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return Project(tmp_path, request.param)


@pytest.fixture
def server() -> Generator[Server]:
    server = Server()
    yield server
    server.kill()


def test_a_tree_that_is_rewritten_file_by_file_leaves_nothing_half_written(
    project: Project, server: Server
) -> None:
    """First while the project is indexed from nothing, then while what changed is; again until
    shared preambles were there in time to be used."""
    server.start(project.root, project.cache, watch=False)
    for _ in range(ROUNDS):
        project.rewrite(server)
        project.prove(server)
        project.rewrite(server)
        project.rewrite(server)
        project.prove(server)
        if server.preambles()["units_over"]:
            return
    raise AssertionError(f"no shared preamble was used: {server.preambles()}")
