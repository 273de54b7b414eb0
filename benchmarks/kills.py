"""Workers and servers are killed while they index: is anything lost?

    python -m benchmarks.kills z3 [--workers 200] [--servers 50] [--options --no-shared-preamble]

The project is indexed undisturbed first, then again and again from nothing in a cache of its own,
while index workers and the server itself (``cppls index``) die by SIGKILL at random moments of
their work, until so many were killed; a killed server is started again and goes on. In the end of
each round every table is compared with that of the undisturbed run. Exits with 1 when a table
differs by more than ``benchmarks.equality`` allows, or a file was given up.

Over shared preambles a few references depend on the order of units (docs/BENCHMARKS.md, Equality):
``--options --no-shared-preamble`` compares without them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.differences import TABLES, Comparison, compare
from benchmarks.equality import LIMITS
from benchmarks.projects import NAMES, Project, ProjectError, load
from benchmarks.report import save, table
from cppls.index.store import Index, project_folder_path

WORKER_SECONDS: Final = 0.5
"""Between two workers' deaths, on average."""
SERVER_SECONDS: Final = 4.0
"""That a server lives, on average, from its first worker on."""
START_SECONDS: Final = 1.0
"""That a worker needs before it is at work: one that never starts is another story."""
STEP: Final = 0.02
"""Seconds between two looks at the processes."""


@dataclass
class Tally:
    """What was killed, of what is to be killed; it says so on one line of the terminal."""

    workers_wanted: int
    servers_wanted: int
    workers: int = 0
    servers: int = 0
    rounds: int = 0

    @property
    def is_done(self) -> bool:
        return self.workers >= self.workers_wanted and self.servers >= self.servers_wanted

    def show(self) -> None:
        """Redraw the line."""
        wanted = self.workers_wanted + self.servers_wanted
        share = min(self.workers + self.servers, wanted) / max(wanted, 1)
        bar = "#" * round(30 * share)
        killed = f"workers {self.workers}/{self.workers_wanted}"
        killed += f"  servers {self.servers}/{self.servers_wanted}"
        print(f"\r[{bar:30}] {killed}  round {self.rounds} ", end="", file=sys.stderr, flush=True)


@dataclass
class Round:
    """One index made from nothing."""

    seconds: float
    cpu_seconds: float
    workers: int
    servers: int
    summary: dict[str, Any]
    differences: Comparison = field(default_factory=Comparison)

    def over(self) -> list[str]:
        """Tables that differ too much."""
        return [name for name in TABLES if self.differences.share(name) > LIMITS[name]]


