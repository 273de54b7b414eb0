"""What the project floor hands to the others: commands, problems, changes, explanations.

Plain frozen values. This module must not know where they come from.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """Something a user should know about a file, and what to do about it."""

    path: str
    message: str
    hint: str


class Dropped(msgspec.Struct, frozen=True, array_like=True):
    """A flag that libclang does not get, and why."""

    flag: str
    reason: str


class Command(msgspec.Struct, frozen=True):
    """How one file is compiled, ready for libclang.

    ``arguments`` hold no driver, no input and no output; relative paths in them are relative to
    ``directory``. ``source`` tells a reader where they come from: ``"compile_commands.json"``,
    ``"compile_flags.txt"``, ``"guessed"`` or ``"as foo.cpp"``. ``flags_hash`` is a signed 64-bit
    hash of directory and arguments, the same in every run.
    """

    path: str
    directory: str
    arguments: tuple[str, ...]
    source: str
    flags_hash: int

    @property
    def fallback(self) -> tuple[str, ...]:
        """Fewer arguments, for when nothing parses with all: language, macros, include folders."""
        return _essential(self.arguments)


class UnitGroup(msgspec.Struct, frozen=True):
    """Translation units (real paths) that are compiled alike; the rest as in :class:`Command`."""

    directory: str
    arguments: tuple[str, ...]
    flags_hash: int
    units: list[str]


class Changes(msgspec.Struct, frozen=True):
    """Translation units (real paths) that differ since the project was last read."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Those with other flags than before."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Folders(msgspec.Struct, frozen=True):
    """Where things are, or may appear, that matter to a project; folders that need not exist."""

    description: tuple[str, ...]
    """Of files that say how the project is compiled."""
    above: tuple[str, ...]
    """Above the root, where such a file could appear."""
    sources: tuple[str, ...]
    """Of translation units, those that are not on disk too, and of links on the way to them."""
    searched: tuple[str, ...]
    """Searched for sources, where nothing says how the project is compiled."""
    includes: tuple[str, ...]
    """Searched for headers, but for the system's."""
    system: tuple[str, ...]
    """Of the toolchains' own headers."""


class Toolchain(msgspec.Struct, frozen=True):
    """What a compiler says of itself, or what was found in its stead.

    ``driver`` is the compiler as the project names it, ``note`` says for a reader which program
    was asked, or why none was. ``includes`` are the system include folders in search order;
    ``target`` is empty when unknown.
    """

    driver: str
    asked: bool
    note: str
    target: str
    includes: tuple[str, ...]
    hint: str = ""
    """What a user can do to get a better answer; empty when there is nothing."""


class Explanation(msgspec.Struct, frozen=True):
    """Why a file gets the flags it gets, for ``cppls doctor``."""

    command: Command
    language: str
    toolchain: Toolchain
    dropped: tuple[Dropped, ...]
    donor: str
    """The file whose flags these are, when the file has none of its own; else empty."""


def flags_hash(directory: str, arguments: Sequence[str]) -> int:
    """A signed 64-bit hash (BLAKE2b) of a command, stable across runs and machines."""
    text = "\0".join((directory, *arguments))
    digest = hashlib.blake2b(os.fsencode(text), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


_PAIRED = frozenset({"-x", "-isystem", "-iquote", "-idirafter", "-isysroot"})
_ALONE = ("-I", "-D", "-U", "-std=", "--sysroot=", "-nostdinc", "--cuda-host-only", "-nocuda")


def _essential(arguments: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument in _PAIRED:
            kept += (argument, next(rest, ""))
        elif argument.startswith(_ALONE):
            kept.append(argument)
    return tuple(kept)
