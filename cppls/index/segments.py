"""Segments of the inverted tables: written a batch at a time, merged when many are of like size.

A lookup costs one seek per segment. Merging whenever ``_FANOUT`` segments share a size class
keeps their number logarithmic and writes each entry a handful of times in its life, where one
B-tree over hashed keys would be rewritten nearly whole by every batch. A merge goes in steps, so
that no commit waits long for one; its segment is read only when it is whole.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final, TypeAlias

from cppls.core.messages import PackedFile
from cppls.core.packing import id_of, key
from cppls.index.inverted import (
    FILE_BYTES,
    LIVE_SEGMENTS,
    WIDTHS,
    kept_files,
    key_ranges,
    rows_between,
)

_FANOUT: Final = 16
_RANGES_IN_STEP: Final = 4
"""Of a merge; a step takes some hundredths of a second."""
_DEAD_SHARE: Final = 0.25
"""Share of dead entries from which on everything is merged."""
_BLOCK_BYTES: Final = 940
"""Of a block: four of them fill a page, and none is more than a page keeps of a row."""


Transaction: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]


def _no_rows() -> dict[str, list[str]]:
    return {table: [] for table in WIDTHS}


@dataclass(slots=True)
class Entries:
    """Rows that wait to become a segment, as text (see ``rows_between``), and names."""

    rows: dict[str, list[str]] = field(default_factory=_no_rows)
    names: dict[int, str] = field(default_factory=dict[int, str])

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def add_file(self, file: int, packed: PackedFile) -> None:
        """Add what leads to ``file``."""
        number = file.to_bytes(FILE_BYTES, "big").decode("latin-1")
        for table, blob in _blobs(packed):
            width = WIDTHS[table] - FILE_BYTES
            text = blob.decode("latin-1")
            self.rows[table] += [
                text[at : at + width] + number for at in range(0, len(text), width)
            ]
        self.names.update(packed.names)


def entries_of(packed: PackedFile) -> int:
    """The number of rows that lead to this file."""
    return sum(len(blob) // (WIDTHS[table] - FILE_BYTES) for table, blob in _blobs(packed))


def bytes_of(packed: PackedFile) -> int:
    """The bytes that this file's rows take, in all tables; SQLite's own for each row left out."""
    blocks = (block for _, block in (*packed.symbols, *packed.postings))
    rows = (blob for _, blob in _blobs(packed))
    held = (*blocks, *packed.containers, packed.diagnostics, *rows)
    return sum(map(len, held)) + FILE_BYTES * entries_of(packed)


def write_segment(connection: sqlite3.Connection, entries: Entries) -> None:
    """Write ``entries`` as a segment, inside the caller's transaction."""
    if not entries:
        return
    segment = _new_segment(connection, len(entries), live=True)
    for table, rows in entries.rows.items():
        _write_rows(connection, table, segment, rows)
    connection.executemany(
        "INSERT OR IGNORE INTO name VALUES(?, ?)",
        [(id, entries.names[id]) for id in sorted(entries.names)],
    )


