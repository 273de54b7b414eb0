"""What rests on another content of a file than the index holds now: noted, so that none is lost.

A header's new content is stored with the unit that came first. What other files say may rest on
the old one: they stand in table ``stale`` from that very transaction on, whoever is killed, until
they are indexed again. Headers are noted too, as what an inline function calls may depend on what
is included; they give up their claims, so that the next unit extracts them again. A new content
whose tokens are the old one's is no reason for any of that.

Times are ticks of the caller's clock, nanoseconds say: ``begun`` when a worker was given a unit,
``ended`` when it had read all. Who began after another had read a content has read it as well.

A unit may be at work while a file is renewed that, for all the index knows, it does not include: it
is new, or what leads there was half-written. So a transaction is told too what earlier ones renewed
since the first of its units began.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cppls.index.schema import loaded_path

LATEST: Final = (1 << 63) - 1
"""A tick after all others."""


class Renewals:
    """What one transaction renews. Everything goes by ids of paths.

    A unit's shard is told as ``carries`` for each file, then ``settle``; ``finish`` comes last.
    """

    def __init__(self, connection: sqlite3.Connection, recent: Mapping[int, int]) -> None:
        """``recent``: ``since`` of earlier transactions, as long as units are at work that began
        before."""
        self.claims_lost = 0
        self.since: dict[int, int] = {}
        """By file that says something else now: when that had been read."""
        self._connection = connection
        self._recent = recent
        self._readers: dict[int, set[int]] = {}
        """By file: the units of this transaction that came with its present content."""
        self._stored: dict[int, int] = {}
        """By file that this transaction stored: the unit that it came from."""
        self._begun: dict[int, int] = {}
        self._themselves: set[int] = set()
        self._reflagged: list[int] = []

    def carries(self, unit: int, file: int, *, stored: bool) -> None:
        """``unit`` came with the content of ``file`` that the index has now, or ``stored`` it."""
        if stored:
            self._readers[file] = set()
            self._stored[file] = unit
        self._readers.setdefault(file, set()).add(unit)

    def renewed(self, file: int, since: int) -> None:
        """What ``file`` says from now on is not what it said; it is gone, perhaps."""
        self.since[file] = max(since, self.since.get(file, 0), self._recent.get(file, 0))

    def outdated(self, file: int, since: int) -> None:
        """``file`` may mean something else now, although nobody has touched it."""
        self.renewed(file, since)
        query = "SELECT 1 FROM file WHERE path = ?1 UNION SELECT 1 FROM unit WHERE path = ?1"
        if self._connection.execute(query, (file,)).fetchone() is not None:
            self._themselves.add(file)

    def is_right(self, file: int) -> None:
        """``file`` is known to be what it would be if it was indexed now."""
        self._begun[file] = LATEST
        forget(self._connection, file)
        self._connection.execute("UPDATE file SET given_up = 0 WHERE path = ?", (file,))

    def reflagged(self, units: Collection[int], since: int) -> None:
        """``units`` have other flags from ``since`` on: so have the headers that they extracted,
        unless this transaction stored those or found them right."""
        query = "SELECT path, claimed_by FROM file WHERE path != claimed_by"
        rows = self._connection.execute(query).fetchall()
        theirs = [header for header, claimer in rows if claimer in units]
        right = {header for header in theirs if self._begun.get(header) == LATEST}
        for header in [h for h in theirs if h not in right and self._stored.get(h) not in units]:
            note = "INSERT OR REPLACE INTO stale VALUES(?1, ?1, ?2)"
            self._connection.execute(note, (header, since))
            self._give_up_claim(header)
            self._reflagged.append(header)

    def settle(self, unit: int, begun: int) -> None:
        """``unit`` was indexed: it and what it stored is as fresh as what it has read."""
        self._begun[unit] = begun
        if self._connection.execute("SELECT 1 FROM stale LIMIT 1").fetchone() is None:
            return
        self._settle_file(unit, unit, begun)
        for file in [file for file, by in self._stored.items() if by == unit and file != unit]:
            if not self._settle_file(file, unit, begun):
                self._give_up_claim(file)

    def finish(self) -> list[str]:
        """Note what is stale now; the paths of the units that are to be indexed for it.

        A header that none of them includes is extracted again by the unit that did it before.
        """
        found: dict[int, str] = {}
        headers = self._reflagged
        for file, since in (self._missed() | self.since).items():
            # As a list: what is noted must not disturb what is read.
            rows: list[tuple[int, str | bytes | None]]
            rows = self._connection.execute(_DEPENDENTS, (file,)).fetchall()
            for id, unit_path in rows:
                if id == file and id not in self._themselves:
                    continue
                reader = self._stored.get(id, id)
                if file not in self.since and reader not in self._begun:
                    continue  # It was noted then.
                if self._has_read(reader, file, since):
                    continue
                note = "INSERT OR REPLACE INTO stale VALUES(?, ?, ?)"
                self._connection.execute(note, (id, file, since))
                if unit_path is None:
                    self._give_up_claim(id)
                    headers.append(id)
                else:
                    found[id] = loaded_path(unit_path)
        return list((found | self._claimers(headers, found)).values())

    def _missed(self) -> dict[int, int]:
        """Of what was renewed before this transaction: what a unit of it may not have read."""
        first = min(self._begun.values(), default=LATEST)
        return {file: since for file, since in self._recent.items() if since > first}

    def _claimers(self, headers: Sequence[int], units: Collection[int]) -> dict[int, str]:
        """Of those of ``headers`` that none of ``units`` includes."""
        found: dict[int, str] = {}
        for header in headers:
            includers = self._connection.execute(_DEPENDENTS, (header,))
            if not any(includer in units for includer, _ in includers):
                rows = self._connection.execute(_CLAIMER, (header,))
                found |= {claimer: loaded_path(path) for claimer, path in rows}
        return found

    def _has_read(self, unit: int, file: int, since: int) -> bool:
        """Whether a unit of this transaction has seen the present content of ``file``."""
        begun = self._begun.get(unit)
        return begun is not None and (unit in self._readers.get(file, ()) or begun >= since)

    def _settle_file(self, file: int, unit: int, begun: int) -> bool:
        """Cross out what no longer holds for ``file``, as ``unit`` saw it; whether nothing does."""
        notes = self._connection.execute("SELECT header, since FROM stale WHERE unit = ?", (file,))
        left = False
        for header, since in notes.fetchall():
            if since <= begun or unit in self._readers.get(header, ()):
                cross_out = "DELETE FROM stale WHERE unit = ? AND header = ?"
                self._connection.execute(cross_out, (file, header))
            else:
                left = True
        return not left

    def _give_up_claim(self, file: int) -> None:
        query = "UPDATE file SET given_up = 1 WHERE path = ? AND NOT given_up"
        self.claims_lost += self._connection.execute(query, (file,)).rowcount


def forget(connection: sqlite3.Connection, file: int) -> None:
    """Cross out what is noted of a file: it leaves the index, or is right."""
    connection.execute("DELETE FROM stale WHERE unit = ?", (file,))


def restart_clock(connection: sqlite3.Connection) -> None:
    """Whatever the clock says from now on comes after all that is noted."""
    connection.execute("UPDATE stale SET since = 0")


def stale(connection: sqlite3.Connection) -> list[str]:
    """All that is noted, units and headers, by path."""
    return [loaded_path(path) for (path,) in connection.execute(_STALE)]


def stale_units(connection: sqlite3.Connection) -> list[str]:
    """Translation units that are to be indexed again, by path: those that are stale, or else those
    that extracted the headers that are."""
    rows = connection.execute(_STALE_UNITS).fetchall() or connection.execute(_STALE_CLAIMERS)
    return [loaded_path(path) for (path,) in rows]


_CLAIMER: Final = """
SELECT unit.path, path.path FROM file JOIN unit ON unit.path = file.claimed_by
JOIN path ON path.id = unit.path WHERE file.path = ?
"""

_STALE: Final = """
SELECT DISTINCT path.path FROM stale JOIN path ON path.id = stale.unit ORDER BY path.path
"""

_STALE_UNITS: Final = """
SELECT DISTINCT path.path FROM stale JOIN unit ON unit.path = stale.unit
JOIN path ON path.id = unit.path ORDER BY path.path
"""

_STALE_CLAIMERS: Final = """
SELECT DISTINCT path.path FROM stale JOIN file ON file.path = stale.unit AND file.given_up
JOIN unit ON unit.path = file.claimed_by JOIN path ON path.id = unit.path ORDER BY path.path
"""

# A header that is a unit of its own is indexed as one.
_DEPENDENTS: Final = """
WITH RECURSIVE reaches(id) AS (
    SELECT ?
    UNION
    SELECT file.path FROM reaches JOIN include ON include.target = reaches.id
    JOIN file ON file.id = include.file
)
SELECT reaches.id, path.path FROM reaches
LEFT JOIN unit ON unit.path = reaches.id LEFT JOIN path ON path.id = unit.path
"""
