"""The monitor tells how long the event loop was held up."""

from __future__ import annotations

import asyncio
import time

from cppls.engine.lag import GOAL_MS, PERIOD, LagMonitor


async def test_a_loop_that_is_held_up_is_late() -> None:
    monitor = LagMonitor()
    monitor.start()
    await asyncio.sleep(2 * PERIOD)
    hold_up(10 * PERIOD)
    await asyncio.sleep(2 * PERIOD)
    monitor.stop()
    figures = monitor.statistics()
    latest = figures["late_max_ms"]
    assert isinstance(latest, float)
    assert latest > GOAL_MS
    assert figures["late_over_goal"] == 1
    assert figures["late_p99_ms"] == int(latest) + 1


def hold_up(seconds: float) -> None:
    """Do what nothing on the loop may do."""
    time.sleep(seconds)


async def test_stopped_it_looks_no_more() -> None:
    monitor = LagMonitor()
    monitor.start()
    monitor.start()
    await asyncio.sleep(3 * PERIOD)
    monitor.stop()
    looks = monitor.statistics()["looks"]
    await asyncio.sleep(3 * PERIOD)
    assert monitor.statistics()["looks"] == looks != 0
