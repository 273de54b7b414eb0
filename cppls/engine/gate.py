"""Interactive work first: the gate that background jobs pass before each start.

The gate is shut while somebody waits for an answer, while the user has paused indexing, or while
the engine holds it for a reason of its own. A job that runs already is not interrupted; it runs at
low priority. While all that it waits for are answers, it is ajar: one job may pass whose result
somebody waits for as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from cppls.core.model import Statistics

PATIENCE = 10.0
"""Seconds that one interactive hold counts at the most: an answer that takes longer than this
(a file that takes minutes to parse) must not keep the rest of the project waiting for good."""


class Gate:
    """Counts who holds it; opens when nobody does. Used from the event loop's thread."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.on_open: Callable[[], None] = _nothing
        """Called whenever the gate opens."""
        self.on_hold: Callable[[], None] = _nothing
        """Called whenever somebody starts to wait for an answer."""
        self._patience = patience
        self._open = True
        self._holds = 0
        self._reasons: set[str] = set()
        self._held_ever = 0
        self._lost_patience = 0

    @property
    def is_open(self) -> bool:
        """Whether a background job may start now."""
        return self._open

    @property
    def is_ajar(self) -> bool:
        """Whether a job may start that is awaited as answers are: nothing but these is in its
        way. A large open file may take seconds to be parsed over a header that was just saved, and
        who saved that asks for what it says now."""
        return not self._reasons

    def may_pass(self, *, awaited: bool) -> bool:
        """Whether one job may start now; ``awaited``: somebody waits for what it gives."""
        return self.is_open or (awaited and self.is_ajar)

    @contextmanager
    def interactive(self) -> Generator[None]:
        """Hold the gate while somebody waits for what the body does."""
        loop = asyncio.get_running_loop()
        expired = False

        def expire() -> None:
            nonlocal expired
            expired = True
            self._lost_patience += 1
            self._release()

        self._holds += 1
        self.on_hold()
        self._held_ever += 1
        self._open = False
        timer = loop.call_later(self._patience, expire)
        try:
            yield
        finally:
            timer.cancel()
            if not expired:
                self._release()

    def shut(self, reason: str) -> None:
        """Keep the gate shut until ``reopen`` with the same reason."""
        self._reasons.add(reason)
        self._open = False

    def reopen(self, reason: str) -> None:
        """Take a reason back; unknown ones do nothing."""
        self._reasons.discard(reason)
        self._open_if_free()

    def statistics(self) -> Statistics:
        """Who holds the gate now, and how often it was held."""
        return {
            "open": self.is_open,
            "ajar": self.is_ajar,
            "waiting_for": self._holds,
            "reasons": ", ".join(sorted(self._reasons)),
            "held": self._held_ever,
            "lost_patience": self._lost_patience,
        }

    def _release(self) -> None:
        self._holds -= 1
        self._open_if_free()

    def _open_if_free(self) -> None:
        if self._holds == 0 and not self._reasons and not self._open:
            self._open = True
            self.on_open()


def _nothing() -> None:
    """Nobody listens yet."""
