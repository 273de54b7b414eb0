"""The text of a document: bytes, lines, positions in the client's units, and edits.

A line ends at ``\\n``, ``\\r\\n`` or ``\\r``, as the LSP says, and nowhere else: a form feed or
U+2028 is an ordinary character. Below the doors a column counts UTF-8 bytes; here alone it is
turned into the units a client counts in, and back. Must not know of files, URIs or LSP types.

Bytes that are not UTF-8 are kept as they are; each counts as one character for a client.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate, chain
from typing import Final, Literal, NamedTuple, TypeAlias

from cppls.core.model import Position, Span

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
"""What a client counts in: bytes, 16-bit units, or code points."""

_LINE_ENDS: Final = (b"\n", b"\r")
_WORD: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$" + bytes(range(0x80, 0x100))
)
_BEFORE_DESTRUCTOR: Final = re.compile(rb"(?:^|[]:.;{}]|->|\b(?:virtual|inline|constexpr))$")
"""What may stand before ``~Name(`` for it to be a destructor's name rather than a complement."""
_REACH: Final = 64
"""Bytes looked at on either side of an identifier; a line may have ten million."""


class Change(NamedTuple):
    """One incremental change: replace a range, counted in the client's units, by ``text``.

    Lines and characters are 0-based, the end is exclusive, as LSP gives them.
    """

    line: int
    character: int
    end_line: int
    end_character: int
    text: str


class Identifier(NamedTuple):
    """An identifier as written, ``~Name`` for a destructor, and where."""

    name: str
    span: Span


class Text:
    """An immutable text. Every position out of range is clamped to the nearest that exists."""

    __slots__ = ("_starts", "data")

    data: bytes

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._starts: array[int] | None = None

    @classmethod
    def of(cls, text: str) -> Text:
        """The text a client sent. A lone surrogate, which no file can hold, becomes ``?``."""
        return cls(text.encode("utf-8", "replace"))

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, Text) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    @property
    def line_count(self) -> int:
        """At least 1; text that ends with a line end has an empty last line."""
        return len(self._index())

    @property
    def end(self) -> Position:
        """The position behind the last character."""
        return self.position(len(self.data))

    def line(self, number: int) -> bytes:
        """Line ``number`` without its end; empty when there is no such line."""
        if not 0 <= number < self.line_count:
            return b""
        start, end = self._bounds(number)
        return self.data[start:end]

    def slice(self, span: Span) -> bytes:
        """The bytes of ``span``."""
        start = self.offset(Position(span.line, span.column))
        return self.data[start : self.offset(Position(span.end_line, span.end_column))]

    def offset(self, position: Position) -> int:
        """The byte offset of ``position``."""
        line = min(position.line, self.line_count - 1)
        if line < 0:
            return 0
        start, end = self._bounds(line)
        if line < position.line:
            return end
        return min(start + max(position.column, 0), end)

    def position(self, offset: int) -> Position:
        """The position of a byte offset; one inside ``\\r\\n`` is the end of that line."""
        offset = max(0, min(offset, len(self.data)))
        line = bisect_right(self._index(), offset) - 1
        start, end = self._bounds(line)
        return Position(line, min(offset, end) - start)

    def to_position(self, line: int, character: int, encoding: Encoding) -> Position:
        """A client's position in our units.

        Past the end of a line means its end; inside a character (a surrogate pair, or a UTF-8
        sequence) its start; past the last line the end of the text.
        """
        if line < 0:
            return Position(0, 0)
        if line >= self.line_count:
            return self.end
        start, end = self._bounds(line)
        return Position(line, _to_column(self.data, start, end, character, encoding))

    def to_character(self, position: Position, encoding: Encoding) -> int:
        """The client's ``character`` of a position; clamped as :meth:`to_position` does."""
        if not 0 <= position.line < self.line_count:
            return 0 if position.line < 0 else self.to_character(self.end, encoding)
        start, end = self._bounds(position.line)
        return _to_character(self.data, start, min(end, start + max(position.column, 0)), encoding)

    def apply(self, changes: Iterable[Change], encoding: Encoding) -> Text:
        """The text after ``changes``, each of which sees what the ones before it left.

        A change whose end lies before its start is taken the other way round. The cost is one
        copy of the text whatever the number of changes, and the lines that they touch.
        """
        lines = _lines(self.data)
        for change in changes:
            _splice(lines, change, encoding)
        changed = Text(b"".join(lines))
        changed._starts = _starts(lines)
        return changed

    def identifier_at(self, position: Position) -> Identifier | None:
        """The identifier at ``position`` or ending there; ``None`` on anything else.

        ``$`` and every non-ASCII byte count as letters, as compilers take them. A keyword or a
        word in a comment is an identifier here: this looks at characters only.
        """
        line = min(max(position.line, 0), self.line_count - 1)
        line_start, line_end = self._bounds(line)
        data = self.data
        start = end = min(line_start + max(position.column, 0), line_end)
        while start > line_start and data[start - 1] in _WORD:
            start -= 1
        while end < line_end and data[end] in _WORD:
            end += 1
        if start == end or data[start : start + 1].isdigit():
            return None
        if _is_destructor(data[max(line_start, start - _REACH) : start], data[end : end + _REACH]):
            start -= 1
        name = data[start:end].decode("utf-8", "replace")
        return Identifier(name, Span(line, start - line_start, line, end - line_start))

    def _index(self) -> array[int]:
        """The byte offset at which each line starts."""
        if self._starts is None:
            self._starts = _starts(_lines(self.data))
        return self._starts

    def _bounds(self, line: int) -> tuple[int, int]:
        """Byte offsets of a line that exists, its end left out."""
        starts, data = self._index(), self.data
        start = starts[line]
        if line + 1 == len(starts):
            return start, len(data)
        end = starts[line + 1] - 1
        if end > start and data[end] == 0x0A and data[end - 1] == 0x0D:
            end -= 1
        return start, end


