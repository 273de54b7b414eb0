"""One transaction's work: shards into rows.

Memory stays small whatever the batch: a shard is decoded file by file, and the entries of the
inverted tables are written whenever enough of them wait.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from cppls.core import spots
from cppls.core.messages import SHARD_VERSION, FileShard, IncludeRecord, Shard
from cppls.core.model import FileStatus
from cppls.index.blocks import posting_blocks, record_blocks
from cppls.index.schema import stored_path
from cppls.index.segments import Entries, write_segment

_SEGMENT_ENTRIES: Final = 1 << 15
"""Entries that wait in memory at the most, those of one file apart: about 5 MB."""


class TranslationUnitResult(msgspec.Struct, frozen=True):
    """How the attempt to index one translation unit ended.

    ``shard`` is what the worker sent (``IndexResult.shard``), or decoded. It counts when
    ``status`` is ``INDEXED``; after any other end the file keeps what the index has of it.
    """

    path: str
    flags_hash: int
    status: FileStatus
    shard: Shard | msgspec.Raw | None = None
    cpu_seconds: float = 0.0
    peak_rss: int = 0
    """Bytes."""
    message: str = ""
    """For a reader: why it failed, or what had to be left out."""
    content_hash: int = 0
    size: int = 0
    mtime_ns: int = 0
    """What the file was when it failed; after success the shard says it."""
    headers: bool = False
    """The shard is of headers alone, which ``path`` includes: of ``path`` itself it says nothing.
    A malformed one counts for nothing."""


class Batch:
    """What :class:`Writer` does inside one transaction on ``connection``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.entries = Entries()
        self.new_claims: list[int] = []
        self.claims_lost = 0
        self._connection = connection
        self._path_ids: dict[str | bytes, int] = {}

    def store(self, result: TranslationUnitResult) -> None:
        unit = self.path_id(result.path)
        if result.headers:
            with suppress(msgspec.DecodeError, ValueError):
                for file in _files_of(_open_shard(result.shard)):
                    self._store_file(file, unit, is_main=False)
            return
        stamp = (result.content_hash, result.size, result.mtime_ns)
        errors, message, status = 0, result.message, result.status
        if status is FileStatus.INDEXED:
            try:
                shard = _open_shard(result.shard)
                for number, file in enumerate(_files_of(shard)):
                    self._store_file(file, unit, is_main=number == 0)
                    if number == 0:
                        stamp = (file.content_hash, file.size, file.mtime_ns)
                errors, message = shard.errors, message or shard.first_error
            except (msgspec.DecodeError, ValueError) as error:
                status = FileStatus.FAILED
                message = f"the index worker answered with a malformed shard: {error}"
        facts = (result.flags_hash, *stamp, status, result.cpu_seconds, result.peak_rss)
        self._connection.execute(
            "INSERT OR REPLACE INTO unit VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (unit, *facts, errors, message),
        )

    def path_id(self, path: str | bytes) -> int:
        """The id of a path, a new one where it has none."""
        stored = stored_path(path)
        known = self._path_ids.get(stored)
        if known is not None:
            return known
        self._connection.execute("INSERT OR IGNORE INTO path(path) VALUES(?)", (stored,))
        query = "SELECT id FROM path WHERE path = ?"
        (id,) = self._connection.execute(query, (stored,)).fetchone()
        self._path_ids[stored] = id
        return int(id)

    def drop_file(self, path: int) -> int | None:
        """Delete what the index has of a path; returns the claim that it gave up, if any."""
        row = self._connection.execute(
            "DELETE FROM file WHERE path = ? RETURNING id, claim", (path,)
        ).fetchone()
        if row is None:
            return None
        file, claim = row
        self._connection.execute(
            "INSERT OR IGNORE INTO orphan SELECT target FROM include"
            " WHERE file = ? AND target IS NOT NULL",
            (file,),
        )
        for table in ("occurrence", "symbol", "include", "diagnostic"):
            self._connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))
        self.claims_lost += 1
        return int(claim)

    def finish(self) -> None:
        """Write the entries that still wait."""
        write_segment(self._connection, self.entries)
        self.entries = Entries()

    def sweep_orphans(self) -> int:
        """Drop the headers that nothing includes any more; returns how many there were."""
        dropped = 0
        # Dropping a header may orphan what it includes, hence rounds.
        while orphans := self._connection.execute(_UNREACHED_ORPHANS).fetchall():
            self._connection.execute("DELETE FROM orphan")
            dropped += sum(self.drop_file(path) is not None for (path,) in orphans)
        self._connection.execute("DELETE FROM orphan")
        return dropped

    def _store_file(self, shard: FileShard, unit: int, *, is_main: bool) -> None:
        claim = _signed(shard.key)
        query = "SELECT 1 FROM file WHERE claim = ?"
        known = self._connection.execute(query, (claim,)).fetchone() is not None
        if known and not is_main:
            return
        path = self.path_id(shard.path)
        if self.drop_file(path) == claim:
            self.claims_lost -= 1
        if not known:
            self.new_claims.append(shard.key)
        file = self._insert_file(shard, path, unit)
        self._connection.executemany(
            "INSERT OR IGNORE INTO include VALUES(?, ?, ?, ?, ?, ?, ?)",
            [(file, *self._include_row(record)) for record in shard.includes],
        )
        if shard.diagnostics:
            row = (file, _encode(shard.diagnostics))
            self._connection.execute("INSERT INTO diagnostic VALUES(?, ?)", row)
        if len(self.entries) >= _SEGMENT_ENTRIES:
            self.finish()

    def _include_row(self, record: IncludeRecord) -> tuple[int, int, int, bool, str, int | None]:
        target = self.path_id(record.target) if record.target else None
        i = record
        return i.line, i.column, i.length, i.angled, i.spelled, target

    def _insert_file(self, shard: FileShard, path: int, unit: int) -> int:
        """Insert the file's row, blocks and entries; returns its id."""
        postings = sorted(shard.postings)
        records = sorted(shard.symbols, key=lambda record: record.id)
        occurrences = spots.count(b"".join([blob for _, blob in postings]))
        facts = (shard.content_hash, shard.size, shard.mtime_ns, shard.ascii, _signed(shard.key))
        (file,) = self._connection.execute(
            "INSERT INTO file VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) RETURNING id",
            (path, *facts, unit, occurrences, shard.containers),
        ).fetchone()
        insert = self._connection.executemany
        insert("INSERT INTO occurrence VALUES(?, ?, ?)", posting_blocks(file, postings))
        insert("INSERT INTO symbol VALUES(?, ?, ?)", record_blocks(file, records))
        entries = self.entries.add_file(file, postings, records, shard.relations)
        self._connection.execute("UPDATE file SET entries = ? WHERE id = ?", (entries, file))
        return int(file)


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    """A ``Shard`` whose files are not decoded yet."""

    version: int
    files: list[msgspec.Raw]
    errors: int
    first_error: str


_decode_envelope: Final = msgspec.msgpack.Decoder(_Envelope | None).decode
_decode_file: Final = msgspec.msgpack.Decoder(FileShard).decode
_encode: Final = msgspec.msgpack.Encoder().encode

# A header with a unit of its own, or that something includes, is no orphan.
_UNREACHED_ORPHANS: Final = """
SELECT path FROM orphan WHERE path NOT IN (SELECT path FROM unit)
AND NOT EXISTS (
    SELECT 1 FROM include JOIN file ON file.id = include.file
    WHERE include.target = orphan.path AND file.path != orphan.path
)
"""


def _open_shard(shard: Shard | msgspec.Raw | None) -> Shard | _Envelope:
    opened = _decode_envelope(shard) if isinstance(shard, msgspec.Raw) else shard
    if opened is None:
        raise ValueError("there is none")
    if opened.version != SHARD_VERSION:
        raise ValueError(f"version {opened.version}, not {SHARD_VERSION}")
    return opened


def _files_of(shard: Shard | _Envelope) -> Iterator[FileShard]:
    for file in shard.files:
        yield _decode_file(file) if isinstance(file, msgspec.Raw) else file


def _signed(key: int) -> int:
    return key - (1 << 64) if key >= 1 << 63 else key
