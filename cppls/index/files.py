"""Files: what the index knows of them, who includes whom, their diagnostics, the totals.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from cppls.core.messages import DiagnosticRecord
from cppls.core.model import (
    Diagnostic,
    FileInfo,
    FileStatus,
    Include,
    Location,
    Severity,
    Span,
)
from cppls.core.packing import unpacked_diagnostics
from cppls.index.inverted import count_symbols
from cppls.index.schema import loaded_path, stored_path

_PAGE: Final = 1000
"""Rows read at a time where all files are streamed, so that no long read keeps the log growing."""

_COUNTED: Final = 1 << 19
"""Entries of the index that are looked through to count symbols: about a tenth of a second."""

_COUNTED_ONCE: Final = 1 << 22
"""The same for the count that is kept."""


def file_info(connection: sqlite3.Connection, path: str) -> FileInfo | None:
    """All about one file."""
    query = f"{_FILE_INFO} AND path.path = ?"
    row = connection.execute(query, (stored_path(path),)).fetchone()
    return _file_info(row) if row else None


def file_page(connection: sqlite3.Connection, after: int) -> tuple[int, list[FileInfo]] | None:
    """Some files, and where to go on: ``after`` for the next page, 0 for the first."""
    query = f"{_FILE_INFO} AND path.id > ? ORDER BY path.id LIMIT {_PAGE}"
    rows = connection.execute(query, (after,)).fetchall()
    return (rows[-1][0], [_file_info(row) for row in rows]) if rows else None


def failures(connection: sqlite3.Connection, limit: int) -> list[FileInfo]:
    """Translation units whose last attempt failed, by path."""
    query = f"{_FILE_INFO} AND unit.status > ? ORDER BY path.path LIMIT ?"
    return [_file_info(row) for row in connection.execute(query, (FileStatus.INDEXED, limit))]


def quarantined(connection: sqlite3.Connection, limit: int) -> list[FileInfo]:
    """Translation units that do not fit into the memory budget, the costliest first."""
    query = f"{_FILE_INFO} AND unit.status = ? ORDER BY unit.peak_rss DESC, path.path LIMIT ?"
    return [_file_info(row) for row in connection.execute(query, (FileStatus.QUARANTINED, limit))]


def set_aside(connection: sqlite3.Connection, limit: int) -> list[FileInfo]:
    """Those in quarantine and those that kill every worker, the costliest first."""
    query = f"{_FILE_INFO} AND unit.status IN (?, ?) ORDER BY unit.peak_rss DESC, path.path LIMIT ?"
    values = (FileStatus.QUARANTINED, FileStatus.CRASHED, limit)
    return [_file_info(row) for row in connection.execute(query, values)]


def costliest(connection: sqlite3.Connection, limit: int) -> list[FileInfo]:
    """The translation units that took the most CPU, the costliest first."""
    query = f"{_FILE_INFO} AND unit.path NOT NULL ORDER BY unit.cpu_seconds DESC LIMIT ?"
    return [_file_info(row) for row in connection.execute(query, (limit,))]


def holds(connection: sqlite3.Connection, keys: bytes) -> bool:
    """Whether all these claims are in the index; packed as ``Writer.known_keys`` does.

    Those of a file's branches come behind its own.
    """
    claims = array("q", keys)
    if sys.byteorder == "big":
        claims.byteswap()
    query = "SELECT branches FROM file WHERE claim = ? AND NOT given_up"
    branches: set[int] = set()
    for key, claim in zip(array("Q", claims.tobytes()), claims, strict=True):
        if key in branches:
            continue
        row = connection.execute(query, (claim,)).fetchone()
        if row is None:
            return False
        branches.update(claims_of(row[0]))
    return True


def claims_of(packed: bytes) -> array[int]:
    """Claims out of ``KnownFiles``' form: unsigned."""
    claims = array("Q", packed)
    if sys.byteorder == "big":
        claims.byteswap()
    return claims


def ascii_files(connection: sqlite3.Connection, paths: Iterable[str]) -> set[str]:
    """Those of ``paths`` that are indexed and held nothing but ASCII when they were."""
    query = "SELECT 1 FROM path JOIN file ON file.path = path.id WHERE path.path = ? AND ascii"
    return {path for path in paths if connection.execute(query, (stored_path(path),)).fetchone()}


def includes(connection: sqlite3.Connection, path: str) -> list[Include]:
    """A file's include directives, by position."""
    return [
        Include(_on_line(line, column, length), spelled, bool(angled), loaded_path(target or ""))
        for line, column, length, angled, spelled, target in connection.execute(
            _INCLUDES, (stored_path(path),)
        )
    ]


def included_by(connection: sqlite3.Connection, path: str) -> list[Location]:
    """The include directives that lead to a file directly, by path and position."""
    rows = connection.execute(_INCLUDED_BY, (stored_path(path),))
    return [Location(loaded_path(includer), _on_line(*place)) for includer, *place in rows]


def missing(connection: sqlite3.Connection, paths: Iterable[str]) -> list[str]:
    """Files with an include directive that did not resolve and may mean one of ``paths``.

    It may when the file name it spells is the end of the path. Which folders are searched only
    the compiler knows.
    """
    endings: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        endings[os.path.basename(path)].append(path)
    found: set[str] = set()
    for includer, spelled in connection.execute(_UNRESOLVED):
        name = re.sub(r"^(\.\./|/)+", "", os.path.normpath(spelled))
        if any(path.endswith(f"/{name}") for path in endings.get(os.path.basename(name), ())):
            found.add(loaded_path(includer))
    return sorted(found)


