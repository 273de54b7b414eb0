"""All that an index holds, file by file and decoded: what digests and comparisons are made of.

Functions on a connection; they raise ``sqlite3.Error``. What they give comes in an order that
depends on paths, ids and positions alone, never on how the index came about; what is held is
bounded: the paths, one symbol's occurrences in one file, a step of the relations. Must not know
what a difference means.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from cppls.core.messages import SymbolRecord
from cppls.core.model import (
    NO_SYMBOL,
    Diagnostic,
    FileStatus,
    Include,
    Relation,
    RelationKind,
    SymbolId,
)
from cppls.core.packing import id_of, kind_and_id
from cppls.core.spots import unpack
from cppls.index import files
from cppls.index.blocks import postings_of, records_of
from cppls.index.inverted import FILE_BYTES, LIVE_SEGMENTS, file_of, key_ranges, rows_between
from cppls.index.schema import loaded_path


class IndexedFile(NamedTuple):
    """A file that was extracted. ``id`` means something to this connection only."""

    id: int
    path: str
    content_hash: int
    size: int
    ascii: bool


class Unit(NamedTuple):
    """A translation unit and how its last indexing ended."""

    path: str
    status: FileStatus
    errors: int


class Spot(NamedTuple):
    """One occurrence: 0-based line and byte column, byte length, ``Role`` bits, its container."""

    line: int
    column: int
    length: int
    roles: int
    container: SymbolId


def indexed_files(connection: sqlite3.Connection) -> list[IndexedFile]:
    """Every file of the index, by the bytes of its path."""
    rows = connection.execute(_FILES)
    found = [
        IndexedFile(id, loaded_path(path), content_hash, size, bool(ascii))
        for id, path, content_hash, size, ascii in rows
    ]
    return sorted(found, key=lambda file: os.fsencode(file.path))


def units(connection: sqlite3.Connection) -> list[Unit]:
    """Every translation unit, by the bytes of its path."""
    rows = connection.execute(_UNITS)
    found = [Unit(loaded_path(path), FileStatus(status), n) for path, status, n in rows]
    return sorted(found, key=lambda unit: os.fsencode(unit.path))


def symbols_in(connection: sqlite3.Connection, file: IndexedFile) -> Iterator[SymbolRecord]:
    """The symbols that a file declares, by id."""
    return records_of(connection, file.id)


def occurrences_in(
    connection: sqlite3.Connection, file: IndexedFile
) -> Iterator[tuple[SymbolId, list[Spot]]]:
    """The symbols that occur in a file, by id, each with its occurrences by position."""
    # Positions in a file's table of containers count from 1.
    containers = array("q", [NO_SYMBOL])
    for (ids,) in connection.execute(_CONTAINERS, (file.id,)):
        containers.frombytes(ids)
    for symbol, postings in groupby(postings_of(connection, file.id), itemgetter(0)):
        yield (
            symbol,
            [
                Spot(line, column, length, roles, containers[container])
                for _, blob in postings
                for line, column, length, roles, container in unpack(blob)
            ],
        )


def relations(connection: sqlite3.Connection) -> Iterator[tuple[str, Relation]]:
    """Every relation with the path of the file that declares it; each once, by id."""
    paths = {file.id: file.path for file in indexed_files(connection)}
    segments = [id for id, _ in connection.execute(LIVE_SEGMENTS)]
    for low, high in key_ranges(connection, segments):
        found: set[tuple[SymbolId, int, SymbolId, str]] = set()
        for row in rows_between(connection, "relation", segments, low, high):
            packed = row.encode("latin-1")
            kind, other = kind_and_id(packed[8:-FILE_BYTES])
            path = paths.get(file_of(packed))
            if kind > 0 and path is not None:
                found.add((id_of(packed[:8]), kind, other, path))
        for subject, kind, object_, path in sorted(found):
            yield path, Relation(subject, RelationKind(kind), object_)


def includes_in(connection: sqlite3.Connection, file: IndexedFile) -> list[Include]:
    """The include directives of a file, by position."""
    return files.includes(connection, file.path)


def diagnostics_in(connection: sqlite3.Connection, file: IndexedFile) -> list[Diagnostic]:
    """The diagnostics of a file, by position and text."""
    found = files.diagnostics(connection, file.path, None)
    return sorted(found, key=lambda d: (d.span, d.severity, d.message, d.code))


_FILES: Final = """
SELECT file.id, path.path, content_hash, size, ascii
FROM file CROSS JOIN path ON path.id = file.path
"""

_UNITS: Final = """
SELECT path.path, status, errors FROM unit CROSS JOIN path ON path.id = unit.path
"""

_CONTAINERS: Final = "SELECT ids FROM container WHERE file = ? ORDER BY run"
