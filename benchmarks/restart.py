"""How soon a server answers from the index that an earlier one left, stopped or killed.

    python -m benchmarks.restart z3 [--rounds 5] [--cache-dir DIR]

The project is indexed first, unless the index in ``--cache-dir`` is complete already. Then servers
are started one after the other: each is asked for ``references`` as soon as ``initialize`` is
answered, and followed until it is idle; every second one is killed (SIGKILL) a random moment later
instead. Answers are compared with those of the first server.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import scale
from benchmarks.agreement import Place, identifiers
from benchmarks.client import LspClient
from benchmarks.loop_lag import find
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, cppls_command
from benchmarks.tree import tree_cpu_seconds

MANY_FILES: Final = 5
"""That have references of the identifier that is asked for."""


@dataclass(frozen=True)
class Restart:
    """Seconds; 0 for what did not happen because it was killed."""

    initialized: float
    """From the start of the process until ``initialize`` was answered."""
    references: float
    """From the first request until its answer."""
    places: int
    """That it named."""
    idle: float
    """From the start of the process."""
    cpu: float
    """Of the whole tree, until then."""
    parsed: int
    """Units that were indexed again."""


async def much_used(project: Project, cache: Path, chance: random.Random) -> Place:
    """An identifier with references in several files."""
    client = await LspClient.start(cppls_command(project, 2, cache), project.root)
    await client.initialize(project.root)
    context = {"context": {"includeDeclaration": True}}
    while True:
        place = chance.choice(identifiers(chance.choice(project.translation_units())))
        client.open(place.path, place.path.read_text(errors="replace"))
        await client.parsed(place.path)
        answer = await client.ask("references", place.path, place.line, place.column, **context)
        found: list[dict[str, Any]] = answer or []
        client.close(place.path)
        if len({each["uri"] for each in found}) >= MANY_FILES:
            await client.stop()
            return place


async def restart(project: Project, cache: Path, place: Place, kill_after: float) -> Restart:
    """Start a server, ask, and wait until it is idle; killed after so many seconds, unless 0."""
    started = time.monotonic()
    client = await LspClient.start(cppls_command(project, 2, cache), project.root)
    watch = IndexWatch(client, settle=0.0)
    await client.initialize(project.root)
    initialized = time.monotonic()
    context = {"context": {"includeDeclaration": True}}
    client.open(place.path, place.path.read_text(errors="replace"))
    found = await client.ask("references", place.path, place.line, place.column, **context)
    answered = time.monotonic()
    times = initialized - started, answered - initialized, len(found or [])
    if kill_after:
        await asyncio.sleep(kill_after)
        client.process.kill()
        await client.process.wait()
        return Restart(*times, 0.0, 0.0, 0)
    idle = await watch.complete()
    cpu = tree_cpu_seconds(client.process.pid)
    status: dict[str, Any] = await client.request("cppls/status", None)
    commits: dict[str, int] = find(status, "commits") or {}
    await client.stop()
    return Restart(*times, idle - started, cpu, commits.get("results", 0))


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of two servers each")
    parser.add_argument("--cache-dir", type=Path, help="where the index is, or is to stay")
    parser.add_argument("--seed", type=int, default=0, help="of places and moments")
    options = parser.parse_args()
    project = load(options.project)
    chance = random.Random(options.seed)
    rows: list[list[object]] = []
    results: list[Restart] = []
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder:
        cache: Path = options.cache_dir or Path(folder)
        scale.measure(project.root, 2, cache)
        place = asyncio.run(much_used(project, cache, chance))
        for _ in range(options.rounds):
            for kill_after in (chance.uniform(0.0, 1.0), 0.0):
                one = asyncio.run(restart(project, cache, place, kill_after))
                results.append(one)
                rows.append([
                    "then killed" if kill_after else "then idle",
                    f"{one.initialized:.2f} s", f"{one.references:.3f} s", one.places,
                    f"{one.idle:.2f} s" if one.idle else "-",
                    f"{one.cpu:.2f} s" if one.cpu else "-", one.parsed,
                ])  # fmt: skip
    header = ["start", "initialize", "first references", "places", "idle", "CPU", "parsed again"]
    print(f"{project.name}, {place.name} of {place.path.name}\n{table(header, rows)}")
    print(save("restart", {"rows": rows}), file=sys.stderr)
    return 0 if len({one.places for one in results}) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
