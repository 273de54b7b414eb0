"""What can go wrong with an index, as exceptions whose text a user can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final


class IndexProblem(Exception):
    """Base of all errors of this package. ``str()`` names the file and says what to do."""


class IndexUnavailable(IndexProblem):
    """The index cannot be read or written as things are; the database itself is left alone."""

    def __init__(self, path: str, reason: str, hint: str) -> None:
        super().__init__(f"{path}: {reason}; {hint}")
        self.path = path
        self.reason = reason
        self.hint = hint


class IndexMissing(IndexUnavailable):
    """There is no index: it was not made yet, or removed while it was in use."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "there is no index yet", "index the project first (cppls index)")


class IndexLocked(IndexUnavailable):
    """Another process writes this index; it can be read all the same."""

    def __init__(self, path: str, pid: int) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(path, f"{owner} writes this index", "read it, or stop that process")
        self.pid = pid
        """0 when it is not known."""


class IndexFull(IndexUnavailable):
    """No room to write. The transaction was rolled back and nothing committed is lost."""

    def __init__(self, path: str) -> None:
        super().__init__(
            path,
            "no room left to write the index",
            "free disk space, or choose another folder with --cache-dir",
        )


class IndexDamaged(IndexProblem):
    """The database is not whole.

    Raised by the writer, it has been set aside and an empty one stands in its place: index again.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: the index is damaged ({reason}); it has to be built again")
        self.path = path
        self.reason = reason


_DAMAGE: Final = ("malformed", "corrupt", "not a database", "no such ", "unsupported file format")
"""How SQLite's texts about a database that is not whole can be told; a table is missing too."""


@contextmanager
def sqlite_errors(path: str) -> Generator[None, None, None]:
    """Turn SQLite's errors about the database at ``path`` into those of this module."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _explain(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        raise IndexDamaged(path, str(error)) from error


def _explain(path: str, text: str) -> IndexProblem:
    # Python 3.10 does not give SQLite's error code, so its fixed English texts have to serve.
    if "is full" in text:
        return IndexFull(path)
    if "readonly" in text or "unable to open" in text:
        hint = "check that you may read and write this folder, or choose another with --cache-dir"
        return IndexUnavailable(path, f"the index cannot be opened or written ({text})", hint)
    if "is locked" in text:
        return IndexUnavailable(path, "the index is busy", "try again")
    if "disk I/O" in text:
        hint = "look for a disk quota, a file size limit or a failing disk"
        return IndexUnavailable(path, "the disk refused to read or write the index", hint)
    if any(word in text for word in _DAMAGE):
        return IndexDamaged(path, text)
    # Not the database's fault (a question beyond SQLite's limits, say): it must not cost the index.
    return IndexUnavailable(path, f"the index cannot answer this ({text})", "ask otherwise")
