"""clang-tidy on open files: a check of a document, never in the way.

It runs as a child with the file's flags and its unsaved text, in what memory is free, and stops
when that is wanted. Must not know how a tool is run, nor when.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cppls.core.model import Diagnostic
from cppls.core.settings import Settings
from cppls.engine.afterwards import CheckFailed
from cppls.engine.documents import Document
from cppls.engine.tidy_report import read_report
from cppls.engine.tools import Run, ToolFailed, ToolMissing
from cppls.engine.worker import Task
from cppls.project.clang_tidy import TidyConfigError

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


class Tidy:
    """clang-tidy as a check. Used from the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        room: Room,
        run: Callable[[Run], Awaitable[bytes]],
        checks: Callable[[str], Awaitable[Checks]],
    ) -> None:
        """``checks(path)`` may raise ``TidyConfigError``."""
        self._settings = settings
        self._room = room
        self._run_tool = run
        self._checks = checks

    async def check(self, document: Document) -> list[Diagnostic]:
        """What it finds in the document. Raises ``CheckFailed``."""
        if not self._settings.clang_tidy:
            return []
        try:
            checks = await self._checks(document.path)
            return await self._tidied(document, checks) if checks.config else []
        except (ToolFailed, ToolMissing, TidyConfigError, OSError, ValueError) as problem:
            raise CheckFailed(str(problem)) from problem

    async def _tidied(self, document: Document, checks: Checks) -> list[Diagnostic]:
        memory = self._room.room_alone()
        if memory < LEAST_MEMORY:
            raise ToolFailed("clang-tidy does not run: the memory budget leaves too little for it")
        with tempfile.TemporaryDirectory(prefix="cppls-tidy-") as folder:
            report = os.path.join(folder, "report.yaml")
            run = Run(
                "clang-tidy",
                _arguments(document, checks, folder, report),
                seconds=self._settings.clang_tidy_seconds,
                memory=memory,
                in_background=True,
            )
            with self._room.set_aside(LEAST_MEMORY, urgent=False):
                await self._run_tool(run)
            return await asyncio.to_thread(read_report, report, document.path, document.text)


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
