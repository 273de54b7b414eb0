"""Whether a unit may sit on a preamble of which it includes all: as far as text tells.

The worker proves it at each use; what is foreseen here is not parsed twice.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cppls.preambles.folders import Disk, Folder
from cppls.preambles.graph import NOWHERE, Graph, Texts, members


class Seat(NamedTuple):
    """A preamble, as far as it matters here. Sets of files are numbers, see ``graph.py``."""

    position: int
    """In the plan."""
    added: int
    """What it adds to its parents."""
    covered: int
    """That, and what its parents hold."""


class Seating:
    """Asked for the units of one family, one after the other."""

    def __init__(self, graph: Graph, texts: Texts, disk: Disk) -> None:
        self._graph = graph
        self._texts = texts
        self._disk = disk
        self._shadows: dict[tuple[Folder, int], bool] = {}
        self._words: dict[int, frozenset[bytes]] = {}

    def fits(self, seat: Seat, path: str, includes: list[int], extra: Sequence[Folder]) -> bool:
        """Whether the unit ``path`` finds the same headers, and reads them alike.

        ``extra`` are the folders that only it searches.
        """
        return not self._is_shadowed(seat, extra) and not self._is_changed(seat, path, includes)

    def prelude(self, path: str, includes: list[int]) -> frozenset[bytes]:
        """Macros that the unit defines before its first system header, which name them."""
        names: set[bytes] = set()
        for event in self._walk(path, includes):
            if isinstance(event, bytes):
                names.add(event)
            elif self._graph.nodes[event].system:
                break
        return self._system_words & names if names else frozenset()

    def _is_shadowed(self, seat: Seat, extra: Sequence[Folder]) -> bool:
        """Whether one of these folders has something of the headers' names."""
        for folder in extra:
            key = (folder, seat.position)
            if key not in self._shadows:
                names = self._names(seat.added)
                self._shadows[key] = any(self._disk.holds(folder.path, name) for name in names)
            if self._shadows[key]:
                return True
        return False

    def _names(self, files: int) -> Iterator[str]:
        """How these files, and what they include, are named."""
        for number in members(files):
            node = self._graph.nodes[number]
            yield node.directive.spelled
            for directive in self._graph.scan(node.path).directives:
                yield directive.spelled

    def _is_changed(self, seat: Seat, path: str, includes: list[int]) -> bool:
        """Whether a macro that the unit defines first is named by one of the headers."""
        return any(name in self._words_of(seat) for name in self._defined(seat, path, includes))

    @functools.cached_property
    def _system_words(self) -> frozenset[bytes]:
        paths = (node.path for node in self._graph.nodes if node.system)
        return frozenset[bytes]().union(*map(self._texts.words, paths))

    def _words_of(self, seat: Seat) -> frozenset[bytes]:
        known = self._words.get(seat.position)
        if known is None:
            paths = [self._graph.nodes[number].path for number in members(seat.added)]
            known = frozenset[bytes]().union(*(self._texts.words(path) for path in paths))
            self._words[seat.position] = known
        return known

    def _defined(self, seat: Seat, path: str, includes: list[int]) -> Iterator[bytes]:
        """Macros that files outside of the preamble define, before all of it was included.

        System headers are left out: they may come in any order.
        """
        pending = seat.added
        for event in self._walk(path, includes, seat.covered):
            if isinstance(event, bytes):
                yield event
                continue
            node = self._graph.nodes[event]
            if node.system or seat.covered >> event & 1:
                pending &= ~node.closure
            if not pending:
                return

    def _walk(self, path: str, includes: list[int], inside: int = 0) -> Iterator[bytes | int]:
        """Macros and headers as the unit comes to them, once each. What system headers and those
        ``inside`` hold is left out."""
        seen: set[int] = set()
        stack = [self._events(path, includes)]
        while stack:
            event = next(stack[-1], None)
            if event is None:
                stack.pop()
            elif isinstance(event, bytes):
                yield event
            elif event not in seen:
                seen.add(event)
                yield event
                node = self._graph.nodes[event]
                if not node.system and not inside >> event & 1:
                    stack.append(self._events(node.path, node.includes))

    def _events(self, path: str, includes: list[int]) -> Iterator[bytes | int]:
        """A file's macros and the headers that it includes, in its order."""
        place = 0
        for name, before in self._graph.scan(path).defines:
            while place < before:
                if includes[place] != NOWHERE:
                    yield includes[place]
                place += 1
            yield name
        yield from (number for number in includes[place:] if number != NOWHERE)
