"""A machine that is only figures: workers whose memory grows and falls as files make it, a server,
a document host that somebody edits in. The governor, the scheduler and the crew are the real ones.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import msgspec

from cppls.core.messages import IndexJob, IndexResult, Trim, Trimmed
from cppls.core.model import FileStatus, Statistics
from cppls.core.settings import Settings
from cppls.engine.admission import may_fit
from cppls.engine.child import Child, ChildDied
from cppls.engine.events import Event, Notice
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.memory import ProcessMemory, TreeMemory
from cppls.engine.scheduler import Scheduler
from cppls.engine.worker import MAPPED_BYTES, Outcome, Task

M = 1 << 20
SERVER = 45 * M
MAPPED = 24 * M
"""Of a worker: pages of files, which its limit does not count."""
PRIVATE = 20 * M
"""Of a worker between two files."""
HOST_GROWTH = 80 * M
"""A second: a first parse takes 57 MB in 0.7 s."""
START_SECONDS = 0.2
LOOK_SECONDS = 0.01
"""Between two looks from outside: ten for one of the governor's."""


@dataclass(frozen=True)
class Source:
    """A file: the private bytes that it takes a worker to, and for how long."""

    path: str
    size: int
    seconds: float


def share_for(source: Source) -> int:
    """Bytes of the smallest share with which a new worker gets through."""
    return source.size + PRIVATE + MAPPED_BYTES


def sources(seed: int, count: int, explosive: int) -> list[Source]:
    """Files as projects have them: most are alike, folder by folder, a few are large, and
    ``explosive`` ones take more than any machine has."""
    chance = random.Random(seed)
    usual = [chance.uniform(20, 70) * M for _ in range(6)]
    found: list[Source] = []
    for number in range(count):
        folder = chance.randrange(len(usual))
        size = usual[folder] * chance.lognormvariate(0, 0.3)
        path = f"/p/{folder}/{number}.cpp"
        found.append(Source(path, int(size), chance.uniform(0.1, 2.0)))
    for number in range(explosive):
        at = chance.randrange(len(found))
        found.insert(at, Source(f"/p/0/explosive{number}.cpp", 1 << 40, chance.uniform(1, 20)))
    return found


class Worker:
    """A child process as ``Child`` would show it."""

    role = "index worker"
    libclang = "none"
    pids = itertools.count(1000)

    def __init__(self, machine: Machine) -> None:
        self.pid = next(self.pids)
        self.is_alive = True
        self._machine = machine
        self._source: Source | None = None
        self._began = 0.0
        self._limit = 1 << 50
        self._kept = 0
        self._ids = itertools.count(1)
        self._killed = asyncio.Event()

    @property
    def size(self) -> int:
        """Bytes now."""
        return MAPPED + PRIVATE + self._kept + self._taken()

    def next_id(self) -> int:
        return next(self._ids)

    async def send(self, message: msgspec.Struct) -> None:
        """It reads all that it is told."""

    async def ask(self, job: IndexJob, _: type[IndexResult]) -> IndexResult:
        source = self._machine.sources[os.fsdecode(job.path)]
        self._source, self._began = source, self._machine.now
        self._limit = job.memory or self._limit
        room = self._limit - PRIVATE - self._kept
        fails = source.size > room
        wait = source.seconds * (max(room, 0) / source.size if fails else 1.0)
        killed = asyncio.ensure_future(self._killed.wait())
        await asyncio.wait([killed], timeout=wait)
        killed.cancel()
        if not self.is_alive:
            raise ChildDied("it was killed by SIGKILL" if not fails else "it was stopped")
        if fails:
            raise ChildDied("out of memory")
        self._source = None
        self._kept = int(source.size * 0.3)
        peak = MAPPED + PRIVATE + source.size
        shard = msgspec.Raw(msgspec.msgpack.encode(source.path))
        return IndexResult(job.id, True, shard, "", False, wait, wait, peak)

    async def ask_in_turn(self, _: Trim, __: type[Trimmed]) -> Trimmed:
        before, self._kept = self.size, int(self._kept * 0.1)
        return Trimmed(self.size, before)

    async def stop(self) -> None:
        self.kill()

    def kill(self) -> None:
        self.is_alive = False
        self._killed.set()
        self._machine.workers.pop(self.pid, None)

    def stderr_tail(self) -> str:
        return ""

    def statistics(self) -> Statistics:
        return {"pid": self.pid}

    def _taken(self) -> int:
        """A file's memory grows evenly over its time, up to the limit."""
        if self._source is None:
            return 0
        part = min((self._machine.now - self._began) / self._source.seconds, 1.0)
        return min(int(self._source.size * part), max(self._limit - PRIVATE - self._kept, 0))


