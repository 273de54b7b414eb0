"""The scheduler with real child processes that do what the sources tell them (fake_worker)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from cppls.core.messages import Shard
from cppls.core.model import FileStatus
from cppls.core.settings import Settings
from cppls.engine.child import Child, ChildDied
from cppls.engine.events import Event, Notice, Progress, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.queue import Tier
from cppls.engine.scheduler import Scheduler
from cppls.engine.worker import Outcome, Task
from tests.engine.fake_tree import FakeTree, plenty

WORKER = [sys.executable, "-m", "tests.engine.fake_worker"]


class World:
    """A folder of sources, a store in memory, and a scheduler over both."""

    def __init__(self, folder: Path, settings: Settings, spawn: Callable[[], Awaitable[Child]]):
        self.folder = folder
        self.gate = Gate()
        self.stored: dict[str, Outcome] = {}
        self.batches: list[list[str]] = []
        self.keys = bytearray()
        self.events: list[Event] = []
        self.full = False
        self.tree = FakeTree()
        self.governor = plenty(settings.job_count(), self.tree)
        self.scheduler = Scheduler(
            self, self.gate, self.governor, settings, spawn, idle_seconds=0.2
        )

    def write(self, **sources: str) -> list[str]:
        """Write ``name.cpp`` with the given text each; their paths."""
        for name, text in sources.items():
            (self.folder / f"{name}.cpp").write_text(text)
        return self.paths(sources)

    def paths(self, names: Iterable[str]) -> list[str]:
        return [str(self.folder / f"{name}.cpp") for name in names]

    async def index(self, *paths: str) -> None:
        self.scheduler.put(paths)
        await asyncio.wait_for(self.scheduler.until_settled(), 20)

    def log(self) -> list[str]:
        """What the workers were asked so far, without their process ids."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.split(" ", 1)[1] for line in lines]

    def jobs(self) -> list[str]:
        """The workers' log without starts and trims."""
        return [line for line in self.log() if line.startswith(("job", "known"))]

    # What the scheduler needs of an engine.

    async def task(self, path: str) -> Task | None:
        return Task(path, str(self.folder), ["-x", "c++"], flags_hash=7)

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        if self.full:
            raise OSError(28, "No space left on device")
        keys = bytearray()
        for outcome in batch:
            self.stored[Path(outcome.path).stem] = outcome
            if outcome.shard:
                for file in msgspec.msgpack.decode(outcome.shard, type=Shard).files:
                    keys += file.key.to_bytes(8, "little")
        self.batches.append([Path(outcome.path).stem for outcome in batch])
        self.keys += keys
        return bytes(keys)

    async def known_keys(self) -> bytes:
        return bytes(self.keys)

    def committed(self, batch: Sequence[Outcome]) -> None:
        pass

    def emit(self, event: Event) -> None:
        self.events.append(event)


async def start_worker() -> Child:
    return await Child.start("index worker", WORKER)


@asynccontextmanager
async def world(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    spawn: Callable[[], Awaitable[Child]] = start_worker,
    jobs: int = 1,
) -> AsyncGenerator[World]:
    monkeypatch.setenv("FAKE_LOG", str(folder / "log"))
    made = World(folder, Settings(jobs=jobs, batch_files=4, batch_seconds=5.0), spawn)
    try:
        yield made
    finally:
        await made.scheduler.stop()


async def test_every_file_is_indexed_and_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        await w.index(*w.write(a="int a;", b="int b;", c="int c;"))
        assert {name: o.status for name, o in w.stored.items()} == dict.fromkeys(
            "abc", FileStatus.INDEXED
        )
        assert w.stored["a"].flags_hash == 7
        assert w.events[0] == StateChanged("indexing")
        assert w.events[-1] == StateChanged("idle")
        progress = [event for event in w.events if isinstance(event, Progress)]
        assert [(event.done, event.total) for event in progress] == [(1, 3), (2, 3), (3, 3)]


async def test_a_batch_and_a_slice_are_bounded_by_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(**{name: f"int {name};" for name in "abcdef"}))
        assert w.batches == [["a", "b", "c", "d"], ["e", "f"]]
        log = w.log()
        assert log.index("trim") == log.index("job d.cpp") + 1


