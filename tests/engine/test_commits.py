"""Batches: when they are committed, and who has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cppls.core.model import FileStatus
from cppls.core.settings import Settings
from cppls.engine.commits import Committer
from cppls.engine.worker import Outcome


class Store:
    """A store that commits when it is let."""

    def __init__(self, **settings: float) -> None:
        options = Settings(batch_files=3, batch_bytes=100, batch_seconds=1000)
        for name, value in settings.items():
            setattr(options, name, value)
        self.free = asyncio.Event()
        self.batches: list[list[str]] = []
        self.failed: list[str] = []
        self.broken = False
        self.committer = Committer(self.store, options, self.committed, self.on_failure)

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        await self.free.wait()
        if self.broken:
            raise OSError("no space left")
        return b""

    def committed(self, batch: Sequence[Outcome], keys: bytes) -> None:
        self.batches.append([outcome.path for outcome in batch])

    def on_failure(self, batch: Sequence[Outcome], error: Exception) -> None:
        self.failed += [outcome.path for outcome in batch]

    async def add(self, path: str, size: int = 1) -> None:
        await self.committer.add(Outcome(path, 0, FileStatus.INDEXED, shard=bytes(size)))


async def test_a_batch_is_full_by_count_or_by_bytes() -> None:
    store = Store()
    store.free.set()
    for path in "abcde":
        await store.add(path)
    await store.add("f", size=150)
    await store.committer.drain()
    assert store.batches == [["a", "b", "c"], ["d", "e", "f"]]


async def test_a_batch_that_does_not_fill_is_committed_after_a_while() -> None:
    store = Store(batch_seconds=0.01)
    store.free.set()
    await store.add("a")
    await asyncio.sleep(0.2)
    assert store.batches == [["a"]]


async def test_whoever_adds_waits_while_the_writer_is_two_batches_behind() -> None:
    store = Store()
    await store.add("a", size=100)
    adding = asyncio.ensure_future(store.add("b", size=100))
    await asyncio.sleep(0.05)
    assert not adding.done()
    store.free.set()
    await asyncio.wait_for(adding, 5)
    await store.committer.drain()
    assert store.batches == [["a"], ["b"]]


async def test_results_that_cannot_be_stored_are_given_back() -> None:
    store = Store()
    store.broken = True
    store.free.set()
    await store.add("a")
    await store.committer.drain()
    assert (store.batches, store.failed) == ([], ["a"])
    assert store.committer.is_empty


async def test_who_waits_for_a_result_hears_when_it_and_all_before_it_are_committed() -> None:
    store = Store()
    await store.add("a")
    waiting = asyncio.ensure_future(
        store.committer.commit(Outcome("b", 0, FileStatus.INDEXED, headers=True))
    )
    await asyncio.sleep(0.01)
    assert not waiting.done()
    store.free.set()
    assert await waiting
    assert store.batches == [["a", "b"]]


async def test_who_waits_for_a_result_hears_that_it_could_not_be_committed() -> None:
    store = Store()
    store.free.set()
    store.broken = True
    assert not await store.committer.commit(Outcome("a", 0, FileStatus.INDEXED))
    assert store.failed == ["a"]
