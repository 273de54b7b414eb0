"""An editor as pytest-lsp knows it, over a project in the marker language.

The editor speaks with the capabilities of a real one (see :data:`PROFILES`), answers what a server
may ask of it, and holds the server to them: what the specification does not allow is an error, and
every message to the user must be taken by a test (:meth:`Editor.finish_test`).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import (
    ClientServerConfig,
    LanguageClient,
    LspSpecificationWarning,
    client_capabilities,
    make_test_lsp_client,
)

from cppls.core.model import Location, Span
from cppls.core.text import Encoding
from cppls.lsp.client import choose_encoding
from tests.markers import Fixture, Point

PATIENCE: Final = 60.0
"""Seconds until something that does not happen counts as missing."""

PROFILES: Final = ("neovim", "vscode", "emacs")
_VSCODE: Final = Path(__file__).with_name("visual_studio_code.json")
"""What ``vscode-languageclient`` 10 says of itself (its ``computeClientCapabilities``); the record
that comes with pytest-lsp is from 2022."""


class Editor:
    """One editor, its server, and the project that it works on."""

    def __init__(self, client: LanguageClient, project: Fixture, root: Path) -> None:
        self.client: Final = client
        self.project: Final = project
        self.root: Final = root
        self.encoding = "utf-16"
        self.states: list[str] = []
        """Of ``cppls/state``."""
        self.pulls = False
        """It asks for diagnostics."""
        self._texts: dict[str, tuple[int, str]] = {}
        self.registered: list[str] = []
        """Methods that the server has asked to be told of."""

    @classmethod
    async def start(cls, profile: str, project: Fixture, root: Path) -> Editor:
        """Start a server on ``project``, written below ``root``, and shake hands."""
        warnings.simplefilter("error", LspSpecificationWarning)
        environment = {**os.environ, "CPPLS_CACHE_DIR": str(root.parent / "cache")}
        command = [sys.executable, "-m", "cppls"]
        config = ClientServerConfig(command, make_test_lsp_client, environment)
        client = await config.start()
        assert isinstance(client, LanguageClient)
        editor = cls(client, project, root)
        editor._answer_the_server()
        capabilities = capabilities_of(profile)
        result = await client.initialize_session(
            lsp.InitializeParams(
                capabilities=capabilities,
                workspace_folders=[lsp.WorkspaceFolder(uri=root.as_uri(), name=root.name)],
            )
        )
        editor.encoding = str(result.capabilities.position_encoding)
        editor.pulls = result.capabilities.diagnostic_provider is not None
        return editor

    async def stop(self) -> None:
        """Leave in order; the server must agree that it was in order."""
        await self.client.shutdown_session()
        await self.client.stop()

    def open(self, name: str) -> str:
        """Open a file of the project; its URI."""
        path = self.project.path(name)
        uri = Path(path).as_uri()
        text = self.project.text(path).decode()
        item = lsp.TextDocumentItem(uri=uri, language_id="cpp", version=1, text=text)
        self.client.diagnostics.pop(uri, None)  # Those of an earlier test.
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
        self._texts[uri] = (1, text)
        return uri

    def edit(self, uri: str, change: Callable[[str], str]) -> None:
        """Change the text of an open file, without saving it."""
        version, text = self._texts[uri]
        self._texts[uri] = (version + 1, change(text))
        assert change(text) != text, f"nothing to change in {uri}"
        document = lsp.VersionedTextDocumentIdentifier(uri=uri, version=version + 1)
        whole = lsp.TextDocumentContentChangeWholeDocument(text=change(text))
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(text_document=document, content_changes=[whole])
        )

    def close(self, uri: str) -> None:
        """Close a file."""
        identifier = lsp.TextDocumentIdentifier(uri=uri)
        self.client.text_document_did_close(
            lsp.DidCloseTextDocumentParams(text_document=identifier)
        )

    async def until(self, happened: Callable[[], Any]) -> Any:
        """The first true value of ``happened``, looked at whenever a message may have come."""

        async def look() -> Any:
            while not (value := happened()):
                await asyncio.sleep(0.01)
            return value

        return await asyncio.wait_for(look(), PATIENCE)

    async def indexed(self) -> None:
        """Return when the server is idle."""
        _ = await self.until(lambda: self.states[-1:] == ["idle"])

    async def diagnosed(self, uri: str) -> list[lsp.Diagnostic]:
        """The diagnostics of an open file, once it has any answer: its TU is there then."""
        if self.pulls:
            return await self.pull(uri)
        _ = await self.until(lambda: uri in self.client.diagnostics)
        return list(self.client.diagnostics[uri])

    async def pull(self, uri: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a file, asked for."""
        params = lsp.DocumentDiagnosticParams(text_document=lsp.TextDocumentIdentifier(uri=uri))
        report = await self.client.text_document_diagnostic_async(params)
        assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
        return list(report.items)

    @property
    def counting(self) -> Encoding:
        """How this editor counts columns."""
        return choose_encoding([self.encoding])

    def at(self, point: Point) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
        """A point as this editor says it."""
        where = point.position
        position = self._position(point.path, where.line, where.column)
        return lsp.TextDocumentIdentifier(uri=Path(point.path).as_uri()), position

    def place(self, location: Location) -> lsp.Location:
        """A location as this editor says it."""
        return lsp.Location(
            uri=Path(location.path).as_uri(), range=self.range(location.path, location.span)
        )

    def places(self, *names: str) -> list[lsp.Location]:
        """The fixture's ranges of these names as this editor says them, sorted."""
        return ordered(self.place(location) for location in self.project.named(*names))

    def range(self, path: str, span: Span) -> lsp.Range:
        """A span as this editor says it."""
        return lsp.Range(
            start=self._position(path, span.line, span.column),
            end=self._position(path, span.end_line, span.end_column),
        )

    def finish_test(self) -> None:
        """Fail on anything that the server told the user and the test did not take."""
        told = [*self.client.messages, *self.client.log_messages]
        self.client.messages.clear()
        self.client.log_messages.clear()
        assert told == []
        assert self.client.error is None

    def _position(self, path: str, line: int, column: int) -> lsp.Position:
        before = self.project.text(path).split(b"\n")[line][:column].decode()
        unit = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[self.encoding]
        codec = self.encoding if unit == 1 else f"{self.encoding}-le"
        return lsp.Position(line=line, character=len(before.encode(codec)) // unit)

    def _answer_the_server(self) -> None:
        def register(params: lsp.RegistrationParams) -> None:
            self.registered += [registration.method for registration in params.registrations]

        def hear_state(params: Any) -> None:
            self.states.append(params.state)

        feature: Any = self.client.feature
        feature(lsp.CLIENT_REGISTER_CAPABILITY)(register)
        feature("cppls/state")(hear_state)


def capabilities_of(profile: str) -> lsp.ClientCapabilities:
    """What an editor of :data:`PROFILES` says of itself."""
    if profile == "vscode":
        recorded = json.loads(_VSCODE.read_text())
        return default_converter().structure(recorded, lsp.ClientCapabilities)
    capabilities = client_capabilities(profile)
    if profile == "emacs":
        general = capabilities.general or lsp.GeneralClientCapabilities()
        capabilities.general = general
        general.position_encodings = ["utf-32"]
    return capabilities


def ordered(locations: Iterable[lsp.Location]) -> list[lsp.Location]:
    """Locations by file and place."""

    def key(location: lsp.Location) -> tuple[str, int, int]:
        start = location.range.start
        return location.uri, start.line, start.character

    return sorted(locations, key=key)
