"""What a file holds: its postings, records and containers, read from their blocks.

``core/packing.py`` says what a block is. One lies under the number of its file and its first
symbol: the item of a symbol is found with one seek and the decoding of one block.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import msgspec

from cppls.core.messages import CONTAINERS_IN_RUN, SymbolRecord
from cppls.core.model import SymbolId, qualified
from cppls.core.packing import unpacked_records
from cppls.index.overlay import moved_record, moved_spots, overlay_of

Posting = tuple[SymbolId, bytes]
"""A symbol and its packed spots (``core/spots.py``) in one file."""

_decode_postings: Final = msgspec.msgpack.Decoder(list[Posting]).decode
_decode_records: Final = msgspec.msgpack.Decoder(list[SymbolRecord]).decode


def postings_of(connection: sqlite3.Connection, file: int) -> Iterator[Posting]:
    """All postings of a file, ordered by symbol; a long one comes in several."""
    overlay = overlay_of(connection)
    if (open_file := overlay.files.get(file)) is not None:
        for symbol in sorted(open_file.postings):
            yield from ((symbol, blob) for blob in open_file.postings[symbol])
        return
    rows = connection.execute(
        "SELECT block FROM occurrence WHERE file = ? ORDER BY first, number", (file,)
    )
    places = overlay.moved.get(file)
    for (block,) in rows:
        for symbol, blob in _decode_postings(block):
            yield symbol, moved_spots(blob, places) if places is not None else blob


def records_of(connection: sqlite3.Connection, file: int) -> Iterator[SymbolRecord]:
    """All symbol records of a file, ordered by id."""
    overlay = overlay_of(connection)
    if (open_file := overlay.files.get(file)) is not None:
        yield from (open_file.records[id] for id in sorted(open_file.records))
        return
    places = overlay.moved.get(file)
    rows = connection.execute("SELECT block FROM symbol WHERE file = ? ORDER BY first", (file,))
    for (block,) in rows:
        for record in _decode_records(unpacked_records(block)):
            moved = moved_record(record, places) if places is not None else record
            if moved is not None:
                yield moved


def spots_of(connection: sqlite3.Connection, file: int, symbol: SymbolId) -> list[bytes]:
    """The packed spots of a symbol in a file, in the order of their places; one posting of them
    mostly, several where there are many, none where there are none."""
    overlay = overlay_of(connection)
    if (open_file := overlay.files.get(file)) is not None:
        return list(open_file.postings.get(symbol, ()))
    found: list[bytes] = []
    for first, block in connection.execute(_BLOCKS_HOLDING, (file, symbol)):
        here = [spots for id, spots in _decode_postings(block) if id == symbol]
        found = here + found
        if first < symbol:
            break
    places = overlay.moved.get(file)
    return [moved_spots(blob, places) for blob in found] if places is not None else found


def record_of(connection: sqlite3.Connection, file: int, symbol: SymbolId) -> SymbolRecord | None:
    """The record of a symbol in a file."""
    overlay = overlay_of(connection)
    if (open_file := overlay.files.get(file)) is not None:
        return open_file.records.get(symbol)
    row = connection.execute(_BLOCK_OF_RECORD, (file, symbol)).fetchone()
    records = _decode_records(unpacked_records(row[0])) if row else []
    record = next((record for record in records if record.id == symbol), None)
    places = overlay.moved.get(file)
    return moved_record(record, places) if record is not None and places is not None else record


def containers_of(
    connection: sqlite3.Connection, file: int, positions: Iterable[int]
) -> dict[int, SymbolId]:
    """The containers at these positions of a file's table, as spots name them: from 1 on."""
    if (open_file := overlay_of(connection).files.get(file)) is not None:
        return {each: open_file.containers[each - 1] for each in set(positions) - {0}}
    found: dict[int, SymbolId] = {}
    query = "SELECT ids FROM container WHERE file = ? AND run = ?"
    wanted = sorted(set(positions) - {0})
    for run, members in groupby(wanted, lambda position: (position - 1) // CONTAINERS_IN_RUN):
        row = connection.execute(query, (file, run)).fetchone()
        if row is not None:
            ids, before = array("q", row[0]), run * CONTAINERS_IN_RUN + 1
            found.update((each, ids[each - before]) for each in members)
    return found


def container_position(connection: sqlite3.Connection, file: int, symbol: SymbolId) -> int:
    """Where ``symbol`` stands in a file's table of containers, from 1 on; 0 when it does not."""
    if (open_file := overlay_of(connection).files.get(file)) is not None:
        known = open_file.containers
        return known.index(symbol) + 1 if symbol in known else 0
    query = "SELECT run, ids FROM container WHERE file = ? ORDER BY run"
    for run, ids in connection.execute(query, (file,)):
        members = array("q", ids)
        if symbol in members:
            return int(run) * CONTAINERS_IN_RUN + members.index(symbol) + 1
    return 0


def qualified_names(
    connection: sqlite3.Connection, file: int, ids: Iterable[SymbolId]
) -> dict[SymbolId, str]:
    """The qualified names of those of ``ids`` that a file declares by a name."""
    if (open_file := overlay_of(connection).files.get(file)) is not None:
        known = ((id, open_file.records.get(id)) for id in ids)
        return {id: qualified(r.scope, r.name) for id, r in known if r is not None and r.name}
    rows = connection.execute(
        "SELECT first, block FROM symbol WHERE file = ? ORDER BY first", (file,)
    ).fetchall()
    firsts = [first for first, _ in rows]
    wanted = set(ids)
    names: dict[SymbolId, str] = {}
    for number in {bisect_right(firsts, id) - 1 for id in wanted} - {-1}:
        for record in _decode_names(unpacked_records(rows[number][1])):
            if record.id in wanted and record.name:
                names[record.id] = qualified(record.scope, record.name)
    return names


class _NamedRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The beginning of a ``SymbolRecord``; the rest of it is skipped."""

    id: SymbolId
    name: str
    scope: str


_decode_names: Final = msgspec.msgpack.Decoder(list[_NamedRecord]).decode


# The last block that begins with the symbol or before it; more where the symbol fills several.
_BLOCKS_HOLDING: Final = """
SELECT first, block FROM occurrence WHERE file = ? AND first <= ? ORDER BY first DESC, number DESC
"""

_BLOCK_OF_RECORD: Final = """
SELECT block FROM symbol WHERE file = ? AND first <= ? ORDER BY first DESC LIMIT 1
"""
