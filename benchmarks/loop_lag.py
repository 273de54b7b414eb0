"""How late the server's event loop is during a full index: an answer is late by as much.

    python -m benchmarks.loop_lag leveldb [--jobs 2]

The figures are the server's own (``cppls/status``, ``event_loop``).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from benchmarks.client import Json, LspClient
from benchmarks.projects import Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, cppls_command


async def measure(project: Project, jobs: int) -> dict[str, Any]:
    """Index ``project`` from nothing; the ``event_loop`` figures of its engine."""
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as cache:
        command = cppls_command(project, jobs, Path(cache))
        client = await LspClient.start(command, project.root, Path(cache) / "stderr.txt")
        watch = IndexWatch(client)
        await client.initialize(project.root)
        await watch.complete()
        status = await client.request("cppls/status", None)
        await client.stop()
    return find(status, "event_loop") or {}


def find(tree: Any, name: str) -> Any:
    """The value of the first member called ``name``, however deep; ``None`` without one."""
    if isinstance(tree, dict) and name in tree:
        return cast(Json, tree)[name]
    below = cast(Json, tree).values() if isinstance(tree, dict) else tree
    found = (find(each, name) for each in below if isinstance(each, (dict, list)))
    return next((value for value in found if value is not None), None)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("projects", nargs="+", help="z3, leveldb, fmt, llvm or a folder")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    results = {name: asyncio.run(measure(load(name), options.jobs)) for name in options.projects}
    header = ["project", "looks", "worst", "p99", "over the goal"]
    rows = [
        [
            name,
            lag["looks"],
            f"{lag['late_max_ms']} ms",
            f"{lag['late_p99_ms']} ms",
            f"{lag['late_over_goal']} (> {lag['goal_ms']} ms)",
        ]
        for name, lag in results.items()
    ]
    print(table(header, rows))
    print(f"\n{save('loop_lag', {'projects': results, 'jobs': options.jobs})}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
