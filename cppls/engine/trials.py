"""What became of files that are not through yet, and when to give one up.

A file that kills its worker is tried once more alone; one that was stopped for others' sake, or
whose worker somebody killed, waits again. Judges by what it is told: it starts nothing, and must
not know workers or the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cppls.core.model import FileStatus, Statistics
from cppls.engine.child import ChildDied
from cppls.engine.shares import GAVE_WAY, PUT_BACK, Grant
from cppls.engine.worker import Killed, Outcome, OutOfMemory, Task

ATTEMPTS: Final = 2
"""The second one is alone, with all the memory that there is."""
PATIENCE: Final = 3
"""A file that was stopped so often for others' sake is tried alone, and then given up."""
KILLS: Final = 8
"""So many workers may be killed over a file that was seen to need little: then it counts."""


@dataclass(slots=True)
class _Trial:
    """Of one file."""

    deaths: int = 0
    """Of workers, over this file."""
    stops: int = 0
    """By the governor, for others' sake."""
    kills: int = 0
    """Of its workers, by nobody knows whom."""


class Trials:
    """Files by path, until they are through or given up. Used from one thread."""

    def __init__(self) -> None:
        self._trials: dict[str, _Trial] = {}
        self._crashes = self._out_of_memory = self._quarantined = self._put_backs = 0
        self._kills = 0

    def must_be_alone(self, path: str) -> bool:
        """Whether the next attempt at ``path`` is to have all the memory that there is."""
        trial = self._trials.get(path)
        return trial is not None and (trial.deaths > 0 or trial.stops >= PATIENCE)

    def waits_again(self, grant: Grant, error: Exception) -> bool:
        """Whether an attempt that ended badly, as ``error`` says, did so for others' sake: then it
        does not count."""
        trial = self._trials.setdefault(grant.path, _Trial())
        if isinstance(error, Killed) and not grant.stopped and grant.peak < grant.size // 2:
            # Far from its limit, and not by us: a user, a machine that is shut down.
            trial.kills += 1
            self._kills += trial.kills <= KILLS
            return trial.kills <= KILLS
        if grant.stopped == GAVE_WAY:
            self._put_backs += 1
            return True
        if grant.stopped != PUT_BACK or trial.stops >= 2 * PATIENCE:
            return False
        trial.stops += 1
        self._put_backs += 1
        return True

    def verdict(
        self, task: Task, grant: Grant, error: Exception, *, had_everything: bool
    ) -> Outcome | None:
        """The end of a file that nobody can index: what it cost, and why it is left alone.

        ``None`` when another attempt would be another one. ``error``: how this one ended, a
        ``ChildDied`` or, when it took too long, any other, whose text says so.
        ``had_everything``: it had all the memory that there is.
        """
        trial = self._trials.setdefault(task.path, _Trial())
        trial.deaths += 1
        out_of_memory = isinstance(error, OutOfMemory)
        died = isinstance(error, ChildDied)
        self._out_of_memory += out_of_memory
        self._crashes += died and not out_of_memory
        if died and trial.deaths < ATTEMPTS and not (out_of_memory and had_everything):
            return None
        status, size, why = FileStatus.CRASHED, grant.peak, str(error)
        if out_of_memory:
            self._quarantined += 1
            status, size = FileStatus.QUARANTINED, max(grant.peak, grant.size)
            why = f"it needs more memory than the budget leaves: {size >> 20} MB were not enough"
        message = f"set aside until its content or flags change: {why}"
        return Outcome(
            path=task.path,
            flags_hash=task.flags_hash,
            status=status,
            message=message,
            peak_rss=size,
            spool=task.spool,
            begun=task.begun,
        )

    def forget(self, paths: Iterable[str]) -> None:
        """These files are through, or wanted no more."""
        for path in paths:
            self._trials.pop(path, None)

    def statistics(self) -> Statistics:
        """How attempts ended, and files that are still tried."""
        return {
            "trying": len(self._trials),
            "crashes": self._crashes,
            "out_of_memory": self._out_of_memory,
            "quarantined": self._quarantined,
            "put_back": self._put_backs,
            "killed": self._kills,
        }
