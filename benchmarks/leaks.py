"""Does memory climb from round to round? Open, edit, complete, close and re-index, fifty times.

    python -m benchmarks.leaks leveldb [--rounds 50] [--memory 256M]

A round takes the next of ``--files`` sources: it is opened, a line is typed with questions in
between (and a completion where the server has it), closed, changed on disk, and indexed again.
Then the memory of every process is taken. A straight line through the rounds after the first
fifth says how much a round leaves behind. The project is copied first: its own files stay as they
are.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.client import Json, LspClient
from benchmarks.curve import Line, fit
from benchmarks.projects import NAMES, Project, ProjectError, load
from benchmarks.report import megabytes, save, table
from benchmarks.servers import IndexWatch, ServerMissing, cppls_command
from benchmarks.tree import Footprint, footprints
from benchmarks.typist import Typist, largest_sources

KEY_SECONDS: Final = 0.02
REINDEX_SECONDS: Final = 60.0
CERTAINTY: Final = 3.0
"""Standard errors that a slope must be away from zero to count."""
MATTERS: Final = 1 << 20
"""Bytes over all rounds below which a slope is no leak worth a look."""


@dataclass(frozen=True)
class Round:
    """The processes at the end of a round, by role."""

    processes: dict[str, list[Footprint]]

    @property
    def total(self) -> Footprint:
        """All processes; pages they share count for each."""
        every = [each for role in self.processes.values() for each in role]
        return Footprint(sum(e.rss for e in every), sum(e.anonymous for e in every))

    def largest(self, role: str) -> Footprint | None:
        """The role's largest process, which does not depend on how many are alive."""
        of_role = self.processes.get(role, [])
        return max(of_role, key=lambda each: each.anonymous, default=None)


@dataclass(frozen=True)
class Climb:
    """What one role does over the rounds; median bytes of the first and last five."""

    role: str
    rss: tuple[float, float]
    anonymous: tuple[float, float]
    line: Line
    """Through the anonymous memory: a leak is there, and RSS falls when the kernel needs pages."""
    rounds: int

    @property
    def is_real(self) -> bool:
        """Steeper than chance, and enough to matter."""
        certain = self.line.slope - CERTAINTY * self.line.error
        return certain > 0 and self.line.slope * self.rounds > MATTERS


@dataclass
class Reindexed:
    """Set when the server has gone from indexing to idle since the last :meth:`expect`."""

    client: LspClient
    began: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.client.listeners.append(self._listen)

    def expect(self) -> None:
        """What happened so far does not count."""
        self.began = False
        self.done.clear()

    def _listen(self, method: str, params: Json) -> None:
        if method != "cppls/state":
            return
        if params["state"] == "indexing":
            self.began = True
        elif params["state"] == "idle" and self.began:
            self.done.set()


async def run(project: Project, options: Options, cache: Path) -> list[Round]:
    """All rounds. Raises ``RuntimeError`` when the server ends or does not index again."""
    command = cppls_command(project, options.jobs, cache)
    command += ["--memory", options.memory] if options.memory else []
    client = await LspClient.start(command, project.root, cache / "stderr.txt")
    try:
        watch, reindexed = IndexWatch(client), Reindexed(client)
        capabilities = (await client.initialize(project.root))["capabilities"]
        typist = Typist(client, key_seconds=KEY_SECONDS)
        typist.completes = "completionProvider" in capabilities
        await watch.complete()
        rounds: list[Round] = []
        files = largest_sources(project, options.files)
        for number in range(options.rounds):
            if sys.stderr.isatty():
                print(f"round {number + 1}/{options.rounds}", end="\r", file=sys.stderr)
            await _round(typist, client, files[number % len(files)], reindexed)
            rounds.append(Round(footprints(client.process.pid)))
        return rounds
    finally:
        await client.stop()


async def _round(typist: Typist, client: LspClient, path: Path, reindexed: Reindexed) -> None:
    typist.open([path])
    await client.parsed(path)
    await typist.rounds(1)
    typist.close()
    reindexed.expect()
    change(path)
    try:
        await asyncio.wait_for(reindexed.done.wait(), REINDEX_SECONDS)
    except asyncio.TimeoutError:
        raise RuntimeError(f"{path}: changed on disk, but not indexed again") from None


def change(path: Path) -> None:
    """Another comment at the end, as long as the one of the round before."""
    text, mark = path.read_bytes(), b"\n// round "
    body, _, number = text.partition(mark)
    path.write_bytes(body + mark + b"%06d\n" % (int(number or b"0") + 1))


def climbs(rounds: Sequence[Round]) -> list[Climb]:
    """One line a role (its largest process in each round) and one for the total.

    The first fifth is left out: caches fill, and the allocator finds its size.
    """
    counted = rounds[len(rounds) // 5 :]
    roles = sorted({role for each in counted for role in each.processes})
    series = {
        role: [one for each in counted if (one := each.largest(role)) is not None] for role in roles
    }
    series["total"] = [each.total for each in counted]
    return [_climb(role, values) for role, values in series.items() if len(values) >= 3]


def _climb(role: str, values: Sequence[Footprint]) -> Climb:
    rss = [each.rss for each in values]
    anonymous = [each.anonymous for each in values]
    return Climb(role, _ends(rss), _ends(anonymous), fit(anonymous), len(values))


def _ends(values: Sequence[int]) -> tuple[float, float]:
    return statistics.median(values[:5]), statistics.median(values[-5:])


def copy_of(project: Project, folder: Path) -> Project:
    """The project's files in ``folder``, with a compile database that names the copies."""
    root = folder / project.root.name
    shutil.copytree(project.root, root, symlinks=True, ignore=shutil.ignore_patterns(".cache"))
    database = root / project.database.relative_to(project.root)
    commands = database / "compile_commands.json"
    commands.write_bytes(commands.read_bytes().replace(bytes(project.root), bytes(root)))
    return Project(project.name, root, database)


class Options(argparse.Namespace):
    """The command line."""

    project: str
    rounds: int = 50
    files: int = 5
    jobs: int = 2
    memory: str | None = None


def main() -> int:
    """Run from the command line. 1 when memory climbs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--files", type=int, default=5, help="sources that take turns")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--memory", metavar="SIZE", help="cppls's budget")
    options = parser.parse_args(namespace=Options())
    folder = Path(tempfile.mkdtemp(prefix="cppls-leaks-"))
    try:
        project = copy_of(load(options.project), folder)
        cache = folder / "cache"
        cache.mkdir()
        rounds = asyncio.run(run(project, options, cache))
    except (ProjectError, ServerMissing, RuntimeError) as error:
        print(f"leaks: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _report(options, rounds)


def _report(options: Options, rounds: list[Round]) -> int:
    found = climbs(rounds)
    header = ["memory", "RSS", "anonymous", "KB a round", "verdict"]
    print(table(header, [_row(each) for each in found]))
    result: dict[str, Any] = {
        "project": options.project,
        "rounds": [asdict(each)["processes"] for each in rounds],
        "climbs": [asdict(each) | {"climbs": each.is_real} for each in found],
    }
    print(f"\n{save('leaks', result)}", file=sys.stderr)
    return 1 if any(each.is_real for each in found) else 0


def _row(climb: Climb) -> list[str]:
    slope, error = climb.line.slope / 1024, climb.line.error / 1024
    return [
        climb.role,
        " -> ".join(map(megabytes, climb.rss)),
        " -> ".join(map(megabytes, climb.anonymous)),
        f"{slope:+.1f} +- {error:.1f}",
        "climbs" if climb.is_real else "does not climb",
    ]


if __name__ == "__main__":
    sys.exit(main())
