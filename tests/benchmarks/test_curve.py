"""What the memory benchmark reads out of a curve."""

from __future__ import annotations

import math

import pytest

from benchmarks.curve import (
    Drift,
    Overshoot,
    Point,
    drift,
    fit,
    levels,
    overshoot,
    percentile,
    teeth,
)


def curve(*sizes: int) -> list[Point]:
    """One sample a second."""
    return [Point(float(second), size) for second, size in enumerate(sizes)]


def test_a_tooth_is_a_rise_and_the_fall_after_it() -> None:
    found = teeth(curve(10, 60, 110, 20, 90, 30, 30), threshold=25)
    assert (found.count, found.rise) == (2, 85)
    assert found.troughs == [Point(3, 20)]


def test_flutter_makes_no_teeth() -> None:
    assert teeth(curve(50, 55, 48, 52, 49, 55, 50), threshold=25).count == 0


def test_a_slow_rise_with_flutter_on_it_is_one_tooth_with_its_fall() -> None:
    found = teeth(curve(10, 30, 25, 50, 45, 70, 65, 20), threshold=25)
    assert (found.count, found.rise) == (1, 60)


def test_a_rise_without_a_fall_is_no_tooth() -> None:
    assert teeth(curve(10, 60, 110), threshold=25).count == 0
    assert teeth(curve(110, 60, 10), threshold=25).count == 0
    assert teeth([], threshold=25).count == 0


def test_the_start_of_the_processes_is_no_trough() -> None:
    # 5 is where everything began; what accumulates is seen between 40 and 50.
    found = drift(levels(curve(5, 100, 40, 100, 45, 100, 50, 100, 0), [], threshold=25))
    assert found == Drift(40, 50)
    assert found is not None
    assert found.growth == pytest.approx(0.25)


def test_without_two_troughs_nothing_is_said_of_drift() -> None:
    assert drift(levels(curve(5, 100, 40, 100, 0), [], threshold=25)) is None


def test_how_many_workers_run_makes_no_difference_to_what_accumulates() -> None:
    server = curve(*[50] * 11)
    first = curve(5, 90, 20, 90, 20, 90, 0)
    second = [Point(point.seconds + 4, point.size) for point in first]
    for workers in ([first], [first, second]):
        assert drift(levels(server, workers, threshold=25)) == Drift(70, 70)


def test_a_server_that_grows_is_seen_between_the_files_of_any_worker() -> None:
    server = curve(*range(50, 57))
    worker = curve(5, 90, 20, 90, 20, 90, 0)
    assert drift(levels(server, [worker], threshold=25)) == Drift(72, 74)


def test_overshoot_counts_samples_above_the_budget_alone() -> None:
    assert overshoot(curve(90, 100, 101, 130), 100) == Overshoot(4, 2, 30)
    assert overshoot(curve(90, 100), 100) == Overshoot(2, 0, 0)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


def test_a_line_tells_its_slope_from_chance() -> None:
    straight = fit([10, 12, 14, 16])
    assert (straight.slope, straight.error) == (pytest.approx(2), pytest.approx(0))
    noisy = fit([10, 14, 10, 14, 10, 14])
    assert noisy.error > noisy.slope / 3
    with pytest.raises(ValueError, match="three"):
        fit([1, 2])
