"""A user at the keyboard: files opened, a line typed into each in turn, questions in between.

Drives any language server through :class:`LspClient` and notes how long each answer took, from
the moment the question is sent. What is typed is taken back: the files on disk are not touched.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.agreement import Place, identifiers
from benchmarks.client import LspClient, uri_of
from benchmarks.projects import Project

TYPED: Final = "int typed = sizeof(long);"
KEY_SECONDS: Final = 0.1
"""Between two keys: a brisk typist's pace."""
HOVER_EVERY: Final = 4
"""Keys between two hovers; definition and references are asked once a line."""
EVERYTHING: Final = (
    "completion", "signatureHelp", "documentSymbol", "documentHighlight", "implementation",
    "typeDefinition", "declaration", "semanticTokens/full", "inlayHint", "foldingRange",
    "documentLink", "selectionRange", "codeAction", "codeLens", "prepareRename",
    "prepareCallHierarchy", "prepareTypeHierarchy", "diagnostic", "switchSourceHeader",
    "symbolInfo", "ast",
)  # fmt: skip
"""What an editor with all its panes open asks for besides."""
OPENABLE: Final = 1 << 20
"""Bytes of a source that a person would still open in an editor."""
TIMEOUT: Final = 30.0
"""Seconds after which a question counts as unanswered."""


@dataclass
class Desk:
    """An open file, and where in it the user types and points."""

    path: Path
    line: int
    """0-based: what is typed goes before this line."""
    places: list[Place]
    """Identifiers above it, which typing does not move."""
    version: int = 1


class Answer(NamedTuple):
    """One question, answered."""

    question: str
    """``hover``, ``definition``, ``references`` or ``completion``."""
    asked: float
    """``time.monotonic`` at which the question was sent."""
    seconds: float


class Typist:
    """One user of one server. The random choices follow from ``seed`` alone."""

    def __init__(self, client: LspClient, seed: int = 1, key_seconds: float = KEY_SECONDS) -> None:
        """``key_seconds`` lie between two keys."""
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        """Questions that got an error, or nothing in time."""
        self.asks_everything = False
        """Whether to ask for every feature in every line."""
        self.completes = False
        """Whether to ask for a completion in every line."""
        self._client = client
        self._key_seconds = key_seconds
        self._chooser = random.Random(seed)
        self._desks: list[Desk] = []

    def open(self, paths: Sequence[Path]) -> None:
        """Open files that exist."""
        for path in paths:
            data = path.read_bytes()
            self._client.open(path, data.decode("utf-8", "replace"))
            self._desks.append(_desk(path, data))

    def close(self) -> None:
        """Close every file."""
        for desk in self._desks:
            self._client.close(desk.path)
        self._desks.clear()

    async def work(self, until: Callable[[], bool]) -> None:
        """Type into one file after the other until told to stop; the last line is finished."""
        for desk in itertools.cycle(self._desks):
            if until():
                return
            await self.type_line(desk)

    async def rounds(self, count: int) -> None:
        """Type ``count`` lines into every file, going from file to file."""
        for desk in [*self._desks] * count:
            await self.type_line(desk)

    async def type_line(self, desk: Desk) -> None:
        """A line, key by key, with questions; then it is taken back."""
        self._edit(desk, (desk.line, 0), (desk.line, 0), "\n")
        for column, key in enumerate(TYPED):
            self._edit(desk, (desk.line, column), (desk.line, column), key)
            await asyncio.sleep(self._key_seconds)
            if column % HOVER_EVERY == HOVER_EVERY - 1:
                await self.ask("hover", desk)
        if self.completes:
            await self._ask("completion", Place(desk.path, desk.line, TYPED.index("of"), ""))
        await self.ask("definition", desk)
        await self.ask("references", desk)
        if self.asks_everything:
            for question in EVERYTHING:
                await self.ask(question, desk)
        self._edit(desk, (desk.line, 0), (desk.line + 1, 0), "")

    async def ask(self, question: str, desk: Desk) -> None:
        """Ask about an identifier drawn from the file."""
        if desk.places:
            await self._ask(question, self._chooser.choice(desk.places))

    async def _ask(self, question: str, place: Place) -> None:
        more = _parameters(question, place)
        asked = time.monotonic()
        try:
            answer = self._client.ask(question, place.path, place.line, place.column, **more)
            await asyncio.wait_for(answer, TIMEOUT)
        except (RuntimeError, asyncio.TimeoutError) as error:
            where = f"{place.path}:{place.line + 1}:{place.column + 1}"
            self.failures.append(f"{question} {where}: {error or 'no answer'}")
            return
        self.answers.append(Answer(question, asked, time.monotonic() - asked))

    def _edit(self, desk: Desk, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        desk.version += 1
        span = {
            "start": {"line": start[0], "character": start[1]},
            "end": {"line": end[0], "character": end[1]},
        }
        self._client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri_of(desk.path), "version": desk.version},
                "contentChanges": [{"range": span, "text": text}],
            },
        )


def _parameters(question: str, place: Place) -> dict[str, Any]:
    """What a question needs besides a document and a position."""
    here = {"line": place.line, "character": place.column}
    around = {"start": {"line": max(place.line - 50, 0), "character": 0}, "end": here}
    match question:
        case "references":
            return {"context": {"includeDeclaration": True}}
        case "inlayHint" | "ast":
            return {"range": around}
        case "codeAction":
            return {"range": {"start": here, "end": here}, "context": {"diagnostics": []}}
        case "switchSourceHeader":
            return {"uri": uri_of(place.path)}
        case "selectionRange":
            return {"positions": [here]}
        case _:
            return {}


def largest_sources(project: Project, count: int, pattern: str = "*") -> list[Path]:
    """The largest of the project's sources named like ``pattern`` that a person would open."""
    sizes = {
        path: path.stat().st_size
        for path in project.translation_units()
        if path.is_relative_to(project.root) and path.match(pattern) and path.is_file()
    }
    openable = [path for path in sizes if sizes[path] <= OPENABLE]
    return sorted(openable, key=lambda path: (-sizes[path], path))[:count]


def _desk(path: Path, data: bytes) -> Desk:
    """Below the first statement after the middle of the file: inside some function, mostly."""
    lines = data.split(b"\n")
    middle = len(lines) // 2
    ends = (number for number in range(middle, len(lines)) if lines[number].rstrip().endswith(b";"))
    line = next(ends, len(lines) - 1) + 1
    return Desk(path, line, [place for place in identifiers(path) if place.line < line])
