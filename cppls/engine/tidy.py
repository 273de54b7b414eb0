"""clang-tidy on open files: once somebody pauses, one file at a time, never in the way.

It runs as a child with the file's flags and its unsaved text, in what memory is free, and stops
when that is wanted. What it found stays shown while the text is edited, where the text is what it
was, until it has run again. Must not know how a tool is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from cppls.core.model import Diagnostic, Statistics
from cppls.core.position_map import PositionMap
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.documents import Document
from cppls.engine.tidy_report import read_report
from cppls.engine.tools import Run, ToolFailed, ToolMissing
from cppls.engine.worker import Task
from cppls.project.clang_tidy import TidyConfigError

QUIET_SECONDS: Final = 1.0
"""After a parse, without another one, until clang-tidy runs."""
LEAST_MEMORY: Final = 96 << 20
"""Bytes: with less there is no use in trying."""


class Room(Protocol):
    """What is asked of ``governor.Governor``."""

    def room_alone(self) -> int: ...
    def set_aside(self, size: int, *, urgent: bool) -> contextlib.AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Checks:
    """How to run it on one file: ``config`` is empty when nobody wants a check there."""

    config: str
    task: Task


@dataclass(slots=True)
class _File:
    """An open file: what its last parse said, and clang-tidy of ``text``."""

    document: Document
    parsed: list[Diagnostic]
    text: Text | None = None
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])
    waiting: asyncio.Task[None] | None = None


class Tidy:
    """Used from the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        room: Room,
        run: Callable[[Run], Awaitable[bytes]],
        checks: Callable[[str], Awaitable[Checks]],
        show: Callable[[Document, list[Diagnostic]], None],
        complain: Callable[[str], None],
    ) -> None:
        """``checks(path)`` may raise ``TidyConfigError``; ``show`` gets all diagnostics of a
        document; ``complain`` a text for the user."""
        self._settings = settings
        self._room = room
        self._run_tool = run
        self._checks = checks
        self._show = show
        self._complain = complain
        self._files: dict[str, _File] = {}
        self._turn = asyncio.Lock()
        self._told: set[str] = set()
        self._runs = self._failures = 0

    def parsed(self, document: Document, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
        """A parse said this: what to show now, with what clang-tidy said before."""
        file = self._files.get(document.path)
        if file is None:
            file = self._files[document.path] = _File(document, diagnostics)
        file.document, file.parsed = document, diagnostics
        if self._settings.clang_tidy and file.text != document.text:
            if file.waiting is not None:
                file.waiting.cancel()
            file.waiting = asyncio.ensure_future(self._later(file))
        return _all(file)

    def closed(self, path: str) -> None:
        """The file is not open any more."""
        file = self._files.pop(path, None)
        if file is not None and file.waiting is not None:
            file.waiting.cancel()

    def stop(self) -> None:
        """Run no more."""
        for path in tuple(self._files):
            self.closed(path)

    def statistics(self) -> Statistics:
        """Files that are followed, runs, and those that came to nothing."""
        waiting = sum(
            file.waiting is not None and not file.waiting.done() for file in self._files.values()
        )
        return {
            "files": len(self._files),
            "waiting": waiting,
            "runs": self._runs,
            "failures": self._failures,
        }

    async def _later(self, file: _File) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        async with self._turn:
            document = file.document
            try:
                found = await self._tidied(document)
            except (ToolFailed, ToolMissing, TidyConfigError, OSError, ValueError) as problem:
                self._failures += 1
                self._say(str(problem))
                found = []
            file.text, file.found = document.text, found
            if file.document is document:
                self._show(document, _all(file))

    async def _tidied(self, document: Document) -> list[Diagnostic]:
        checks = await self._checks(document.path)
        if not checks.config:
            return []
        memory = self._room.room_alone()
        if memory < LEAST_MEMORY:
            raise ToolFailed("clang-tidy does not run: the memory budget leaves too little for it")
        self._runs += 1
        with tempfile.TemporaryDirectory(prefix="cppls-tidy-") as folder:
            report = os.path.join(folder, "report.yaml")
            arguments = _arguments(document, checks, folder, report)
            run = Run(
                "clang-tidy",
                arguments,
                seconds=self._settings.clang_tidy_seconds,
                memory=memory,
                in_background=True,
            )
            with self._room.set_aside(LEAST_MEMORY, urgent=False):
                await self._run_tool(run)
            return await asyncio.to_thread(read_report, report, document.path, document.text)

    def _say(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self._complain(problem)


def _all(file: _File) -> list[Diagnostic]:
    """What the parse said and what clang-tidy said, the latter where the text is what it was."""
    if file.text is None or not file.found:
        return file.parsed
    if file.text == file.document.text:
        return [*file.parsed, *file.found]
    places = PositionMap(file.text, file.document.text)
    moved = (_moved(diagnostic, places) for diagnostic in file.found)
    return [*file.parsed, *(diagnostic for diagnostic in moved if diagnostic is not None)]


def _moved(diagnostic: Diagnostic, places: PositionMap) -> Diagnostic | None:
    span = places.to_new(diagnostic.span)
    # Its corrections were made for another text.
    return span and msgspec.structs.replace(diagnostic, span=span, notes=[], fixits=[])


def _arguments(document: Document, checks: Checks, folder: str, report: str) -> list[str]:
    content = os.path.join(folder, "text")
    with open(content, "wb") as file:
        file.write(document.text.data)
    overlay = os.path.join(folder, "overlay.yaml")
    root = {"type": "file", "name": document.path, "external-contents": content}
    with open(overlay, "w", encoding="utf-8") as file:
        json.dump({"version": 0, "use-external-names": False, "roots": [root]}, file)
    return [
        "--quiet",
        f"--config={checks.config}",
        f"--vfsoverlay={overlay}",
        f"--export-fixes={report}",
        document.path,
        "--",
        f"-working-directory={checks.task.directory}",
        *checks.task.arguments,
    ]
