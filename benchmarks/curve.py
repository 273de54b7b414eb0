"""What a memory curve says: teeth, troughs, overshoot. Pure functions over samples.

A tooth is a rise and the fall after it, both larger than a threshold, so that the flutter of a
process at rest is none. Sizes are bytes, times seconds on the samples' clock.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

TOOTH: Final = 6 << 20
"""Bytes that memory must rise, and fall again, for a tooth."""


class Point(NamedTuple):
    """The curve at one moment."""

    seconds: float
    size: int


@dataclass(frozen=True)
class Teeth:
    """The sawtooth of a curve."""

    count: int
    rise: float
    """Bytes: the median tooth, from the trough before it to its peak."""
    troughs: list[Point]
    """The low points between teeth: neither the way up to the first nor down from the last."""


@dataclass(frozen=True)
class Drift:
    """Where the troughs lie in the first and in the last tenth of the time; median bytes."""

    first: float
    last: float

    @property
    def growth(self) -> float:
        """0.1 means that the last tenth's troughs lie 10 % higher."""
        return self.last / self.first - 1 if self.first else 0.0


@dataclass(frozen=True)
class Overshoot:
    """Samples above the budget."""

    samples: int
    above: int
    largest: int
    """Bytes above the budget, at worst."""


@dataclass(frozen=True)
class Line:
    """A straight line through values one step apart."""

    slope: float
    """Per step."""
    error: float
    """Standard error of the slope."""


def teeth(points: Sequence[Point], threshold: int = TOOTH) -> Teeth:
    """Follow the curve from turn to turn; a turn counts once the curve has left it by
    ``threshold``."""
    turns = _turns(points, threshold)
    rises: list[int] = []
    troughs: list[Point] = []
    for before, turn, after in zip(turns, turns[1:], turns[2:], strict=False):
        if turn.size > before.size and turn.size > after.size:
            rises.append(turn.size - before.size)
        else:
            troughs.append(turn)
    return Teeth(len(rises), statistics.median(rises) if rises else 0.0, troughs)


def levels(
    server: Sequence[Point], workers: Sequence[Sequence[Point]], threshold: int = TOOTH
) -> list[Point]:
    """What the server and one worker hold between two files: each worker's troughs, on top of
    what the server has at that moment; without workers the server's own troughs.

    Not the troughs of the sum: how low that falls tells how many workers run just then.
    """
    if not workers:
        return teeth(server, threshold).troughs
    at = {point.seconds: point.size for point in server}
    troughs = [trough for worker in workers for trough in teeth(worker, threshold).troughs]
    return sorted(
        Point(trough.seconds, at.get(trough.seconds, 0) + trough.size) for trough in troughs
    )


def drift(troughs: Sequence[Point]) -> Drift | None:
    """Troughs at the end against troughs at the start; ``None`` with fewer than two.

    The time between the first and the last trough is cut into tenths: before the first one the
    processes are still starting.
    """
    if len(troughs) < 2:
        return None
    start, end = troughs[0].seconds, troughs[-1].seconds
    tenth = (end - start) / 10
    return Drift(
        statistics.median(each.size for each in troughs if each.seconds <= start + tenth),
        statistics.median(each.size for each in troughs if each.seconds >= end - tenth),
    )


def overshoot(points: Sequence[Point], budget: int) -> Overshoot:
    """How often, and by how much, the curve is above ``budget`` (bytes)."""
    above = [point.size - budget for point in points if point.size > budget]
    return Overshoot(len(points), len(above), max(above, default=0))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of all are not above; NaN of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def fit(values: Sequence[float]) -> Line:
    """Least squares. At least three values."""
    count = len(values)
    if count < 3:
        raise ValueError("a slope with an error needs at least three values")
    middle, mean = (count - 1) / 2, statistics.fmean(values)
    spread = sum((x - middle) ** 2 for x in range(count))
    slope = sum((x - middle) * (y - mean) for x, y in enumerate(values)) / spread
    rest = sum((y - mean - slope * (x - middle)) ** 2 for x, y in enumerate(values))
    return Line(slope, math.sqrt(rest / (count - 2) / spread))


def _turns(points: Sequence[Point], threshold: int) -> list[Point]:
    """Highs and lows in turn, each at least ``threshold`` from the next."""
    if not points:
        return []
    low = high = points[0]
    turns: list[Point] = []
    rising: bool | None = None
    for point in points:
        if rising is not False:
            high = max(high, point, key=_size)
        if rising is not True:
            low = min(low, point, key=_size)
        if rising is not False and high.size - point.size >= threshold:
            turns.append(high)
            rising, low = False, point
        elif rising is not True and point.size - low.size >= threshold:
            turns.append(low)
            rising, high = True, point
    if rising is not None:
        turns.append(high if rising else low)
    return turns


def _size(point: Point) -> int:
    return point.size
