"""What changes while units are at work: their results come after the comparison."""

from __future__ import annotations

import json

from cppls.core.hashing import content_hash
from cppls.engine.engine import Engine
from cppls.engine.second_look import SecondLook
from cppls.index.reader import Reader
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w


async def at_work(w: World, engine: Engine, name: str) -> None:
    """Return when a worker has begun with the file."""
    before = w.jobs().count(name)
    engine.files_changed([w.path(name)])
    await w.until(lambda: w.jobs().count(name) > before)


async def done(engine: Engine) -> set[str]:
    """The paths that the index holds when all is done."""
    assert engine.background is not None
    await engine.background.settled()
    return {info.path for info in await engine.snapshot().query(lambda r: list(r.all_files()))}


async def test_a_file_that_is_what_it_was_before_its_job_is_done_is_indexed_again(
    w: World,
) -> None:
    w.write(a_cpp="int a;")
    engine = await w.run()
    w.write(a_cpp="int b; // @slow")
    await at_work(w, engine, "a.cpp")
    w.write(a_cpp="int a;")
    engine.files_changed([w.path("a.cpp")])
    await done(engine)
    info = await engine.snapshot().query(Reader.file, w.path("a.cpp"))
    assert info is not None
    assert info.content_hash == content_hash(b"int a;")


async def test_a_unit_that_leaves_the_project_while_it_is_indexed_stays_gone(w: World) -> None:
    w.write(a_cpp="int a; // @slow", b_cpp="int b;")
    engine = w.engine()
    await engine.start()
    await w.until(lambda: "a.cpp" in w.jobs())
    database = w.root / "compile_commands.json"
    entries = json.loads(database.read_text())
    database.write_text(json.dumps([each for each in entries if each["file"] != "a.cpp"]))
    engine.files_changed([str(database)])
    assert await done(engine) == {w.path("b.cpp")}


async def test_a_header_that_changes_under_a_unit_is_right_when_that_is_done(w: World) -> None:
    """Another content comes with the unit, or none; the index must not be left with it."""
    w.write(a_cpp='#include "h.h"\n// @slow', b_cpp='#include "h.h"', h_h="int h;")
    engine = await w.run()
    w.write(h_h="int hh;")
    engine.files_changed([w.path("h.h")])
    await w.until(lambda: w.jobs().count("a.cpp") == 2)
    w.write(h_h="int h;")
    engine.files_changed([w.path("h.h")])
    await done(engine)
    assert await engine.snapshot().query(Reader.stale_units) == []
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.content_hash == content_hash(b"int h;")


async def test_what_only_a_unit_that_left_included_leaves_the_index(w: World) -> None:
    w.write(a_cpp='#include "h.h"', b_cpp="int b;", h_h="int h;")
    engine = await w.run()
    (w.root / "a.cpp").unlink()
    engine.files_changed([w.path("a.cpp")])
    assert await done(engine) == {w.path("b.cpp")}


async def test_a_unit_that_goes_while_it_waits_is_none_that_failed(w: World) -> None:
    w.write(a_cpp="int a; // @slow", b_cpp="int b;")
    engine = w.engine()
    await engine.start(headless=True)
    await w.until(lambda: "a.cpp" in w.jobs())
    (w.root / "b.cpp").unlink()  # Nobody tells.
    assert await done(engine) == {w.path("a.cpp")}


async def test_a_header_that_came_while_nobody_looked_is_found(w: World) -> None:
    w.write(a_cpp='#include "h.h"', b_cpp="int b;")
    await (await w.run()).stop()
    del w.engines[:]
    w.log.unlink()
    (w.root / "h.h").write_text("int h;")
    engine = await w.run()
    assert {w.path("h.h"), w.path("a.cpp")} < await done(engine)
    assert w.jobs() == ["a.cpp"]


def test_nothing_is_looked_at_twice_when_nobody_was_at_work() -> None:
    look = SecondLook(limit=2)
    look.note(["a.h"], [])
    look.note_everything([])
    assert not look


def test_with_too_many_paths_everything_is_looked_at() -> None:
    look = SecondLook(limit=2)
    look.note(["a.h", "b.h"], ["a.cpp"])
    assert (bool(look), look.everything) == (True, False)
    look.note(["c.h"], ["b.cpp"])
    assert look.everything
    taken = look.take()
    assert (taken.everything, bool(look)) == (True, False)
    assert look.statistics() == {"paths": 0, "everything": False}