@dataclass
class Run:
    """What was seen over a whole run."""

    sources: dict[str, Source]
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    notices: list[str] = field(default_factory=list[str])
    totals: list[int] = field(default_factory=list[int])
    """Bytes, every ``LOOK_SECONDS``."""
    limits: list[int] = field(default_factory=list[int])
    """How many workers were let run, at the same moments."""
    workers: list[int] = field(default_factory=list[int])
    """How many did."""
    hired: int = 0
    seconds: float = 0.0


class Machine:
    """Everything around the scheduler and the governor, which are the real ones."""

    def __init__(self, files: Sequence[Source], budget: int, jobs: int, seed: int) -> None:
        self.sources = {each.path: each for each in files}
        self.workers: dict[int, Worker] = {}
        self.seen = Run(self.sources)
        self._loop = asyncio.get_running_loop()
        self._chance = random.Random(seed)
        self._server = SERVER
        self._host = 0
        self.governor = Governor(budget, jobs, self, clock=self._loop.time)
        self.governor.on_more_room = self._retry
        settings = Settings(jobs=jobs)
        self._scheduler = Scheduler(self, Gate(), self.governor, settings, self._spawn)

    @property
    def now(self) -> float:
        """Seconds."""
        return self._loop.time()

    async def run(self) -> Run:
        """Index all files, and return when all is settled."""
        self.governor.start()
        looking = asyncio.ensure_future(self._look())
        editing = asyncio.ensure_future(self._edit())
        self._scheduler.put(self.sources)
        await asyncio.wait_for(self._scheduler.until_settled(), 100_000)
        self.seen.seconds = self.now
        # The files are closed at last; what did not fit beside them is tried again.
        editing.cancel()
        self._host = 0
        await asyncio.sleep(20)
        await asyncio.wait_for(self._scheduler.until_settled(), 100_000)
        looking.cancel()
        self.seen.hired = cast("Any", self._scheduler.statistics()["workers"])["hired"]
        await self._scheduler.stop()
        await self.governor.stop()
        return self.seen

    # What happens by itself.

    async def _look(self) -> None:
        while True:
            self.seen.totals.append(self.measure(0).total)
            self.seen.limits.append(self.governor.worker_limit)
            self.seen.workers.append(len(self.workers))
            await asyncio.sleep(LOOK_SECONDS)

    async def _edit(self) -> None:
        """Somebody opens files and closes them; the host keeps to its share, as live TUs do."""
        while True:
            await asyncio.sleep(self._chance.uniform(5, 30))
            wanted = min(int(self._chance.uniform(40, 200) * M), self.governor.host_share())
            while self._host < wanted:
                self._host += int(HOST_GROWTH * LOOK_SECONDS)
                await asyncio.sleep(LOOK_SECONDS)
            await asyncio.sleep(self._chance.uniform(5, 30))
            self._host = 0

    def _retry(self) -> None:
        """As ``Background`` does it."""
        room = self.governor.room_alone()
        self._scheduler.put(
            path
            for path, outcome in self.seen.outcomes.items()
            if outcome.status is FileStatus.QUARANTINED and may_fit(outcome.peak_rss, room)
        )

    async def _spawn(self) -> Child:
        await asyncio.sleep(START_SECONDS)
        worker = Worker(self)
        self.workers[worker.pid] = worker
        return cast("Child", worker)

    # What the governor needs.

    def measure(self, matters: int) -> TreeMemory:
        found = [ProcessMemory(os.getpid(), "server", self._server)]
        found += [ProcessMemory(2, "document host", self._host)] if self._host else []
        found += [ProcessMemory(w.pid, w.role, w.size) for w in self.workers.values()]
        return TreeMemory(sum(each.size for each in found), True, found)

    def room(self, total: int) -> int:
        return 1 << 50

    def relieve(self, level: Literal["soft", "hard"]) -> int:
        before, self._host = self._host, self._host // 2
        return int(before > 0)

    def free_documents(self, size: int) -> int:
        freed = min(size, self._host // 2)
        self._host -= freed
        return freed

    def limit(self, sizes: Mapping[int, int]) -> None:
        """This kernel has no control groups."""

    def statistics(self) -> Statistics:
        return {}

    def is_busy(self) -> bool:
        return True

    # What the scheduler needs.

    async def task(self, path: str) -> Task:
        return Task(path, "/p", [])

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        """The server takes up to 12 MB more while it writes."""
        self._server = SERVER + int(self._chance.uniform(4, 12) * M)
        await asyncio.sleep(0.02 * len(batch))
        self._server = SERVER
        return b""

    async def known_keys(self) -> bytes:
        return b""

    def committed(self, batch: Sequence[Outcome]) -> None:
        self.seen.outcomes.update({each.path: each for each in batch})

    def emit(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.seen.notices.append(event.message)


async def simulate(seed: int, budget: int, jobs: int, count: int, explosive: int) -> Run:
    """A run over files made from ``seed``."""
    return await Machine(sources(seed, count, explosive), budget, jobs, seed).run()
