"""Git's checkouts: waits until all files of one are written, and notices that there was one.

A checkout writes thousands of files one after the other, and what is indexed half-way is indexed
again. Knows files' names no more than their contents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from cppls.core.model import Statistics
from cppls.project import git
from cppls.project.locate import git_folder

QUIET_SECONDS: Final = 0.8
"""When nothing has changed for so long, git holds its lock for something else (it waits for a
commit's message, say). While files are written the watcher hands over what it has every 0.3 seconds
(``watching.DEBOUNCE``), on a busy machine every 0.5: who looks in between has half of a branch
indexed that is back as it was."""


class Checkouts:
    """Those of one project. Used from the event loop's thread."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folder: str | None = None
        self._last_move = b""
        self._waits = self._moves = 0

    async def finished(self, changes: Callable[[], object]) -> None:
        """Return at once, but while git is writing files only when ``changes()`` is what it was a
        moment ago."""
        folder = await self._git_folder()
        if not folder:
            return
        before: object = None
        while await asyncio.to_thread(git.is_at_work, folder) and before != changes():
            before = changes()
            self._waits += 1
            await asyncio.sleep(QUIET_SECONDS)

    async def moved(self) -> bool:
        """Whether other files were checked out since this was last asked; not at the first time."""
        folder = await self._git_folder()
        if not folder:
            return False
        before = self._last_move
        self._last_move = await asyncio.to_thread(git.last_move, folder)
        has_moved = before not in (b"", self._last_move)
        self._moves += has_moved
        return has_moved

    def statistics(self) -> Statistics:
        """Checkouts noticed, and how often was waited for the end of one."""
        return {"folder": self._folder or "", "moves": self._moves, "waits": self._waits}

    async def _git_folder(self) -> str:
        if self._folder is None:
            self._folder = await asyncio.to_thread(git_folder, self._root)
        return self._folder
