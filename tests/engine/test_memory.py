"""Memory of the process tree, by role."""

from __future__ import annotations

import subprocess
import sys

from cppls.engine.memory import MemoryMeter, tree_memory


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
