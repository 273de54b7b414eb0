"""Which translation unit shows what a changed header says now.

One of those that include it is enough, and the others need not wait for it. It may turn out not to
include the header any more: then it is another one's turn. Knows paths only.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Final

from cppls.core.model import Statistics

TRIED: Final = 3
"""Units that do not show a header although they should; then it is as good as gone, and all that
includes it is looked at."""


class Donors:
    """Headers that changed and are not in the index as they are. Asked from any thread while the
    event loop's thread waits for that."""

    def __init__(self) -> None:
        self._tried: dict[str, set[str]] = {}
        self._asked: dict[str, tuple[int, set[str]]] = {}
        """By unit: when it was asked, and for which headers."""

    def choose(self, header: str, units: Iterable[str]) -> str | None:
        """The first of ``units`` that has not been tried; they are looked at no further."""
        tried = self._tried.get(header, set[str]())
        if len(tried) >= TRIED:
            return None
        return next((unit for unit in units if unit not in tried), None)

    def ask(self, chosen: dict[str, str]) -> None:
        """These units are to be indexed, for these headers (units by header)."""
        for header, unit in chosen.items():
            _, headers = self._asked.get(unit, (0, set[str]()))
            self._asked[unit] = time.monotonic_ns(), headers | {header}

    def indexed(self, unit: str, begun: int) -> set[str]:
        """A unit is in the index, which a worker ``begun`` then (``Task.begun``): the headers that
        are to be looked at again."""
        asked, headers = self._asked.pop(unit, (0, set[str]()))
        if begun >= asked:
            for header in headers:
                self._tried.setdefault(header, set()).add(unit)
        return headers

    def settled(self, headers: Collection[str]) -> None:
        """These are in the index as they are."""
        for header in headers:
            self._tried.pop(header, None)

    def statistics(self) -> Statistics:
        """Units that are asked, and headers that were not shown by the first one."""
        return {"asked": len(self._asked), "not_shown": len(self._tried)}
