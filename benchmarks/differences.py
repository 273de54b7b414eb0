"""Every difference between two indexes of one project: which table, what, and where.

Pure comparison over ``cppls.index.contents``; knows nothing of how the indexes were made.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from cppls.core.messages import SymbolRecord
from cppls.core.model import NO_SYMBOL, RelationKind, Role, SymbolId, SymbolKind
from cppls.index import contents
from cppls.index.contents import IndexedFile
from cppls.index.schema import connect_reader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

TABLES: Final = (
    *("files", "units", "symbols", "definitions", "declarations", "references"),
    *("macros", "relations", "includes", "diagnostics"),
)
"""What is counted; occurrences go by their roles, those of macros and their records to macros."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that the indexes do not share. Lines and byte columns are 0-based, -1 for none."""

    table: str
    change: str
    """``lost``: the second index lacks it; ``gained``: the first one does; else what differs."""
    path: str
    line: int = -1
    column: int = -1
    symbol: SymbolId = NO_SYMBOL
    detail: str = ""


@dataclass(slots=True)
class Comparison:
    """All differences, rows by table (of the first index), and the symbols that they name."""

    differences: list[Difference] = field(default_factory=list[Difference])
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    symbols: dict[SymbolId, SymbolRecord] = field(default_factory=dict[SymbolId, SymbolRecord])
    units: set[str] = field(default_factory=set[str])
    """Paths of the translation units."""

    def share(self, table: str) -> float:
        """Differences per row of a table; of an empty table, their number."""
        found = sum(difference.table == table for difference in self.differences)
        return found / max(self.rows[table], 1)


def compare(first: str, second: str) -> Comparison:
    """Compare two indexes (paths of the databases). Raises ``sqlite3.Error``."""
    with closing(connect_reader(first)) as one, closing(connect_reader(second)) as other:
        return _Comparer(one, other).compare()


NOWHERE: Final = (-1, -1)
Occurrences = dict[tuple[int, int, int], dict[SymbolId, tuple[int, SymbolId]]]
"""Line, column and length to the symbols named there, each with its roles and its container."""


