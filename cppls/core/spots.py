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

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
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


class Columns(NamedTuple):
    """The spots of a blob by field, each in the order of the spots: see :class:`PackedSpot`."""

    lines: Sequence[int]
    columns: Sequence[int]
    lengths: Sequence[int]
    roles: Sequence[int]
    containers: Sequence[int]


def unpack(blob: bytes) -> list[PackedSpot]:
    """The spots of a blob. Raises ``ValueError`` when it ends in the middle of a spot."""
    return list(map(PackedSpot, *columns(blob)))


def columns(blob: bytes) -> Columns:
    """The same without an object for each spot, in a third of the time."""
    # Most blobs hold no number above 127, and then the bytes are the numbers.
    numbers = blob if blob.isascii() else _numbers(blob)
    if len(numbers) % 5:
        raise ValueError("a posting ends in the middle of a spot")
    deltas, steps = numbers[0::5], numbers[1::5]
    return Columns(
        lines=list(accumulate(deltas)),
        columns=list(_columns(deltas, steps)) if 0 in deltas else steps,
        lengths=numbers[2::5],
        roles=numbers[3::5],
        containers=numbers[4::5],
    )


def count(blob: bytes) -> int:
    """How many spots a blob holds, or several blobs one behind the other."""
    return len(blob.translate(None, _CONTINUATION_BYTES)) // 5


_CONTINUATION_BYTES: Final = bytes(range(0x80, 0x100))


_LONG: Final = re.compile(rb"[\x80-\xff]+[\x00-\x7f]")
"""A number of several bytes."""


def _columns(deltas: Iterable[int], steps: Iterable[int]) -> Iterator[int]:
    column = 0
    for delta, step in zip(deltas, steps, strict=True):
        column = step if delta else column + step
        yield column


def _numbers(blob: bytes) -> list[int]:
    numbers: list[int] = []
    done = 0
    for long in _LONG.finditer(blob):
        start, end = long.span()
        numbers += blob[done:start]
        value = 0
        for place, byte in enumerate(blob[start:end]):
            value |= (byte & 0x7F) << 7 * place
        numbers.append(value)
        done = end
    rest = blob[done:]
    if not rest.isascii():
        raise ValueError("a posting ends in the middle of a number")
    numbers += rest
    return numbers
