"""A header that means different things in different units: the index has what it means in each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cppls.core.settings import Settings
from cppls.engine.headless import index_project
from cppls.index.contents import occurrences_in, symbols_in
from cppls.index.digest import IndexDigest, digest
from cppls.index.schema import connect_reader
from cppls.index.store import Index, project_folder
from cppls.index import contents

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

    def index(self, units: Sequence[str], cache: str = "cache", jobs: int = 1) -> None:
        entries = [
            {
                "directory": str(self.root),
                "file": name,
                "arguments": ["c++", "-std=c++17", *UNITS[name][0], "-c", name],
            }
            for name in units
        ]
        self.write("compile_commands.json", json.dumps(entries))
        self.folder = project_folder(str(self.cache / cache), str(self.root))
        summary = index_project(
            str(self.root), Settings(cache_dir=str(self.cache / cache), jobs=jobs)
        )
        assert (summary.problem, summary.failed) == ("", 0)

    def digest(self) -> IndexDigest:
        return digest(connect_reader(Index(self.folder, str(self.root)).path))

    def dump(self) -> list[str]:
        """What the header holds: each name that it declares, and the lines where it stands."""
        connection = connect_reader(Index(self.folder, str(self.root)).path)
        file = next(f for f in contents.indexed_files(connection) if f.path.endswith("/h.h"))
        names = {record.id: record.name for record in symbols_in(connection, file)}
        return sorted(
            f"{names[id]} {' '.join(str(spot.line + 1) for spot in spots)}"
            for id, spots in occurrences_in(connection, file)
            if id in names
        )

def test_all(tmp_path: Path) -> None:
    w = World(tmp_path)
    w.index(["wide.cpp", "plain.cpp", "narrow.cpp", "again.cpp"], "0")
    first = w.digest()
    print(w.dump())
    for n, order in enumerate((["plain.cpp", "wide.cpp", "narrow.cpp", "again.cpp"],
                  ["narrow.cpp", "again.cpp", "plain.cpp", "wide.cpp"],
                  ["narrow.cpp", "again.cpp", "plain.cpp", "wide.cpp"])):
        w.index(order, f"x{n}", jobs=1 + (n == 2))
        print(w.dump())
        other = w.digest()
        print([k for k in first.tables if first.tables[k] != other.tables[k]])
        assert other == first
