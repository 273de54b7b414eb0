"""One moment of a project, as features see it: texts, live TUs, the index.

It keeps the documents as they were when it was taken; a live TU answers for that very text only, so
that all parts of an answer belong together.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from cppls.core.files import read_file
from cppls.core.text import Text
from cppls.engine.documents import Document
from cppls.engine.earlier import EarlierDocument
from cppls.engine.extracted import ExtractedFiles
from cppls.engine.questions import LiveDocument, TypingDocument
from cppls.engine.readers import Readers
from cppls.engine.unsaved import SETTLE_SECONDS, Unsaved
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader
from cppls.project.clangd_values import Config

P = ParamSpec("P")
T = TypeVar("T")


class Live(Protocol):
    """``LiveDocuments``, as far as answers need it."""

    async def read(
        self, document: Document, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | EarlierDocument | None: ...

    async def typing(self, document: Document) -> TypingDocument | None: ...


class Snapshot:
    """Cheap to take; to be dropped after the answer. Used from the event loop's thread."""

    def __init__(
        self,
        root: str,
        documents: Mapping[str, Document],
        live: Live,
        readers: Readers,
        config: Callable[[str], Config],
        incomplete: Callable[[], str],
        extracted: ExtractedFiles,
    ) -> None:
        self.root = root
        self._config = config
        self._incomplete = incomplete
        self._documents = documents
        self._live = live
        self._run = readers.run
        texts = {path: document.text for path, document in documents.items()}
        # Not a method of its own: an answer's memory is to go with it, not with the next search
        # for cycles.
        self._unsaved = Unsaved(texts, partial(_exact, live, documents), readers.run, extracted)

    def config(self, path: str) -> Config:
        """What ``.clangd`` files say for an open file; the defaults for all others."""
        return self._config(path)

    def text(self, path: str) -> Text | None:
        """The open document's text, else the file's; ``None`` when it cannot be read."""
        text = self.open_text(path)
        if text is not None:
            return text
        try:
            return Text(read_file(path))
        except OSError:
            return None

    def open_text(self, path: str) -> Text | None:
        """The text of an open document; ``None`` for all other files."""
        document = self._documents.get(path)
        return document.text if document is not None else None

    def open_paths(self) -> Collection[str]:
        """The open documents, of all clients."""
        return self._documents.keys()

    def incomplete(self) -> str:
        """See ``features.snapshot.Snapshot.incomplete``; of this very moment."""
        return self._incomplete()

    async def query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(reader, *args)`` on a reader thread, over what open documents hold. Raises
        ``IndexProblem``."""
        return await self._unsaved.query(function, *args, **kwargs)

    async def query_stored(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See ``features.snapshot.Snapshot.query_stored``."""
        return await self._run(function, *args, **kwargs)

    async def query_saved(
        self,
        path: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same, with what the index has of ``path`` as it was when it was indexed."""
        return await self._unsaved.query_saved(path, function, *args, **kwargs)

    async def settle(
        self,
        *,
        but: str = "",
        where: Callable[[Text], bool] | None = None,
        within: float = SETTLE_SECONDS,
    ) -> None:
        """See ``features.snapshot.Snapshot.settle``."""
        with contextlib.suppress(IndexUnavailable):
            await self._unsaved.settle(but=but, where=where, within=within)

    async def typing(self, path: str) -> TypingDocument | None:
        """See ``features.snapshot.Snapshot.typing``."""
        document = self._documents.get(path)
        return await self._live.typing(document) if document is not None else None

    async def live(
        self, path: str, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | EarlierDocument | None:
        """The open document's TU, once it shows this snapshot's text.

        ``None`` at once when it was never parsed, and when the text was edited since: the index
        answers then. For ``exact`` and ``first`` see ``features.snapshot.Snapshot.live``.
        """
        document = self._documents.get(path)
        if document is None:
            return None
        return await self._live.read(document, exact=exact, first=first)


async def _exact(
    live: Live, documents: Mapping[str, Document], path: str
) -> LiveDocument | EarlierDocument | None:
    document = documents.get(path)
    return await live.read(document) if document is not None else None
