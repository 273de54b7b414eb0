"""A running server whose project changes under it: what the benchmarks of freshness share."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.agreement import identifiers
from benchmarks.client import LspClient, uri_of
from benchmarks.projects import Project
from benchmarks.servers import IndexWatch, cppls_command
from cppls.core.paths import real_path
from cppls.core.settings import Settings
from cppls.engine.child import Child
from cppls.engine.project_thread import ProjectThread
from cppls.engine.worker import WORKER_COMMAND, IndexWorker
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader

LOOK: Final = 0.01
"""Seconds between two looks whether something is there."""
GIVEN_UP: Final = 1800.0
ASKED_EVERY: Final = 0.1
"""Seconds between two questions while units are indexed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server whose index is complete, and the index itself."""

    project: Project
    client: LspClient
    states: list[str]
    """The server's, as it told them."""
    reader: Reader

    async def finds(self, name: str) -> bool:
        """Whether workspace/symbol knows the name."""
        found: list[Any] | None = await self.client.request("workspace/symbol", {"query": name})
        return bool(found)

    def holds(self, name: str) -> bool:
        """Whether the index does."""
        with suppress(IndexProblem):
            return bool(self.reader.symbols_named(name))
        return False

    def has(self, path: Path) -> bool:
        """Whether the index holds a file as it is on disk, by its size."""
        with suppress(IndexProblem, OSError):
            info = self.reader.file(str(path))
            return info is not None and info.size == path.stat().st_size
        return False

    def is_fresh(self) -> bool:
        """Whether nothing in the index rests on an earlier content of a file."""
        return not self.reader.stale_units() and self.states[-1:] == ["idle"]

    def save(self, path: Path, text: str) -> None:
        """Write a file and say so. Raises ``SystemExit`` for one that is not the copy's."""
        if not path.is_relative_to(self.project.root.resolve()):
            raise SystemExit(f"{path} is not in the copy at {self.project.root}: it is not changed")
        path.write_text(text)
        document = {"textDocument": {"uri": uri_of(path)}}
        self.client.notify("textDocument/didSave", document)

    async def engine(self) -> dict[str, Any]:
        """What the engine counts, as ``cppls/status`` tells it."""
        status = await self.client.request("cppls/status", {})
        return status["workspace"]["folders"][0]["engine"]


async def started(project: Project, cache: Path, jobs: int, *options: str) -> Server:
    """A server on ``project``, with more ``options``, once it is idle."""
    command = [*cppls_command(project, jobs, cache), *options]
    client = await LspClient.start(command, project.root)
    watch, states = IndexWatch(client), list[str]()
    client.listeners.append(
        lambda method, params: states.append(params["state"]) if method == "cppls/state" else None
    )
    await client.initialize(project.root)
    await watch.complete()
    (database,) = await asyncio.to_thread(lambda: list(cache.rglob("index.db")))
    return Server(project, client, states, Reader(str(database), str(project.root)))


async def until(condition: Callable[[], bool]) -> float:
    """The time at which it holds."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > GIVEN_UP:
            raise SystemExit(f"not seen within {GIVEN_UP:.0f} s")
        await asyncio.sleep(LOOK)
    return time.monotonic()


class OwnParse:
    """What it takes a warm worker to index one unit that has nothing new but its own text, without
    shared preambles: what a save costs at the least when nothing is prepared."""

    def __init__(self, project: ProjectThread, worker: IndexWorker) -> None:
        self._project = project
        self._worker = worker

    @classmethod
    async def start(cls, project: Project, cache: Path) -> OwnParse:
        """A worker of its own."""
        settings = Settings(compile_commands=str(project.database))
        opened = await ProjectThread.open(real_path(str(project.root)), settings, str(cache))
        child = await Child.start("index worker", WORKER_COMMAND)
        return cls(opened, IndexWorker(child, _no_claims))

    async def seconds(self, path: Path) -> float:
        """Wall time; what it includes has been extracted before."""
        task = await self._project.task(str(path))
        await self._worker.index(task)
        begun = time.monotonic()
        await self._worker.index(task)
        return time.monotonic() - begun

    async def stop(self) -> None:
        """End the worker."""
        await self._worker.stop()
        self._project.close()


async def _no_claims() -> bytes:
    return b""


@asynccontextmanager
async def asking(client: LspClient, path: Path) -> AsyncGenerator[dict[str, list[float]]]:
    """Ask for hover and definition, one after the other, while the body runs: their seconds."""
    taken: dict[str, list[float]] = {"hover": [], "definition": []}
    enough = asyncio.Event()
    asked = asyncio.ensure_future(_ask(client, path, taken, enough))
    try:
        yield taken
    finally:
        # Not cancelled: before Python 3.12 wait_for() may swallow that.
        enough.set()
        await asked


async def _ask(
    client: LspClient, path: Path, taken: dict[str, list[float]], enough: asyncio.Event
) -> None:
    places = identifiers(path)
    random.Random(1).shuffle(places)
    while not enough.is_set():
        for method, seconds in taken.items():
            place = places.pop()
            places.insert(0, place)
            begun = time.monotonic()
            await client.ask(method, place.path, place.line, place.column)
            seconds.append(time.monotonic() - begun)
            await asyncio.sleep(ASKED_EVERY)


def row(what: str, values: Sequence[float], unit: str = "s") -> list[str]:
    """A line of a table: median, 99th percentile (90th of fewer than a hundred), worst."""
    ordered = sorted(values) or [0.0]
    high = ordered[
        min(int(len(ordered) * (0.99 if len(ordered) >= 100 else 0.9)), len(ordered) - 1)
    ]
    return [what, *(f"{v:.2f} {unit}" for v in (statistics.median(ordered), high, ordered[-1]))]


def seconds_text(value: float) -> str:
    """For a table."""
    return f"{value:.2f} s"
