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
from cppls.index.schema import READER_CACHE

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
        self._opened: list[_Opened] = []
        self._waiting = self._running = self._done = self._shrunk = 0

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
            self._threads, lambda: self._opened_here().answer(function, *args, **kwargs)
        )
        self._running += 1
        # Not in a ``finally``: a cancelled question occupies its thread until it is through.
        future.add_done_callback(self._ended)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Close the connections after the question at hand."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for opened in self._opened:
            opened.reader.close()

    def shrink(self) -> bool:
        """Have readers that answer nothing just now empty their page caches; whether any had
        read something since the last time."""
        shrunk = sum([opened.shrink() for opened in self._opened])
        self._shrunk += shrunk
        return shrunk > 0

    def statistics(self) -> Statistics:
        """How many questions wait, run and were answered."""
        return {
            "threads": THREADS,
            "connections": len(self._opened),
            "waiting": self._waiting,
            "running": self._running,
            "done": self._done,
            "cache_limit_bytes": len(self._opened) * READER_CACHE,
            "shrunk": self._shrunk,
        }

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._running -= 1
        self._done += 1
        self._free.release()
        if not future.cancelled() and isinstance(
            error := future.exception(), IndexDamaged | IndexMissing
        ):
            self._unusable(error)

    def _opened_here(self) -> _Opened:
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = _Opened(self._connect())
            self._opened.append(opened)
        return opened


class _Opened:
    """A thread's reader, which another thread may shrink between two questions."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._lock = threading.Lock()
        self._has_read = False

    def answer(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._lock:
            self._has_read = True
            return function(self.reader, *args, **kwargs)

    def shrink(self) -> bool:
        if not self._has_read or not self._lock.acquire(blocking=False):
            return False
        try:
            self.reader.shrink()
            self._has_read = False
            return True
        finally:
            self._lock.release()
