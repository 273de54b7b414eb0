"""The shelf: contents that files had before, kept for when they come back (another branch, say).

A file's row moves from ``file`` to ``shelf`` under the same id; its forward rows stay, and so do
the inverted ones, which queries skip like those of any file that is gone and merges keep. To take
it back is to move one row. Only what has a context (``contexts.py``) is kept: without it nobody
could tell when it is right again. Functions on a connection, for the one writer; they raise
``sqlite3.Error``. Must not know what lies on disk but where a file's row may be older than it.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cppls.core.model import FileStatus
from cppls.index import contexts
from cppls.index.contexts import Found, Version
from cppls.index.schema import FILE_COLUMNS, loaded_path


class Content(NamedTuple):
    """What lies on disk at a path: as ``FileShard`` tells it."""

    content_hash: int
    size: int
    mtime_ns: int


class Return(NamedTuple):
    """An earlier content that is right now."""

    version: Version
    content: Content | None
    """As it lies on disk; ``None``: as the index has it."""


def note_contexts(connection: sqlite3.Connection) -> int:
    """Note the context of every file that has none; returns how many have one now.

    For when the index is true: each file is as it was when what includes it was extracted. What
    is stale gets none, nor what has changed on disk meanwhile with all that includes it.
    """
    new = [path for (path,) in connection.execute("SELECT path FROM file WHERE context IS NULL")]
    stale = {path for (path,) in connection.execute("SELECT unit FROM stale")}
    versions: dict[int, list[Version]] = {}
    seen = set(new)
    while new:
        version = next(_versions(connection, _CURRENT_OF_PATH, (new.pop(),)), None)
        if version is None or not _is_on_disk(connection, version):
            continue
        versions[version.path] = [version]
        new += set(version.targets) - seen
        seen.update(version.targets)
    rows = [
        (found.context, found.version.file)
        for found in contexts.find(versions, _flags(connection)).values()
        if found.version.context is None
        and found.context is not None
        and found.version.path not in stale
    ]
    connection.executemany("UPDATE file SET context = ? WHERE id = ?", rows)
    for (file,) in connection.execute(_KEPT_TWICE).fetchall():
        _delete(connection, file)
    return len(rows)


def put(connection: sqlite3.Connection, path: int) -> bool:
    """Move what the index has of a path to the shelf; whether it could be kept.

    To be called before the path's row in ``unit`` changes.
    """
    return connection.execute(_PUT, (path,)).rowcount > 0


def returns(
    connection: sqlite3.Connection,
    present: Mapping[int, Content | None],
    units: Mapping[int, int],
) -> tuple[list[Return], set[int]]:
    """What is to be taken back, and the paths of which the index has all then.

    ``present``: files that are not on disk as the index has them, by path; ``None``: gone, or
    nobody knows what they hold. ``units``: flags hashes of translation units, where they may
    differ from those in the index. All else is as the index says.
    """
    current = {version.path: version for version in _versions(connection, _CURRENT)}
    before: defaultdict[int, list[Version]] = defaultdict(list)
    for version in _versions(connection, _EARLIER):
        before[version.path].append(version)
    possible: dict[int, list[Version]] = {}
    flags = _flags(connection) | dict(units)
    for path in current.keys() | before.keys():
        now = current.get(path)
        content = present[path] if path in present else _content_of(now)
        versions = [now, *before.get(path, ())] if now is not None else before[path]
        fitting = [
            version
            for version in versions
            if content is not None
            and version.content_hash == content.content_hash
            and version.flags_hash == flags.get(path)
        ]
        if fitting:
            possible[path] = fitting
    found = contexts.find(possible, flags)
    wanted = _reachable(found, current.keys() | units.keys())
    right = {path for path in wanted if path in found and found[path].is_right}
    # A changed header that nothing includes (``-include``) is extracted by whoever did it before.
    for path in present.keys() - right:
        right.difference_update(*connection.execute(_CLAIMER_OF_UNINCLUDED, (path,)))
    back = [
        Return(found[path].version, present.get(path) or _content_of(current.get(path)))
        for path in right
        if found[path].version.shelved
    ]
    return back, right


def take(connection: sqlite3.Connection, back: Return) -> None:
    """Move an earlier content back. The path has no row in ``file`` any more."""
    file = back.version.file
    connection.execute(f"INSERT INTO file SELECT id, {_COLUMNS} FROM shelf WHERE id = ?", (file,))
    connection.execute("UPDATE file SET given_up = 0 WHERE id = ?", (file,))
    if back.version.flags_hash is not None:
        connection.execute(_TAKE_UNIT, (file,))
    path = back.version.path
    if back.content is not None:
        stamp = (back.content.size, back.content.mtime_ns, path)
        for table in ("file", "unit"):
            connection.execute(f"UPDATE {table} SET size = ?, mtime_ns = ? WHERE path = ?", stamp)
    connection.execute("DELETE FROM shelf WHERE id = ?", (file,))


def evict(connection: sqlite3.Connection, limit: int) -> int:
    """Delete what was put there first until what remains takes ``limit`` bytes; how many."""
    files = [file for (file,) in connection.execute(_BEYOND, (limit,))]
    for file in files:
        _delete(connection, file)
    return len(files)


def delete_rows(connection: sqlite3.Connection, file: int) -> None:
    """Delete all that a file holds; what leads to it dies in the next merge."""
    for table in ("occurrence", "symbol", "container", "include", "diagnostic"):
        connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))


def size(connection: sqlite3.Connection) -> tuple[int, int]:
    """Files on the shelf, and the bytes that they take."""
    query = "SELECT count(*), coalesce(sum(bytes), 0) FROM shelf"
    count, size = connection.execute(query).fetchone()
    return count, size


def earlier(
    connection: sqlite3.Connection, paths: Iterable[str | bytes] | None
) -> dict[str, set[tuple[int, int]]]:
    """Content hashes and sizes of what is kept of these paths (as stored), of all with ``None``."""
    query = "SELECT path.path, content_hash, size FROM shelf JOIN path ON path.id = shelf.path"
    if paths is None:
        rows = connection.execute(query).fetchall()
    else:
        each = f"{query} WHERE path.path = ?"
        rows = [row for path in paths for row in connection.execute(each, (path,))]
    kept: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for path, *content in rows:
        kept[loaded_path(path)].add((content[0], content[1]))
    return dict(kept)


def _reachable(found: Mapping[int, Found], roots: Iterable[int]) -> set[int]:
    """``roots`` and what they include, directly or not: nobody needs a header but for these."""
    reached = set(roots)
    waiting = list(reached)
    while waiting:
        at = found.get(waiting.pop())
        if at is not None:
            new = [target for target in at.version.targets if target not in reached]
            reached.update(new)
            waiting += new
    return reached


def _flags(connection: sqlite3.Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT path, flags_hash FROM unit"))


def _content_of(version: Version | None) -> Content | None:
    if version is None:
        return None
    return Content(version.content_hash, version.size, version.mtime_ns)


def _is_on_disk(connection: sqlite3.Connection, version: Version) -> bool:
    """Whether the file lies there as it was when it was extracted."""
    row = connection.execute("SELECT path FROM path WHERE id = ?", (version.path,)).fetchone()
    try:
        status = os.stat(loaded_path(row[0]))
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (version.size, version.mtime_ns)


def _delete(connection: sqlite3.Connection, file: int) -> None:
    delete_rows(connection, file)
    connection.execute("DELETE FROM shelf WHERE id = ?", (file,))


def _versions(
    connection: sqlite3.Connection, query: str, values: Sequence[int] = ()
) -> Iterator[Version]:
    for *facts, is_of_unit, shelved in connection.execute(query, values):
        file, path, content_hash, token_hash, size, mtime_ns, context, claimer, flags_hash = facts
        rows = connection.execute("SELECT DISTINCT target FROM include WHERE file = ?", (file,))
        led = [target for (target,) in rows]
        yield Version(
            file,
            path,
            content_hash,
            token_hash,
            flags_hash,
            claimer,
            context,
            array("q", [target for target in led if target is not None]),
            bool(is_of_unit) and None not in led,
            bool(shelved),
            size,
            mtime_ns,
        )


_COLUMNS: Final = ", ".join(FILE_COLUMNS)

_VERSION: Final = (
    "id, {0}.path, {0}.content_hash, token_hash, {0}.size, {0}.mtime_ns, context, claimed_by"
)

# What the index has of a translation unit is what its last attempt gave only where that went well,
# and nobody extracted the file as a header since.
_IS_OF_UNIT: Final = f"""(unit.path IS NULL OR (
    unit.status = {FileStatus.INDEXED.value} AND unit.content_hash = file.content_hash
    AND file.claimed_by = file.path
))"""

_CURRENT: Final = f"""
SELECT {_VERSION.format("file")}, flags_hash, {_IS_OF_UNIT}, 0
FROM file LEFT JOIN unit ON unit.path = file.path
"""

_CURRENT_OF_PATH: Final = f"{_CURRENT} WHERE file.path = ?"

_EARLIER: Final = f"""
SELECT {_VERSION.format("shelf")}, flags_hash, 1, 1 FROM shelf ORDER BY turn DESC
"""

_PUT: Final = f"""
INSERT INTO shelf
SELECT id, {", ".join(f"file.{column}" for column in FILE_COLUMNS)},
    flags_hash, cpu_seconds, peak_rss, errors, message,
    (SELECT coalesce(max(turn), 0) + 1 FROM shelf)
FROM file LEFT JOIN unit ON unit.path = file.path
WHERE file.path = ? AND context IS NOT NULL AND {_IS_OF_UNIT}
"""

_TAKE_UNIT: Final = f"""
INSERT OR REPLACE INTO unit
SELECT path, flags_hash, content_hash, size, mtime_ns, {FileStatus.INDEXED.value},
    cpu_seconds, peak_rss, errors, message
FROM shelf WHERE id = ?
"""

_CLAIMER_OF_UNINCLUDED: Final = """
SELECT claimed_by FROM file WHERE path = ?1 AND NOT EXISTS (
    SELECT 1 FROM include JOIN file AS includer ON includer.id = include.file WHERE target = ?1
)
"""

_KEPT_TWICE: Final = """
SELECT shelf.id FROM shelf JOIN file USING (path, content_hash, context)
LEFT JOIN unit ON unit.path = file.path WHERE unit.flags_hash IS shelf.flags_hash
"""

_BEYOND: Final = """
SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY turn DESC) AS taken FROM shelf)
WHERE taken > ?
"""
