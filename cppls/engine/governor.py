"""The memory governor: the one place that keeps the process tree within its budget.

It measures the tree, grants each background job a share before it starts, gets memory back in
steps when it is short, and stops what takes more than its share. What the user waits for is never
stopped for a background job. Knows sizes, shares and callbacks; neither what a job is nor how a
document is suspended.

Who gets which share is ``admission.py``'s arithmetic; each worker's own limit (``RLIMIT_DATA``)
keeps it within its share between two measurements.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Generator
from typing import Final, Literal, TypeAlias

from cppls.core.budget import show_size
from cppls.core.model import Statistics
from cppls.engine.admission import GROWTH, HARD, HOST, SMALLEST_SHARE, Admission, Situation, may_fit
from cppls.engine.forecast import Forecast
from cppls.engine.memory import TreeMemory
from cppls.engine.relief import Level, Relief
from cppls.engine.shares import GAVE_WAY, PUT_BACK, Crew, Grant, NoRoom, Surroundings
from cppls.engine.waiting import set_within

FAST_SECONDS: Final = 0.1
PRESSED_SECONDS: Final = 0.03
SLOW_SECONDS: Final = 2.0
"""Between two measurements: while there is work, while memory is short, and otherwise."""

REMEMBERED: Final = 64
"""Sizes of files that did not fit, the smallest ones."""
STARVED_SECONDS: Final = 10.0
"""A job that waits so long although none runs is told that there is no room for it."""

Health: TypeAlias = Literal["ok", "pressed", "over"]


class Governor:
    """Budget, shares and relief of one engine. Used from the event loop's thread."""

    def __init__(
        self,
        budget: int,
        jobs: int,
        around: Surroundings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``budget`` in bytes; ``jobs``: workers at the most; ``clock`` in seconds. Measures from
        ``start`` on."""
        self.budget: Final = budget
        self.relief: Final = Relief(clock)
        self.over_budget_samples = 0
        self.peak = 0
        """Bytes: the highest total measured."""
        self.on_room: Callable[[], None] = _nothing
        """Called when more workers than before may run."""
        self.on_more_room: Callable[[], None] = _nothing
        """Called when a file that did not fit might do so now."""
        self._admission = Admission(budget, jobs)
        self._around = around
        self._crew: Crew | None = None
        self._clock = clock
        self._fed = clock()
        self._did_not_fit: list[int] = []
        self._samples = self._stops = 0
        self._awake = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._add_steps()

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Measure from now on."""
        self._measure()
        self._watching = asyncio.ensure_future(self._watch())

    async def stop(self) -> None:
        """Measure no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    def command(self, crew: Crew) -> None:
        """These are the workers from now on."""
        self._crew = crew

    def add_cache(self, name: str, shrink: Callable[[], bool]) -> None:
        """A cache that can shrink when asked; it says whether there was anything to give.

        Caches come before everything that has to be started or parsed again.
        """

        def step(_: Level) -> str | None:
            return f"{name}: made smaller" if shrink() else None

        self.relief.add("soft", step, first=True)

    def wake(self) -> None:
        """Something starts that will take memory: look at once, and often."""
        self._awake.set()

    # --- shares ---------------------------------------------------------------------------------

    async def admit(
        self,
        path: str,
        *,
        last: int = 0,
        alone: bool = False,
        pid: int = 0,
        awaited: bool = False,
    ) -> Grant:
        """Wait until ``path`` may be indexed; its share.

        ``last``: bytes that it took the last time. ``alone``: with all that there is, nothing
        beside it. ``pid``: of the worker that will do it, 0 for a new one. Jobs are admitted in
        the order in which they ask; one that is ``awaited`` before them, and beside as many as
        there may be, if there is memory. Raises ``NoRoom`` when there is none for long.
        """
        waiter = self._admission.apply(path, last, alone, pid, awaited)
        self.wake()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            granted = waiter.granted
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.release(granted.result())
            raise
        finally:
            self._admission.leave(waiter)

    def would_admit(self, path: str, last: int = 0, pid: int = 0) -> bool:
        """Whether ``admit`` would return at once."""
        return self._admission.would_admit(path, last, pid)

    def release(self, grant: Grant) -> None:
        """The job of ``grant`` has ended."""
        admission = self._admission
        if grant in admission.grants:
            admission.grants.remove(grant)
            if admission.is_wanted:
                # What it had may be free already; a share should not be cut short by old figures.
                self._measure()
                admission.serve()

    @contextlib.contextmanager
    def set_aside(self, size: int, *, urgent: bool) -> Generator[None]:
        """Keep ``size`` bytes for a parse of a document while the body runs.

        ``urgent``: somebody waits for it. Then, before it begins, idle documents sleep and
        background jobs wait again, until it fits; else it is only told to those that come later.
        """
        self._admission.set_aside += size
        try:
            if urgent:
                self._give_way()
            yield
        finally:
            self._admission.set_aside -= size
            self._admission.serve()

    @property
    def forecast(self) -> Forecast:
        """What files are expected to cost."""
        return self._admission.forecast

    @property
    def worker_limit(self) -> int:
        """How many workers are worth having at present, at least 1."""
        return self._admission.limit

    def had_everything(self, grant: Grant) -> bool:
        """See ``Admission.had_everything``."""
        return self._admission.had_everything(grant)

    def did_not_fit(self, size: int) -> None:
        """A file was given up that had ``size`` bytes: hear of it when there is much more."""
        self._did_not_fit = sorted([*self._did_not_fit, size])[:REMEMBERED]

    def room_alone(self) -> int:
        """Bytes that a job could have which runs alone."""
        return self._admission.room_alone()

    def has_room(self) -> bool:
        """Whether a worker that runs alone has enough to work with."""
        return self.room_alone() >= SMALLEST_SHARE

    def host_share(self) -> int:
        """See ``Admission.host_share``."""
        return self._admission.host_share()

    # --- figures --------------------------------------------------------------------------------

    @property
    def level(self) -> Level:
        """How short memory is."""
        return self._admission.now.level

    @property
    def health(self) -> Health:
        """``pressed``: memory is short and work waits for it; ``over``: the budget is exceeded."""
        if self.memory.total > self.budget:
            return "over"
        return "ok" if self.level == "ok" else "pressed"

    @property
    def memory(self) -> TreeMemory:
        """The last measurement."""
        return self._admission.now.memory

    def statistics(self) -> Statistics:
        """Budget, what is taken, shares, and what was done about it. Bytes."""
        total, effective = self.memory.total, self._admission.now.budget
        return {
            "budget": self.budget,
            "effective_budget": effective,
            "now": total,
            "peak": self.peak,
            "available": max(effective - total, 0),
            "health": self.health,
            "samples": self._samples,
            "over_budget_samples": self.over_budget_samples,
            "stops": self._stops,
            **self._admission.statistics(),
            "control_group": self._around.statistics(),
            "relief": self.relief.statistics(),
        }

    # --- measuring ------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            self._awake.clear()
            self.look()
            if not self._idle():
                await asyncio.sleep(FAST_SECONDS if self.level == "ok" else PRESSED_SECONDS)
                continue
            await set_within(self._awake, SLOW_SECONDS)

    def look(self) -> None:
        """Measure, and do what follows from it."""
        self._measure()
        self._enforce()
        self._limit()
        if self.level == "ok":
            self.relief.relax()
        elif not any(grant.stopped for grant in self._admission.grants):
            # One that was stopped is about to free some.
            self.relief.press(self.level, self.memory.total)
        if self._admission.adjust_limit():
            self.on_room()
        self._admission.serve()
        self._feed()
        self._tell_of_room()

    def _measure(self) -> None:
        memory = self._around.measure(self._admission.now.soft)
        total = memory.total
        self._samples += 1
        self.peak = max(self.peak, total)
        self.over_budget_samples += total > self.budget
        self.relief.measured(total)
        effective = max(min(self.budget, self._around.room(total)), 1)
        situation = Situation.of(effective, memory)
        if situation.level != "ok" and self.level == "ok":
            self.relief.record("no job is started beside another", total)
        self._admission.now = situation

    def _idle(self) -> bool:
        working = self._admission.grants or self._admission.is_wanted or self._around.is_busy()
        return self.level == "ok" and not working

    def _feed(self) -> None:
        """When something waits although nothing runs, clear what is in its way, or tell it."""
        now = self._clock()
        if not self._admission.is_wanted or self._admission.grants:
            self._fed = now
            return
        if self._crew is not None:
            self._crew.dismiss_idle()
        taken = self.memory.total
        if self.level == "ok" and not self.has_room():
            self.relief.press("soft", taken)
        if now - self._fed < STARVED_SECONDS:
            return
        least = int((taken + GROWTH + SMALLEST_SHARE) / HARD)
        budget = show_size(self._admission.now.budget)
        self._admission.refuse(
            NoRoom(
                f"{show_size(taken)} of the memory budget of {budget} are taken, too much for a"
                f" worker beside it: set it to {show_size(least)} at the least"
            )
        )

    def _tell_of_room(self) -> None:
        """Documents were closed, or the machine has more to give than before."""
        if not self._did_not_fit or self._admission.grants:
            return
        room = self.room_alone()
        still = [size for size in self._did_not_fit if not may_fit(size, room)]
        if len(still) < len(self._did_not_fit):
            self._did_not_fit = still
            self.on_more_room()

    # --- enforcement and relief -----------------------------------------------------------------

    def _enforce(self) -> None:
        """Stop workers that take more than their share: their own limit should have done so."""
        sizes = self._admission.now.sizes()
        for grant in self._admission.grants:
            size = sizes.get(grant.pid, 0)
            grant.peak = max(grant.peak, size)
            if size > grant.size and not grant.stopped:
                self._stop(
                    grant, f"it took {size >> 20} MB of memory, its share was {grant.size >> 20} MB"
                )

    def _limit(self) -> None:
        """The same by the kernel, where it lets us. The document host may have all but what the
        server has: a background job gives way before it meets that."""
        limits = {grant.pid: grant.size for grant in self._admission.grants if grant.pid}
        for each in self.memory.processes:
            if each.role == HOST:
                limits[each.pid] = self._admission.now.hard - self._admission.server()
        if limits:
            self._around.limit(limits)

    def _give_way(self) -> None:
        """Free what is set aside and not there: from idle documents, then from background jobs."""
        self._measure()
        short = self.memory.total + self._admission.set_aside - self._admission.now.budget
        if short > 0:
            short -= self._around.free_documents(short)
        sizes = self._admission.now.sizes()
        running = [grant for grant in self._admission.grants if grant.pid and not grant.stopped]
        for grant in sorted(running, key=lambda grant: -sizes.get(grant.pid, 0)):
            if short <= 0:
                return
            short -= sizes.get(grant.pid, 0)
            self._stop(grant, GAVE_WAY)

    def _stop(self, grant: Grant, reason: str) -> None:
        grant.stopped = reason
        self._stops += 1
        if self._crew is not None:
            self._crew.kill(grant.pid)
        name = os.path.basename(grant.path)
        self.relief.record(f"the worker at {name} was stopped", self.memory.total)

    def _add_steps(self) -> None:
        add = self.relief.add
        add("soft", self._dismiss_workers)
        add("soft", self._relieve_documents)
        add("hard", self._stop_largest)
        add("hard", self._relieve_documents_hard)

    def _relieve_documents(self, _: Level) -> str | None:
        count = self._around.relieve("soft")
        return f"{count} idle documents were suspended" if count else None

    def _relieve_documents_hard(self, _: Level) -> str | None:
        if self._admission.grants:
            return None  # Background work goes first, and has not gone yet.
        count = self._around.relieve("hard")
        return f"{count} documents were suspended" if count else None

    def _dismiss_workers(self, _: Level) -> str | None:
        count = self._crew.dismiss_idle() if self._crew is not None else 0
        return f"{count} idle workers were dismissed" if count else None

    def _stop_largest(self, _: Level) -> str | None:
        sizes = self._admission.now.sizes()
        running = [grant for grant in self._admission.grants if grant.pid and not grant.stopped]
        if not running:
            return None
        largest = max(running, key=lambda grant: sizes.get(grant.pid, 0))
        self._stop(largest, PUT_BACK)
        return None


def _nothing() -> None:
    """Nobody waits for room."""
