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

from collections.abc import Iterable
from typing import Final, NamedTuple


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


def unpack(blob: bytes) -> list[PackedSpot]:
    """The spots of a blob. Raises ``ValueError`` when it ends in the middle of a spot."""
    # Most blobs hold no number above 127, and then the bytes are the numbers.
    numbers = blob if blob.isascii() else _numbers(blob)
    if len(numbers) % 5:
        raise ValueError("a posting ends in the middle of a spot")
    spots: list[PackedSpot] = []
    line = column = 0
    rest = iter(numbers)
    for delta, step, length, roles, container in zip(rest, rest, rest, rest, rest, strict=True):
        line += delta
        column = step if delta else column + step
        spots.append(PackedSpot(line, column, length, roles, container))
    return spots


def count(blob: bytes) -> int:
    """How many spots a blob holds, or several blobs one behind the other."""
    return len(blob.translate(None, _CONTINUATION_BYTES)) // 5


_CONTINUATION_BYTES: Final = bytes(range(0x80, 0x100))


def _numbers(blob: bytes) -> list[int]:
    numbers: list[int] = []
    value = shift = 0
    for byte in blob:
        if byte < 0x80:
            numbers.append(value | byte << shift)
            value = shift = 0
        else:
            value |= (byte & 0x7F) << shift
            shift += 7
    if shift:
        raise ValueError("a posting ends in the middle of a number")
    return numbers
