"""The engine over a real index and a real project, with children that do what the files say."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from cppls.core.model import FileStatus, Severity
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.engine import Engine
from cppls.engine.events import DiagnosticsChanged, Event, Notice, Progress, StateChanged
from cppls.engine.folders import WatchedFolders
from cppls.engine.project_thread import ProjectThread
from cppls.index.errors import IndexMissing
from cppls.index.reader import Reader

WORKER = [sys.executable, "-m", "tests.engine.fake_worker"]
PLANNER = [sys.executable, "-m", "tests.engine.fake_planner"]
HOST = [sys.executable, "-m", "tests.engine.fake_host"]


class World:
    """A project folder, and engines over it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.cache = folder / "cache"
        self.log = folder / "log"
        self.events: list[Event] = []
        self.engines: list[Engine] = []

    def write(self, **files: str) -> None:
        """Write ``a_cpp="..."`` as ``a.cpp``; sources are entries of the compile database."""
        for name, text in files.items():
            (self.root / name.replace("_", ".")).write_text(text)
        sources = sorted(path.name for path in self.root.glob("*.cpp"))
        entries = [
            {"directory": str(self.root), "file": name, "arguments": ["c++", "-c", name]}
            for name in sources
        ]
        (self.root / "compile_commands.json").write_text(json.dumps(entries))

    def engine(self, **settings: object) -> Engine:
        options = Settings(cache_dir=str(self.cache), jobs=1, diagnostics_delay=0.02)
        for name, value in settings.items():
            setattr(options, name, value)
        engine = Engine(
            str(self.root),
            options,
            worker_command=WORKER,
            host_command=HOST,
            planner_command=PLANNER,
        )
        engine.subscribe(self.events.append)
        self.engines.append(engine)
        return engine

    async def run(self, **settings: object) -> Engine:
        """A started engine that has indexed everything."""
        engine = self.engine(**settings)
        await engine.start()
        await self.until(lambda: engine.state == "idle")
        return engine

    async def until(self, condition: Callable[[], object]) -> None:
        async def poll() -> None:
            while not condition():
                await asyncio.sleep(0.01)

        await asyncio.wait_for(poll(), 20)

    def path(self, name: str) -> str:
        return os.path.realpath(self.root / name)

    def jobs(self) -> list[str]:
        """Names of the files that were indexed, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split()[2] for line in lines if line.split()[1] == "job"]

    def open(self, engine: Engine, name: str, text: str | None = None) -> None:
        content = (self.root / name).read_text() if text is None else text
        engine.open_document(self.path(name), Text.of(content), 1)

    def diagnostics(self, name: str) -> list[str] | None:
        """Messages of the newest diagnostics of a file."""
        for event in reversed(self.events):
            if isinstance(event, DiagnosticsChanged) and event.path == self.path(name):
                return [diagnostic.message for diagnostic in event.diagnostics]
        return None


W = TypeVar("W", bound=World)


@contextlib.asynccontextmanager
async def watchful(made: W, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[W]:
    """A world whose engines watch their folders; they are stopped at the end."""
    monkeypatch.setenv("FAKE_LOG", str(made.log))
    yield made
    for engine in made.engines:
        await engine.stop()


@contextlib.asynccontextmanager
async def told(made: W, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[W]:
    """One whose engines hear what a test tells them and nothing else: what was written a moment
    ago, as all is in a test, the watcher would tell as well, sooner or later."""

    async def nothing(_watched: WatchedFolders, _project: ProjectThread) -> None: ...

    monkeypatch.setattr(WatchedFolders, "start", nothing)
    async with watchful(made, monkeypatch):
        yield made


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    async with told(World(tmp_path), monkeypatch) as made:
        yield made


async def status(engine: Engine, path: str) -> FileStatus | None:
    info = await engine.snapshot().query(Reader.file, path)
    return info.status if info is not None else None


async def test_a_project_is_indexed_and_told_about(w: World) -> None:
    w.write(a_cpp='#include "h.h"', b_cpp='#include "h.h"', h_h="int h;")
    engine = await w.run()
    counts = await engine.snapshot().query(Reader.counts)
    assert (counts.translation_units, counts.files, counts.failed) == (2, 3, 0)
    states = [event.state for event in w.events if isinstance(event, StateChanged)]
    assert states == ["ready", "indexing", "idle"]
    assert [event.done for event in w.events if isinstance(event, Progress)] == [1, 2]


async def test_what_is_imported_is_not_looked_through_for_cycles(w: World) -> None:
    gc.unfreeze()
    w.write(a_cpp="int a;")
    await w.run()
    assert gc.get_freeze_count() > 10_000  # Modules alone are more objects than that.


async def test_the_second_start_indexes_only_what_changed_meanwhile(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;", c_cpp="int c;")
    await (await w.run()).stop()
    del w.engines[:]
    w.log.unlink()
    w.write(b_cpp="int b, bb;", d_cpp="int d;")
    os.utime(w.root / "c.cpp", (1, 1))
    await w.run()
    assert sorted(w.jobs()) == ["b.cpp", "d.cpp"]


async def test_files_that_left_disk_or_project_leave_the_index(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;", c_cpp="int c;")
    await (await w.run()).stop()
    del w.engines[:]
    (w.root / "a.cpp").unlink()
    w.write()
    engine = await w.run(exclude=["c.cpp"])
    files = await engine.snapshot().query(lambda reader: [f.path for f in reader.all_files()])
    assert files == [w.path("b.cpp")]


async def test_a_changed_header_has_one_file_indexed_before_the_others(w: World) -> None:
    w.write(a_cpp='#include "h.h"', b_cpp="int b;", c_cpp='#include "h.h"', h_h="int h;")
    engine = await w.run()
    w.log.unlink()
    w.write(h_h="int h, hh;")
    engine.save_document(w.path("h.h"))
    await w.until(lambda: len(w.jobs()) == 2)
    await w.until(lambda: engine.state == "idle")
    assert sorted(w.jobs()) == ["a.cpp", "c.cpp"]
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.size == len("int h, hh;")


async def test_a_header_that_comes_into_being_has_those_indexed_that_missed_it(w: World) -> None:
    """Directly, and through a header that is claimed already and would not be looked at again."""
    w.write(a_cpp='#include "h.h"', b_cpp="int b;", c_cpp='#include "mid.h"')
    w.write(mid_h='#include "h.h"', d_cpp='#include "other.h"')
    engine = await w.run()
    w.log.unlink()
    (w.root / "h.h").write_text("int h;")
    engine.save_document(w.path("h.h"))
    await w.until(lambda: len(w.jobs()) == 2)
    await w.until(lambda: engine.state == "idle")
    assert sorted(w.jobs()) == ["a.cpp", "c.cpp"]
    includers = await engine.snapshot().query(Reader.included_by, w.path("h.h"))
    assert [place.path for place in includers] == [w.path("a.cpp"), w.path("mid.h")]


async def test_a_header_that_comes_back_is_indexed_again(w: World) -> None:
    w.write(a_cpp='#include "h.h"', b_cpp="int b;", h_h="int h;")
    w.write(c_cpp='#include "mid.h"', mid_h='#include "h.h"')
    engine = await w.run()
    for text in (None, "int h, again;"):
        w.log.unlink()
        (w.root / "h.h").unlink() if text is None else w.write(h_h=text)
        engine.save_document(w.path("h.h"))
        await w.until(lambda: sorted(w.jobs()) == ["a.cpp", "c.cpp"])
        await w.until(lambda: engine.state == "idle")
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.size == len("int h, again;")


async def test_a_change_on_disk_is_noticed_without_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watchful(World(tmp_path), monkeypatch) as w:
        w.write(a_cpp="int a;")
        engine = await w.run()
        assert engine.statistics()["watcher"]
        await asyncio.sleep(0.3)
        (w.root / "a.cpp").write_text("int a, aa;")
        await w.until(lambda: w.jobs().count("a.cpp") == 2)


async def test_opening_a_file_moves_it_and_the_sources_of_its_headers_up(w: World) -> None:
    w.write(
        a_cpp="@slow",
        b_cpp="int b;",
        mid_cpp="int mid;",
        x_cpp='#include "y.h"',
        y_cpp="int y;",
        y_h="int y;",
    )
    engine = w.engine()
    engine.pause()
    await engine.start()
    await w.until(lambda: engine.state == "indexing" and engine.background)
    w.open(engine, "x.cpp")
    await w.until(lambda: w.diagnostics("x.cpp") == [])
    await asyncio.sleep(0.1)
    engine.resume()
    await w.until(lambda: engine.state == "idle")
    assert w.jobs() == ["x.cpp", "y.cpp", "a.cpp", "b.cpp", "mid.cpp"]


async def test_a_file_that_kills_workers_is_reported_and_left_alone_until_it_changes(
    w: World,
) -> None:
    w.write(a_cpp="@crash", b_cpp="int b;")
    engine = await w.run()
    await w.until(lambda: w.diagnostics("a.cpp"))
    assert "SIGSEGV" in str(w.diagnostics("a.cpp"))
    (found,) = await engine.snapshot().query(Reader.set_aside)
    assert (found.path, found.status) == (w.path("a.cpp"), FileStatus.CRASHED)
    assert await status(engine, w.path("b.cpp")) is FileStatus.INDEXED
    await engine.stop()
    del w.engines[:]
    w.log.unlink()
    engine = await w.run()
    assert w.jobs() == []
    w.write(a_cpp="int mended;")
    engine.save_document(w.path("a.cpp"))
    await w.until(lambda: w.diagnostics("a.cpp") == [])
    assert await status(engine, w.path("a.cpp")) is FileStatus.INDEXED


async def test_live_diagnostics_of_an_open_file_and_those_of_the_index_after_it(w: World) -> None:
    w.write(a_cpp="int a;")
    engine = await w.run()
    w.open(engine, "a.cpp", "@warn")
    await w.until(lambda: w.diagnostics("a.cpp") == ["unused thing"])
    engine.change_document(w.path("a.cpp"), Text.of("int a;"), 2)
    await w.until(lambda: w.diagnostics("a.cpp") == [])
    newest = [event for event in w.events if isinstance(event, DiagnosticsChanged)][-1]
    assert newest.version == 2
    engine.close_document(w.path("a.cpp"))
    await w.until(
        lambda: any(isinstance(e, DiagnosticsChanged) and e.version is None for e in w.events)
    )


async def test_a_snapshot_keeps_its_text_and_answers_from_that_text_only(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;")
    engine = await w.run()
    w.open(engine, "a.cpp", "one")
    await w.until(lambda: w.diagnostics("a.cpp") == [])
    snapshot = engine.snapshot()
    assert await snapshot.live(w.path("a.cpp")) is not None
    engine.change_document(w.path("a.cpp"), Text.of("two"), 2)
    assert snapshot.text(w.path("a.cpp")) == Text.of("one")
    assert await snapshot.live(w.path("a.cpp")) is None or w.diagnostics("a.cpp") is not None
    assert snapshot.text(w.path("b.cpp")) == Text.of("int b;")
    assert snapshot.text(w.path("nowhere.cpp")) is None
    assert await snapshot.live(w.path("b.cpp")) is None


async def test_a_second_engine_serves_and_takes_over_when_the_first_is_gone(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.background.FOLLOW_SECONDS", 0.05)
    w.write(a_cpp="int a;")
    first = await w.run()
    second = w.engine()
    await second.start()
    assert (await second.snapshot().query(Reader.counts)).translation_units == 1
    w.write(b_cpp="int b;")
    first.files_changed([w.path("b.cpp"), w.path("compile_commands.json")])
    await w.until(lambda: "b.cpp" in w.jobs())
    await w.until(lambda: first.state == "idle")
    assert (await second.snapshot().query(Reader.counts)).translation_units == 2
    await first.stop()
    w.engines.remove(first)
    w.write(c_cpp="int c;")
    second.files_changed([w.path("c.cpp"), w.path("compile_commands.json")])
    await w.until(lambda: "c.cpp" in w.jobs())


async def test_without_background_indexing_only_open_files_are_indexed(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;")
    engine = await w.run(background_index=False)
    assert w.jobs() == []
    w.open(engine, "b.cpp")
    await w.until(lambda: w.jobs() == ["b.cpp"])


async def test_an_index_that_cannot_be_written_is_told_and_open_files_are_served(
    w: World,
) -> None:
    w.write(a_cpp="int a;")
    w.cache.write_text("a file where the folder should be")
    engine = w.engine()
    await engine.start()
    errors = [
        event.message
        for event in w.events
        if isinstance(event, Notice) and event.severity is Severity.ERROR
    ]
    assert len(errors) == 1
    assert str(w.cache) in errors[0]
    w.open(engine, "a.cpp")
    await w.until(lambda: w.diagnostics("a.cpp") == [])
    assert await engine.snapshot().live(w.path("a.cpp")) is not None


async def test_statistics_name_every_process_with_its_role(w: World) -> None:
    w.write(a_cpp="int a;")
    engine = await w.run()
    w.open(engine, "a.cpp")
    await w.until(lambda: w.diagnostics("a.cpp") == [])
    assert set(engine.roles().values()) == {"index worker", "document host"}
    text = json.dumps(engine.statistics())
    assert '"server"' in text
    assert '"document host"' in text


async def test_the_page_caches_of_the_index_give_way_first_under_pressure(w: World) -> None:
    w.write(a_cpp="int a;")
    engine = await w.run()
    await engine.snapshot().query(Reader.counts)
    relief = engine.governor.relief
    relief.press("soft", 100)
    relief.measured(90)
    assert [each.action for each in relief.history] == ["page caches of the index: made smaller"]


async def test_an_index_removed_while_it_is_served_is_built_again(w: World) -> None:
    w.write(a_cpp='#include "h.h"', h_h="int h;")
    engine = await w.run()
    shutil.rmtree(w.cache)
    with pytest.raises(IndexMissing):
        await engine.snapshot().query(Reader.counts)
    await w.until(lambda: w.jobs() == ["a.cpp", "a.cpp"] and engine.state == "idle")
    assert (await engine.snapshot().query(Reader.counts)).files == 2
    told = [event.message for event in w.events if isinstance(event, Notice)]
    assert [message.partition(": ")[2] for message in told] == [
        "it was removed; the index is built again"
    ]
