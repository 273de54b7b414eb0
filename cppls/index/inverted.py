"""The inverted tables read: from a key to the files that say something of it.

A table's rows are those of ``core/packing.py`` with the file's number behind each, in blocks. Rows
of files that are gone are still there until a merge: whoever asks for a file finds none.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from cppls.core.packing import DECLARES, NAMING_ROW, POSTING_ROW, RELATION_ROW, key
from cppls.index.overlay import overlay_of

FILE_BYTES: Final = 4
"""Width of a file's number at the end of a row, big-endian."""

STEP: Final = 1 << 14
"""Entries that are held and ordered at once: no other thread of Python runs meanwhile."""

WIDTHS: Final = {
    "posting": POSTING_ROW + FILE_BYTES,
    "naming": NAMING_ROW + FILE_BYTES,
    "relation": RELATION_ROW + FILE_BYTES,
}
"""Bytes of a row, by table."""


def rows_with(connection: sqlite3.Connection, table: str, prefix: bytes) -> Iterator[bytes]:
    """The rows that begin with ``prefix``, each without it; in the order of each segment."""
    overlay = overlay_of(connection)
    for row in _stored_rows_with(connection, table, prefix):
        if file_of(row) not in overlay.hidden:
            yield row
    yield from overlay.rows_with(table, prefix)


def _stored_rows_with(connection: sqlite3.Connection, table: str, prefix: bytes) -> Iterator[bytes]:
    width, size = WIDTHS[table], len(prefix)
    behind = prefix + _HIGHEST
    for (block,) in connection.execute(_BLOCKS_WITH[table], (behind, prefix)):
        at = block.find(prefix)
        while at % width:
            # The same bytes across two columns, or none at all (-1).
            at = block.find(prefix, at + 1) if at >= 0 else len(block)
        while block.startswith(prefix, at):
            yield block[at + size : at + width]
            at += width


def keys_with(connection: sqlite3.Connection, table: str, prefix: bytes) -> list[bytes]:
    """What follows ``prefix`` in the rows of files that are not gone, each once, in order.

    Both the prefix and the file are taken off.
    """
    found: dict[bytes, set[int]] = {}
    for row in rows_with(connection, table, prefix):
        found.setdefault(row[:-FILE_BYTES], set()).add(file_of(row))
    return sorted(key for key, files in found.items() if _any_lives(connection, files))


def file_of(row: bytes) -> int:
    """The number of the file at the end of a row."""
    return int.from_bytes(row[-FILE_BYTES:], "big")


def live_files(connection: sqlite3.Connection, files: Iterable[int]) -> dict[int, str | bytes]:
    """Those of ``files`` that are not gone, with their paths as stored."""
    found: dict[int, str | bytes] = {}
    opened = overlay_of(connection).files
    for file in files:
        if file in opened:
            found[file] = opened[file].path
            continue
        row = connection.execute(_PATH_OF_FILE, (file,)).fetchone()
        if row is not None:
            found[file] = row[0]
    return found


def rows_between(
    connection: sqlite3.Connection, table: str, segments: Iterable[int], low: bytes, high: bytes
) -> list[str]:
    """The rows of these segments that are ordered from ``low`` on and before ``high``.

    Not ordered among segments. As text of one character for each byte, which Python sorts several
    times faster than bytes.
    """
    width = WIDTHS[table]
    first, last = low.decode("latin-1"), high.decode("latin-1")
    found: list[str] = []
    for segment in segments:
        blocks = connection.execute(_BLOCKS_BETWEEN[table], (segment, high, segment, low))
        text = b"".join([block for (block,) in blocks]).decode("latin-1")
        rows = [text[at : at + width] for at in range(0, len(text), width)]
        found += rows[bisect_left(rows, first) : bisect_left(rows, last)]
    return found


