"""Which files declare what another one names: the facts behind unused includes.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from cppls.core.model import Role
from cppls.core.spots import columns
from cppls.index.blocks import postings_of
from cppls.index.overlay import file_at
from cppls.index.symbols import declaring_files

MOST: Final = 20_000
"""Symbols of a file at the most that are looked up."""

_DECLARES: Final = (Role.DECLARATION | Role.DEFINITION).value


def providers(connection: sqlite3.Connection, path: str) -> set[str] | None:
    """The files that declare anything which ``path`` names.

    ``None`` when the index knows nothing of that file, or the file names too much.
    """
    file = file_at(connection, path)
    if not file:
        return None
    used = {
        symbol
        for symbol, blob in postings_of(connection, file)
        if any(not role & _DECLARES for role in columns(blob).roles)
    }
    if len(used) > MOST:
        return None
    return {each.path for symbol in used for each in declaring_files(connection, symbol)}


def declares_anything(connection: sqlite3.Connection, path: str) -> bool:
    """Whether a file declares a symbol; its guard is none."""
    query = "SELECT 1 FROM symbol WHERE file = ? LIMIT 1"
    return connection.execute(query, (file_at(connection, path),)).fetchone() is not None
