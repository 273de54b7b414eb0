"""Noticing that files change: hints, from one thread over the system's own file events.

A hint is not a fact: events get lost (queues overflow, network file systems send none), and one
write gives several. Who takes a hint looks at size, time and content itself. Folders for which the
system gives no events are looked at in turns, slowly; and all of them now and then, for events
that were lost. Must not know which files matter: it watches the folders it is told to.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from watchfiles import Change, watch

from cppls.core.model import Statistics
from cppls.project.sweep import Sweep

DEBOUNCE: Final = 300
"""Milliseconds in which events are gathered into one batch."""
STEP: Final = 100
"""Milliseconds without an event that end a batch before that."""
TICK: Final = 0.5
"""Seconds after which the thread looks up when there are no events."""
POLL: Final = 10.0
"""Seconds at the least between two looks at a folder without events, ..."""
RECHECK: Final = 300.0
"""... and at one with them."""
SHARE: Final = 0.002
"""Of one core at the most, for looking at folders."""
RETRY: Final = 1.0
"""Seconds before the events are taken up again after they failed; doubled each time, ..."""
RETRY_MOST: Final = 60.0
"""... up to this."""
MAX_EVENTS: Final = 8192
"""Folders at the most for which the system is asked for events: each costs memory, the kernel's
and ours."""
LARGE: Final = 2000
"""Paths in one batch from which on some are taken for lost."""


class Batch(NamedTuple):
    """Paths that may have changed; with ``missed``, others may have too: look at everything."""

    paths: frozenset[str]
    missed: bool = False


class Watched(NamedTuple):
    """Folders, not those below them; one that does not exist is waited for.

    Of ``live`` ones the system's events are wanted, for the first before the last; ``slow`` ones
    are only looked at in turns.
    """

    live: Sequence[str]
    slow: Sequence[str] = ()


class Watcher:
    """Watches folders until :meth:`stop`.

    ``callback(batch)`` and ``report(message)`` are called from the watcher's own thread and must
    not raise. A report tells the user of a limit, once for each.
    """

    def __init__(
        self,
        watched: Watched,
        callback: Callable[[Batch], None],
        report: Callable[[str], None],
        *,
        matters: Callable[[str], bool] = lambda _: True,
        since: int | None = None,
    ) -> None:
        """``matters(name)``: whether files of this name count. What changed after ``since`` (ns
        since the epoch; now, if not given) is told even if it was before the watch began."""
        since = time.time_ns() if since is None else since
        self._wanted = watched
        self._callback = callback
        self._report = report
        self._matters = matters
        self._lock = threading.Lock()  # Guards what is wanted, and the event that it changed.
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._reported: set[str] = set()
        self._batches = self._restarts = 0
        self._bound = event_bound()
        self._events: _Events | None = None
        self._with_events: dict[str, int] = {}
        self._awaited: frozenset[str] = frozenset()
        self._arranged = self._missed = False
        self._refused = math.inf
        self._turns = (_Turn(Sweep(since, matters), POLL), _Turn(Sweep(since, matters), RECHECK))
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def watch(self, watched: Watched) -> None:
        """Watch these folders from now on, within a moment; no event of one that stays is lost."""
        with self._lock:
            if watched != self._wanted:
                self._wanted = watched
                self._changed.set()

    def extend(self, folders: Iterable[str]) -> None:
        """Watch these folders too."""
        with self._lock:
            live = tuple(dict.fromkeys((*self._wanted.live, *folders)))
            if len(live) > len(self._wanted.live):
                self._wanted = self._wanted._replace(live=live)
                self._changed.set()

    def stop(self) -> None:
        """End the thread and wait for it; no callback comes afterwards."""
        self._stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def statistics(self) -> Statistics:
        """What is watched in which way, and how often events had to be taken up again."""
        slow, live = (turn.sweep.statistics() for turn in self._turns)
        return {
            "folders": len(self._wanted.live) + len(self._wanted.slow),
            "events": len(self._with_events),
            "bound": self._bound,
            "batches": self._batches,
            "restarts": self._restarts,
            "slow": slow,
            "recheck": live,
        }

    # --- the thread ---

    def _run(self) -> None:
        pause = RETRY
        while not self._stopping.is_set():
            try:
                self._arrange()
                while not self._changed.is_set():
                    self._take(self._next())
                    pause = RETRY
            except StopIteration:
                break  # Told to stop.
            except FileNotFoundError:
                # A folder vanished just now: the former events go on, it is left out next time.
                self._changed.set()
                self._stopping.wait(TICK)
            except (OSError, RuntimeError):
                # A file name that is not UTF-8 ends watchfiles' iterator for good.
                self._close()
                self._restarts += 1
                self._missed = True
                self._stopping.wait(pause)
                pause = min(2 * pause, RETRY_MOST)
        self._close()

    def _arrange(self) -> None:
        """Take up what is wanted now. The new events begin before the old ones end."""
        with self._lock:
            self._changed.clear()
            wanted = self._wanted
        live = [each for each in wanted.live if _is_unicode(each)]
        if len(live) < len(wanted.live):
            self._say("A folder whose name is not UTF-8 gives no events; it is looked at slowly.")
        existing, self._awaited = _existing(live)
        former = self._with_events
        self._with_events = self._take_up(existing)
        granted = self._with_events
        rest = [each for each in (*wanted.live, *wanted.slow) if each not in granted]
        for turn, folders in zip(self._turns, (rest, granted), strict=True):
            turn.sweep.watch(folders)
        fresh = granted.keys() - former.keys()
        if fresh and self._arranged:
            # What was made in a new folder before its events began.
            self._give(Batch(frozenset(self._turns[1].sweep.look_at(fresh))))
        self._arranged = True
        if self._missed:
            self._missed = False
            self._give(Batch(frozenset(), missed=True))

    def _take_up(self, existing: dict[str, int]) -> dict[str, int]:
        """Have events of as many of the folders as the system grants."""
        folders, former = list(existing), self._events
        if len(folders) > self._bound:
            self._say(_advice(None))
        granted = min(len(folders), self._bound)
        if former is not None and self._with_events == _first(existing, granted):
            return self._with_events
        self._events = None
        while granted:
            events = _events(folders[:granted], self._stopping)
            try:
                changes = next(events)
            except FileNotFoundError:
                self._events = former
                raise
            except OSError as error:
                self._say(_advice(error))
                self._refused = time.monotonic()
                if former is None:
                    granted //= 2
                else:  # Both together are more than there is.
                    former.close()
                    former, self._missed = None, True
                continue
            self._events = events
            self._take(changes)
            break
        if former is not None:
            self._take(next(former))
            former.close()
        return _first(existing, granted)

    def _next(self) -> _Changes:
        """The next changes, none after a moment; meanwhile look at some folders."""
        self._sweep()
        if self._events is not None:
            return next(self._events)
        if self._stopping.wait(TICK):
            raise StopIteration
        if time.monotonic() >= self._refused + RECHECK:
            self._changed.set()  # Others may have let go of theirs meanwhile.
        return set()

    def _sweep(self) -> None:
        now = time.monotonic()
        for turn in self._turns:
            if turn.sweep and now >= turn.due:
                before = time.thread_time()
                found, ended = turn.sweep.step(TICK * turn.share)
                turn.due = now + (time.thread_time() - before) / turn.share
                if ended:
                    turn.due = max(turn.due, turn.started + turn.period)
                    turn.started = turn.due
                if found:
                    self._give(Batch(frozenset(found)))

    def _take(self, changes: _Changes) -> None:
        paths = frozenset(path for _, path in changes if self._matters(os.path.basename(path)))
        self._give(Batch(paths, missed=len(paths) >= LARGE))
        gone = {
            path
            for change, path in changes
            if path in self._with_events
            and (change is Change.deleted or self._with_events[path] != _inode(path))
        }
        if gone:
            # Their events went with them, even if there are folders of these names again.
            self._turns[1].sweep.lose(gone)
            self._with_events = {f: n for f, n in self._with_events.items() if f not in gone}
        if gone or not self._awaited.isdisjoint(path for _, path in changes):
            self._changed.set()

    def _give(self, batch: Batch) -> None:
        if not self._stopping.is_set() and (batch.paths or batch.missed):
            self._batches += 1
            self._callback(batch)

    def _close(self) -> None:
        if self._events is not None:
            self._events.close()
            self._events = None
            self._with_events = {}

    def _say(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._report(message)


_Changes: TypeAlias = "set[tuple[Change, str]]"
_Events: TypeAlias = "Generator[_Changes, None, None]"


class _Turn:
    """A sweep and when it goes on (monotonic seconds)."""

    def __init__(self, sweep: Sweep, period: float) -> None:
        self.sweep = sweep
        self.period = period
        self.share = SHARE / 2
        self.started = self.due = time.monotonic()


def event_bound() -> int:
    """Folders for which the system may be asked for events: well below what it grants a user."""
    try:
        with open("/proc/sys/fs/inotify/max_user_watches", encoding="ascii") as file:
            # Twice as many for the moment in which new events begin before old ones end.
            return min(MAX_EVENTS, int(file.read()) // 8)
    except (OSError, ValueError):
        return MAX_EVENTS


def _events(folders: Sequence[str], stop: threading.Event) -> _Events:
    return watch(
        *folders,
        watch_filter=None,
        debounce=DEBOUNCE,
        step=STEP,
        rust_timeout=int(TICK * 1000),
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        force_polling=False,
        recursive=False,
        ignore_permission_denied=True,
    )


def _existing(folders: Iterable[str]) -> tuple[dict[str, int], frozenset[str]]:
    """The folders with their inodes, for one that is not there the nearest that is; and what is
    waited for there."""
    found: dict[str, int] = {}
    awaited: set[str] = set()
    for folder in folders:
        step = folder
        while not os.path.isdir(folder) and folder != (parent := os.path.dirname(folder)):
            step, folder = folder, parent
        if step != folder:
            awaited.add(step)
        found[folder] = _inode(folder)
    return found, frozenset(awaited)


def _first(folders: dict[str, int], count: int) -> dict[str, int]:
    return dict(itertools.islice(folders.items(), count))


def _inode(folder: str) -> int:
    try:
        return os.stat(folder).st_ino
    except OSError:
        return 0


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _advice(error: OSError | None) -> str:
    reason = f"the system refuses more: {error}" if error else "there are too many"
    return (
        f"Not all folders can be watched ({reason}); the others are looked at one after the other, "
        "which takes longer. On Linux, raise fs.inotify.max_user_watches and max_user_instances."
    )
