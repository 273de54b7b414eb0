"""Memory of the process tree: server and children, each with its role.

PSS where it can be read, so that pages which processes share count once; else RSS, which counts
them for each.
"""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Mapping
from typing import Final

import msgspec
import psutil

from cppls.core.model import Statistics

_CHILDREN: Final = "/proc/{}/task/*/children"
_SMAPS: Final = "/proc/{}/smaps_rollup"


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
    named = {os.getpid(): "server", **(roles or {})}
    processes: list[ProcessMemory] = []
    is_pss = True
    for pid in _tree(os.getpid()):
        try:
            size = _pss(pid)
            if size is None:
                size, is_pss = psutil.Process(pid).memory_info().rss, False
        except psutil.Error:
            continue  # It ended in this moment.
        processes.append(ProcessMemory(pid, named.get(pid, "other"), size))
    return TreeMemory(sum(process.size for process in processes), is_pss, processes)


class MemoryMeter:
    """Remembers the highest total of its samples. Used from one thread at a time."""

    def __init__(self) -> None:
        self.now: TreeMemory | None = None
        self.peak = 0
        """Bytes."""
        self._samples = 0

    def sample(self, roles: Mapping[int, str] | None = None) -> TreeMemory:
        """Measure; see ``tree_memory``."""
        self.now = tree_memory(roles)
        self.peak = max(self.peak, self.now.total)
        self._samples += 1
        return self.now

    def statistics(self) -> Statistics:
        """Bytes now and at the peak, of the samples taken."""
        now = self.now
        return {
            "total": now.total if now else 0,
            "peak": self.peak,
            "pss": now.is_pss if now else False,
            "samples": self._samples,
            "processes": [
                {"pid": each.pid, "role": each.role, "size": each.size}
                for each in (now.processes if now else ())
            ],
        }


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
