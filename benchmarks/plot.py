"""The memory benchmark as a picture: roles stacked, the budget, the phases, the other server.

    python -m benchmarks.plot benchmarks/results/memory-z3.json [memory-z3.svg]

The upper panel is the whole session. When its index is long, a lower one shows ten seconds of it
at a scale at which single teeth can be seen. Where several samples fall on one pixel the highest
and the lowest of them are drawn: no spike is lost.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.recording import EDIT, IDLE, INDEX, Phase, Recording, Session, figures, read
from benchmarks.svg import (
    INK,
    Anchor,
    Scale,
    area,
    box,
    document,
    dot,
    line,
    text,
    text_width,
)
from benchmarks.tree import Sample

WIDTH: Final = 880
LEFT: Final = 64
RIGHT: Final = 16
UPPER_HEIGHT: Final = 270
LOWER_HEIGHT: Final = 110
ZOOM_SECONDS: Final = 10.0
ZOOM_FROM: Final = 60.0
"""Seconds of index from which on a part of it is shown larger."""

MIB: Final = 1 << 20
NEAR: Final = 1.2
"""A budget up to so many times the highest sample does not flatten the part shown larger."""
BUDGET: Final = "#d1495b"
PEER: Final = "#9467bd"
# From the bottom up: what stays lies below what comes and goes.
ROLES: Final = {
    "server": ("server", "#3b82c4"),
    "host": ("document host", "#3fa37a"),
    "worker": ("index workers", "#e39b2d"),
    "other": ("other", "#8c8c8c"),
}
PHASES: Final = {INDEX: "indexing, a file being edited", EDIT: "editing", IDLE: "files closed"}
SIZES: Final = [mantissa * 10**power * MIB for power in range(6) for mantissa in (1, 2, 5)]
TIMES: Final = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]


@dataclass(frozen=True)
class Panel:
    """A rectangle with its two scales: seconds to the right, bytes upwards."""

    x: Scale
    y: Scale

    def at(self, seconds: float, size: float) -> tuple[float, float]:
        """The pixel of a moment and a size."""
        return self.x(seconds), self.y(size)


def picture(session: Session) -> str:
    """The SVG of a session."""
    ours = session.of("cppls") or session.recordings[0]
    peer = session.of("clangd")
    index = ours.phase(INDEX)
    zoom = _zoom(index) if index and index.end - index.start >= ZOOM_FROM else None
    upper = _panel(session, 78, UPPER_HEIGHT, 0, max(_end(each) for each in session.recordings))
    parts = [
        *_heading(session, ours, peer),
        *_phases(upper, ours.phases, session.open_files),
        *_axes(upper, "MB"),
        *_stack(upper, ours),
        *(_peer(upper, peer) if peer else ()),
        *_budget(upper, session.budget),
        *_marks(upper, ours, session.budget),
    ]
    height = 78 + UPPER_HEIGHT + 30
    if zoom:
        lower = _panel(session, height + 30, LOWER_HEIGHT, *zoom, ours=ours)
        parts += _lens(upper, lower)
        parts += [*_axes(lower, ""), *_stack(lower, ours), *_budget(lower, session.budget, "")]
        height += LOWER_HEIGHT + 60
    return document(WIDTH, height, _description(session), parts)


def _panel(
    session: Session, top: float, height: float, start: float, end: float,
    ours: Recording | None = None,
) -> Panel:  # fmt: skip
    """High enough for everything that is drawn in it; never a scale that begins above zero."""
    shown = [ours] if ours else session.recordings
    sizes = [
        sample.total for each in shown for sample in each.samples if start <= sample.seconds <= end
    ]
    highest = max(sizes, default=MIB)
    budget = session.budget or 0
    if ours is None or budget <= highest * NEAR:
        highest = max(highest, budget)
    return Panel(
        Scale(start, max(end, start + 1), LEFT, WIDTH - RIGHT),
        Scale(0, highest * 1.12, top + height, top),
    )


def _heading(session: Session, ours: Recording, peer: Recording | None) -> Iterator[str]:
    units = f"{session.translation_units} translation units"
    opened = f"{session.open_files} file{'s' if session.open_files > 1 else ''} open"
    yield text(LEFT, 22, f"Memory of the process tree: {session.project}", size=16, bold=True)
    yield text(WIDTH - RIGHT, 22, f"{units}, {opened}, {session.jobs} jobs", anchor="end")
    x = float(LEFT)
    for role, (name, colour) in ROLES.items():
        if max((sample.memory.get(role, 0) for sample in ours.samples), default=0) >= MIB:
            yield box(x, 37, 11, 11, colour, 0.85)
            yield text(x + 16, 47, name)
            x += 16 + text_width(name) + 18
    if peer:
        yield line([(x, 42.5), (x + 16, 42.5)], PEER, width=2)
        yield text(x + 21, 47, f"{peer.server}, all its processes", fill=PEER)


def _phases(panel: Panel, phases: Sequence[Phase], open_files: int) -> Iterator[str]:
    """Bands behind the curve, every other one tinted, each with its name above."""
    top = panel.y.end
    for number, phase in enumerate(phases):
        start, end = panel.x(phase.start), panel.x(phase.end)
        if number % 2 == 0:
            yield box(start, top, end - start, panel.y.start - top, INK, 0.09)
        name = PHASES.get(phase.name, phase.name)
        if open_files > 1:
            name = name.replace("a file", f"{open_files} files")
        short = name.split(",")[0]
        name = name if text_width(name, 11) <= end - start else short
        if text_width(name, 11) <= end - start + 4:
            yield text((start + end) / 2, top - 6, name, anchor="middle", size=11)
        elif phase is phases[-1] and start + 8 + text_width(name, 11) <= panel.x.end:
            yield text(start + 8, top - 6, name, size=11)


def _axes(panel: Panel, unit: str) -> Iterator[str]:
    left, right = panel.x.start, panel.x.end
    for size in panel.y.ticks(5, SIZES):
        y = panel.y(size)
        yield line([(left, y), (right, y)], INK, opacity=0.5 if size == 0 else 0.2)
        label = f"{size / MIB:.0f} {unit if size else ''}".rstrip()
        yield text(left - 8, y + 4, label, anchor="end")
    minutes = panel.x.high - panel.x.low >= 240
    for seconds in panel.x.ticks(11, TIMES):
        x = panel.x(seconds)
        yield line([(x, panel.y.start), (x, panel.y.start + 4)], INK, opacity=0.5)
        label = f"{seconds / 60:g} min" if minutes else f"{seconds:g} s"
        if x > right - 14:
            yield text(right, panel.y.start + 18, label, anchor="end")
        else:
            yield text(x, panel.y.start + 18, label, anchor="middle")


def _stack(panel: Panel, recording: Recording) -> Iterator[str]:
    samples = list(_visible(panel, recording.samples))
    below = [0] * len(samples)
    for role, (_, colour) in ROLES.items():
        above = [
            base + sample.memory.get(role, 0) for base, sample in zip(below, samples, strict=True)
        ]
        if above != below:
            yield area(_line(panel, samples, above), _line(panel, samples, below), colour, 0.85)
        below = above


def _peer(panel: Panel, recording: Recording) -> Iterator[str]:
    """The other server's total, with a dot where its own index was complete."""
    samples = list(_visible(panel, recording.samples))
    yield line(_line(panel, samples, [each.total for each in samples]), PEER, width=1.6)
    index = recording.phase(INDEX)
    if index is None or recording.phase(EDIT) is None:
        return
    done = next((each for each in samples if each.seconds >= index.end), None)
    if done is not None:
        x, y = panel.at(done.seconds, done.total)
        yield dot(x, y, PEER)
        label = f"{recording.server}: index complete"
        under = [each for each in samples if abs(panel.x(each.seconds) - x) < text_width(label)]
        highest = panel.y(max(under, key=_total).total)
        yield text(x, highest - 8, label, anchor=_side(x), fill=PEER)


