"""The files that clients had open or used last, kept from one run to the next.

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
        self._paths: OrderedDict[str, None] = OrderedDict.fromkeys(_read(self._file))
        self._writes = 0

    def paths(self) -> list[str]:
        """Those that still exist, the last used first."""
        return [path for path in self._paths if os.path.isfile(path)]

    def used(self, path: str) -> None:
        """``path`` was opened, or closed after having been open all the time."""
        self._paths[path] = None
        self._paths.move_to_end(path, last=False)
        while len(self._paths) > MOST:
            self._paths.popitem()

    def save(self) -> None:
        """Write them down; a folder that cannot be written to is no reason to stop."""
        text = msgspec.json.encode([os.fsencode(path).hex() for path in self._paths])
        passing = f"{self._file}.{os.getpid()}"
        with contextlib.suppress(OSError):
            with open(passing, "wb") as file:
                file.write(text)
            os.replace(passing, self._file)
            self._writes += 1

    def statistics(self) -> Statistics:
        """How many are known."""
        return {"entries": len(self._paths), "limit": MOST, "writes": self._writes}


def _read(name: str) -> list[str]:
    # In hexadecimal, because a path need not be UTF-8.
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError), open(name, "rb") as file:
        names = msgspec.json.decode(file.read(_MOST_BYTES), type=list[str])
        return [os.fsdecode(bytes.fromhex(each)) for each in names[:MOST]]
    return []
