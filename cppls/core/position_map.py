"""From the places of one text to those of another that edits made of it, and back.

What is known of an earlier text holds for the present one where both are the same; this says where
that is. Must not know who edits, nor what a place is for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple

from cppls.core.model import Position, Span
from cppls.core.text import Text


class PositionMap:
    """Two texts as edits see them: equal before the first, equal behind the last, and in between
    whole lines that are found again in the same order."""

    __slots__ = ("_before", "_behind", "_new", "_old", "_runs")

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
        self._runs: list[_Run] | None = None

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
            there = self._between(first, last, backwards=of is self._new)
            if there is None:
                return None
            found = to.position(there)
        here, there = of.identifier_at(of.position(first)), to.identifier_at(found)
        return found if (here and here.name) == (there and there.name) else None

    def _between(self, first: int, last: int, *, backwards: bool) -> int | None:
        """Where ``[first, last)`` begins in the other text, when it lies between two edits."""
        if self._runs is None:
            old = self._old.data[self._before : len(self._old.data) - self._behind]
            new = self._new.data[self._before : len(self._new.data) - self._behind]
            self._runs = list(_equal_lines(old, new, self._before))
        side, other = (1, 0) if backwards else (0, 1)
        place = bisect_right(self._runs, first, key=itemgetter(side)) - 1
        if place < 0 or last > self._runs[place][side] + self._runs[place].size:
            return None
        return self._runs[place][other] + first - self._runs[place][side]


class _Run(NamedTuple):
    """Bytes that are equal in both texts, from these offsets on."""

    old: int
    new: int
    size: int


def _equal_lines(old: bytes, new: bytes, offset: int) -> Iterator[_Run]:
    """Runs of lines of ``old`` that are in ``new``, both of which begin at ``offset``.

    A line that stands once in each is the same line, as far as the order allows; lines beside such
    a line that equal each other are, too (patience diff).
    """
    if not old or not new:
        return
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = list(accumulate(map(len, before), initial=offset))
    new_starts = list(accumulate(map(len, after), initial=offset))
    done = (0, 0)
    for line, new_line in _in_order(_once_in_both(before, after)):
        if line < done[0]:
            continue
        first, new_first = line, new_line
        while first > done[0] and new_first > done[1] and before[first - 1] == after[new_first - 1]:
            first, new_first = first - 1, new_first - 1
        end, new_end = line, new_line
        while end < len(before) and new_end < len(after) and before[end] == after[new_end]:
            end, new_end = end + 1, new_end + 1
        yield _Run(starts[first], new_starts[new_first], starts[end] - starts[first])
        done = end, new_end


def _once_in_both(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """The numbers in both of each line that stands once in each."""
    once = {line for line, count in Counter(old).items() if count == 1}
    once &= {line for line, count in Counter(new).items() if count == 1}
    numbers = {line: number for number, line in enumerate(new) if line in once}
    return [(number, numbers[line]) for number, line in enumerate(old) if line in once]


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of ``pairs``, ascending in the first number, that ascend in the second as well."""
    ends: list[int] = []  # The smallest second number that so many pairs in order can end with.
    chosen: list[int] = []
    earlier: list[int] = []
    for place, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        earlier.append(chosen[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        chosen[length : length + 1] = [place]
    found: list[tuple[int, int]] = []
    place = chosen[-1] if chosen else -1
    while place >= 0:
        found.append(pairs[place])
        place = earlier[place]
    return found[::-1]


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