async def test_claims_are_known_before_the_next_job_and_all_of_them_to_a_fresh_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "h.h").write_text("int h;")
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(a='#include "h.h"'))
        await w.index(*w.write(b='#include "h.h"'))
        assert [line for line in w.log() if line.startswith("known")] == [
            "known 0 forget",
            "known 2",
        ]
        await asyncio.sleep(0.4)
        assert w.scheduler.workers() == []
        await w.index(*w.write(c='#include "h.h"'))
        assert w.jobs()[-2:] == ["known 3 forget", "job c.cpp"]
        headers = [
            name
            for name, outcome in w.stored.items()
            if len(msgspec.msgpack.decode(outcome.shard, type=Shard).files) > 1
        ]
        assert headers == ["a"]


async def test_claims_that_left_the_index_are_forgotten_by_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(a="int a;"))
        w.keys.clear()
        w.scheduler.relearn_claims()
        await w.index(*w.write(b="int b;"))
        assert w.jobs()[-2:] == ["known 0 forget", "job b.cpp"]


async def test_an_opened_file_is_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        paths = w.write(a="@slow", b="int b;", c="int c;")
        w.scheduler.put(paths)
        while "job a.cpp" not in w.log():
            await asyncio.sleep(0.01)
        w.scheduler.put([paths[2]], Tier.OPEN)
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert [line for line in w.log() if line.startswith("job")] == [
            "job a.cpp",
            "job c.cpp",
            "job b.cpp",
        ]


async def test_no_job_starts_while_somebody_waits_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        with w.gate.interactive():
            w.scheduler.put(w.write(a="int a;"))
            await asyncio.sleep(0.3)
            assert w.scheduler.state == "indexing"
            assert w.log() == []
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert "a" in w.stored


async def test_what_is_awaited_itself_does_not_wait_for_answers_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        rest, saved = w.write(a="int a;", b="int b;"), w.write(x="@slow", y="int y;")
        with w.gate.interactive():
            w.scheduler.put(rest)
            w.scheduler.put(saved, Tier.AWAITED)
            while "y" not in w.stored:
                assert len(w.scheduler.at_work()) < 2, "one at a time"
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            assert w.batches == [["x"], ["y"]], "each is stored at once, and nothing else is begun"
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.stored.keys() == {"a", "b", "x", "y"}


async def test_what_is_awaited_does_not_wait_for_a_file_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        w.scheduler.put(w.write(a="@hang", b="@hang", c="int c;"))
        while not {"job a.cpp", "job b.cpp"} <= set(w.log()):
            await asyncio.sleep(0.01)
        w.scheduler.put(w.write(saved="int saved;"), Tier.AWAITED)
        while "saved" not in w.stored or len(w.scheduler.workers()) > 2:
            await asyncio.sleep(0.01)
        assert "job c.cpp" not in w.log(), "the worker beside leaves when that is done"


async def test_what_is_awaited_waits_while_indexing_is_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        w.gate.shut("paused")
        w.scheduler.put(w.write(a="int a;"), Tier.AWAITED)
        await asyncio.sleep(0.3)
        assert w.log() == []
        w.gate.reopen("paused")
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert "a" in w.stored


async def test_a_file_that_kills_a_worker_once_is_indexed_by_a_fresh_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(a="int a;", b="@crash-once", c="int c;"))
        assert {o.status for o in w.stored.values()} == {FileStatus.INDEXED}
        assert w.log().count("start") == 2
        assert w.scheduler.statistics()["crashes"] == 1


async def test_a_file_that_kills_two_workers_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(a="int a;", b="@crash", c="int c;"))
        assert w.stored["b"].status is FileStatus.CRASHED
        assert "SIGSEGV" in w.stored["b"].message
        assert w.stored["a"].status is w.stored["c"].status is FileStatus.INDEXED
        assert w.log().count("job b.cpp") == 2


async def test_a_file_that_takes_for_ever_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        w.scheduler = Scheduler(
            w, w.gate, w.governor, Settings(jobs=1), start_worker, job_seconds=1.0
        )
        await w.index(*w.write(a="@hang", b="int b;"))
        assert w.stored["a"].status is FileStatus.CRASHED
        assert "longer than 1 s" in w.stored["a"].message
        assert w.stored["b"].status is FileStatus.INDEXED


async def test_a_file_without_a_parse_and_one_that_vanished_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.index(*w.write(a="@fail"), str(tmp_path / "gone.cpp"))
        assert w.stored["a"].status is FileStatus.FAILED
        assert w.stored["gone"].status is FileStatus.UNREADABLE


async def test_no_more_workers_than_jobs_and_none_when_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        w.scheduler.put(w.write(**dict.fromkeys("abcdef", "@slow")))
        most = 0
        while w.scheduler.state == "indexing":
            most = max(most, len(w.scheduler.workers()))
            await asyncio.sleep(0.01)
        assert most == 2
        await asyncio.sleep(0.5)
        assert w.scheduler.workers() == []


