"""The tables of an index, and how a connection to it is set up.

Two families of tables. The *forward* ones say what a file holds and are keyed by ``file.id``:
deleting a file is exact. The *inverted* ones lead from a key (symbol, name) to files. Their keys
are hashes, so that adding a batch to one big B-tree would touch nearly every page of it; instead
each batch appends a *segment* of its own, and ``segments.py`` merges segments of like size now
and then, as search engines do. An inverted row whose file is gone is dead: every query asks
``file``, and the next merge leaves it out.

``file.id`` stands for one extraction of one path and is never used twice; ``path.id`` for the path.
A file whose content comes and goes, as branches do, is not deleted but put on the *shelf*: its row
moves, its forward and inverted rows stay (``shelf.py``).
"""

from __future__ import annotations

import os
import sqlite3
from typing import Final, TypeVar
from urllib.parse import quote_from_bytes

from cppls.core.paths import real_path

Connection = TypeVar("Connection", bound=sqlite3.Connection)

SCHEMA_VERSION: Final = 5
"""``PRAGMA user_version``. Any change of the tables raises it; older indexes are rebuilt."""

WRITER_CACHE: Final = 4 << 20
READER_CACHE: Final = 2 << 20
"""Bytes of page cache a connection may hold: small on purpose, the system caches files too."""

BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for another connection's lock."""

_WAL_KEPT: Final = 16 << 20
"""Bytes the write-ahead log may keep on disk after a checkpoint."""

FILE_COLUMNS: Final = {
    "path": "INTEGER NOT NULL",
    "content_hash": "INTEGER NOT NULL",
    "token_hash": "INTEGER NOT NULL",  # messages.FileShard.token_hash
    "size": "INTEGER NOT NULL",
    "mtime_ns": "INTEGER NOT NULL",
    "ascii": "INTEGER NOT NULL",
    "claim": "INTEGER NOT NULL",  # messages.FileShard.key as a signed number
    "branches": "BLOB NOT NULL",  # claims of branches of it: messages.FileShard.branches
    "claimed_by": "INTEGER NOT NULL",  # path of the translation unit that extracted it
    "occurrences": "INTEGER NOT NULL",
    "entries": "INTEGER NOT NULL",  # its rows in the inverted tables
    "bytes": "INTEGER NOT NULL",  # that its rows take, roughly, in all tables
    "context": "INTEGER",  # contexts.py: what it included, as it was; NULL while nobody knows
    "given_up": "INTEGER NOT NULL",  # its claim does not count: the next unit extracts it again
}
"""What ``file`` and ``shelf`` know of an extraction, in this order behind its id."""

_FILE_COLUMNS: Final = ", ".join(f"{name} {type}" for name, type in FILE_COLUMNS.items())

