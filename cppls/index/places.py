"""Where indexed files lie, and what is missing, for whoever watches folders."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from cppls.index.schema import loaded_path


class Resolved(NamedTuple):
    """An include directive and where it led."""

    includer: str
    spelled: str
    angled: bool
    target: str


def folders(connection: sqlite3.Connection) -> set[str]:
    """All folders that hold indexed files."""
    return {os.path.dirname(loaded_path(path)) for (path,) in connection.execute(_PATHS)}


def newest(connection: sqlite3.Connection) -> int:
    """A number that grows when the index comes to know a file."""
    return connection.execute("SELECT coalesce(max(id), 0) FROM path").fetchone()[0]


def below(connection: sqlite3.Connection, folders: Iterable[str], *, deep: bool) -> list[str]:
    """The indexed files in folders, by path; ``deep``: at any depth."""
    query = _BELOW if deep else _BELOW + _DIRECTLY
    found: set[str] = set()
    for folder in folders:
        # "0" follows "/". Names that are not UTF-8 are BLOBs, those above them need not be.
        start, end = os.fsencode(folder + "/"), os.fsencode(folder + "0")
        ranges: list[tuple[str | bytes, str | bytes]] = [(start, end)]
        with contextlib.suppress(UnicodeDecodeError):
            ranges.append((start.decode(), end.decode()))
        for low, high in ranges:
            names = {"low": low, "high": high, "slash": low[-1:], "rest": len(low) + 1}
            found.update(loaded_path(row[0]) for row in connection.execute(query, names))
    return sorted(found)


def unresolved(connection: sqlite3.Connection) -> list[str]:
    """What include directives spell that found no file, by name."""
    return sorted(loaded_path(row[0]) for row in connection.execute(_UNRESOLVED))


def spelled(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """All include directives: the file, and what it spells."""
    rows = connection.execute(_DIRECTIVES)
    return [(loaded_path(includer), loaded_path(name)) for includer, name in rows]


def resolved(connection: sqlite3.Connection, names: Collection[str] | None) -> list[Resolved]:
    """The directives that found a file and spell one of these file names, or all with ``None``."""
    return [
        Resolved(loaded_path(includer), loaded_path(spelled), bool(angled), loaded_path(target))
        for includer, spelled, angled, target in connection.execute(_RESOLVED)
        if names is None or os.path.basename(loaded_path(spelled)) in names
    ]


def through(connection: sqlite3.Connection, links: Iterable[str]) -> list[str]:
    """Files with an include directive that may have come to its file through one of these symbolic
    links, by path: it spells the link's name, and the file's path ends otherwise."""
    found: set[str] = set()
    for name in {os.path.basename(link) for link in links}:
        for includer, spelled, target in connection.execute(_SPELLED, (name,)):
            ending = re.sub(r"^(\.\./|/)+", "", os.path.normpath(loaded_path(spelled)))
            if not loaded_path(target).endswith(f"/{ending}"):
                found.add(loaded_path(includer))
    return sorted(found)


_PATHS: Final = "SELECT path.path FROM file JOIN path ON path.id = file.path"

_BELOW: Final = """
SELECT path.path FROM path
WHERE path.path >= :low AND path.path < :high
AND (path.id IN (SELECT path FROM file) OR path.id IN (SELECT path FROM unit))
"""
_DIRECTLY: Final = "AND instr(substr(path.path, :rest), :slash) = 0"

_DIRECTIVES: Final = """
SELECT DISTINCT path.path, include.spelled FROM include
JOIN file ON file.id = include.file JOIN path ON path.id = file.path
"""

_RESOLVED: Final = """
SELECT DISTINCT path.path, include.spelled, include.angled, target.path
FROM include JOIN path AS target ON target.id = include.target
JOIN file ON file.id = include.file JOIN path ON path.id = file.path
"""

_SPELLED: Final = """
SELECT DISTINCT path.path, include.spelled, target.path
FROM include JOIN path AS target ON target.id = include.target
JOIN file ON file.id = include.file JOIN path ON path.id = file.path
WHERE instr('/' || include.spelled || '/', '/' || ? || '/')
"""

_UNRESOLVED: Final = "SELECT DISTINCT spelled FROM include WHERE target IS NULL"
