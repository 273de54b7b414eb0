"""Takes files from the queue and has them indexed, a slice at a time, by a few workers.

After each slice the worker trims its memory, the results are committed and control is yielded.
Interactive work comes first: each job passes the gate. Knows neither flags nor the index: it is
given coroutines that make a task of a path, store a batch, and tell the claims. How much memory
a job may have, and when there is enough for it, is the governor's business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cppls.core.model import FileStatus, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine.child import Child, ChildDied, ChildUnable
from cppls.engine.commits import Committer
from cppls.engine.crew import Slot, WorkerCrew
from cppls.engine.events import Event, Notice, Progress, State, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.governor import SMALLEST_SHARE, Governor
from cppls.engine.queue import Queue, Tier
from cppls.engine.shares import PUT_BACK, Grant, NoRoom
from cppls.engine.worker import IndexWorker, Outcome, OutOfMemory, Task

IDLE_SECONDS: Final = 5.0
"""A worker that found nothing to do for so long leaves: an idle server holds none."""
JOB_SECONDS: Final = 900.0
"""A file that takes longer is set aside as if the worker had died."""
ATTEMPTS: Final = 2
"""The second one is alone, with all the memory that there is."""
PATIENCE: Final = 3
"""A file that was stopped so often for others' sake is tried alone, and then given up."""
STARTS: Final = 3
"""Workers in a row that may fail to start before indexing is given up."""
STORE_RETRY_SECONDS: Final = 30.0
"""Pause after a failed commit (a full disk, most likely) before indexing goes on."""

_NO_WORKERS: Final = "no worker starts"
_NO_STORE: Final = "the index cannot be written"
_NO_MEMORY: Final = "no room for a worker"
_DEFECT: Final = "a defect"


class Surroundings(Protocol):
    """What the scheduler needs of the engine."""

    async def task(self, path: str) -> Task | None:
        """How to index ``path``; ``None`` when it is not to be indexed any more."""
        ...

    async def cost(self, path: str) -> int:
        """Bytes that a worker had with ``path`` the last time, 0 when there was none."""
        ...

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        """See ``commits.Store``."""
        ...

    async def known_keys(self) -> bytes:
        """See ``index.Writer.known_keys``."""
        ...

    def committed(self, batch: Sequence[Outcome]) -> None:
        """Hear that a batch is in the index."""
        ...

    def emit(self, event: Event) -> None:
        """Tell the listeners."""
        ...


class _NoWorker(Exception):
    """No worker starts; the file waits again."""


@dataclass(slots=True)
class _Trials:
    """What became of a file so far that is not through yet."""

    deaths: int = 0
    """Of workers, over this file."""
    stops: int = 0
    """By the governor, for others' sake."""