def _budget(panel: Panel, budget: int | None, label: str = "budget") -> Iterator[str]:
    if budget is None or budget > panel.y.high:
        return
    left, y = panel.x.start, panel.y(budget)
    yield line([(left, y), (panel.x.end, y)], BUDGET, width=1.5, dash="6 4")
    if label:  # On the left, where every curve begins low.
        yield text(left + 6, y - 6, f"{label} {budget / MIB:.0f} MB", fill=BUDGET, bold=True)


def _marks(panel: Panel, recording: Recording, budget: int | None) -> Iterator[str]:
    """The peak, and what is left at the end."""
    known = figures(recording, budget)
    peak = max(recording.samples, key=_total, default=None)
    if peak is not None:
        x, y = panel.at(peak.seconds, peak.total)
        yield dot(x, y, INK, 2.5)
        yield text(x, y - 7, f"peak {peak.total / MIB:.0f} MB", anchor=_side(x), bold=True)
    if not math.isnan(known.idle):
        x, y = panel.at(_end(recording), known.idle)
        label = f"idle {known.idle / MIB:.0f} MB"
        if x + 6 + text_width(label) <= panel.x.end:
            yield text(x + 6, y + 4, label, bold=True)
        else:
            yield text(x - 4, y - 7, label, anchor="end", bold=True)