class _Comparer:
    """Walks over both indexes, file by file."""

    def __init__(self, *sides: sqlite3.Connection) -> None:
        self._sides = sides
        self._found = Comparison()
        self._macros = self._macro_ids()

    def compare(self) -> Comparison:
        files = [{file.path: file for file in contents.indexed_files(c)} for c in self._sides]
        self._rows("files", files[0], files[1], lambda file: (file.content_hash, file.size))
        for path in sorted(files[0].keys() & files[1].keys(), key=os.fsencode):
            both = [files[0][path], files[1][path]]
            self._symbols(path, both)
            self._occurrences(path, both)
            self._others(path, both)
        units = [{unit.path: unit for unit in contents.units(c)} for c in self._sides]
        self._rows("units", units[0], units[1], lambda unit: (unit.status.name, unit.errors))
        self._found.units.update(*units)
        relations = [
            {(path, r.subject, r.kind, r.object): r for path, r in contents.relations(c)}
            for c in self._sides
        ]
        self._found.rows["relations"] = len(relations[0])
        for lost, change in ((0, "lost"), (1, "gained")):
            for path, *relation in relations[lost].keys() - relations[1 - lost].keys():
                subject, kind, object_ = relation
                detail = f"{RelationKind(kind)!r} {object_}"
                self._add("relations", change, path, symbol=subject, detail=detail)
        self._learn_names()
        return self._found

    def _macro_ids(self) -> set[SymbolId]:
        return {
            record.id
            for connection in self._sides
            for file in contents.indexed_files(connection)
            for record in contents.symbols_in(connection, file)
            if record.kind == SymbolKind.MACRO
        }

    def _add(
        self,
        table: str,
        change: str,
        path: str,
        place: tuple[int, int] = NOWHERE,
        symbol: SymbolId = NO_SYMBOL,
        detail: str = "",
    ) -> None:
        line, column = place
        difference = Difference(table, change, path, line, column, symbol, detail)
        self._found.differences.append(difference)

    def _rows(
        self, table: str, one: Mapping[str, V], other: Mapping[str, V], facts: Callable[[V], object]
    ) -> None:
        """Compare rows that paths identify."""
        self._found.rows[table] = len(one)
        for path, change in _missing(one, other):
            self._add(table, change, path)
        for path in one.keys() & other.keys():
            if facts(one[path]) != facts(other[path]):
                detail = f"{facts(one[path])} / {facts(other[path])}"
                self._add(table, "changed", path, detail=detail)

    def _symbols(self, path: str, both: list[IndexedFile]) -> None:
        one, other = (
            {record.id: record for record in contents.symbols_in(connection, file)}
            for connection, file in zip(self._sides, both, strict=True)
        )
        self._found.rows["symbols"] += sum(r.kind != SymbolKind.MACRO for r in one.values())
        for id, change in _missing(one, other):
            record = one.get(id) or other[id]
            self._add(_home(record), change, path, (record.line, record.column), id)
        for id in one.keys() & other.keys():
            before, after = one[id], other[id]
            if names := _fields_that_differ(before, after):
                detail = ", ".join(
                    f"{name} {getattr(before, name)!r} / {getattr(after, name)!r}" for name in names
                )
                place = before.line, before.column
                self._add(_home(before), " ".join(names), path, place, id, detail)

    def _occurrences(self, path: str, both: list[IndexedFile]) -> None:
        postings = [
            dict(contents.occurrences_in(connection, file))
            for connection, file in zip(self._sides, both, strict=True)
        ]
        for symbol, spots in postings[0].items():
            for spot in spots:
                self._found.rows[self._table(symbol, spot.roles)] += 1
        if postings[0] == postings[1]:
            return
        one, other = (_by_place(found) for found in postings)
        for place in sorted(one.keys() | other.keys()):
            self._place(path, place[:2], one.get(place, {}), other.get(place, {}))

    def _place(
        self,
        path: str,
        place: tuple[int, int],
        one: dict[SymbolId, tuple[int, SymbolId]],
        other: dict[SymbolId, tuple[int, SymbolId]],
    ) -> None:
        beside = " beside others" if one and other else ""
        for symbol, change in _missing(one, other):
            roles, container = one.get(symbol) or other[symbol]
            detail = f"{Role(roles)!r} in {container}"
            self._add(self._table(symbol, roles), change + beside, path, place, symbol, detail)
        for symbol in one.keys() & other.keys():
            (old_roles, old), (roles, container) = one[symbol], other[symbol]
            table = self._table(symbol, old_roles | roles)
            if old_roles != roles:
                detail = f"{Role(old_roles)!r} / {Role(roles)!r}"
                self._add(table, "roles", path, place, symbol, detail)
            if old != container:
                detail = f"{old} / {container}"
                self._add(table, "container", path, place, symbol, detail)

    def _others(self, path: str, both: list[IndexedFile]) -> None:
        for table, read in (
            ("includes", contents.includes_in),
            ("diagnostics", contents.diagnostics_in),
        ):
            one, other = (
                {(row.span, str(row)): row for row in read(connection, file)}
                for connection, file in zip(self._sides, both, strict=True)
            )
            self._found.rows[table] += len(one)
            for key, change in _missing(one, other):
                span, text = key
                self._add(table, change, path, (span.line, span.column), detail=text)

    def _table(self, symbol: SymbolId, roles: int) -> str:
        if symbol in self._macros:
            return "macros"
        if roles & Role.DEFINITION:
            return "definitions"
        return "declarations" if roles & Role.DECLARATION else "references"

    def _learn_names(self) -> None:
        """Find a record of every symbol that a difference names."""
        wanted = {difference.symbol for difference in self._found.differences}
        known = self._found.symbols
        for connection in self._sides:
            for file in contents.indexed_files(connection) if wanted else ():
                for record in contents.symbols_in(connection, file):
                    if record.id in wanted:
                        known.setdefault(record.id, record)


def _missing(one: Mapping[K, Any], other: Mapping[K, Any]) -> Iterable[tuple[K, str]]:
    """The keys that only one side has, and what that is called."""
    yield from ((key, "lost") for key in one if key not in other)
    yield from ((key, "gained") for key in other if key not in one)


def _fields_that_differ(one: SymbolRecord, other: SymbolRecord) -> list[str]:
    names = SymbolRecord.__struct_fields__ if one != other else ()
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _home(record: SymbolRecord) -> str:
    return "macros" if record.kind == SymbolKind.MACRO else "symbols"


def _by_place(postings: Mapping[SymbolId, list[contents.Spot]]) -> Occurrences:
    places: Occurrences = defaultdict(dict)
    for symbol, spots in postings.items():
        for line, column, length, roles, container in spots:
            places[line, column, length][symbol] = roles, container
    return dict(places)
