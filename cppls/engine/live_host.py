"""The one document host of an engine: started on demand, told the texts, measured, limited.

Knows which texts the host was told, but neither which units it holds nor what they are for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import psutil

from cppls.core.messages import SetOverlay, Trim, Trimmed
from cppls.core.model import Statistics
from cppls.engine.child import Child, ChildDied
from cppls.engine.documents import Document

STACK_BYTES: Final = 16 << 20
"""Address space of a document's two threads in the host, its own and libclang's: it counts for the
limit although hardly any of it is ever touched."""
HEADROOM_BYTES: Final = 24 << 20
"""On top of the share: what the interpreter has mapped without touching it."""


class HostKeeper:
    """Starts the host when there is none, and knows what it was told. For the event loop."""

    def __init__(
        self,
        spawn: Callable[[], Awaitable[Child]],
        documents: Callable[[], Mapping[str, Document]],
        on_death: Callable[[ChildDied], None],
    ) -> None:
        self._spawn = spawn
        self._documents = documents
        self._on_death = on_death
        self._host: Child | None = None
        self._starting = asyncio.Lock()
        self._sent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._limit = 0
        self._starts = self._measured = 0

    @property
    def current(self) -> Child | None:
        """The host, when one runs."""
        return self._host if self._host is not None and self._host.is_alive else None

    async def running(self) -> Child:
        """The host, started now if need be. Raises ``ChildDied`` when none starts."""
        async with self._starting:
            if self.current is not None:
                return self.current
            self._sent.clear()
            self._limit = 0
            host = await self._spawn()
            host.on_death = self._on_death
            self._host = host
            self._starts += 1
            return host

    def push_texts(self, host: Child) -> None:
        """Tell it every open document's text that it does not have yet."""
        for path, document in self._documents().items():
            if self._sent.get(path) != document.revision:
                self._sent[path] = document.revision
                host.post(SetOverlay(os.fsencode(path), document.text.data))

    def forget_text(self, path: str) -> None:
        """What is on disk counts again for ``path``."""
        if self._sent.pop(path, None) is not None and self.current is not None:
            self.current.post(SetOverlay(os.fsencode(path), None))

    async def measure(self) -> Trimmed:
        """Have it give back what is free; its bytes then, resident and on disk, 0 without it."""
        host = self.current
        if host is not None:
            self._measured += 1
            with contextlib.suppress(ChildDied):
                return await host.ask_in_turn(Trim(), Trimmed)
        return Trimmed(0, 0)

    def limit(self, share: int, documents: int) -> None:
        """Let its allocations fail at about ``share`` bytes while it holds ``documents``."""
        host = self.current
        size = share + HEADROOM_BYTES + documents * STACK_BYTES if share else 0
        if host is None or size == self._limit:
            return
        self._limit = size
        _limit_data(host.pid, size)

    def leave(self) -> None:
        """End the host in the background; the next parse starts another."""
        host, self._host = self._host, None
        if host is not None:
            task = asyncio.ensure_future(host.stop(grace=0.2))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End it and return when it is gone."""
        self.leave()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def statistics(self) -> Statistics | None:
        """The process's own figures and its limit in bytes (0: none); ``None`` without a host."""
        host = self.current
        if host is None:
            return None
        return {
            **host.statistics(),
            "data_limit": self._limit,
            "starts": self._starts,
            "measured": self._measured,
        }


def _limit_data(pid: int, size: int) -> None:
    """``RLIMIT_DATA`` of a running child, 0 for none; nothing where a system has no such call."""
    try:
        process = psutil.Process(pid)
        if not hasattr(process, "rlimit"):
            return
        _, hard = process.rlimit(psutil.RLIMIT_DATA)
        soft = size if size else hard
        if hard != psutil.RLIM_INFINITY:
            soft = min(soft, hard)
        process.rlimit(psutil.RLIMIT_DATA, (soft, hard))
    except (psutil.Error, OSError, ValueError):
        # It ended in this moment, or this system forbids it: the governor watches all the same.
        return
