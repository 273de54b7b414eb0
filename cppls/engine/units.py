"""The project's translation units, as the event loop asks for them while a user waits.

Built on the project's thread; every question takes a moment, however many units there are. Knows
paths only.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Units:
    """Real paths of all translation units. Immutable."""

    def __init__(self, paths: Sequence[str]) -> None:
        """``paths`` without duplicates; of one name, they keep their order."""
        self._paths = frozenset(paths)
        # Sorted, not a dict of lists: 8 bytes a unit.
        self._by_stem = sorted(paths, key=_stem)

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def __len__(self) -> int:
        return len(self._paths)

    def sources_of(self, includes: Iterable[str]) -> list[str]:
        """The units that are the source of an included header: foo.h, foo.cpp."""
        found: list[str] = []
        for stem in dict.fromkeys(map(_stem, includes)):
            start = bisect_left(self._by_stem, stem, key=_stem)
            end = start
            while end < len(self._by_stem) and _stem(self._by_stem[end]) == stem:
                end += 1
            found += self._by_stem[start:end]
        return found


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]
