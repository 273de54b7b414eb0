"""Waiting with a bound: what happens, what does not, and a cancellation in the same moment."""

from __future__ import annotations

import asyncio

import pytest

from cppls.engine.waiting import set_within


async def test_an_event_ends_the_wait_and_so_does_its_bound() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    assert await set_within(event, 3600)
    event.clear()
    assert not await set_within(event, 0.001)


async def test_a_cancellation_that_comes_with_the_event_counts() -> None:
    event = asyncio.Event()
    waiting = asyncio.ensure_future(set_within(event, 3600))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    event.set()
    await asyncio.sleep(0)  # The event has arrived; who waits for it has not run yet.
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
