"""Indexes a project to completion without clients, for ``cppls index`` and benchmarks."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from cppls.core.settings import Settings
from cppls.engine.engine import Engine
from cppls.engine.events import Event, Listener, Progress
from cppls.engine.worker import WORKER_COMMAND
from cppls.index.reader import Reader

SAMPLE_SECONDS: Final = 0.25
"""Between two measurements of the process tree. The kernel walks all page tables for a PSS: ten
looks a second took 2 % of a whole index, and a file takes a worker longer than this."""


class Summary(msgspec.Struct, frozen=True):
    """What there is after indexing, and what it took. Bytes and seconds."""

    root: str
    translation_units: int
    failed: int
    files: int
    symbols: int
    references: int
    wall_seconds: float
    cpu_seconds: float
    """User and system, of the whole process tree."""
    peak_memory_bytes: int
    """PSS of the whole process tree (RSS where there is no PSS), the highest sample."""
    index_bytes: int
    indexed_now: int
    """Translation units that this run indexed; the others were up to date."""
    problem: str = ""
    """Why the run ended early; empty when it did not."""


def index_project(
    root: str,
    settings: Settings,
    progress: Callable[[Progress], None] | None = None,
    notice: Listener | None = None,
    *,
    worker_command: Sequence[str] = WORKER_COMMAND,
) -> Summary:
    """Index the project at ``root`` and return when all is committed.

    ``progress`` hears of each file, ``notice`` of every event. Raises ``IndexUnavailable``
    (``IndexLocked`` while another process indexes it) when the index cannot be written,
    ``KeyboardInterrupt`` within a second after Ctrl-C; what was committed stays.
    """

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and progress is not None:
            progress(event)
        if notice is not None:
            notice(event)

    return asyncio.run(_index(Engine(root, settings, worker_command=worker_command), listen))


async def _index(engine: Engine, listener: Listener) -> Summary:
    started, cpu_before = time.monotonic(), _cpu_seconds()
    indexed = 0

    def count(event: Event) -> None:
        nonlocal indexed
        indexed += isinstance(event, Progress)

    engine.subscribe(count)
    engine.subscribe(listener)
    sampler = _Sampler(engine)
    try:
        await engine.start(headless=True)
        background = engine.background
        assert background is not None, "start makes it"
        await background.scheduler.until_settled()
        await background.settled()
        problem = background.scheduler.failure
        counts = await engine.snapshot().query(Reader.counts)
    finally:
        sampler.stop()
        await engine.stop()
    return Summary(
        root=engine.root,
        translation_units=counts.translation_units,
        failed=counts.failed,
        files=counts.files,
        symbols=counts.symbols,
        references=counts.references,
        wall_seconds=round(time.monotonic() - started, 3),
        cpu_seconds=round(_cpu_seconds() - cpu_before, 3),
        peak_memory_bytes=engine.memory.peak,
        index_bytes=counts.index_bytes,
        indexed_now=indexed,
        problem=problem,
    )


class _Sampler:
    """Measures the tree now and again on a thread of its own, until it is stopped."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cppls-memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the last sample is taken."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        self._engine.memory.sample()
        while not self._stopped.wait(SAMPLE_SECONDS):
            self._engine.memory.sample()


def _cpu_seconds() -> float:
    """User and system seconds of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
