"""A run of a server as it was recorded: samples, phases, answers; and the figures it gives.

Written to ``benchmarks/results/memory-PROJECT.json``, from which the picture can be drawn again.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.curve import (
    Drift,
    Overshoot,
    Point,
    Teeth,
    drift,
    levels,
    overshoot,
    percentile,
    teeth,
)
from benchmarks.report import RESULTS, machine
from benchmarks.tree import Sample

INDEX: Final = "index"
EDIT: Final = "edit"
IDLE: Final = "idle"
REST_SECONDS: Final = 2.0
"""The end of the idle phase, over which its memory is taken."""


class Phase(msgspec.Struct, frozen=True, array_like=True):
    """Part of a run, on the samples' clock."""

    name: str
    start: float
    end: float


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A question that was answered: when it was asked (samples' clock) and how long it took."""

    question: str
    at: float
    seconds: float


class IndexOutcome(msgspec.Struct, frozen=True):
    """What ``cppls status --json`` says of the index afterwards; other keys are left out."""

    translation_units: int
    failed: int
    symbols: int
    references: int
    failures: list[dict[str, Any]] = []
    """path, status, message."""


class Recording(msgspec.Struct, frozen=True):
    """One server's run on one project."""

    server: str
    """``cppls`` or ``clangd``."""
    samples: list[Sample]
    phases: list[Phase]
    answers: list[Asked]
    failures: list[str]
    """Questions without an answer."""
    cpu_seconds: float
    """Of the tree until the index was complete."""
    index: IndexOutcome | None = None
    """cppls's alone."""
    problem: str = ""
    """Why the run ended early; empty when it did not."""

    def phase(self, name: str) -> Phase | None:
        """The phase of that name; ``None`` when the run ended before it."""
        return next((phase for phase in self.phases if phase.name == name), None)

    def points(self, *roles: str, phase: str = "") -> list[Point]:
        """The curve of some roles (none: all of them) during one phase (none: the whole run)."""
        during = self.phase(phase) if phase else None
        if phase and during is None:
            return []
        return [
            Point(
                sample.seconds, sum(sample.memory.get(role, 0) for role in roles or sample.memory)
            )
            for sample in self.samples
            if during is None or during.start <= sample.seconds <= during.end
        ]

    def workers(self, phase: str) -> list[list[Point]]:
        """The curve of each index worker during one phase."""
        during = self.phase(phase)
        curves: dict[int, list[Point]] = {}
        for sample in self.samples:
            if during is not None and during.start <= sample.seconds <= during.end:
                for pid, size in sample.workers.items():
                    curves.setdefault(pid, []).append(Point(sample.seconds, size))
        return list(curves.values())


class Session(msgspec.Struct, frozen=True):
    """Recordings of one project made with the same options."""

    project: str
    translation_units: int
    budget: int | None
    """Bytes given with ``--memory``; cppls's alone, clangd has no such option."""
    open_files: int
    jobs: int
    recordings: list[Recording]
    machine: dict[str, Any] = msgspec.field(default_factory=machine)

    def of(self, server: str) -> Recording | None:
        """One server's recording."""
        return next((each for each in self.recordings if each.server == server), None)


class Figures(msgspec.Struct, frozen=True):
    """What the table shows. Bytes and seconds; NaN where nothing was measured."""

    samples: int
    longest_gap: float
    """Seconds between two samples, at worst: a shorter spike can have been missed."""
    peak: int
    index_seconds: float
    cpu_seconds: float
    idle: float
    """Median total over the last ``REST_SECONDS`` of the idle phase, no file open."""
    overshoot: Overshoot | None
    teeth: Teeth
    drift: Drift | None
    """Of what the server and one worker hold between two files; see ``curve.levels``."""
    answers: dict[str, list[float]]


def figures(recording: Recording, budget: int | None) -> Figures:
    """Sum a recording up."""
    points = recording.points()
    # A document host grows with what the user opens; what the index leaves behind is elsewhere.
    indexing = recording.points("server", "worker", "other", phase=INDEX)
    index, idle = recording.phase(INDEX), recording.phase(IDLE)
    gaps = [b.seconds - a.seconds for a, b in itertools.pairwise(points)]
    rest = [
        point.size
        for point in recording.points(phase=IDLE)
        if idle and point.seconds >= idle.end - REST_SECONDS
    ]
    answers: dict[str, list[float]] = {}
    for asked in recording.answers:
        answers.setdefault(asked.question, []).append(asked.seconds)
    return Figures(
        samples=len(points),
        longest_gap=max(gaps, default=0.0),
        peak=max((point.size for point in points), default=0),
        index_seconds=index.end if index and recording.phase(EDIT) else float("nan"),
        cpu_seconds=recording.cpu_seconds,
        idle=statistics.median(rest) if rest else float("nan"),
        overshoot=overshoot(points, budget) if budget is not None else None,
        teeth=teeth(indexing),
        drift=drift(levels(recording.points("server", phase=INDEX), recording.workers(INDEX))),
        answers=answers,
    )


def write(session: Session) -> Path:
    """Keep a session; an earlier one of the same project is replaced."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"memory-{session.project}.json"
    path.write_bytes(msgspec.json.encode(session) + b"\n")
    return path


def read(path: Path) -> Session:
    """A session that :func:`write` kept. Raises ``msgspec.DecodeError`` on anything else."""
    return msgspec.json.decode(path.read_bytes(), type=Session)


def latency(seconds: Sequence[float]) -> str:
    """``p50 / p99 of n`` in milliseconds."""
    if not seconds:
        return "-"
    p50, p99 = (percentile(seconds, share) * 1000 for share in (0.5, 0.99))
    return f"{p50:.0f} / {p99:.0f} ms of {len(seconds)}"
