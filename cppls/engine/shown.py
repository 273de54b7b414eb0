"""Which diagnostics are shown of an open document: the parse's, clang-tidy's, as settings let them.

Must not know clients: it tells the engine's listeners.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from cppls.core.live_messages import Parsed
from cppls.core.model import Diagnostic, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine.afterwards import Afterwards
from cppls.engine.configs import FileConfigs, unsuppressed
from cppls.engine.diagnostics import file_problem, main_file_diagnostics
from cppls.engine.documents import Document
from cppls.engine.events import DiagnosticsChanged, Event, Notice
from cppls.engine.missing_includes import missing_includes
from cppls.engine.tidy import Checks, Room, Tidy
from cppls.engine.tools import Tools
from cppls.engine.unused_includes import unused_includes
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader
from cppls.project.clangd_values import Config

P = ParamSpec("P")
T = TypeVar("T")


class Query(Protocol):
    """``Snapshot.query``."""

    async def __call__(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


class ShownDiagnostics:
    """Used from the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        room: Room,
        tools: Tools,
        config: Callable[[str], Awaitable[Config]],
        checks: Callable[[str], Awaitable[Checks]],
        query: Query,
        emit: Callable[[Event], None],
    ) -> None:
        """``config(path)`` and ``checks(path)``: what the project says of a file; ``query`` asks
        the index as ``Snapshot.query`` does, once all that was typed is in it."""
        self._emit = emit
        self._query = query
        self._configs = FileConfigs(config, self._again)
        tidy = Tidy(settings, room, tools.run, checks)
        self._afterwards = {
            name: Afterwards(check, self._again, lambda text: emit(Notice(Severity.WARNING, text)))
            for name, check in (("clang_tidy", tidy.check), ("includes", self._includes))
        }
        self._parsed: dict[str, tuple[Document, list[Diagnostic]]] = {}

    def config(self, path: str) -> Config:
        """The settings of an open file, as far as they are known."""
        return self._configs.of(path)

    def opened(self, path: str) -> None:
        """A document was opened."""
        self._configs.opened(path)

    def closed(self, path: str) -> None:
        """A document was closed."""
        self._configs.closed(path)
        for each in self._afterwards.values():
            each.closed(path)
        self._parsed.pop(path, None)

    def settings_changed(self) -> None:
        """A file of settings may have been written."""
        self._configs.reload()

    def parsed(self, document: Document, parsed: Parsed) -> None:
        """Show what a parse says of the newest text."""
        lines = dict(zip(parsed.includes, parsed.include_lines, strict=False))
        diagnostics = main_file_diagnostics(document.path, document.text, parsed.diagnostics, lines)
        if not parsed.ok:
            diagnostics.insert(0, file_problem(document.path, parsed.message))
        self._show(document, diagnostics)
        for each in self._afterwards.values():
            each.parsed(document)

    def not_parsed(self, document: Document, reason: str) -> None:
        """Show that a text is left alone because it kills the parser."""
        message = f"This text is not parsed again until it changes: {reason}"
        self._show(document, [file_problem(document.path, message)])

    def stop(self) -> None:
        """Nothing more is shown."""
        for each in self._afterwards.values():
            each.stop()
        self._configs.stop()

    def statistics(self) -> Statistics:
        """Diagnostics held of open documents, and clang-tidy's figures."""
        return {
            "documents": len(self._parsed),
            "diagnostics": sum(len(diagnostics) for _, diagnostics in self._parsed.values()),
            "settings": self._configs.statistics(),
            **{name: each.statistics() for name, each in self._afterwards.items()},
        }

    def _show(self, document: Document, diagnostics: list[Diagnostic]) -> None:
        """What the parse says, and what was found after it, or after one before it."""
        self._parsed[document.path] = (document, diagnostics)
        found = [d for each in self._afterwards.values() for d in each.found(document.path)]
        shown = unsuppressed([*diagnostics, *found], self.config(document.path))
        self._emit(DiagnosticsChanged(document.path, document.version, shown))

    def _again(self, path: str) -> None:
        if path in self._parsed:
            self._show(*self._parsed[path])

    async def _includes(self, document: Document) -> list[Diagnostic]:
        settings = self.config(document.path).diagnostics
        _, diagnostics = self._parsed.get(document.path, (document, []))
        # Where a name is not understood nobody knows what it needs.
        broken = any(each.severity >= Severity.ERROR for each in diagnostics)
        path, found = document.path, list[Diagnostic]()
        if broken:
            return []
        try:
            if settings.unused_includes == "Strict":
                text = document.text
                found += await self._query(unused_includes, path, text, settings.includes)
            if settings.missing_includes == "Strict":
                found += await self._query(missing_includes, path, settings.includes)
        except IndexProblem:
            return []
        return found