def key_ranges(
    connection: sqlite3.Connection, segments: Sequence[int]
) -> Iterator[tuple[bytes, bytes]]:
    """Ranges of keys with about ``STEP`` entries of these segments each: from, and before."""
    chosen = ", ".join(map(str, segments))
    query = f"SELECT total(entries) FROM segment WHERE id IN ({chosen})"
    steps = int(connection.execute(query).fetchone()[0]) // STEP + 1
    # Keys are hashes: equal parts of their range hold about as many entries each.
    bounds = [key((step << 64) // steps - (1 << 63)) for step in range(steps)]
    return pairwise([*bounds, _HIGHEST])


def living_files(connection: sqlite3.Connection) -> set[str] | None:
    """The numbers of files that are not gone, as rows have them; ``None``: none is gone."""
    return _numbers(connection, ("file",))


def kept_files(connection: sqlite3.Connection) -> set[str] | None:
    """The numbers of files that are not gone for good: those on the shelf may come back."""
    return _numbers(connection, ("file", "shelf"))


def _numbers(connection: sqlite3.Connection, tables: Sequence[str]) -> set[str] | None:
    union = " UNION ALL ".join(f"SELECT id FROM {table}" for table in tables)
    (given, kept) = connection.execute(_HOW_MANY.format(union)).fetchone()
    if kept == given:  # Numbers count up from 1, and none is used twice.
        return None
    files = connection.execute(union)
    return {id.to_bytes(FILE_BYTES, "big").decode("latin-1") for (id,) in files}


def count_symbols(connection: sqlite3.Connection, most: int) -> int:
    """The symbols that files declare.

    Looks at about ``most`` entries: when there are more, at those of one part of the ids' range,
    and takes that times the parts. Ids are hashes: such an estimate is right within a percent.
    """
    live = [id for id, _ in connection.execute(LIVE_SEGMENTS)]
    steps = list(key_ranges(connection, live))
    looked_at = steps[: most // STEP + 1]
    alive = living_files(connection)
    count = 0
    for low, high in looked_at:
        rows = rows_between(connection, "posting", live, low, high)
        declaring = [row for row in rows if row[8] == _DECLARES]
        if alive is not None:
            declaring = [row for row in declaring if row[-FILE_BYTES:] in alive]
        count += len({row[:8] for row in declaring})
    return count * len(steps) // len(looked_at)


def _any_lives(connection: sqlite3.Connection, files: Iterable[int]) -> bool:
    query = "SELECT 1 FROM file WHERE id = ?"
    files = tuple(files)
    if not overlay_of(connection).files.keys().isdisjoint(files):
        return True
    return any(connection.execute(query, (file,)).fetchone() for file in files)


LIVE_SEGMENTS: Final = "SELECT id, entries FROM segment WHERE live"
"""Rows ``(id, entries)``."""

_DECLARES: Final = DECLARES.decode("latin-1")
_HIGHEST: Final = b"\xff" * max(WIDTHS.values())

# The block before the first that begins with the key may end with it. CROSS JOIN keeps SQLite from
# reordering: segments are few, each gives two seeks.
_BLOCKS_WITH: Final = {
    table: f"""
SELECT block FROM segment CROSS JOIN {table}
    ON {table}.segment = segment.id AND segment.live AND block < ?1 AND block >= coalesce(
        (SELECT max(earlier.block) FROM {table} AS earlier
         WHERE earlier.segment = segment.id AND earlier.block < ?2), x'')
"""
    for table in WIDTHS
}

_BLOCKS_BETWEEN: Final = {
    table: f"""
SELECT block FROM {table} WHERE segment = ? AND block < ? AND block >= coalesce(
    (SELECT max(block) FROM {table} WHERE segment = ? AND block <= ?), x'')
ORDER BY block
"""
    for table in WIDTHS
}

_HOW_MANY: Final = """
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'file'), 0),
    (SELECT count(*) FROM ({}))
"""

_PATH_OF_FILE: Final = "SELECT path FROM path WHERE id = (SELECT path FROM file WHERE id = ?)"
