"""Indexes a project to completion without clients, for ``cppls index`` and benchmarks."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence

import msgspec

from cppls.core.settings import Settings
from cppls.engine.engine import Engine
from cppls.engine.events import Event, Listener, Progress
from cppls.engine.worker import WORKER_COMMAND
from cppls.index.reader import Reader


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
    budget_bytes: int
    over_budget_samples: int
    """Of the measurements (ten a second and more), those above the budget."""
    quarantined: int
    """Of the failed ones, those that need more memory than the budget leaves."""
    index_bytes: int
    indexed_now: int
    """Translation units that this run indexed; the others were up to date."""
    over_preambles: int = 0
    """Of those, how many were parsed over a shared preamble."""
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
    ``BudgetError`` when its memory budget cannot be kept,
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
    try:
        await engine.start(headless=True)
        background = engine.background
        assert background is not None, "start makes it"
        await background.settled()
        problem = background.scheduler.failure
        over_preambles = background.preambles.statistics()["units_over"]
        assert isinstance(over_preambles, int), "it counts units"
        counts = await engine.snapshot().query(Reader.counts)
        quarantined = len(await engine.snapshot().query(Reader.quarantined))
    finally:
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
        budget_bytes=engine.governor.budget,
        over_budget_samples=engine.governor.over_budget_samples,
        quarantined=quarantined,
        index_bytes=counts.index_bytes,
        indexed_now=indexed,
        over_preambles=over_preambles,
        problem=problem,
    )


def _cpu_seconds() -> float:
    """User and system seconds of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