@dataclass
class Indexing:
    """How the project is indexed: command and cache folder."""

    project: Project
    cache: Path
    options: list[str]

    def start(self) -> subprocess.Popen[bytes]:
        """``cppls index``, going on with what is there."""
        place = ["--compile-commands", str(self.project.database), "--cache-dir", str(self.cache)]
        command = [sys.executable, "-m", "cppls", "index", str(self.project.root), "--digest"]
        return subprocess.Popen(
            [*command, *place, *self.options, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def database(self) -> str:
        """The path of the index."""
        root = str(self.project.root)
        return Index.open(project_folder_path(str(self.cache), root), root, write=False).path

    def undisturbed(self) -> dict[str, Any]:
        """Index to the end; the summary."""
        return summary_of(self.start())

    def disturbed(self, tally: Tally, chance: random.Random) -> Round:
        """Index to the end, killing on the way what is left to be killed."""
        before, started, cpu = (tally.workers, tally.servers), time.monotonic(), children_cpu()
        summary: dict[str, Any] = {"problem": "nothing is indexed yet"}
        while summary["problem"]:  # It gives up when no worker lives to see its first job.
            server = self.start()
            if kill_around(server, tally, chance):
                server.communicate()
            else:
                summary = summary_of(server)
        return Round(
            time.monotonic() - started,
            children_cpu() - cpu,
            tally.workers - before[0],
            tally.servers - before[1],
            summary,
        )


def kill_around(server: subprocess.Popen[bytes], tally: Tally, chance: random.Random) -> bool:
    """Kill workers of a server until it has done its work, or its own turn has come: then true."""
    lives = chance.expovariate(1 / SERVER_SECONDS)
    next_worker = chance.expovariate(1 / WORKER_SECONDS)
    first = None
    while server.poll() is None:
        time.sleep(STEP)
        workers = workers_of(server.pid)
        if first is None:
            first = time.monotonic() if workers else None
            continue
        age = time.monotonic() - first
        if tally.servers < tally.servers_wanted and age > lives:
            server.kill()
            tally.servers += 1
            tally.show()
            return True
        if tally.workers < tally.workers_wanted and age > next_worker and workers:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                tally.workers += 1
            next_worker = age + chance.expovariate(1 / WORKER_SECONDS)
            tally.show()
    return False


def workers_of(pid: int) -> list[int]:
    """The index workers of a server that are at work."""
    started = time.time() - START_SECONDS
    with suppress(psutil.Error):
        return [
            child.pid
            for child in psutil.Process(pid).children()
            if child.create_time() < started and "cppls.clang.worker" in child.cmdline()
        ]
    return []


def summary_of(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What ``cppls index`` printed when it was done."""
    output, _ = server.communicate()
    try:
        summary: dict[str, Any] = json.loads(output)
    except ValueError:
        raise SystemExit(f"cppls index ended with {server.returncode}: {output!r}") from None
    if summary.get("error"):
        raise SystemExit(f"cppls index: {summary['error']}")
    return summary


def children_cpu() -> float:
    """CPU seconds of all processes that have ended and were waited for."""
    times = os.times()
    return times.children_user + times.children_system


def measure(project: Project, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Index undisturbed, then disturbed until all is killed; print a table; what to keep of it."""
    arguments = shlex.split(options.options)
    quiet = Indexing(project, folder / "quiet", arguments)
    expected = quiet.undisturbed()
    tally = Tally(options.workers, options.servers)
    chance = random.Random(options.seed)
    rounds: list[Round] = []
    while not tally.is_done:
        tally.rounds += 1
        shutil.rmtree(folder / "killed", ignore_errors=True)
        killed = Indexing(project, folder / "killed", arguments)
        one = killed.disturbed(tally, chance)
        if one.summary["digest"] != expected["digest"]:
            one.differences = compare(quiet.database(), killed.database())
        rounds.append(one)
    print(file=sys.stderr)
    report(project, expected, rounds, options.examples)
    return {
        "undisturbed": expected,
        "rounds": [
            {"seconds": one.seconds, "workers": one.workers, "servers": one.servers}
            | {"differences": {name: one.differences.share(name) for name in TABLES}}
            | {"summary": one.summary}
            for one in rounds
        ],
        "workers": tally.workers,
        "servers": tally.servers,
        "wrong": any(is_wrong(one, expected) for one in rounds),
    }


def is_wrong(one: Round, expected: dict[str, Any]) -> bool:
    """Whether a round lost anything."""
    return bool(one.over()) or one.summary["failed"] != expected["failed"]


def report(project: Project, expected: dict[str, Any], rounds: list[Round], examples: int) -> None:
    """A row for each round, then what differs."""
    rows: list[list[object]] = [
        [
            "undisturbed",
            *("-", "-", f"{expected['wall_seconds']:.1f} s", f"{expected['cpu_seconds']:.1f} s"),
            expected["failed"],
            expected["digest"]["all"][:12],
            "-",
        ]
    ]
    for number, one in enumerate(rounds, 1):
        differ = [f"{name} {sum(each.table == name for each in one.differences.differences)}"
                  for name in TABLES if one.differences.share(name)]  # fmt: skip
        rows.append(
            [
                f"round {number}",
                *(one.workers, one.servers, f"{one.seconds:.1f} s", f"{one.cpu_seconds:.1f} s"),
                one.summary["failed"],
                one.summary["digest"]["all"][:12],
                ", ".join(differ) or "none",
            ]
        )
    header = ["index", "workers killed", "servers killed", "wall", "CPU", "failed", "digest"]
    print(f"{project.name}\n{table([*header, 'rows that differ'], rows)}")
    for one in rounds:
        for each in one.differences.differences[:examples]:
            print(f"  {each.change} in {each.table}: {each.path}:{each.line + 1} {each.detail}")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", nargs="?", default="z3", help=NAMES)
    parser.add_argument("--workers", type=int, default=200, metavar="N", help="workers to kill")
    parser.add_argument("--servers", type=int, default=50, metavar="N", help="servers to kill")
    parser.add_argument("--options", default="", help="more options of cppls index")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which they die")
    parser.add_argument("--examples", type=int, default=5, metavar="N", help="differences shown")
    options = parser.parse_args()
    try:
        project = load(options.project)
    except ProjectError as error:
        raise SystemExit(str(error)) from None
    folder = Path(tempfile.mkdtemp(prefix=f"{project.name}-kills-"))
    try:
        result = measure(project, options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(save(f"kills-{project.name}", result), file=sys.stderr)
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
