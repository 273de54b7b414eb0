"""Watches the folders that matter to one project, and goes on with more as they become known.

Knows the watcher and whom to tell; must not know what follows from a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cppls.core.model import Statistics
from cppls.engine.project_thread import ProjectThread
from cppls.project.project import Project
from cppls.project.watching import Batch, Watcher

T = TypeVar("T")


class WatchedFolders:
    """The watcher of one project, none before ``start``. Used from the event loop's thread."""

    def __init__(
        self,
        on_changes: Callable[[Batch], None],
        on_problem: Callable[[str], None],
        indexed: Callable[[], Awaitable[set[str]]],
    ) -> None:
        """``on_problem`` hears, as a text for a user, of what cannot be watched; ``indexed`` gives
        the folders below the root that hold files of the index."""
        self._on_changes = on_changes
        self._on_problem = on_problem
        self._indexed = indexed
        self._watcher: Watcher | None = None

    async def start(self, project: ProjectThread) -> None:
        """Watch what the project names and what the index holds."""
        loop = asyncio.get_running_loop()
        folders = await project.run(_folders) | await self._indexed()
        self._watcher = await asyncio.to_thread(
            Watcher,
            folders,
            lambda batch: _on_loop(loop, self._on_changes, batch),
            lambda text: _on_loop(loop, self._on_problem, text),
        )

    async def extend(self) -> None:
        """Watch also what the index has come to hold since."""
        if self._watcher is not None:
            self._watcher.extend(await self._indexed())

    async def stop(self) -> None:
        """Return when nothing is watched any more."""
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.stop)

    def statistics(self) -> Statistics | None:
        """The watcher's; ``None`` before there is one."""
        return self._watcher.statistics() if self._watcher is not None else None


def _folders(project: Project) -> set[str]:
    """Folders that hold translation units, the root, and the compile database's."""
    folders = set(map(os.path.dirname, project.translation_units()))
    return folders | {project.root, os.path.dirname(project.origin.path) or project.root}


def _on_loop(loop: asyncio.AbstractEventLoop, function: Callable[[T], None], argument: T) -> None:
    """From another thread: have the loop call ``function``, if there still is a loop."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, argument)
