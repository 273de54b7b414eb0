"""Places as lines of text and as JSON: 1-based, names relative to where the user stands.

Reads the sources it quotes, one file at a time; knows no index.
"""

from __future__ import annotations

import functools
from typing import Final

from cppls.cli.output import Json, shown
from cppls.core.files import read_file
from cppls.core.model import Location, Role

QUOTED: Final = 160
"""Characters of a source line at the most."""


class Listing:
    """Renders places of the project at ``root``; keeps the one file it rendered last."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._path = ""
        self._name = ""
        self._lines: list[bytes] | None = None

    def name(self, path: str) -> str:
        """``path`` as a user wants to read it."""
        if path != self._path:
            self._path, self._name, self._lines = path, shown(path), None
        return self._name

    def where(self, at: Location) -> str:
        """``file:line:column``."""
        return f"{self.name(at.path)}:{at.span.line + 1}:{at.span.column + 1}"

    def line(self, at: Location, note: str) -> str:
        """``file:line:column: the source line  [note]``, as compilers and grep print places."""
        where, quoted = self.where(at), self._quote(at)
        return f"{where}: {quoted}  [{note}]" if quoted else f"{where}: [{note}]"

    def place(self, at: Location) -> Json:
        """The keys that every place has in JSON; the end is exclusive."""
        span = at.span
        return {
            "path": at.path,
            "line": span.line + 1,
            "column": span.column + 1,
            "end_line": span.end_line + 1,
            "end_column": span.end_column + 1,
        }

    def _quote(self, at: Location) -> str:
        if self._lines is None:
            self._lines = _lines_of(at.path)
        if at.span.line >= len(self._lines):
            return ""
        return self._lines[at.span.line].decode("utf-8", "replace").strip()[:QUOTED]


def _lines_of(path: str) -> list[bytes]:
    try:
        # The line ends of ``bytes`` are those of ``core/text.py``.
        return read_file(path).splitlines()
    except OSError:
        return []


@functools.cache  # a project has a dozen combinations, an answer thousands of places
def role_names(roles: Role) -> tuple[str, ...]:
    """``("call", "dynamic")``; of a definition just that, for each is a declaration too."""
    if roles & Role.DEFINITION:
        roles &= ~Role.DECLARATION
    if roles & ~Role.REFERENCE:
        roles &= ~Role.REFERENCE
    return tuple(role.name.lower().replace("_", "-") for role in Role if role & roles and role.name)
