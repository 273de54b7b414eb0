"""What the governor deals in: shares, who waits for one, and whom it commands and asks.

Values and protocols only; what follows from them is decided in ``governor.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from cppls.core.model import Statistics
from cppls.engine.memory import TreeMemory

PUT_BACK: Final = "memory was short"
"""The reason of a stop that is not the file's own fault: it waits again."""
GAVE_WAY: Final = "somebody waited for a file to be parsed"
"""Another such reason. It comes as often as the user opens files, and never counts for the file."""


class NoRoom(Exception):
    """What the server itself takes leaves no room for a worker; the text says so to a user."""


class Crew(Protocol):
    """The index workers, as the governor commands them."""

    def dismiss_idle(self) -> int:
        """End those between two jobs; how many."""
        ...

    def kill(self, pid: int) -> None:
        """End one at its job; its grant tells why."""
        ...


class Surroundings(Protocol):
    """What the governor measures, and what else can give memory back."""

    def measure(self, matters: int) -> TreeMemory:
        """See ``MemoryMeter.sample``."""
        ...

    def room(self, total: int) -> int:
        """Bytes that the system would let the tree have, whose total is given."""
        ...

    def relieve(self, level: Literal["soft", "hard"]) -> int:
        """Have open documents give memory back, the visible one last; how many did."""
        ...

    def free_documents(self, size: int) -> int:
        """Have idle documents sleep until about ``size`` bytes are free; how many will be."""
        ...

    def limit(self, sizes: Mapping[int, int]) -> None:
        """Have the kernel hold these processes to so many bytes each, where it can; by pid."""
        ...

    def statistics(self) -> Statistics:
        """What the kernel could be asked for, and why not."""
        ...

    def is_busy(self) -> bool:
        """Whether anything is going on that may change what is taken."""
        ...


@dataclass(slots=True, eq=False)
class Grant:
    """A job's share: the bytes (RSS) that its worker may have. To be given back."""

    path: str
    size: int
    alone: bool
    """It has all that there is: nothing runs beside it, and its worker is a new one."""
    new: bool = False
    """Its worker was started for it: nothing in there is left of other files."""
    pid: int = 0
    """The worker, once known."""
    peak: int = 0
    """The most that the worker was seen to have."""
    stopped: str = ""
    """Why the governor ended it; empty while it did not."""

    def statistics(self) -> Statistics:
        """Whose it is, and bytes."""
        return {
            "path": self.path,
            "pid": self.pid,
            "share": self.size,
            "peak": self.peak,
            "alone": self.alone,
        }


@dataclass(slots=True, eq=False)
class Waiter:
    """A job that asks for a share; ``need``: bytes that it is expected to take."""

    path: str
    need: int
    alone: bool
    pid: int
    awaited: bool = False
    """See ``Governor.admit``."""
    granted: asyncio.Future[Grant] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
