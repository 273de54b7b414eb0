"""Memory and CPU of a process tree, sampled from outside.

Memory is the sum of PSS over the tree, so that pages which processes share count once; RSS where
PSS cannot be read. CPU counts living processes and those that their parents have waited for.
"""

from __future__ import annotations

import contextlib
import glob
import threading
import time
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True)
class Sample:
    """One look at the tree. ``memory`` in bytes by role (``server`` for the root)."""

    seconds: float
    memory: dict[str, int]
    workers: dict[int, int] = field(default_factory=dict[int, int])
    """Bytes of each index worker, by pid; their sum is in ``memory`` too."""

    @property
    def total(self) -> int:
        """Bytes over the whole tree."""
        return sum(self.memory.values())


def process_memory(pid: int) -> int:
    """Bytes: PSS, else RSS; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as rollup:
            for line in rollup:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return process_rss(pid)


def process_rss(pid: int) -> int:
    """Bytes of RSS; 0 when the process is gone."""
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0


def role_of(pid: int, root: int) -> str:
    """What a process of the tree is: server, worker, host, or other."""
    if pid == root:
        return "server"
    try:
        line = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return "other"
    for role in ("worker", "host"):
        if f"cppls.clang.{role}" in line:
            return role
    return "other"


def tree(pid: int) -> list[int]:
    """The process and all its descendants that are alive.

    The kernel's own lists of children are read where there are any: psutil looks at every
    process of the system, which on a busy machine takes longer than the sampling period.
    """
    lists = glob.glob(f"/proc/{pid}/task/*/children")
    if not lists:
        try:
            return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        except psutil.Error:
            return []
    found = [pid]
    for path in lists:
        with contextlib.suppress(OSError), open(path, "rb") as children:
            for child in children.read().split():
                found += tree(int(child))
    return found


def tree_cpu_seconds(pid: int) -> float:
    """User and system time of the tree, dead and waited-for children included."""
    total = 0.0
    for process in tree(pid):
        try:
            times = psutil.Process(process).cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


@dataclass(frozen=True)
class Footprint:
    """What one process holds, in bytes."""

    rss: int
    anonymous: int
    """Memory of its own, swapped out or not: RSS without the pages of files, which the kernel
    takes back from a process whenever it likes. RSS where the system does not tell them apart."""


def footprints(pid: int) -> dict[str, list[Footprint]]:
    """Each process of the tree, by role."""
    found: dict[str, list[Footprint]] = {}
    for process in tree(pid):
        if rss := process_rss(process):
            each = Footprint(rss, _anonymous(process) or rss)
            found.setdefault(role_of(process, pid), []).append(each)
    return found


def _anonymous(pid: int) -> int:
    """Bytes, swapped ones too; 0 when that cannot be read."""
    total = 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", "rb") as status:
        for line in status:
            if line.startswith((b"RssAnon:", b"VmSwap:")):
                total += int(line.split()[1]) * 1024
    return total


@dataclass
class Sampler:
    """Samples a tree in a thread until stopped."""

    pid: int
    period: float = 0.05
    """Seconds from the start of one look to the start of the next."""
    samples: list[Sample] = field(default_factory=list[Sample])

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tree-sampler", daemon=True)
        self._started = time.monotonic()
        self._roles: dict[int, str] = {}

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

    @property
    def now(self) -> float:
        """Seconds on the clock of the samples."""
        return time.monotonic() - self._started

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            self.samples.append(self._look())
            due = max(due + self.period, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def _look(self) -> Sample:
        seconds = self.now
        # A process that the last look saw counts until it is gone: the kernel's list can miss
        # one while another exits, and one whose parent died is still ours.
        pids = {*tree(self.pid), *self._roles}
        sizes = {pid: size for pid in pids if (size := process_memory(pid))}
        memory: dict[str, int] = {}
        for pid, size in sizes.items():
            role = self._role(pid)
            memory[role] = memory.get(role, 0) + size
        self._roles = {pid: self._roles[pid] for pid in sizes}
        workers = {pid: size for pid, size in sizes.items() if self._role(pid) == "worker"}
        return Sample(seconds, memory, workers)

    def _role(self, pid: int) -> str:
        """Between fork and exec a child still has its parent's name: ``other`` is asked again."""
        known = self._roles.get(pid, "other")
        self._roles[pid] = role_of(pid, self.pid) if known == "other" else known
        return self._roles[pid]
