"""An event loop whose clock jumps: what sleeps wakes up at once, in the right order.

A simulation of minutes takes milliseconds, and two runs of it are the same. Nothing outside the
process may be waited for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingHappens(Exception):
    """Everybody waits for somebody else."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in virtual time. Raises ``NothingHappens`` where that would hang."""
    loop = _Loop()
    try:
        return loop.run_until_complete(main)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._selected = _Selector()
        super().__init__(self._selected)

    def time(self) -> float:
        return self._selected.now


class _Selector(selectors.SelectSelector):
    """Where a loop would sleep, its clock moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise NothingHappens
        self.now += timeout if timeout is not None and not ready else 0.0
        return ready
