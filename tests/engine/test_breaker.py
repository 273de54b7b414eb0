"""When indexing as a whole is given up, what the user is told, and when it is tried again."""

from __future__ import annotations

import asyncio

import pytest

from cppls.engine import breaker
from cppls.engine.breaker import Breaker
from cppls.engine.child import ChildDied, ChildUnable
from cppls.engine.gate import Gate
from cppls.engine.shares import NoRoom

DEATH = ChildDied("it was killed by SIGKILL")


class World:
    """A gate, a breaker, and what is told of it."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.has_room = False
        self.looks = 0
        self.told: list[str] = []
        self.retried = asyncio.Event()
        self.breaker = Breaker(self.gate, self._look, self.told.append, self.retried.set)

    def _look(self) -> bool:
        self.looks += 1
        return self.has_room

    async def until_looked(self, times: int) -> None:
        while self.looks < times:
            await asyncio.sleep(0.001)


@pytest.fixture
async def w(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(breaker, "RETRY_SECONDS", 0.001)
    return World()


async def test_some_workers_that_do_not_start_are_no_reason_to_stop(w: World) -> None:
    for _ in range(breaker.STARTS - 1):
        w.breaker.no_worker(DEATH)
    w.breaker.worker_started()
    for _ in range(breaker.STARTS - 1):
        w.breaker.no_worker(DEATH)
    assert w.gate.is_open
    w.breaker.no_worker(DEATH)
    assert not w.gate.is_open
    await asyncio.wait_for(w.retried.wait(), 10)
    assert w.gate.is_open
    assert not w.breaker.failure


async def test_a_worker_that_never_will_start_is_not_tried_again_before_the_user_wants_it(
    w: World,
) -> None:
    w.breaker.no_worker(ChildUnable("there is no libclang"))
    await asyncio.sleep(0.01)
    assert not w.retried.is_set()
    assert "no libclang" in w.breaker.failure
    w.breaker.retry()
    assert w.retried.is_set()
    assert w.gate.is_open


async def test_the_user_is_told_once_until_it_is_tried_again(w: World) -> None:
    w.breaker.defect(ValueError("one"))
    w.breaker.no_store(OSError(28, "No space left on device"))
    assert len(w.told) == 1
    w.breaker.retry()
    w.breaker.defect(ValueError("two"))
    assert ["one" in w.told[0], "two" in w.told[1]] == [True, True]


async def test_without_room_it_is_tried_again_as_soon_as_there_is_some(w: World) -> None:
    w.breaker.no_room(NoRoom("the memory budget leaves nothing"))
    await asyncio.wait_for(w.until_looked(3), 10)
    assert not w.gate.is_open
    w.has_room = True
    await asyncio.wait_for(w.retried.wait(), 10)
    assert w.gate.is_open


async def test_when_the_server_ends_nothing_is_tried_again(w: World) -> None:
    w.breaker.no_room(NoRoom("the memory budget leaves nothing"))
    w.breaker.stop()
    w.breaker.no_store(OSError(28, "No space left on device"))
    await asyncio.wait_for(w.until_looked(1), 10)
    await asyncio.sleep(0.01)
    assert w.looks == 1
    assert not w.retried.is_set()