def dependents(connection: sqlite3.Connection, paths: Iterable[str]) -> list[str]:
    """The translation units that include any of ``paths``, directly or not, or are one of them."""
    found: set[str] = set()
    for path in paths:
        found.update(
            loaded_path(unit) for (unit,) in connection.execute(_DEPENDENTS, (stored_path(path),))
        )
    return sorted(found)


def diagnostics(
    connection: sqlite3.Connection, path: str | None, limit: int | None
) -> list[Diagnostic]:
    """The diagnostics of a file, or of all, by path; at the most ``limit``."""
    found: list[Diagnostic] = []
    query = _DIAGNOSTICS if path is None else f"{_DIAGNOSTICS} WHERE path.path = ?"
    values = () if path is None else (stored_path(path),)
    for stored, records in connection.execute(f"{query} ORDER BY path.path", values):
        found += [_diagnostic(loaded_path(stored), r) for r in unpacked_diagnostics(records)]
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def totals(connection: sqlite3.Connection) -> tuple[int, int, int, int, int]:
    """Translation units, those that failed, files, symbols, occurrences of all roles."""
    (units, failed) = connection.execute(
        "SELECT count(*), count(status > ? OR NULL) FROM unit", (FileStatus.INDEXED,)
    ).fetchone()
    (files, occurrences) = connection.execute(
        "SELECT count(*), coalesce(sum(occurrences), 0) FROM file"
    ).fetchone()
    return units, failed, files, _kept_or_counted(connection), occurrences


def keep_symbol_count(connection: sqlite3.Connection) -> None:
    """Store the number of symbols for as long as no file changes: counting reads all postings."""
    count = count_symbols(connection, _COUNTED_ONCE)
    row = ("symbols", count, "symbols_state", _state(connection))
    connection.execute("INSERT OR REPLACE INTO meta VALUES(?, ?), (?, ?)", row)


def _kept_or_counted(connection: sqlite3.Connection) -> int:
    kept = dict(connection.execute("SELECT key, value FROM meta WHERE key GLOB 'symbols*'"))
    if kept.get("symbols_state") == _state(connection):
        return int(kept["symbols"])
    return count_symbols(connection, _COUNTED)


def _state(connection: sqlite3.Connection) -> str:
    """Changes with every file that comes or goes, as ids are never used twice, or grows."""
    query = "SELECT coalesce(max(id), 0), count(*), total(id), total(entries) FROM file"
    return "{} {} {} {}".format(*connection.execute(query).fetchone())


def _file_info(row: tuple[Any, ...]) -> FileInfo:
    _, path, file, unit, claimer, *numbers = row
    content_hash, flags_hash, size, mtime_ns, ascii, status, cpu, rss, errors, message = numbers
    return FileInfo(
        path=loaded_path(path),
        content_hash=content_hash,
        flags_hash=flags_hash or 0,
        size=size,
        mtime_ns=mtime_ns,
        ascii=bool(file and ascii),
        is_translation_unit=unit is not None,
        status=FileStatus(status or 0),
        claimed_by=loaded_path(claimer or ""),
        cpu_seconds=cpu or 0.0,
        peak_rss=rss or 0,
        errors=errors or 0,
        message=message or "",
    )


def _on_line(line: int, column: int, length: int) -> Span:
    return Span(line, column, line, column + length)


def _diagnostic(path: str, record: DiagnosticRecord) -> Diagnostic:
    span = Span(record.line, record.column, record.end_line, record.end_column)
    return Diagnostic(path, span, Severity(record.severity), record.message, record.code)


# A unit's own stamp is that of its last attempt; a header's that of its extraction.
_FILE_INFO: Final = """
SELECT path.id, path.path, file.id, unit.path, claimer.path,
    coalesce(unit.content_hash, file.content_hash), unit.flags_hash,
    coalesce(unit.size, file.size), coalesce(unit.mtime_ns, file.mtime_ns),
    file.ascii, unit.status, unit.cpu_seconds, unit.peak_rss, unit.errors, unit.message
FROM path LEFT JOIN file ON file.path = path.id LEFT JOIN unit ON unit.path = path.id
LEFT JOIN path AS claimer ON claimer.id = file.claimed_by
WHERE (file.id IS NOT NULL OR unit.path IS NOT NULL)
"""

_INCLUDES: Final = """
SELECT line, column, length, angled, spelled, target.path
FROM path JOIN file ON file.path = path.id JOIN include ON include.file = file.id
LEFT JOIN path AS target ON target.id = include.target
WHERE path.path = ? AND line >= 0 ORDER BY line, column
"""

_INCLUDED_BY: Final = """
SELECT includer.path, line, column, length
FROM path JOIN include ON include.target = path.id JOIN file ON file.id = include.file
JOIN path AS includer ON includer.id = file.path
WHERE path.path = ? AND line >= 0 ORDER BY includer.path, line, column
"""

_UNRESOLVED: Final = """
SELECT DISTINCT path.path, include.spelled
FROM include JOIN file ON file.id = include.file JOIN path ON path.id = file.path
WHERE include.target IS NULL
"""

_DEPENDENTS: Final = """
WITH RECURSIVE reaches(id) AS (
    SELECT id FROM path WHERE path = ?
    UNION
    SELECT file.path FROM reaches JOIN include ON include.target = reaches.id
    JOIN file ON file.id = include.file
)
SELECT path.path FROM reaches JOIN unit ON unit.path = reaches.id JOIN path ON path.id = unit.path
"""

_DIAGNOSTICS: Final = """
SELECT path.path, records FROM diagnostic JOIN file ON file.id = diagnostic.file
JOIN path ON path.id = file.path
"""
