"""Where a compiler looks for headers: the folders of a command line, and a name resolved in them.

Follows clang's order (``clang -cc1``'s header search): the including file's folder for quoted
names, then ``-iquote``, ``-I``, ``-isystem`` and ``-idirafter``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cppls.preambles.scan import Directive


class Folder(NamedTuple):
    """A folder to search; ``rank`` is its place in ``_KINDS``, 0 for quoted names only."""

    rank: int
    path: str

    @property
    def system(self) -> bool:
        """Whether headers found there are system headers."""
        return self.rank >= _SYSTEM


class CommandLine(NamedTuple):
    """Arguments taken apart: the folders in search order, and all the rest."""

    folders: tuple[Folder, ...]
    rest: tuple[str, ...]


class Found(NamedTuple):
    """A resolved name: its real path, and the folder that had it; ``None``: the includer's own."""

    path: str
    folder: Folder | None


def take_apart(arguments: Sequence[str], directory: str) -> CommandLine:
    """Split libclang's arguments; relative folders are those of ``directory``."""
    folders: list[Folder] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        kind = next((kind for kind in _KINDS if argument.startswith(kind)), None)
        if kind is None:
            rest.append(argument)
            continue
        path = argument[len(kind) :] or next(remaining, "")
        folders.append(Folder(_KINDS.index(kind), os.path.normpath(os.path.join(directory, path))))
    folders.sort(key=lambda folder: folder.rank)  # Sorting keeps the order of those alike.
    return CommandLine(tuple(folders), tuple(rest))


def arguments_of(folders: Iterable[Folder], rest: Sequence[str]) -> list[str]:
    """The other way round."""
    out = list(rest)
    for folder in folders:
        kind = _KINDS[folder.rank]
        out += [f"{kind}{folder.path}"] if kind == "-I" else [kind, folder.path]
    return out


def common(lines: Sequence[CommandLine]) -> tuple[Folder, ...]:
    """The folders that all have, in the order of the first."""
    shared = set(lines[0].folders).intersection(*(line.folders for line in lines[1:]))
    return tuple(folder for folder in lines[0].folders if folder in shared)


class Disk:
    """What lies in which folder, listed once. Not told of changes: make a new one for each plan."""

    def __init__(self) -> None:
        self._listings: dict[str, frozenset[str]] = {}
        self._real: dict[str, str] = {}

    def holds(self, folder: str, name: str) -> bool:
        """Whether ``folder`` has a file (or folder) ``name``, which may name sub-folders."""
        path = os.path.normpath(os.path.join(folder, name))
        parent, base = os.path.split(path)
        listing = self._listings.get(parent)
        if listing is None:
            try:
                listing = frozenset(os.listdir(parent))
            except (OSError, ValueError):
                listing = frozenset[str]()
            self._listings[parent] = listing
        return base in listing

    def real(self, path: str) -> str:
        """The real path, remembered."""
        known = self._real.get(path)
        if known is None:
            known = self._real[path] = os.path.realpath(path)
        return known


class Search:
    """Resolves names as one command line does."""

    def __init__(self, folders: Sequence[Folder], disk: Disk) -> None:
        self.folders: Final = tuple(folders)
        self._disk = disk
        self._answers: dict[tuple[str, bool, Folder | None], Found | None] = {}

    def find(self, directive: Directive, includer: str, within: Folder | None) -> Found | None:
        """What ``directive`` in the file ``includer`` leads to; ``within``: where that was found,
        from which ``#include_next`` goes on."""
        spelled, angled, is_next = directive
        if not angled and not is_next:
            folder = os.path.dirname(includer)
            if self._disk.holds(folder, spelled):
                return Found(self._disk.real(os.path.join(folder, spelled)), None)
        key = (spelled, angled, within if is_next else None)
        if key not in self._answers:
            self._answers[key] = self._look(spelled, angled, key[2])
        return self._answers[key]

    def _look(self, spelled: str, angled: bool, after: Folder | None) -> Found | None:
        folders = self.folders
        if after in folders:
            folders = folders[folders.index(after) + 1 :]
        for folder in folders:
            if (folder.rank or not angled) and self._disk.holds(folder.path, spelled):
                return Found(self._disk.real(os.path.join(folder.path, spelled)), folder)
        return None


_KINDS: Final = ("-iquote", "-I", "-isystem", "-idirafter")
_SYSTEM: Final = _KINDS.index("-isystem")
