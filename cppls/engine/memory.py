"""Memory of the process tree: server and children, each with its role.

PSS where it can be read, so that pages which processes share count once; else RSS, which counts
them for each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import msgspec
import psutil

from cppls.core.model import Statistics

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
    """Measure this process and all below it. Takes about 1 ms a process: not on the event loop.

    ``roles`` names children by pid; this process is the ``server``.
    """
    named = {os.getpid(): "server", **(roles or {})}
    processes: list[ProcessMemory] = []
    is_pss = True
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        try:
            size = _pss(process.pid)
            if size is None:
                size, is_pss = process.memory_info().rss, False
        except psutil.Error:
            continue  # It ended in this moment.
        processes.append(ProcessMemory(process.pid, named.get(process.pid, "other"), size))
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
