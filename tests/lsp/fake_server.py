"""A real LSP server over an engine that only pretends: run as ``python -m tests.lsp.fake_server``.

What the file's text says is what happens: ``BAD`` is an error with a fix-it and a note,
``QUIET`` a text that is not parsed yet; asking about ``slow.cpp`` never ends, about ``crash.cpp``
raises; the engine's statistics hold the texts that it was given. A root with
the word ``busy`` in it indexes three files at the start.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from cppls.core.model import Diagnostic, Edit, FixIt, Note, Severity, Span, Statistics
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.events import DiagnosticsChanged, Event, Listener, Progress, StateChanged
from cppls.engine.header_contexts import ContextsOfHeader
from cppls.engine.tools import Tools
from cppls.features.snapshot import SETTLE_SECONDS, LiveDocument
from cppls.index.reader import Reader
from cppls.lsp.server import serve_stdio, serve_tcp
from cppls.project.clangd_values import Config

P = ParamSpec("P")
T = TypeVar("T")


class FakeReader:
    """An index that knows nothing."""

    def file(self, path: str) -> None:
        """No file is known."""

    def __getattr__(self, name: str) -> Callable[..., list[Any]]:
        return lambda *_args, **_names: []


class FakeSnapshot:
    """Open texts; no live TU."""

    root = ""

    def __init__(self, texts: dict[str, Text]) -> None:
        self._texts = texts

    def text(self, path: str) -> Text | None:
        return self._texts.get(path)

    def config(self, path: str) -> Config:
        return Config()

    def open_paths(self) -> Collection[str]:
        return self._texts.keys()

    async def live(
        self, path: str, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | None:
        if path.endswith("slow.cpp"):
            await asyncio.Event().wait()
        if path.endswith("crash.cpp"):
            raise ZeroDivisionError("a defect in cppls")
        return None

    async def typing(self, path: str) -> None:
        """No document has a TU."""

    def incomplete(self) -> str:
        return ""

    async def query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return function(cast("Reader", FakeReader()), *args, **kwargs)

    async def query_stored(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.query(function, *args, **kwargs)

    async def query_saved(
        self,
        path: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.query(function, *args, **kwargs)

    async def settle(
        self,
        *,
        but: str = "",
        where: Callable[[Text], bool] | None = None,
        within: float = SETTLE_SECONDS,
    ) -> None:
        pass


class NoBudget:
    """Memory without end."""

    def add_cache(self, name: str, shrink: Callable[[], bool]) -> None: ...
    def wake(self) -> None: ...


class FakeEngine:
    """Keeps what it is told."""

    def __init__(self, root: str, settings: Settings) -> None:
        self.tools = Tools(root, settings, NoBudget())
        self._root = root
        self._settings = settings
        self._texts: dict[str, Text] = {}
        self._listeners: list[Listener] = []
        self._told: list[str] = []

    async def start(self) -> None:
        if "broken" in self._root:
            raise OSError("no place for an index")
        self._emit(StateChanged("ready"))
        if "busy" in self._root:
            self._emit(StateChanged("indexing"))
            for done in range(3):
                self._emit(Progress(done + 1, 3, f"{self._root}/{done}.cpp"))
            loop = asyncio.get_running_loop()
            _ = loop.call_later(0.3, self._emit, StateChanged("idle"))
        else:
            self._emit(StateChanged("idle"))

    async def stop(self) -> None:
        await asyncio.sleep(0)

    def subscribe(self, listener: Listener, /) -> None:
        self._listeners.append(listener)

    def open_document(self, path: str, text: Text, version: int) -> None:
        self.change_document(path, text, version)

    def change_document(self, path: str, text: Text, version: int) -> None:
        self._texts[path] = text
        if b"QUIET" in text.data:
            return
        found = [_problem(path, text)] if b"BAD" in text.data else []
        self._emit(DiagnosticsChanged(path, version, found))

    def save_document(self, path: str) -> None:
        self._told.append(f"saved {path}")

    def close_document(self, path: str) -> None:
        del self._texts[path]
        self._emit(DiagnosticsChanged(path, None, []))

    def files_changed(self, paths: Sequence[str]) -> None:
        self._told.extend(f"changed {path}" for path in paths)

    def snapshot(self) -> FakeSnapshot:
        return FakeSnapshot(dict(self._texts))

    def interactive(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def statistics(self) -> Statistics:
        texts: Statistics = {
            path: text.data.decode("utf-8", "replace") for path, text in self._texts.items()
        }
        return {"texts": texts, "told": "\n".join(self._told), "jobs": self._settings.jobs}

    def overview(self) -> Statistics:
        return {"budget": 512 << 20, "now": 100 << 20, "health": "ok"}

    async def costs(self) -> Statistics:
        return {"quarantined": [], "costliest": []}

    async def header_contexts(self, path: str) -> ContextsOfHeader:
        return ContextsOfHeader((), False, None)

    async def choose_context(self, path: str, unit: str | None) -> bool:
        return unit is None

    def memory_tree(self) -> Statistics:
        return {"_self": 0, "_total": 3, "server 1": {"_self": 3, "_total": 3}}

    def spill(self) -> int:
        self._told.append("spill")
        return len(self._texts)

    def warm(self, which: str, /) -> int:
        self._told.append(f"warm {which}")
        return len(self._texts)

    def pause(self) -> None:
        self._told.append("pause")

    def resume(self) -> None:
        self._told.append("resume")

    def _emit(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)


def _problem(path: str, text: Text) -> Diagnostic:
    start = text.position(text.data.index(b"BAD"))
    span = Span(start.line, start.column, start.line, start.column + 3)
    return Diagnostic(
        path,
        span,
        Severity.WARNING,
        "this is bad",
        "-Wbad",
        notes=[Note(path, span, "because it is")],
        fixits=[FixIt("change BAD to GOOD", [Edit(span, "GOOD")])],
        tags=["deprecated"],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tcp"]:
        sys.exit(asyncio.run(serve_tcp("127.0.0.1", 0, Settings(), FakeEngine)))
    sys.exit(asyncio.run(serve_stdio(Settings(), FakeEngine)))
