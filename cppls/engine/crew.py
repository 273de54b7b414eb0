"""The index workers: hired into slots, trimmed after each slice, let go.

Knows when a worker is worth keeping, but neither files nor the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from cppls.core.model import Statistics
from cppls.engine.child import Child, ChildDied
from cppls.engine.governor import Governor
from cppls.engine.shares import Grant
from cppls.engine.worker import IndexWorker

RECYCLE_PART: Final = 0.25
"""A worker that keeps more than this part of the budget after a trim is replaced."""

KEPT_SECONDS: Final = 2.0
"""A worker whose next job waits for memory longer than this leaves: to start one takes 0.3 s."""


@dataclass(slots=True, eq=False)
class Slot:
    """One of the places in which a worker may run."""

    worker: IndexWorker | None = None
    grant: Grant | None = None
    """Of the job it is at."""


class WorkerCrew:
    """The slots and their workers, as the governor commands them. For the event loop's thread."""

    def __init__(
        self,
        spawn: Callable[[], Awaitable[Child]],
        known_keys: Callable[[], Awaitable[bytes]],
        governor: Governor,
    ) -> None:
        self._spawn = spawn
        self._known_keys = known_keys
        self._governor = governor
        self._slots: set[Slot] = set()
        self._workers: set[IndexWorker] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Lock()
        self._hired = self._retired = self._dismissed = 0
        governor.command(self)

    @property
    def workers(self) -> list[IndexWorker]:
        """Those that run now."""
        return list(self._workers)

    def open_slot(self) -> Slot:
        """A place for a worker, empty at first."""
        slot = Slot()
        self._slots.add(slot)
        return slot

    async def close_slot(self, slot: Slot) -> None:
        """Let the slot's worker go, and the slot."""
        self._slots.discard(slot)
        await self.dismiss(slot)

    async def admit(
        self,
        slot: Slot,
        path: str,
        *,
        last: int = 0,
        alone: bool = False,
        awaited: bool = False,
        before_waiting: Callable[[], None],
    ) -> Grant:
        """Wait until the slot's worker, or a new one, may do this job; see ``Governor.admit``.

        ``before_waiting`` is called when it has to. The grant is the slot's from then on, and is to
        be given back by the caller. Raises ``NoRoom``.
        """
        if alone:
            await self.dismiss(slot)
        pid = slot.worker.child.pid if slot.worker is not None else 0
        if alone or not self._governor.would_admit(path, last, pid):
            # What a worker holds between two jobs is what others wait for.
            await self.tidy(slot)
            before_waiting()
        loop = asyncio.get_running_loop()
        waiting_long = loop.call_later(KEPT_SECONDS, self.let_go, slot)
        try:
            grant = await self._governor.admit(
                path, last=last, alone=alone, pid=pid, awaited=awaited
            )
        finally:
            waiting_long.cancel()
        grant.new = slot.worker is None
        slot.grant = grant
        return grant

    async def hire(self, slot: Slot) -> IndexWorker:
        """The slot's worker, started if there is none. Raises ``ChildDied``."""
        if slot.worker is None:
            async with self._starting:
                # To make a process holds up the loop: one in each turn of it, not 64.
                await asyncio.sleep(0)
            slot.worker = IndexWorker(await self._spawn(), self._known_keys)
            self._workers.add(slot.worker)
            self._hired += 1
        return slot.worker

    async def dismiss(self, slot: Slot) -> None:
        """End the slot's worker, if it has one."""
        self.let_go(slot)
        await self.stop()

    def let_go(self, slot: Slot) -> bool:
        """As ``dismiss``, without waiting for its end; whether there was one."""
        worker, slot.worker = slot.worker, None  # At once, so that nobody gives it a job.
        if worker is None:
            return False
        self._workers.discard(worker)
        ending = asyncio.ensure_future(worker.stop())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return True

    async def tidy(self, slot: Slot) -> None:
        """Trim the worker after its slice, and let it go when that does not help."""
        worker = slot.worker
        if worker is None:
            return
        try:
            await worker.trim()
        except ChildDied:
            await self.dismiss(slot)
            return
        if worker.keeps_more_than(int(self._governor.budget * RECYCLE_PART)):
            self._retired += 1
            await self.dismiss(slot)

    async def stop(self) -> None:
        """Return when all that were let go have ended."""
        if self._endings:
            await asyncio.wait(self._endings)

    def dismiss_idle(self) -> int:
        """End the workers that are between two jobs; how many."""
        count = sum(self.let_go(slot) for slot in self._slots if slot.grant is None)
        self._dismissed += count
        return count

    def kill(self, pid: int) -> None:
        """End a worker at its job; why, its grant tells."""
        for worker in self._workers:
            if worker.child.pid == pid:
                worker.child.kill()

    def statistics(self) -> Statistics:
        """Workers hired, retired and dismissed so far, and those that run."""
        return {
            "hired": self._hired,
            "retired": self._retired,
            "dismissed": self._dismissed,
            "running": [worker.statistics() for worker in self._workers],
        }
