"""Noticing that files change: hints, from one thread over the system's own file events.

A hint is not a fact: events get lost (queues overflow, network file systems send none), and one
write gives several. Who takes a hint looks at size, time and content itself. Must not know which
files matter: it watches the folders it is told to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from watchfiles import watch

from cppls.core.model import Statistics

DEBOUNCE: Final = 300
"""Milliseconds in which events are gathered into one batch."""
STEP: Final = 100
"""Milliseconds without an event that end a batch before that."""
POLL: Final = 30.0
"""Seconds between "look at everything" hints where the system gives no events."""
RETRY: Final = 1.0
"""Seconds before the events are taken up again after they failed."""


class Batch(NamedTuple):
    """Paths that may have changed; with ``missed``, others may have too: look at everything."""

    paths: frozenset[str]
    missed: bool = False


class Watcher:
    """Watches folders, not those below them, until :meth:`stop`.

    ``callback(batch)`` and ``report(message)`` are called from the watcher's own thread and must
    not raise. A report tells the user of a limit, once for each.
    """

    def __init__(
        self,
        folders: Iterable[str],
        callback: Callable[[Batch], None],
        report: Callable[[str], None],
    ) -> None:
        self._folders = set(folders)
        self._callback = callback
        self._report = report
        self._lock = threading.Lock()  # Guards the set of folders and the two events below.
        self._stopping = threading.Event()
        self._restart = threading.Event()
        self._reported: set[str] = set()
        self._batches = self._restarts = 0
        self._polling = False
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def extend(self, folders: Iterable[str]) -> None:
        """Watch these folders too. Takes the events up again, so the next batch is ``missed``."""
        with self._lock:
            more = set(folders) - self._folders
            if more:
                self._folders |= more
                self._restart.set()

    def stop(self) -> None:
        """End the thread and wait for it; no callback comes afterwards."""
        with self._lock:
            self._stopping.set()
            self._restart.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def statistics(self) -> Statistics:
        """What is watched, and how often events had to be taken up again."""
        return {
            "folders": len(self._folders),
            "batches": self._batches,
            "restarts": self._restarts,
            "polling": self._polling,
        }

    def _run(self) -> None:
        first = True
        while not self._stopping.is_set():
            with self._lock:
                self._restart.clear()
                if self._stopping.is_set():
                    return
                folders = sorted(folder for folder in self._folders if os.path.isdir(folder))
            if not first:
                # Between two watches nobody looked.
                self._restarts += 1
                self._give(Batch(frozenset(), missed=True))
            first = False
            try:
                self._watch(folders)
            except FileNotFoundError:
                self._stopping.wait(RETRY)  # A folder vanished just now; it is left out next time.
            except OSError as error:
                self._say(_advice(error))
                self._polling = True
                self._restart.wait(POLL)
            except RuntimeError:
                # A file name that is not UTF-8 ends watchfiles' iterator for good.
                self._stopping.wait(RETRY)

    def _watch(self, folders: list[str]) -> None:
        """Give batches until a restart is asked for."""
        names = [folder for folder in folders if _is_unicode(folder)]
        if len(names) < len(folders):
            self._say("A folder whose name is not UTF-8 cannot be watched.")
        if not names:
            self._restart.wait(POLL)
            return
        changes = watch(
            *names,
            watch_filter=None,
            debounce=DEBOUNCE,
            step=STEP,
            stop_event=self._restart,
            raise_interrupt=False,
            force_polling=False,
            recursive=False,
            ignore_permission_denied=True,
        )
        for batch in changes:
            self._polling = False
            paths = frozenset(path for _, path in batch)
            self._give(Batch(paths))
            if not paths.isdisjoint(self._folders):
                self._restart.set()  # A watched folder went or came back: its watch is gone.

    def _give(self, batch: Batch) -> None:
        if not self._stopping.is_set():
            self._batches += 1
            self._callback(batch)

    def _say(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._report(message)


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _advice(error: OSError) -> str:
    return (
        f"Files cannot be watched ({error}); they are looked at every {POLL:.0f} seconds instead. "
        "On Linux, raise fs.inotify.max_user_watches and fs.inotify.max_user_instances."
    )
