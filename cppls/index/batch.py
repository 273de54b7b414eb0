"""One transaction's work: shards into rows.

Memory stays small whatever the batch: a shard is decoded file by file, a large one read from its
spool file part by part, and the entries of the inverted tables are written whenever enough wait.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from cppls.core.frames import read_frame
from cppls.core.messages import SHARD_VERSION, IncludeRecord, PackedFile, Shard
from cppls.core.model import FileStatus
from cppls.index import files, shelf, staleness, variants
from cppls.index.errors import IndexUnavailable
from cppls.index.schema import stored_path
from cppls.index.segments import Entries, bytes_of, entries_of, write_segment
from cppls.index.shelf import Content
from cppls.index.staleness import LATEST, Renewals

_SEGMENT_ENTRIES: Final = 1 << 15
"""Entries that wait in memory at the most, those of one part of a file apart: about 3 MB."""


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
    spool: str = ""
    """Where the files of a large shard lie."""
    begun: int = LATEST
    ended: int = 0
    """When the worker was given it, and when it had read all: see ``staleness.py``."""


class Batch:
    """What :class:`Writer` does inside one transaction on ``connection``."""

    def __init__(self, connection: sqlite3.Connection, recent: Mapping[int, int]) -> None:
        """``recent``: see ``staleness.Renewals``."""
        self.entries = Entries()
        self.new_claims: list[int] = []
        self.claims_lost = 0
        self.taken_back = 0
        self._connection = connection
        self._path_ids: dict[str | bytes, int] = {}
        self._open: _OpenFile | None = None
        self._additions: list[_Addition] = []
        self._addition: _Addition | None = None
        self._renewals = Renewals(connection, recent)
        self._source = _Source(0, 0, 0)

    def store(self, result: TranslationUnitResult) -> None:
        self._open = None
        unit = self.path_id(result.path)
        if result.headers:
            # The unit itself has not been read.
            self._source = _Source(unit, -unit, result.ended)
            with suppress(msgspec.DecodeError, ValueError):
                for part in _files_of(_open_shard(result), result.spool):
                    self._store_part(part, is_main=False)
            self._renewals.settle(-unit, result.begun)
            return
        self._source = _Source(unit, unit, result.ended)
        stamp = (result.content_hash, result.size, result.mtime_ns)
        errors, message, status = 0, result.message, result.status
        if status is FileStatus.INDEXED:
            try:
                shard = _open_shard(result)
                for number, file in enumerate(_files_of(shard, result.spool)):
                    self._store_part(file, is_main=number == 0)
                    if number == 0:
                        stamp = (file.content_hash, file.size, file.mtime_ns)
                errors, message = shard.errors, message or shard.first_error
            except (msgspec.DecodeError, ValueError) as error:
                status = FileStatus.FAILED
                message = f"the index worker answered with a malformed shard: {error}"
        before = "SELECT 1 FROM unit WHERE path = ? AND flags_hash != ?"
        if self._connection.execute(before, (unit, result.flags_hash)).fetchone() is not None:
            # Whoever knew that it would be so gave them up before: then this unit stored them.
            self._renewals.reflagged([unit], result.ended)
        facts = (result.flags_hash, *stamp, status, result.cpu_seconds, result.peak_rss)
        self._connection.execute(
            "INSERT OR REPLACE INTO unit VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (unit, *facts, errors, message),
        )
        self._renewals.settle(unit, result.begun)

    def remove(self, path: str, since: int) -> None:
        """Forget all that a file says, and note what rests on it."""
        id = self.path_id(path)
        self.drop_file(id)
        self._connection.execute("DELETE FROM unit WHERE path = ?", (id,))
        staleness.forget(self._connection, id)
        self._renewals.renewed(id, since)

    def outdate(self, path: str, since: int) -> None:
        """Note a file and all that rest on it."""
        self._renewals.outdated(self.path_id(path), since)

    def reflag(self, paths: Sequence[str], since: int) -> None:
        """Have extracted again what these translation units, whose flags changed, extracted."""
        self._renewals.reflagged({self.path_id(path) for path in paths}, since)

    def path_id(self, path: str | bytes) -> int:
        """The id of a path, a new one where it has none."""
        stored = stored_path(path)
        known = self._path_ids.get(stored)
        if known is not None:
            return known
        query = "SELECT id FROM path WHERE path = ?"
        row = self._connection.execute(query, (stored,)).fetchone()
        if row is None:
            query = "INSERT INTO path(path) VALUES(?) RETURNING id"
            row = self._connection.execute(query, (stored,)).fetchone()
        id = self._path_ids[stored] = int(row[0])
        return id

    def drop_file(self, path: int) -> int | None:
        """Forget what the index has of a path, or put it on the shelf; to be called before the
        path's row in ``unit`` changes. Returns the claim that it gave up, if any."""
        shelved = shelf.put(self._connection, path)
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
        if not shelved:
            shelf.delete_rows(self._connection, file)
        self.claims_lost += 1
        return int(claim)

    def take_back(
        self, present: Mapping[str, Content | None], units: Mapping[str, int], since: int
    ) -> set[str]:
        """Take from the shelf what is right now; see ``Writer.take_back``."""
        contents = {self.path_id(path): content for path, content in present.items()}
        flags = {self.path_id(path): flags_hash for path, flags_hash in units.items()}
        had = dict(self._connection.execute("SELECT path, flags_hash FROM unit"))
        other_flags = {path for path in flags if had.get(path, flags[path]) != flags[path]}
        back, right = shelf.returns(self._connection, contents, flags)
        for path in right:
            self._renewals.is_right(path)
        for each in back:
            self._renewals.renewed(each.version.path, since)
            self.drop_file(each.version.path)
            shelf.take(self._connection, each)
        # A unit may be back, and what it extracted still be of the flags that it had meanwhile.
        self._renewals.reflagged(other_flags & right, since)
        self.taken_back += len(back)
        asked = {**present, **units}
        return {path for path in asked if self.path_id(path) in right}

    @property
    def renewed(self) -> Mapping[int, int]:
        """See ``staleness.Renewals.since``."""
        return self._renewals.since

    def finish(self) -> list[str]:
        """Write what still waits; the translation units that became stale."""
        stale = self._renewals.finish()
        for addition in self._additions:
            self._add(addition)
        self._write_entries()
        self.claims_lost += self._renewals.claims_lost
        return stale

    def _write_entries(self) -> None:
        write_segment(self._connection, self.entries)
        self.entries = Entries()

    def sweep_orphans(self) -> int:
        """Drop the headers that nothing includes any more; returns how many there were."""
        dropped = 0
        # Dropping a header may orphan what it includes, hence rounds.
        while orphans := self._connection.execute(_UNREACHED_ORPHANS).fetchall():
            self._connection.execute("DELETE FROM orphan")
            for (path,) in orphans:
                staleness.forget(self._connection, path)
            dropped += sum(self.drop_file(path) is not None for (path,) in orphans)
        self._connection.execute("DELETE FROM orphan")
        return dropped

    def _store_part(self, part: PackedFile, *, is_main: bool) -> None:
        """Store a file, or what comes next of the one whose first part came last."""
        if part.part == 0:
            self._open = self._begin_file(part, is_main=is_main)
        elif self._addition is not None:
            self._addition.parts.append(part)
        if self._open is None:
            return
        if part.part:
            self._connection.execute(
                "UPDATE file SET occurrences = occurrences + ?, entries = entries + ?,"
                " bytes = bytes + ? WHERE id = ?",
                (part.occurrences, entries_of(part), bytes_of(part), self._open.id),
            )
        self._store_lists(self._open, part)
        self.entries.add_file(self._open.id, part)
        if len(self.entries) >= _SEGMENT_ENTRIES:
            self._write_entries()

    def _begin_file(self, shard: PackedFile, *, is_main: bool) -> _OpenFile | None:
        """Insert the file's row in place of what the path had; ``None`` for a duplicate."""
        claim = _signed(shard.key)
        self._addition = None
        row = self._connection.execute(_CLAIMED, (claim,)).fetchone()
        path = self.path_id(shard.path)
        if row is not None and not is_main:
            _, branches, is_unit = row
            self._renewals.carries(self._source.reader, path, stored=False)
            # A header with a unit of its own says what it says there.
            if not is_unit and set(files.claims_of(shard.branches)) - set(
                files.claims_of(branches)
            ):
                self._addition = _Addition(shard.key, self._source.unit, [shard])
                self._additions.append(self._addition)
            return None
        if shard.partial:
            # What it belongs to has left the index: whoever extracts that has to see this again.
            self.claims_lost += 1
            return None
        self._renew(path, shard.token_hash)
        if self.drop_file(path) == claim and not (row and row[1]):
            self.claims_lost -= 1
        if row is None:
            self.new_claims.append(shard.key)
        self.new_claims += files.claims_of(shard.branches)
        stamp = (shard.content_hash, shard.token_hash, shard.size, shard.mtime_ns)
        facts = (*stamp, shard.ascii, claim, shard.branches, self._source.unit)
        (file,) = self._connection.execute(
            f"INSERT INTO file VALUES(NULL{', ?' * 12}, NULL, 0) RETURNING id",
            (path, *facts, shard.occurrences, entries_of(shard), bytes_of(shard)),
        ).fetchone()
        return _OpenFile(file)

    def _add(self, addition: _Addition) -> None:
        """Add what a unit has read of a file and nobody before it."""
        row = self._connection.execute(_CLAIMED, (_signed(addition.claim),)).fetchone()
        outdated = self._connection.execute(
            "SELECT 1 FROM stale WHERE unit = ?", (addition.unit,)
        ).fetchone()
        if row is None or outdated:
            # It will be indexed again, and has to tell of it then.
            self.claims_lost += 1
            return
        file, known, _ = row
        branches = known + b"".join(
            claim.to_bytes(8, "little")
            for claim in files.claims_of(addition.parts[0].branches)
            if claim not in files.claims_of(known)
        )
        self.new_claims += files.claims_of(branches[len(known) :])
        self._connection.execute("UPDATE file SET branches = ? WHERE id = ?", (branches, file))
        if any(part.symbols or part.postings or part.diagnostics for part in addition.parts):
            self.entries.add_file(file, variants.add(self._connection, file, addition.parts))
        self._connection.executemany(
            _INCLUDE,
            [
                (file, *self._include_row(record))
                for part in addition.parts
                for record in part.includes
            ],
        )
        if len(self.entries) >= _SEGMENT_ENTRIES:
            self._write_entries()

    def _renew(self, path: int, token_hash: int) -> None:
        """Say that the file is stored anew, and whether that matters to those who include it."""
        query = "SELECT token_hash FROM file WHERE path = ?"
        before = self._connection.execute(query, (path,)).fetchone()
        self._renewals.carries(self._source.reader, path, stored=True)
        if before is not None and before[0] != token_hash:
            self._renewals.renewed(path, self._source.ended)

    def _store_lists(self, file: _OpenFile, part: PackedFile) -> None:
        """What the part holds, as it is, behind what came before."""
        id = file.id
        runs = enumerate(part.containers, file.runs)
        blocks = enumerate(part.postings, file.blocks)
        lists: dict[str, list[tuple[int | str | bytes | None, ...]]] = {
            "INSERT INTO symbol VALUES(?, ?, ?)": [(id, *block) for block in part.symbols],
            "INSERT INTO container VALUES(?, ?, ?)": [(id, *run) for run in runs],
            "INSERT INTO occurrence VALUES(?, ?, ?, ?)": [
                (id, first, number, block) for number, (first, block) in blocks
            ],
            _INCLUDE: [(id, *self._include_row(record)) for record in part.includes],
        }
        for statement, rows in lists.items():
            if rows:
                self._connection.executemany(statement, rows)
        if part.diagnostics:
            self._connection.execute("INSERT INTO diagnostic VALUES(?, ?)", (id, part.diagnostics))
        file.runs += len(part.containers)
        file.blocks += len(part.postings)

    def _include_row(self, record: IncludeRecord) -> tuple[int, int, int, bool, str, int | None]:
        target = self.path_id(record.target) if record.target else None
        i = record
        return i.line, i.column, i.length, i.angled, i.spelled, target


