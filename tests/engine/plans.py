"""Planned preambles, for tests of whoever builds and uses them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

from cppls.core.messages import PlannedPreamble


def planned(
    headers: Sequence[str], units: Sequence[str], *, parent: int = -1, size: int = 8 << 20
) -> PlannedPreamble:
    """A preamble of ``headers``; its key starts with the first one's name."""
    content = b"".join(Path(header).read_bytes() for header in headers)
    return PlannedPreamble(
        parent=parent,
        key=f"{Path(headers[0]).stem}{zlib.crc32(content):08x}",
        directory=b"/",
        arguments=[b"-x", b"c++-header"],
        source="".join(f'#include "{header}"\n' for header in headers).encode(),
        size=size,
        units=[unit.encode() for unit in units],
    )
