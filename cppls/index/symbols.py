"""Symbols as the index knows them: the records of several files merged into one value.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cppls.core.live_questions import OutlineItem
from cppls.core.messages import SymbolRecord
from cppls.core.model import (
    NO_SYMBOL,
    Location,
    Reference,
    Span,
    Symbol,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.core.names import name_id
from cppls.core.packing import DECLARES, id_of, key
from cppls.index.blocks import qualified_names, record_of, records_of
from cppls.index.inverted import file_of, keys_with, rows_with
from cppls.index.overlay import file_at, overlay_of
from cppls.index.schema import loaded_path

_FILES_MERGED: Final = 500
"""Files at the most whose records of one symbol are merged: a namespace has thousands."""

_MEMBER_FILES: Final = 64
"""Files at the most that are searched for the members of one scope."""


class DeclaringFile(NamedTuple):
    """A file that declares a symbol; ``is_header``: it is no translation unit of its own."""

    file: int
    path: str
    is_header: bool


def declaring_files(connection: sqlite3.Connection, symbol: SymbolId) -> list[DeclaringFile]:
    """The files that declare a symbol, at the most ``_FILES_MERGED``."""
    found: dict[int, DeclaringFile] = {}
    for row in rows_with(connection, "posting", key(symbol) + DECLARES):
        declaring = _declaring_file(connection, file_of(row))
        if declaring is not None:
            found[declaring.file] = declaring
            if len(found) >= _FILES_MERGED:
                break
    return list(found.values())


def declaring_paths(
    connection: sqlite3.Connection, ids: Iterable[SymbolId]
) -> dict[SymbolId, list[str]]:
    """Paths of :func:`declaring_files` of each symbol."""
    return {id: [each.path for each in declaring_files(connection, id)] for id in ids}


def merged(connection: sqlite3.Connection, ids: Iterable[SymbolId]) -> list[Symbol]:
    """The symbols of ``ids`` that the index knows, in that order."""
    return [symbol for id in ids if (symbol := _merged(connection, id)) is not None]


def named(connection: sqlite3.Connection, name: str, limit: int) -> list[Symbol]:
    """Symbols called ``name``: ``c``, ``b::c`` (any scope that ends so), ``::a::b::c`` (exactly).

    Where no scope ends as asked, scopes that hold its parts in order count: inline and unnamed
    namespaces may be left out. Those with a known definition come first, then by qualified name.
    """
    query = QualifiedName.parse(name)
    ids = symbols_by_name(connection, name_id(query.name))
    found = [symbol for symbol in merged(connection, ids) if symbol.name == query.name]
    chosen = [symbol for symbol in found if query.matches_scope(symbol.scope)]
    if not chosen and not query.is_absolute:
        chosen = [symbol for symbol in found if query.resembles_scope(symbol.scope)]
    chosen.sort(key=lambda symbol: (symbol.definition is None, symbol.qualified_name, symbol.id))
    return chosen[:limit]


def symbols_by_name(connection: sqlite3.Connection, name: int) -> list[SymbolId]:
    """Ids of the symbols that some file declares by the name with this id."""
    return [id_of(row) for row in keys_with(connection, "naming", key(name))]


def container_names(
    connection: sqlite3.Connection, references: Iterable[Reference]
) -> dict[SymbolId, str]:
    """Qualified names of what contains these references; a name that is empty is left out.

    What contains an occurrence is declared in the same file, so that a few blocks of each file
    tell the names of thousands of containers.
    """
    containers: defaultdict[str, set[SymbolId]] = defaultdict(set)
    for reference in references:
        if reference.container != NO_SYMBOL:
            containers[reference.path].add(reference.container)
    names: dict[SymbolId, str] = {}
    for path, ids in containers.items():
        file = file_at(connection, path)
        if file:
            unnamed = [id for id in ids if id not in names]
            names.update(qualified_names(connection, file, unnamed))
    return names


def members(connection: sqlite3.Connection, scope: Symbol) -> list[SymbolId]:
    """Ids of what is declared directly inside a class or namespace, in the files that open it."""
    found: dict[SymbolId, None] = {}
    for declaring in declaring_files(connection, scope.id)[:_MEMBER_FILES]:
        for record in records_of(connection, declaring.file):
            if record.scope == scope.qualified_name and record.name:
                found[record.id] = None
    return list(found)


def outline(connection: sqlite3.Connection, path: str | bytes) -> list[OutlineItem]:
    """The declarations of a file as a tree: what lies inside another's extent is its child."""
    file = file_at(connection, path)
    if not file:
        return []
    shown = ~(SymbolFlag.IMPLICIT | SymbolFlag.ANONYMOUS)
    records = [r for r in records_of(connection, file) if r.name and r.flags & shown == r.flags]
    # Outer declarations start before inner ones, or at the same place and end later.
    records.sort(key=lambda r: (r.start_line, r.start_column, -r.end_line, -r.end_column))
    roots: list[OutlineItem] = []
    enclosing: list[OutlineItem] = []
    for record in records:
        item = _outline_item(record)
        while enclosing and not _encloses(enclosing[-1].extent, item.extent):
            enclosing.pop()
        (enclosing[-1].children if enclosing else roots).append(item)
        if record.kind != SymbolKind.MACRO:
            enclosing.append(item)
    return roots


