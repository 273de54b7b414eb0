"""Segments of the inverted tables: written a batch at a time, merged when many are of like size.

A lookup costs one seek per segment. Merging whenever ``_FANOUT`` segments share a size class
keeps their number logarithmic and writes each entry a handful of times in its life, where one
B-tree over hashed keys would be rewritten nearly whole by every batch. A merge goes in steps, so
that no commit waits long for one.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final, TypeAlias

from cppls.core.messages import RelationRecord, SymbolRecord
from cppls.index.blocks import Posting
from cppls.index.names import name_id

_FANOUT: Final = 16
_STEP: Final = 1 << 16
"""Entries that one transaction of a merge moves: a few tenths of a second."""
_DEAD_SHARE: Final = 0.25
"""Share of dead entries from which on everything is merged."""


Transaction: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]


@dataclass(slots=True)
class Entries:
    """Inverted rows that wait to become a segment, without its number."""

    postings: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    namings: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    relations: list[tuple[int, int, int, int]] = field(
        default_factory=list[tuple[int, int, int, int]]
    )
    names: dict[str, int] = field(default_factory=dict[str, int])

    def __len__(self) -> int:
        return len(self.postings) + len(self.namings) + len(self.relations)

    def add_file(
        self,
        file: int,
        postings: Sequence[Posting],
        records: Sequence[SymbolRecord],
        relations: Iterable[RelationRecord],
    ) -> int:
        """Add what leads to ``file``; returns the number of entries added."""
        before = len(self)
        declared = {record.id for record in records}
        self.postings += [(symbol, symbol not in declared, file) for symbol, _ in postings]
        # A record without a spot (an implicit member, say) must be found all the same.
        declared.difference_update(symbol for symbol, _ in postings)
        self.postings += [(symbol, 0, file) for symbol in declared]
        for record in records:
            if record.name:
                self.namings.append((self._name(record.name), record.id, file))
        for subject, kind, object_ in {(r.subject, r.kind, r.object) for r in relations}:
            self.relations.append((subject, kind, object_, file))
            self.relations.append((object_, -kind, subject, file))
        return len(self) - before

    def _name(self, text: str) -> int:
        id = self.names.get(text)
        if id is None:
            id = self.names[text] = name_id(text)
        return id


def write_segment(connection: sqlite3.Connection, entries: Entries) -> None:
    """Write ``entries`` as a segment, inside the caller's transaction."""
    if not entries:
        return
    segment = _new_segment(connection)
    # In key order, so that SQLite appends.
    connection.executemany(
        f"INSERT INTO posting VALUES({segment}, ?, ?, ?)", sorted(entries.postings)
    )
    connection.executemany(
        f"INSERT INTO naming VALUES({segment}, ?, ?, ?)", sorted(entries.namings)
    )
    connection.executemany(
        f"INSERT INTO relation VALUES({segment}, ?, ?, ?, ?)", sorted(entries.relations)
    )
    connection.executemany(
        "INSERT OR IGNORE INTO name VALUES(?, ?)",
        sorted((id, text) for text, id in entries.names.items()),
    )
    connection.execute("UPDATE segment SET entries = ? WHERE id = ?", (len(entries), segment))


def crowded(connection: sqlite3.Connection) -> list[int]:
    """Segments of one size class that should become one, the smallest class first."""
    classes: defaultdict[int, list[int]] = defaultdict(list)
    for id, entries in connection.execute("SELECT id, entries FROM segment"):
        classes[int(entries).bit_length() // (_FANOUT.bit_length() - 1)].append(id)
    full = [size_class for size_class, ids in classes.items() if len(ids) >= _FANOUT]
    return classes[min(full)] if full else []


def wasteful(connection: sqlite3.Connection) -> list[int]:
    """All segments, when too many of their entries are dead."""
    rows = connection.execute("SELECT id, entries FROM segment").fetchall()
    (alive,) = connection.execute("SELECT coalesce(sum(entries), 0) FROM file").fetchone()
    written = sum(entries for _, entries in rows)
    return [id for id, _ in rows] if written - alive > _DEAD_SHARE * written else []


def merge(transaction: Transaction, sources: Sequence[int]) -> Iterator[None]:
    """Make one segment of ``sources`` and drop their dead entries, a step for each ``next``.

    A step is a transaction of its own that moves one range of keys, about ``_STEP`` entries: the
    index is whole after each, and stays so when no other step follows.
    """
    chosen = ", ".join(map(str, sources))
    query = f"SELECT total(entries) FROM segment WHERE id IN ({chosen})"
    with transaction() as connection:
        (entries,) = connection.execute(query).fetchone()
        merged = _new_segment(connection)
    # Keys are hashes: equal parts of their range hold about as many entries each.
    steps = int(entries) // _STEP + 1
    bounds = [(step << 64) // steps - (1 << 63) for step in range(steps + 1)]
    for left, (low, high) in zip(range(steps, 0, -1), pairwise(bounds), strict=True):
        with transaction() as connection:
            moved = sum(
                _move(connection, table, chosen, merged, (low, high - 1)) for table in _INVERTED
            )
            connection.execute(
                "UPDATE segment SET entries = entries + ? WHERE id = ?", (moved, merged)
            )
            connection.execute(
                f"UPDATE segment SET entries = entries - entries / {left} WHERE id IN ({chosen})"
            )
            if left == 1:
                connection.execute(f"DELETE FROM segment WHERE id IN ({chosen})")
                connection.execute("DELETE FROM segment WHERE id = ? AND entries = 0", (merged,))
        yield


def _move(
    connection: sqlite3.Connection, table: str, sources: str, merged: int, keys: tuple[int, int]
) -> int:
    """Move the entries whose keys lie between ``keys``; returns how many of them are alive."""
    columns = _INVERTED[table]
    key = columns.partition(",")[0]
    chosen = f"segment IN ({sources}) AND {key} BETWEEN ? AND ?"
    moved = connection.execute(
        f"INSERT INTO {table} SELECT {merged}, {columns}, file FROM {table}"
        f" WHERE {chosen} AND file IN (SELECT id FROM file) ORDER BY {columns}, file",
        keys,
    ).rowcount
    connection.execute(f"DELETE FROM {table} WHERE {chosen}", keys)
    return moved


def sweep_unused(connection: sqlite3.Connection) -> None:
    """Delete names and paths that nothing leads to any more, in the caller's transaction."""
    connection.execute("DELETE FROM name WHERE id NOT IN (SELECT name FROM naming)")
    used = chain(
        (f"SELECT {column} FROM file" for column in ("path", "claimed_by")),
        ("SELECT path FROM unit", "SELECT path FROM orphan"),
        ("SELECT target FROM include WHERE target IS NOT NULL",),
    )
    connection.execute(f"DELETE FROM path WHERE id NOT IN ({' UNION '.join(used)})")


_INVERTED: Final = {
    "posting": "symbol, uses",
    "naming": "name, symbol",
    "relation": "symbol, kind, other",
}


def _new_segment(connection: sqlite3.Connection) -> int:
    row = connection.execute("INSERT INTO segment(entries) VALUES(0) RETURNING id").fetchone()
    return int(row[0])
