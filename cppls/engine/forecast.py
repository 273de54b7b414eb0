"""What a file will cost a worker: its last cost, else that of files like it.

Knows paths and bytes; must not know the index, nor what the figures are used for.
"""

from __future__ import annotations

import os
from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from cppls.core.model import Statistics

UNKNOWN: Final = 128 << 20
"""Bytes of a file when nothing at all is known yet: more than nine of ten files of real projects
take, so that the first ones do not have to be tried twice."""

_FOLDERS: Final = 4096
"""Folders that are remembered; the least recently used one goes."""
_KEPT: Final = 64
"""Costs of a folder that are remembered."""
_HIGH: Final = 0.9
_USUAL: Final = 0.75


class Forecast:
    """Costs by folder: files that lie together include the same. Used from one thread."""

    def __init__(self, unknown: int = UNKNOWN) -> None:
        """``unknown``: bytes of a file while nothing was learnt."""
        self._unknown = unknown
        self._folders: OrderedDict[str, list[int]] = OrderedDict()
        self._all: list[int] = []
        self._learned = 0

    def learn(self, path: str, size: int) -> None:
        """``path`` took a worker to ``size`` bytes."""
        if size <= 0:
            return
        self._learned += 1
        folder = os.path.dirname(path)
        _keep(self._folders.setdefault(folder, []), size, self._learned)
        self._folders.move_to_end(folder)
        if len(self._folders) > _FOLDERS:
            self._folders.popitem(last=False)
        _keep(self._all, size, self._learned)

    def predict(self, path: str, last: int = 0) -> int:
        """Bytes that a worker will have with ``path``; ``last`` is what it had the last time."""
        if last > 0:
            return last
        known = self._folders.get(os.path.dirname(path)) or self._all
        return _quantile(known, _HIGH) if known else self._unknown

    @property
    def usual(self) -> int:
        """Bytes of a file as most are: how many workers are worth having follows from it."""
        return _quantile(self._all, _USUAL) if self._all else self._unknown

    def statistics(self) -> Statistics:
        """How much was learnt, and what follows for a file of which nothing is known."""
        return {"learned": self._learned, "folders": len(self._folders), "usual_bytes": self.usual}


def _keep(costs: list[int], size: int, turn: int) -> None:
    """Add to a sorted list of bounded length; what goes is any of them, each in its turn."""
    if len(costs) >= _KEPT:
        # A stride prime to the length visits all places: neither high nor low ones are preferred.
        del costs[turn * 37 % len(costs)]
    insort(costs, size)


def _quantile(costs: Iterable[int], share: float) -> int:
    ordered = list(costs)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
