"""Where a project's shared preambles lie on disk, and that they stay within bounds.

A preamble is four files named by its key: the header, what was made of it, what a worker has to
know of it, and last a record of what the engine has to know. One without its record is not whole:
a build that was killed. Used by the process that writes the index, under its lock. Must not know
what a preamble is good for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterable
from typing import Final, TypeVar

import msgspec

from cppls.core.messages import PlannedPreamble

MOST_BYTES: Final = 1 << 30
"""Of one project's preambles, ..."""
FREE_PART: Final = 0.25
"""... and the part that they may have of what is free on the disk and of themselves."""

_RECORD: Final = ".record"
_PLAN: Final = "plan"
_VERSION: Final = 2


class Record(msgspec.Struct, frozen=True, array_like=True):
    """What the engine knows of a preamble that was built."""

    version: int
    claims: bytes
    """Of the headers that it adds to its parent, packed as in ``KnownFiles``."""
    size: int
    """Bytes on disk."""


class SavedPlan(msgspec.Struct, frozen=True, array_like=True):
    """A plan, for the next start."""

    version: int
    signature: bytes
    """Of the units and flags that it was made for."""
    preambles: list[PlannedPreamble]
    flags: list[list[int]]
    """For each preamble the flags' hashes of its own units."""


_Kept = TypeVar("_Kept", Record, SavedPlan)


class PreambleFolder:
    """The folder. Its methods touch the disk and are short, but for ``sweep``.

    What cannot be read is taken for absent; only ``prepare`` and ``keep`` raise ``OSError``.
    """

    def __init__(self, path: str) -> None:
        self.path: Final = path

    def prepare(self) -> None:
        """Make it, for this user alone."""
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        os.chmod(self.path, 0o700)

    def header(self, key: str) -> str:
        """The file that the preamble is made of."""
        return os.path.join(self.path, f"{key}.h")

    def output(self, key: str) -> str:
        """The precompiled header."""
        return os.path.join(self.path, f"{key}.pch")

    def keep(self, key: str, claims: bytes, size: int) -> None:
        """The preamble is whole, and what it holds is in the index."""
        self._write(f"{key}{_RECORD}", Record(_VERSION, claims, size))

    def record(self, key: str) -> Record | None:
        """What was kept of the preamble; ``None``: it is not there, or not whole."""
        found = self._read(f"{key}{_RECORD}", Record)
        return found if found is not None and os.path.exists(self.output(key)) else None

    def remove(self, keys: Iterable[str]) -> None:
        """Remove all files of these preambles, whole or not."""
        unwanted = set(keys)
        if unwanted:
            self._remove(name for name in self._names() if name.partition(".")[0] in unwanted)

    def sweep(self, keys: Iterable[str], making: Collection[str] = ()) -> dict[str, Record]:
        """Remove what belongs to no preamble of ``keys``, and what was left half made.

        ``making``: those that are being built. Returns the records of those that are whole.
        """
        found = {key: record for key in keys if (record := self.record(key)) is not None}
        self._remove(
            name
            for name in self._names()
            if (key := name.partition(".")[0]) not in found and key not in making and name != _PLAN
        )
        return found

    def save_plan(
        self, signature: bytes, preambles: list[PlannedPreamble], flags: list[list[int]]
    ) -> None:
        """Keep a plan; a disk that is full costs no more than to plan again."""
        with contextlib.suppress(OSError):
            self._write(_PLAN, SavedPlan(_VERSION, signature, preambles, flags))

    def saved_plan(self) -> SavedPlan | None:
        """The plan that was kept last; ``None``: there is none that makes sense."""
        found = self._read(_PLAN, SavedPlan)
        if found is None or len(found.flags) != len(found.preambles):
            return None
        ordered = all(-1 <= each.parent < n for n, each in enumerate(found.preambles))
        return found if ordered else None

    def limit(self, used: int) -> int:
        """Bytes that preambles may take in all, ``used`` of which they have."""
        try:
            free = shutil.disk_usage(self.path).free
        except OSError:
            return 0
        return min(MOST_BYTES, int((free + used) * FREE_PART))

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.path)
        except OSError:
            return []

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            with contextlib.suppress(OSError):
                os.remove(os.path.join(self.path, name))

    def _write(self, name: str, value: msgspec.Struct) -> None:
        target = os.path.join(self.path, name)
        try:
            with open(f"{target}.new", "wb") as file:
                file.write(msgspec.msgpack.encode(value))
            os.replace(f"{target}.new", target)
        except OSError:
            self._remove([f"{name}.new"])
            raise

    def _read(self, name: str, kind: type[_Kept]) -> _Kept | None:
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                found = msgspec.msgpack.decode(file.read(), type=kind)
        except (OSError, msgspec.DecodeError):
            return None
        return found if found.version == _VERSION else None
