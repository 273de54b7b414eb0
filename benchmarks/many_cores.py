"""How many cores one server keeps busy: the rate at which scheduler and writer saturate.

    python -m benchmarks.synthetic FOLDER --units 2000 --methods 155
    python -m benchmarks.many_cores FOLDER [--workers 1 8 32 64] [--seconds 0.2]

A real worker indexes the project once, and what it answers is recorded (below ``build/`` of the
project). Then a real engine indexes it with many workers that answer from the recording after
``--seconds`` each, which they sleep. So everything is real but the parsing: processes, pipes,
shards, scheduler, governor, the writer and its database. A worker is busy while it sleeps; with
enough of them the server is what the others wait for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from benchmarks.projects import load
from benchmarks.report import megabytes, save, table
from benchmarks.simulated_worker import parse_seconds, recording_of
from cppls.core import system
from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import SHARD_VERSION, IndexJob, IndexResult, KnownFiles
from cppls.core.settings import Settings
from cppls.engine.engine import Engine
from cppls.engine.events import Event, Progress
from cppls.engine.worker import WORKER_COMMAND
from cppls.index.reader import Reader
from cppls.project.project import Project

BUDGET: Final = "64G"
"""Memory is not what this is about; it bounds nothing but what the machine has."""
_EDGE: Final = 0.2
"""Of the files, the part at either end that the rate leaves out: workers start, workers run dry."""


@dataclass(frozen=True)
class Rate:
    """What one server did with so many workers."""

    workers: int
    units: int
    references: int
    wall_seconds: float
    units_per_second: float
    """In the middle of the run, when all workers are there."""
    busy: float
    """The part of that time in which a worker was at a file, 1 for all of them always."""
    server_cpu_per_unit: float
    """Seconds of the server's process, all threads."""
    writer_seconds: float
    """Seconds in which the writer's thread was at work."""
    server_peak: int
    event_loop: dict[str, Any]


def record(root: Path, folder: Path) -> None:
    """Have a real worker index each unit of the project that is not recorded yet."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project.open(str(root), Settings(), str(folder))
    missing = [
        unit
        for unit in project.translation_units()
        if not recording_of(folder, os.fsencode(unit)).exists()
    ]
    if not missing:
        return
    print(f"recording {len(missing)} units", file=sys.stderr)
    worker = subprocess.Popen(
        WORKER_COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=system.import_folder(),
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    read_frame(cast("Any", worker.stdout))
    write_frame(cast("Any", worker.stdin), KnownFiles(b"", forget=True))
    for number, unit in enumerate(missing):
        command = project.command(unit)
        job = IndexJob(
            number,
            os.fsencode(unit),
            os.fsencode(command.directory),
            [os.fsencode(argument) for argument in command.arguments],
        )
        write_frame(cast("Any", worker.stdin), job)
        body = read_frame(cast("Any", worker.stdout))
        if body is None or not msgspec.msgpack.decode(body, type=IndexResult).ok:
            raise RuntimeError(f"the worker could not index {unit}")
        recording_of(folder, job.path).write_bytes(body)
    worker.stdin.close()
    worker.wait()


async def measure(root: Path, recordings: Path, workers: int, seconds: float) -> Rate:
    """Index the project from nothing with so many simulated workers."""
    command = [sys.executable, "-m", "benchmarks.simulated_worker", str(recordings), str(seconds)]
    done: list[tuple[float, str]] = []

    def listen(event: Event) -> None:
        if isinstance(event, Progress):
            done.append((time.monotonic(), event.current))

    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as cache:
        settings = Settings(cache_dir=cache, jobs=workers, memory=BUDGET)
        engine = Engine(str(root), settings, worker_command=command)
        engine.subscribe(listen)
        started, cpu = time.monotonic(), time.process_time()
        system.reset_peak_rss()
        await engine.start(headless=True)
        background = engine.background
        assert background is not None, "start makes it"
        await background.scheduler.until_settled()
        ended = time.monotonic()
        cpu = time.process_time() - cpu
        statistics = engine.statistics()
        counts = await engine.snapshot().query(Reader.counts)
        await engine.stop()
    middle = done[int(len(done) * _EDGE) : int(len(done) * (1 - _EDGE))]
    span = middle[-1][0] - middle[0][0]
    worked = sum(parse_seconds(os.fsencode(path), seconds) for _, path in middle[1:])
    writer = cast("dict[str, Any]", cast("dict[str, Any]", statistics["background"])["writer"])
    return Rate(
        workers,
        len(done),
        counts.references,
        ended - started,
        (len(middle) - 1) / span,
        worked / span / workers,
        cpu / len(done),
        writer["seconds"],
        system.peak_rss(),
        cast("dict[str, Any]", statistics["event_loop"]),
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--seconds", type=float, default=0.2, help="a file takes, on average")
    options = parser.parse_args()
    project = load(str(options.folder))
    recordings = project.root / "build" / f"recordings-{SHARD_VERSION}"
    record(project.root, recordings)
    rates = [
        asyncio.run(measure(project.root, recordings, workers, options.seconds))
        for workers in options.workers
    ]
    header = ["workers", "wall", "units/s", "references/s", "workers busy", "server CPU/unit",
              "writer at work", "server peak", "loop p99", "worst"]  # fmt: skip
    print(table(header, [_row(rate) for rate in rates]))
    results = {"rates": [asdict(rate) for rate in rates], "seconds": options.seconds}
    print(f"\n{save('many_cores', results)}", file=sys.stderr)
    return 0


def _row(rate: Rate) -> list[object]:
    return [
        rate.workers,
        f"{rate.wall_seconds:.1f} s",
        f"{rate.units_per_second:.0f}",
        f"{rate.units_per_second * rate.references / rate.units:,.0f}",
        f"{rate.busy:.0%}",
        f"{1000 * rate.server_cpu_per_unit:.2f} ms",
        f"{rate.writer_seconds / rate.wall_seconds:.0%}",
        megabytes(rate.server_peak),
        f"{rate.event_loop['late_p99_ms']} ms",
        f"{rate.event_loop['late_max_ms']} ms",
    ]


if __name__ == "__main__":
    sys.exit(main())
