"""A full index from nothing: CPU, wall time, memory and disk, against clangd in the same run.

    python -m benchmarks.full_index z3 leveldb [--jobs 2] [--open 1] [--no-clangd]

Each server is started as an editor starts it, with ``--open`` files open; the clock runs from the
start of the process until its background index is complete.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.client import LspClient
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import megabytes, save, table
from benchmarks.servers import (
    IndexWatch,
    clangd_command,
    cppls_command,
    forget_clangd_index,
)
from benchmarks.tree import Sampler, tree_cpu_seconds


@dataclass(frozen=True)
class Run:
    """One server's figures; bytes and seconds, sums over the process tree."""

    server: str
    project: str
    wall_seconds: float
    cpu_seconds: float
    peak_memory: int
    idle_memory: int
    server_memory: int
    index_bytes: int


async def run_server(server: str, project: Project, jobs: int, opened: int) -> Run:
    """Index ``project`` from nothing with one server."""
    cache = Path(tempfile.mkdtemp(prefix="cppls-bench-"))
    if server == "clangd":
        forget_clangd_index(project)
        command = clangd_command(project, jobs)
    else:
        command = cppls_command(project, jobs, cache)
    started = time.monotonic()
    client = await LspClient.start(command, project.root, cache / "stderr.txt")
    watch = IndexWatch(client)
    with Sampler(client.process.pid) as sampler:
        await client.initialize(project.root)
        for path in project.translation_units()[:opened]:
            client.open(path, path.read_text(errors="surrogateescape"))
        ended = await watch.complete()
        cpu = tree_cpu_seconds(client.process.pid)
        await asyncio.sleep(1.0)
    idle = sampler.samples[-1]
    await client.stop()
    folders = [cache] if server == "cppls" else [project.root, project.database]
    disk = sum(_size(folder, server) for folder in folders)
    shutil.rmtree(cache, ignore_errors=True)
    return Run(
        server, project.name, ended - started, cpu,
        sampler.peak, idle.total, idle.memory.get("server", 0), disk,
    )  # fmt: skip


def _size(folder: Path, server: str) -> int:
    pattern = "*" if server == "cppls" else ".cache/clangd/**/*"
    files = folder.rglob(pattern) if server == "cppls" else folder.glob(pattern)
    return sum(path.stat().st_size for path in files if path.is_file())


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("projects", nargs="+", help=NAMES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--open", type=int, default=1, help="files open during the index")
    parser.add_argument("--no-clangd", action="store_true", help="cppls alone, no ratios")
    options = parser.parse_args()
    servers = ["cppls"] if options.no_clangd else ["clangd", "cppls"]
    rows: list[list[str]] = []
    results: list[dict[str, object]] = []
    for name in options.projects:
        project = load(name)
        peer: Run | None = None
        for server in servers:
            run = asyncio.run(run_server(server, project, options.jobs, options.open))
            results.append(asdict(run))
            rows.append(_row(run, peer))
            peer = peer or run
    header = ["project", "server", "wall", "CPU", "peak", "idle", "server alone", "on disk"]
    print(table(header, rows))
    print(f"\n{save('full_index', {'runs': results, 'jobs': options.jobs})}", file=sys.stderr)
    return 0


def _row(run: Run, peer: Run | None) -> list[str]:
    def against(mine: float, other: float) -> str:
        return f" ({mine / other:.2f}x)" if other else ""

    base = peer or Run("", "", 0, 0, 0, 0, 0, 0)
    return [
        run.project,
        run.server,
        f"{run.wall_seconds:.1f} s{against(run.wall_seconds, base.wall_seconds)}",
        f"{run.cpu_seconds:.1f} s{against(run.cpu_seconds, base.cpu_seconds)}",
        f"{megabytes(run.peak_memory)}{against(run.peak_memory, base.peak_memory)}",
        f"{megabytes(run.idle_memory)}{against(run.idle_memory, base.idle_memory)}",
        megabytes(run.server_memory),
        f"{megabytes(run.index_bytes)}{against(run.index_bytes, base.index_bytes)}",
    ]


if __name__ == "__main__":
    sys.exit(main())
