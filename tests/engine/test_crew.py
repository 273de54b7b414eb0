"""Workers are hired so that the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
from typing import cast

from cppls.engine.child import Child
from cppls.engine.crew import WorkerCrew
from tests.engine.fake_tree import FakeTree, plenty


class FakeChild:
    """Stops when it is told to."""

    pid = 1_000_000

    async def stop(self) -> None:
        pass


async def no_keys() -> bytes:
    return b""


async def test_of_many_workers_that_start_at_once_the_loop_makes_one_at_a_time() -> None:
    turns = 0
    started: list[int] = []

    def turn() -> None:
        nonlocal turns
        turns += 1
        asyncio.get_running_loop().call_soon(turn)

    async def spawn() -> Child:
        started.append(turns)
        return cast("Child", FakeChild())

    turn()
    crew = WorkerCrew(spawn, no_keys, plenty(8, FakeTree()))
    slots = [crew.open_slot() for _ in range(8)]
    await asyncio.gather(*map(crew.hire, slots))
    assert len(set(started)) == len(slots)
    assert len(crew.workers) == 8
    for slot in slots:
        await crew.close_slot(slot)
