"""What changed while units were at work: they may have read what was there before, and what they
found comes into the index after the comparison. So it is looked at once more when all is done.

Values only; knows neither index nor queue.
"""

from __future__ import annotations

from collections.abc import Collection

from cppls.core.model import Statistics


class SecondLook:
    """Paths and units to look at again. Used from one thread."""

    __slots__ = ("everything", "limit", "paths")

    def __init__(self, limit: int) -> None:
        """``limit``: paths at the most; with more, everything is looked at."""
        self.limit = limit
        self.paths: set[str] = set()
        """That something happened to."""
        self.everything = False
        """Nobody knows what happened."""

    def __bool__(self) -> bool:
        return bool(self.paths or self.everything)

    def note(self, paths: Collection[str], at_work: Collection[str]) -> None:
        """Something happened to ``paths`` while the units ``at_work`` were; nothing to do when
        there were none."""
        if at_work:
            self.paths.update(paths)
            self.everything |= len(self.paths) > self.limit

    def note_everything(self, at_work: Collection[str]) -> None:
        """The same when nobody knows to what."""
        if at_work:
            self.everything = True

    def take(self) -> SecondLook:
        """All that was noted, which is forgotten here."""
        taken = SecondLook(self.limit)
        taken.paths, self.paths = self.paths, taken.paths
        taken.everything, self.everything = self.everything, False
        return taken

    def statistics(self) -> Statistics:
        """How much waits."""
        return {
            "paths": len(self.paths),
            "everything": self.everything,
        }
