"""What is typed and not indexed yet, laid over the index for one snapshot's queries.

Of an open document whose text the index does not have, the rows are moved to where they are in
that text, without those that were edited. Once somebody wants a list that misses nothing
(:meth:`Unsaved.settle`), what its live TU holds takes their place. Must not know what is asked.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

import msgspec

from cppls.core.files import read_file
from cppls.core.hashing import content_hash
from cppls.core.live_questions import Extract, Question
from cppls.core.position_map import PositionMap
from cppls.core.text import Text
from cppls.engine.extracted import ExtractedFiles
from cppls.index.overlay import OpenFile, OpenFiles
from cppls.index.reader import Reader

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")

SETTLE_SECONDS: Final = 1.0
"""So long a list waits for the TUs of edited files: their indexed rows, moved, answer then."""


class Live(Protocol):
    """A live TU that shows exactly the snapshot's text."""

    async def ask(self, question: Question[A]) -> A | None: ...


class Run(Protocol):
    """``Readers.run``."""

    async def __call__(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


class Unsaved:
    """The edited documents of one snapshot. Used from the event loop's thread."""

    def __init__(
        self,
        texts: Mapping[str, Text],
        live: Callable[[str], Awaitable[Live | None]],
        run: Run,
        extracted: ExtractedFiles,
    ) -> None:
        """``texts``: of all open documents. ``live(path)`` waits for a document's TU."""
        self._extracted = extracted
        self._texts = texts
        self._live = live
        self._run = run
        self._edited: Mapping[str, PositionMap | None] | None = None
        self._files: dict[str, OpenFile] = {}
        self._without_tu: set[str] = set()

    async def query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(reader, ...)`` over the open files. Raises ``IndexProblem``."""
        return await self._query("", function, *args, **kwargs)

    async def query_saved(
        self,
        path: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same, with what the index has of ``path`` as it was when it was indexed."""
        return await self._query(path, function, *args, **kwargs)

    async def settle(
        self,
        *,
        but: str = "",
        where: Callable[[Text], bool] | None = None,
        within: float = SETTLE_SECONDS,
    ) -> None:
        """Have queries see what the edited files hold now, ``but`` for one, or of those ``where``
        that is so; at the most so many seconds are waited. Raises ``IndexProblem``."""
        wanted = [
            path
            for path in await self._known()
            if path != but
            and path not in self._files
            and path not in self._without_tu
            and (where is None or where(self._texts[path]))
        ]
        for path in wanted:
            known = self._extracted.get(path, self._texts[path])
            if known is not None:
                self._files[path] = known
        unknown = [path for path in wanted if path not in self._files]
        asked = [asyncio.ensure_future(self._extract(path)) for path in unknown]
        if not asked:
            return
        try:
            done, _ = await asyncio.wait(asked, timeout=within)
        finally:
            for task in asked:
                task.cancel()
        extracted: list[tuple[str, list[msgspec.Raw]]] = []
        for task in done:
            path, parts = task.result()
            if parts is None:
                self._without_tu.add(path)
            else:
                extracted.append((path, parts))
        if extracted:
            decoded = await self._run(_decoded, extracted)
            for path, parts in extracted:
                size = sum(len(bytes(part)) for part in parts)
                self._extracted.put(path, self._texts[path], decoded[path], size)
            self._files.update(decoded)

    async def _query(
        self,
        but: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        edited = await self._known()
        files = [file for path, file in self._files.items() if path != but]
        moved = {
            path: places
            for path, places in edited.items()
            if places is not None and path != but and path not in self._files
        }
        if not files and not moved:
            return await self._run(function, *args, **kwargs)

        def over(reader: Reader) -> T:
            with reader.over(OpenFiles(files, moved)):
                return function(reader, *args, **kwargs)

        return await self._run(over)

    async def _known(self) -> Mapping[str, PositionMap | None]:
        if self._edited is None:
            self._edited = await self._run(_edited, self._texts) if self._texts else {}
        return self._edited

    async def _extract(self, path: str) -> tuple[str, list[msgspec.Raw] | None]:
        live = await self._live(path)
        return path, await live.ask(Extract()) if live is not None else None


def _decoded(
    _: Reader, extracted: Sequence[tuple[str, Sequence[msgspec.Raw]]]
) -> dict[str, OpenFile]:
    """Some milliseconds for a large file: so on a reader's thread."""
    return {path: OpenFile.of(path, parts) for path, parts in extracted}


def _edited(reader: Reader, texts: Mapping[str, Text]) -> dict[str, PositionMap | None]:
    """Those of ``texts`` that the index was not made of, with the way from what it was made of;
    ``None`` when that is no longer on disk."""
    found: dict[str, PositionMap | None] = {}
    for path, text in texts.items():
        saved = _as_indexed(reader, path)
        if saved is None:
            found[path] = None
        elif saved != text.data:
            found[path] = PositionMap(Text(saved), text)
    return found


def _as_indexed(reader: Reader, path: str) -> bytes | None:
    info = reader.file(path)
    if info is None:
        return None
    try:
        status = os.stat(path)
        if status.st_size != info.size:
            return None
        content = read_file(path)
        same = status.st_mtime_ns == info.mtime_ns or content_hash(content) == info.content_hash
        return content if same else None
    except OSError:
        return None
