"""What a header means in another unit, added to what the index has of it.

A header's branches (``#if``) are extracted as units read them. What comes later is united with the
file's rows under the same id: the result is that of one extraction that had seen all branches,
whichever came first, so every query and the shelf go on knowing one row for each path. Functions
on a connection, for the one writer; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final

import msgspec

from cppls.core import packing, spots
from cppls.core.messages import (
    CONTAINERS_IN_RUN,
    DiagnosticRecord,
    FileShard,
    PackedFile,
    SymbolRecord,
)
from cppls.core.model import NO_SYMBOL, Role, SymbolFlag, SymbolId, SymbolKind
from cppls.core.spots import PackedSpot
from cppls.index.segments import bytes_of, entries_of

_Place = tuple[int, int, int]
"""Line, column, length."""
_Spots = dict[_Place, tuple[int, SymbolId]]
"""Roles and container of each."""


def add(connection: sqlite3.Connection, file: int, parts: Sequence[PackedFile]) -> PackedFile:
    """Unite the rows of ``file`` with ``parts``, all but includes; what is new to the inverted
    tables is returned, to be added to them. Idempotent, and the same in any order.

    Holds both at once: of a header, what branches hold is little.
    """
    occurrences = _occurrences(*_stored_postings(connection, file))
    records = {record.id: record for record in _stored_records(connection, file)}
    known_records, known_symbols = set(records), set(occurrences)
    for symbol, places in _occurrences(*_postings_of(parts)).items():
        for place, (roles, container) in places.items():
            before = occurrences[symbol].get(place, (0, NO_SYMBOL))
            occurrences[symbol][place] = (before[0] | roles, before[1] or container)
    for record in _records_of(block for part in parts for _, block in part.symbols):
        records[record.id] = min(records.get(record.id, record), record, key=_standing)
    _contain(occurrences, records.values())
    whole = _pack(parts[0], records, occurrences)
    _replace(connection, file, whole, _diagnostics(connection, file, parts))
    added = _pack(
        parts[0],
        {id: record for id, record in records.items() if id not in known_records},
        {id: places for id, places in occurrences.items() if id not in known_symbols},
        declared=records.keys(),
    )
    added = msgspec.structs.replace(
        added, relation_rows=b"".join(part.relation_rows for part in parts)
    )
    connection.execute(
        "UPDATE file SET occurrences = ?, entries = entries + ?, bytes = bytes + ?, context = NULL"
        " WHERE id = ?",
        (whole.occurrences, entries_of(added), bytes_of(added), file),
    )
    return added


def _stored_postings(
    connection: sqlite3.Connection, file: int
) -> tuple[list[tuple[SymbolId, bytes]], Sequence[SymbolId]]:
    rows = connection.execute(_POSTINGS, (file,))
    runs = connection.execute("SELECT ids FROM container WHERE file = ? ORDER BY run", (file,))
    postings = [posting for (block,) in rows for posting in _decode_postings(block)]
    return postings, _containers(ids for (ids,) in runs)


def _postings_of(
    parts: Sequence[PackedFile],
) -> tuple[list[tuple[SymbolId, bytes]], Sequence[SymbolId]]:
    blocks = (block for part in parts for _, block in part.postings)
    postings = [posting for block in blocks for posting in _decode_postings(block)]
    return postings, _containers(ids for part in parts for ids in part.containers)


def _containers(runs: Iterable[bytes]) -> Sequence[SymbolId]:
    # Spots count them from 1.
    found = array("q", [NO_SYMBOL])
    for run in runs:
        found.frombytes(run)
    return found


def _occurrences(
    postings: Iterable[tuple[SymbolId, bytes]], containers: Sequence[SymbolId]
) -> defaultdict[SymbolId, _Spots]:
    found: defaultdict[SymbolId, _Spots] = defaultdict(dict)
    for symbol, blob in postings:
        for line, column, length, roles, container in spots.unpack(blob):
            found[symbol][line, column, length] = roles, containers[container]
    return found


def _stored_records(connection: sqlite3.Connection, file: int) -> Iterator[SymbolRecord]:
    rows = connection.execute("SELECT block FROM symbol WHERE file = ?", (file,))
    return _records_of(block for (block,) in rows)


def _records_of(blocks: Iterable[bytes]) -> Iterator[SymbolRecord]:
    for block in blocks:
        yield from _decode_records(packing.unpacked_records(block))


def _standing(record: SymbolRecord) -> tuple[bool, int, int]:
    """The first definition in a file stands for a symbol, else its first declaration."""
    return not record.flags & SymbolFlag.DEFINITION, record.line, record.column


def _contain(occurrences: Mapping[SymbolId, _Spots], records: Iterable[SymbolRecord]) -> None:
    """Find what macros stand in, as ``native/index_containers.c`` does where it sees all."""
    bodies = sorted(
        ((r.start_line, r.start_column), (r.end_line, r.end_column), r.id)
        for r in records
        if r.kind in _CODE
    )
    starts = [start for start, _, _ in bodies]
    for places in occurrences.values():
        for place, (roles, container) in places.items():
            if container == NO_SYMBOL and not roles & _DECLARES:
                places[place] = roles, _around(bodies, starts, place[:2])


def _around(
    bodies: Sequence[tuple[tuple[int, int], tuple[int, int], SymbolId]],
    starts: Sequence[tuple[int, int]],
    at: tuple[int, int],
) -> SymbolId:
    place = bisect_right(starts, at) - 1
    # One declaration may declare several variables, which all begin where it does.
    while place > 0 and bodies[place][1] <= at and starts[place - 1] == starts[place]:
        place -= 1
    return bodies[place][2] if place >= 0 and at < bodies[place][1] else NO_SYMBOL


def _pack(
    like: PackedFile,
    records: Mapping[SymbolId, SymbolRecord],
    occurrences: Mapping[SymbolId, _Spots],
    declared: Iterable[SymbolId] | None = None,
) -> PackedFile:
    """These records and occurrences as a file; ``declared``: by the one that they are of."""
    declares = set(records if declared is None else declared)
    numbers: dict[SymbolId, int] = {NO_SYMBOL: 0}
    postings = [
        (symbol, blob, symbol in declares)
        for symbol in sorted(occurrences)
        for blob in _blobs(occurrences[symbol], numbers)
    ]
    ids = array("q", list(numbers)[1:]).tobytes()
    run = CONTAINERS_IN_RUN * 8
    return packing.pack(
        FileShard(
            *(like.path, like.key, like.content_hash, like.token_hash, like.size, like.mtime_ns),
            *(like.ascii, 0),
            partial=like.partial,
            branches=like.branches,
            symbols=[records[id] for id in sorted(records)],
            containers=[ids[at : at + run] for at in range(0, len(ids), run)],
            postings=postings,
            relations=[],
            includes=[],
            diagnostics=[],
        )
    )


def _blobs(places: _Spots, numbers: dict[SymbolId, int]) -> Iterator[bytes]:
    found = [
        PackedSpot(*place, roles, numbers.setdefault(container, len(numbers)))
        for place, (roles, container) in sorted(places.items(), key=itemgetter(0))
    ]
    for at in range(0, len(found), _SPOTS_IN_POSTING):
        yield spots.pack(found[at : at + _SPOTS_IN_POSTING])


def _diagnostics(
    connection: sqlite3.Connection, file: int, parts: Sequence[PackedFile]
) -> list[DiagnosticRecord]:
    rows = connection.execute("SELECT records FROM diagnostic WHERE file = ?", (file,))
    blobs = [*(blob for (blob,) in rows), *(part.diagnostics for part in parts)]
    return sorted(
        {each for blob in blobs for each in packing.unpacked_diagnostics(blob)},
        key=msgspec.structs.astuple,
    )


def _replace(
    connection: sqlite3.Connection,
    file: int,
    whole: PackedFile,
    diagnostics: Sequence[DiagnosticRecord],
) -> None:
    for table in ("symbol", "container", "occurrence", "diagnostic"):
        connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))
    connection.executemany(
        "INSERT INTO symbol VALUES(?, ?, ?)", [(file, *block) for block in whole.symbols]
    )
    connection.executemany(
        "INSERT INTO container VALUES(?, ?, ?)",
        [(file, number, run) for number, run in enumerate(whole.containers)],
    )
    connection.executemany(
        "INSERT INTO occurrence VALUES(?, ?, ?, ?)",
        [(file, first, number, block) for number, (first, block) in enumerate(whole.postings)],
    )
    if diagnostics:
        blob = msgspec.msgpack.encode(diagnostics)
        connection.execute("INSERT INTO diagnostic VALUES(?, ?)", (file, blob))


_decode_postings: Final = msgspec.msgpack.Decoder(list[tuple[SymbolId, bytes]]).decode
_decode_records: Final = msgspec.msgpack.Decoder(list[SymbolRecord]).decode

_POSTINGS: Final = "SELECT block FROM occurrence WHERE file = ? ORDER BY first, number"

_SPOTS_IN_POSTING: Final = 1 << 13
"""As many as the C library packs together, roughly."""

_DECLARES: Final = Role.DECLARATION | Role.DEFINITION

_CODE: Final = {
    SymbolKind.FUNCTION,
    SymbolKind.VARIABLE,
    SymbolKind.FIELD,
    SymbolKind.ENUM_CONSTANT,
    SymbolKind.OBJC_INSTANCE_METHOD,
    SymbolKind.OBJC_CLASS_METHOD,
    SymbolKind.STATIC_VARIABLE,
    SymbolKind.STATIC_METHOD,
    SymbolKind.METHOD,
    SymbolKind.CONSTRUCTOR,
    SymbolKind.DESTRUCTOR,
    SymbolKind.CONVERSION,
}
