"""What a change has indexed again: the file itself at once, then what it may concern, no more."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing

from cppls.core.text import Text
from cppls.engine.engine import Engine
from cppls.index.reader import Reader
from cppls.index.store import Index, project_folder_path
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w


async def settle(engine: Engine) -> None:
    assert engine.background is not None
    await engine.background.settled()


def included_by_three(w: World) -> None:
    w.write(h_h="int h;", mid_h='#include "h.h"', lone_cpp="int lone;")
    w.write(a_cpp='#include "h.h"', b_cpp='#include "mid.h"', c_cpp='#include "h.h"')


async def changed(w: World, engine: Engine, **files: str) -> list[str]:
    """The jobs that this has the workers do."""
    w.log.unlink(missing_ok=True)
    w.write(**files)
    engine.files_changed([w.path(name.replace("_", ".")) for name in files])
    await settle(engine)
    return w.jobs() if w.log.exists() else []


async def test_a_changed_header_is_shown_by_one_unit_and_the_others_follow(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    jobs = await changed(w, engine, h_h="int h, hh;")
    assert jobs[0] == "a.cpp"
    assert sorted(jobs) == ["a.cpp", "b.cpp", "c.cpp"]
    assert await engine.snapshot().query(Reader.stale_units) == []


async def test_an_open_unit_comes_before_the_rest(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    w.open(engine, "c.cpp", '#include "h.h"')
    assert (await changed(w, engine, h_h="int h, hh;")) == ["a.cpp", "c.cpp", "b.cpp"]


async def test_the_cheapest_of_those_that_include_it_shows_it(w: World) -> None:
    w.write(h_h="int h;", a_cpp='#include "h.h"\n@costly', b_cpp='#include "h.h"\n@costly')
    w.write(c_cpp='#include "h.h"', d_cpp="int d;")
    engine = await w.run()
    assert (await changed(w, engine, h_h="int h, hh;")) == ["c.cpp", "a.cpp", "b.cpp"]


async def test_one_that_failed_is_the_last_to_show_it(w: World) -> None:
    w.write(h_h="int h;", a_cpp='#include "h.h"', b_cpp='#include "h.h"')
    engine = await w.run()
    await changed(w, engine, a_cpp="@fail")
    assert (await changed(w, engine, h_h="int h, hh;"))[0] == "b.cpp"


async def test_a_header_is_shown_while_an_open_file_is_parsed_over_it(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    w.log.unlink()
    w.write(h_h="int h, hh;")
    with engine.interactive():
        engine.files_changed([w.path("h.h")])
        await w.until(w.jobs)
        await asyncio.sleep(0.3)
        assert w.jobs() == ["a.cpp"]
        info = await engine.snapshot().query(Reader.file, w.path("h.h"))
        assert info is not None
        assert info.size == len("int h, hh;")
    await settle(engine)
    assert sorted(w.jobs()) == ["a.cpp", "b.cpp", "c.cpp"]


async def test_a_file_that_is_closed_when_it_was_saved_is_awaited_all_the_same(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    w.open(engine, "b.cpp")
    w.log.unlink()
    with engine.interactive():
        w.write(b_cpp='#include "mid.h"\nint b;')
        engine.save_document(w.path("b.cpp"))
        engine.close_document(w.path("b.cpp"))
        await w.until(w.jobs)
    await settle(engine)
    assert w.jobs() == ["b.cpp"]


async def test_comments_in_a_header_concern_one_unit_only(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    assert await changed(w, engine, h_h="// What h is.\nint h;") == ["a.cpp"]
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.size == len("// What h is.\nint h;")


async def test_a_touched_file_concerns_nobody_and_is_not_read_again(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    assert await changed(w, engine, h_h="int h;", a_cpp='#include "h.h"') == []
    for name in ("h.h", "a.cpp"):
        info = await engine.snapshot().query(Reader.file, w.path(name))
        assert info is not None
        assert info.mtime_ns == os.stat(w.path(name)).st_mtime_ns


async def test_a_header_that_its_donor_includes_no_more_is_shown_by_another(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    jobs = await changed(w, engine, a_cpp="int a;", h_h="int h, hh;")
    assert sorted(set(jobs)) == ["a.cpp", "b.cpp", "c.cpp"]
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.size == len("int h, hh;")
    assert await engine.snapshot().query(Reader.stale_units) == []


async def test_a_header_that_is_gone_is_in_no_answer_and_its_includers_follow(w: World) -> None:
    included_by_three(w)
    engine = await w.run()
    w.log.unlink()
    os.unlink(w.path("h.h"))
    engine.files_changed([w.path("h.h")])
    await settle(engine)
    assert sorted(w.jobs()) == ["a.cpp", "b.cpp", "c.cpp"]
    assert await engine.snapshot().query(Reader.file, w.path("h.h")) is None


async def test_what_a_killed_server_left_stale_is_indexed_by_the_next(w: World) -> None:
    """The header's new content is in the index, and the server is gone before anything else."""
    w.write(a_cpp='#include "h.h"', h_h="int h;")
    w.write(b_cpp='#include "h.h"\n// @slow', c_cpp='#include "h.h"\n// @slow')
    engine = await w.run(jobs=1)
    w.write(h_h="int h, hh;")
    engine.files_changed([w.path("h.h")])

    async def noted() -> list[str]:
        return await engine.snapshot().query(Reader.stale_units)

    while await noted() == []:
        await asyncio.sleep(0.01)
    assert await noted() == [w.path("b.cpp"), w.path("c.cpp")]
    await engine.stop()
    w.engines.clear()
    w.log.unlink()
    again = await w.run()
    assert sorted(w.jobs()) == ["b.cpp", "c.cpp"]
    assert await again.snapshot().query(Reader.stale_units) == []


