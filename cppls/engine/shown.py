"""Which diagnostics are shown of an open document: the parse's, clang-tidy's, as settings let them.

Must not know clients: it tells the engine's listeners.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cppls.core.live_messages import Parsed
from cppls.core.model import Diagnostic, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine.configs import FileConfigs, unsuppressed
from cppls.engine.diagnostics import file_problem, main_file_diagnostics
from cppls.engine.documents import Document
from cppls.engine.events import DiagnosticsChanged, Event, Notice
from cppls.engine.tidy import Checks, Room, Tidy
from cppls.engine.tools import Tools
from cppls.project.clangd_values import Config


class ShownDiagnostics:
    """Used from the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        room: Room,
        tools: Tools,
        config: Callable[[str], Awaitable[Config]],
        checks: Callable[[str], Awaitable[Checks]],
        emit: Callable[[Event], None],
    ) -> None:
        """``config(path)`` and ``checks(path)``: what the project says of a file."""
        self._emit = emit
        self._configs = FileConfigs(config, self._again)
        self._tidy = Tidy(
            settings,
            room,
            tools.run,
            checks,
            self._show,
            lambda text: emit(Notice(Severity.WARNING, text)),
        )
        self._shown: dict[str, tuple[Document, list[Diagnostic]]] = {}

    def config(self, path: str) -> Config:
        """The settings of an open file, as far as they are known."""
        return self._configs.of(path)

    def opened(self, path: str) -> None:
        """A document was opened."""
        self._configs.opened(path)

    def closed(self, path: str) -> None:
        """A document was closed."""
        self._configs.closed(path)
        self._tidy.closed(path)
        self._shown.pop(path, None)

    def settings_changed(self) -> None:
        """A file of settings may have been written."""
        self._configs.reload()

    def parsed(self, document: Document, parsed: Parsed) -> None:
        """Show what a parse says of the newest text."""
        lines = dict(zip(parsed.includes, parsed.include_lines, strict=False))
        diagnostics = main_file_diagnostics(document.path, document.text, parsed.diagnostics, lines)
        if not parsed.ok:
            diagnostics.insert(0, file_problem(document.path, parsed.message))
        self._show(document, self._tidy.parsed(document, diagnostics))

    def not_parsed(self, document: Document, reason: str) -> None:
        """Show that a text is left alone because it kills the parser."""
        message = f"This text is not parsed again until it changes: {reason}"
        self._show(document, [file_problem(document.path, message)])

    def stop(self) -> None:
        """Nothing more is shown."""
        self._tidy.stop()
        self._configs.stop()

    def statistics(self) -> Statistics:
        """Diagnostics held of open documents, and clang-tidy's figures."""
        return {
            "documents": len(self._shown),
            "diagnostics": sum(len(diagnostics) for _, diagnostics in self._shown.values()),
            "settings": self._configs.statistics(),
            "clang_tidy": self._tidy.statistics(),
        }

    def _show(self, document: Document, diagnostics: list[Diagnostic]) -> None:
        self._shown[document.path] = (document, diagnostics)
        shown = unsuppressed(diagnostics, self.config(document.path))
        self._emit(DiagnosticsChanged(document.path, document.version, shown))

    def _again(self, path: str) -> None:
        if path in self._shown:
            self._show(*self._shown[path])
