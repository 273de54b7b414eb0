"""What came into being while nobody looked, and may be what an include directive leads to now.

While a server runs it is told of new files. What appeared before it started is known by nothing but
the time stamps of folders, which the system renews when a name comes or goes. Plain functions of a
reader and values, run on threads. What they find may be meant; others look whether it is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Container, Iterable, Iterator
from itertools import chain, islice, product
from typing import Final

from cppls.index.reader import Reader

UNSEEN_NS: Final = 600 * 10**9
"""See ``last_written``."""
MAX_PLACES: Final = 20_000
"""Folders that are looked at, at the most."""


def last_written(database: str) -> int:
    """When somebody last wrote the index at ``database``, and some minutes before: what happened
    shortly before a server died it may not have looked at. Nanoseconds; 0 when there is none."""
    times = [0]
    for path in (database, f"{database}-wal"):
        with contextlib.suppress(OSError):
            times.append(os.stat(path).st_mtime_ns - UNSEEN_NS)
    return max(times)


def appeared(reader: Reader, folders: Collection[str], since_ns: int) -> list[str]:
    """Files and links that the index does not know, by path: what an include directive did not
    find, or may find now before what it found, in one of ``folders``, which are searched, or beside
    the file that it stands in.

    Only folders in which a name came or went after ``since_ns`` are read.
    """
    names: set[str] = set()
    beside: set[tuple[str, str]] = set()
    for includer, spelled in reader.spelled():
        part, name = os.path.split(spelled)
        names.add(name)
        beside.add((os.path.dirname(includer), part))
    found = set(_turned(folders, since_ns))
    searched = product(folders, {part for _, part in beside})
    looked_at: set[str] = set()
    for folder, part in islice(chain(beside, searched), MAX_PLACES):
        place = os.path.normpath(os.path.join(folder, part))
        if place not in looked_at and _has_changed(folder, part, since_ns):
            found.update(_named(place, names, since_ns))
        looked_at.add(place)
    return [path for path in sorted(found) if reader.file(path) is None]


def _has_changed(folder: str, part: str, since_ns: int) -> bool:
    """Whether ``folder``, or a folder on the way from there, has: a whole tree may be new."""
    steps = [step for step in part.split("/") if step]
    try:
        for count in range(len(steps) + 1):
            if os.stat(os.path.join(folder, *steps[:count])).st_ctime_ns > since_ns:
                return True
    except (OSError, ValueError):
        pass  # Where nothing is, nothing appeared.
    return False


def _turned(folders: Iterable[str], since_ns: int) -> Iterator[str]:
    """The links on the way to ``folders`` that lead where they lead since then."""
    for folder in folders:
        way = folder if os.path.realpath(folder) != folder else ""
        while len(way) > 1:
            with contextlib.suppress(OSError, ValueError):
                if os.path.islink(way) and os.lstat(way).st_ctime_ns > since_ns:
                    yield way
            way = os.path.dirname(way)


def _named(folder: str, names: Container[str], since_ns: int) -> Iterator[str]:
    """The files of these names in ``folder``, and what is a link since then."""
    with contextlib.suppress(OSError, ValueError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in names:
                yield entry.path
            elif entry.is_symlink():
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_ctime_ns > since_ns:
                        yield entry.path
