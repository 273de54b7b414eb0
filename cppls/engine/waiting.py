"""Waiting for an event with a bound, so that a cancellation is never lost. Knows nothing else."""

from __future__ import annotations

import asyncio


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for ``event`` that long; whether it was set.

    Not ``wait_for``: before Python 3.12 that forgets a cancellation which comes with the event, and
    whoever waits for the cancelled task waits for ever.
    """
    loop = asyncio.get_running_loop()
    waiting = asyncio.ensure_future(event.wait())
    timer = loop.call_later(seconds, waiting.cancel)
    try:
        await asyncio.wait([waiting])
        return event.is_set()
    finally:
        timer.cancel()
        waiting.cancel()
