"""What live documents need of the engine around them.

A protocol: live documents know neither the engine's class nor what else it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cppls.core.live_messages import Parsed
from cppls.engine.documents import Document
from cppls.engine.events import Event
from cppls.engine.worker import Task


class Surroundings(Protocol):
    """What live documents need of the engine."""

    async def task(self, path: str) -> Task:
        """How to parse ``path``: any file, headers too."""
        ...

    async def preambles(self, task: Task) -> Sequence[str]:
        """The shared preambles that a TU of ``task`` may try to sit on now, see ``OpenDocument``;
        none where there are none."""
        ...

    def last_growth(self, path: str) -> int:
        """Bytes by which a first parse of ``path`` without shared preambles raised a host the last
        time; 0: not known."""
        ...

    def set_aside(self, size: int, *, urgent: bool) -> AbstractContextManager[None]:
        """Keep so many bytes for a parse while the body runs. ``urgent``: somebody waits for it,
        and background jobs that do not fit beside it give way."""
        ...

    def parsed(self, document: Document, parsed: Parsed) -> None:
        """Hear of a parse that shows the newest text of ``document``."""
        ...

    def not_parsed(self, document: Document, reason: str) -> None:
        """Hear that the text of ``document`` is left alone, and why."""
        ...

    def emit(self, event: Event) -> None:
        """Tell the listeners."""
        ...
