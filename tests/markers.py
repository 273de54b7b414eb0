"""The marker language: source text that carries the places a test talks about.

    //- a.h
    [[nodiscard]] int $def{twice$}(int v);
    //- a.cpp -std=c++20
    #include "a.h"
    int z = tw$0ice(1);

``//- path flags`` starts a file, ``$0`` to ``$9`` are points, ``$name{...$}`` ranges (they may
nest, repeat and span lines), ``$$`` is a dollar. The marks are stripped before a file is written.
Text without a header is the file ``main.cpp``. Plain ``^`` and ``[[ ]]`` would collide with C++.

Knows the file system and the contract of ``core/``; must not know how an answer is obtained.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cppls.core.model import Location, Position, Span

DEFAULT_PATH = "main.cpp"
DATABASES = ("compile_commands.json", "compile_flags.txt")
C_SUFFIXES = frozenset({".c", ".m"})
CPP_SUFFIXES = frozenset({".cc", ".cpp", ".cxx", ".C", ".mm", ".cu"})
"""Suffixes of the files that get an entry in the compile database."""

_HEADER = re.compile(r"^//-[ \t]+(\S+)[ \t]*([^\n]*)\n?", re.MULTILINE)
_MARK = re.compile(r"\$(?:(?P<dollar>\$)|(?P<point>\d)|(?P<open>[A-Za-z_]\w*)\{|(?P<close>\}))")


_OLDER_NS: Final = 3600 * 10**9
"""Written files are made so much older; one that is written again has another time all the same."""


class MarkerError(ValueError):
    """The marked text is wrong: names the file and what to mend."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a fixture: its text without marks, and the flags of its header line."""

    path: str
    flags: tuple[str, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a file: 0-based line, 0-based UTF-8 byte column."""

    path: str
    position: Position


@dataclass(frozen=True, slots=True)
class Fixture:
    """Parsed marked text. Paths are relative as spelled until :meth:`write` makes them absolute."""

    files: tuple[SourceFile, ...]
    points: Mapping[str, Point]
    ranges: Mapping[str, tuple[Location, ...]]

    def point(self, name: str | int = "0") -> Point:
        """The point ``$name``. Raises ``MarkerError`` when the text has none."""
        try:
            return self.points[str(name)]
        except KeyError:
            raise MarkerError(f"no point ${name}; there are {sorted(self.points)}") from None

    def range(self, name: str) -> Location:
        """The only range called ``name``. Raises ``MarkerError`` when there is none, or several."""
        found = self.named(name)
        if len(found) != 1:
            raise MarkerError(f"{len(found)} ranges are called {name!r}; ask named() for them")
        return found[0]

    def named(self, *names: str) -> list[Location]:
        """All ranges of these names, sorted. Raises ``MarkerError`` for a name that has none."""
        missing = [name for name in names if name not in self.ranges]
        if missing:
            raise MarkerError(f"no range {missing}; there are {sorted(self.ranges)}")
        return sorted(location for name in names for location in self.ranges[name])

    def text(self, path: str) -> bytes:
        """The text of the file at ``path``, without marks."""
        for file in self.files:
            if file.path == path:
                return file.text
        raise MarkerError(f"no file {path!r}; there are {[file.path for file in self.files]}")

    def path(self, name: str) -> str:
        """The path of the file whose header spells ``name``, absolute once written."""
        for file in self.files:
            if file.path == name or file.path.endswith(os.sep + name):
                return file.path
        raise MarkerError(f"no file {name!r}; there are {[file.path for file in self.files]}")

    def write(self, folder: Path | str, *, database: bool = True) -> Fixture:
        """Write the files below ``folder`` and return the fixture with its real, absolute paths.

        Unless ``database`` is false or the fixture holds a compile database of its own, a
        ``compile_commands.json`` is made, with an entry for every source file (headers have none).
        """
        root = os.path.realpath(folder)
        placed = _move(self, root)
        for file in placed.files:
            os.makedirs(os.path.dirname(file.path), exist_ok=True)
            Path(file.path).write_bytes(file.text)
            # What is as young as a parse may have been written during it, and then counts for less.
            written = time.time_ns() - _OLDER_NS
            os.utime(file.path, ns=(written, written))
        if database and not any(file.path in DATABASES for file in self.files):
            entries = json.dumps(list(_entries(placed, root)), indent=1)
            Path(root, "compile_commands.json").write_text(entries)
        return placed


def parse(marked: str) -> Fixture:
    """The fixture that ``marked`` describes; common indentation and a first empty line go.

    Raises ``MarkerError`` for a mark that is not closed, not opened, or given twice.
    """
    files: list[SourceFile] = []
    points: dict[str, Point] = {}
    ranges: dict[str, tuple[Location, ...]] = {}
    for path, flags, body in _split(textwrap.dedent(marked.removeprefix("\n"))):
        if any(file.path == path for file in files):
            raise MarkerError(f"{path}: the file is given twice")
        files.append(SourceFile(path, flags, _strip(path, body, points, ranges)))
    return Fixture(tuple(files), points, {name: tuple(found) for name, found in ranges.items()})


def _split(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """The (path, flags, marked body) of each file."""
    before, *rest = _HEADER.split(text)
    if not rest:
        yield DEFAULT_PATH, (), before
    elif before.strip():
        raise MarkerError("there is text before the first '//- path' line")
    for path, flags, body in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        yield path, tuple(shlex.split(flags)), body


def _strip(
    path: str,
    body: str,
    points: dict[str, Point],
    ranges: dict[str, tuple[Location, ...]],
) -> bytes:
    """The text without its marks; what they mark goes into ``points`` and ``ranges``."""
    out = bytearray()
    opened: list[tuple[str, Position]] = []
    last = 0
    for mark in _MARK.finditer(body):
        out += body[last : mark.start()].encode()
        last = mark.end()
        here = Position(out.count(b"\n"), len(out) - out.rfind(b"\n") - 1)
        if mark["dollar"]:
            out += b"$"
        elif mark["point"]:
            if mark["point"] in points:
                raise MarkerError(f"{path}: the point {mark[0]} is given twice")
            points[mark["point"]] = Point(path, here)
        elif mark["open"]:
            opened.append((mark["open"], here))
        elif not opened:
            raise MarkerError(f"{path}:{here.line + 1}: '$}}' closes no range")
        else:
            name, start = opened.pop()
            span = Span(start.line, start.column, here.line, here.column)
            ranges[name] = (*ranges.get(name, ()), Location(path, span))
    if opened:
        raise MarkerError(f"{path}: the range '${opened[-1][0]}{{' is not closed by '$}}'")
    return bytes(out + body[last:].encode())


def _move(fixture: Fixture, root: str) -> Fixture:
    def absolute(path: str) -> str:
        return os.path.normpath(os.path.join(root, path))

    return Fixture(
        tuple(replace(file, path=absolute(file.path)) for file in fixture.files),
        {name: Point(absolute(p.path), p.position) for name, p in fixture.points.items()},
        {
            name: tuple(Location(absolute(at.path), at.span) for at in found)
            for name, found in fixture.ranges.items()
        },
    )


def _entries(placed: Fixture, root: str) -> Iterator[dict[str, object]]:
    for file in placed.files:
        suffix = os.path.splitext(file.path)[1]
        if suffix in C_SUFFIXES | CPP_SUFFIXES:
            driver = "cc" if suffix in C_SUFFIXES else "c++"
            arguments = [driver, *file.flags, "-c", file.path]
            yield {"directory": root, "file": file.path, "arguments": arguments}
