"""Blocks: a file's postings or symbol records in runs of a few hundred bytes.

A row for each posting would cost more in row headers and keys than the spots themselves. A block
is a MessagePack array of items ordered by symbol, stored under its first symbol: the item of one
symbol is found with one seek and the decoding of one block. Blocks of records are compressed:
scopes and signatures repeat, and records are the biggest part of an index.
"""

from __future__ import annotations

import sqlite3
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from cppls.core.messages import SymbolRecord
from cppls.core.model import SymbolId, qualified

Posting = tuple[SymbolId, bytes]
"""A symbol and its packed spots (``core/spots.py``) in one file."""

_POSTING_BYTES: Final = 800
_RECORD_BYTES: Final = 1500
"""Where a block is cut; a longer single item makes a block of its own. Compressed, records shrink
to about half, so that either kind of block stays below what a row keeps in its page."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_postings: Final = msgspec.msgpack.Decoder(list[Posting]).decode
_decode_records: Final = msgspec.msgpack.Decoder(list[SymbolRecord]).decode


def posting_blocks(file: int, postings: Sequence[Posting]) -> Iterator[tuple[int, int, bytes]]:
    """Rows of ``occurrence`` for postings that are ordered by symbol, each symbol once."""
    start = size = 0
    for index, (_, spots) in enumerate(postings):
        size += len(spots) + 12
        if size > _POSTING_BYTES and index > start:
            yield file, postings[start][0], _encode(postings[start:index])
            start, size = index, len(spots) + 12
    if postings:
        yield file, postings[start][0], _encode(postings[start:])


def record_blocks(file: int, records: Sequence[SymbolRecord]) -> Iterator[tuple[int, int, bytes]]:
    """Rows of ``symbol`` for records that are ordered by id, each id once."""
    start = size = 0
    for index, record in enumerate(records):
        grown = 40 + len(record.name) + len(record.scope) + len(record.signature)
        size += grown + len(record.brief)
        if size > _RECORD_BYTES and index > start:
            yield file, records[start].id, _packed_records(records[start:index])
            start, size = index, grown + len(record.brief)
    if records:
        yield file, records[start].id, _packed_records(records[start:])


def postings_of(connection: sqlite3.Connection, file: int) -> Iterator[Posting]:
    """All postings of a file, ordered by symbol."""
    rows = connection.execute("SELECT block FROM occurrence WHERE file = ? ORDER BY first", (file,))
    for (block,) in rows:
        yield from _decode_postings(block)


def records_of(connection: sqlite3.Connection, file: int) -> Iterator[SymbolRecord]:
    """All symbol records of a file, ordered by id."""
    rows = connection.execute("SELECT block FROM symbol WHERE file = ? ORDER BY first", (file,))
    for (block,) in rows:
        yield from _unpacked_records(block)


def spots_of(connection: sqlite3.Connection, file: int, symbol: SymbolId) -> bytes:
    """The packed spots of a symbol in a file; empty when there are none."""
    block = _block_holding(connection, "occurrence", file, symbol)
    postings = _decode_postings(block) if block else []
    return next((spots for id, spots in postings if id == symbol), b"")


def record_of(connection: sqlite3.Connection, file: int, symbol: SymbolId) -> SymbolRecord | None:
    """The record of a symbol in a file."""
    block = _block_holding(connection, "symbol", file, symbol)
    records = _unpacked_records(block) if block else []
    return next((record for record in records if record.id == symbol), None)


def qualified_names(
    connection: sqlite3.Connection, file: int, ids: Iterable[SymbolId]
) -> dict[SymbolId, str]:
    """The qualified names of those of ``ids`` that a file declares by a name."""
    rows = connection.execute(
        "SELECT first, block FROM symbol WHERE file = ? ORDER BY first", (file,)
    ).fetchall()
    firsts = [first for first, _ in rows]
    wanted = set(ids)
    names: dict[SymbolId, str] = {}
    for number in {bisect_right(firsts, id) - 1 for id in wanted} - {-1}:
        for record in _decode_names(_decompressed(rows[number][1])):
            if record.id in wanted and record.name:
                names[record.id] = qualified(record.scope, record.name)
    return names


class _NamedRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The beginning of a ``SymbolRecord``; the rest of it is skipped."""

    id: SymbolId
    name: str
    scope: str


_decode_names: Final = msgspec.msgpack.Decoder(list[_NamedRecord]).decode


def _packed_records(records: Sequence[SymbolRecord]) -> bytes:
    # Higher levels gain 3 % and cost 10 %.
    return zlib.compress(_encode(records), 1)


def _unpacked_records(block: bytes) -> list[SymbolRecord]:
    return _decode_records(_decompressed(block))


def _decompressed(block: bytes) -> bytes:
    try:
        return zlib.decompress(block)
    except zlib.error as error:
        raise ValueError(f"a block of symbols cannot be decompressed: {error}") from error


def _block_holding(
    connection: sqlite3.Connection, table: str, file: int, symbol: SymbolId
) -> bytes | None:
    row = connection.execute(
        f"SELECT block FROM {table} WHERE file = ? AND first <= ? ORDER BY first DESC LIMIT 1",
        (file, symbol),
    ).fetchone()
    return row[0] if row else None
