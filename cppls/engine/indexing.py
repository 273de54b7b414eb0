"""Has a worker index one file, as a job among the others: its share, its attempts, its end.

A worker that dies over a file costs it an attempt: the next one is in a fresh worker and alone.
Knows the job's course; must not know which file comes next, nor what is done with the result.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from cppls.core.model import Statistics
from cppls.engine.breaker import Breaker
from cppls.engine.child import ChildDied
from cppls.engine.crew import Slot, WorkerCrew
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.preambles import Seat, SharedPreambles
from cppls.engine.shares import Grant, NoRoom
from cppls.engine.trials import Trials
from cppls.engine.worker import Outcome, OutOfMemory, Task

JOB_SECONDS: Final = 900.0
"""A file that takes longer is set aside as if the worker had died."""


class _NoWorker(Exception):
    """No worker starts; the file waits again."""


class _TookTooLong(Exception):
    """The text says how long, for a reader."""


class UnitIndexer:
    """Used from the event loop's thread."""

    def __init__(
        self,
        preambles: SharedPreambles,
        crew: WorkerCrew,
        governor: Governor,
        gate: Gate,
        breaker: Breaker,
        *,
        flush: Callable[[], None],
        put_back: Callable[[str], None],
        job_seconds: float = JOB_SECONDS,
    ) -> None:
        """``flush`` is called before a job has to wait for memory; ``put_back`` hears that a file
        waits again, before its share goes to another one."""
        self._preambles = preambles
        self._crew = crew
        self._governor = governor
        self._gate = gate
        self._breaker = breaker
        self._flush = flush
        self._put_back = put_back
        self._job_seconds = job_seconds
        self._trials = Trials()

    async def index(self, slot: Slot, task: Task, *, awaited: bool) -> Outcome | None:
        """Index one file; when a worker dies over it, once more in a fresh one and alone.

        ``awaited``: see ``Gate.may_pass``. ``None``: it was put back.
        """
        may_sit = True
        while True:
            grant = await self._admit(slot, task, awaited=awaited)
            if grant is None:
                return None
            seat = await self._preambles.seat(task.path, task.flags_hash) if may_sit else None
            task = msgspec.structs.replace(task, begun=time.monotonic_ns())
            try:
                return await self._attempt(slot, task, grant, seat)
            except _NoWorker:
                return None
            except (ChildDied, _TookTooLong) as error:
                await self._crew.dismiss(slot)
                if self._trials.waits_again(grant, error):
                    self._put_back(task.path)
                    return None
                if seat is not None and not isinstance(error, OutOfMemory):
                    self._preambles.died_over(seat, task.path)
                    may_sit = False
                    continue
                everything = self._governor.had_everything(grant)
                outcome = self._trials.verdict(task, grant, error, had_everything=everything)
                if outcome is not None:
                    return outcome
            finally:
                slot.grant = None
                self._governor.release(grant)

    def forget(self, paths: Iterable[str]) -> None:
        """These files are through, or wanted no more: their attempts count no longer."""
        self._trials.forget(paths)

    def statistics(self) -> Statistics:
        """See ``Trials.statistics``."""
        return self._trials.statistics()

    async def _admit(self, slot: Slot, task: Task, *, awaited: bool) -> Grant | None:
        """Wait for memory. ``None``: somebody waits for an answer meanwhile, so the file does."""
        try:
            grant = await self._crew.admit(
                slot,
                task.path,
                last=task.last,
                alone=self._trials.must_be_alone(task.path),
                awaited=awaited,
                before_waiting=self._flush,
            )
        except NoRoom as reason:
            self._put_back(task.path)
            self._breaker.no_room(reason)
            return None
        if self._gate.may_pass(awaited=awaited):
            return grant
        slot.grant = None
        self._governor.release(grant)
        self._put_back(task.path)
        return None

    async def _attempt(self, slot: Slot, task: Task, grant: Grant, seat: Seat | None) -> Outcome:
        """One attempt, over the preambles of ``seat``.

        Raises ``ChildDied``, ``_TookTooLong``, ``_NoWorker``.
        """
        try:
            worker = await self._crew.hire(slot)
        except ChildDied as error:
            self._put_back(task.path)
            self._breaker.no_worker(error)
            raise _NoWorker from None
        if self._breaker.is_stopped:
            # Before Python 3.12, wait_for() (a start uses it) may swallow the cancellation.
            raise asyncio.CancelledError
        self._breaker.worker_started()
        grant.pid = worker.child.pid
        if seat is not None:
            task = msgspec.structs.replace(task, preambles=seat.paths)
        work = worker.index(task, grant.size)
        try:
            outcome = await asyncio.wait_for(work, self._job_seconds)
        except asyncio.TimeoutError:
            raise _TookTooLong(f"it took longer than {self._job_seconds:g} s") from None
        self._governor.forecast.learn(task.path, outcome.peak_rss)
        if seat is not None:
            self._preambles.used(seat, outcome)
        return outcome
