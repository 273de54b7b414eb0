"""Semantic tokens as LSP wants them: one flat array of numbers, five for each token.

Lines and columns since the token before, length, type, modifiers. Pure functions over such arrays.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from cppls.core.live_painting import TOKEN_TYPES
from cppls.core.model import Position
from cppls.core.text import Encoding, Text

_NEAREST: Final[Mapping[str, tuple[str, ...]]] = {
    "interface": ("class", "type"),
    "concept": ("type",),
    "typeParameter": ("type",),
    "class": ("type",),
    "enum": ("type",),
    "enumMember": ("variable",),
    "property": ("variable",),
    "parameter": ("variable",),
    "method": ("function",),
}
"""What a type is shown as to a client that does not know it; what is not here is left out."""


def known_types(client: frozenset[str] | None) -> list[int] | None:
    """For each of ``TOKEN_TYPES`` the index of the one to send, -1 for none; ``None`` when the
    client knows all, or does not say what it knows."""
    if client is None or client.issuperset(TOKEN_TYPES):
        return None
    return [_known(kind, name, client) for kind, name in enumerate(TOKEN_TYPES)]


def _known(kind: int, name: str, client: frozenset[str]) -> int:
    if name in client:
        return kind
    near = next((near for near in _NEAREST.get(name, ()) if near in client), "")
    return TOKEN_TYPES.index(near) if near in TOKEN_TYPES else -1


def in_characters(numbers: array[int], text: Text, encoding: Encoding) -> array[int]:
    """``numbers``, whose columns and lengths count bytes, as the client counts."""
    if encoding == "utf-8" or text.data.isascii():
        return numbers
    result = array("I", numbers)
    line = column = shown = 0
    is_ascii = True
    for at in range(0, len(numbers), 5):
        if numbers[at] or at == 0:
            line, column, shown = line + numbers[at], 0, 0
            is_ascii = text.line(line).isascii()
        column += numbers[at + 1]
        if is_ascii:
            continue
        start = text.to_character(Position(line, column), encoding)
        end = text.to_character(Position(line, column + numbers[at + 2]), encoding)
        result[at + 1], result[at + 2] = start - shown, end - start
        shown = start
    return result


def with_types(numbers: array[int], types: list[int]) -> array[int]:
    """``numbers`` with other types, tokens of none left out."""
    kept = array("I")
    down = right = 0
    for at in range(0, len(numbers), 5):
        down, right = (
            down + numbers[at],
            numbers[at + 1] if numbers[at] else right + numbers[at + 1],
        )
        kind = types[numbers[at + 3]]
        if kind >= 0:
            kept.extend((down, right, numbers[at + 2], kind, numbers[at + 4]))
            down = right = 0
    return kept


def in_lines(numbers: array[int], first: int, last: int) -> array[int]:
    """The tokens of the lines ``first`` to ``last``, both included."""
    lines = list(accumulate(numbers[0::5]))
    start, end = bisect_left(lines, first), bisect_left(lines, last + 1)
    part = numbers[5 * start : 5 * end]
    if part:
        # Relative to the start of the text, and to the line's start if it was to a token there.
        part[1] = _column(numbers, start)
        part[0] = lines[start]
    return part


def _column(numbers: array[int], token: int) -> int:
    column = numbers[5 * token + 1]
    while token > 0 and numbers[5 * token] == 0:
        token -= 1
        column += numbers[5 * token + 1]
    return column


def difference(old: array[int], new: array[int]) -> tuple[int, int, array[int]] | None:
    """The one edit that makes ``new`` of ``old``: where it starts, how many numbers it removes,
    what it puts there; ``None`` when they are equal."""
    if old == new:
        return None
    most = min(len(old), len(new)) // 5
    start = 5 * _common(old, new, most, tail=False)
    rest = min(len(old), len(new)) - start
    end = 5 * _common(old, new, rest // 5, tail=True)
    return start, len(old) - start - end, new[start : len(new) - end]


def _common(old: array[int], new: array[int], most: int, *, tail: bool) -> int:
    """How many tokens both begin (or end) with, at most ``most``."""
    low, high = 0, most
    while low < high:
        size = (low + high + 1) // 2
        same = (
            old[len(old) - 5 * size :] == new[len(new) - 5 * size :]
            if tail
            else old[: 5 * size] == new[: 5 * size]
        )
        low, high = (size, high) if same else (low, size - 1)
    return low
