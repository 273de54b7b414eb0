"""How memory is got back, step by step, and what each step brought.

The steps stand in a fixed order, the cheapest to undo first; one is taken at a time, so that the
next measurement tells what it freed. Knows no processes: a step is a function.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import msgspec

from cppls.core.model import Statistics

Level: TypeAlias = Literal["ok", "soft", "hard"]

HISTORY: Final = 50
"""Actions that are remembered."""
AGAIN_SECONDS: Final = 5.0
"""Under lasting pressure the steps are gone through again after so long."""

Step: TypeAlias = Callable[[Level], "str | None"]
"""Does something about the memory; what it did, for a reader, or ``None`` if there was nothing."""


class Action(msgspec.Struct, frozen=True):
    """One thing that was done; ``time`` in seconds since the epoch, sizes in bytes."""

    time: float
    action: str
    freed: int
    """What the tree took less at the next measurement; 0 if it did not."""


class Relief:
    """Steps in their order, and the actions taken. Used from one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: list[tuple[Level, Step]] = []
        self._next = 0
        self._ended = 0.0
        self._pending: tuple[float, str, int] | None = None
        self._history: deque[Action] = deque(maxlen=HISTORY)
        self._taken = self._freed = 0

    def add(self, level: Level, step: Step, *, first: bool = False) -> None:
        """The next step in order, or the very first; one of ``hard`` waits for hard pressure."""
        self._steps.insert(0 if first else len(self._steps), (level, step))

    def measured(self, total: int) -> None:
        """The tree takes ``total`` bytes now: what the last action freed is known."""
        if self._pending is not None:
            when, action, before = self._pending
            self._pending = None
            freed = max(before - total, 0)
            self._freed += freed
            self._history.append(Action(when, action, freed))

    def record(self, action: str, total: int) -> None:
        """``action`` was taken just now, at ``total`` bytes."""
        self.measured(total)
        self._taken += 1
        self._pending = (time.time(), action, total)

    def press(self, level: Level, total: int) -> None:
        """Take the next step that finds something to do; from the start when that is long ago."""
        now = self._clock()
        if self._next >= len(self._steps):
            if now - self._ended < AGAIN_SECONDS and level != "hard":
                return
            self._next = 0
        while self._next < len(self._steps):
            least, step = self._steps[self._next]
            self._next += 1
            self._ended = now
            done = step(level) if least == "soft" or level == "hard" else None
            if done is not None:
                self.record(done, total)
                return

    def relax(self) -> None:
        """The pressure is over: the next one starts with the first step."""
        self._next = 0

    @property
    def history(self) -> list[Action]:
        """The last actions, the oldest first; the very last one once it was measured."""
        return list(self._history)

    def statistics(self) -> Statistics:
        """How often, how much, and the last actions."""
        return {
            "actions": self._taken,
            "freed_bytes": self._freed,
            "last": [
                {"time": each.time, "action": each.action, "freed": each.freed}
                for each in self._history
            ],
        }
