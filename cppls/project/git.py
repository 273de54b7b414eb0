"""What git does to a work tree, told by the files in its folder (``locate.git_folder``).

Nothing of git is run: hooks, filters and configuration are the workspace's, which is not trusted.
"""

from __future__ import annotations

import os
import time
from typing import Final

LOCK_SECONDS: Final = 30.0
"""An older lock is one that git left when it was killed, or that waits for a commit's message."""

_TAIL: Final = 1 << 14
"""Bytes of a log's end that are looked at; a line has a few hundred."""


def is_at_work(folder: str) -> bool:
    """Whether git may be writing files just now: it holds the lock of its index."""
    try:
        age = time.time() - os.stat(os.path.join(folder, "index.lock")).st_mtime
    except OSError:
        return False
    return abs(age) < LOCK_SECONDS


def last_move(folder: str) -> bytes:
    """What tells one checkout from the next: it changes when ``HEAD`` moves to other files (another
    branch, a reset, a pull), not by a commit of what lies there. Empty when nothing can be read."""
    lines = _end_of(os.path.join(folder, "logs", "HEAD")).splitlines()
    for line in reversed(lines):
        # Two hashes, who, when, and behind a tab what was done.
        if not line.partition(b"\t")[2].startswith(b"commit"):
            return line
    return _end_of(os.path.join(folder, "HEAD"))


def _end_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return file.read(_TAIL)
    except OSError:
        return b""
