"""From the places of one text to those of another that edits made of it, and back.

What is known of an earlier text holds for the present one where both are the same; this says where
that is. Must not know who edits, nor what a place is for.
"""

from __future__ import annotations

from typing import Final

from cppls.core.model import Position, Span
from cppls.core.text import Text


class PositionMap:
    """Two texts as one edit sees them: equal before it, equal behind it, different in between.

    Edits in several places count as one that reaches from the first to the last.
    """

    __slots__ = ("_before", "_behind", "_new", "_old")

    def __init__(self, old: Text, new: Text) -> None:
        self._old: Final = old
        self._new: Final = new
        shorter = min(len(old.data), len(new.data))
        before = _equal_head(old.data, new.data, shorter)
        behind = _equal_tail(old.data, new.data, shorter)
        overlap = before + behind - shorter
        if overlap > 0:
            # What was inserted or removed begins like what follows it, as lines do: whole ones.
            before = old.data.rfind(b"\n", max(before - overlap - 1, 0), before) + 1 or before
            behind = shorter - before
        self._before: Final = before
        self._behind: Final = behind

    def to_old(self, position: Position) -> Position | None:
        """Where a position of the new text was in the old one; ``None`` when what stands there, a
        name or else the character, is not what stood there."""
        offset = self._new.offset(position)
        name = self._new.identifier_at(position)
        if name is None:
            return self._position(self._new, self._old, offset, offset + 1)
        start = self._new.offset(Position(name.span.line, name.span.column))
        size = name.span.end_column - name.span.column
        found = self._position(self._new, self._old, start, start + size)
        return found and Position(found.line, found.column + offset - start)

    def to_new(self, span: Span) -> Span | None:
        """Where a token of the old text is in the new one; ``None`` when it was edited.

        A name that grew by what was written next to it is another one: ``set`` is not in ``setup``.
        """
        first = self._old.offset(Position(span.line, span.column))
        last = self._old.offset(Position(span.end_line, span.end_column))
        start = self._position(self._old, self._new, first, last)
        if start is None:
            return None
        end = self._new.position(self._new.offset(start) + last - first)
        return Span(start.line, start.column, end.line, end.column)

    def _position(self, of: Text, to: Text, first: int, last: int) -> Position | None:
        """The place in ``to`` of what is ``of.data[first:last]``, if the same name stands there."""
        if last <= self._before:
            found = to.position(first)
        elif first >= len(of.data) - self._behind:
            found = to.position(first + len(to.data) - len(of.data))
        else:
            return None
        here, there = of.identifier_at(of.position(first)), to.identifier_at(found)
        return found if (here and here.name) == (there and there.name) else None


def _equal_head(a: bytes, b: bytes, most: int) -> int:
    """How many bytes at the start are equal, ``most`` at the most."""
    equal = 0
    while equal < most:
        middle = (equal + most + 1) // 2
        if a[equal:middle] == b[equal:middle]:
            equal = middle
        else:
            most = middle - 1
    return equal


def _equal_tail(a: bytes, b: bytes, most: int) -> int:
    """The same at the end."""
    equal = 0
    while equal < most:
        middle = (equal + most + 1) // 2
        if a[len(a) - middle : len(a) - equal] == b[len(b) - middle : len(b) - equal]:
            equal = middle
        else:
            most = middle - 1
    return equal
