"""Tasks for the scheduler, made for the files that come next together.

Flags live on the project's thread and costs on a reader's: asking both for one file at a time would
cost more than all else the server does for it. Knows the queue's order only as "what comes next".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from cppls.core.model import Statistics
from cppls.engine.worker import Task

AHEAD: Final = 32
"""Files that are looked up together; they may be looked up in vain when others are put first."""
_KEPT: Final = 16 * AHEAD

Fetch: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Task]]]
"""The tasks of these files; without those that are not to be indexed."""


class TasksAhead:
    """Tasks by path, each given out once. Used from the event loop's thread."""

    def __init__(self, fetch: Fetch, upcoming: Callable[[int], Iterable[str]]) -> None:
        """``upcoming(count)``: the files that are likely to be asked for next."""
        self._fetch = fetch
        self._upcoming = upcoming
        self._ready: dict[str, Task | None] = {}
        self._wanted: dict[str, None] = {}
        self._fetching = asyncio.Lock()
        self._epoch = 0
        self._fetches = self._taken = 0

    async def take(self, path: str) -> Task | None:
        """How to index ``path``; ``None`` when it is not to be indexed."""
        self._wanted[path] = None
        try:
            # Most are there already. Those that are not are fetched by one for all that wait.
            while path not in self._ready:
                async with self._fetching:
                    if path not in self._ready:
                        await self._fetch_with(path)
        finally:
            self._wanted.pop(path, None)
        self._taken += 1
        return self._ready.pop(path)

    def forget(self) -> None:
        """Flags have changed: what is given out from now on is asked for from now on."""
        self._ready.clear()
        self._epoch += 1

    def statistics(self) -> Statistics:
        """Tasks made ready and not asked for yet, those given out, and how often we asked."""
        return {"ready": len(self._ready), "taken": self._taken, "fetches": self._fetches}

    async def _fetch_with(self, path: str) -> None:
        if len(self._ready) > _KEPT:
            self._ready.clear()  # Files that left the queue by another door.
        epoch = self._epoch
        next_ones = dict.fromkeys((path, *self._wanted, *self._upcoming(AHEAD)))
        paths = [each for each in next_ones if each not in self._ready]
        found = await self._fetch(paths)
        self._fetches += 1
        if epoch == self._epoch:
            self._ready.update((each, found.get(each)) for each in paths)
