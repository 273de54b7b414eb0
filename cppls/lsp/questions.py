"""From a request's parameters to a question that a feature can answer.

What belongs to the moment of asking (the snapshot, the texts, the place) is taken at once, in the
order of the messages; only then is anything awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from lsprotocol import types as lsp

from cppls.core.files import read_file
from cppls.core.model import Diagnostic, Position
from cppls.core.text import Text
from cppls.engine.tools import Tools
from cppls.features.snapshot import Snapshot
from cppls.lsp.client import Client
from cppls.lsp.convert import Places, places_of
from cppls.lsp.documents import Document, path_of
from cppls.lsp.engines import SharedEngine
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """What every answer needs; ``position`` counts bytes, ``explain`` tells the user's trace.

    ``path`` is empty in a question about the whole project.
    """

    client: Client
    snapshot: Snapshot
    path: str
    position: Position
    text: Text
    """Of the asked file; empty in a question about the whole project."""
    diagnostics: Sequence[Diagnostic]
    """Those of this very text that the client has been told."""
    texts: Mapping[str, Text]
    """Of all open documents, as they were when the question came."""
    versions: Mapping[str, int]
    """The client's numbers of these texts, by path."""
    uri_of: Callable[[str], str]
    tools: Tools
    style: str
    """clang-format's where no file names one."""
    code_lens: bool
    """Whether the user wants lenses."""
    explain: Callable[[str], None]

    async def places(self, paths: Iterable[str]) -> Places:
        """A converter for an answer about ``paths``."""
        return await places_of(self.snapshot, self.client.encoding, self.uri_of, self.texts, paths)


Ask = Callable[[Question], Awaitable[T]]


def ask_at(
    session: Session, uri: str, position: lsp.Position, ask: Ask[T], *, urgent: bool
) -> Awaitable[T]:
    """Ask about a place in a file, open or not.

    While an ``urgent`` question waits for its answer, no background job starts. Raises
    :class:`RequestError` when ``uri`` names nothing that can be asked about.
    """
    document = session.documents.get(uri)
    path = document.path if document is not None else path_of(uri)
    if path is None:
        raise RequestError(INVALID_PARAMS, f"{uri}: cppls answers for files only")
    folder = session.workspace.folder_of(path)
    if folder is None:
        raise RequestError(INVALID_PARAMS, f"{uri}: open this file, or a folder that holds it")
    return _ask(session, folder.engine, path, document, position, ask, urgent=urgent)


def ask_everywhere(session: Session, ask: Ask[list[T]], *, urgent: bool) -> Awaitable[list[T]]:
    """Ask every project of the client; the answers follow each other."""
    start = lsp.Position(line=0, character=0)
    asked = [
        _ask(session, folder.engine, "", None, start, ask, urgent=urgent)
        for folder in session.workspace
    ]

    async def joined() -> list[T]:
        return [item for answer in await asyncio.gather(*asked) for item in answer]

    return joined()


def _ask(
    session: Session,
    shared: SharedEngine,
    path: str,
    document: Document | None,
    position: lsp.Position,
    ask: Ask[T],
    *,
    urgent: bool,
) -> Awaitable[T]:
    engine = shared.engine
    snapshot = engine.snapshot() if engine is not None else None
    texts, versions = session.documents.texts(), session.documents.versions()
    open_text = document.text if document is not None else None
    diagnostics = document.current_diagnostics() if document is not None else ()
    encoding = session.client.encoding

    def uri_of(other: str) -> str:
        # A file may be open under several URIs; who asks about it knows it by this one.
        return document.uri if document and other == path else session.workspace.uri_of(other)

    async def answer() -> T:
        running = engine if engine is not None else await shared.ready()
        text = open_text if open_text is not None else await asyncio.to_thread(_read, path)
        question = Question(
            client=session.client,
            snapshot=snapshot if snapshot is not None else running.snapshot(),
            path=path,
            position=text.to_position(position.line, position.character, encoding),
            text=text,
            diagnostics=diagnostics,
            texts=texts,
            versions=versions,
            uri_of=uri_of,
            tools=running.tools,
            style=session.settings.fallback_style,
            code_lens=session.settings.code_lens,
            explain=session.explain,
        )
        with running.interactive() if urgent else nullcontext():
            return await ask(question)

    return answer()


def _read(path: str) -> Text:
    if not path:
        return Text(b"")
    try:
        return Text(read_file(path))
    except OSError as error:
        reason = f"{path}: not open, and it cannot be read: {error.strerror}"
        raise RequestError(INVALID_PARAMS, reason) from error
