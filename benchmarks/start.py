"""How long a server takes to be there: with nothing indexed, and with nothing left to index.

    python -m benchmarks.start FOLDER [--jobs 2] [--warm]

The clock runs from the start of the process, on a project of any size (``benchmarks.synthetic``
makes big ones). With ``--warm`` its index is completed first, and again with a second start every
file is looked at, and none parsed. Memory and CPU are the server's own process, lateness is that
of its event loop as it measures it itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks import scale
from benchmarks.client import Json, LspClient
from benchmarks.loop_lag import find
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import megabytes, save, table
from benchmarks.servers import cppls_command
from benchmarks.tree import Sampler, tree


@dataclass(frozen=True)
class Start:
    """Seconds since the process was started, 0 for what did not happen; bytes."""

    initialized: float
    """``initialize`` was answered."""
    first_job: float
    """An index worker runs: it is started when a file is to be given to it."""
    first_done: float
    """The first file was reported as done (reports are 0.1 s apart)."""
    idle: float
    """All was up to date; only for a warm start."""
    cpu_seconds: float
    """The server's, until then."""
    server_peak: int
    event_loop: Json


@dataclass
class _Watch:
    """Notes when the server says what."""

    client: LspClient
    started: float
    first_done: float = 0.0
    idle: float = 0.0
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.client.listeners.append(self._listen)

    def _listen(self, method: str, params: Json) -> None:
        if method != "cppls/state":
            return
        seconds = time.monotonic() - self.started
        if params["done"] and not self.first_done:
            self.first_done = seconds
            self.settled.set()
        if params["state"] == "idle":
            self.idle = seconds
            self.settled.set()


async def measure(project: Project, jobs: int, cache: Path) -> Start:
    """Start a server on ``project`` and stop it once its first file is done, or it is idle."""
    started = time.monotonic()
    client = await LspClient.start(
        cppls_command(project, jobs, cache), project.root, cache / "stderr.txt"
    )
    watch = _Watch(client, started)
    server = client.process.pid
    with Sampler(server) as sampler:
        await client.initialize(project.root)
        initialized = time.monotonic() - started
        looking = asyncio.create_task(_first_child(server))
        await watch.settled.wait()
        times = psutil.Process(server).cpu_times()
        looking.cancel()
        status: dict[str, Any] = await client.request("cppls/status", None)
        await asyncio.wait([looking])
    await client.stop()
    return Start(
        initialized,
        0.0 if looking.cancelled() else looking.result() - started,
        watch.first_done,
        watch.idle,
        times.user + times.system,
        max(sample.memory.get("server", 0) for sample in sampler.samples),
        find(status, "event_loop") or {},
    )


async def _first_child(server: int) -> float:
    """When the server's first child was there."""
    while len(tree(server)) < 2:
        await asyncio.sleep(0.01)
    return time.monotonic()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--warm", action="store_true", help="also with a complete index")
    parser.add_argument("--cache-dir", type=Path, help="with --warm: where the index is already")
    options = parser.parse_args()
    project = load(options.project)
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder:
        cache = Path(folder)
        starts = {"cold": asyncio.run(measure(project, options.jobs, cache))}
        if options.warm:
            complete = options.cache_dir or cache
            scale.measure(project.root, options.jobs, complete)
            starts["warm"] = asyncio.run(measure(project, options.jobs, complete))
    header = ["start", "initialize", "first job", "first done", "idle", "server CPU",
              "server peak", "loop worst", "p99", "late looks"]  # fmt: skip
    print(table(header, [[name, *_cells(start)] for name, start in starts.items()]))
    results = {name: asdict(start) for name, start in starts.items()}
    print(f"\n{save('start', {'project': project.name, 'starts': results})}", file=sys.stderr)
    return 0


def _cells(start: Start) -> list[str]:
    times = (start.initialized, start.first_job, start.first_done, start.idle)
    lag = start.event_loop
    return [
        *(f"{seconds:.2f} s" if seconds else "-" for seconds in times),
        f"{start.cpu_seconds:.2f} s",
        megabytes(start.server_peak),
        f"{lag['late_max_ms']} ms",
        f"{lag['late_p99_ms']} ms",
        f"{lag['late_over_goal']} of {lag['looks']} (> {lag['goal_ms']} ms)",
    ]


if __name__ == "__main__":
    sys.exit(main())
