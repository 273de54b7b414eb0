"""The compact table of translation units: path and flag group of each.

A flag group is a folder and the tokens of a command without its own input and outputs. Tokens
are kept once in a pool and groups as numbers, 4 bytes a token, so that even a project where
every file has flags of its own (the Linux kernel) costs some hundred bytes a file.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

Stamp: TypeAlias = "tuple[int, int, int] | None"
"""Modification time (ns), size and inode of a file; ``None`` when there is none."""


def stamp(path: str) -> Stamp:
    """What tells whether a file was written since."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class Group(NamedTuple):
    """What files compiled alike share. ``tokens[0]`` is the driver where there is one."""

    directory: str
    tokens: tuple[str, ...]


class Entries:
    """Immutable once built; entry numbers are in the order of the database."""

    def __init__(
        self,
        paths: list[str],
        numbers: array[int],
        pool: list[str],
        flat: array[int],
        starts: array[int],
        places: Mapping[str, str],
    ) -> None:
        self.places = places
        """Real path of each folder, and of each link to a file, as the entries spell it."""
        self._paths = paths
        self._groups = numbers
        self._pool = pool
        self._flat = flat
        self._starts = starts
        self._first: dict[str, int] = {}
        self._further: dict[str, list[int]] = {}
        for number, path in enumerate(paths):
            if self._first.setdefault(path, number) != number:
                self._further.setdefault(path, []).append(number)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: str) -> bool:
        return path in self._first

    def paths(self) -> Sequence[str]:
        """The distinct paths, in the order of the database."""
        return tuple(self._first)

    def groups_of(self, path: str) -> list[int]:
        """The flag groups of a file, one for each of its entries; empty for an unknown file."""
        first = self._first.get(path)
        if first is None:
            return []
        return [self._groups[n] for n in (first, *self._further.get(path, ()))]

    def group(self, number: int) -> Group:
        """A flag group by number."""
        start, end = self._starts[number], self._starts[number + 1]
        directory, *tokens = (self._pool[token] for token in self._flat[start:end])
        return Group(directory, tuple(tokens))

    def group_count(self) -> int:
        """How many different flag groups there are."""
        return len(self._starts) - 1

    def signature(self, path: str) -> tuple[Group, ...]:
        """What is compared to tell whether a file's flags changed between two databases."""
        return tuple(self.group(number) for number in self.groups_of(path))

    def distinct(self) -> Iterator[tuple[str, int]]:
        """Each path with the group of its first entry."""
        return ((path, self._groups[number]) for path, number in self._first.items())


class EntriesBuilder:
    """Collects entries; resolves their paths with one look at each folder."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._groups = array("I")
        self._pool: dict[str, int] = {}
        self._flat = array("I")
        self._starts = array("I", [0])
        self._known: dict[bytes, int] = {}
        self._places: dict[str, str] = {}

    def add(self, path: str, directory: str, tokens: Sequence[str]) -> None:
        """Add an entry; ``path`` and ``directory`` are absolute and normalised."""
        text = "\0".join((directory, *tokens)).encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(text, digest_size=16).digest()
        group = self._known.setdefault(key, len(self._starts) - 1)
        if group == len(self._starts) - 1:
            pool = self._pool
            self._flat.extend(pool.setdefault(t, len(pool)) for t in (directory, *tokens))
            self._starts.append(len(self._flat))
        self._paths.append(self._real(path))
        self._groups.append(group)

    def finish(self) -> Entries:
        """The table; the builder must not be used again."""
        return Entries(
            self._paths, self._groups, list(self._pool), self._flat, self._starts, self._places
        )

    def _real(self, path: str) -> str:
        """``os.path.realpath``, with the folder's part of it remembered."""
        folder, name = os.path.split(path)
        real = self._places.get(folder)
        if real is None:
            real = self._places[folder] = os.path.realpath(folder)
        candidate = os.path.join(real, name)
        if os.path.islink(candidate):
            candidate = self._places[path] = os.path.realpath(candidate)
        return candidate
