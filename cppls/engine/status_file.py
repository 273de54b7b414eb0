"""What a running server says of itself to ``cppls status``: a small file in the index's folder.

Written whole and renamed into place, for the user alone. Must not know what it says: that is a
function's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import os
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import psutil

from cppls.core.model import Statistics

PERIOD: Final = 2.0
"""Seconds between two looks at whether there is anything new to say."""


class StatusFile:
    """Writes one process's file. Used from the event loop's thread."""

    def __init__(self, folder: str, say: Callable[[], Statistics], period: float = PERIOD) -> None:
        self._path = os.path.join(folder, f"status-{os.getpid()}.json")
        self._say = say
        self._period = period
        self._last: Statistics | None = None
        self._writes = self._failures = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Write from now on, whenever there is something new; sweep what the dead left."""
        running_servers(os.path.dirname(self._path))
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Write no more, and leave no file."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def write(self) -> None:
        """Write, unless there is nothing new. A full disk costs nothing but the news."""
        said = self._say()
        if said == self._last:
            return
        text = msgspec.json.encode({"pid": os.getpid(), "written": time.time(), **said})
        draft = f"{self._path}.new"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
            os.replace(draft, self._path)
        except OSError:
            self._failures += 1
            return
        self._last = said
        self._writes += 1

    def statistics(self) -> Statistics:
        """How often it was written, and how often that failed."""
        return {"path": self._path, "writes": self._writes, "failures": self._failures}

    async def _run(self) -> None:
        while True:
            self.write()
            await asyncio.sleep(self._period)


def running_servers(folder: str) -> list[dict[str, Any]]:
    """What the servers say that serve from ``folder`` now; files of dead ones are removed."""
    found: list[dict[str, Any]] = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "status-*.json"))):
        pid = os.path.basename(path)[len("status-") : -len(".json")]
        if not pid.isdecimal() or not psutil.pid_exists(int(pid)):
            with contextlib.suppress(OSError):
                os.unlink(path)
            continue
        with contextlib.suppress(OSError, msgspec.DecodeError), open(path, "rb") as file:
            found.append(msgspec.json.decode(file.read(), type=dict[str, Any]))
    return found
