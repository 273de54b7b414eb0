"""The process tree and the machine around it, as the governor sees them.

Knows how to measure; must not know what follows from the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, Literal

from cppls.core import machine
from cppls.core.control_group import ControlGroups
from cppls.core.model import Statistics
from cppls.engine.memory import MemoryMeter, TreeMemory

MACHINE_SECONDS: Final = 1.0
"""How old the figures of the machine may be."""
_RESERVE: Final = 0.05
_MOST_RESERVED: Final = 256 << 20
"""Bytes of RAM that are left to the others when the whole machine is short of it."""


class ProcessTree:
    """What ``governor.Surroundings`` asks for. Used from the event loop's thread."""

    def __init__(
        self,
        meter: MemoryMeter,
        roles: Callable[[], Mapping[int, str]],
        relieve: Callable[[Literal["soft", "hard"]], int],
        free: Callable[[int], int],
        is_busy: Callable[[], bool],
    ) -> None:
        self._meter = meter
        self._roles = roles
        self._relieve = relieve
        self._free_documents = free
        self._is_busy = is_busy
        self._asked = 0.0
        self._free = 0
        self._groups: ControlGroups | None = None
        self._group: tuple[int, int] | None = None
        self._reserve = min(int(machine.total_memory() * _RESERVE), _MOST_RESERVED)

    def measure(self, matters: int) -> TreeMemory:
        """See ``MemoryMeter.sample``."""
        return self._meter.sample(self._roles(), matters)

    def relieve(self, level: Literal["soft", "hard"]) -> int:
        """Have open documents give memory back; how many did."""
        return self._relieve(level)

    def free_documents(self, size: int) -> int:
        """Have idle documents sleep until about ``size`` bytes are free; how many will be."""
        return self._free_documents(size)

    def limit(self, sizes: Mapping[int, int]) -> None:
        """Have the kernel hold these processes to so many bytes each, where it can; by pid."""
        if self._groups is None:
            self._groups = ControlGroups()
            self._groups.start()
        for pid, size in sizes.items():
            self._groups.limit(pid, size)
        if self._meter.now is not None:
            self._groups.keep({each.pid for each in self._meter.now.processes})

    def statistics(self) -> Statistics:
        """See ``ControlGroups.statistics``; nothing before the first child."""
        return {} if self._groups is None else self._groups.statistics()

    def is_busy(self) -> bool:
        """Whether anything is going on that may change what is taken."""
        return self._is_busy()

    def room(self, total: int) -> int:
        """Bytes that system and control group would let a tree have that takes ``total`` now."""
        now = time.monotonic()
        if now - self._asked > MACHINE_SECONDS:
            self._asked = now
            self._free = machine.available_memory() - self._reserve
            self._group = machine.group_memory()
        room = total + self._free
        if self._group is not None:
            limit, used = self._group
            room = min(room, limit - max(used - total, 0))
        return room
