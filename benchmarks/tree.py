"""Memory and CPU of a process tree, sampled from outside.

Memory is the sum of PSS over the tree, so that pages which processes share count once; RSS where
PSS cannot be read. CPU counts living processes and those that their parents have waited for.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True)
class Sample:
    """One look at the tree. ``memory`` in bytes by role (``server`` for the root)."""

    seconds: float
    memory: dict[str, int]

    @property
    def total(self) -> int:
        """Bytes over the whole tree."""
        return sum(self.memory.values())


def process_memory(process: psutil.Process) -> int:
    """Bytes: PSS, else RSS; 0 when the process is gone."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", "rb") as rollup:
            for line in rollup:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def role_of(process: psutil.Process, root: int) -> str:
    """What a process of the tree is: server, worker, host, or its name."""
    if process.pid == root:
        return "server"
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return "gone"
    for role in ("worker", "host"):
        if f"cppls.clang.{role}" in line:
            return role
    return "other"


def tree(pid: int) -> list[psutil.Process]:
    """The process and all its descendants that are alive."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def tree_cpu_seconds(pid: int) -> float:
    """User and system time of the tree, dead and waited-for children included."""
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


@dataclass
class Sampler:
    """Samples a tree in a thread until stopped."""

    pid: int
    period: float = 0.05
    samples: list[Sample] = field(default_factory=list[Sample])

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tree-sampler", daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def peak(self) -> int:
        """Bytes: the largest total seen."""
        return max((sample.total for sample in self.samples), default=0)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.samples.append(self._look())
            self._stop.wait(self.period)

    def _look(self) -> Sample:
        memory: dict[str, int] = {}
        for process in tree(self.pid):
            role = role_of(process, self.pid)
            memory[role] = memory.get(role, 0) + process_memory(process)
        return Sample(time.monotonic() - self._started, memory)
