"""What is included by another way now is indexed again, and nothing else. Everything is real."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from cppls.index.reader import Reader
from cppls.index.store import Index, project_folder_path
from tests.engine.model_server import Server


class Project:
    """Sources that are compiled alike; ``server`` has indexed them."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.root, self.cache = folder / "project", str(folder / "cache")
        self.server = server

    def start(self, flags: str, **files: str) -> None:
        """``a_cpp="..."`` is ``a.cpp``, ``v1__h_h`` is ``v1/h.h``."""
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_", "."), text)
        entries = [
            {"directory": str(self.root), "file": source.name, "command": f"c++ {flags} -c x.cpp"}
            for source in sorted(self.root.glob("*.cpp"))
        ]
        self.write("compile_commands.json", json.dumps(entries))
        self.server.start(str(self.root), self.cache, watch=False)
        self.server.settle()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def changed(self, name: str) -> int:
        """Tell the server; how many units it has indexed for that."""
        self.server.hint([str(self.root / name)])
        return self.server.settle()[0]

    def stopped(self, moves: Mapping[str, str] = {}, **files: str) -> int:
        """The same when no server runs meanwhile: files are written, and names given to others."""
        self.server.stop()
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_", "."), text)
        for old, new in moves.items():
            os.replace(self.root / old, self.root / new)
        self.server = Server()
        self.server.start(str(self.root), self.cache, watch=False)
        return self.server.settle()[0]

    def included(self, source: str) -> list[str]:
        """What a source includes, as the index has it."""
        folder = project_folder_path(self.cache, str(self.root))
        with closing(Reader(Index.open(folder, str(self.root), write=False).path)) as reader:
            includes = reader.includes(str(self.root / source))
        return [each.target.removeprefix(f"{self.root}/") for each in includes if each.target]


@pytest.fixture
def project(tmp_path: Path) -> Generator[Project]:
    made = Project(tmp_path, Server())
    yield made
    made.server.kill()


def test_a_header_that_comes_before_the_one_that_was_found_is_included_instead(
    project: Project,
) -> None:
    (project.root / "first").mkdir(parents=True)
    project.start(
        "-Ifirst -Isecond -I.",
        second__h_h="int second;",
        a_cpp='#include "h.h"',
        b_cpp='#include "second/h.h"',
    )
    project.write("elsewhere/h.h", "int elsewhere;")
    assert project.changed("elsewhere/h.h") == 0
    project.write("first/h.h", "int first;")
    assert project.changed("first/h.h") == 1
    assert (project.included("a.cpp"), project.included("b.cpp")) == (["first/h.h"], ["second/h.h"])
    (project.root / "first" / "h.h").unlink()
    assert project.changed("first/h.h") == 1
    assert project.included("a.cpp") == ["second/h.h"]


def test_one_that_came_while_no_server_ran_is_included_too(project: Project) -> None:
    (project.root / "first").mkdir(parents=True)
    project.start(
        "-Ifirst -Isecond -I.",
        second__h_h="int second;",
        second__deep__low_h="int low;",
        a_cpp='#include "h.h"',
        b_cpp='#include "deep/low.h"',
        c_cpp='#include "second/h.h"',
        other__deep__low_h="int other;",
    )
    assert project.stopped() == 0
    assert project.stopped(elsewhere__h_h="int elsewhere;", first__h_h="int first;") == 1
    assert project.included("a.cpp") == ["first/h.h"]
    assert project.stopped({"other/deep": "first/deep"}) == 1
    assert project.included("b.cpp") == ["first/deep/low.h"]
    assert project.stopped() == 0


def test_a_link_that_was_turned_while_no_server_ran_is_followed(project: Project) -> None:
    (project.root / "next").parent.mkdir(parents=True)
    (project.root / "now").symlink_to("v1")
    (project.root / "next").symlink_to("v2")
    project.start("-Inow", v1__h_h="int one;", v2__h_h="int two;", a_cpp='#include "h.h"')
    assert project.stopped({"next": "now"}) == 1
    assert project.included("a.cpp") == ["v2/h.h"]


def test_one_that_a_header_includes_is_looked_for_as_its_units_do(project: Project) -> None:
    (project.root / "first").mkdir(parents=True)
    project.start(
        "-Ifirst -Isecond",
        second__low_h="#pragma once\nint low;",
        high_h="#pragma once\n#include <low.h>",
        a_cpp='#include "high.h"',
        b_cpp='#include "high.h"',
        c_cpp="int c;",
    )
    project.write("first/low.h", "#pragma once\nint other;")
    assert project.changed("first/low.h") == 2
    assert project.included("high.h") == ["first/low.h"]


def test_a_folder_that_is_a_link_and_leads_elsewhere_is_followed(project: Project) -> None:
    (project.root / "now").parent.mkdir(parents=True)
    (project.root / "now").symlink_to("v1")
    project.start(
        "-Inow -I.",
        v1__h_h="int one;",
        v2__h_h="int two;",
        a_cpp='#include "h.h"',
        b_cpp='#include "v1/h.h"',
    )
    assert project.included("a.cpp") == ["v1/h.h"]
    (project.root / "now").unlink()
    (project.root / "now").symlink_to("v2")
    assert project.changed("now") == 1
    assert (project.included("a.cpp"), project.included("b.cpp")) == (["v2/h.h"], ["v1/h.h"])