def _lines(data: bytes) -> list[bytes]:
    """The lines with their ends; the last one has no end and may be empty.

    ``bytes.splitlines`` knows just the three line ends of the LSP, unlike ``str.splitlines``.
    """
    lines = data.splitlines(keepends=True)
    if not lines or lines[-1].endswith(_LINE_ENDS):
        lines.append(b"")
    return lines


def _starts(lines: list[bytes]) -> array[int]:
    """The byte offset of each of the lines that :func:`_lines` gave."""
    return array("Q", chain((0,), accumulate(map(len, lines[:-1]))))


def _splice(lines: list[bytes], change: Change, encoding: Encoding) -> None:
    start = _place(lines, change.line, change.character, encoding)
    end = _place(lines, change.end_line, change.end_character, encoding)
    (first, column), (last, end_column) = min(start, end), max(start, end)
    new = lines[first][:column] + change.text.encode("utf-8", "replace")
    if first and new.startswith(b"\n") and lines[first - 1].endswith(b"\r"):
        # What was a line end of its own becomes the first half of "\r\n".
        first -= 1
        new = lines[first] + new
    new += lines[last][end_column:]
    # A line that is not the last one keeps its end, behind which _lines() sees an empty line.
    replacement = _lines(new) if last == len(lines) - 1 else _lines(new)[:-1]
    lines[first : last + 1] = replacement


def _place(lines: list[bytes], line: int, character: int, encoding: Encoding) -> tuple[int, int]:
    """(line, byte column) of a client's position."""
    if line < 0:
        return 0, 0
    if line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    text = lines[line]
    return line, _to_column(text, 0, len(text.rstrip(b"\r\n")), character, encoding)


def _to_column(data: bytes, start: int, end: int, character: int, encoding: Encoding) -> int:
    """Bytes from ``start`` to the ``character``-th unit of the line ``data[start:end]``."""
    character = max(character, 0)
    head = data[start : min(start + character, end)]
    if head.isascii():
        return len(head)
    if encoding == "utf-8":
        return _round_down(data, start, start + len(head), end) - start
    # A unit takes at most four bytes; the line may go on for millions.
    text = data[start : min(start + 4 * character, end)].decode("utf-8", "surrogateescape")
    if encoding == "utf-32":
        text = text[:character]
    else:
        units = text.encode("utf-16-le", "surrogatepass")[: 2 * character]
        text = units.decode("utf-16-le", "surrogatepass")
        if "\ud800" <= text[-1:] <= "\udbff":
            text = text[:-1]
    return len(text.encode("utf-8", "surrogateescape"))


def _to_character(data: bytes, start: int, end: int, encoding: Encoding) -> int:
    """Units of ``data[start:end]``, where ``end`` may lie inside a character."""
    head = data[start:end]
    if head.isascii():
        return len(head)
    end = _round_down(data, start, end, len(data))
    if encoding == "utf-8":
        return end - start
    text = data[start:end].decode("utf-8", "surrogateescape")
    if encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _round_down(data: bytes, start: int, offset: int, end: int) -> int:
    """``offset``, or the start of the UTF-8 sequence that it lies inside of."""
    for lead in range(offset - 1, max(start, offset - 3) - 1, -1):
        if data[lead] & 0xC0 != 0x80:
            try:
                data[lead : min(lead + _sequence(data[lead]), end)].decode()
            except UnicodeDecodeError:
                return offset
            return lead if lead + _sequence(data[lead]) > offset else offset
    return offset


def _sequence(lead: int) -> int:
    """Length in bytes of the UTF-8 sequence that ``lead`` starts."""
    return 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


def _is_destructor(before: bytes, after: bytes) -> bool:
    """Whether ``~`` belongs to the name between these: ``x.~T()`` yes, ``return ~f()`` no."""
    if not before.endswith(b"~") or not after.lstrip().startswith(b"("):
        return False
    return _BEFORE_DESTRUCTOR.search(before[:-1].rstrip()) is not None
