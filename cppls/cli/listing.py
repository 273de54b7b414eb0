"""Places as lines of text and as JSON: 1-based, names relative to where the user stands.

Reads the sources it quotes, one file at a time; knows no index.
"""

from __future__ import annotations

import functools
from typing import Final

from cppls.cli.output import Json, shown
from cppls.core.model import Location, Role
from cppls.core.text import Text

QUOTED: Final = 160
"""Characters of a source line at the most."""


class Listing:
    """Renders places of the project at ``root``; keeps the one file it quoted last."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._path = ""
        self._text: Text | None = None

    def name(self, path: str) -> str:
        """``path`` as a user wants to read it."""
        return shown(path)

    def where(self, at: Location) -> str:
        """``file:line:column``."""
        return f"{self.name(at.path)}:{at.span.line + 1}:{at.span.column + 1}"

    def line(self, at: Location, note: str) -> str:
        """``file:line:column: the source line  [note]``, as compilers and grep print places."""
        quoted = self._quote(at)
        return f"{self.where(at)}: {quoted}  [{note}]" if quoted else f"{self.where(at)}: [{note}]"

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
        if at.path != self._path:
            self._path = at.path
            try:
                with open(at.path, "rb") as file:
                    self._text = Text(file.read())
            except OSError:
                self._text = None
        if self._text is None or at.span.line >= self._text.line_count:
            return ""
        return self._text.line(at.span.line).decode("utf-8", "replace").strip()[:QUOTED]


@functools.cache  # a project has a dozen combinations, an answer thousands of places
def role_names(roles: Role) -> tuple[str, ...]:
    """``("call", "dynamic")``; of a definition just that, for each is a declaration too."""
    if roles & Role.DEFINITION:
        roles &= ~Role.DECLARATION
    if roles & ~Role.REFERENCE:
        roles &= ~Role.REFERENCE
    return tuple(role.name.lower().replace("_", "-") for role in Role if role & roles and role.name)
