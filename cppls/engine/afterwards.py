"""What is found of open documents after their parses, once somebody pauses: one file at a time.

A check may take long; what it found stays shown while the text is edited, where the text is what it
was, until it has run again. Must not know what is checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cppls.core.model import Diagnostic, Statistics
from cppls.core.position_map import PositionMap
from cppls.core.text import Text
from cppls.engine.documents import Document

QUIET_SECONDS: Final = 1.0
"""After a parse, without another one, until a check runs."""


class CheckFailed(Exception):
    """A check came to nothing; the text tells the user why, once."""


Check = Callable[[Document], Awaitable[list[Diagnostic]]]
"""May raise ``CheckFailed``."""


@dataclass(slots=True)
class _File:
    """An open file, and what was found in ``text``."""

    document: Document
    text: Text | None = None
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])
    waiting: asyncio.Task[None] | None = None


class Afterwards:
    """One check of open documents. Used from the event loop's thread."""

    def __init__(
        self,
        check: Check,
        changed: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        """``changed(path)``: there is something new to show; ``complain`` gets a user's text."""
        self._check = check
        self._changed = changed
        self._complain = complain
        self._files: dict[str, _File] = {}
        self._turn = asyncio.Lock()
        self._told: set[str] = set()
        self._runs = self._failures = 0

    def parsed(self, document: Document) -> None:
        """A parse has ended: check the document when it is not followed by another one."""
        file = self._files.get(document.path)
        if file is None:
            file = self._files[document.path] = _File(document)
        file.document = document
        if file.waiting is not None:
            file.waiting.cancel()
        file.waiting = asyncio.ensure_future(self._later(file))

    def found(self, path: str) -> list[Diagnostic]:
        """What was found last, where it is in the text that was parsed last."""
        file = self._files.get(path)
        if file is None or file.text is None or not file.found:
            return []
        if file.text == file.document.text:
            return file.found
        places = PositionMap(file.text, file.document.text)
        moved = (_moved(diagnostic, places) for diagnostic in file.found)
        return [diagnostic for diagnostic in moved if diagnostic is not None]

    def closed(self, path: str) -> None:
        """The file is not open any more."""
        file = self._files.pop(path, None)
        if file is not None and file.waiting is not None:
            file.waiting.cancel()

    def stop(self) -> None:
        """Check no more."""
        for path in tuple(self._files):
            self.closed(path)

    def statistics(self) -> Statistics:
        """Files that are followed, runs, and those that came to nothing."""
        tasks = [file.waiting for file in self._files.values() if file.waiting is not None]
        return {
            "files": len(self._files),
            "waiting": sum(not task.done() for task in tasks),
            "runs": self._runs,
            "failures": self._failures,
        }

    async def _later(self, file: _File) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        async with self._turn:
            document, before = file.document, self.found(file.document.path)
            self._runs += 1
            try:
                found = await self._check(document)
            except CheckFailed as problem:
                self._failures += 1
                self._say(str(problem))
                found = []
            file.text, file.found = document.text, found
            if found != before:
                self._changed(document.path)

    def _say(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self._complain(problem)


def _moved(diagnostic: Diagnostic, places: PositionMap) -> Diagnostic | None:
    span = places.to_new(diagnostic.span)
    # Its corrections were made for another text.
    return span and msgspec.structs.replace(diagnostic, span=span, notes=[], fixits=[])