async def test_a_worker_stays_while_somebody_edits_and_leaves_when_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        w.scheduler.keep_warm()
        while not w.scheduler.workers():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert len(w.scheduler.workers()) == 1, "longer than without work"
        w.scheduler.let_cool()
        while w.scheduler.workers():
            await asyncio.sleep(0.01)


async def test_stopping_keeps_what_was_indexed_and_waits_for_no_parse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        w.scheduler.put(w.write(a="int a;", b="@hang", c="int c;"))
        while "job b.cpp" not in w.log():
            await asyncio.sleep(0.01)
        await asyncio.wait_for(w.scheduler.stop(), 10)
        assert list(w.stored) == ["a"]


async def test_when_no_worker_starts_the_user_is_told_once_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = True

    async def spawn() -> Child:
        if broken:
            raise ChildDied("the index worker exited with status 1")
        return await start_worker()

    async with world(tmp_path, monkeypatch, spawn) as w:
        await w.index(*w.write(a="int a;", b="int b;"))
        assert "status 1" in w.scheduler.failure
        assert sum(isinstance(event, Notice) for event in w.events) == 1
        broken = False
        w.scheduler.retry()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert sorted(w.stored) == ["a", "b"]


async def test_workers_that_do_not_start_are_tried_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.breaker.RETRY_SECONDS", 0.05)
    deaths = iter(range(4))

    async def spawn() -> Child:
        if next(deaths, None) is not None:
            raise ChildDied("the index worker was killed by SIGKILL")
        return await start_worker()

    async with world(tmp_path, monkeypatch, spawn) as w:
        await w.index(*w.write(a="int a;"))
        assert "SIGKILL" in w.scheduler.failure
        while w.scheduler.state != "idle":
            await asyncio.sleep(0.01)
        assert list(w.stored) == ["a"]


async def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path, monkeypatch) as w:
        w.full = True
        await w.index(*w.write(a="int a;", b="int b;"))
        assert "No space left" in w.scheduler.failure
        w.full = False
        w.scheduler.retry()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert sorted(w.stored) == ["a", "b"]
        progress = [event for event in w.events if isinstance(event, Progress)]
        assert (progress[-1].done, progress[-1].total) == (2, 2)


async def test_without_room_for_a_worker_the_user_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.governor.STARVED_SECONDS", 0.0)
    async with world(tmp_path, monkeypatch) as w:
        w.tree.free = 0
        w.governor.look()
        w.governor.start()
        await w.index(*w.write(a="int a;"))
        assert "memory budget" in w.scheduler.failure
        assert len(w.scheduler.queue) == 1
        w.tree.free = 1 << 50
        w.governor.look()
        w.scheduler.retry()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        await w.governor.stop()
        assert w.stored["a"].status is FileStatus.INDEXED


async def test_a_file_that_is_stopped_for_others_sake_waits_again_and_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        (path,) = w.write(a="@slow")
        w.scheduler.put([path])
        while "job a.cpp" not in w.log():
            await asyncio.sleep(0.01)
        (worker,) = w.scheduler.workers()
        w.tree.sizes[worker.child.pid] = ("index worker", 1 << 49)
        w.tree.sizes[1] = ("document host", 1 << 50)
        w.governor.look()
        w.governor.look()
        w.governor.look()
        w.tree.sizes.clear()
        w.governor.look()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.stored["a"].status is FileStatus.INDEXED
        assert w.log().count("job a.cpp") == 2
        assert w.scheduler.statistics()["put_back"] == 1
        assert w.scheduler.statistics()["crashes"] == 0


@pytest.mark.parametrize(
    ("allowed", "status"), [(8, FileStatus.INDEXED), (1, FileStatus.QUARANTINED)]
)
async def test_a_file_whose_worker_somebody_kills_waits_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, status: FileStatus
) -> None:
    """After that the system itself may have killed them, for want of memory."""
    monkeypatch.setattr("cppls.engine.trials.KILLS", allowed)
    async with world(tmp_path, monkeypatch) as w:
        (path,) = w.write(a="@slow")
        w.scheduler.put([path])
        for kills in range(1, 4):
            while w.log().count("job a.cpp") < kills and not w.stored:
                await asyncio.sleep(0.01)
            for worker in w.scheduler.workers():
                os.kill(worker.child.pid, signal.SIGKILL)
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.stored["a"].status is status
        assert w.scheduler.statistics()["killed"] == min(allowed, 3)
