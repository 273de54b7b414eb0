"""A process tree that is only figures, for tests of whoever obeys the governor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from cppls.core.model import Statistics
from cppls.engine.governor import Governor
from cppls.engine.memory import ProcessMemory, TreeMemory

M = 1 << 20
SERVER = 50 * M


class FakeTree:
    """Processes by pid as the test sets them; notes what the governor asks for."""

    def __init__(self) -> None:
        self.sizes: dict[int, tuple[str, int]] = {os.getpid(): ("server", SERVER)}
        self.free = 1 << 50
        self.busy = True
        self.relieved: list[str] = []
        self.limits: dict[int, int] = {}
        """What the kernel is to hold processes to."""
        self.documents = 0
        """Idle documents that can be suspended."""
        self.idle_bytes = 0
        """What they would give back."""
        self.freed: list[int] = []

    def measure(self, matters: int) -> TreeMemory:
        processes = [ProcessMemory(pid, role, size) for pid, (role, size) in self.sizes.items()]
        return TreeMemory(sum(each.size for each in processes), True, processes)

    def room(self, total: int) -> int:
        return total + self.free

    def relieve(self, level: Literal["soft", "hard"]) -> int:
        if level == "soft" and not self.documents:
            return 0
        self.relieved.append(level)
        found, self.documents = max(self.documents, 1), 0
        return found

    def free_documents(self, size: int) -> int:
        self.freed.append(size)
        return min(size, self.idle_bytes)

    def limit(self, sizes: Mapping[int, int]) -> None:
        self.limits = dict(sizes)

    def statistics(self) -> Statistics:
        return {}

    def is_busy(self) -> bool:
        return self.busy


def plenty(jobs: int, tree: FakeTree) -> Governor:
    """A governor with more than anybody can ask for, which lets all workers run at once."""
    governor = Governor(1 << 50, jobs, tree)
    for _ in range(3 * jobs):
        governor.look()
    return governor
