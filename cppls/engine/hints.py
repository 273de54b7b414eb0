"""Telling hints that are news from those that were given already.

A save is told by the editor, by the client's watching and by the system's events. Each hint has
its file looked at, and while a unit is at work, indexed again. A file that is as it was at the last
hint needs neither. Knows what ``stat`` says of files, nothing of what is in them.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, TypeAlias

from cppls.core.model import Statistics

REMEMBERED: Final = 4096
"""Files whose last hint is remembered."""
MANY: Final = 256
"""With more paths at once all pass: looking at each would hold up the event loop."""


class Hints:
    """The last hints, and how their files were."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _State] = OrderedDict()
        self._given = self._passed = 0

    def fresh(self, paths: Iterable[str]) -> list[str]:
        """Those of ``paths`` that are not as they were when they were last given here."""
        paths = list(paths)
        self._given += len(paths)
        if len(paths) <= MANY:
            paths = [path for path in paths if self._is_news(path)]
        self._passed += len(paths)
        return paths

    def statistics(self) -> Statistics:
        """Paths given and passed on, and how many are remembered."""
        return {"given": self._given, "passed": self._passed, "remembered": len(self._known)}

    def _is_news(self, path: str) -> bool:
        now = _state(path)
        if path in self._known and self._known[path] == now:
            return False
        self._known[path] = now
        self._known.move_to_end(path)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return True


_State: TypeAlias = "tuple[int, int, int, int] | None"


def _state(path: str) -> _State:
    """Time of change too: of a mode, of a name. ``None`` for what is not there."""
    try:
        now = os.lstat(path)
    except (OSError, ValueError):
        return None
    return now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino
