"""The packed form of a posting: where one symbol occurs in one file.

A blob is a run of spots ordered by position. A spot is five unsigned LEB128 numbers:

====================  =========================================================================
line delta            lines since the previous spot (since line 0 for the first)
column                0-based byte column; since the previous spot's column on the same line
length                bytes of the token
roles                 a ``model.Role`` bit set
container             1-based position in the file's container table, 0 for none
====================  =========================================================================

The C library writes it (``native/spots.c``) and nothing else does but tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class PackedSpot(NamedTuple):
    """One spot; 0-based line and byte column, byte length, ``Role`` bits, container position."""

    line: int
    column: int
    length: int
    roles: int
    container: int


def pack(spots: Iterable[PackedSpot]) -> bytes:
    """Pack spots that are ordered by position."""
    out = bytearray()
    last_line = last_column = 0
    for spot in spots:
        delta = spot.line - last_line
        column = spot.column - last_column if delta == 0 else spot.column
        for number in (delta, column, spot.length, spot.roles, spot.container):
            while number > 0x7F:
                out.append(number & 0x7F | 0x80)
                number >>= 7
            out.append(number)
        last_line, last_column = spot.line, spot.column
    return bytes(out)


def unpack(blob: bytes) -> Iterator[PackedSpot]:
    """The spots of a blob. Raises ``ValueError`` when it ends in the middle of a spot."""
    line = column = 0
    numbers = _numbers(blob)
    for delta in numbers:
        try:
            step, length, roles, container = (
                next(numbers),
                next(numbers),
                next(numbers),
                next(numbers),
            )
        except StopIteration:
            raise ValueError("a posting ends in the middle of a spot") from None
        line += delta
        column = column + step if delta == 0 else step
        yield PackedSpot(line, column, length, roles, container)


def _numbers(blob: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in blob:
        if byte < 0x80:
            yield value | byte << shift
            value = shift = 0
        else:
            value |= (byte & 0x7F) << shift
            shift += 7
    if shift:
        raise ValueError("a posting ends in the middle of a number")