@dataclass(frozen=True, slots=True)
class _Source:
    """Where files come from that are being stored."""

    unit: int
    """The path that stands for their claimant."""
    reader: int
    """Who has read them, for ``staleness.Renewals``."""
    ended: int


@dataclass(frozen=True, slots=True)
class _Addition:
    """Branches of a file that is stored: they wait until all of the batch is known."""

    claim: int
    """Of the file, as ``FileShard`` has it."""
    unit: int
    """Who has read them."""
    parts: list[PackedFile]


@dataclass(slots=True)
class _OpenFile:
    """A file that may have more parts: how much of it is stored."""

    id: int
    runs: int = 0
    blocks: int = 0


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    """A ``Shard`` whose files are not decoded yet."""

    version: int
    files: list[msgspec.Raw]
    errors: int
    first_error: str
    spooled: int = 0


_decode_envelope: Final = msgspec.msgpack.Decoder(_Envelope | None).decode
_decode_file: Final = msgspec.msgpack.Decoder(PackedFile).decode

_INCLUDE: Final = "INSERT OR IGNORE INTO include VALUES(?, ?, ?, ?, ?, ?, ?)"

_CLAIMED: Final = """
SELECT id, branches, claimed_by = path FROM file WHERE claim = ? AND NOT given_up
"""