# WITHOUT ROWID tables keep at most about 1,000 bytes of a row in their pages; blocks stay below.
_TABLES: Final = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE path(
    id INTEGER PRIMARY KEY,
    path NOT NULL UNIQUE        -- TEXT, or BLOB where the name is not UTF-8
);
CREATE TABLE unit(              -- the last attempt to index a path as a translation unit
    path INTEGER PRIMARY KEY,
    flags_hash INTEGER NOT NULL,
    content_hash INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    status INTEGER NOT NULL,    -- model.FileStatus
    cpu_seconds REAL NOT NULL,
    peak_rss INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE file(              -- one extracted content of a path
    id INTEGER PRIMARY KEY AUTOINCREMENT, {_FILE_COLUMNS}, UNIQUE(path)
);
CREATE INDEX file_claim ON file(claim);
CREATE TABLE shelf(             -- earlier contents, as they were in file; and in unit, if one
    id INTEGER PRIMARY KEY, {_FILE_COLUMNS},
    flags_hash INTEGER, cpu_seconds REAL, peak_rss INTEGER, errors INTEGER, message TEXT,
    turn INTEGER NOT NULL       -- higher: put there later
);
CREATE INDEX shelf_path ON shelf(path);
CREATE INDEX shelf_turn ON shelf(turn);
CREATE TABLE occurrence(        -- forward: blocks of (symbol, spots); a symbol may fill several
    file INTEGER, first INTEGER, number INTEGER, block BLOB NOT NULL,
    PRIMARY KEY(file, first, number)
) WITHOUT ROWID;
CREATE TABLE symbol(            -- forward: blocks of messages.SymbolRecord, compressed
    file INTEGER, first INTEGER, block BLOB NOT NULL, PRIMARY KEY(file, first)
) WITHOUT ROWID;
CREATE TABLE container(         -- forward: runs of messages.CONTAINERS_IN_RUN ids, from 0 on
    file INTEGER, run INTEGER, ids BLOB NOT NULL, PRIMARY KEY(file, run)
) WITHOUT ROWID;
CREATE TABLE include(           -- forward; target NULL when it did not resolve; line -1: -include
    file INTEGER, line INTEGER, column INTEGER, length INTEGER NOT NULL,
    angled INTEGER NOT NULL, spelled TEXT NOT NULL, target INTEGER,
    PRIMARY KEY(file, line, column)
) WITHOUT ROWID;
CREATE INDEX include_target ON include(target, file);
CREATE TABLE diagnostic(        -- forward: messages.DiagnosticRecord list, files with problems
    file INTEGER PRIMARY KEY, records BLOB NOT NULL
);
CREATE TABLE stale(             -- units that saw another content of a header; see staleness.py
    unit INTEGER, header INTEGER, since INTEGER NOT NULL, PRIMARY KEY(unit, header)
) WITHOUT ROWID;
CREATE TABLE orphan(path INTEGER PRIMARY KEY);  -- lost an includer; swept when the last is gone
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL);  -- id: see names.py
CREATE TABLE segment(           -- live: read; else in the making, or waiting to be deleted
    id INTEGER PRIMARY KEY, entries INTEGER NOT NULL, live INTEGER NOT NULL
);
-- Inverted: blocks of packing.py's rows with the file's number (4 bytes, big-endian) behind each.
-- A block is its own key: it begins with its first row.
CREATE TABLE posting(segment INTEGER, block BLOB, PRIMARY KEY(segment, block)) WITHOUT ROWID;
CREATE TABLE naming(segment INTEGER, block BLOB, PRIMARY KEY(segment, block)) WITHOUT ROWID;
CREATE TABLE relation(segment INTEGER, block BLOB, PRIMARY KEY(segment, block)) WITHOUT ROWID;
"""


def create_tables(connection: sqlite3.Connection, root: str) -> None:
    """Make an empty index of the project at ``root`` in an empty database."""
    # Both settings only take while a database is empty.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    connection.execute("INSERT INTO meta VALUES('root', ?)", (stored_path(root),))


def connect_writer(path: str) -> sqlite3.Connection:
    """The writer's connection, in autocommit mode. Raises ``sqlite3.Error``."""
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = {-(WRITER_CACHE >> 10)}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT}")
    # Some builds of SQLite overwrite what they delete; a cache of public facts needs no such care.
    connection.execute("PRAGMA secure_delete = OFF")
    return connection


def connect_reader(
    path: str, *, immutable: bool = False, factory: type[Connection] = sqlite3.Connection
) -> Connection:
    """A read-only connection. Raises ``sqlite3.Error``, also when there is no database.

    ``immutable``: nobody writes the database or can, so that it is read without any lock.
    """
    address = f"file:{quote_from_bytes(os.fsencode(os.path.abspath(path)))}?mode=ro"
    if immutable:
        address += "&immutable=1"
    connection = sqlite3.connect(
        address,
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )
    connection.execute(f"PRAGMA cache_size = {-(READER_CACHE >> 10)}")
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the schema that made this database; 0 for an empty one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_of(connection: sqlite3.Connection, root: str) -> bool:
    """Whether the index is of the project at ``root``, whichever links lead there."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
    return row is not None and real_path(loaded_path(row[0])) == real_path(root)


def stored_path(path: str | bytes) -> str | bytes:
    """``path`` as the ``path`` table holds it: TEXT where it is UTF-8, else BLOB."""
    raw = os.fsencode(path)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def loaded_path(stored: str | bytes) -> str:
    """The path that ``stored_path`` made ``stored`` from, as :func:`os.fsdecode` spells it."""
    return os.fsdecode(stored)
