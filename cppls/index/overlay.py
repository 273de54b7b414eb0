"""Open files over the index: what their unsaved text holds, in place of the rows of the saved one.

An overlaid file is read like any other, under a number that no stored file has: every query sees
it, and not the rows of the same path. Where nobody knows what the new text means yet, the rows
stay, with their places moved to where they are in that text and without those that were edited.
Must not know who edits, nor how a text is parsed.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cppls.core.messages import FileShard, SymbolRecord
from cppls.core.model import Span, SymbolId
from cppls.core.names import name_id
from cppls.core.packing import DECLARES, USES, key, relation_key
from cppls.core.position_map import PositionMap
from cppls.core.spots import PackedSpot, pack, unpack
from cppls.index.schema import stored_path

_FIRST: Final = 1 << 31
"""Numbers of overlaid files begin here: stored ones count up from 1 and never come so far."""
_KEY_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class OpenFile:
    """What an open file holds, as the tables hold it of a stored one."""

    path: str
    records: Mapping[SymbolId, SymbolRecord]
    postings: Mapping[SymbolId, Sequence[bytes]]
    containers: Sequence[SymbolId]
    rows: Mapping[tuple[str, bytes], Sequence[bytes]]
    """By table and the first 8 bytes of a row: what follows these, without a file's number."""

    @classmethod
    def of(cls, path: str, parts: Iterable[bytes | msgspec.Raw]) -> OpenFile:
        """The file of these encoded ``FileShard`` parts."""
        records: dict[SymbolId, SymbolRecord] = {}
        postings: defaultdict[SymbolId, list[bytes]] = defaultdict(list)
        containers: array[int] = array("q")
        rows: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
        for part in map(_decode_part, parts):
            records.update((record.id, record) for record in part.symbols)
            for ids in part.containers:
                containers.frombytes(ids)
            for symbol, blob, _ in part.postings:
                postings[symbol].append(blob)
            for relation in part.relations:
                subject, kind, object_ = relation.subject, relation.kind, relation.object
                for row in (
                    relation_key(subject, kind) + key(object_),
                    relation_key(object_, -kind) + key(subject),
                ):
                    rows["relation", row[:_KEY_BYTES]].append(row[_KEY_BYTES:])
        for record in records.values():
            rows["posting", key(record.id)].append(DECLARES)
            if record.name:
                rows["naming", key(name_id(record.name))].append(key(record.id))
        for symbol in postings.keys() - records.keys():
            rows["posting", key(symbol)].append(USES)
        return cls(path, records, postings, containers, rows)

    def names(self) -> set[str]:
        """The names that it declares."""
        return {record.name for record in self.records.values() if record.name}


@dataclass(frozen=True, slots=True)
class Overlay:
    """Open files by their numbers, and how the stored rows of others have moved."""

    files: Mapping[int, OpenFile] = field(default_factory=dict[int, OpenFile])
    numbers: Mapping[str | bytes, int] = field(default_factory=dict[str | bytes, int])
    """Those of ``files`` by path as stored."""
    headers: frozenset[int] = frozenset()
    """Those of ``files`` that are no translation units."""
    hidden: frozenset[int] = frozenset()
    """Stored files whose rows do not count."""
    moved: Mapping[int, PositionMap] = field(default_factory=dict[int, PositionMap])
    """Stored files whose rows count where they are in another text."""

    def rows_with(self, table: str, prefix: bytes) -> Iterator[bytes]:
        """As ``inverted.rows_with``, of the open files; each row ends with the file's number."""
        head, rest = prefix[:_KEY_BYTES], prefix[_KEY_BYTES:]
        for number, file in self.files.items():
            for row in file.rows.get((table, head), ()):
                if row.startswith(rest):
                    yield row[len(rest) :] + number.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """What there is to lay over an index, whatever is in that at present."""

    files: Sequence[OpenFile] = ()
    moved: Mapping[str, PositionMap] = field(default_factory=dict[str, PositionMap])
    """From the text that was indexed to the present one, by path."""

    def at(self, connection: sqlite3.Connection) -> Overlay:
        """The overlay for the transaction that ``connection`` is in."""
        stored = {file.path: _stored(connection, file.path) for file in self.files}
        numbers = {file.path: _FIRST + place for place, file in enumerate(self.files)}
        by_stored = {stored_path(path): number for path, number in numbers.items()}
        moved = {_stored(connection, path)[0]: places for path, places in self.moved.items()}
        moved.pop(0, None)
        return Overlay(
            files={numbers[file.path]: file for file in self.files},
            numbers=by_stored,
            headers=frozenset(numbers[path] for path, (_, unit) in stored.items() if not unit),
            hidden=frozenset(file for file, _ in stored.values()),
            moved=moved,
        )


NOTHING: Final = Overlay()


class ReadConnection(sqlite3.Connection):
    """A connection whose queries see an overlay."""

    overlay: Overlay = NOTHING


def overlay_of(connection: sqlite3.Connection) -> Overlay:
    """What lies over the index for this connection."""
    return connection.overlay if isinstance(connection, ReadConnection) else NOTHING


def file_at(connection: sqlite3.Connection, path: str | bytes) -> int:
    """The number of a file by its path, as given or as stored; 0 when there is none."""
    number = overlay_of(connection).numbers.get(stored_path(path))
    return number or _stored(connection, path)[0]


def moved_record(record: SymbolRecord, places: PositionMap) -> SymbolRecord | None:
    """``record`` where it is now; ``None`` when its name was edited."""
    line, column = record.line, record.column
    name = places.to_new(Span(line, column, line, column + record.length))
    if name is None:
        return None
    start = places.to_new(_point(record.start_line, record.start_column))
    end = places.to_new(_point(record.end_line, record.end_column))
    return msgspec.structs.replace(
        record,
        line=name.line,
        column=name.column,
        start_line=start.line if start else name.line,
        start_column=start.column if start else name.column,
        end_line=end.line if end else name.end_line,
        end_column=end.column if end else name.end_column,
    )


def moved_spots(blob: bytes, places: PositionMap) -> bytes:
    """A posting's spots where they are now, without those that were edited."""
    return pack(
        PackedSpot(there.line, there.column, spot.length, spot.roles, spot.container)
        for spot in unpack(blob)
        if (there := places.to_new(_token(spot))) is not None
    )


def _token(spot: PackedSpot) -> Span:
    return Span(spot.line, spot.column, spot.line, spot.column + spot.length)


def _point(line: int, column: int) -> Span:
    return Span(line, column, line, column)


def _stored(connection: sqlite3.Connection, path: str | bytes) -> tuple[int, bool]:
    """The number of a stored file, 0 for none, and whether it is a translation unit."""
    row = connection.execute(_FILE_AT, (stored_path(path),)).fetchone()
    return (row[0] or 0, row[1] is not None) if row else (0, False)


_decode_part: Final = msgspec.msgpack.Decoder(FileShard).decode

_FILE_AT: Final = """
SELECT file.id, unit.path FROM path LEFT JOIN file ON file.path = path.id
LEFT JOIN unit ON unit.path = path.id WHERE path.path = ?
"""
