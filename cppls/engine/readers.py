"""A few threads that read the index, each with a connection of its own.

Knows neither SQL nor what is asked: it runs functions of a reader.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, Final, ParamSpec, TypeVar

from cppls.core.model import Statistics
from cppls.index.errors import IndexDamaged, IndexMissing
from cppls.index.reader import Reader

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 2
"""Answers are short: two threads keep one long search from holding up the others."""


class Readers:
    """Runs functions on reader threads. Used from the event loop's thread."""

    def __init__(
        self, connect: Callable[[], Reader], unusable: Callable[[IndexDamaged | IndexMissing], None]
    ) -> None:
        """``connect`` makes a reader; it is called on the thread that will use it.

        ``unusable`` hears, on the event loop's thread, when one finds the index damaged or gone.
        """
        self._connect = connect
        self._unusable = unusable
        self._threads = ThreadPoolExecutor(THREADS, "cppls-reader")
        # Whoever waits for a thread waits here, where cancelling costs nothing, and not in the
        # pool's own queue, which has no bound.
        self._free = asyncio.Semaphore(THREADS)
        self._local = threading.local()
        self._opened: list[Reader] = []
        self._waiting = self._running = self._done = 0

    async def run(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(reader, *args)`` on a reader thread; raises what it raises."""
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(
            self._threads, lambda: function(self._reader(), *args, **kwargs)
        )
        self._running += 1
        # Not in a ``finally``: a cancelled question occupies its thread until it is through.
        future.add_done_callback(self._ended)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Close the connections after the question at hand."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for reader in self._opened:
            reader.close()

    def statistics(self) -> Statistics:
        """How many questions wait, run and were answered."""
        return {
            "threads": THREADS,
            "connections": len(self._opened),
            "waiting": self._waiting,
            "running": self._running,
            "done": self._done,
        }

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._running -= 1
        self._done += 1
        self._free.release()
        if not future.cancelled() and isinstance(
            error := future.exception(), IndexDamaged | IndexMissing
        ):
            self._unusable(error)

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._connect()
            self._opened.append(reader)
        return reader
