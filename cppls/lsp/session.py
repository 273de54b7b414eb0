"""One client: what it can do, its open documents, its folders, and what it is told.

A session lives as long as its connection. Engines belong to projects and outlive it when another
client uses them. Requests are turned into questions by ``questions.py``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from cppls import __version__
from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.events import (
    DiagnosticsChanged,
    DocumentParsed,
    DocumentParsing,
    Event,
    Notice,
    StateChanged,
)
from cppls.lsp import render
from cppls.lsp.client import Client
from cppls.lsp.documents import Document, Documents
from cppls.lsp.engines import EnginePool, SharedEngine
from cppls.lsp.errors import PARSE_ERROR
from cppls.lsp.painter import Painter
from cppls.lsp.progress import ProgressReporter
from cppls.lsp.protocol import Protocol
from cppls.lsp.publishing import Publisher
from cppls.lsp.workspace import Workspace, find_root

_converter: Final = default_converter()
"""Shared by all connections: making one takes longer than all else that a connection needs."""


class Session:
    """One connection's state. Used from the event loop's thread."""

    def __init__(self, pool: EnginePool, settings: Settings, writer: asyncio.StreamWriter) -> None:
        self.pool: Final = pool
        self.server: Final = LanguageServer(
            "cppls", __version__, protocol_cls=Protocol, converter_factory=lambda: _converter
        )
        self._client = Client()
        self.base_settings = settings
        """Of the command line and ``initializationOptions``: what later changes are laid over."""
        self.settings = settings
        self.folders_asked: list[str] = []
        """Those of ``initialize``, served from ``initialized`` on."""
        self.complaints: list[str] = []
        """About ``initialize``, told once the client may be told anything."""
        self.told: Final[set[str]] = set()
        """What is wrong with settings, and was said."""
        self.documents: Final = Documents()
        self.workspace: Final = Workspace(pool, self.documents, self._hear)
        self.publisher: Final = Publisher(self.protocol, self.documents, self.workspace)
        self.painter: Final = Painter(self.protocol, self.documents)
        self.trace = lsp.TraceValue.Off
        self.parent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The process that started the server, when it says so."""
        self.exit_code: int | None = None
        """0 or 1 once ``exit`` was received."""
        self.wants_memory = False
        """The client asked for ``cppls/memory``."""
        self.on_close: Final[list[Callable[[], None]]] = []
        """What ends with the connection."""
        self._homes: dict[Document, SharedEngine] = {}
        self._reporters: dict[str, ProgressReporter] = {}
        self.protocol.set_writer(writer)

    @property
    def protocol(self) -> Protocol:
        """The connection's messages."""
        protocol = self.server.protocol
        assert isinstance(protocol, Protocol)
        return protocol

    @property
    def client(self) -> Client:
        """What it can; nothing before ``initialize``."""
        return self._client

    @client.setter
    def client(self, client: Client) -> None:
        self._client = self.publisher.client = self.painter.client = client

    # --- the connection ---

    def receive(self, body: bytes) -> None:
        """One message of the client."""
        self.protocol.receive(body)

    def receive_garbage(self, problem: str) -> None:
        """Bytes that are no message."""
        self.protocol.fail(None, PARSE_ERROR, problem)

    @property
    def over(self) -> bool:
        """Whether ``exit`` was received."""
        return self.exit_code is not None

    def close(self) -> None:
        """The connection has ended: let go of everything."""
        self.protocol.cancel_all()
        for end in self.on_close:
            end()
        self.publisher.close()
        self.painter.close()
        for document in self.documents:
            self.leave(document)
        for reporter in self._reporters.values():
            reporter.close()
        self.workspace.clear()

    def statistics(self) -> Statistics:
        """``cppls/status``: everything that there is to know."""
        protocol = self.protocol
        return {
            "version": __version__,
            "encoding": self.client.encoding,
            "messages": {
                "received": protocol.received,
                "sent": protocol.sent,
                "errors": protocol.errors,
                "pending": protocol.pending(),
            },
            "documents": self.documents.statistics(),
            "workspace": self.workspace.statistics(),
            "painting": self.painter.statistics(),
        }

    # --- folders and documents ---

    def add_folder(self, path: str) -> None:
        """Serve the project at ``path`` as well; files that are open move where they belong."""
        if self.workspace.add(path, self.settings) is not None:
            self._rehome()

    def remove_folder(self, path: str) -> None:
        """Serve the project at ``path`` no more."""
        folder = self.workspace.remove(path)
        if folder is None:
            return
        for document in self.documents:
            if self._homes.get(document) is folder.engine:
                self.leave(document)
        reporter = self._reporters.pop(folder.root, None)
        if reporter is not None:
            reporter.close()
        self._rehome()

    def configure(self, settings: Settings) -> None:
        """Go on with other settings: the engines start anew with them, which takes a moment."""
        if settings == self.settings:
            return
        self.settings = settings
        for folder in self.workspace:
            folder.engine.restart(settings)

    def join(self, document: Document) -> None:
        """Tell the engine of a file that has been opened, finding its project if need be."""
        path = document.path
        if path is None or document in self._homes:
            return
        if self.workspace.folder_of(path) is None:
            # Adding a folder brings all open files to their engines, this one included.
            self.add_folder(find_root(path))
            return
        folder = self.workspace.folder_of(path)
        if folder is not None:
            self._homes[document] = folder.engine
            folder.engine.open(document)

    def leave(self, document: Document) -> None:
        """Take a document away from its engine."""
        home = self._homes.pop(document, None)
        if home is not None:
            home.close(document)

    def forget(self, document: Document) -> None:
        """A document was closed: nothing is shown any more under a URI of its own."""
        self.leave(document)
        self.publisher.closed()
        self.painter.closed(document)
        if document.path is not None and document.uri != self.workspace.uri_of(document.path):
            self.publisher.retract(document.uri)

    def home(self, document: Document) -> SharedEngine | None:
        """The engine that holds an open document."""
        return self._homes.get(document)

    def _rehome(self) -> None:
        for document in self.documents:
            folder = self.workspace.folder_of(document.path or "")
            if folder is not None and self._homes.get(document) is not folder.engine:
                self.leave(document)
                self.join(document)

    # --- what the client is told ---

    def say(self, kind: lsp.MessageType, message: str, *, show: bool = False) -> None:
        """A line in the client's log; ``show`` it to the user as well, for what needs doing."""
        self.protocol.log_to_client(kind, message)
        if show:
            self.protocol.notify(
                lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(type=kind, message=message)
            )

    def explain(self, message: str) -> None:
        """A remark on an answer, for a user who traces the server (``$/setTrace``)."""
        if self.trace is not lsp.TraceValue.Off:
            self.protocol.notify(lsp.LOG_TRACE, lsp.LogTraceParams(message=message))

    def _hear(self, root: str, event: Event) -> None:
        """An engine's event."""
        if isinstance(event, DiagnosticsChanged):
            self.publisher.hear(root, event)
        elif isinstance(event, DocumentParsing | DocumentParsed):
            self.painter.hear(event)
        elif isinstance(event, Notice):
            kind = lsp.MessageType(render.MESSAGE_TYPE[event.severity])
            self.say(kind, event.message, show=kind is lsp.MessageType.Error)
        else:
            self._reporter(root).hear(event)
            if isinstance(event, StateChanged) and event.state == "idle":
                self.publisher.refresh()
                self.painter.refresh()

    def _reporter(self, root: str) -> ProgressReporter:
        reporter = self._reporters.get(root)
        if reporter is None:
            reporter = self._reporters[root] = ProgressReporter(
                self.protocol, os.path.basename(root) or root, with_progress=self.client.progress
            )
        return reporter
