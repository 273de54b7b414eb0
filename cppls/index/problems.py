"""The problems of files: their diagnostics, and why some could not be indexed at all.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from hashlib import blake2b
from typing import Final

from cppls.core.model import Diagnostic, FileStatus, Severity, Span
from cppls.index import files
from cppls.index.schema import loaded_path

_MARK_BYTES: Final = 8
_START: Final = Span(0, 0, 0, 0)


def problems(connection: sqlite3.Connection, path: str) -> list[Diagnostic]:
    """What is wrong with a file; nothing for one that the index does not know."""
    found = files.diagnostics(connection, path, None)
    info = files.file_info(connection, path)
    if info is not None and info.status > FileStatus.INDEXED:
        message = f"This file is not indexed: {info.message}"
        found.insert(0, Diagnostic(path, _START, Severity.ERROR, message, code="cppls"))
    return found


def problem_marks(connection: sqlite3.Connection) -> dict[str, str]:
    """For each file that has :func:`problems`, a mark of all of them; cheap to ask again and again.

    The same problems have the same mark, also after a restart; other problems have another.
    """
    marks: dict[str, str] = {}
    for stored, records in connection.execute(_WITH_DIAGNOSTICS):
        marks[loaded_path(stored)] = _mark(records)
    for stored, message in connection.execute(_FAILED, (FileStatus.INDEXED,)):
        path = loaded_path(stored)
        marks[path] = _mark((marks.get(path, "") + message).encode())
    return marks


def _mark(content: bytes) -> str:
    return blake2b(content, digest_size=_MARK_BYTES).hexdigest()


_WITH_DIAGNOSTICS: Final = """
SELECT path.path, diagnostic.records FROM diagnostic
JOIN file ON file.id = diagnostic.file JOIN path ON path.id = file.path
"""
_FAILED: Final = """
SELECT path.path, unit.message FROM unit JOIN path ON path.id = unit.path WHERE unit.status > ?
"""
