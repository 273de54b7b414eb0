"""A project in a folder with everything real but the processes, as clangd's ``TestTU`` is.

A fixture in the marker language is written, indexed by the native indexer into a real index, and
what is opened is parsed into live TUs; then a feature is asked, in process:

    with World.of(tmp_path, "int $def{f$}(); int x = $0f();") as world:
        answer = await world.ask(definition)
        assert answer.items == world.named("def")
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar, cast

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from cppls.clang.live import LiveContext, LiveUnit
from cppls.clang.shards import ShardMaker
from cppls.core.live_messages import AnyQuestion
from cppls.core.live_questions import Question, decode_answer
from cppls.core.model import FileStatus, Location, Position
from cppls.core.position_map import PositionMap
from cppls.core.text import Text
from cppls.engine.earlier import EarlierDocument
from cppls.engine.extracted import ExtractedFiles
from cppls.engine.unsaved import Unsaved
from cppls.features.snapshot import SETTLE_SECONDS, LiveDocument, Snapshot
from cppls.index.batch import TranslationUnitResult
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader
from cppls.index.store import Index
from cppls.project.clangd_values import Config
from tests.markers import C_SUFFIXES, CPP_SUFFIXES, Fixture, SourceFile, parse

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")


class World:
    """A project, and a snapshot of it. A context manager: closes the index and the TUs."""

    def __init__(self, fixture: Fixture, folder: Path) -> None:
        self.fixture = fixture
        self.root = str(folder)
        self.index = Index.open(self.root + "/.index", self.root, write=True)
        self.reader = self.index.reader()
        self.texts: dict[str, Text] = {}
        """Of the open documents."""
        self.config = Config()
        """What ``.clangd`` says, for all files."""
        self.is_parsing = False
        """Edited documents are at their parse: nothing can ask the TUs of earlier texts."""
        self.is_opening = False
        """No document was parsed yet; whoever waits for that sees it parsed."""
        self.incomplete = ""
        """Why the index is said to lack something."""
        self._units: dict[str, WorldUnit] = {}
        self._context = LiveContext.open()

    @classmethod
    def of(cls, folder: Path, marked: str, *, index: bool = True, open: str = "*") -> World:
        """The project that ``marked`` describes, below ``folder``.

        ``index``: its sources are indexed. ``open``: the file to open, the one that holds ``$0``
        when it is ``"*"``, none when it is empty.
        """
        (folder / ".index").mkdir()
        world = cls(parse(marked).write(folder), Path(os.path.realpath(folder)))
        if index:
            world.index_all()
        if open:
            world.open(world.fixture.point().path if open == "*" else world.path(open))
        return world

    def path(self, name: str) -> str:
        """The absolute path of a file of the fixture."""
        return self.fixture.path(name)

    def named(self, *names: str) -> list[Location]:
        """The fixture's ranges of these names, by path and position."""
        return self.fixture.named(*names)

    def index_all(self) -> None:
        """Index every source file as it is on disk, as workers and the writer would."""
        session = IndexSession(library.load())
        for file in filter(is_source, self.fixture.files):
            arguments = [os.fsencode(flag) for flag in file.flags]
            root = os.fsencode(self.root)
            maker = ShardMaker()
            indexed = session.index(os.fsencode(file.path), root, arguments, sink=maker)
            assert indexed.end, indexed.message
            shard = maker.finish(indexed.end)
            self.commit(TranslationUnitResult(file.path, 1, FileStatus.INDEXED, shard))
        session.close()

    def commit(self, result: TranslationUnitResult) -> None:
        """Write one translation unit's result, as the server's writer would."""
        self.index.writer.commit([result])

    def open(self, path: str, text: bytes | None = None, *, parse: bool = True) -> None:
        """Open the file, with unsaved ``text`` if any; parsed unless that is still to come."""
        self.texts[path] = Text(Path(path).read_bytes() if text is None else text)
        if not parse:
            return
        donor = next(filter(is_source, self.fixture.files))
        file = next(file for file in self.fixture.files if file.path == path)
        flags = file.flags if is_source(file) else ("-xc++-header", *donor.flags)
        arguments = [os.fsencode(flag) for flag in flags]
        unit = LiveUnit(self._context, os.fsencode(path), os.fsencode(self.root), arguments)
        self._units[path] = WorldUnit(path, unit)
        self._units[path].show(self.texts)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace what stands once in an open document; it is parsed when the exact TU is asked."""
        text = self.texts[path].data.decode()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.texts[path] = Text.of(text.replace(old, new))

    def save(self, path: str) -> None:
        """Write an open document's text to disk; it is not indexed by that."""
        Path(path).write_bytes(self.texts[path].data)

    def place(self, path: str, found: str) -> Position:
        """Where ``found`` stands once in the present text of an open document."""
        text = self.texts[path]
        assert text.data.count(found.encode()) == 1, f"{found!r} is not there once"
        return text.position(text.data.index(found.encode()))

    def lose_index(self) -> None:
        """From now on there is no index to read, as before anything was indexed."""
        self.reader.close()
        self.reader = Reader(self.root + "/none.db")

    async def ask(
        self,
        feature: Callable[Concatenate[Snapshot, str, Position, P], Awaitable[T]],
        point: str | int = 0,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The feature's answer at a point of the fixture."""
        at = self.fixture.point(point)
        return await feature(self.snapshot, at.path, at.position, *args, **kwargs)

    @property
    def snapshot(self) -> Snapshot:
        """The project as it is now."""
        units = dict(self._units)
        return WorldSnapshot(
            dict(self.texts),
            units,
            self.reader,
            root=self.root,
            is_parsing=self.is_parsing,
            is_opening=self.is_opening,
            incomplete=self.incomplete,
            config=self.config,
        )

    def __enter__(self) -> World:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for unit in self._units.values():
            unit.live.close()
        self.reader.close()
        self.index.close()


class WorldSnapshot:
    """What ``engine.snapshot.Snapshot`` is, without threads and processes."""

    def __init__(
        self,
        texts: dict[str, Text],
        units: dict[str, WorldUnit],
        reader: Reader,
        *,
        root: str,
        is_parsing: bool = False,
        is_opening: bool = False,
        config: Config,
        incomplete: str = "",
    ) -> None:
        self.root = root
        self._config = config
        self._texts = texts
        self._incomplete = incomplete
        self._units = units
        self._reader = reader
        self._is_parsing = is_parsing
        self._is_opening = is_opening
        self._unsaved = Unsaved(texts, self.live, self._run, ExtractedFiles())

    def text(self, path: str) -> Text | None:
        if path in self._texts:
            return self._texts[path]
        try:
            return Text(Path(path).read_bytes())
        except OSError:
            return None

    def config(self, path: str) -> Config:
        return self._config

    def open_paths(self) -> Collection[str]:
        return self._texts

    async def typing(self, path: str) -> WorldDocument | None:
        unit = self._units.get(path)
        if unit is None or self._is_parsing:
            return None
        return WorldDocument(path, unit.live, unit.includes)

    async def live(
        self, path: str, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | None:
        unit = self._units.get(path)
        if unit is None or (self._is_opening and not first):
            return None
        shown = WorldDocument(path, unit.live)
        if unit.text == self._texts[path]:
            return shown
        if exact:
            unit.show(self._texts)
            return shown
        if self._is_parsing:
            return None

        async def parsed() -> WorldDocument | None:
            unit.show(self._texts)
            return shown

        return EarlierDocument(shown, PositionMap(unit.text, self._texts[path]), parsed)

    def incomplete(self) -> str:
        return self._incomplete

    async def query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._unsaved.query(function, *args, **kwargs)

    async def query_stored(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return function(self._reader, *args, **kwargs)

    async def query_saved(
        self,
        path: str,
        function: Callable[Concatenate[Reader, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._unsaved.query_saved(path, function, *args, **kwargs)

    async def settle(
        self,
        *,
        but: str = "",
        where: Callable[[Text], bool] | None = None,
        within: float = SETTLE_SECONDS,
    ) -> None:
        with contextlib.suppress(IndexUnavailable):
            await self._unsaved.settle(but=but, where=where, within=within)

    async def _run(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return function(self._reader, *args, **kwargs)


@dataclass
class WorldUnit:
    """A TU of the world, and the text that it shows."""

    path: str
    live: LiveUnit
    text: Text = field(default_factory=lambda: Text(b""))
    includes: frozenset[str] = frozenset()

    def show(self, texts: Mapping[str, Text]) -> None:
        """Parse it with these texts of open documents."""
        report = self.live.parse({os.fsencode(p): text.data for p, text in texts.items()})
        assert report.ok, report.message
        self.text = texts[self.path]
        self.includes = frozenset(map(os.fsdecode, report.includes))


class WorldDocument:
    """What ``engine.questions.LiveDocument`` is, over a TU in this process."""

    def __init__(self, path: str, unit: LiveUnit, includes: Collection[str] = ()) -> None:
        self.path = path
        self.includes = includes
        self.is_busy = False
        self._unit = unit

    async def ask_soon(self, question: Question[A], seconds: float) -> A | None:
        return await self.ask(question)

    async def ask(self, question: Question[A]) -> A | None:
        return decode_answer(question, self._unit.ask(cast("AnyQuestion", question)))


def is_source(file: SourceFile) -> bool:
    """Whether the fixture's compile database has an entry for the file."""
    return os.path.splitext(file.path)[1] in C_SUFFIXES | CPP_SUFFIXES
