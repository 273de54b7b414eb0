"""What a preamble saves, in seconds: the one measure, of whoever plans and of whoever builds.

Bytes of headers that need not be parsed again, times the units that would: close enough to time,
and known without parsing.
"""

from __future__ import annotations

from typing import Final

BYTES_PER_SECOND: Final = 6 << 20
"""Of headers, parsed. Measured: libstdc++'s and z3's, 5 to 8 MB."""
SAVED: Final = 0.9
"""Of a header's parse, when it comes from a preamble: what is used is still read."""
BUILD: Final = 1.5
"""Parses that building costs beyond the one that has to be."""
START: Final = 0.1
"""Seconds that every build costs."""
LINK: Final = 0.002
"""Seconds that each preamble of a chain costs a unit."""
WORTH: Final = 0.1
"""Seconds that a preamble has to save at the least."""


def gain(units: int, size: int) -> float:
    """Seconds that a preamble saves which spares so many units ``size`` bytes of headers."""
    seconds = size / BYTES_PER_SECOND
    return units * (seconds * SAVED - LINK) - seconds * BUILD - START
