"""The translation units that wait to be indexed, in the order in which they are wanted.

Knows paths and tiers only: neither why a file waits nor who takes it.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from cppls.core.model import Statistics


class Tier(enum.IntEnum):
    """How urgently a file is wanted; a lower tier is taken first."""

    AWAITED = 0
    """Changed a moment ago, or the unit that shows what a header says that was, when few are:
    somebody waits to see that. They do not wait for answers to end, see ``Gate.is_ajar``."""
    OPEN = 1
    """Open in an editor."""
    CHANGED = 2
    """As ``AWAITED``, when many changed."""
    RELATED = 3
    """Included by an open file, or the source of such a header."""
    REST = 4
    LATER = 5
    """As the rest, but better after a shared preamble is built."""


class Queue:
    """Paths without duplicates, by tier, and within a tier in the order of arrival.

    Every operation on one path takes constant time, so a queue of 20,000 files can be
    re-ordered while a user waits. Used from one thread.
    """

    def __init__(self, limit: int = 1_000_000) -> None:
        """``limit``: paths at the most; more are refused and counted."""
        # OrderedDict, not dict: popping the first key of a dict again and again is quadratic.
        self._tiers = {tier: OrderedDict[str, None]() for tier in Tier}
        self._where: dict[str, Tier] = {}
        self._limit = limit
        self._taken = 0
        self._refused = 0

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, path: str) -> bool:
        return path in self._where

    def put(self, paths: Iterable[str], tier: Tier = Tier.REST) -> int:
        """Add paths; one that waits already moves up to ``tier``, never down.

        Returns how many are new in the queue.
        """
        new = 0
        for path in paths:
            present = self._where.get(path)
            if present is None:
                if len(self._where) >= self._limit:
                    self._refused += 1
                    continue
                new += 1
            elif present <= tier:
                continue
            self._move(path, tier)
        return new

    def promote(self, paths: Iterable[str], tier: Tier) -> None:
        """Move those of ``paths`` that wait up to ``tier``, never down; others are left out."""
        for path in paths:
            if self._where.get(path, tier) > tier:
                self._move(path, tier)

    def demote(self, paths: Iterable[str], tier: Tier) -> None:
        """The opposite: move those that wait down to ``tier``, behind what waits there."""
        for path in paths:
            if self._where.get(path, tier) < tier:
                self._move(path, tier)

    def take(self) -> str | None:
        """The most urgent path, which then waits no longer; ``None`` when nothing waits."""
        for waiting in self._tiers.values():
            if waiting:
                path, _ = waiting.popitem(last=False)
                del self._where[path]
                self._taken += 1
                return path
        return None

    def discard(self, paths: Iterable[str]) -> int:
        """Take paths out without giving them to anybody. Returns how many waited."""
        found = 0
        for path in paths:
            tier = self._where.pop(path, None)
            if tier is not None:
                del self._tiers[tier][path]
                found += 1
        return found

    def waiting(self, *tiers: Tier) -> list[str]:
        """The paths that wait in ``tiers`` (none given: in all), in the order of taking."""
        return [path for tier in tiers or Tier for path in self._tiers[tier]]

    @property
    def next_tier(self) -> Tier | None:
        """That of the path which is taken next; ``None`` when nothing waits."""
        return next((tier for tier, waiting in self._tiers.items() if waiting), None)

    def has(self, *tiers: Tier) -> bool:
        """Whether anything waits in one of ``tiers``."""
        return any(self._tiers[tier] for tier in tiers)

    def count(self, tier: Tier) -> int:
        """How many wait in ``tier``."""
        return len(self._tiers[tier])

    def upcoming(self, count: int) -> Iterator[str]:
        """The first ``count`` paths in the order of taking; they go on waiting."""
        return islice(chain.from_iterable(self._tiers.values()), count)

    def statistics(self) -> Statistics:
        """Lengths by tier, and how many were taken and refused so far."""
        return {
            "waiting": len(self._where),
            **{tier.name.lower(): len(waiting) for tier, waiting in self._tiers.items()},
            "taken": self._taken,
            "refused": self._refused,
            "limit": self._limit,
        }

    def _move(self, path: str, tier: Tier) -> None:
        present = self._where.get(path)
        if present is not None:
            del self._tiers[present][path]
        self._tiers[tier][path] = None
        self._where[path] = tier
