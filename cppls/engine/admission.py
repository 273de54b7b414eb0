"""Who may start, with how much memory: the arithmetic of shares, and those who wait for one.

What the server and the document host have, and what they may grow by, is set aside; the rest, up
to the hard limit, is shared out: the sum of all shares never exceeds it. Counts with figures that
it is given; it measures nothing and stops nobody.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

from cppls.core.model import Statistics
from cppls.engine.forecast import Forecast
from cppls.engine.memory import TreeMemory
from cppls.engine.relief import Level
from cppls.engine.shares import Grant, NoRoom, Waiter

SOFT: Final = 0.85
"""From this part of the budget on, no job starts beside another, and memory is got back."""
HARD: Final = 0.95
"""From this part on background work is stopped. The rest is for what grows between two looks."""

SMALLEST_SHARE: Final = 72 << 20
"""Bytes; with less a worker does not get through the standard headers."""
ROOM: Final = 1.5
"""A share is so many times what the file is expected to take, where there is that much."""
NEARLY: Final = 0.95
"""More of the same would not help."""
MUCH_MORE: Final = 1.25
"""So many times the memory is worth another attempt at a file that did not fit."""
GROWTH: Final = 12 << 20
"""Bytes that the server may grow by while a job runs: a batch that is being written."""
SHARE_STEP: Final = 8 << 20
CALM: Final = 3
"""Measurements in a row with room for another worker before one more may run."""
WORKER: Final = "index worker"
HOST: Final = "document host"


def may_fit(size: int, room: int) -> bool:
    """Whether a file that ran out of memory with ``size`` bytes is worth another attempt."""
    return room > MUCH_MORE * size


class Situation(msgspec.Struct, frozen=True):
    """What the last measurement says."""

    budget: int
    """Bytes that the tree may have now: the user's budget, or what the machine leaves of it."""
    memory: TreeMemory
    level: Level = "ok"

    @classmethod
    def of(cls, budget: int, memory: TreeMemory) -> Situation:
        """With the level that follows from the sizes."""
        level: Level = "hard" if memory.total >= int(budget * HARD) else "soft"
        return cls(budget, memory, level if memory.total >= int(budget * SOFT) else "ok")

    @property
    def soft(self) -> int:
        """Bytes; see :data:`SOFT`."""
        return int(self.budget * SOFT)

    @property
    def hard(self) -> int:
        """Bytes; see :data:`HARD`."""
        return int(self.budget * HARD)

    def sizes(self) -> Mapping[int, int]:
        """Bytes by pid."""
        return {each.pid: each.size for each in self.memory.processes}

    def workers(self) -> Mapping[int, int]:
        """Bytes of the index workers by pid."""
        return {each.pid: each.size for each in self.memory.processes if each.role == WORKER}


