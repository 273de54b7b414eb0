"""The files that clients had open or used last, and what they cost, kept from run to run.

A small JSON file in the project's cache folder, replaced as a whole: one that is missing or damaged
only means that nothing is known. Must not know what warming is.
"""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from typing import Final

import msgspec

from cppls.core.model import Statistics

MOST: Final = 64
"""Files that are remembered."""
_NAME: Final = "recent.json"
_MOST_BYTES: Final = 1 << 20


class RecentFiles:
    """Paths, the last used first. Used from the event loop's thread: the file is small."""

    def __init__(self, folder: str) -> None:
        self._file = os.path.join(folder, _NAME)
        self._growths = OrderedDict(_read(self._file))
        self._writes = 0

    def paths(self) -> list[str]:
        """Those that still exist, the last used first."""
        return [path for path in self._growths if os.path.isfile(path)]

    def growth(self, path: str) -> int:
        """Bytes by which the first parse of ``path`` raised the document host, the last time that
        there was one; 0 when that is not known."""
        return self._growths.get(path, 0)

    def grew(self, path: str, size: int) -> None:
        """A first parse of ``path`` took so much, if it is one of them."""
        if size > 0 and path in self._growths:
            self._growths[path] = size

    def used(self, path: str) -> None:
        """``path`` was opened, or closed after having been open all the time."""
        self._growths.setdefault(path, 0)
        self._growths.move_to_end(path, last=False)
        while len(self._growths) > MOST:
            self._growths.popitem()

    def save(self) -> None:
        """Write them down; a folder that cannot be written to is no reason to stop."""
        entries = [(os.fsencode(path).hex(), size) for path, size in self._growths.items()]
        text = msgspec.json.encode(entries)
        passing = f"{self._file}.{os.getpid()}"
        with contextlib.suppress(OSError):
            with open(passing, "wb") as file:
                file.write(text)
            os.replace(passing, self._file)
            self._writes += 1

    def statistics(self) -> Statistics:
        """How many are known."""
        return {"entries": len(self._growths), "limit": MOST, "writes": self._writes}


def _read(name: str) -> list[tuple[str, int]]:
    # In hexadecimal, because a path need not be UTF-8.
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError), open(name, "rb") as file:
        entries = msgspec.json.decode(file.read(_MOST_BYTES), type=list[tuple[str, int]])
        return [(os.fsdecode(bytes.fromhex(path)), size) for path, size in entries[:MOST]]
    return []
