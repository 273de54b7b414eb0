"""The document host's life: started when a document needs it, gone when none is open for a while.

It keeps the unsaved texts that the host knows equal to the documents. Must not know of parses,
questions or whom to blame for a death.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from cppls.core.messages import CloseDocument, SetOverlay
from cppls.core.model import Severity, Statistics
from cppls.engine.child import Child, ChildDied
from cppls.engine.documents import Documents
from cppls.engine.events import Event, Notice

HOST_COMMAND: Final = (sys.executable, "-m", "cppls.clang.host")

HOST_IDLE_SECONDS: Final = 30.0
"""The host leaves when no document has been open for so long."""


class LiveHost:
    """The one document host, when there is one. Used from the event loop's thread."""

    def __init__(
        self,
        documents: Documents,
        spawn: Callable[[], Awaitable[Child]],
        emit: Callable[[Event], None],
        on_death: Callable[[ChildDied], None],
    ) -> None:
        self.unusable = False
        """None starts; not tried again until :meth:`stay`."""
        self._documents = documents
        self._spawn = spawn
        self._emit = emit
        self._on_death = on_death
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self._sent: dict[str, int] = {}
        self._leaving: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    def running(self) -> Child | None:
        """The host, if it can be asked."""
        return self._child if self._child is not None and self._child.is_alive else None

    async def get(self) -> Child:
        """The host, started if need be. Raises ``ChildDied``; the user is told once."""
        async with self._starting:
            if (child := self.running()) is not None:
                return child
            if self.unusable:
                raise ChildDied("no document host starts")
            self._sent.clear()
            try:
                child = await self._spawn()
            except ChildDied as error:
                # Not again until a document is opened: it would fail for each in turn.
                self.unusable = True
                message = f"Open files are answered from the index: {error}"
                self._emit(Notice(Severity.ERROR, message))
                raise
            child.on_death = self._on_death
            self._child = child
            return child

    def push_texts(self, child: Child) -> None:
        """Tell it the documents' texts that it does not know yet."""
        for path, document in self._documents.current.items():
            if self._sent.get(path) != document.revision:
                self._sent[path] = document.revision
                child.post(SetOverlay(os.fsencode(path), document.text.data))

    def close(self, path: str) -> None:
        """Have it drop a document: what others include is the file on disk again."""
        if (child := self.running()) is not None:
            raw = os.fsencode(path)
            child.post(CloseDocument(raw))
            if self._sent.pop(path, None) is not None:
                child.post(SetOverlay(raw, None))

    def stay(self) -> None:
        """A document was opened: it is needed, and worth another attempt if none started."""
        self.unusable = False
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def leave_soon(self) -> None:
        """No document is open: end it, unless one is opened meanwhile."""
        self._leaving = asyncio.get_running_loop().call_later(HOST_IDLE_SECONDS, self.leave)

    def leave(self) -> None:
        """Let it go; the next :meth:`get` starts another one."""
        self._leaving = None
        child, self._child = self._child, None
        if child is not None:
            task = asyncio.ensure_future(child.stop(grace=0.2))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def stop(self) -> None:
        """End it now."""
        self.stay()
        self.leave()
        if self._ending:
            await asyncio.wait(self._ending)

    def statistics(self) -> Statistics:
        """Texts that it was sent, hosts that are ending, and the process, when one runs."""
        child = self.running()
        return {
            "texts": len(self._sent),
            "ending": len(self._ending),
            "unusable": self.unusable,
            "process": None if child is None else child.statistics(),
        }