class QualifiedName(NamedTuple):
    """A name as a user types it, taken apart. ``is_absolute``: it began with ``::``."""

    scope: str
    name: str
    is_absolute: bool

    @classmethod
    def parse(cls, text: str) -> QualifiedName:
        """``"a::b"`` is the name ``b`` in the scope ``a``."""
        scope, separator, name = text.strip().rpartition("::")
        is_absolute = scope.startswith("::") or (bool(separator) and not scope)
        return cls(scope.removeprefix("::"), name, is_absolute)

    def matches_scope(self, scope: str) -> bool:
        """Whether ``scope`` is the one asked for, or ends with it where that is enough."""
        if self.is_absolute or not self.scope:
            return not self.is_absolute or scope == self.scope
        return f"::{scope}".endswith(f"::{self.scope}")

    def resembles_scope(self, scope: str) -> bool:
        """Whether ``scope`` holds the parts of the one asked for, in order."""
        parts = iter(scope.split("::"))
        return all(part in parts for part in self.scope.split("::") if part)


def _declaring_file(connection: sqlite3.Connection, file: int) -> DeclaringFile | None:
    overlay = overlay_of(connection)
    if (open_file := overlay.files.get(file)) is not None:
        return DeclaringFile(file, open_file.path, file in overlay.headers)
    known = connection.execute(_FILE_BY_ID, (file,)).fetchone()
    if known is None:
        return None
    path, header = known
    return DeclaringFile(file, loaded_path(path), bool(header))


def _merged(connection: sqlite3.Connection, id: SymbolId) -> Symbol | None:
    found = [
        (declaring, record)
        for declaring in declaring_files(connection, id)
        if (record := record_of(connection, declaring.file, id)) is not None
    ]
    return _merge(found) if found else None


def _merge(found: Sequence[tuple[DeclaringFile, SymbolRecord]]) -> Symbol:
    """One symbol of its records: what the definition says counts, then headers, then the rest."""
    ordered = sorted(
        found,
        key=lambda pair: (not _is_definition(pair[1]), not pair[0].is_header, pair[0].path),
    )
    best_file, best = ordered[0]
    place = Location(best_file.path, _name_span(best))
    # The definition itself, where nothing else declares it; and a type is best declared by its
    # definition, if others can include that, than by some forward declaration (as clangd has it).
    declaration = place
    if not (best.kind in _TYPE_KINDS and best_file.is_header and _is_definition(best)):
        others = (
            Location(file.path, _name_span(r)) for file, r in ordered if not _is_definition(r)
        )
        declaration = next(others, place)
    flags = SymbolFlag.NONE
    for _, record in ordered:
        flags |= SymbolFlag(record.flags)
    return Symbol(
        id=best.id,
        name=best.name,
        scope=best.scope,
        kind=SymbolKind(best.kind),
        flags=flags,
        signature=next((r.signature for _, r in ordered if r.signature), ""),
        brief=next((r.brief for _, r in ordered if r.brief), ""),
        declaration=declaration,
        definition=place if _is_definition(best) else None,
        extent=_extent(best),
    )


def _is_definition(record: SymbolRecord) -> bool:
    return bool(record.flags & SymbolFlag.DEFINITION)


def _name_span(record: SymbolRecord) -> Span:
    return Span(record.line, record.column, record.line, record.column + record.length)


def _extent(record: SymbolRecord) -> Span:
    return Span(record.start_line, record.start_column, record.end_line, record.end_column)


def _outline_item(record: SymbolRecord) -> OutlineItem:
    return OutlineItem(
        name=record.name,
        detail=record.signature,
        kind=record.kind,
        flags=record.flags,
        extent=_extent(record),
        selection=_name_span(record),
        children=[],
    )


def _encloses(outer: Span, inner: Span) -> bool:
    return outer != inner and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


_TYPE_KINDS: Final = frozenset(
    (SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.UNION, SymbolKind.ENUM)
)

_FILE_BY_ID: Final = """
SELECT path.path, unit.path IS NULL
FROM file CROSS JOIN path ON path.id = file.path LEFT JOIN unit ON unit.path = file.path
WHERE file.id = ?
"""
