"""``textDocument/documentHighlight``: the other uses, in this file, of what the cursor names."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cppls.core.model import Position, Reference, Role, Span
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.cursor import resolve
from cppls.features.references import occurrences
from cppls.features.snapshot import Snapshot


class HighlightKind(enum.Enum):
    """What an occurrence does with the symbol."""

    TEXT = "text"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Highlight:
    """An occurrence in the asked file."""

    span: Span
    kind: HighlightKind


async def highlights(snapshot: Snapshot, path: str, position: Position) -> Answer[Highlight]:
    """Every occurrence in ``path`` of what the token names, in order."""
    cursor = await resolve(snapshot, path, position)
    ids = [target.symbol.id for target in cursor.targets]
    found = await occurrences(snapshot, cursor.live, path, ids) if ids else []
    items = [Highlight(reference.span, _kind(reference)) for reference in found]
    if items:
        return Answer(items, token=cursor.token)
    absence = cursor.absence or Absence(Reason.NO_RESULT, "nothing here has other uses")
    return Answer(token=cursor.token, absence=absence)


def _kind(reference: Reference) -> HighlightKind:
    if reference.roles & Role.WRITE:
        return HighlightKind.WRITE
    if reference.roles & Role.READ:
        return HighlightKind.READ
    return HighlightKind.TEXT
