"""What a whole headless index takes, and what of it grows with the project.

    python -m benchmarks.synthetic FOLDER --units 2000 --run

``cppls index`` runs twice: from nothing, and again when all is up to date. The server's process
is sampled from outside; its memory and CPU are apart from its workers'.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import megabytes, save, table
from benchmarks.servers import cppls_program
from benchmarks.tree import Sampler


@dataclass(frozen=True)
class Run:
    """One run of ``cppls index``; bytes, and CPU seconds of user and system."""

    units: int
    indexed: int
    failed: int
    references: int
    wall_seconds: float
    cpu_seconds: float
    """Of the whole tree."""
    server_cpu_seconds: float
    """Of the process alone that schedules and writes."""
    server_peak: int
    peak: int
    index_bytes: int


def measure(root: Path, jobs: int, cache: Path) -> Run:
    """Index ``root`` with the index in ``cache``. Raises ``RuntimeError`` when that fails."""
    command = [
        cppls_program(), "index", str(root), "--json",
        "--jobs", str(jobs), "--cache-dir", str(cache),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    server_cpu = 0.0
    with Sampler(process.pid) as sampler:
        server = psutil.Process(process.pid)
        while True:
            try:
                output, errors = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                times = server.cpu_times()
                server_cpu = times.user + times.system
    try:
        summary: dict[str, Any] = json.loads(output)
    except ValueError:
        raise RuntimeError(errors.decode(errors="replace")) from None
    return Run(
        summary["translation_units"],
        summary["indexed_now"],
        summary["failed"],
        summary["references"],
        summary["wall_seconds"],
        summary["cpu_seconds"],
        server_cpu,
        max(sample.memory.get("server", 0) for sample in sampler.samples),
        sampler.peak,
        summary["index_bytes"],
    )


def report(root: Path, jobs: int, kept: Path | None = None) -> int:
    """Measure ``root`` and print a table; the exit code. ``kept``: a folder for the index."""
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder:
        cache = kept or Path(folder)
        runs = {name: measure(root, jobs, cache) for name in ("from nothing", "up to date")}
    header = ["", "units", "indexed", "failed", "references", "wall", "CPU", "CPU/unit",
              "server's", "server peak", "tree peak", "on disk"]  # fmt: skip
    print(table(header, [[name, *_cells(run)] for name, run in runs.items()]))
    results = {name: asdict(run) for name, run in runs.items()}
    first = runs["from nothing"]
    path = save(f"scale-{first.units}", {"runs": results, "jobs": jobs})
    print(f"\n{path}", file=sys.stderr)
    return 0 if first.indexed == first.units and not first.failed else 1


def _cells(run: Run) -> list[object]:
    return [
        run.units,
        run.indexed,
        run.failed,
        run.references,
        f"{run.wall_seconds:.1f} s",
        f"{run.cpu_seconds:.1f} s",
        f"{1000 * run.cpu_seconds / max(run.units, 1):.2f} ms",
        f"{1000 * run.server_cpu_seconds / max(run.units, 1):.2f} ms",
        megabytes(run.server_peak),
        megabytes(run.peak),
        megabytes(run.index_bytes),
    ]
