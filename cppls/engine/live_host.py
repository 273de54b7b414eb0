"""The one document host of an engine: started on demand, told the texts, measured, limited.

Knows which texts the host was told, but neither which units it holds nor what they are for. Must
not know of parses, questions or whom to blame for a death.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import psutil

from cppls.core.live_messages import SetOverlay
from cppls.core.machine import total_memory
from cppls.core.messages import Trim, Trimmed
from cppls.core.model import Severity, Statistics
from cppls.engine.child import Child, ChildDied
from cppls.engine.documents import Document
from cppls.engine.events import Event, Notice

HOST_COMMAND: Final = (sys.executable, "-m", "cppls.clang.host")

STACK_BYTES: Final = 16 << 20
"""Address space of a document's two threads in the host, its own and libclang's: it counts for the
limit although hardly any of it is ever touched."""
HEADROOM_BYTES: Final = 24 << 20
"""For what answers to questions take."""


class HostKeeper:
    """Starts the host when there is none, and knows what it was told. For the event loop."""

    def __init__(
        self,
        spawn: Callable[[], Awaitable[Child]],
        documents: Callable[[], Mapping[str, Document]],
        emit: Callable[[Event], None],
        on_death: Callable[[ChildDied], None],
    ) -> None:
        self.unusable = False
        """None starts; not tried again until this is reset."""
        self._spawn = spawn
        self._documents = documents
        self._emit = emit
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
        """The host, started now if need be. Raises ``ChildDied`` when none starts; the user is
        told once."""
        async with self._starting:
            if self.current is not None:
                return self.current
            if self.unusable:
                raise ChildDied("no document host starts")
            self._sent.clear()
            self._limit = 0
            try:
                host = await self._spawn()
            except ChildDied as error:
                # Not again until a document is opened: it would fail for each in turn.
                self.unusable = True
                message = f"Open files are answered from the index: {error}"
                self._emit(Notice(Severity.ERROR, message))
                raise
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

    def limit(self, share: int, growth: int, parses: int) -> None:
        """Before a parse: let allocations fail when so many ``parses`` take more than the host's
        ``share`` leaves, and more than twice the ``growth`` that is expected of them.

        What the host has now is not touched: ``RLIMIT_DATA`` counts addresses, of which a trimmed
        heap keeps those that it gave back. A limit below them would have the next allocation fail,
        in whatever document and under whatever lock. Without a share, what it began with.
        """
        host = self.current
        if host is None:
            return
        try:
            process = psutil.Process(host.pid)
            now = process.memory_info()
            taken = getattr(now, "data", 0)
            room = max(share - now.rss, 2 * growth) + parses * STACK_BYTES + HEADROOM_BYTES
            self._limit = taken + room if share and taken else total_memory() // 2
            _limit_data(process, self._limit)
        except (psutil.Error, OSError, ValueError):
            # It ended in this moment, or this system forbids it: the governor watches all the same.
            return

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

    def statistics(self) -> Statistics:
        """Texts that it was sent, hosts that are ending, the limit of its data in bytes (0: not set
        yet), and the process, when one runs."""
        host = self.current
        return {
            "texts": len(self._sent),
            "ending": len(self._tasks),
            "unusable": self.unusable,
            "data_limit": self._limit,
            "starts": self._starts,
            "measured": self._measured,
            "process": None if host is None else host.statistics(),
        }


def _limit_data(process: psutil.Process, size: int) -> None:
    """``RLIMIT_DATA`` of a running child; nothing where a system has no such call."""
    if hasattr(process, "rlimit"):
        _, hard = process.rlimit(psutil.RLIMIT_DATA)
        soft = size if hard == psutil.RLIM_INFINITY else min(size, hard)
        process.rlimit(psutil.RLIMIT_DATA, (soft, hard))