def crowded(connection: sqlite3.Connection) -> list[int]:
    """Segments of one size class that should become one, the smallest class first."""
    classes: defaultdict[int, list[int]] = defaultdict(list)
    for id, entries in connection.execute(LIVE_SEGMENTS):
        classes[int(entries).bit_length() // (_FANOUT.bit_length() - 1)].append(id)
    full = [size_class for size_class, ids in classes.items() if len(ids) >= _FANOUT]
    return classes[min(full)] if full else []


def wasteful(connection: sqlite3.Connection) -> list[int]:
    """All segments, when too many of their entries are dead."""
    rows = connection.execute(LIVE_SEGMENTS).fetchall()
    kept = "SELECT entries FROM file UNION ALL SELECT entries FROM shelf"
    (alive,) = connection.execute(f"SELECT coalesce(sum(entries), 0) FROM ({kept})").fetchone()
    written = sum(entries for _, entries in rows)
    return [id for id, _ in rows] if written - alive > _DEAD_SHARE * written else []


def left_over(connection: sqlite3.Connection) -> list[int]:
    """Segments that nobody reads: of merges that did not come to their end, or just did."""
    return [id for (id,) in connection.execute("SELECT id FROM segment WHERE NOT live")]


def merge(transaction: Transaction, sources: Sequence[int]) -> Iterator[None]:
    """Make one segment of ``sources`` without their dead entries, a step for each ``next``.

    A step is a transaction of its own over a range of keys with about ``_RANGES_IN_STEP * STEP``
    entries. The sources count until the last one; what is left over when no other step follows is
    for ``delete``.
    """
    with transaction() as connection:
        merged = _new_segment(connection, 0, live=False)
        ranges = key_ranges(connection, sources)
    while step := list(islice(ranges, _RANGES_IN_STEP)):
        with transaction() as connection:
            alive = kept_files(connection)
            for low, high in step:
                _merge_range(connection, sources, merged, low, high, alive)
        yield
    with transaction() as connection:
        connection.execute("UPDATE segment SET live = entries > 0 WHERE id = ?", (merged,))
        connection.executemany(
            "UPDATE segment SET live = 0 WHERE id = ?", [(source,) for source in sources]
        )
    yield


def _merge_range(
    connection: sqlite3.Connection,
    sources: Sequence[int],
    merged: int,
    low: bytes,
    high: bytes,
    alive: set[str] | None,
) -> None:
    written = 0
    for table in WIDTHS:
        rows = rows_between(connection, table, sources, low, high)
        if alive is not None:
            rows = [row for row in rows if row[-FILE_BYTES:] in alive]
        written += len(rows)
        _write_rows(connection, table, merged, rows)
    connection.execute("UPDATE segment SET entries = entries + ? WHERE id = ?", (written, merged))


def delete(transaction: Transaction, unread: Sequence[int]) -> Iterator[None]:
    """Delete segments that nobody reads, a step for each."""
    for segment in unread:
        with transaction() as connection:
            for table in WIDTHS:
                connection.execute(f"DELETE FROM {table} WHERE segment = ?", (segment,))
            connection.execute("DELETE FROM segment WHERE id = ?", (segment,))
        yield


def sweep_unused(connection: sqlite3.Connection) -> None:
    """Delete names and paths that nothing leads to any more, in the caller's transaction."""
    live = [id for id, _ in connection.execute(LIVE_SEGMENTS)]
    for low, high in key_ranges(connection, live):
        used = {row[:8] for row in rows_between(connection, "naming", live, low, high)}
        bounds = (id_of(low[:8]), id_of(high[:8]) - (len(high) == 8))
        names = connection.execute("SELECT id FROM name WHERE id BETWEEN ? AND ?", bounds)
        unused = [(id,) for (id,) in names if key(id).decode("latin-1") not in used]
        connection.executemany("DELETE FROM name WHERE id = ?", unused)
    paths = chain(
        (
            f"SELECT {column} FROM {table}"
            for table in ("file", "shelf")
            for column in ("path", "claimed_by")
        ),
        ("SELECT path FROM unit", "SELECT path FROM orphan"),
        ("SELECT unit FROM stale", "SELECT header FROM stale"),
        ("SELECT target FROM include WHERE target IS NOT NULL",),
    )
    connection.execute(f"DELETE FROM path WHERE id NOT IN ({' UNION '.join(paths)})")


def _write_rows(connection: sqlite3.Connection, table: str, segment: int, rows: list[str]) -> None:
    """Order ``rows`` and write them in blocks."""
    rows.sort()
    blob = "".join(rows).encode("latin-1")
    size = _BLOCK_BYTES // WIDTHS[table] * WIDTHS[table]
    connection.executemany(
        f"INSERT INTO {table} VALUES({segment}, ?)",
        ((blob[at : at + size],) for at in range(0, len(blob), size)),
    )


def _blobs(packed: PackedFile) -> tuple[tuple[str, bytes], ...]:
    return (
        ("posting", packed.posting_rows),
        ("naming", packed.naming_rows),
        ("relation", packed.relation_rows),
    )


def _new_segment(connection: sqlite3.Connection, entries: int, *, live: bool) -> int:
    query = "INSERT INTO segment(entries, live) VALUES(?, ?) RETURNING id"
    return int(connection.execute(query, (entries, live)).fetchone()[0])
