"""The memory governor: the one place that keeps the process tree within its budget.

It measures the tree, grants each background job a share before it starts, gets memory back in
steps when it is short, and stops what takes more than its share. What the user waits for is never
stopped for a background job. Knows sizes, shares and callbacks; neither what a job is nor how a
document is suspended.

The arithmetic: what the server and the document host have, and what they may grow by, is set
aside; the rest, up to the hard limit, is shared out. The sum of all shares never exceeds it, and
each worker's own limit (``RLIMIT_DATA``) keeps it within its share between two measurements.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from cppls.core.budget import show_size
from cppls.core.model import Statistics
from cppls.engine.forecast import Forecast
from cppls.engine.memory import TreeMemory
from cppls.engine.relief import Level, Relief
from cppls.engine.shares import PUT_BACK, Crew, Grant, NoRoom, Surroundings, Waiter

SOFT: Final = 0.85
"""From this part of the budget on, no job starts beside another, and memory is got back."""
HARD: Final = 0.95
"""From this part on background work is stopped. The rest is for what grows between two looks."""

FAST_SECONDS: Final = 0.1
PRESSED_SECONDS: Final = 0.03
SLOW_SECONDS: Final = 2.0
"""Between two measurements: while there is work, while memory is short, and otherwise."""

SMALLEST_SHARE: Final = 72 << 20
"""Bytes; with less a worker does not get through the standard headers."""
ROOM: Final = 1.5
"""A share is so many times what the file is expected to take, where there is that much."""
NEARLY: Final = 0.95
"""More of the same would not help."""
GROWTH: Final = 12 << 20
"""Bytes that the server may grow by while a job runs: a batch that is being written."""
SHARE_STEP: Final = 8 << 20
WORKER: Final = "index worker"

STARVED_SECONDS: Final = 10.0
"""A job that waits so long although none runs is told that there is no room for it."""

Health: TypeAlias = Literal["ok", "pressed", "over"]


class Governor:
    """Budget, shares and relief of one engine. Used from the event loop's thread."""

    def __init__(self, budget: int, jobs: int, around: Surroundings) -> None:
        """``budget`` in bytes; ``jobs``: workers at the most. Measures from ``start`` on."""
        self.budget: Final = budget
        self.forecast: Final = Forecast()
        self.relief: Final = Relief()
        self.level: Level = "ok"
        self.over_budget_samples = 0
        self.peak = 0
        """Bytes: the highest total measured."""
        self.on_room: Callable[[], None] = _nothing
        """Called when more workers than before may run."""
        self._jobs = jobs
        self._around = around
        self._crew: Crew | None = None
        self._effective = budget
        self._memory = TreeMemory(0, False, [])
        self._grants: list[Grant] = []
        self._waiters: deque[Waiter] = deque()
        self._limit = 1
        self._calm = 0
        self._fed = time.monotonic()
        self._samples = self._refusals = self._stops = 0
        self._awake = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._add_steps()

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Measure from now on."""
        self._take(self._around.measure(0))
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

    async def admit(self, path: str, *, last: int = 0, alone: bool = False, pid: int = 0) -> Grant:
        """Wait until ``path`` may be indexed; its share.

        ``last``: bytes that it took the last time. ``alone``: with all that there is, nothing
        beside it. ``pid``: of the worker that will do it, 0 for a new one. Jobs are admitted in
        the order in which they ask. Raises ``NoRoom`` when there is none for long.
        """
        waiter = Waiter(path, self.forecast.predict(path, last), alone, pid)
        self._waiters.append(waiter)
        self._serve()
        if not waiter.granted.done():
            self._refusals += 1
        self.wake()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            granted = waiter.granted
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.release(granted.result())
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._waiters.remove(waiter)

    def would_admit(self, path: str, last: int = 0, pid: int = 0) -> bool:
        """Whether ``admit`` would return at once."""
        waiter = Waiter(path, self.forecast.predict(path, last), False, pid)
        return not self._waiters and self._share(waiter) is not None

    def release(self, grant: Grant) -> None:
        """The job of ``grant`` has ended."""
        if grant in self._grants:
            self._grants.remove(grant)
            if self._waiters:
                # What it had may be free already; a share should not be cut short by old figures.
                self._take(self._around.measure(self._ceiling(SOFT)))
                self._serve()

    @property
    def worker_limit(self) -> int:
        """How many workers are worth having at present, at least 1."""
        return self._limit

    def had_everything(self, grant: Grant) -> bool:
        """Whether ``grant`` was about as much as a job could have that runs alone."""
        beside = any(other is not grant for other in self._grants)
        return not beside and grant.size >= NEARLY * self.room_alone(grant.pid)

    def room_alone(self, pid: int = 0) -> int:
        """Bytes of a job that runs alone, in the worker ``pid`` if there is one."""
        return self._ceiling(HARD) - self._others(pid)

    def host_share(self) -> int:
        """Bytes that the document host may have: what the server and one worker leave.

        In steps, so that not every measurement is news to it.
        """
        server = self._size_of(os.getpid()) + GROWTH
        share = self._ceiling(HARD) - server - SMALLEST_SHARE
        return max(share, SMALLEST_SHARE // 2) // SHARE_STEP * SHARE_STEP

    # --- figures --------------------------------------------------------------------------------

    @property
    def health(self) -> Health:
        """``pressed``: memory is short and work waits for it; ``over``: the budget is exceeded."""
        if self._memory.total > self.budget:
            return "over"
        return "ok" if self.level == "ok" else "pressed"

    @property
    def memory(self) -> TreeMemory:
        """The last measurement."""
        return self._memory

    def statistics(self) -> Statistics:
        """Budget, what is taken, shares, and what was done about it. Bytes."""
        total = self._memory.total
        return {
            "budget": self.budget,
            "effective_budget": self._effective,
            "now": total,
            "peak": self.peak,
            "available": max(self._effective - total, 0),
            "health": self.health,
            "samples": self._samples,
            "over_budget_samples": self.over_budget_samples,
            "worker_limit": self._limit,
            "granted": sum(grant.size for grant in self._grants),
            "grants": [grant.statistics() for grant in self._grants],
            "waiting": len(self._waiters),
            "refusals": self._refusals,
            "stops": self._stops,
            "forecast": self.forecast.statistics(),
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
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._awake.wait(), SLOW_SECONDS)

    def look(self) -> None:
        """Measure, and do what follows from it."""
        self._take(self._around.measure(self._ceiling(SOFT)))
        self._enforce()
        if self.level == "ok":
            self.relief.relax()
        elif not any(grant.stopped for grant in self._grants):  # That one is about to free some.
            self.relief.press(self.level, self._memory.total)
        self._set_limit()
        self._serve()
        self._feed()

    def _take(self, memory: TreeMemory) -> None:
        self._samples += 1
        self._memory = memory
        self.peak = max(self.peak, memory.total)
        self.over_budget_samples += memory.total > self.budget
        self._effective = max(min(self.budget, self._around.room(memory.total)), 1)
        self.relief.measured(memory.total)
        total = memory.total
        level: Level = "ok" if total < self._ceiling(SOFT) else "soft"
        level = "hard" if total >= self._ceiling(HARD) else level
        if level != "ok" and self.level == "ok":
            self.relief.record("no job is started beside another", total)
        self.level = level

    def _idle(self) -> bool:
        return not (self._grants or self._waiters or self.level != "ok" or self._around.is_busy())

    # --- admission ------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Grant shares to those that wait, in their order, as long as there is room."""
        while self._waiters:
            waiter = self._waiters[0]
            if not waiter.granted.done():
                share = self._share(waiter)
                if share is None:
                    return
                grant = Grant(waiter.path, share, waiter.alone, waiter.pid)
                self._grants.append(grant)
                waiter.granted.set_result(grant)
            self._waiters.popleft()

    def _feed(self) -> None:
        """When something waits although nothing runs, clear what is in its way, or tell it."""
        now = time.monotonic()
        if not self._waiters or self._grants:
            self._fed = now
            return
        if self._crew is not None:
            self._crew.dismiss_idle()
        if self.level == "ok" and self.room_alone() < SMALLEST_SHARE:
            self.relief.press("soft", self._memory.total)
        if now - self._fed < STARVED_SECONDS:
            return
        taken = self._memory.total
        least = int((taken + GROWTH + SMALLEST_SHARE) / HARD)
        reason = NoRoom(
            f"{show_size(taken)} of the memory budget of {show_size(self._effective)} are taken, "
            f"too much for a worker beside it: set it to {show_size(least)} at the least"
        )
        for waiter in self._waiters:
            if not waiter.granted.done():
                waiter.granted.set_exception(reason)
        self._waiters.clear()

    def _share(self, waiter: Waiter) -> int | None:
        """The bytes that it would get now; ``None``: it has to wait."""
        active = sum(max(grant.size, self._size_of(grant.pid)) for grant in self._grants)
        free = self._ceiling(HARD) - self._others(waiter.pid) - active
        if not self._grants:
            if free < SMALLEST_SHARE or (waiter.alone and self._idle_workers(waiter)):
                return None
            fair = max(int(waiter.need * ROOM), SMALLEST_SHARE, free // self._limit)
            return free if waiter.alone else min(free, fair)
        if waiter.alone or self.level != "ok" or len(self._grants) >= self._limit:
            return None
        if any(grant.alone for grant in self._grants):
            return None
        needed = max(waiter.need, SMALLEST_SHARE)
        beside = free - (self._ceiling(HARD) - self._ceiling(SOFT))
        return min(free, int(needed * ROOM)) if needed <= beside else None

    def _others(self, pid: int) -> int:
        """Bytes of all that has no share of its own, and what it may grow by; without ``pid``."""
        granted = {grant.pid for grant in self._grants} | {pid}
        sizes = (each.size for each in self._memory.processes if each.pid not in granted)
        return sum(sizes) + GROWTH

    def _idle_workers(self, waiter: Waiter) -> bool:
        pids = {each.pid for each in self._memory.processes if each.role == WORKER}
        return bool(pids - {waiter.pid})

    def _set_limit(self) -> None:
        """Down at once, up by one when there was room for a while."""
        workers = sum(each.size for each in self._memory.processes if each.role == WORKER)
        room = self._ceiling(SOFT) - (self._memory.total - workers) - GROWTH
        worth = min(max(room // max(self.forecast.usual, 1), 1), self._jobs)
        if worth < self._limit or self.level == "hard":
            self._limit, self._calm = max(min(worth, self._limit - (self.level == "hard")), 1), 0
            return
        self._calm = self._calm + 1 if worth > self._limit and self.level == "ok" else 0
        if self._calm >= 3:
            self._limit, self._calm = self._limit + 1, 0
            self.on_room()

    # --- enforcement and relief -----------------------------------------------------------------

    def _enforce(self) -> None:
        """Stop workers that take more than their share: their own limit should have done so."""
        sizes = self._sizes()
        for grant in self._grants:
            size = sizes.get(grant.pid, 0)
            grant.peak = max(grant.peak, size)
            if size > grant.size and not grant.stopped:
                self._stop(
                    grant, f"it took {size >> 20} MB of memory, its share was {grant.size >> 20} MB"
                )

    def _stop(self, grant: Grant, reason: str) -> None:
        grant.stopped = reason
        self._stops += 1
        if self._crew is not None:
            self._crew.kill(grant.pid)
        name = os.path.basename(grant.path)
        self.relief.record(f"the worker at {name} was stopped", self._memory.total)

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
        if self._grants:
            return None  # Background work goes first, and has not gone yet.
        count = self._around.relieve("hard")
        return f"{count} documents were suspended" if count else None

    def _dismiss_workers(self, _: Level) -> str | None:
        count = self._crew.dismiss_idle() if self._crew is not None else 0
        return f"{count} idle workers were dismissed" if count else None

    def _stop_largest(self, _: Level) -> str | None:
        sizes = self._sizes()
        running = [grant for grant in self._grants if grant.pid and not grant.stopped]
        if not running:
            return None
        largest = max(running, key=lambda grant: sizes.get(grant.pid, 0))
        self._stop(largest, PUT_BACK)
        return None

    # --- helpers --------------------------------------------------------------------------------

    def _ceiling(self, part: float) -> int:
        return int(self._effective * part)

    def _sizes(self) -> Mapping[int, int]:
        return {each.pid: each.size for each in self._memory.processes}

    def _size_of(self, pid: int) -> int:
        return self._sizes().get(pid, 0) if pid else 0


def _nothing() -> None:
    """Nobody waits for room."""
