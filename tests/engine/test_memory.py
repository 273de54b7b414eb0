"""Memory of the process tree, by role."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cppls.engine import memory
from cppls.engine.memory import LOOKS, MemoryMeter, tree_memory


def test_children_count_and_carry_their_roles() -> None:
    script = "block = bytearray(50 << 20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        tree = tree_memory({child.pid: "index worker"})
        sizes = {process.role: process.size for process in tree.processes}
        assert sizes["index worker"] > 50 << 20
        assert sizes["server"] > 1 << 20
        assert tree.total == sum(process.size for process in tree.processes)
        child.communicate(b"\n")


def test_the_peak_outlasts_the_process_that_made_it() -> None:
    meter = MemoryMeter()
    script = "block = bytearray(50 << 20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        high = meter.sample().total
        child.communicate(b"\n")
    low = meter.sample().total
    assert low < high - (40 << 20)
    assert meter.peak == high
    assert meter.statistics()["samples"] == 2


class FakeTree:
    """Processes with an RSS, of which they share some with others."""

    def __init__(self, patch: pytest.MonkeyPatch, count: int) -> None:
        self.pids = [os.getpid(), *range(1_000_001, 1_000_000 + count)]
        self.rss = 50
        self.pss = 30
        self.looks: list[int] = []
        patch.setattr(memory, "_tree", self.tree)
        patch.setattr(memory, "_resident", self.resident)
        patch.setattr(memory, "_pss", self.look)
        # However slow the machine, no look is out of date before the test is over.
        patch.setattr(memory, "EXACT_SECONDS", 60.0)

    def tree(self, _: int) -> list[int]:
        return list(self.pids)

    def resident(self, pids: list[int]) -> dict[int, int]:
        return dict.fromkeys(pids, self.rss)

    def look(self, pid: int) -> int:
        self.looks.append(pid)
        return self.pss

    def take_looks(self) -> list[int]:
        looks, self.looks = self.looks, []
        return looks


ENOUGH = 1 << 40


def test_many_processes_are_looked_at_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = FakeTree(monkeypatch, 20)
    meter = MemoryMeter()
    totals = [meter.sample(matters=ENOUGH).total for _ in range(4)]
    # Whoever was not looked at yet counts with all that it may have.
    assert totals == [20 * 50 - LOOKS * 20, 20 * 50 - 2 * LOOKS * 20, 20 * 30, 20 * 30]
    assert sorted(tree.looks) == sorted(tree.pids)
    tree.rss += 7
    assert meter.sample(matters=ENOUGH).total == 20 * 37


def test_a_newcomer_is_looked_at_first_and_then_those_it_shares_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree = FakeTree(monkeypatch, 20)
    meter = MemoryMeter()
    meter.sample()
    assert len(tree.take_looks()) == 20
    tree.pids.append(2_000_000)
    assert meter.sample(matters=ENOUGH).total == 21 * 30
    assert len(first := tree.take_looks()) == LOOKS
    assert 2_000_000 in first
    for _ in range(3):
        meter.sample(matters=ENOUGH)
    assert sorted([*first, *tree.take_looks()]) == sorted(tree.pids)


def test_without_a_bound_all_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = FakeTree(monkeypatch, 20)
    meter = MemoryMeter()
    for _ in range(2):
        assert meter.sample().total == 20 * 30
        assert len(tree.take_looks()) == 20
