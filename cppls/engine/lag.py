"""How late the event loop is: whatever holds it up holds up every answer.

A timer that is due every few milliseconds, and how much later it came. Runs only while there is
something to watch, so that an idle server sleeps. Must not know what the loop is busy with.
"""

from __future__ import annotations

import asyncio
from typing import Final

from cppls.core.model import Statistics

PERIOD: Final = 0.01
"""Seconds between two looks: 100 a second cost about 0.2 % of a core."""
GOAL_MS: Final = 20
"""The loop is never to be held up for longer than this."""
_LONGEST_MS: Final = 1000


class LagMonitor:
    """Measures the loop that it was started on. Used from that loop's thread."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._counts: dict[int, int] = {}
        self._looks = 0
        self._max = 0.0

    def start(self) -> None:
        """Measure from now on; nothing happens when it does already."""
        if self._timer is None:
            self._schedule()

    def stop(self) -> None:
        """Measure no more; the figures stay."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def statistics(self) -> Statistics:
        """Lateness in milliseconds; the 99th percentile is rounded up to a whole one."""
        return {
            "looks": self._looks,
            "late_max_ms": round(self._max, 1),
            "late_p99_ms": self._percentile(0.99),
            "late_over_goal": sum(n for ms, n in self._counts.items() if ms >= GOAL_MS),
            "goal_ms": GOAL_MS,
        }

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + PERIOD
        self._timer = loop.call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        late = max(0.0, (asyncio.get_running_loop().time() - due) * 1000)
        self._looks += 1
        self._max = max(self._max, late)
        whole = min(int(late), _LONGEST_MS)
        self._counts[whole] = self._counts.get(whole, 0) + 1
        self._schedule()

    def _percentile(self, share: float) -> int:
        wanted, seen = share * self._looks, 0
        for whole, count in sorted(self._counts.items()):
            seen += count
            if seen >= wanted:
                return whole + 1
        return 0
