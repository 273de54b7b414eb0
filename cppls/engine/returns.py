"""Which files are back as they were: another branch was checked out, an edit was undone.

The index keeps earlier contents of files and can tell which of them are right again
(``index/shelf.py``); here is looked at what lies on disk. Plain functions, run on threads; they
know neither queue nor workers.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from cppls.core.files import read_file
from cppls.core.hashing import content_hash
from cppls.engine.contents import HASHED_BYTES
from cppls.index.reader import Reader
from cppls.index.shelf import Content

Earlier: TypeAlias = Mapping[str, Collection[tuple[int, int]]]
"""What is kept of files, by path: content hashes and sizes."""


def on_disk(reader: Reader, suspects: Iterable[str], earlier: Earlier) -> dict[str, Content | None]:
    """Those of ``suspects``, and of files that something is kept of, that are not on disk as the
    index has them; ``None``: gone, or their content is one that the index never had."""
    present: dict[str, Content | None] = {}
    for path in dict.fromkeys([*suspects, *earlier]):
        info = reader.file(path)
        try:
            status = os.stat(path)
        except OSError:
            present[path] = None
            continue
        size, mtime_ns = status.st_size, status.st_mtime_ns
        if info is not None and (size, mtime_ns) == (info.size, info.mtime_ns):
            continue
        sizes = {size for _, size in earlier.get(path, ())}
        if info is not None:
            sizes.add(info.size)
        hashed = _hash_of(path) if size in sizes and size <= HASHED_BYTES else None
        present[path] = None if hashed is None else Content(hashed, size, mtime_ns)
    return present


def is_back(present: Mapping[str, Content | None], earlier: Earlier) -> bool:
    """Whether any file on disk is what it was before."""
    return any(
        content is not None and content[:2] in earlier.get(path, ())
        for path, content in present.items()
    )


def _hash_of(path: str) -> int | None:
    try:
        return content_hash(read_file(path))
    except OSError:
        return None