# A header with a unit of its own, or that something includes, is no orphan.
_UNREACHED_ORPHANS: Final = """
SELECT path FROM orphan WHERE path NOT IN (SELECT path FROM unit)
AND NOT EXISTS (
    SELECT 1 FROM include JOIN file ON file.id = include.file
    WHERE include.target = orphan.path AND file.path != orphan.path
)
"""


def _open_shard(result: TranslationUnitResult) -> Shard | _Envelope:
    shard = result.shard
    opened = _decode_envelope(shard) if isinstance(shard, msgspec.Raw) else shard
    if opened is None and result.spool:
        raise IndexUnavailable(result.spool, result.message, "free disk space")
    if opened is None:
        raise ValueError("there is none")
    if opened.version != SHARD_VERSION:
        raise ValueError(f"version {opened.version}, not {SHARD_VERSION}")
    return opened


def _files_of(shard: Shard | _Envelope, spool: str) -> Iterator[PackedFile]:
    """The files of a shard, or their parts, one at a time in memory."""
    for file in shard.files:
        yield _decode_file(file) if isinstance(file, msgspec.Raw) else file
    if not shard.spooled:
        return
    try:
        if os.path.getsize(spool) != shard.spooled:
            raise IndexUnavailable(spool, "it is not what was written", "leave the cache alone")
        with open(spool, "rb") as stream:
            while (frame := read_frame(stream)) is not None:
                yield _decode_file(frame)
    except OSError as error:
        reason = f"what was to be indexed cannot be read: {error.strerror}"
        raise IndexUnavailable(spool, reason, "leave the cache folder alone") from error


def _signed(key: int) -> int:
    return key - (1 << 64) if key >= 1 << 63 else key
