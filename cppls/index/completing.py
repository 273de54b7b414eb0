"""Names that complete what is typed: symbols of headers that a file does not include yet.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from cppls.core.model import Symbol, SymbolFlag, SymbolKind
from cppls.core.names import name_id
from cppls.core.packing import key
from cppls.index.inverted import rows_with
from cppls.index.schema import loaded_path, stored_path
from cppls.index.symbols import QualifiedName, merged, symbols_by_name

_NAMES: Final = 100
"""Names at the most whose symbols are looked at, the shortest first."""

_SAME_NAME: Final = 4
_COUNTED: Final = 128
"""Symbols of one name, and files that name them, that are counted at the most: whether it is 300
files or 3,000 makes no name likelier."""

_CLIMB: Final = 4
"""How far up the includes a header is looked for that the project itself includes."""

OFFERED: Final = frozenset(
    {
        SymbolKind.TYPEDEF,
        SymbolKind.FUNCTION,
        SymbolKind.VARIABLE,
        SymbolKind.ENUM,
        SymbolKind.STRUCT,
        SymbolKind.UNION,
        SymbolKind.CLASS,
        SymbolKind.TYPE_ALIAS,
        SymbolKind.CONCEPT,
        SymbolKind.MACRO,
    }
)
"""What can be named without an object of its class."""


class Offer(NamedTuple):
    """A symbol of a header, and how many files name it."""

    symbol: Symbol
    header: str
    uses: int


class Spelling(NamedTuple):
    """How an ``#include`` of a header is written in other files: without its signs."""

    text: str
    angled: bool
    uses: int


def offers(connection: sqlite3.Connection, query: str, limit: int) -> list[Offer]:
    """Symbols of headers whose names begin so, without regard to case; ``ns::na`` asks for those
    in scopes that end with ``ns``. The shortest names first, in them what many files use."""
    asked = QualifiedName.parse(query)
    found: list[Offer] = []
    for (name,) in connection.execute(_PREFIXED, (_escaped(asked.name) + "%", _NAMES)):
        same = [
            Offer(symbol, symbol.declaration.path, _uses(connection, symbol))
            for symbol in merged(connection, symbols_by_name(connection, name_id(name))[:_NAMES])
            if symbol.declaration is not None
            and symbol.kind in OFFERED
            and not symbol.flags & (SymbolFlag.FILE_LOCAL | SymbolFlag.SPECIALISATION)
            and asked.matches_scope(symbol.scope)
            and not _is_unit(connection, symbol.declaration.path)
        ]
        found += sorted(same, key=lambda offer: -offer.uses)
        if len(found) >= limit:
            break
    return found[:limit]


def uses(connection: sqlite3.Connection, names: Iterable[str], seconds: float) -> dict[str, int]:
    """How many files name symbols that are called so, counted up to a bound; of the first names
    only, when that takes longer than ``seconds``."""
    deadline = time.monotonic() + seconds
    found: dict[str, int] = {}
    for name in names:
        found[name] = _uses_of_name(connection, name)
        if time.monotonic() > deadline:
            break
    return found


def include_spelling(connection: sqlite3.Connection, header: str) -> Spelling | None:
    """How files of the index include ``header``, by the most frequent way.

    A header that only others of its folder include (the parts of a standard library) is included
    by way of one of these: the nearest, of these the one most like it by name.
    """
    seen = nearest = {header}
    for _ in range(_CLIMB):
        written = [
            (spelling, _likeness(header, path))
            for path in nearest
            if (spelling := _written(connection, path)) is not None
        ]
        if written:
            return max(written, key=lambda pair: (pair[1], pair[0].uses, pair[0].text))[0]
        above = {
            loaded_path(path)
            for header in nearest
            for (path,) in connection.execute(_INCLUDERS, (stored_path(header),))
        }
        nearest = above - seen
        seen = seen | nearest
    return None


def _written(connection: sqlite3.Connection, header: str) -> Spelling | None:
    """The most frequent way, in files that are no headers beside it, or of its own folders."""
    folder = os.path.dirname(header)
    ways: dict[tuple[str, bool], int] = {}
    for text, angled, includer in connection.execute(_SPELLINGS, (stored_path(header),)):
        beside = os.path.commonpath([folder, os.path.dirname(loaded_path(includer))])
        if angled and (_is_system(beside) or text.startswith("__")):
            continue  # One part of a library names another one.
        ways[text, bool(angled)] = ways.get((text, bool(angled)), 0) + 1
    if not ways:
        return None
    (text, angled), uses = max(ways.items(), key=lambda way: (way[1], way[0]))
    return Spelling(text, angled, uses)


def _is_system(folder: str) -> bool:
    return folder.startswith(("/usr/include", "/usr/lib", "/usr/local/include"))


def _likeness(header: str, path: str) -> bool:
    """``stl_vector.h`` is a part of ``vector``."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return stem in re.split(r"[_.]", os.path.basename(header))


def _uses_of_name(connection: sqlite3.Connection, name: str) -> int:
    count = 0
    for symbol in symbols_by_name(connection, name_id(name))[:_SAME_NAME]:
        count += sum(1 for _ in islice(rows_with(connection, "posting", key(symbol)), _COUNTED))
        if count >= _COUNTED:
            return _COUNTED
    return count


def _uses(connection: sqlite3.Connection, symbol: Symbol) -> int:
    return sum(1 for _ in rows_with(connection, "posting", key(symbol.id)))


def _is_unit(connection: sqlite3.Connection, path: str) -> bool:
    return connection.execute(_UNIT, (stored_path(path),)).fetchone() is not None


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


_PREFIXED: Final = (
    r"SELECT text FROM name WHERE text LIKE ? ESCAPE '\' ORDER BY length(text) LIMIT ?"
)

_UNIT: Final = "SELECT 1 FROM unit WHERE path = (SELECT id FROM path WHERE path = ?)"

_SPELLINGS: Final = """
SELECT include.spelled, include.angled, includer.path
FROM path JOIN include ON include.target = path.id JOIN file ON file.id = include.file
JOIN path AS includer ON includer.id = file.path
WHERE path.path = ? AND include.line >= 0
"""

_INCLUDERS: Final = """
SELECT DISTINCT includer.path
FROM path JOIN include ON include.target = path.id JOIN file ON file.id = include.file
JOIN path AS includer ON includer.id = file.path
WHERE path.path = ?
"""
