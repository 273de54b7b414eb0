"""Memory of a server over a user's session: table, JSON and picture.

    python -m benchmarks.memory z3 --memory 384M --against clangd [--open 20] [--jobs 2]

The server is started as an editor starts it, on a project without an index. Files are opened and
a line is typed into one after the other, with hovers, definitions and references in between,
until the index is complete and then for ``--rounds`` lines in each file. Then they are closed and
the server is left alone for ``--rest`` seconds, longer than its children stay without work. The
process tree is sampled from outside every 50 ms.

A project is a name from benchmarks/projects.py or a folder with a compile_commands.json, such as
benchmarks/hostile.py makes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.client import LspClient
from benchmarks.plot import picture
from benchmarks.projects import NAMES, Project, ProjectError, load
from benchmarks.recording import (
    EDIT,
    IDLE,
    INDEX,
    Asked,
    Figures,
    IndexOutcome,
    Phase,
    Recording,
    Session,
    figures,
    latency,
    write,
)
from benchmarks.report import megabytes, table
from benchmarks.servers import (
    IndexWatch,
    ServerMissing,
    clangd_command,
    cppls_command,
    cppls_program,
    forget_clangd_index,
)
from benchmarks.tree import Sampler, tree_cpu_seconds
from benchmarks.typist import Typist, largest_sources

_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Options(argparse.Namespace):
    """The command line."""

    project: str
    memory: str | None = None
    against: str | None = None
    open: int = 1
    only: str = "*"
    everything: bool = False
    jobs: int = 2
    rounds: int = 2
    rest: float = 25.0
    timeout: float = 3600.0
    picture: Path | None = None

    @property
    def budget(self) -> int | None:
        """Bytes."""
        return _size(self.memory) if self.memory else None


async def record(server: str, project: Project, options: Options) -> Recording:
    """Run one server through the whole session."""
    cache = Path(tempfile.mkdtemp(prefix="cppls-memory-"))
    if server == "clangd":
        forget_clangd_index(project)
        command = clangd_command(project, options.jobs)
    else:
        command = cppls_command(project, options.jobs, cache)
        command += ["--memory", options.memory] if options.memory else []
    client = await LspClient.start(command, project.root, cache / "stderr.txt")
    with Sampler(client.process.pid) as sampler:
        run = _Run(client, sampler)
        try:
            problem = await _unless_ended(client, run.session(project, options))
        except (asyncio.TimeoutError, RuntimeError) as error:
            problem = str(error) or f"the index was not complete after {options.timeout:.0f} s"
        run.phase_ends()
    await client.stop()
    index = await asyncio.to_thread(_outcome, project, cache) if server == "cppls" else None
    if problem:
        problem += "".join(f"\n  {line}" for line in _tail(cache / "stderr.txt"))
    shutil.rmtree(cache, ignore_errors=True)
    return run.recording(server, index, problem)


class _Run:
    """A session under way: where it stands, on the sampler's clock."""

    def __init__(self, client: LspClient, sampler: Sampler) -> None:
        self._client = client
        self._sampler = sampler
        self._offset = time.monotonic() - sampler.now
        self._typist = Typist(client)
        self._phases: list[Phase] = []
        self._name = INDEX
        self._began = 0.0
        self._cpu_seconds = 0.0

    async def session(self, project: Project, options: Options) -> None:
        """Index, edit, idle."""
        watch = IndexWatch(self._client)
        await self._client.initialize(project.root)
        self._typist.asks_everything = options.everything
        self._typist.open(largest_sources(project, options.open, options.only))
        complete = asyncio.ensure_future(watch.complete(options.timeout))
        complete.add_done_callback(self._count_cpu)
        await self._typist.work(until=complete.done)
        self.phase_ends(EDIT, at=await complete - self._offset)
        await self._typist.rounds(options.rounds)
        self._typist.close()
        self.phase_ends(IDLE)
        await asyncio.sleep(options.rest)

    def phase_ends(self, following: str = "", at: float | None = None) -> None:
        """Begin the phase ``following``, now or at a moment that has just passed."""
        end = self._sampler.now if at is None else at
        self._phases.append(Phase(self._name, self._began, end))
        # A session takes minutes: say that it goes on.
        print(f"{end:6.0f} s: end of phase {self._name!r}", file=sys.stderr, flush=True)
        self._name, self._began = following, end

    def recording(self, server: str, index: IndexOutcome | None, problem: str) -> Recording:
        """All that was seen."""
        answers = [
            Asked(answer.question, answer.asked - self._offset, answer.seconds)
            for answer in self._typist.answers
        ]
        return Recording(
            server, self._sampler.samples, self._phases,
            answers, self._typist.failures, self._cpu_seconds, index, problem,
        )  # fmt: skip

    def _count_cpu(self, _: object) -> None:
        self._cpu_seconds = tree_cpu_seconds(self._client.process.pid)


async def _unless_ended(client: LspClient, session: Coroutine[Any, Any, None]) -> str:
    """Go through the session; why it could not be finished when the server ends before it."""
    working = asyncio.ensure_future(session)
    ended = asyncio.ensure_future(client.process.wait())
    await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError, RuntimeError):
            await working
        return f"the server ended with {ended.result()}"
    ended.cancel()
    await working
    return ""


