"""Why indexing as a whole stands still, told once, and when it is tried again: a circuit breaker.

Judges failures that are no single file's fault: no worker starts, there is no room for one, the
index cannot be written. Knows the gate, which it shuts meanwhile; must not know files, the queue,
nor who runs the workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from cppls.engine.child import ChildDied, ChildUnable
from cppls.engine.gate import Gate
from cppls.engine.shares import NoRoom

STARTS: Final = 3
"""Workers in a row that may fail to start before indexing is given up."""
RETRY_SECONDS: Final = 30.0
"""Pause before indexing goes on after a failed commit (a full disk, most likely), or after workers
that did not start (a machine without memory)."""

_NO_WORKERS: Final = "no worker starts"
_NO_STORE: Final = "the index cannot be written"
_NO_MEMORY: Final = "no room for a worker"
_DEFECT: Final = "a defect"


class Breaker:
    """That of one scheduler. Used from the event loop's thread."""

    def __init__(
        self,
        gate: Gate,
        has_room: Callable[[], bool],
        on_trip: Callable[[str], None],
        on_retry: Callable[[], None],
    ) -> None:
        """``has_room`` tells whether a worker may be started; ``on_trip`` hears why indexing stands
        still, once until the next retry; ``on_retry`` hears that it may go on."""
        self.failure = ""
        """Why nothing is indexed at present; empty while all is well."""
        self.is_stopped = False
        """The server ends: nothing is begun or tried again any more."""
        self._gate = gate
        self._has_room = has_room
        self._on_trip = on_trip
        self._on_retry = on_retry
        self._failed_starts = 0

    def worker_started(self) -> None:
        """One did: earlier ones that did not, count no more."""
        self._failed_starts = 0

    def no_worker(self, error: ChildDied) -> None:
        """One did not start; the last of several in a row, or one that never will, is the end."""
        self._failed_starts += 1
        if isinstance(error, ChildUnable) or self._failed_starts >= STARTS:
            self._trip(_NO_WORKERS, f"Files that are not open are not indexed: {error}")
            if not isinstance(error, ChildUnable):
                self._retry_later()

    def no_room(self, reason: NoRoom) -> None:
        """What the server itself takes leaves too little for a worker: until there is room."""
        self._trip(_NO_MEMORY, f"Files that are not open are not indexed: {reason}")
        self._retry_when_there_is_room()

    def no_store(self, error: Exception) -> None:
        """A batch could not be committed: until it may be possible again."""
        self._trip(_NO_STORE, f"The index cannot be written: {error}")
        self._retry_later()

    def defect(self, error: BaseException) -> None:
        """An error that nobody foresaw: until the user wants it tried again."""
        self._trip(_DEFECT, f"Indexing stopped over a defect of cppls: {error!r}")

    def retry(self) -> None:
        """Forget an earlier failure and go on."""
        self.failure = ""
        self._failed_starts = 0
        for reason in (_NO_WORKERS, _NO_STORE, _NO_MEMORY, _DEFECT):
            self._gate.reopen(reason)
        self._on_retry()

    def stop(self) -> None:
        """Nothing is to be tried again from now on."""
        self.is_stopped = True

    def _trip(self, reason: str, message: str) -> None:
        self._gate.shut(reason)
        if not self.failure:
            self.failure = message
            self._on_trip(message)

    def _retry_later(self) -> None:
        if not self.is_stopped:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.retry)

    def _retry_when_there_is_room(self) -> None:
        def look() -> None:
            if self._has_room():
                self.retry()
            elif not self.is_stopped:
                self._retry_when_there_is_room()

        asyncio.get_running_loop().call_later(RETRY_SECONDS, look)
