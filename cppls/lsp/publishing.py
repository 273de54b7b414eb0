"""Diagnostics as one client gets them: pushed with each parse, or kept until it asks.

A client that asks (``Client.pulls_diagnostics``) is never pushed to: it would show everything
twice. It is told to ask again when something changed that no edit of its own explains.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from lsprotocol import types as lsp

from cppls.core.model import Diagnostic
from cppls.engine.events import DiagnosticsChanged
from cppls.lsp import render, wire
from cppls.lsp.client import Client
from cppls.lsp.convert import places_of
from cppls.lsp.documents import Document, Documents
from cppls.lsp.protocol import Protocol
from cppls.lsp.workspace import Workspace

log: Final = logging.getLogger(__name__)

REFRESH_PAUSE: Final = 1.0
"""Seconds between two requests to ask again: each makes a client ask for all that it shows."""


class Publisher:
    """What one client knows of diagnostics. Used from the event loop's thread."""

    def __init__(self, protocol: Protocol, documents: Documents, workspace: Workspace) -> None:
        self.client = Client()
        self._protocol = protocol
        self._documents = documents
        self._workspace = workspace
        self._publishing: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._refreshing: asyncio.TimerHandle | None = None

    def hear(self, root: str, event: DiagnosticsChanged) -> None:
        """An engine has new diagnostics of a file; a newer set replaces one still being sent."""
        before = self._publishing.pop(event.path, None)
        if before is not None:
            _ = before.cancel()
        document = self._documents.at_path(event.path)
        if event.version is not None:
            if document is None or event.version < document.revision:
                return  # Closed, or edited since: better ones are under way.
            self._keep(document, event.diagnostics)
        elif document is not None:
            return  # What the index knows of a file says less than its live TU will.
        if self.client.pulls_diagnostics:
            if document is None:
                self.refresh()
            return
        task = asyncio.create_task(self._send(root, event, document))
        self._publishing[event.path] = task
        task.add_done_callback(lambda done: self._published(event.path, done))

    def refresh(self) -> None:
        """Have a client that pulls ask again, once for all that comes within a moment."""
        if self.client.pulls_diagnostics and self._refreshing is None:
            loop = asyncio.get_running_loop()
            self._refreshing = loop.call_later(REFRESH_PAUSE, self._ask_to_refresh)

    def retract(self, uri: str) -> None:
        """Nothing is shown under ``uri`` any more."""
        if not self.client.pulls_diagnostics:
            self._send_shown(uri, [], None)

    async def diagnosed(self, document: Document) -> list[Diagnostic]:
        """The diagnostics of an open document, as soon as there are those of its newest text.

        Those of an older one once it is closed.
        """
        while document.diagnosed != document.revision and self._documents.is_open(document):
            self._changed.clear()
            await self._changed.wait()
        return document.diagnostics

    def closed(self) -> None:
        """A document was closed: nobody waits for its diagnostics any more."""
        self._changed.set()

    def close(self) -> None:
        """The connection has ended."""
        self.closed()
        if self._refreshing is not None:
            self._refreshing.cancel()
        for task in self._publishing.values():
            _ = task.cancel()

    def _keep(self, document: Document, diagnostics: list[Diagnostic]) -> None:
        for shown in self._documents.same_as(document):
            if shown.diagnosed == shown.revision and shown.diagnostics != diagnostics:
                # The same text means something else now: a header has changed.
                self.refresh()
            shown.diagnostics, shown.diagnosed = diagnostics, shown.revision
        self._changed.set()

    async def _send(self, root: str, event: DiagnosticsChanged, document: Document | None) -> None:
        # Each URI under which the client shows this text, with its own version of it. Another
        # client's edit of the same file has no version that this one knows.
        versions: dict[str, int | None] = {self._workspace.uri_of(event.path): None}
        if document is not None:
            known = self.client.diagnostic_version and document.revision == event.version
            same = self._documents.same_as(document)
            versions = {shown.uri: shown.version if known else None for shown in same}
        folder = next((folder for folder in self._workspace if folder.root == root), None)
        if folder is None:
            return
        engine = await folder.engine.ready()
        places = await places_of(
            engine.snapshot(),
            self.client.encoding,
            self._workspace.uri_of,
            self._documents.texts(),
            render.paths_in(event.diagnostics),
        )
        shown = [render.diagnostic(item, places, self.client) for item in event.diagnostics]
        for uri, version in versions.items():
            self._send_shown(uri, shown, version)

    def _send_shown(self, uri: str, shown: list[wire.Diagnostic], version: int | None) -> None:
        params = wire.PublishDiagnostics(uri, shown, version)
        self._protocol.publish(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)

    def _ask_to_refresh(self) -> None:
        self._refreshing = None
        asked = self._protocol.send_request_async(lsp.WORKSPACE_DIAGNOSTIC_REFRESH)
        task = asyncio.ensure_future(asked)
        # A client that refuses asks again when it likes.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _published(self, path: str, task: asyncio.Task[None]) -> None:
        if self._publishing.get(path) is task:
            del self._publishing[path]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("%s: diagnostics not sent", path, exc_info=error)
