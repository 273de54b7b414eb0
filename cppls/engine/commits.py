"""Gathers results and commits them in batches: one transaction for many files.

Knows when to commit, not how: the store is a coroutine. Results wait here for a bounded time, and
a bounded number of bytes: whoever adds more waits for the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.worker import Outcome

BATCHES_WAITING: Final = 2
"""Full batches that may wait for the writer before workers are made to wait."""

Store: TypeAlias = Callable[[Sequence[Outcome]], Awaitable[bytes]]
"""Commits a batch and returns the claim keys that are newly known, packed as in ``KnownFiles``."""


class Committer:
    """The batch in the making. Used from the event loop's thread."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        committed: Callable[[Sequence[Outcome], bytes], None],
        failed: Callable[[Sequence[Outcome], Exception], None],
    ) -> None:
        """``committed`` and ``failed`` hear of each batch; after ``failed`` it is not kept."""
        self._store = store
        self._settings = settings
        self._committed = committed
        self._failed = failed
        self._batch: list[Outcome] = []
        self._batch_bytes = 0
        self._in_commit: list[Outcome] = []
        self._waiting_bytes = 0
        self._committing: asyncio.Task[None] | None = None
        self._wanted = False
        self._timer: asyncio.TimerHandle | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self._room = asyncio.Event()
        self._room.set()
        self._expected: dict[int, asyncio.Future[bool]] = {}
        """By the identity of a result: who waits for it."""
        self._batches = self._results = self._failures = 0

    @property
    def is_empty(self) -> bool:
        """Whether everything that was added is committed (or failed)."""
        return not self._batch and self._committing is None

    def paths(self) -> list[str]:
        """Those of the results that are not committed yet."""
        return [outcome.path for outcome in (*self._batch, *self._in_commit)]

    async def add(self, outcome: Outcome) -> None:
        """Take a result; returns at once unless too much waits for the writer."""
        size = outcome.size
        self._batch.append(outcome)
        self._batch_bytes += size
        self._waiting_bytes += size
        self._settled.clear()
        if self._waiting_bytes >= BATCHES_WAITING * self._settings.batch_bytes:
            self._room.clear()
        if (
            len(self._batch) >= self._settings.batch_files
            or self._batch_bytes >= self._settings.batch_bytes
        ):
            self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._settings.batch_seconds, self.flush)
        await self._room.wait()

    async def commit(self, outcome: Outcome) -> bool:
        """Take a result and return once it is committed, with all that was added before it, or
        could not be; whether it was."""
        future = self._expected[id(outcome)] = asyncio.get_running_loop().create_future()
        await self.add(outcome)
        self.flush()
        return await future

    def flush(self) -> None:
        """Commit what there is as soon as the writer is free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._batch:
            return
        if self._committing is not None:
            self._wanted = True
            return
        batch, self._batch = self._batch, []
        size, self._batch_bytes = self._batch_bytes, 0
        self._in_commit = batch
        self._committing = asyncio.ensure_future(self._commit(batch, size))

    async def drain(self) -> None:
        """Commit what there is and return when nothing waits any more."""
        self.flush()
        await self._settled.wait()

    def statistics(self) -> Statistics:
        """What waits (bytes of shards) and what was committed."""
        return {
            "waiting_results": len(self._batch),
            "waiting_bytes": self._waiting_bytes,
            "committing": self._committing is not None,
            "batches": self._batches,
            "results": self._results,
            "failures": self._failures,
        }

    async def _commit(self, batch: list[Outcome], size: int) -> None:
        try:
            keys = await self._store(batch)
        except Exception as error:
            # Any failure, also an unforeseen one: the files go back to where they came from.
            self._failures += 1
            self._ended(size)
            self._failed(batch, error)
            self._tell(batch, committed=False)
        else:
            self._batches += 1
            self._results += len(batch)
            self._ended(size)
            self._committed(batch, keys)
            self._tell(batch, committed=True)

    def _tell(self, batch: Sequence[Outcome], *, committed: bool) -> None:
        for outcome in batch:
            future = self._expected.pop(id(outcome), None)
            if future is not None and not future.done():
                future.set_result(committed)

    def _ended(self, size: int) -> None:
        self._committing = None
        self._in_commit = []
        self._waiting_bytes -= size
        if self._waiting_bytes < BATCHES_WAITING * self._settings.batch_bytes:
            self._room.set()
        if self._wanted:
            self._wanted = False
            self.flush()
        if self.is_empty:
            self._settled.set()
