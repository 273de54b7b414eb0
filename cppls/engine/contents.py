"""Has a file changed since it was indexed? Size and time first, then its content.

A file that was merely touched, or came back with a branch, is what it was.
"""

from __future__ import annotations

import os
from typing import Final

from cppls.core.files import read_file
from cppls.core.hashing import content_hash
from cppls.core.model import FileInfo

HASHED_BYTES: Final = 2 << 20
"""A longer file whose time differs is taken for changed: hashing it takes longer than indexing."""


def has_changed(info: FileInfo) -> bool:
    """Whether the file on disk differs from what the index holds. A missing file has changed."""
    try:
        status = os.stat(info.path)
        if status.st_size != info.size:
            return True
        if status.st_mtime_ns == info.mtime_ns:
            return False
        if status.st_size > HASHED_BYTES:
            return True
        return content_hash(read_file(info.path)) != info.content_hash
    except OSError:
        return True
