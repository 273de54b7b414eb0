"""The database file of an index: made, checked, set aside and replaced.

Called only by the process that holds the folder's lock. A new database is finished under another
name and then moved into place, so that readers find the old one or a whole new one.
"""

from __future__ import annotations

import glob
import os
import re
import sqlite3
from contextlib import closing, suppress
from typing import Final

from cppls.index.errors import IndexDamaged, IndexUnavailable, sqlite_errors
from cppls.index.schema import SCHEMA_VERSION, connect_writer, create_tables, is_of, version_of

DATABASE_NAME: Final = "index.db"


def prepare(path: str, root: str, *, thorough: bool) -> list[str]:
    """See to it that a usable database lies at ``path``.

    ``thorough`` reads every page of it. Returns notices for the user: what was rebuilt and why.
    Raises ``IndexUnavailable`` (``IndexFull``) when the folder does not allow it.
    """
    if not os.path.exists(path):
        create(path, root)
        return []
    try:
        version, is_ours = _check(path, root, thorough=thorough)
    except IndexDamaged as damage:
        return [replace_damaged(path, root, damage.reason)]
    if version != SCHEMA_VERSION:
        create(path, root)
        return [f"{path}: made by another version of cppls; the index is built again"]
    if not is_ours:
        create(path, root)
        return [f"{path}: made for another folder than {root}; the index is built again"]
    return []


def create(path: str, root: str) -> None:
    """Put an empty database at ``path``, in place of what lies there."""
    fresh = path + ".new"
    with sqlite_errors(path):
        _remove(fresh)
        with closing(connect_writer(fresh)) as connection:
            create_tables(connection, root)
        # A log belongs to the one database it was written for.
        _remove_logs(path)
        try:
            os.replace(fresh, path)
        except OSError as error:
            hint = "stop other servers of this project"
            raise IndexUnavailable(path, str(error.strerror), hint) from error


def replace_damaged(path: str, root: str, reason: str) -> str:
    """Set the database at ``path`` aside, put an empty one there; returns a notice for the user.

    One damaged database is kept, the newest, for whoever wants to find out what happened.
    """
    kept = glob.glob(glob.escape(path) + ".damaged-*")
    numbers = [int(found[1]) for name in kept if (found := re.search(r"-(\d+)$", name))]
    aside = f"{path}.damaged-{max(numbers, default=0) + 1}"
    for name in kept:
        _remove(name)
    with suppress(FileNotFoundError):
        os.replace(path, aside)
    create(path, root)
    return f"{path}: damaged ({reason}); set aside as {aside}, the index is built again"


def size_on_disk(path: str) -> int:
    """Bytes that a database and its log take."""
    size = 0
    for name in (path, path + "-wal"):
        with suppress(OSError):
            size += os.path.getsize(name)
    return size


def _check(path: str, root: str, *, thorough: bool) -> tuple[int, bool]:
    """The version of the schema, and whether it is of ``root``; raises ``IndexDamaged``."""
    with sqlite_errors(path), closing(connect_writer(path)) as connection:
        version = version_of(connection)
        if version != SCHEMA_VERSION:
            # Reading the schema table tells another version from rubbish with a lucky header.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return version, False
        connection.execute("SELECT count(*) FROM segment").fetchone()
        connection.execute("SELECT max(id) FROM file").fetchone()
        if thorough:
            _check_pages(path, connection)
        return version, is_of(connection, root)


def _check_pages(path: str, connection: sqlite3.Connection) -> None:
    (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if result != "ok":
        raise IndexDamaged(path, str(result).splitlines()[-1])


def _remove_logs(path: str) -> None:
    for name in (path + "-wal", path + "-shm"):
        with suppress(FileNotFoundError):
            os.remove(name)


def _remove(path: str) -> None:
    """Remove a database and its logs, whatever there is of them."""
    _remove_logs(path)
    with suppress(FileNotFoundError):
        os.remove(path)
