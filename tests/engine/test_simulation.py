"""Whole runs in virtual time: the budget holds, and everything gets done.

``CPPLS_SIMULATIONS=300`` tries many more of them.
"""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cppls.core.model import FileStatus
from cppls.engine.admission import GROWTH, HARD, MUCH_MORE, SMALLEST_SHARE
from tests.engine import virtual_time
from tests.engine.simulation import SERVER, M, Run, share_for, simulate


def simulated(seed: int, budget: int, jobs: int, count: int, explosive: int) -> Run:
    return virtual_time.run(simulate(seed, budget, jobs, count, explosive))


@given(
    seed=st.integers(0, 1 << 32),
    budget=st.integers(256, 4096),
    jobs=st.sampled_from([1, 2, 8, 64]),
    explosive=st.integers(0, 3),
)
@settings(
    max_examples=int(os.environ.get("CPPLS_SIMULATIONS", "12")),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_the_budget_holds_and_every_file_is_indexed_or_set_aside(
    seed: int, budget: int, jobs: int, explosive: int
) -> None:
    seen = simulated(seed, budget * M, jobs, 120, explosive)
    assert max(seen.totals) <= budget * M
    assert seen.notices == []
    assert len(seen.outcomes) == 120 + explosive
    room = budget * M * HARD - SERVER - GROWTH
    for path, outcome in seen.outcomes.items():
        needed = share_for(seen.sources[path])
        if needed > room:
            assert outcome.status == FileStatus.QUARANTINED, path
        elif needed * MUCH_MORE < room:
            assert outcome.status == FileStatus.INDEXED, path


@pytest.mark.parametrize("budget", [256, 384, 512, 1024, 2048, 4096])
def test_the_number_of_workers_settles(budget: int) -> None:
    """64 cores, whatever the budget: neither back and forth, nor a new process for each file."""
    seen = simulated(7, budget * M, jobs=64, count=300, explosive=2)
    changes = sum(a != b for a, b in itertools.pairwise(seen.limits))
    assert changes <= 40
    assert max(seen.workers) * SMALLEST_SHARE <= budget * M
    assert seen.hired <= 300 / 2


def test_cores_are_used_where_memory_allows() -> None:
    one = simulated(7, 4096 * M, jobs=1, count=120, explosive=0)
    many = simulated(7, 4096 * M, jobs=64, count=120, explosive=0)
    assert max(many.workers) >= 15
    assert many.seconds < one.seconds / 5
