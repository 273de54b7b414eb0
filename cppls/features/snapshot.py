"""What features ask of the engine: the document's text, its live TU, the index.

A protocol, so that features can be read and tested without an engine; ``engine/snapshot.py`` is
the real one. Everything here may be called at any time and never waits for indexing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from cppls.core.live_questions import Question
from cppls.core.text import Text
from cppls.index.reader import Reader
from cppls.project.clangd_values import Config

SETTLE_SECONDS: Final = 1.0
"""So long a list waits for the TUs of edited files; their indexed rows, moved, answer then."""
MOMENT_SECONDS: Final = 0.15
"""So long a jump waits for them."""

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")


class LiveDocument(Protocol):
    """The TU of an open document, at the version that the client sees.

    Every question (``core/live_questions.py``) is answered by ``None`` when the TU went away in
    the meantime (its host died, the document was closed): the caller then answers from the index.
    """

    async def ask(self, question: Question[A]) -> A | None: ...


class TypingDocument(LiveDocument, Protocol):
    """A TU that is asked about a text that it need not show."""

    @property
    def includes(self) -> Collection[str]:
        """The files that it had when it was parsed last, itself left out."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether a parse has begun, which a question has to wait for."""
        ...

    async def ask_soon(self, question: Question[A], seconds: float) -> A | None:
        """As ``ask``, but ``None`` when it takes longer, and at once while the TU is still at work
        on a question that did."""
        ...


class Snapshot(Protocol):
    """One moment of a project, taken before the first ``await`` of a request."""

    root: str
    """The project's folder."""

    def text(self, path: str) -> Text | None:
        """The open document's text, else the file's; ``None`` when it cannot be read."""
        ...

    def config(self, path: str) -> Config:
        """What ``.clangd`` files say for an open file; the defaults for all others."""
        ...

    def open_paths(self) -> Collection[str]:
        """The open documents, of all clients."""
        ...

    async def live(
        self, path: str, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | None:
        """The open document's TU; ``None`` when it is not open or not parsed yet.

        Without ``exact`` what is there within a moment: it may be the TU of an earlier text, that
        says what it knows of tokens which were not edited, in places of the present text. That is
        for answers that are looked at once; what a client keeps (lists, outlines, colours), and
        what changes text, needs the exact one. With ``first`` its first parse is waited for: for
        what a client asks once, where the index has nothing.
        """
        ...

    async def typing(self, path: str) -> TypingDocument | None:
        """The open document's TU, whatever text it shows, for questions that bring the newest text
        along; ``None`` when it is not open or not parsed yet."""
        ...

    def incomplete(self) -> str:
        """Why the index may lack what saved files hold, as a clause for the user; empty while it
        is complete."""
        ...

    async def query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(reader, *args)`` on a reader thread.

        It sees open documents as they are, not as they were when they were indexed: what they
        declare and use once :meth:`settle` was waited for, before that indexed rows where they
        have moved to, without those that were edited.
        """
        ...

    async def query_stored(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same of the index alone, which knows no open document: sooner, for what is only a
        hint."""
        ...

    async def query_saved(
        self,
        path: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same, with what the index has of ``path`` as it was when it was indexed."""
        ...

    async def settle(
        self,
        *,
        but: str = "",
        where: Callable[[Text], bool] | None = None,
        within: float = SETTLE_SECONDS,
    ) -> None:
        """Wait, ``within`` so many seconds, until queries see all that was typed into open
        documents, ``but`` for one, or into those ``where`` that is wanted: for what should miss
        nothing. Does nothing without an index."""
        ...
