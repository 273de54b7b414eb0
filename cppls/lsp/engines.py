"""Engines by root folder, shared by the sessions of this process.

An engine belongs to a project, not to a client: two editors on one project use one index, one
queue and one set of children. What several clients hold open is merged here: the newest text of a
file counts for everybody, and closing it in one editor leaves it open for the other.
Knows the engine's facade; must not know pygls or the client's encoding.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Literal, Protocol

from cppls.core.model import Severity, Statistics
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.events import Event, Listener, Notice, Progress, StateChanged
from cppls.engine.header_contexts import ContextsOfHeader
from cppls.engine.tools import Tools
from cppls.features.snapshot import Snapshot
from cppls.lsp.documents import Document
from cppls.lsp.errors import REQUEST_FAILED, RequestError, one_line

log: Final = logging.getLogger(__name__)


class ProjectEngine(Protocol):
    """What the door needs of an engine; ``engine.engine.Engine`` is the real one."""

    @property
    def tools(self) -> Tools: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def subscribe(self, listener: Listener, /) -> object: ...
    def open_document(self, path: str, text: Text, version: int) -> None: ...
    def change_document(self, path: str, text: Text, version: int) -> None: ...
    def save_document(self, path: str) -> None: ...
    def close_document(self, path: str) -> None: ...
    def files_changed(self, paths: Sequence[str]) -> None: ...
    def snapshot(self) -> Snapshot: ...
    def interactive(self) -> AbstractContextManager[None]: ...
    def statistics(self) -> Statistics: ...
    def overview(self) -> Statistics: ...
    async def costs(self) -> Statistics: ...
    def memory_tree(self) -> Statistics: ...
    async def header_contexts(self, path: str, /) -> ContextsOfHeader: ...
    async def choose_context(self, path: str, unit: str | None, /) -> bool: ...
    def spill(self) -> int: ...
    def warm(self, which: Literal["all", "open", "recent"], /) -> int: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


MakeEngine = Callable[[str, Settings], ProjectEngine]


class SharedEngine:
    """One project's engine and who uses it.

    Starting, stopping and restarting happen one after the other; documents opened meanwhile are
    told to the engine when it is there. Versions that the engine sees are *revisions*: numbers
    that only grow, whichever client an edit comes from.
    """

    def __init__(self, root: str, settings: Settings, make: MakeEngine) -> None:
        self.root: Final = root
        self.settings = settings
        self.problem = ""
        """Why there is no engine, when starting it failed."""
        self._make = make
        self._engine: ProjectEngine | None = None
        self._listeners: dict[object, Listener] = {}
        self._documents: dict[str, list[Document]] = {}
        self._revisions = itertools.count(1)
        self._step: asyncio.Task[None] | None = None
        self._state: StateChanged | None = None
        self._progress: Progress | None = None

    @property
    def engine(self) -> ProjectEngine | None:
        """The engine, once it runs."""
        return self._engine

    @property
    def users(self) -> int:
        """Sessions that use it."""
        return len(self._listeners)

    async def ready(self) -> ProjectEngine:
        """The engine as soon as it runs. Raises ``RequestError`` with the reason if it cannot."""
        await self.settled()
        if self._engine is None:
            reason = self.problem or f"{self.root}: the project has been closed"
            raise RequestError(REQUEST_FAILED, reason)
        return self._engine

    def attach(self, owner: object, listener: Listener) -> None:
        """Let ``listener`` hear all events; what is the case already, at once."""
        first = not self._listeners
        self._listeners[owner] = listener
        if first:
            self._then(self._start)
        for event in (self._state, self._progress):
            if event is not None:
                listener(event)

    def detach(self, owner: object) -> None:
        """The opposite; an engine that nobody uses is stopped."""
        if self._listeners.pop(owner, None) is not None and not self._listeners:
            self._then(self._stop)

    def restart(self, settings: Settings) -> None:
        """Go on with other settings; open documents stay open."""
        self.settings = settings
        self._then(self._stop)
        self._then(self._start)

    def open(self, document: Document) -> None:
        """A client opened a file (``document.path`` is set)."""
        holders = self._documents.setdefault(_path(document), [])
        holders.append(document)
        if len(holders) == 1:
            document.revision = next(self._revisions)
            if self._engine is not None:
                self._engine.open_document(_path(document), document.text, document.revision)
        else:
            self.change(document)

    def change(self, document: Document) -> None:
        """A client edited a file."""
        document.revision = next(self._revisions)
        if self._engine is not None:
            self._engine.change_document(_path(document), document.text, document.revision)

    def save(self, document: Document) -> None:
        """A client wrote a file to disk."""
        if self._engine is not None:
            self._engine.save_document(_path(document))

    def close(self, document: Document) -> None:
        """A client closed a file; if another client holds it, that one's text counts."""
        path = _path(document)
        holders = self._documents.get(path, [])
        if document not in holders:
            return
        holders.remove(document)
        if holders:
            self.change(holders[-1])
            return
        del self._documents[path]
        if self._engine is not None:
            self._engine.close_document(path)

    def files_changed(self, paths: Iterable[str]) -> None:
        """A client saw files change on disk: hints, checked by the engine."""
        if self._engine is not None:
            self._engine.files_changed(list(paths))

    async def settled(self) -> None:
        """Return when no start or stop is under way."""
        while self._step is not None and not self._step.done():
            await asyncio.wait([self._step])

    def statistics(self) -> Statistics:
        """The engine's own, and who uses it."""
        return {
            "root": self.root,
            "clients": len(self._listeners),
            "open_files": len(self._documents),
            "problem": self.problem,
            "engine": self._engine.statistics() if self._engine is not None else None,
        }

    def _then(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do ``step`` after all steps before it."""
        before = self._step

        async def run() -> None:
            if before is not None:
                _ = await asyncio.wait([before])
            try:
                await step()
            except Exception as error:
                log.debug("%s: no engine", self.root, exc_info=True)
                self.problem = f"{self.root}: cppls cannot work here: {one_line(error)}"
                self._emit(Notice(Severity.ERROR, self.problem))

        self._step = asyncio.create_task(run())

    async def _start(self) -> None:
        if self._engine is not None or not self._listeners:
            return
        self.problem = ""
        engine = self._make(self.root, self.settings)
        engine.subscribe(self._emit)
        try:
            await engine.start()
        except BaseException:
            await engine.stop()
            raise
        self._engine = engine
        for path, holders in self._documents.items():
            engine.open_document(path, holders[-1].text, holders[-1].revision)

    async def _stop(self) -> None:
        engine, self._engine = self._engine, None
        self._state = self._progress = None
        if engine is not None:
            await engine.stop()

    def _emit(self, event: Event) -> None:
        if isinstance(event, StateChanged):
            self._state = event
        elif isinstance(event, Progress):
            self._progress = event
        for listener in tuple(self._listeners.values()):
            listener(event)


class EnginePool:
    """All engines of this process, by root."""

    def __init__(self, make: MakeEngine) -> None:
        self._make = make
        self._engines: dict[str, SharedEngine] = {}

    def acquire(
        self, root: str, settings: Settings, owner: object, listener: Listener
    ) -> SharedEngine:
        """The engine of ``root``, started if nobody uses it yet; then ``settings`` count."""
        shared = self._engines.get(root)
        if shared is None:
            shared = self._engines[root] = SharedEngine(root, settings, self._make)
        elif not shared.users:
            shared.settings = settings
        shared.attach(owner, listener)
        return shared

    async def close(self) -> None:
        """Wait until every engine that is being stopped has stopped."""
        for shared in self._engines.values():
            await shared.settled()

    def statistics(self) -> Statistics:
        """Those of all engines."""
        return {"engines": [shared.statistics() for shared in self._engines.values()]}


def _path(document: Document) -> str:
    """The document's path; a document without one is no engine's business."""
    if document.path is None:
        raise ValueError(f"{document.uri} is not a file")
    return document.path