def _lens(upper: Panel, lower: Panel) -> Iterator[str]:
    """Which part of the upper panel the lower one shows."""
    left, right = upper.x(lower.x.low), upper.x(lower.x.high)
    yield box(left, upper.y.end, right - left, upper.y.start - upper.y.end, INK, 0.2)
    bottom, top = upper.y.start, lower.y.end
    for from_x, to_x in ((left, lower.x.start), (right, lower.x.end)):
        yield line(
            [(from_x, bottom), (from_x, bottom + 24), (to_x, top - 4), (to_x, top)],
            INK, opacity=0.45, dash="2 3",
        )  # fmt: skip


def _visible(panel: Panel, samples: Sequence[Sample]) -> Iterator[Sample]:
    """The samples inside; of those on one pixel the lowest and the highest, in their order."""
    column: list[Sample] = []
    for sample in samples:
        if not panel.x.low <= sample.seconds <= panel.x.high:
            continue
        if column and int(panel.x(sample.seconds)) != int(panel.x(column[0].seconds)):
            yield from _extremes(column)
            column = []
        column.append(sample)
    yield from _extremes(column)


def _extremes(column: list[Sample]) -> list[Sample]:
    if len(column) <= 2:
        return column
    kept = (min(column, key=_total), max(column, key=_total))
    return sorted(kept, key=lambda sample: sample.seconds)


def _total(sample: Sample) -> int:
    return sample.total


def _line(
    panel: Panel, samples: Sequence[Sample], sizes: Sequence[float]
) -> list[tuple[float, float]]:
    return [panel.at(each.seconds, size) for each, size in zip(samples, sizes, strict=True)]


def _zoom(index: Phase) -> tuple[float, float]:
    """Ten seconds from the middle of the index."""
    start = math.floor((index.start + index.end - ZOOM_SECONDS) / 2)
    return start, start + ZOOM_SECONDS


def _end(recording: Recording) -> float:
    return recording.samples[-1].seconds if recording.samples else 0.0


def _side(x: float) -> Anchor:
    """Which way a label goes from its point to stay inside."""
    return "start" if x < LEFT + 90 else "end" if x > WIDTH - RIGHT - 90 else "middle"


def _description(session: Session) -> str:
    parts = [
        f"{each.server}: peak {known.peak / MIB:.0f} MB, idle {known.idle / MIB:.0f} MB"
        for each in session.recordings
        for known in [figures(each, session.budget)]
    ]
    return f"Memory while indexing and editing {session.project}. {'; '.join(parts)}."


def main() -> int:
    """Draw a kept session again."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 2
    source = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else source.with_suffix(".svg")
    target.write_text(picture(read(source)), encoding="utf-8")
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
