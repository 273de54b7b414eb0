"""Memory of the process tree: server and children, each with its role.

PSS where it can be read, so that pages which processes share count once; else RSS, which counts
them for each. For a PSS the kernel walks all page tables; an RSS costs next to nothing, and what
the two differ by (libclang's own pages, mostly) changes slowly: between two exact looks the one is
estimated from the other.
"""

from __future__ import annotations

import contextlib
import glob
import os
import time
from collections.abc import Mapping
from typing import Final

import msgspec
import psutil

from cppls.core.model import Statistics

_CHILDREN: Final = "/proc/{}/task/*/children"
_SMAPS: Final = "/proc/{}/smaps_rollup"
_STATM: Final = "/proc/{}/statm"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

EXACT_SECONDS: Final = 1.0
"""An estimate is built on an exact look that is no older."""
CLOSE_SECONDS: Final = 0.2
"""The same where the estimate says that it matters."""


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
        self._looked = 0.0
        self._shared: dict[int, int] = {}
        """By pid, what its RSS has on top of its PSS, when last looked at."""

    def sample(self, roles: Mapping[int, str] | None = None, matters: int = 0) -> TreeMemory:
        """Measure; see ``tree_memory``.

        With ``matters``, a total in bytes, an estimate will do, a coarser one below that total.
        """
        resident = _resident(_tree(os.getpid()))
        memory = self._estimate(resident, roles) if matters else None
        age = time.monotonic() - self._looked
        if memory is None or age > (EXACT_SECONDS if memory.total < matters else CLOSE_SECONDS):
            memory = self._look(resident, roles)
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
            "exact_samples": self._exact,
            "processes": [
                {"pid": each.pid, "role": each.role, "size": each.size}
                for each in (now.processes if now else ())
            ],
        }

    def _estimate(
        self, resident: Mapping[int, int], roles: Mapping[int, str] | None
    ) -> TreeMemory | None:
        """``None`` when processes came or went: that changes what the others share with them."""
        if resident.keys() != self._shared.keys():
            return None
        sizes = {pid: max(rss - self._shared[pid], 0) for pid, rss in resident.items()}
        return _tree_of(sizes, roles, is_pss=self.now is not None and self.now.is_pss)

    def _look(self, resident: Mapping[int, int], roles: Mapping[int, str] | None) -> TreeMemory:
        self._exact += 1
        self._looked = time.monotonic()
        exact = {pid: _pss(pid) for pid in resident}
        sizes = {pid: size if size is not None else resident[pid] for pid, size in exact.items()}
        self._shared = {pid: resident[pid] - size for pid, size in sizes.items()}
        return _tree_of(sizes, roles, is_pss=None not in exact.values())


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
    lists = glob.glob(_CHILDREN.format(pid))
    if not lists:
        try:
            below = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return []
        return [pid, *(process.pid for process in below)]
    found = [pid]
    for path in lists:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            for child in file.read().split():
                found += _tree(int(child))
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
