"""What watching costs when nothing happens, and how soon a change is noticed.

    python -m benchmarks.watching PROJECT [--cache-dir DIR] [--seconds 60]
    python -m benchmarks.watching --folders 50000 [--sources 200] [--guessed]

A server is started on a project, or on a made tree of many folders of which few hold sources, and
left alone once its index is complete. Watches are counted in ``/proc``, so on Linux only. In a made
tree sources are then written one after the other, each when the one before is in the index.
``--guessed``: nothing says how the tree is compiled, so every folder may get a source.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.client import Json, LspClient
from benchmarks.loop_lag import find
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import cppls_command
from benchmarks.tree import tree_cpu_seconds

SETTLE = 5.0
"""Seconds after the index is complete before idle CPU is measured."""
PATIENCE = 600.0
"""Seconds until a change that nobody notices ends the run."""


@dataclass
class Watched:
    """One server left alone."""

    name: str
    folders: int = 0
    """All that the server watches, in whichever way."""
    watches: int = 0
    """inotify's, over the whole process tree."""
    instances: int = 0
    server_cpu: float = 0.0
    """Of one core, while nothing happens: the server's share, ..."""
    tree_cpu: float = 0.0
    """... and that of the whole process tree."""
    noticed: list[float] = field(default_factory=list[float])
    """Seconds from a write until the server says that it indexes, ..."""
    indexed: list[float] = field(default_factory=list[float])
    """... and until it says that it is idle again."""
    watcher: Json = field(default_factory=dict[str, Any])


async def measure(
    project: Project, cache: Path, seconds: float, sources: list[Path], *, guessed: bool
) -> Watched:
    """Index ``project``, wait, then write ``sources`` one after the other."""
    command = cppls_command(project, 2, cache)
    if guessed:
        where = command.index("--compile-commands")
        del command[where : where + 2]
    client = await LspClient.start(command, project.root, cache / "stderr.txt")
    states = _States(client)
    await client.initialize(project.root)
    await states.idle.wait()
    await asyncio.sleep(SETTLE)
    pid = client.process.pid
    result = Watched(project.name)
    result.server_cpu, result.tree_cpu = await _idle(pid, seconds)
    result.watches, result.instances = count_watches(pid)
    for number, path in enumerate(sources):
        text = f"int written_{number}() {{ return 0; }}\n"
        started = time.monotonic()
        await asyncio.to_thread(path.write_text, text)
        await asyncio.wait_for(states.indexing.wait(), PATIENCE)
        result.noticed.append(time.monotonic() - started)
        await states.idle.wait()
        result.indexed.append(time.monotonic() - started)
    status: dict[str, Any] = await client.request("cppls/status", None)
    result.watcher = find(status, "watcher") or {}
    result.folders = int(result.watcher.get("folders", 0))
    await client.stop()
    return result


def count_watches(pid: int) -> tuple[int, int]:
    """inotify watches and instances of a process and its children."""
    watches = instances = 0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        for info in Path(f"/proc/{process.pid}/fdinfo").iterdir():
            try:
                lines = info.read_text().splitlines()
                target = Path(f"/proc/{process.pid}/fd/{info.name}").readlink()
            except OSError:
                continue  # Closed meanwhile.
            watches += sum(line.startswith("inotify ") for line in lines)
            instances += str(target) == "anon_inode:inotify"
    return watches, instances


async def _idle(pid: int, seconds: float) -> tuple[float, float]:
    process = psutil.Process(pid)

    def used() -> tuple[float, float]:
        times = process.cpu_times()
        return times.user + times.system, tree_cpu_seconds(pid)

    before, started = used(), time.monotonic()
    await asyncio.sleep(seconds)
    after, spent = used(), time.monotonic() - started
    return (after[0] - before[0]) / spent, (after[1] - before[1]) / spent


class _States:
    """Whether the server indexes or is idle, as it says."""

    def __init__(self, client: LspClient) -> None:
        self.idle = asyncio.Event()
        self.indexing = asyncio.Event()
        client.listeners.append(self._listen)

    def _listen(self, method: str, params: Json) -> None:
        if method == "cppls/state":
            for state, event in (("idle", self.idle), ("indexing", self.indexing)):
                (event.set if params["state"] == state else event.clear)()


def make_tree(root: Path, folders: int, sources: int, *, described: bool) -> list[Path]:
    """A tree of folders, ten in each, of which ``sources`` spread over it hold a source."""
    made = [root]
    while len(made) < folders:
        parent = made[(len(made) - 1) // 10]
        made.append(parent / f"d{len(made)}")
        made[-1].mkdir()
    files = [folder / "source.c" for folder in made[1 :: max(1, folders // sources)]][:sources]
    for file in files:
        file.write_text(f"int {file.parent.name}() {{ return 0; }}\n")
    if described:
        entries = [
            {"directory": str(root), "file": str(file), "command": f"cc -c {file}"}
            for file in files
        ]
        (root / "compile_commands.json").write_text(json.dumps(entries))
    return files


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", nargs="?", help=NAMES)
    parser.add_argument("--folders", type=int, default=50_000, help="of a made tree")
    parser.add_argument("--sources", type=int, default=200, help="folders that hold one")
    parser.add_argument("--guessed", action="store_true", help="a made tree without a database")
    parser.add_argument("--seconds", type=float, default=60.0, help="idle time measured")
    parser.add_argument("--writes", type=int, default=20, help="sources written in a made tree")
    parser.add_argument("--cache-dir", type=Path, help="where the index is already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder:
        cache = options.cache_dir or Path(folder) / "cache"
        cache.mkdir(exist_ok=True)
        written: list[Path] = []
        if options.project:
            project = load(options.project)
        else:
            root = Path(folder) / "tree"
            root.mkdir()
            made = make_tree(root, options.folders, options.sources, described=not options.guessed)
            project = Project(f"{options.folders} folders", root, root)
            written = made[:: max(1, len(made) // options.writes)][: options.writes]
        result = asyncio.run(
            measure(project, cache, options.seconds, written, guessed=options.guessed)
        )
    header = ["", "folders", "inotify watches", "server idle CPU", "tree",
              "noticed p50", "worst", "indexed p50"]  # fmt: skip
    row = [
        result.name, result.folders, result.watches, f"{result.server_cpu:.2%}",
        f"{result.tree_cpu:.2%}", _seconds(result.noticed, statistics.median),
        _seconds(result.noticed, max), _seconds(result.indexed, statistics.median),
    ]  # fmt: skip
    print(table(header, [row]))
    print(f"\n{save('watching', asdict(result))}", file=sys.stderr)
    return 0


def _seconds(values: list[float], of: Callable[[list[float]], float]) -> str:
    return f"{of(values):.2f} s" if values else "-"


if __name__ == "__main__":
    sys.exit(main())