def _outcome(project: Project, cache: Path) -> IndexOutcome | None:
    """What the server left on disk; ``None`` when there is nothing to read."""
    command = [cppls_program(), "status", str(project.root), "--cache-dir", str(cache), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(done.stdout, type=IndexOutcome)
    return None


def rows(session: Session) -> list[list[str]]:
    """The table: one line a figure, one column a server."""
    all_figures = [figures(each, _budget(session, each)) for each in session.recordings]
    found = [[name, *(show(each) for each in all_figures)] for name, show in ROWS.items()]
    return [*found, ["in the index", *map(_indexed, session.recordings)]]


def _budget(session: Session, recording: Recording) -> int | None:
    return session.budget if recording.server == "cppls" else None


def _overshoot(figures: Figures) -> str:
    over = figures.overshoot
    if over is None:
        return "-"
    worst = f", by {megabytes(over.largest)} at worst" if over.above else ""
    return f"{over.above} of {over.samples}{worst}"


def _drift(figures: Figures) -> str:
    drift = figures.drift
    if drift is None:
        return "-"
    return f"{megabytes(drift.first)} -> {megabytes(drift.last)} ({drift.growth:+.1%})"


def _or_dash(shown: str, measured: float) -> str:
    return "-" if math.isnan(measured) else shown


def _every_answer(session: Session) -> list[list[str]]:
    """One line a question."""
    all_figures = [figures(each, None) for each in session.recordings]
    questions = sorted({question for each in all_figures for question in each.answers})
    return [
        [question, *(latency(each.answers.get(question, [])) for each in all_figures)]
        for question in questions
    ]


def _indexed(recording: Recording) -> str:
    index = recording.index
    if index is None:
        return "-"
    failed = f", {index.failed} of them failed" if index.failed else ""
    return f"{index.translation_units} units{failed}, {index.references:,} references"


def _answers(question: str) -> Callable[[Figures], str]:
    return lambda figures: latency(figures.answers.get(question, []))


ROWS: Final[dict[str, Callable[[Figures], str]]] = {
    "peak": lambda figures: megabytes(figures.peak),
    "samples above the budget": _overshoot,
    "idle, no file open": lambda figures: _or_dash(megabytes(figures.idle), figures.idle),
    "teeth during the index": lambda figures: str(figures.teeth.count),
    "median tooth": lambda figures: megabytes(figures.teeth.rise),
    "between two files, first -> last tenth": _drift,
    "index complete after": lambda figures: _or_dash(
        f"{figures.index_seconds:.1f} s", figures.index_seconds
    ),
    "CPU until then": lambda figures: f"{figures.cpu_seconds:.1f} s",
    "hover p50 / p99": _answers("hover"),
    "definition p50 / p99": _answers("definition"),
    "references p50 / p99": _answers("references"),
    "longest gap between samples": lambda figures: f"{figures.longest_gap * 1000:.0f} ms",
}


def main() -> int:
    """Run from the command line. 1 when a run ended early or went above the budget."""
    options = _parser().parse_args(namespace=Options())
    try:
        project = load(options.project)
        servers = ["cppls", *([options.against] if options.against else [])]
        recordings = [asyncio.run(record(server, project, options)) for server in servers]
    except (ProjectError, ServerMissing) as error:
        print(f"memory: {error}", file=sys.stderr)
        return 2
    session = Session(
        project.name, len(project.translation_units()), options.budget,
        options.open, options.jobs, recordings,
    )  # fmt: skip
    print(table([project.name, *servers], rows(session)))
    if options.everything:
        print(f"\n{table(['p50 / p99', *servers], _every_answer(session))}")
    kept = write(session)
    drawn = options.picture or kept.with_suffix(".svg")
    drawn.write_text(picture(session), encoding="utf-8")
    print(f"\n{kept}\n{drawn}", file=sys.stderr)
    for each in recordings:
        _complain(each)
    ours = figures(recordings[0], options.budget).overshoot
    return 1 if recordings[0].problem or (ours and ours.above) else 0


def _complain(recording: Recording) -> None:
    if recording.problem:
        print(f"{recording.server}: {recording.problem}", file=sys.stderr)
    for failed in recording.index.failures if recording.index else ():
        print(f"not indexed: {failed['path']}: {failed['message']}", file=sys.stderr)
    for failure in recording.failures[:20]:
        print(f"{recording.server}: not answered: {failure}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("project", help=NAMES)
    add("--memory", metavar="SIZE", type=_checked_size, help="cppls's budget: 384M, 1G")
    add("--against", choices=["clangd"], help="the same session with another server")
    add("--open", metavar="N", type=int, default=1, help="files open and edited in turn (1)")
    add("--only", metavar="GLOB", default="*", help="open only files named like this")
    add("--everything", action="store_true", help="ask for every feature in every line")
    add("--jobs", metavar="N", type=int, default=2, help="index workers (2)")
    add("--rounds", metavar="N", type=int, default=2, help="lines a file after the index (2)")
    add("--rest", metavar="SECONDS", type=float, default=25.0, help="left alone at the end (25)")
    add("--timeout", metavar="SECONDS", type=float, default=3600.0, help="for the index (3600)")
    add("--picture", metavar="FILE", type=Path, help="the SVG (benchmarks/results/...)")
    return parser


def _checked_size(text: str) -> str:
    try:
        _size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _size(text: str) -> int:
    """Bytes of ``512M``. Raises ``ValueError``."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    if match is None:
        raise ValueError(f"{text!r} is no size; write 512M or 2G")
    return int(match[1]) * _UNITS[match[2]]


def _tail(path: Path, count: int = 5) -> list[str]:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace").splitlines()[-count:]
    return []


if __name__ == "__main__":
    sys.exit(main())
