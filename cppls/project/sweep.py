"""Looking at folders one after the other, a little at a time, for what differs from the last look.

For folders of which the system gives no events, and for events that were lost. What is kept of a
folder are 16 bytes, so a difference is told as all files of the folder: hints, like events. Knows
no thread and no clock of its own.
"""

from __future__ import annotations

import contextlib
import os
import time
from array import array
from collections.abc import Callable, Iterable, Set
from typing import Final, NamedTuple

from cppls.core.model import Statistics

_GONE: Final = -1
_NEVER: Final = 0
_EMPTY: Final = 0
_MASK: Final = (1 << 64) - 1


class Sweep:
    """Folders, and what they held when they were last looked at."""

    def __init__(self, since: int, matters: Callable[[str], bool]) -> None:
        """``since`` (ns since the epoch): what changed later is told at the first look already.

        ``matters(name)``: whether files of this name count.
        """
        self._since = since
        self._matters = matters
        self._folders: list[str] = []
        self._times = array("q")
        self._prints = array("Q")
        self._next = 0
        self._looks = self._rounds = 0

    def __len__(self) -> int:
        return len(self._folders)

    def watch(self, folders: Iterable[str]) -> None:
        """Look at these folders from now on, and at no others; what is known of them stays."""
        known = dict(zip(self._folders, zip(self._times, self._prints, strict=True), strict=True))
        self._folders = list(dict.fromkeys(folders))
        seen = [known.get(folder, (_NEVER, _EMPTY)) for folder in self._folders]
        self._times = array("q", [time for time, _ in seen])
        self._prints = array("Q", [fingerprint for _, fingerprint in seen])
        self._next = 0

    def step(self, seconds: float) -> tuple[set[str], bool]:
        """Go on for so much of this thread's CPU time; what may have changed, and whether this
        was the end of a round. Looks at one folder at the least."""
        found: set[str] = set()
        end = time.thread_time() + seconds
        while self._next < len(self._folders):
            found |= self._look(self._next)
            self._next += 1
            if time.thread_time() >= end:
                break
        if self._next < len(self._folders):
            return found, False
        self._next = 0
        self._rounds += 1
        return found, True

    def lose(self, folders: Set[str]) -> None:
        """These folders went, if only for a moment: all that is in them is told when it is seen."""
        for number, folder in enumerate(self._folders):
            if folder in folders:
                self._times[number], self._prints[number] = _GONE, _EMPTY

    def look_at(self, folders: Set[str]) -> set[str]:
        """Look at these of its folders at once."""
        numbers = [n for n, folder in enumerate(self._folders) if folder in folders]
        return set[str]().union(*map(self._look, numbers))

    def statistics(self) -> Statistics:
        """How many folders, how often they were looked at, and how often all of them were."""
        return {"folders": len(self._folders), "looks": self._looks, "rounds": self._rounds}

    def _look(self, number: int) -> set[str]:
        folder = self._folders[number]
        self._looks += 1
        before = self._times[number], self._prints[number]
        try:
            status = os.stat(folder)
            if (status.st_mtime_ns, _EMPTY) == before:
                return set()  # Nothing came, and there is nothing that could have been written.
            files, folders = self._entries(folder)
        except OSError:
            self._times[number], self._prints[number] = _GONE, _EMPTY
            return {folder} if before[0] > 0 else set()
        fingerprint = sum(map(hash, files)) & _MASK
        self._times[number], self._prints[number] = status.st_mtime_ns, fingerprint
        if (status.st_mtime_ns, fingerprint) == before:
            return set()
        if before[0] == _NEVER and status.st_ctime_ns < self._since:
            return {os.path.join(folder, each.name) for each in files if each.ctime >= self._since}
        return {folder, *folders, *(os.path.join(folder, each.name) for each in files)}

    def _entries(self, folder: str) -> tuple[list[_Entry], list[str]]:
        """The files in a folder that matter, and the paths of the folders in it."""
        files: list[_Entry] = []
        folders: list[str] = []
        with os.scandir(folder) as listing:
            for item in listing:
                if item.is_dir(follow_symlinks=False):
                    folders.append(item.path)
                elif self._matters(item.name):
                    with contextlib.suppress(OSError):
                        # Of a link itself; where it leads lies in a folder of its own.
                        now = item.stat(follow_symlinks=False)
                        files.append(
                            _Entry(item.name, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
                        )
        return files, folders


class _Entry(NamedTuple):
    name: str
    size: int
    mtime: int
    ctime: int