class Admission:
    """Shares and waiters of one engine. Used from the event loop's thread."""

    def __init__(self, budget: int, jobs: int) -> None:
        """``budget`` in bytes; ``jobs``: workers at the most."""
        self.forecast: Final = Forecast()
        self.grants: Final[list[Grant]] = []
        """The jobs that run, in the order of their start."""
        self.now = Situation(budget, TreeMemory(0, False, []))
        """To be set after each measurement."""
        self.set_aside = 0
        """Bytes that parses of documents are expected to take, of those that run."""
        self.limit = 1
        """How many workers are worth having at present, at least 1."""
        self._jobs = jobs
        self._waiters: deque[Waiter] = deque()
        self._calm = 0
        self._has_shrunk = False
        self._refusals = 0

    @property
    def is_wanted(self) -> bool:
        """Whether a job waits for its share."""
        return bool(self._waiters)

    def apply(self, path: str, last: int, alone: bool, pid: int, awaited: bool = False) -> Waiter:
        """Stand in the queue, see ``Governor.admit``; to be served next, and left in the end."""
        waiter = Waiter(path, self.forecast.predict(path, last), alone, pid, awaited)
        if awaited:
            self._waiters.appendleft(waiter)
        else:
            self._waiters.append(waiter)
        self.serve()
        self._refusals += not waiter.granted.done()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """It waits no more, whether it was granted a share or not."""
        with contextlib.suppress(ValueError):
            self._waiters.remove(waiter)

    def would_admit(self, path: str, last: int, pid: int) -> bool:
        """Whether one that asked now would be served at once."""
        waiter = Waiter(path, self.forecast.predict(path, last), False, pid)
        return not self._waiters and self._share(waiter) is not None

    def serve(self) -> None:
        """Grant shares to those that wait, in their order, as long as there is room."""
        while self._waiters:
            waiter = self._waiters[0]
            if not waiter.granted.done():
                share = self._share(waiter)
                if share is None:
                    return
                grant = Grant(waiter.path, share, waiter.alone, pid=waiter.pid)
                self.grants.append(grant)
                waiter.granted.set_result(grant)
            self._waiters.popleft()

    def refuse(self, reason: NoRoom) -> None:
        """Tell all that wait that there is no room for them."""
        for waiter in self._waiters:
            if not waiter.granted.done():
                waiter.granted.set_exception(reason)
        self._waiters.clear()

    def had_everything(self, grant: Grant) -> bool:
        """Whether ``grant`` was about as much as a job could have that runs alone."""
        beside = any(other is not grant for other in self.grants)
        whole = grant.size >= NEARLY * self.room_alone(grant.pid)
        return whole and not beside and (grant.alone or grant.new)

    def room_alone(self, pid: int = 0) -> int:
        """Bytes of a job that runs alone, in the worker ``pid`` if there is one."""
        return self.now.hard - self._others(pid)

    def server(self) -> int:
        """Bytes of the server, and what it may grow by."""
        return self.now.sizes().get(os.getpid(), 0) + GROWTH

    def host_share(self) -> int:
        """Bytes that the document host may have: what the server and one worker leave.

        In steps, so that not every measurement is news to it.
        """
        share = self.now.hard - self.server() - SMALLEST_SHARE
        return max(share, SMALLEST_SHARE // 2) // SHARE_STEP * SHARE_STEP

    def adjust_limit(self) -> bool:
        """Down at once, up when there was room for a while; whether it went up.

        By half until it first went down, so that 64 cores are busy after three seconds and not
        after twenty; by one from then on, so that it settles.
        """
        workers = sum(self.now.workers().values())
        room = self.now.soft - (self.now.memory.total - workers) - GROWTH
        # As many as ``_share`` admits, no more: one too many would make the others wait in turn.
        usual = max(self.forecast.usual, SMALLEST_SHARE)
        worth = min(max(1 + int((room - usual) / (usual * ROOM)), 1), self._jobs)
        pressed = self.now.level == "hard"
        if worth < self.limit or pressed:
            self.limit, self._calm = max(min(worth, self.limit - pressed), 1), 0
            self._has_shrunk = True
            return False
        self._calm = self._calm + 1 if worth > self.limit and self.now.level == "ok" else 0
        if self._calm < CALM:
            return False
        step = 1 if self._has_shrunk else max(self.limit // 2, 1)
        self.limit, self._calm = min(self.limit + step, worth), 0
        return True

    def statistics(self) -> Statistics:
        """Shares in bytes, and who waits for one."""
        return {
            "worker_limit": self.limit,
            "set_aside": self.set_aside,
            "granted": sum(grant.size for grant in self.grants),
            "grants": [grant.statistics() for grant in self.grants],
            "waiting": len(self._waiters),
            "refusals": self._refusals,
            "forecast": self.forecast.statistics(),
        }

    def _share(self, waiter: Waiter) -> int | None:
        """The bytes that it would get now; ``None``: it has to wait."""
        sizes = self.now.sizes()
        active = sum(max(grant.size, sizes.get(grant.pid, 0)) for grant in self.grants)
        free = self.now.hard - self._others(waiter.pid) - active
        if not self.grants:
            idle = self.now.workers().keys() - {waiter.pid}
            if free < SMALLEST_SHARE or (idle and (waiter.alone or free < waiter.need)):
                return None  # The idle ones are dismissed soon: nothing else runs.
            fair = max(int(waiter.need * ROOM), SMALLEST_SHARE, free // self.limit)
            return free if waiter.alone else min(free, fair)
        most = self.limit + waiter.awaited
        if waiter.alone or self.now.level != "ok" or len(self.grants) >= most:
            return None
        if any(grant.alone for grant in self.grants):
            return None
        needed = max(waiter.need, SMALLEST_SHARE)
        beside = free - (self.now.hard - self.now.soft)
        return min(free, int(needed * ROOM)) if needed <= beside else None

    def _others(self, pid: int) -> int:
        """Bytes of all that has no share of its own, and what it may grow by; without ``pid``."""
        granted = {grant.pid for grant in self.grants} | {pid}
        sizes = (each.size for each in self.now.memory.processes if each.pid not in granted)
        return sum(sizes) + GROWTH + self.set_aside
