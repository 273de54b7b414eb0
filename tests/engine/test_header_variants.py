"""A header that means different things in different units: the index has what it means in each."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from cppls.core.settings import Settings
from cppls.engine.headless import index_project
from cppls.index import contents
from cppls.index.digest import IndexDigest, digest
from cppls.index.schema import connect_reader
from cppls.index.store import Index, project_folder

HEADER = """\
#pragma once
int always();
#define CHECK(x) (x)
#ifdef WIDE
#include "wide.h"
long wide(long value);
struct Base {};
inline long both() { return wide(always()); }
#elif defined(NARROW)
int narrow(int value);
inline long both() { return narrow(always()); }
#else
long both();
#endif
inline long body() {
    long found = 0;
#ifdef WIDE
    found = CHECK(wide(found));
#elif defined(NARROW)
    found = CHECK(narrow(1));
#endif
    return found;
}
#ifdef WIDE
struct Derived : Base {};
#endif
"""

UNITS = {
    "plain.cpp": ((), "long p() { return both() + body(); }"),
    "wide.cpp": (("-DWIDE",), "long w() { return both() + body() + wide(2); }"),
    "narrow.cpp": (("-DNARROW",), "long n() { return both() + body() + narrow(2); }"),
    "again.cpp": (("-DWIDE",), "long again() { return both(); }"),
}


class World:
    """A project with a header and its units, indexed in the order of its database."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.cache = folder
        self.root.mkdir()
        self.write("h.h", HEADER)
        self.write("wide.h", "#pragma once\nint other();\n")
        for name, (_, text) in UNITS.items():
            self.write(name, f'#include "h.h"\n{text}\n')

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def index(self, *units: str, cache: str = "cache", jobs: int = 1) -> None:
        """Bring the index up to date, with the database's entries in this order."""
        entries = [
            {
                "directory": str(self.root),
                "file": name,
                "arguments": ["c++", "-std=c++17", *UNITS[name][0], "-c", name],
            }
            for name in units
        ]
        self.write("compile_commands.json", json.dumps(entries))
        settings = Settings(cache_dir=str(self.cache / cache), jobs=jobs)
        summary = index_project(str(self.root), settings)
        assert (summary.problem, summary.failed) == ("", 0)
        folder = project_folder(settings.cache_dir, str(self.root))
        self.database = Index(folder, str(self.root)).path

    def digest(self) -> IndexDigest:
        with closing(connect_reader(self.database)) as connection:
            return digest(connection)

    def header(self) -> dict[str, list[int]]:
        """What the header declares, and the lines (from 1) where that stands in it."""
        with closing(connect_reader(self.database)) as connection:
            files = contents.indexed_files(connection)
            file = next(file for file in files if file.path.endswith("/h.h"))
            names = {record.id: record.name for record in contents.symbols_in(connection, file)}
            return {
                names[id]: [spot.line + 1 for spot in spots]
                for id, spots in contents.occurrences_in(connection, file)
                if id in names
            }


@pytest.fixture
def w(tmp_path: Path) -> World:
    return World(tmp_path)


ALL = {
    "Base": [7, 25],
    "CHECK": [3, 18, 20],
    "Derived": [25],
    "always": [2, 8, 11],
    "body": [15],
    "both": [8, 11, 13],
    "narrow": [10, 11, 20],
    "wide": [6, 8, 18],
}


def test_what_each_unit_reads_is_found(w: World) -> None:
    w.index("plain.cpp", "wide.cpp", "narrow.cpp")
    assert w.header() == ALL


def test_what_nobody_reads_is_not_there(w: World) -> None:
    w.index("plain.cpp", "narrow.cpp")
    assert w.header().keys() == ALL.keys() - {"wide", "Base", "Derived"}


def test_the_index_is_the_same_in_any_order_and_with_several_workers(w: World) -> None:
    w.index("wide.cpp", "plain.cpp", "narrow.cpp", "again.cpp", cache="first")
    first = w.digest()
    for number, order in enumerate(permutations(("plain.cpp", "wide.cpp", "narrow.cpp"))):
        w.index(*order, "again.cpp", cache=str(number), jobs=1 + number % 2)
        assert w.digest() == first


def test_an_edit_of_the_header_is_seen_in_all_that_it_means(w: World) -> None:
    w.index("plain.cpp", "wide.cpp", "narrow.cpp")
    w.write("h.h", HEADER.replace("int always();", "int always();\nint more();"))
    w.index("plain.cpp", "wide.cpp", "narrow.cpp")
    assert w.header() == {"more": [3]} | {
        name: [line + (line > 2) for line in lines] for name, lines in ALL.items()
    }
    edited = w.digest()
    w.index("narrow.cpp", "wide.cpp", "plain.cpp", cache="fresh")
    assert w.digest() == edited


def test_what_a_unit_read_that_is_gone_stays_until_the_header_changes(w: World) -> None:
    w.index("plain.cpp", "wide.cpp")
    w.index("plain.cpp")
    assert "wide" in w.header()
    w.write("h.h", HEADER.replace("int always();", "int always();\nint more();"))
    w.index("plain.cpp")
    assert "wide" not in w.header()
