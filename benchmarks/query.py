"""How long ``cppls query references`` takes on an index on disk, the whole process counted.

    python -m benchmarks.query z3 [--names context,ast_manager,expr] [--rounds 5]

The index is made first (its folder is kept in ``benchmarks/results``), then each query is run
several times; the table shows the median.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.projects import NAMES, Project, load
from benchmarks.report import RESULTS, save, table


def run_cppls(*arguments: str) -> tuple[float, Any]:
    """Wall seconds of one ``cppls`` process and its JSON answer."""
    command = [sys.executable, "-m", "cppls", *arguments, "--json"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    return seconds, json.loads(done.stdout)


def measure(project: Project, names: list[str], rounds: int) -> list[dict[str, Any]]:
    """Median seconds and number of answers for every query and name."""
    cache = str(RESULTS / f"cache-{project.name}")
    place = ["--cache-dir", cache]
    run_cppls("index", str(project.root), "--compile-commands", str(project.database), *place)
    found: list[dict[str, Any]] = []
    for question in ("symbols", "definition", "references", "callers"):
        for name in names:
            where = ["--root", str(project.root), *place]
            runs = [run_cppls("query", question, name, *where) for _ in range(rounds + 1)]
            seconds = statistics.median(taken for taken, _ in runs[1:])
            found.append({"query": question, "name": name, "seconds": seconds})
    return found


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--names", default="context,ast_manager,expr", help="comma-separated")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    found = measure(load(options.project), options.names.split(","), options.rounds)
    rows = [[f"{row['query']} {row['name']}", f"{row['seconds'] * 1000:.0f} ms"] for row in found]
    print(table(["query", "whole process"], rows))
    save("query", {"project": options.project, "queries": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
