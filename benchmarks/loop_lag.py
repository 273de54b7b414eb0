"""How late the server's event loop is during a full index: an answer is late by as much.

    python -m benchmarks.loop_lag leveldb FOLDER [--jobs 2]

The figures are the server's own (``cppls/status``, ``event_loop``), from before it reads the
project until the index is complete. Beside them those of a loop with nothing to do, the
benchmark's own: on a busy machine that one is late as well.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from benchmarks.client import Json, LspClient
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, cppls_command
from cppls.engine.lag import LagMonitor


async def measure(project: Project, jobs: int) -> dict[str, Json]:
    """Index ``project`` from nothing; the ``event_loop`` figures of its engine, and our own."""
    ours = LagMonitor()
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as cache:
        command = cppls_command(project, jobs, Path(cache))
        client = await LspClient.start(command, project.root, Path(cache) / "stderr.txt")
        watch = IndexWatch(client)
        await client.initialize(project.root)
        ours.start()
        await watch.complete()
        ours.stop()
        status = await client.request("cppls/status", None)
        await client.stop()
    return {"server": find(status, "event_loop") or {}, "empty": ours.statistics()}


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
    parser.add_argument("projects", nargs="+", help=NAMES)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    results = {name: asyncio.run(measure(load(name), options.jobs)) for name in options.projects}
    header = ["project", "loop", "looks", "worst", "p99", "over the goal"]
    rows = [
        [
            name,
            whose,
            lag["looks"],
            f"{lag['late_max_ms']} ms",
            f"{lag['late_p99_ms']} ms",
            f"{lag['late_over_goal']} (> {lag['goal_ms']} ms)",
        ]
        for name, lags in results.items()
        for whose, lag in lags.items()
    ]
    print(table(header, rows))
    print(f"\n{save('loop_lag', {'projects': results, 'jobs': options.jobs})}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
