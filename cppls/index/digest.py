"""A digest of a whole index, table by table: two indexes are equal when their digests are.

What counts is what a reader can see. How the index came about does not: the order of files, the
unit that extracted a header, rows, segments, times and costs. Digests of one version of cppls
compare; another one may know more of a symbol.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from typing import Any, Final

import msgspec

from cppls.core.model import Role, SymbolId, SymbolKind
from cppls.index import contents
from cppls.index.contents import IndexedFile, Spot

_SIZE: Final = 16
"""Bytes of a digest."""

_DECLARES: Final = (Role.DECLARATION | Role.DEFINITION).value


class TableDigest(msgspec.Struct, frozen=True):
    """How many rows there are, and their hash in hexadecimal."""

    count: int
    digest: str


class IndexDigest(msgspec.Struct, frozen=True):
    """``tables`` by name, and one hash over all of them.

    =============  ==============================================================================
    files          extracted files: path, content
    units          translation units: path, status, number of errors
    symbols        what files declare, macros apart, with names, kinds, places, signatures, briefs
    declarations   occurrences that declare or define: place, symbol, roles, container
    references     all other occurrences but those of macros
    macros         the definitions and all occurrences of macros
    relations      bases, overrides, specialisations, and the files that declare them
    includes       include directives with their targets
    diagnostics    the compiler's, of every file
    =============  ==============================================================================
    """

    all: str
    tables: dict[str, TableDigest]


def digest(connection: sqlite3.Connection) -> IndexDigest:
    """The digest of an index. Holds the ids of all macros, and else one file's facts at a time."""
    tables = {name: _Table() for name in TABLES}
    files = contents.indexed_files(connection)
    macros = {
        record.id
        for file in files
        for record in contents.symbols_in(connection, file)
        if record.kind == SymbolKind.MACRO
    }
    for file in files:
        tables["files"].add(file.path, (file.content_hash, file.size, file.ascii))
        _add_symbols(connection, file, tables)
        _add_occurrences(connection, file, macros, tables)
        for i in contents.includes_in(connection, file):
            tables["includes"].add(file.path, (i.span, i.spelled, i.angled, os.fsencode(i.target)))
        for d in contents.diagnostics_in(connection, file):
            tables["diagnostics"].add(file.path, (d.span, d.severity, d.message, d.code))
    for unit in contents.units(connection):
        tables["units"].add(unit.path, (unit.status, unit.errors))
    for path, relation in contents.relations(connection):
        tables["relations"].add(path, relation)
    ended = {name: table.end() for name, table in tables.items()}
    return IndexDigest(hashlib.blake2b(_encode(ended), digest_size=_SIZE).hexdigest(), ended)


TABLES: Final = (
    *("files", "units", "symbols", "declarations", "references"),
    *("macros", "relations", "includes", "diagnostics"),
)
"""Their names, in the order in which they are shown."""


class _Table:
    """One table's digest while its rows come."""

    __slots__ = ("_count", "_hash")

    def __init__(self) -> None:
        self._count = 0
        self._hash = hashlib.blake2b(digest_size=_SIZE)

    def add(self, path: str, row: object, count: int = 1) -> None:
        """Add a row of the file at ``path``, or one that stands for ``count`` of them."""
        # A MessagePack value tells where it ends: no two lists of rows make the same bytes.
        self._hash.update(_encode((os.fsencode(path), row)))
        self._count += count

    def end(self) -> TableDigest:
        return TableDigest(self._count, self._hash.hexdigest())


def _add_symbols(
    connection: sqlite3.Connection, file: IndexedFile, tables: dict[str, _Table]
) -> None:
    for record in contents.symbols_in(connection, file):
        table = "macros" if record.kind == SymbolKind.MACRO else "symbols"
        # Macros are counted by their occurrences, definitions included.
        tables[table].add(file.path, record, int(table == "symbols"))


def _add_occurrences(
    connection: sqlite3.Connection,
    file: IndexedFile,
    macros: set[SymbolId],
    tables: dict[str, _Table],
) -> None:
    for symbol, spots in contents.occurrences_in(connection, file):
        if symbol in macros:
            tables["macros"].add(file.path, (symbol, spots), len(spots))
            continue
        references: list[Spot] = []
        for spot in spots:
            if spot.roles & _DECLARES:
                tables["declarations"].add(file.path, (symbol, spot))
            else:
                references.append(spot)
        if references:
            tables["references"].add(file.path, (symbol, references), len(references))


_encode: Final[Callable[[Any], bytes]] = msgspec.msgpack.Encoder().encode
