"""Answers from an index: everything a feature may ask of it.

A reader holds one read-only connection and is used by one thread at a time. It sees each commit
of the writer, also of one in another process, and a database that was replaced is noticed and
opened anew. Paths are ``str`` from :func:`os.fsdecode`; lines and byte columns are 0-based.

Every method raises ``IndexProblem``: ``IndexUnavailable`` while there is no index or another
version's, ``IndexDamaged`` when the database is not whole (the writer rebuilds it).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from typing import Concatenate, Final, ParamSpec, TypeVar

import msgspec

from cppls.core.live_questions import OutlineItem
from cppls.core.model import (
    Diagnostic,
    FileInfo,
    Include,
    IndexCounts,
    Location,
    Position,
    Reference,
    Relation,
    RelationKind,
    Role,
    Statistics,
    Symbol,
    SymbolId,
)
from cppls.index import (
    completing,
    digest,
    files,
    include_use,
    includers,
    lock,
    occurrences,
    places,
    problems,
    relations,
    search,
    shelf,
    staleness,
    symbols,
)
from cppls.index.completing import Offer, Spelling
from cppls.index.database import size_on_disk
from cppls.index.digest import IndexDigest
from cppls.index.errors import IndexDamaged, IndexMissing, IndexUnavailable, sqlite_errors
from cppls.index.occurrences import Calls, Occurrence
from cppls.index.overlay import NOTHING, OpenFiles, ReadConnection
from cppls.index.schema import SCHEMA_VERSION, connect_reader, is_of, stored_path, version_of

P = ParamSpec("P")
T = TypeVar("T")

_NAMED: Final = 1000
"""Symbols of one name at the most."""


class Reader:
    """Reads the index at ``path`` (of the database) of the project at ``root`` (empty: of any).

    Opened at the first question.
    """

    def __init__(self, path: str, root: str = "") -> None:
        self._path = path
        self._root = root
        self._connection: ReadConnection | None = None
        self._open_files: OpenFiles | None = None
        self._identity: tuple[int, int] | None = None
        self._questions = 0
        self._openings = 0

    # --- symbols --------------------------------------------------------------------------------

    def symbols(self, ids: Iterable[SymbolId]) -> list[Symbol]:
        """The symbols of ``ids`` that the index knows, in that order; all files' records merged."""
        return self._ask(symbols.merged, ids)

    def declaring_paths(self, ids: Iterable[SymbolId]) -> dict[SymbolId, list[str]]:
        """The files that declare symbols, some of them where there are hundreds."""
        return self._ask(symbols.declaring_paths, ids)

    def symbols_named(self, name: str, limit: int = _NAMED) -> list[Symbol]:
        """Symbols called ``name``: ``c``, ``b::c`` (any scope that ends so) or ``::a::b::c``."""
        return self._ask(symbols.named, _encodable(name), limit)

    def search(self, query: str, limit: int = 100) -> list[Symbol]:
        """Symbols whose names resemble ``query``, the best first; see ``index/search.py``."""
        return self._ask(search.search, _encodable(query), limit)

    def offers(self, query: str, limit: int = 20) -> list[Offer]:
        """Symbols of headers that complete ``query``; see ``index/completing.py``."""
        return self._ask(completing.offers, _encodable(query), limit)

    def uses(self, names: Iterable[str], seconds: float) -> dict[str, int]:
        """How many files name symbols that are called so; of the first ones only, when that takes
        longer than ``seconds``."""
        return self._ask(completing.uses, [_encodable(name) for name in names], seconds)

    def include_spelling(self, header: str) -> Spelling | None:
        """How other files include a header, directly or by way of another; ``None``: none does."""
        return self._ask(completing.include_spelling, header)

    def outline(self, path: str) -> list[OutlineItem]:
        """The declarations of a file as a tree."""
        return self._ask(symbols.outline, stored_path(path))

    # --- occurrences ----------------------------------------------------------------------------

    def definitions(self, id: SymbolId) -> list[Reference]:
        """Every definition of a symbol, by path and position."""
        return self._ask(occurrences.declarations, id, definitions=True)

    def declarations(self, id: SymbolId) -> list[Reference]:
        """Every declaration of a symbol that is not a definition, by path and position."""
        return self._ask(occurrences.declarations, id, definitions=False)

    def references(
        self,
        ids: Iterable[SymbolId],
        roles: Role | None = None,
        limit: int | None = None,
        *,
        without: Role = Role.NONE,
        path: str | None = None,
    ) -> list[Reference]:
        """Occurrences of any of ``ids`` that have any of ``roles`` and none of ``without``.

        By path and position; with ``path`` those of that file only, with ``limit`` those of the
        first paths. Declarations and definitions are occurrences too.
        """
        if path is not None:
            return self._ask(occurrences.references_in, path, ids, roles, without)[:limit]
        return self._ask(occurrences.references, ids, roles, without, limit)

    def container_names(self, references: Iterable[Reference]) -> dict[SymbolId, str]:
        """Qualified names of what contains these references: much cheaper than ``symbols``."""
        return self._ask(symbols.container_names, references)

    def occurrences_at(self, path: str, line: int, column: int) -> list[Occurrence]:
        """What the token at a position names; a token that ends there counts if none begins."""
        return self._ask(occurrences.occurrences_at, stored_path(path), line, column)

    def uses_in(self, path: str) -> dict[SymbolId, list[Reference]]:
        """Where a file uses symbols that it does not declare; without containers."""
        return self._ask(occurrences.uses_in, stored_path(path))

    def named_at(self, path: str, places: Collection[Position]) -> dict[Position, list[SymbolId]]:
        """What the tokens that begin at ``places`` of a file name: one pass over the file."""
        return self._ask(occurrences.named_at, stored_path(path), places)

    def occurring_in(self, path: str, ids: Iterable[SymbolId]) -> set[SymbolId]:
        """Those of ``ids`` that occur in a file."""
        return self._ask(occurrences.occurring_in, stored_path(path), ids)

    def callers(self, id: SymbolId, limit: int | None = None) -> list[Calls]:
        """Who calls a symbol, and where; ``limit`` bounds the calls."""
        return self._ask(occurrences.callers, id, limit)

    def callees(self, id: SymbolId) -> list[Calls]:
        """What a function calls, and where."""
        return self._ask(occurrences.callees, id)

    # --- relations ------------------------------------------------------------------------------

    def relations(self, id: SymbolId) -> list[Relation]:
        """All relations that ``id`` is the subject or the object of."""
        return self._ask(relations.relations, id)

    def objects(self, subject: SymbolId, kind: RelationKind) -> list[SymbolId]:
        """What ``subject`` relates to directly: derived classes, overriding methods, ..."""
        return self._ask(relations.related, subject, kind)

    def subjects(self, object: SymbolId, kind: RelationKind) -> list[SymbolId]:
        """What relates to ``object`` directly: bases, overridden methods, the template."""
        return self._ask(relations.related, object, -kind)

    def all_objects(self, subject: SymbolId, kind: RelationKind) -> list[SymbolId]:
        """What ``subject`` relates to, directly or through others, the nearest first."""
        return self._ask(relations.reachable, subject, kind)

    def all_subjects(self, object: SymbolId, kind: RelationKind) -> list[SymbolId]:
        """What relates to ``object``, directly or through others, the nearest first."""
        return self._ask(relations.reachable, object, -kind)

    # --- files ----------------------------------------------------------------------------------

    def file(self, path: str) -> FileInfo | None:
        """What is known of a file; ``None`` when it was neither tried nor extracted."""
        return self._ask(files.file_info, path)

    def all_files(self) -> Iterator[FileInfo]:
        """Every file, streamed in pages: for the check what changed since the last run."""
        after = 0
        while page := self._ask(files.file_page, after):
            after, infos = page
            yield from infos

    def holds(self, keys: bytes) -> bool:
        """Whether all these claims are in the index: uint64 little-endian, concatenated."""
        return self._ask(files.holds, keys)

    def earlier(self, paths: Iterable[str] | None = None) -> dict[str, set[tuple[int, int]]]:
        """Of these paths, or of all, those of which earlier contents are kept: for each the signed
        content hash and the size."""
        stored = None if paths is None else [stored_path(path) for path in paths]
        return self._ask(shelf.earlier, stored)

    def ascii_files(self, paths: Iterable[str]) -> set[str]:
        """Those of ``paths`` that held nothing but ASCII when they were indexed."""
        return self._ask(files.ascii_files, paths)

    def includes(self, path: str) -> list[Include]:
        """The include directives of a file, by position."""
        return self._ask(files.includes, path)

    def included_by(self, path: str) -> list[Location]:
        """The include directives that lead to a file directly, by path and position."""
        return self._ask(files.included_by, path)

    def donor(self, path: str) -> str | None:
        """The translation unit whose flags a header should take: the nearest that includes it."""
        return self._ask(includers.donor, path)

    def stale_units(self) -> list[str]:
        """Translation units that rest on an earlier content of a file, by path: they are to be
        indexed again."""
        return self._ask(staleness.stale_units)

    def stale(self) -> list[str]:
        """The same with headers: they are to be extracted again by a unit that includes them."""
        return self._ask(staleness.stale)

    def donors(self, path: str, limit: int) -> list[str]:
        """The translation units that include a file, directly or not, the nearest first."""
        return self._ask(includers.donors, path, limit)

    def directives(self, unit: str, path: str) -> list[Location]:
        """The include directives that lead from a translation unit to a file, in that order."""
        return self._ask(includers.directives, unit, path)

    def folders(self) -> set[str]:
        """All folders that hold indexed files."""
        return self._ask(places.folders)

    def newest(self) -> int:
        """A number that grows when the index comes to know a file."""
        return self._ask(places.newest)

    def below(self, folders: Iterable[str], *, deep: bool) -> list[str]:
        """The indexed files in folders, by path; ``deep``: at any depth."""
        return self._ask(places.below, folders, deep=deep)

    def unresolved(self) -> list[str]:
        """What include directives spell that found no file, by name."""
        return self._ask(places.unresolved)

    def spelled(self) -> list[tuple[str, str]]:
        """All include directives: the file, and what it spells."""
        return self._ask(places.spelled)

    def resolved(self, names: Collection[str] | None = None) -> list[places.Resolved]:
        """The include directives that found a file and spell one of these file names, or all."""
        return self._ask(places.resolved, names)

    def through(self, links: Iterable[str]) -> list[str]:
        """Files with an include that may have come to its file through one of these links."""
        return self._ask(places.through, links)

    def missing(self, paths: Iterable[str]) -> list[str]:
        """Files with an include that did not resolve and may mean one of ``paths``, by path."""
        return self._ask(files.missing, paths)

    def dependents(self, paths: Iterable[str]) -> list[str]:
        """The translation units that include any of ``paths``, directly or not, or are one."""
        return self._ask(files.dependents, paths)

    def diagnostics(self, path: str | None = None, limit: int | None = None) -> list[Diagnostic]:
        """The diagnostics of a file, or of the whole project, by path."""
        return self._ask(files.diagnostics, path, limit)

    def problems(self, path: str) -> list[Diagnostic]:
        """A file's diagnostics, and why it could not be indexed if it could not."""
        return self._ask(problems.problems, path)

    def problem_marks(self) -> dict[str, str]:
        """For each file that has problems a mark of them: other problems, another mark."""
        return self._ask(problems.problem_marks)

    def providers(self, path: str) -> set[str] | None:
        """The files that declare what a file names; see ``index/include_use.py``."""
        return self._ask(include_use.providers, path)

    def declares_anything(self, path: str) -> bool:
        """Whether a file declares any symbol."""
        return self._ask(include_use.declares_anything, path)

    def failures(self, limit: int = 100) -> list[FileInfo]:
        """Translation units whose last attempt failed or that were set aside, by path."""
        return self._ask(files.failures, limit)

    def quarantined(self, limit: int = 10_000) -> list[FileInfo]:
        """Translation units that do not fit into the memory budget, the costliest first."""
        return self._ask(files.quarantined, limit)

    def set_aside(self, limit: int = 100) -> list[FileInfo]:
        """Translation units that are left alone until they change, the costliest first: those in
        quarantine and those over which workers died."""
        return self._ask(files.set_aside, limit)

    def costliest(self, limit: int = 10) -> list[FileInfo]:
        """The translation units that took the most CPU time, the costliest first."""
        return self._ask(files.costliest, limit)

    def counts(self) -> IndexCounts:
        """The totals. Symbols are distinct ones; references are occurrences of all roles.

        In a big index the number of symbols is an estimate.
        """
        return IndexCounts(*self._ask(files.totals), index_bytes=size_on_disk(self._path))

    def digest(self) -> IndexDigest:
        """The digest of all that the index holds; takes seconds for a large one."""
        return self._ask(digest.digest)

    # --- open files -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def over(self, open_files: OpenFiles) -> Generator[None]:
        """Have symbols, occurrences and relations of open files take the place of stored ones
        while the body runs; ``index/overlay.py`` says how."""
        self._open_files = open_files
        try:
            yield
        finally:
            self._open_files = None

    # --- the connection -------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connection; another question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def shrink(self) -> None:
        """Give back what the connection's page cache holds; it fills again as it is used."""
        if self._connection is not None:
            with sqlite_errors(self._path):
                self._connection.execute("PRAGMA shrink_memory")

    def statistics(self) -> Statistics:
        """Counts since this reader was made."""
        return {
            "open": self._connection is not None,
            "questions": self._questions,
            "openings": self._openings,
        }

    def _ask(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``function(connection, ...)`` in one read transaction: one moment of the index."""
        self._questions += 1
        with sqlite_errors(self._path):
            connection = self._current()
            connection.execute("BEGIN")
            try:
                if self._open_files is not None:
                    connection.overlay = self._open_files.at(connection)
                return function(connection, *args, **kwargs)
            except (msgspec.DecodeError, ValueError) as error:
                # A page that SQLite takes for good can hold a block that cannot be decoded.
                raise IndexDamaged(self._path, str(error)) from error
            finally:
                connection.overlay = NOTHING
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _current(self) -> ReadConnection:
        """The connection to the database that lies at the path now."""
        try:
            status = os.stat(self._path)
        except FileNotFoundError as error:
            self.close()
            raise IndexMissing(self._path) from error
        except OSError as error:
            hint = "check that you may read this folder"
            raise IndexUnavailable(self._path, str(error.strerror), hint) from error
        identity = (status.st_dev, status.st_ino)
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection = self._open()
            self._identity = identity
        return self._connection

    def _open(self) -> ReadConnection:
        try:
            connection = self._connect(immutable=False)
        except sqlite3.OperationalError:
            # SQLite wants a file for its locks beside the database, also to read it.
            if not _is_sealed(self._path):
                raise
            connection = self._connect(immutable=True)
        self._openings += 1
        return connection

    def _connect(self, *, immutable: bool) -> ReadConnection:
        connection = connect_reader(self._path, immutable=immutable, factory=ReadConnection)
        try:
            version = version_of(connection)
            if version != SCHEMA_VERSION:
                hint = "index the project again with this version (cppls index)"
                reason = "the index was made by another version of cppls"
                raise IndexUnavailable(self._path, reason, hint)
            if self._root and not is_of(connection, self._root):
                reason = f"the index was made for another folder than {self._root}"
                raise IndexUnavailable(self._path, reason, "index the project (cppls index)")
        except BaseException:
            connection.close()
            raise
        return connection


def _is_sealed(path: str) -> bool:
    """Whether the database lies where this user cannot write, is whole, and nobody writes it."""
    folder = os.path.dirname(path)
    if os.access(folder, os.W_OK) or lock.owner(folder):
        return False
    # What is in a log only comes to the database by being written there.
    return not os.path.exists(path + "-wal") or os.path.getsize(path + "-wal") == 0


def _encodable(text: str) -> str:
    """``text`` without lone surrogates, which no name holds and SQLite does not take."""
    return text.encode(errors="replace").decode()