class Scheduler:
    """Worker slots over one queue. Used from the event loop's thread."""

    def __init__(
        self,
        surroundings: Surroundings,
        gate: Gate,
        governor: Governor,
        settings: Settings,
        spawn: Callable[[], Awaitable[Child]],
        *,
        idle_seconds: float = IDLE_SECONDS,
        job_seconds: float = JOB_SECONDS,
    ) -> None:
        self.queue: Final = Queue()
        self.state: State = "ready"
        self.failure = ""
        """Why nothing is indexed at present; empty while all is well."""
        self._around = surroundings
        self._gate = gate
        self._governor = governor
        self._settings = settings
        self._crew = WorkerCrew(spawn, surroundings.known_keys, governor)
        self._idle_seconds = idle_seconds
        self._job_seconds = job_seconds
        self._committer = Committer(
            surroundings.store, settings, self._on_committed, self._on_store_failure
        )
        self._slots: set[asyncio.Task[None]] = set()
        self._trials: dict[str, _Trials] = {}
        self._busy = 0
        self._holds = 0
        self._work = asyncio.Event()
        self._changed = asyncio.Event()
        self._done = self._total = 0
        self._failed_starts = 0
        self._crashes = self._out_of_memory = self._quarantined = self._put_backs = 0
        self._stopping = False
        gate.on_open = self.wake
        governor.on_room = self.wake

    def put(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Have files indexed; those that wait already move up to ``tier``."""
        self._total += self.queue.put(paths, tier)
        self.wake()

    def discard(self, paths: Collection[str]) -> None:
        """Take files out of the queue."""
        self._total -= self.queue.discard(paths)
        for path in paths:
            self._trials.pop(path, None)
        self._update_state()

    def relearn_claims(self) -> None:
        """Have every worker replace the claims it knows: some are no longer in the index."""
        for worker in self._crew.workers:
            worker.relearn()

    def expect(self, count: int) -> None:
        """Add to the number of those that may still queue files: with any, it stays what it is
        when the work is done, and does not become idle."""
        self._holds += count
        self._update_state()

    def retry(self) -> None:
        """Forget an earlier failure and go on."""
        self.failure = ""
        self._failed_starts = 0
        for reason in (_NO_WORKERS, _NO_STORE, _NO_MEMORY, _DEFECT):
            self._gate.reopen(reason)
        self.wake()

    def wake(self) -> None:
        """Start as many slots as there is work for; called whenever there may be some."""
        self._update_state()
        if self._stopping or not self.queue or not self._gate.is_open:
            return
        self._work.set()
        limit = min(self._settings.job_count(), self._governor.worker_limit)
        while len(self._slots) < min(limit, self._busy + len(self.queue)):
            slot = asyncio.ensure_future(self._run_slot(self._crew.open_slot()))
            self._slots.add(slot)
            slot.add_done_callback(self._on_slot_end)

    async def until_settled(self) -> None:
        """Return when it is idle, or cannot go on (see ``failure``)."""
        while self.state != "idle" and not self.failure:
            self._changed.clear()
            await self._changed.wait()

    async def stop(self) -> None:
        """Kill the workers, commit what they gave so far. Files at work come again next time."""
        self._stopping = True
        slots = list(self._slots)
        for slot in slots:
            slot.cancel()
        if slots:
            await asyncio.wait(slots)
        await self._crew.stop()
        await self._committer.drain()

    def statistics(self) -> Statistics:
        """Queue, batches, workers and what became of the files."""
        return {
            "state": self.state,
            "failure": self.failure,
            "done": self._done,
            "total": self._total,
            "busy": self._busy,
            "crashes": self._crashes,
            "out_of_memory": self._out_of_memory,
            "quarantined": self._quarantined,
            "put_back": self._put_backs,
            "queue": self.queue.statistics(),
            "commits": self._committer.statistics(),
            "gate": self._gate.statistics(),
            "workers": self._crew.statistics(),
        }

    def workers(self) -> list[IndexWorker]:
        """The workers that run now."""
        return self._crew.workers

    async def _run_slot(self, slot: Slot) -> None:
        """Index slice after slice; leave when there is nothing to do for a while."""
        try:
            while not self._is_one_too_many() and await self._may_start():
                await self._run_slice(slot)
        finally:
            await self._crew.close_slot(slot)

    def _is_one_too_many(self) -> bool:
        return len(self._slots) > self._governor.worker_limit

    async def _may_start(self) -> bool:
        while not (self.queue and self._gate.is_open):
            self._work.clear()
            try:
                await asyncio.wait_for(self._work.wait(), self._idle_seconds)
            except asyncio.TimeoutError:
                return False
        return True

    async def _run_slice(self, slot: Slot) -> None:
        """Index files until the slice is used up or somebody waits for an answer."""
        files, size, started = 0, 0, time.monotonic()
        while (
            files < self._settings.batch_files
            and size < self._settings.batch_bytes
            and time.monotonic() - started < self._settings.batch_seconds
            and self._gate.is_open
            and (path := self.queue.take()) is not None
        ):
            self._busy += 1
            try:
                outcome = await self._index(slot, path)
                if outcome is not None:
                    files += 1
                    size += len(outcome.shard)
                    await self._committer.add(outcome)
            finally:
                self._busy -= 1
                self._update_state()
        self._committer.flush()
        await self._crew.tidy(slot)

    async def _index(self, slot: Slot, path: str) -> Outcome | None:
        """Index one file; when a worker dies over it, once more in a fresh one and alone.

        ``None``: the file is not to be indexed, or waits again.
        """
        task = await self._around.task(path)
        if task is None:
            self._finished(path)
            return None
        trials = self._trials.setdefault(path, _Trials())
        while True:
            alone = trials.deaths > 0 or trials.stops >= PATIENCE
            grant = await self._admit(slot, path, alone)
            if grant is None:
                return None
            try:
                return self._finished(path, await self._attempt(slot, task, grant))
            except _NoWorker:
                return None
            except (ChildDied, asyncio.TimeoutError) as error:
                await self._crew.dismiss(slot)
                if grant.stopped == PUT_BACK and trials.stops < 2 * PATIENCE:
                    trials.stops += 1
                    self._put_backs += 1
                    self._put_back([path])
                    return None
                trials.deaths += 1
                if self._is_final(error, grant, trials):
                    return self._finished(path, self._set_aside(task, grant, error))
            finally:
                slot.grant = None
                self._governor.release(grant)

    async def _admit(self, slot: Slot, path: str, alone: bool) -> Grant | None:
        """Wait for memory. ``None``: somebody waits for an answer meanwhile, so the file does."""
        last = await self._around.cost(path)
        pid = slot.worker.child.pid if slot.worker is not None and not alone else 0
        if alone or not self._governor.would_admit(path, last, pid):
            # What a worker holds between two jobs is what others wait for.
            await self._crew.dismiss(slot)
            self._committer.flush()
            pid = 0
        try:
            grant = await self._governor.admit(path, last=last, alone=alone, pid=pid)
        except NoRoom as reason:
            self._put_back([path])
            self._give_up(_NO_MEMORY, f"Files that are not open are not indexed: {reason}")
            self._retry_when_there_is_room()
            return None
        if self._gate.is_open:
            slot.grant = grant
            return grant
        self._governor.release(grant)
        self._put_back([path])
        return None

    async def _attempt(self, slot: Slot, task: Task, grant: Grant) -> Outcome:
        """One attempt. Raises ``ChildDied``, ``TimeoutError``, ``_NoWorker``."""
        try:
            worker = await self._crew.hire(slot)
        except ChildDied as error:
            self._put_back([task.path])
            self._on_failed_start(error)
            raise _NoWorker from None
        self._failed_starts = 0
        grant.pid = worker.child.pid
        work = worker.index(task, grant.size)
        outcome = await asyncio.wait_for(work, self._job_seconds)
        self._governor.forecast.learn(task.path, outcome.peak_rss)
        return outcome

    def _is_final(self, error: Exception, grant: Grant, trials: _Trials) -> bool:
        """Whether another attempt would not be another one."""
        self._out_of_memory += isinstance(error, OutOfMemory)
        self._crashes += isinstance(error, ChildDied) and not isinstance(error, OutOfMemory)
        if isinstance(error, OutOfMemory) and self._governor.had_everything(grant):
            return True
        return trials.deaths >= ATTEMPTS or isinstance(error, asyncio.TimeoutError)

    def _set_aside(self, task: Task, grant: Grant, error: Exception) -> Outcome:
        """The end of a file that nobody can index: what it cost, and why it is left alone."""
        status, size, why = FileStatus.CRASHED, grant.peak, str(error)
        if isinstance(error, asyncio.TimeoutError):
            why = f"it took longer than {self._job_seconds:g} s"
        elif isinstance(error, OutOfMemory):
            self._quarantined += 1
            status, size = FileStatus.QUARANTINED, max(grant.peak, grant.size)
            why = f"it needs more memory than the budget leaves: {size >> 20} MB were not enough"
        message = f"set aside until its content or flags change: {why}"
        return Outcome(task.path, task.flags_hash, status, message=message, peak_rss=size)

    def _put_back(self, paths: Sequence[str]) -> None:
        """Files that were taken wait again, and are counted once."""
        self._total += self.queue.put(paths, Tier.OPEN) - len(paths)

    def _on_slot_end(self, slot: asyncio.Task[None]) -> None:
        self._slots.discard(slot)
        if not slot.cancelled() and (error := slot.exception()) is not None:
            self._give_up(_DEFECT, f"Indexing stopped over a defect of cppls: {error!r}")
        self.wake()

    def _finished(self, path: str, outcome: Outcome | None = None) -> Outcome | None:
        self._done += 1
        self._trials.pop(path, None)
        self._around.emit(Progress(self._done, max(self._total, self._done), path))
        return outcome

    def _on_committed(self, batch: Sequence[Outcome], keys: bytes) -> None:
        for worker in self._crew.workers:
            worker.learn(keys)
        self._around.committed(batch)
        self._update_state()

    def _on_store_failure(self, batch: Sequence[Outcome], error: Exception) -> None:
        self._done -= len(batch)
        self._put_back([outcome.path for outcome in batch])
        # The workers believe that they extracted these files' headers for good.
        self.relearn_claims()
        self._give_up(_NO_STORE, f"The index cannot be written: {error}")
        if not self._stopping:
            asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, self.retry)

    def _retry_when_there_is_room(self) -> None:
        def look() -> None:
            if self._governor.room_alone() >= SMALLEST_SHARE:
                self.retry()
            elif not self._stopping:
                self._retry_when_there_is_room()

        asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, look)

    def _on_failed_start(self, error: ChildDied) -> None:
        self._failed_starts += 1
        if isinstance(error, ChildUnable) or self._failed_starts >= STARTS:
            self._give_up(_NO_WORKERS, f"Files that are not open are not indexed: {error}")

    def _give_up(self, reason: str, message: str) -> None:
        self._gate.shut(reason)
        if not self.failure:
            self.failure = message
            self._around.emit(Notice(Severity.ERROR, message))
        self._changed.set()

    def _update_state(self) -> None:
        working = self.queue or self._busy or not self._committer.is_empty
        state: State = "indexing" if working else "idle"
        if state == self.state or (state == "idle" and self._holds):
            return
        self.state = state
        if state == "idle":
            self._done = self._total = 0
        self._changed.set()
        self._around.emit(StateChanged(state))
