"""Tasks are made for the next few files at once, and are never older than the flags."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cppls.engine.tasks import AHEAD, TasksAhead
from cppls.engine.worker import Task


class World:
    """A project whose flags change, and a queue."""

    def __init__(self, *queue: str) -> None:
        self.queue = list(queue)
        self.flags = 1
        self.gone: set[str] = set()
        self.asked: list[list[str]] = []
        self.held = asyncio.Event()
        self.held.set()
        self.ahead = TasksAhead(self.fetch, lambda count: self.queue[:count])

    async def fetch(self, paths: Sequence[str]) -> dict[str, Task]:
        self.asked.append(list(paths))
        flags = self.flags
        await self.held.wait()
        return {path: Task(path, "/", [], (), flags) for path in paths if path not in self.gone}

    async def take(self, path: str) -> Task | None:
        if path in self.queue:
            self.queue.remove(path)
        return await asyncio.wait_for(self.ahead.take(path), 5)


async def settle() -> None:
    """Let everybody run until all wait."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_files_that_come_next_are_asked_for_together() -> None:
    names = [f"{number}.cpp" for number in range(AHEAD + 5)]
    w = World(*names)
    taken = [await w.take(name) for name in names]
    assert [task.path for task in taken if task is not None] == names
    assert [len(each) for each in w.asked] == [AHEAD + 1, 4]


async def test_many_that_ask_at_once_wait_for_one_answer() -> None:
    w = World()
    w.held.clear()
    asking = [asyncio.ensure_future(w.take(f"{number}.cpp")) for number in range(8)]
    await settle()
    w.held.set()
    await asyncio.gather(*asking)
    assert len(w.asked) == 2  # The first one's, and that of all who came meanwhile.


async def test_a_file_that_left_the_project_has_no_task() -> None:
    w = World("gone.cpp", "there.cpp")
    w.gone.add("gone.cpp")
    assert await w.take("gone.cpp") is None
    assert await w.take("there.cpp") is not None


async def test_new_flags_count_for_what_was_made_ready_and_for_what_is_being_asked() -> None:
    w = World("a.cpp", "b.cpp")
    await w.take("a.cpp")
    w.flags = 2
    w.ahead.forget()
    w.held.clear()
    asking = asyncio.ensure_future(w.take("b.cpp"))
    await settle()
    w.flags = 3
    w.ahead.forget()
    w.held.set()
    task = await asking
    assert task is not None
    assert task.flags_hash == 3


async def test_one_file_asked_for_by_two_has_two_tasks() -> None:
    w = World()
    w.held.clear()
    asking = [asyncio.ensure_future(w.take("a.cpp")) for _ in range(2)]
    await settle()
    w.held.set()
    first, second = await asyncio.gather(*asking)
    assert first is not None
    assert first == second


async def test_whoever_goes_away_holds_up_nobody() -> None:
    w = World()
    w.held.clear()
    gone = asyncio.ensure_future(w.take("a.cpp"))
    waiting = asyncio.ensure_future(w.take("b.cpp"))
    await settle()
    gone.cancel()
    w.held.set()
    assert await waiting is not None


async def test_what_is_never_asked_for_does_not_pile_up() -> None:
    w = World()
    for number in range(2000):
        w.queue = [f"skipped{number}.cpp"]
        await w.take(f"{number}.cpp")
    ready = w.ahead.statistics()["ready"]
    assert isinstance(ready, int)
    assert ready < 1000
