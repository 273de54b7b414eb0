"""Memory of the process tree: server and children, each with its role.

PSS where it can be read, so that pages which processes share count once; else RSS, which counts
them for each. For a PSS the kernel walks all page tables; an RSS costs next to nothing, and what
the two differ by (libclang's own pages, mostly) changes slowly: between two exact looks the one is
estimated from the other.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Mapping, Set
from typing import Final

import msgspec
import psutil

from cppls.core.model import Statistics

_THREADS: Final = "/proc/{}/task"
_SMAPS: Final = "/proc/{}/smaps_rollup"
_STATM: Final = "/proc/{}/statm"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

EXACT_SECONDS: Final = 1.0
"""An estimate is built on an exact look that is no older."""
CLOSE_SECONDS: Final = 0.2
"""The same where the estimate says that it matters."""
LOOKS: Final = 8
"""Processes that are looked at exactly in one sample: one of 80 MB takes 0.8 ms, in which the event
loop does nothing else, and a machine with many cores has many workers."""

_NEVER: Final = -2.0
_OUTDATED: Final = -1.0
"""Before any time of the clock: new processes are looked at first, then what is known no more."""


class ProcessMemory(msgspec.Struct, frozen=True):
    """One process; ``size`` in bytes."""

    pid: int
    role: str
    size: int


class TreeMemory(msgspec.Struct, frozen=True):
    """The whole tree at one moment."""

    total: int
    """Bytes."""
    is_pss: bool
    """False: at least one process could only be measured as RSS."""
    processes: list[ProcessMemory]


def tree_memory(roles: Mapping[int, str] | None = None) -> TreeMemory:
    """Measure this process and all below it. Takes about 0.3 ms of CPU a process.

    ``roles`` names children by pid; this process is the ``server``.
    """
    return MemoryMeter().sample(roles)


class MemoryMeter:
    """Remembers the highest total of its samples. Used from one thread at a time."""

    def __init__(self) -> None:
        self.now: TreeMemory | None = None
        self.peak = 0
        """Bytes."""
        self._samples = self._exact = 0
        self._looked: dict[int, float] = {}
        """When each process was last looked at exactly; ``_NEVER`` or ``_OUTDATED``, too."""
        self._shared: dict[int, int] = {}
        """By pid, what its RSS had on top of its PSS then."""
        self._without_pss: set[int] = set()

    def sample(self, roles: Mapping[int, str] | None = None, matters: int = 0) -> TreeMemory:
        """Measure; see ``tree_memory``.

        With ``matters``, a total in bytes, an estimate will do, a coarser one below that total:
        at the most ``LOOKS`` processes are looked at exactly. A process that has to wait for its
        turn counts as before, and a new one with its RSS, which is no less than its PSS.
        """
        resident = _resident(_tree(os.getpid()))
        self._keep_only(resident.keys())
        age = EXACT_SECONDS if self._estimate(resident) < matters else CLOSE_SECONDS
        before = time.monotonic() - age if matters else math.inf
        due = sorted((at, pid) for pid, at in self._looked.items() if at < before)
        for _, pid in due[:LOOKS] if matters else due:
            self._look(pid, resident[pid])
        memory = _tree_of(self._sizes(resident), roles, is_pss=not self._without_pss)
        self.now = memory
        self.peak = max(self.peak, memory.total)
        self._samples += 1
        return memory

    def statistics(self) -> Statistics:
        """Bytes now and at the peak, of the samples taken."""
        now = self.now
        return {
            "total": now.total if now else 0,
            "peak": self.peak,
            "pss": now.is_pss if now else False,
            "samples": self._samples,
            "exact_looks": self._exact,
            "processes": [
                {"pid": each.pid, "role": each.role, "size": each.size}
                for each in (now.processes if now else ())
            ],
        }

    def _keep_only(self, pids: Set[int]) -> None:
        if pids == self._looked.keys():
            return
        # Processes came or went: that changes what the others share with them.
        known = self._looked
        self._looked = {pid: min(known.get(pid, _NEVER), _OUTDATED) for pid in pids}
        self._shared = {pid: self._shared.get(pid, 0) for pid in pids}
        self._without_pss.intersection_update(pids)

    def _estimate(self, resident: Mapping[int, int]) -> int:
        return sum(self._sizes(resident).values())

    def _sizes(self, resident: Mapping[int, int]) -> dict[int, int]:
        return {pid: max(rss - self._shared[pid], 0) for pid, rss in resident.items()}

    def _look(self, pid: int, rss: int) -> None:
        self._exact += 1
        self._looked[pid] = time.monotonic()
        size = _pss(pid)
        self._shared[pid] = rss - size if size is not None else 0
        (self._without_pss.add if size is None else self._without_pss.discard)(pid)


def _tree_of(
    sizes: Mapping[int, int], roles: Mapping[int, str] | None, *, is_pss: bool
) -> TreeMemory:
    named = {os.getpid(): "server", **(roles or {})}
    processes = [ProcessMemory(pid, named.get(pid, "other"), size) for pid, size in sizes.items()]
    return TreeMemory(sum(sizes.values()), is_pss, processes)


def _resident(pids: list[int]) -> dict[int, int]:
    """The RSS in bytes of those that still run."""
    found: dict[int, int] = {}
    for pid in pids:
        try:
            with open(_STATM.format(pid), "rb") as file:
                found[pid] = int(file.read().split()[1]) * _PAGE
        except OSError:
            with contextlib.suppress(psutil.Error):
                found[pid] = psutil.Process(pid).memory_info().rss
    return found


def _tree(pid: int) -> list[int]:
    """``pid`` and all below it. The kernel's own lists are read where there are any: psutil
    looks at every process of the system, which takes ten times as long."""
    children = _children(pid)
    if children is None:
        try:
            below = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return []
        return [pid, *(process.pid for process in below)]
    found = [pid]
    for child in children:
        found += _tree(child)
    return found


def _children(pid: int) -> list[int] | None:
    """Those that the process's threads have started; ``None`` where the kernel keeps no lists.

    Looked at ten times a second for each of 64 workers: with ``glob`` a look took twice as long.
    """
    folder = _THREADS.format(pid)
    found: list[int] | None = None
    with contextlib.suppress(OSError):
        for thread in os.listdir(folder):
            with contextlib.suppress(OSError), open(f"{folder}/{thread}/children", "rb") as file:
                found = [*(found or ()), *map(int, file.read().split())]
    return found


def _pss(pid: int) -> int | None:
    """Bytes; ``None`` where the system has no such figure or does not let us read it.

    psutil's ``memory_full_info`` adds up ``smaps`` line by line; the kernel's own sum is read
    ten times as fast.
    """
    try:
        with open(_SMAPS.format(pid), "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None
