"""The only writer of an index: takes over what workers found, one transaction per batch.

Used from one thread, while the process holds the folder's lock. Knows shards, and nothing of
where they come from.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from array import array
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from cppls.core.model import Statistics
from cppls.index import database, files, segments, shelf, staleness
from cppls.index.batch import Batch, TranslationUnitResult
from cppls.index.errors import IndexDamaged, IndexFull, sqlite_errors
from cppls.index.schema import connect_writer, stored_path
from cppls.index.shelf import Content

_OVER: Final = object()

_RESTAMP: Final = """
UPDATE {} SET mtime_ns = ? WHERE content_hash = ? AND path = (SELECT id FROM path WHERE path = ?)
"""


class Stamp(NamedTuple):
    """A file that was touched."""

    path: str
    content_hash: int
    """What it still is."""
    mtime_ns: int


class Writer:
    """Writes the index at ``path``. Made by ``Index.open``; its methods raise ``IndexProblem``.

    ``IndexFull`` and ``IndexUnavailable``: nothing was written, what was there stays.
    ``IndexDamaged``: the database was set aside and an empty one made, see ``notices``.
    """

    def __init__(self, path: str, root: str, notices: list[str]) -> None:
        self._path = path
        self._root = root
        self._notices = notices
        with sqlite_errors(path):
            self._connection = connect_writer(path)
        self._claims_epoch = 0
        self._commits = 0
        self._merge_steps = 0
        self._merging: Iterator[None] | None = None
        self._newly_stale: list[str] = []
        self._recent: dict[int, int] = {}
        """What was renewed since the last rest, for units that are still at work."""
        self._rebuilds = 0
        self._taken_back = self._evicted = 0
        with sqlite_errors(path):
            self._shelved = shelf.size(self._connection)
        with self._transaction() as connection:
            staleness.restart_clock(connection)

    @property
    def claims_epoch(self) -> int:
        """Goes up whenever a claim leaves the index.

        A worker that was told claims under an older epoch would go on skipping such a file should
        its old content come back (another branch checked out, say): let it forget, and tell it
        ``known_keys`` anew.
        """
        return self._claims_epoch

    def commit(self, batch: Sequence[TranslationUnitResult]) -> list[int]:
        """Write ``batch`` in one transaction; returns the claim keys that are new to the index.

        A translation unit's main file is always replaced. A header whose claim is known already
        is a duplicate and dropped; with another content it replaces the path's old one. A shard
        that makes no sense fails its translation unit, not the batch.
        """
        epoch = self._claims_epoch
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            for result in batch:
                work.store(result)
            stale = work.finish()
            epoch += work.claims_lost
        # Only what was committed counts.
        self._claims_epoch = epoch
        self._recent |= work.renewed
        self._newly_stale += stale
        self._commits += 1
        # A merge wants room for a second copy; without it the index works on, a little slower.
        with suppress(IndexFull):
            self._merge_step()
        return work.new_claims

    def remove(self, paths: Sequence[str]) -> None:
        """Forget all that these files say, as translation units and as headers."""
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            for path in paths:
                work.remove(path, time.monotonic_ns())
            stale = work.finish()
        self._claims_epoch += work.claims_lost
        self._recent |= work.renewed
        gone = set(paths)
        self._newly_stale = [path for path in self._newly_stale + stale if path not in gone]

    def outdate(self, paths: Sequence[str]) -> None:
        """These files may mean something else now, though nobody touched them: what one includes
        may lie elsewhere, say. They and all that include them are to be indexed again."""
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            for path in paths:
                work.outdate(path, time.monotonic_ns())
            stale = work.finish()
        self._claims_epoch += work.claims_lost
        self._recent |= work.renewed
        self._newly_stale += stale

    def reflag(self, paths: Sequence[str]) -> None:
        """These translation units have other flags than they were indexed with: what they extracted
        of headers may mean something else now, and is to be extracted again."""
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            work.reflag(paths, time.monotonic_ns())
            stale = work.finish()
        self._claims_epoch += work.claims_lost
        self._newly_stale += stale

    def restamp(self, stamps: Sequence[Stamp]) -> None:
        """These files were touched and are what they were: note it, so that nobody looks again."""
        with self._transaction() as connection:
            for stamp in stamps:
                values = (stamp.mtime_ns, stamp.content_hash, stored_path(stamp.path))
                for table in ("file", "unit"):
                    connection.execute(_RESTAMP.format(table), values)

    def newly_stale(self) -> list[str]:
        """Translation units that became stale since this was last asked; see ``staleness.py``."""
        stale, self._newly_stale = self._newly_stale, []
        return stale

    def take_back(
        self, present: Mapping[str, Content | None], units: Mapping[str, int]
    ) -> set[str]:
        """Take back what was indexed before and is right again, in one transaction.

        ``present``: the files that are not on disk as the index has them (changed, gone, come
        back), all of them: what includes one that is missing here would be taken for right.
        ``None``: gone, or nobody knows what it holds. ``units``: translation units that may have to
        be indexed, with their present flags hashes. Returns those of both of which the index has
        all now; claims may have come and gone.
        """
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            right = work.take_back(present, units, time.monotonic_ns())
            stale = work.finish()
        # Workers are to learn of claims that came back as of those that went.
        self._claims_epoch += 1
        self._taken_back += work.taken_back
        self._recent |= work.renewed
        self._newly_stale += stale
        return right

    def known_keys(self) -> bytes:
        """Every claim in the index: uint64 little-endian, concatenated, for ``KnownFiles``."""
        with sqlite_errors(self._path):
            query = "SELECT claim, branches FROM file WHERE NOT given_up"
            rows = self._connection.execute(query).fetchall()
        keys = array("q", (claim for claim, _ in rows))
        if sys.byteorder == "big":
            keys.byteswap()
        return b"".join((keys.tobytes(), *(branches for _, branches in rows)))

    def tidy(self, shelf_bytes: int = 0, *, at_rest: bool = True) -> int:
        """For idle times: drop headers that nothing includes any more, give memory and disk back.

        Returns the number of files dropped. Only headers that lost an includer are looked at.
        Earlier contents of files keep ``shelf_bytes``; with any, what the index holds now will be
        kept when it changes, but only when it is ``at_rest``: true, as far as anybody knows.
        """
        with self._transaction() as connection:
            work = Batch(connection, self._recent)
            dropped = work.sweep_orphans()
            if shelf_bytes and at_rest:
                shelf.note_contexts(connection)
            evicted = shelf.evict(connection, shelf_bytes)
            shelved = shelf.size(connection)
        if at_rest:
            self._recent.clear()  # Whoever begins from now on reads what there is now.
        self._shelved = shelved
        self._claims_epoch += work.claims_lost
        self._evicted += evicted
        while self._merge_step():
            pass
        with sqlite_errors(self._path):
            wasteful = segments.wasteful(self._connection)
        if wasteful:
            self._merging = segments.merge(self._transaction, wasteful)
        while self._merge_step():
            pass
        with self._transaction() as connection:
            if wasteful:
                segments.sweep_unused(connection)
            files.keep_symbol_count(connection)
        with sqlite_errors(self._path):
            # A script is run to its end; ``execute`` would free one page and stop.
            self._connection.executescript(
                "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory;"
            )
        return dropped

    def rebuild(self, reason: str) -> None:
        """Set the database aside as damaged and go on with an empty one."""
        self._connection.close()
        self._merging = None
        self._notices.append(database.replace_damaged(self._path, self._root, reason))
        with sqlite_errors(self._path):
            self._connection = connect_writer(self._path)
        self._recent.clear()  # Paths have other numbers; all is compared and indexed anew.
        self._claims_epoch += 1
        self._rebuilds += 1

    def shrink(self) -> None:
        """Give back what the connection's page cache holds; it fills again as it is used."""
        with sqlite_errors(self._path):
            self._connection.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Close the connection; the log is folded into the database."""
        self._connection.close()

    def statistics(self) -> Statistics:
        """Counts since this writer was made; what is on the shelf as it was when last tidied."""
        return {
            "commits": self._commits,
            "merge_steps": self._merge_steps,
            "rebuilds": self._rebuilds,
            "recently_renewed": len(self._recent),
            "claims_epoch": self._claims_epoch,
            "shelf": {
                "files": self._shelved[0],
                "bytes": self._shelved[1],
                "taken_back": self._taken_back,
                "evicted": self._evicted,
            },
        }

    def _merge_step(self) -> bool:
        """One step of the merge under way, or of one that is due; whether there was any."""
        if self._merging is None:
            with sqlite_errors(self._path):
                unread = segments.left_over(self._connection)
                crowded = segments.crowded(self._connection)
            if unread:
                self._merging = segments.delete(self._transaction, unread)
            elif crowded:
                self._merging = segments.merge(self._transaction, crowded)
            else:
                return False
        merging, self._merging = self._merging, None
        if next(merging, _OVER) is not _OVER:
            # An error has ended the generator: what it left is merged another time.
            self._merging = merging
            self._merge_steps += 1
        return True

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        try:
            with sqlite_errors(self._path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    # A full disk rolls back by itself; a second ROLLBACK would be an error.
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
        except IndexDamaged as damage:
            self.rebuild(damage.reason)
            raise
