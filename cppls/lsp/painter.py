"""What one client knows of colours: its last results, and when to ask for new ones.

A client asks for colours and hints after an edit of its own. Of a parse that another file's edit,
a build or the end of indexing caused it knows nothing: it is told to ask again, once for all that
comes within a moment. Inactive regions and the status of files are told as they become known.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from array import array
from collections.abc import Callable
from typing import Final

from lsprotocol import types as lsp

from cppls.core.model import Span, Statistics
from cppls.engine.events import DocumentParsed, DocumentParsing
from cppls.lsp.client import Client
from cppls.lsp.convert import Places
from cppls.lsp.documents import Document, Documents
from cppls.lsp.protocol import Protocol
from cppls.lsp.wire_painting import FileStatus, InactiveRegions, TextDocument

INACTIVE_REGIONS: Final = "textDocument/inactiveRegions"
FILE_STATUS: Final = "textDocument/clangd.fileStatus"
FILE_STATUS_OPTION: Final = "clangdFileStatus"
"""Of ``initializationOptions``, as clangd's."""
RESULT_BYTES: Final = 4 << 20
"""Of results kept for deltas: some ten files of 5,000 lines."""
PARSE_SECONDS: Final = 60.0
"""So long an answer waits for the first parse of its text."""
REFRESH_PAUSE: Final = 0.5
"""Seconds between two requests to ask again: each makes a client ask for all that it shows."""


class Painter:
    """Used from the event loop's thread."""

    def __init__(self, protocol: Protocol, documents: Documents) -> None:
        self.client = Client()
        self.tells_status = False
        """The client asked for the status of files (``clangdFileStatus``)."""
        self._protocol = protocol
        self._documents = documents
        self._results = TokenResults()
        self._parsed: dict[str, int] = {}
        """By path, the revision whose parse was heard of."""
        self._missed: set[str] = set()
        """Files whose colours were asked for before they were parsed."""
        self._news = asyncio.Event()
        self._refreshing: asyncio.TimerHandle | None = None
        self._refreshes = self._waits = 0

    @property
    def results(self) -> TokenResults:
        """What was sent last, for deltas."""
        return self._results

    async def parsed(self, path: str, revision: int) -> bool:
        """Wait for the end of the parse of this text, as clangd does; whether it is there.

        False when that takes too long, or the document was edited or closed: the answer is then
        empty, and the client told to ask again when there is a better one.
        """
        self._waits += 1
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news_of(path, revision), PARSE_SECONDS)
        if self._parsed.get(path) == revision:
            return True
        self._missed.add(path)
        return False

    def hear(self, event: DocumentParsing | DocumentParsed) -> None:
        """A parse of an open document begins or has ended."""
        document = self._documents.at_path(event.path)
        if document is None:
            return
        if isinstance(event, DocumentParsing):
            self._tell_status(document, "parsing includes, running Update")
            return
        self._tell_status(document, "idle")
        if event.version != document.revision:
            return
        self._news.set()
        self._tell_inactive(document, event)
        # The first parse of a text is that of an edit; what follows has other causes.
        again = self._parsed.get(event.path) == event.version
        self._parsed[event.path] = event.version
        if again or event.path in self._missed:
            self._missed.discard(event.path)
            self.refresh()

    def refresh(self) -> None:
        """Have the client ask again, soon and once."""
        if self._refreshing is None and self._requests():
            loop = asyncio.get_running_loop()
            self._refreshing = loop.call_later(REFRESH_PAUSE, self._ask_to_refresh)

    def closed(self, document: Document) -> None:
        """Forget a document that was closed."""
        self._results.forget(document.uri)
        if document.path is not None and self._documents.at_path(document.path) is None:
            self._parsed.pop(document.path, None)
            self._missed.discard(document.path)
            self._news.set()

    def close(self) -> None:
        """Nothing more is sent."""
        if self._refreshing is not None:
            self._refreshing.cancel()

    def statistics(self) -> Statistics:
        """Results kept, and how often the client was told to ask again."""
        return {**self._results.statistics(), "refreshes": self._refreshes, "waits": self._waits}

    async def _news_of(self, path: str, revision: int) -> None:
        while self._parsed.get(path) != revision:
            document = self._documents.at_path(path)
            if document is None or document.revision != revision:
                return
            self._news.clear()
            await self._news.wait()

    def _requests(self) -> list[str]:
        """What the client can be asked to ask for again."""
        able = (
            (self.client.refreshes_tokens, lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH),
            (self.client.refreshes_hints, lsp.WORKSPACE_INLAY_HINT_REFRESH),
            (self.client.refreshes_lenses, lsp.WORKSPACE_CODE_LENS_REFRESH),
        )
        return [method for can, method in able if can]

    def _ask_to_refresh(self) -> None:
        self._refreshing = None
        self._refreshes += 1
        for method in self._requests():
            # What the client answers matters to nobody.
            _ = self._protocol.send_request(method)

    def _tell_status(self, document: Document, state: str) -> None:
        if self.tells_status:
            self._protocol.publish(FILE_STATUS, FileStatus(document.uri, state))

    def _tell_inactive(self, document: Document, event: DocumentParsed) -> None:
        if not self.client.inactive_regions:
            return
        texts = {event.path: document.text} if not document.text.data.isascii() else {}
        places = Places(self.client.encoding, _same, texts)
        regions = [
            places.range(event.path, Span(span.line, 0, last, len(document.text.line(last))))
            for span in event.inactive
            for last in (span.end_line - 1,)
        ]
        for shown in self._documents.same_as(document):
            where = TextDocument(shown.uri, shown.version)
            self._protocol.publish(INACTIVE_REGIONS, InactiveRegions(where, regions))


class TokenResults:
    """The last result of each document, by an id, within a bound of bytes."""

    def __init__(self, most: int = RESULT_BYTES) -> None:
        self._most = most
        self._results: dict[str, tuple[str, array[int]]] = {}
        self._ids: Callable[[], int] = itertools.count(1).__next__
        self._held = self._evicted = self._deltas = 0

    def keep(self, uri: str, numbers: array[int]) -> str:
        """Keep ``numbers`` in place of what was kept of ``uri``; their id."""
        self.forget(uri)
        identifier = str(self._ids())
        self._results[uri] = identifier, numbers
        self._held += _size(numbers)
        while self._held > self._most:
            self.forget(next(iter(self._results)))
            self._evicted += 1
        return identifier

    def kept(self, uri: str, identifier: str) -> array[int] | None:
        """What was sent under ``identifier``, if it is still there."""
        found = self._results.get(uri)
        if found is None or found[0] != identifier:
            return None
        self._deltas += 1
        return found[1]

    def forget(self, uri: str) -> None:
        """Let go of the result of ``uri``."""
        found = self._results.pop(uri, None)
        if found is not None:
            self._held -= _size(found[1])

    def statistics(self) -> Statistics:
        """What is held, and how often it served."""
        return {
            "token_results": len(self._results),
            "token_bytes": self._held,
            "token_evictions": self._evicted,
            "token_deltas": self._deltas,
        }


def _size(numbers: array[int]) -> int:
    return len(numbers) * numbers.itemsize


def _same(path: str) -> str:
    return path
