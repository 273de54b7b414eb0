"""Which translation units include a header, and by which directives: whose flags it may take.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from typing import Final

from cppls.core.model import Location, Span
from cppls.index.schema import loaded_path, stored_path

_FILES: Final = 20_000
"""Includers at the most that a search looks at."""


def donor(connection: sqlite3.Connection, path: str) -> str | None:
    """The translation unit whose flags fit a header best: the first of :func:`donors`. Without
    any, the unit that extracted it."""
    nearest = donors(connection, path, 1)
    if nearest:
        return nearest[0]
    row = connection.execute(_CLAIMER, (stored_path(path),)).fetchone()
    return loaded_path(row[0]) if row else None


def donors(connection: sqlite3.Connection, path: str, limit: int) -> list[str]:
    """The translation units that include a file, directly or not, the nearest first.

    Among equally near ones one of the same name comes first, then one of the same folder.
    """
    found: list[str] = []
    for layer in _layers(connection, path):
        units = [unit for id in layer if (unit := _unit_path(connection, id))]
        found += sorted(units, key=lambda unit: _distance(path, unit))
        if len(found) >= limit:
            break
    return found[:limit]


def directives(connection: sqlite3.Connection, unit: str, path: str) -> list[Location]:
    """The include directives that lead from ``unit`` to ``path``, in that order: one of the
    shortest ways there are. Empty when there is none."""
    layers: list[dict[int, int]] = []
    (start,) = connection.execute(_ID, (stored_path(unit),)).fetchone() or (0,)
    for layer in _layers(connection, path):
        layers.append(layer)
        if start in layer:
            break
    else:
        return []
    found: list[Location] = []
    for layer in reversed(layers):
        target = layer[start]
        where = connection.execute(_DIRECTIVE, (target, start)).fetchone()
        includer, line, column, length = where
        # A compiler option includes it before the first line.
        span = Span(line, column, line, column + length) if line >= 0 else Span(0, 0, 0, 0)
        found.append(Location(loaded_path(includer), span))
        start = target
    return found


def _layers(connection: sqlite3.Connection, path: str) -> Iterator[dict[int, int]]:
    """What includes the file, then what includes that, and so on: each with what it includes."""
    row = connection.execute(_ID, (stored_path(path),)).fetchone()
    layer: dict[int, int] = {int(row[0]): 0} if row else {}
    seen = set(layer)
    while layer and len(seen) < _FILES:
        layer = {
            includer: included
            for included in sorted(layer)
            for (includer,) in connection.execute(_INCLUDERS, (included,))
            if includer not in seen
        }
        seen |= layer.keys()
        if layer:
            yield layer


def _unit_path(connection: sqlite3.Connection, id: int) -> str | None:
    query = "SELECT path.path FROM unit JOIN path ON path.id = unit.path WHERE unit.path = ?"
    row = connection.execute(query, (id,)).fetchone()
    return loaded_path(row[0]) if row else None


def _distance(header: str, unit: str) -> tuple[bool, bool, str]:
    (folder, name), (unit_folder, unit_name) = os.path.split(header), os.path.split(unit)
    same_stem = os.path.splitext(name)[0] == os.path.splitext(unit_name)[0]
    return not same_stem, folder != unit_folder, unit


_ID: Final = "SELECT id FROM path WHERE path = ?"

_CLAIMER: Final = """
SELECT claimer.path FROM path JOIN file ON file.path = path.id
JOIN unit ON unit.path = file.claimed_by JOIN path AS claimer ON claimer.id = unit.path
WHERE path.path = ?
"""

_INCLUDERS: Final = """
SELECT DISTINCT file.path FROM include JOIN file ON file.id = include.file WHERE target = ?
"""

_DIRECTIVE: Final = """
SELECT path.path, line, column, length FROM include
JOIN file ON file.id = include.file JOIN path ON path.id = file.path
WHERE include.target = ? AND file.path = ? ORDER BY line, column LIMIT 1
"""
