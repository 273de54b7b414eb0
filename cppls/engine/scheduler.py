"""Takes files from the queue and has them indexed, a slice at a time, by a few workers.

After each slice the worker trims its memory, the results are committed and control is yielded.
Interactive work comes first: each job passes the gate. Knows neither flags nor the index: it is
given coroutines that make a task of a path, store a batch, and tell the claims.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cppls.core.model import FileStatus, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine.child import Child, ChildDied, ChildUnable
from cppls.engine.commits import Committer
from cppls.engine.events import Event, Notice, Progress, State, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.queue import Queue, Tier
from cppls.engine.worker import IndexWorker, Outcome, Task

IDLE_SECONDS: Final = 5.0
"""A worker that found nothing to do for so long leaves: an idle server holds none."""
JOB_SECONDS: Final = 900.0
"""A file that takes longer is set aside as if the worker had died."""
ATTEMPTS: Final = 2
STARTS: Final = 3
"""Workers in a row that may fail to start before indexing is given up."""
STORE_RETRY_SECONDS: Final = 30.0
"""Pause after a failed commit (a full disk, most likely) before indexing goes on."""

_NO_WORKERS: Final = "no worker starts"
_NO_STORE: Final = "the index cannot be written"
_DEFECT: Final = "a defect"


class Surroundings(Protocol):
    """What the scheduler needs of the engine."""

    async def task(self, path: str) -> Task | None:
        """How to index ``path``; ``None`` when it is not to be indexed any more."""
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


@dataclass(slots=True)
class _Slot:
    """One of the places in which a worker may run."""

    worker: IndexWorker | None = None


class Scheduler:
    """Worker slots over one queue. Used from the event loop's thread."""

    def __init__(
        self,
        surroundings: Surroundings,
        gate: Gate,
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
        self._settings = settings
        self._spawn = spawn
        self._idle_seconds = idle_seconds
        self._job_seconds = job_seconds
        self._committer = Committer(
            surroundings.store, settings, self._on_committed, self._on_store_failure
        )
        self._slots: set[asyncio.Task[None]] = set()
        self._workers: set[IndexWorker] = set()
        self._busy = 0
        self._holds = 0
        self._work = asyncio.Event()
        self._changed = asyncio.Event()
        self._done = self._total = 0
        self._failed_starts = 0
        self._crashes = self._retired = 0
        self._stopping = False
        gate.on_open = self.wake

    def put(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Have files indexed; those that wait already move up to ``tier``."""
        self._total += self.queue.put(paths, tier)
        self.wake()

    def discard(self, paths: Iterable[str]) -> None:
        """Take files out of the queue."""
        self._total -= self.queue.discard(paths)
        self._update_state()

    def relearn_claims(self) -> None:
        """Have every worker replace the claims it knows: some are no longer in the index."""
        for worker in self._workers:
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
        for reason in (_NO_WORKERS, _NO_STORE, _DEFECT):
            self._gate.reopen(reason)
        self.wake()

    def wake(self) -> None:
        """Start as many slots as there is work for; called whenever there may be some."""
        self._update_state()
        if self._stopping or not self.queue or not self._gate.is_open:
            return
        self._work.set()
        wanted = min(self._settings.job_count(), self._busy + len(self.queue))
        while len(self._slots) < wanted:
            slot = asyncio.ensure_future(self._run_slot())
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
            "retired_workers": self._retired,
            "queue": self.queue.statistics(),
            "commits": self._committer.statistics(),
            "gate": self._gate.statistics(),
            "workers": [worker.statistics() for worker in self._workers],
        }

    def workers(self) -> list[IndexWorker]:
        """The workers that run now."""
        return list(self._workers)

    async def _run_slot(self) -> None:
        """Index slice after slice; leave when there is nothing to do for a while."""
        slot = _Slot()
        try:
            while await self._may_start():
                await self._run_slice(slot)
        finally:
            await self._dismiss(slot)

    async def _may_start(self) -> bool:
        while not (self.queue and self._gate.is_open):
            self._work.clear()
            try:
                await asyncio.wait_for(self._work.wait(), self._idle_seconds)
            except asyncio.TimeoutError:
                return False
        return True

    async def _run_slice(self, slot: _Slot) -> None:
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
        await self._tidy(slot)

    async def _index(self, slot: _Slot, path: str) -> Outcome | None:
        """Index one file, a second time in a fresh worker when the first dies over it.

        ``None``: the file is not to be indexed, or waits again because no worker starts.
        """
        task = await self._around.task(path)
        if task is None:
            self._finished(path)
            return None
        why = ""
        for _ in range(ATTEMPTS):
            try:
                worker = slot.worker = slot.worker or await self._hire()
            except ChildDied as error:
                self._put_back([path])
                self._on_failed_start(error)
                return None
            try:
                outcome = await asyncio.wait_for(worker.index(task), self._job_seconds)
                self._finished(path)
                return outcome
            except ChildDied as error:
                why = str(error)
                self._crashes += 1
                await self._dismiss(slot)
            except asyncio.TimeoutError:
                why = f"it took longer than {self._job_seconds:g} s"
                await self._dismiss(slot)
                break
        self._finished(path)
        message = f"set aside until its content or flags change: {why}"
        return Outcome(path, task.flags_hash, FileStatus.CRASHED, message=message)

    async def _hire(self) -> IndexWorker:
        worker = IndexWorker(await self._spawn(), self._around.known_keys)
        self._failed_starts = 0
        self._workers.add(worker)
        return worker

    async def _dismiss(self, slot: _Slot) -> None:
        worker, slot.worker = slot.worker, None
        if worker is not None:
            self._workers.discard(worker)
            await worker.stop()

    async def _tidy(self, slot: _Slot) -> None:
        """Trim the worker after its slice, and let it go when that does not help."""
        if slot.worker is None:
            return
        try:
            await slot.worker.trim()
        except ChildDied:
            await self._dismiss(slot)
            return
        if slot.worker.should_retire:
            self._retired += 1
            await self._dismiss(slot)

    def _put_back(self, paths: Sequence[str]) -> None:
        """Files that were taken wait again, and are counted once."""
        self._total += self.queue.put(paths, Tier.OPEN) - len(paths)

    def _on_slot_end(self, slot: asyncio.Task[None]) -> None:
        self._slots.discard(slot)
        if not slot.cancelled() and (error := slot.exception()) is not None:
            self._give_up(_DEFECT, f"Indexing stopped over a defect of cppls: {error!r}")

    def _finished(self, path: str) -> None:
        self._done += 1
        self._around.emit(Progress(self._done, max(self._total, self._done), path))

    def _on_committed(self, batch: Sequence[Outcome], keys: bytes) -> None:
        for worker in self._workers:
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
