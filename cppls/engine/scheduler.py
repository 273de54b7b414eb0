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
from contextlib import suppress
from typing import Final, Protocol

from cppls.core.model import FileStatus, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine.breaker import Breaker
from cppls.engine.building import Builder
from cppls.engine.child import Child, ChildDied
from cppls.engine.commits import Committer
from cppls.engine.crew import Slot, WorkerCrew
from cppls.engine.events import Event, Notice, Progress, State, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.indexing import JOB_SECONDS, UnitIndexer
from cppls.engine.preambles import SharedPreambles
from cppls.engine.queue import Queue, Tier
from cppls.engine.waiting import set_within
from cppls.engine.worker import BuildTask, IndexWorker, Outcome, Task

IDLE_SECONDS: Final = 5.0
"""A worker that found nothing to do for so long leaves: an idle server holds none."""
WARM_SECONDS: Final = 300.0
"""After an edit one worker stays for so long: what is saved next is indexed without a start of 0.3
seconds. It gives way when memory is short, as every idle worker does."""


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
        preambles: SharedPreambles | None = None,
        idle_seconds: float = IDLE_SECONDS,
        job_seconds: float = JOB_SECONDS,
    ) -> None:
        self.queue: Final = Queue()
        self.state: State = "ready"
        self._around = surroundings
        self._gate = gate
        self._governor = governor
        self._settings = settings
        self._crew = WorkerCrew(spawn, surroundings.known_keys, governor)
        self._idle_seconds = idle_seconds
        self._committer = Committer(
            surroundings.store, settings, self._on_committed, self._on_store_failure
        )
        self.preambles: Final = preambles or SharedPreambles.none()
        self._breaker = Breaker(gate, governor.has_room, self._on_trip, self.wake)
        self._builder = Builder(
            self.preambles,
            self._crew,
            governor,
            gate,
            self._committer,
            self._breaker.no_worker,
        )
        self._indexer = UnitIndexer(
            self.preambles,
            self._crew,
            governor,
            gate,
            self._breaker,
            flush=self._committer.flush,
            put_back=lambda path: self._put_back([path]),
            job_seconds=job_seconds,
        )
        self._slots: set[asyncio.Task[None]] = set()
        self._at_work: list[str] = []
        self._busy = self._awaited = 0
        self._holds = 0
        self._warm_until = 0.0
        self._work = asyncio.Event()
        self._changed = asyncio.Event()
        self._done = self._total = 0
        gate.on_open = self.wake
        governor.on_room = self.wake

    @property
    def failure(self) -> str:
        """Why nothing is indexed at present; empty while all is well."""
        return self._breaker.failure

    def put(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Have files indexed; those that wait already move up to ``tier``."""
        self._total += self.queue.put(paths, tier)
        self.preambles.put()
        self.wake()

    def discard(self, paths: Collection[str]) -> None:
        """Take files out of the queue."""
        self._total -= self.queue.discard(paths)
        self._indexer.forget(paths)
        self._update_state()

    def at_work(self) -> list[str]:
        """Files that were taken from the queue and whose results are not in the index yet."""
        return [*self._at_work, *self._committer.paths()]

    def keep_warm(self) -> None:
        """Somebody edits: have one worker ready, as long as there is memory for it."""
        loop = asyncio.get_running_loop()
        self._warm_until = loop.time() + WARM_SECONDS
        if not self._slots and not self._breaker.is_stopped and self._governor.has_room():
            self._open_slot()

    def let_cool(self) -> None:
        """Nobody edits any more: an idle worker leaves as it would otherwise."""
        self._warm_until = 0.0

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
        self._breaker.retry()

    def wake(self) -> None:
        """Start as many slots as there is work for; called whenever there may be some."""
        self._update_state()
        if self._breaker.is_stopped or not self._may_take():
            return
        self._work.set()
        while len(self._slots) < min(self._most_slots(), self._busy + len(self.queue)):
            self._open_slot()

    async def until_settled(self) -> None:
        """Return when it is idle, or cannot go on (see ``failure``)."""
        while self.state != "idle" and not self.failure:
            self._changed.clear()
            await self._changed.wait()

    async def stop(self) -> None:
        """Kill the workers, commit what they gave so far. Files at work come again next time."""
        self._breaker.stop()
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
            **self._indexer.statistics(),
            "queue": self.queue.statistics(),
            "commits": self._committer.statistics(),
            "gate": self._gate.statistics(),
            "workers": self._crew.statistics(),
            "preambles": self.preambles.statistics(),
        }

    def workers(self) -> list[IndexWorker]:
        """The workers that run now."""
        return self._crew.workers

    def _open_slot(self) -> None:
        slot = asyncio.ensure_future(self._run_slot(self._crew.open_slot()))
        self._slots.add(slot)
        slot.add_done_callback(self._on_slot_end)

    async def _run_slot(self, slot: Slot) -> None:
        """Index slice after slice; leave when there is nothing to do for a while."""
        try:
            if not self.queue and self._is_warm():
                with suppress(ChildDied):  # Whoever has work for it will hear of it.
                    await self._crew.hire(slot)
            while (
                not self._breaker.is_stopped
                and not self._is_one_too_many()
                and await self._may_start()
            ):
                build = self._next_build()
                if build is not None:
                    await self._build(slot, build)
                else:
                    await self._run_slice(slot)
        finally:
            await self._crew.close_slot(slot)

    def _most_slots(self) -> int:
        """What is awaited does not wait for a file to be done that takes seconds: one more."""
        limit = min(self._settings.job_count(), self._governor.worker_limit)
        return limit + (self._awaited > 0 or self.queue.next_tier is Tier.AWAITED)

    def _is_one_too_many(self) -> bool:
        return len(self._slots) > self._most_slots()

    async def _may_start(self) -> bool:
        while not self._may_take():
            self._work.clear()
            if not await set_within(self._work, self._idle_seconds) and not self._is_warm():
                return False
        return True

    def _is_warm(self) -> bool:
        """Whether the only worker stays although there is nothing to do."""
        return len(self._slots) == 1 and asyncio.get_running_loop().time() < self._warm_until

    def _next_build(self) -> BuildTask | None:
        return self.preambles.next_build(self.queue, len(self._slots))

    async def _build(self, slot: Slot, task: BuildTask) -> None:
        self._busy += 1
        try:
            await self._builder.build(slot, task)
        finally:
            self._busy -= 1
            self._update_state()
        await self._crew.tidy(slot)

    async def _run_slice(self, slot: Slot) -> None:
        """Index files until the slice is used up, somebody waits for an answer, or a preamble is to
        be built first."""
        files, size, started = 0, 0, time.monotonic()
        while (
            files < self._settings.batch_files
            and size < self._settings.batch_bytes
            and time.monotonic() - started < self._settings.batch_seconds
            and not self._breaker.is_stopped
            and not self._is_one_too_many()
            and self._may_take()
            and self._next_build() is None
            and (taken := self._take()) is not None
        ):
            path, tier = taken
            self._busy += 1
            self._awaited += tier is Tier.AWAITED
            self._at_work.append(path)
            try:
                outcome = await self._index(slot, path, tier)
                if outcome is not None:
                    files += 1
                    size += outcome.size
                    await self._committer.add(outcome)
                    if self._is_looked_at(tier):
                        self._committer.flush()
            finally:
                self._at_work.remove(path)
                self._busy -= 1
                self._awaited -= tier is Tier.AWAITED
                self._update_state()
        if not self._busy:
            self._committer.flush()  # While others work, the batch fills, or its time comes.
        await self._crew.tidy(slot)

    def _may_take(self) -> bool:
        """Whether the next file may be begun: of those that are awaited while somebody waits for an
        answer, one at a time."""
        tier = self.queue.next_tier
        awaited = tier is Tier.AWAITED and not self._awaited
        return tier is not None and self._gate.may_pass(awaited=awaited)

    def _take(self) -> tuple[str, Tier] | None:
        tier, path = self.queue.next_tier, self.queue.take()
        return (path, tier) if path is not None and tier is not None else None

    def _is_looked_at(self, tier: Tier) -> bool:
        """Whether a result of ``tier`` does not wait for the batch to fill."""
        last = tier <= Tier.CHANGED and not self.queue.has(Tier.OPEN, Tier.CHANGED)
        return tier is Tier.AWAITED or last

    async def _index(self, slot: Slot, path: str, tier: Tier) -> Outcome | None:
        """``None``: the file is not to be indexed any more, or waits again."""
        task = await self._around.task(path)
        if task is None:
            self._finished(path)
            return None
        outcome = await self._indexer.index(slot, task, awaited=tier is Tier.AWAITED)
        if outcome is not None:
            self._finished(path)
        return outcome

    def _put_back(self, paths: Sequence[str]) -> None:
        """Files that were taken wait again, and are counted once."""
        self._total += self.queue.put(paths, Tier.OPEN) - len(paths)

    def _on_slot_end(self, slot: asyncio.Task[None]) -> None:
        self._slots.discard(slot)
        if not slot.cancelled() and (error := slot.exception()) is not None:
            self._breaker.defect(error)
        self.wake()

    def _finished(self, path: str) -> None:
        self._done += 1
        self._indexer.forget([path])
        self._around.emit(Progress(self._done, max(self._total, self._done), path))

    def _on_committed(self, batch: Sequence[Outcome], keys: bytes) -> None:
        for worker in self._crew.workers:
            worker.learn(keys)
        for outcome in batch:
            if outcome.status is FileStatus.QUARANTINED:
                self._governor.did_not_fit(outcome.peak_rss)
        self._around.committed(batch)
        self._update_state()

    def _on_store_failure(self, batch: Sequence[Outcome], error: Exception) -> None:
        units = [outcome.path for outcome in batch if not outcome.headers]
        self._done -= len(units)
        self._put_back(units)
        # The workers believe that they extracted these files' headers for good.
        self.relearn_claims()
        self._breaker.no_store(error)

    def _on_trip(self, message: str) -> None:
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
            self.preambles.idle()
        self._changed.set()
        self._around.emit(StateChanged(state))