async def test_a_header_that_was_left_stale_is_extracted_when_all_is_done(w: World) -> None:
    """Nobody is waited for any more who would do it."""
    included_by_three(w)
    engine = await w.run()
    folder = project_folder_path(str(w.cache), str(w.root))
    path = Index.open(folder, str(w.root), write=False).path
    with closing(sqlite3.connect(path)) as connection, connection:
        where = "FROM path WHERE path = ?"
        connection.execute(f"INSERT INTO stale SELECT id, id, 0 {where}", (w.path("h.h"),))
        given_up = f"UPDATE file SET given_up = 1 WHERE path = (SELECT id {where})"
        connection.execute(given_up, (w.path("h.h"),))
    assert await engine.snapshot().query(Reader.stale) == [w.path("h.h")]
    assert await changed(w, engine, lone_cpp="int other;") == ["lone.cpp", "a.cpp"]
    assert await engine.snapshot().query(Reader.stale) == []


async def test_files_that_change_together_are_indexed_once(w: World) -> None:
    units = {f"u{number}_cpp": f'#include "h.h"\nint v{number};' for number in range(40)}
    w.write(h_h="int h;", **units)
    engine = await w.run()
    w.log.unlink()
    changes = {name: text + "\nint more;" for name, text in units.items()}
    w.write(h_h="int h, hh;", **changes)
    every = [w.path(name.replace("_", ".")) for name in (*units, "h_h")]
    # The same news from the editor, the client's watcher and our own, one after the other.
    for path in every:
        engine.files_changed([path])
    engine.files_changed(every)
    await settle(engine)
    engine.files_changed(every)
    await settle(engine)
    assert sorted(w.jobs()) == sorted(name.replace("_", ".") for name in units)


async def test_who_edits_has_a_worker_ready_for_what_is_saved(w: World) -> None:
    w.write(a_cpp="int a;")
    await (await w.run()).stop()
    w.engines.clear()
    engine = await w.run()
    assert engine.background is not None
    workers = engine.background.scheduler.workers
    assert workers() == []
    w.open(engine, "a.cpp")
    engine.change_document(w.path("a.cpp"), Text.of("int aa;"), 2)
    await w.until(workers)
    ready = workers()
    assert (await changed(w, engine, a_cpp="int aa;")) == ["a.cpp"]
    assert workers() == ready
