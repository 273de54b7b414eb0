"""As part of which translation unit an open header is parsed: the nearest, or the chosen one.

A choice is kept from run to run, in a small JSON file of the project's cache folder: one that is
missing or damaged means that nothing was chosen. Must not know how a header is parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from cppls.core.files import read_file
from cppls.core.model import Location, Statistics
from cppls.engine.documents import Document
from cppls.engine.readers import Readers
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader
from cppls.project.prefix import Prefix, prefix

MOST_CHOICES: Final = 256
MOST_SHOWN: Final = 100
"""Contexts that are offered: a header may have thousands."""
_NAME: Final = "header-contexts.json"
_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class HeaderContext:
    """A translation unit that a header may be parsed as part of."""

    unit: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ContextsOfHeader:
    """All that a header may be parsed as part of, the nearest first; none for a source file."""

    contexts: Sequence[HeaderContext]
    is_chosen: bool
    """The current one was chosen by the user."""
    is_self_contained: bool | None
    """Whether it is parsed without what its includer has before it; ``None``: not parsed yet."""


class HeaderContexts:
    """Chosen and possible contexts. Used from the event loop's thread."""

    def __init__(
        self,
        folder: str,
        readers: Readers,
        documents: Callable[[], Mapping[str, Document]],
    ) -> None:
        self._file = os.path.join(folder, _NAME)
        self._readers = readers
        self._documents = documents
        self._chosen = dict(_read(self._file))

    async def donor(self, path: str) -> str | None:
        """The translation unit that the header ``path`` is parsed as part of; ``None`` when none
        is known to include it."""
        chosen = self._chosen.get(path)
        if chosen is not None and await self._includes(chosen, path):
            return chosen
        try:
            return await self._readers.run(Reader.donor, path)
        except IndexProblem:
            return None

    def is_chosen(self, path: str, donor: str) -> bool:
        """Whether the user has chosen ``donor`` for ``path``."""
        return self._chosen.get(path) == donor

    async def prefixes(self, path: str, donor: str) -> list[Prefix]:
        """What ``donor``, and each header on the way to ``path``, has before the directive that
        leads on; empty when an edit has cut the way."""
        try:
            way = await self._readers.run(Reader.directives, donor, path)
        except IndexProblem:
            return []
        opened = {step.path: self._documents().get(step.path) for step in way}
        texts = {step: document.text.data for step, document in opened.items() if document}
        return await asyncio.to_thread(_prefixes, way, path, texts)

    async def possible(
        self, path: str, *, is_self_contained: bool | None = None
    ) -> ContextsOfHeader:
        """What can be chosen for ``path``; at the most ``MOST_SHOWN``."""
        try:
            units = await self._readers.run(Reader.donors, path, MOST_SHOWN)
        except IndexProblem:
            units = []
        current = await self.donor(path)
        if current is not None and current not in units:
            units.insert(0, current)
        contexts = [HeaderContext(unit, unit == current) for unit in units]
        chosen = current is not None and self.is_chosen(path, current)
        return ContextsOfHeader(contexts, chosen, is_self_contained)

    async def choose(self, path: str, unit: str | None) -> bool:
        """Parse ``path`` as part of ``unit`` from now on, with ``None`` of the nearest again.
        False, and nothing changes, when ``unit`` is not known to include it."""
        if unit is not None and not await self._includes(unit, path):
            return False
        self._chosen.pop(path, None)
        if unit is not None:
            self._chosen[path] = unit
        while len(self._chosen) > MOST_CHOICES:
            del self._chosen[next(iter(self._chosen))]
        self._save()
        return True

    def statistics(self) -> Statistics:
        """How many were chosen."""
        return {"chosen": len(self._chosen), "limit": MOST_CHOICES}

    async def _includes(self, unit: str, path: str) -> bool:
        try:
            return bool(await self._readers.run(Reader.directives, unit, path))
        except IndexProblem:
            return False

    def _save(self) -> None:
        entries = [(_hex(path), _hex(unit)) for path, unit in self._chosen.items()]
        passing = f"{self._file}.{os.getpid()}"
        # A folder that cannot be written to is no reason to stop.
        with contextlib.suppress(OSError):
            with open(passing, "wb") as file:
                file.write(msgspec.json.encode(entries))
            os.replace(passing, self._file)


def _prefixes(way: Sequence[Location], path: str, texts: Mapping[str, bytes]) -> list[Prefix]:
    found: list[Prefix] = []
    targets = [*(step.path for step in way[1:]), path]
    for step, target in zip(way, targets, strict=True):
        try:
            text = texts[step.path] if step.path in texts else read_file(step.path)
        except OSError:
            return []
        before = prefix(step.path, text, target, step.span.line)
        if before is None:
            return []
        found.append(before)
    return found


def _hex(path: str) -> str:
    # In hexadecimal, because a path need not be UTF-8.
    return os.fsencode(path).hex()


def _read(name: str) -> list[tuple[str, str]]:
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError), open(name, "rb") as file:
        entries = msgspec.json.decode(file.read(_MOST_BYTES), type=list[tuple[str, str]])
        return [(_path(header), _path(unit)) for header, unit in entries[:MOST_CHOICES]]
    return []


def _path(text: str) -> str:
    return os.fsdecode(bytes.fromhex(text))
