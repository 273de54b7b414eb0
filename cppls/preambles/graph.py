"""Who includes whom, for one way to search for headers. Sets of files are numbers whose bits are
the files: unions and subsets of thousands of files are then single operations."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cppls.preambles.folders import Folder, Found, Search
from cppls.preambles.scan import Directive, Scan, scan, words

NOWHERE: Final = -1
LARGEST: Final = 8 << 20
"""Bytes; a larger header is data, and none of our business."""


class Texts:
    """Files as they were read, whichever way they were found."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Scan, int, bytes]] = {}

    def read(self, path: str) -> tuple[Scan, int, bytes]:
        """Its directives, its size in bytes, and a hash of content and modification time."""
        known = self._read.get(path)
        if known is None:
            known = self._read[path] = _read(path)
        return known

    def words(self, path: str) -> Iterable[bytes]:
        """See ``scan.words``. Read anew: few files are asked for them."""
        return words(_bytes(path)[0])


def _read(path: str) -> tuple[Scan, int, bytes]:
    text, mtime = _bytes(path)
    digest = hashlib.blake2b(text, digest_size=16, key=mtime.to_bytes(8, "little", signed=True))
    return scan(text), len(text), digest.digest()


def _bytes(path: str) -> tuple[bytes, int]:
    """Content and modification time (ns); of a file that cannot be read, nothing."""
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST), os.fstat(file.fileno()).st_mtime_ns
    except (OSError, ValueError):
        return b"", 0


@dataclass(slots=True)
class Node:
    """A header."""

    path: str
    size: int
    """Bytes."""
    digest: bytes
    guarded: bool
    system: bool
    found: Found
    directive: Directive
    """How it was included first, by a file of the project if one does."""
    entry: bool = False
    """Some file of the project includes it, so it is made to be included."""
    includes: list[int] = field(default_factory=list[int])
    """One for each of its directives; ``NOWHERE`` when it was not found."""
    closure: int = 0
    """Itself and all that it includes."""

    @property
    def folder(self) -> Folder | None:
        """Where it was found; ``None``: beside its includer."""
        return self.found.folder


class Graph:
    """The headers that translation units lead to."""

    def __init__(self, search: Search, texts: Texts) -> None:
        self.nodes: Final[list[Node]] = []
        self._search = search
        self._texts = texts
        self._numbers: dict[str, int] = {}
        self._read = 0

    def unit(self, path: str) -> list[int]:
        """Where the directives of a translation unit lead to; ``NOWHERE`` when not found."""
        return self._targets(path, None, system=False)

    def close(self) -> None:
        """Follow the includes of all headers; after the last :meth:`unit`."""
        while self._read < len(self.nodes):
            node = self.nodes[self._read]
            node.includes = self._targets(node.path, node.folder, system=node.system)
            self._read += 1
        changed = True
        while changed:
            changed = False
            # What was found late lies deep: from there upwards few rounds are needed.
            for node in reversed(self.nodes):
                closure = self.closure(node.includes) | node.closure
                if closure != node.closure:
                    node.closure, changed = closure, True

    def closure(self, numbers: Iterable[int]) -> int:
        """All that these headers are and include."""
        found = 0
        for number in numbers:
            if number != NOWHERE:
                found |= self.nodes[number].closure
        return found

    def size(self, files: int) -> int:
        """Bytes of a set of files."""
        return sum(self.nodes[number].size for number in members(files))

    def scan(self, path: str) -> Scan:
        """What a unit's or header's text says."""
        return self._texts.read(path)[0]

    def _targets(self, path: str, within: Folder | None, *, system: bool) -> list[int]:
        directives = self.scan(path).directives
        found = ((each, self._search.find(each, path, within)) for each in directives)
        return [self._header(each, target, system) if target else NOWHERE for each, target in found]

    def _header(self, directive: Directive, found: Found, system: bool) -> int:
        """The number of a header that was included so by a file, of the system or not."""
        number = self._numbers.setdefault(found.path, len(self.nodes))
        if number == len(self.nodes):
            what, size, digest = self._texts.read(found.path)
            of_system = system if found.folder is None else found.folder.system
            node = Node(found.path, size, digest, what.guarded, of_system, found, directive)
            node.closure = 1 << number
            self.nodes.append(node)
        node = self.nodes[number]
        if not system and not node.entry:
            node.entry, node.found, node.directive = True, found, directive
        return number


def members(files: int) -> Iterator[int]:
    """The numbers of the files in a set, ascending."""
    base = 0
    while files:
        chunk = files & _WORD
        while chunk:
            low = chunk & -chunk
            yield base + low.bit_length() - 1
            chunk ^= low
        files >>= 64
        base += 64


_WORD: Final = (1 << 64) - 1
