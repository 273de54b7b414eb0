"""Files that are back as they were: taken from the shelf by a running engine, without a worker."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from cppls.core.hashing import content_hash
from cppls.core.model import FileInfo, FileStatus
from cppls.engine import returns
from cppls.engine.engine import Engine
from cppls.engine.events import Progress
from cppls.index.digest import IndexDigest
from cppls.index.reader import Reader
from cppls.index.shelf import Content
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w

MAIN = {
    "a_cpp": '#include "mid.h"\nint a;',
    "b_cpp": "int b;",
    "c_cpp": '#include "deep.h"\nint c;',
    "mid_h": '#include "deep.h"\nint mid;',
    "deep_h": "int deep;",
}


async def check_out(w: World, engine: Engine, files: Mapping[str, str | None]) -> list[str]:
    """Write or remove files and wait for the index; what was indexed."""
    w.log.write_text("")
    for name, text in files.items():
        if text is None:
            (w.root / name.replace("_", ".")).unlink()
    w.write(**{name: text for name, text in files.items() if text is not None})
    names = [*(name.replace("_", ".") for name in files), "compile_commands.json"]
    engine.files_changed([w.path(name) for name in names])
    await at_rest(engine)
    return sorted(w.jobs())


async def at_rest(engine: Engine) -> None:
    assert engine.background is not None
    await asyncio.sleep(0.05)
    await engine.background.settled()


async def digest(engine: Engine) -> IndexDigest:
    return await engine.snapshot().query(Reader.digest)


def progress(w: World) -> int:
    """Files that were taken from the queue so far."""
    return sum(isinstance(event, Progress) for event in w.events)


async def test_the_way_back_to_a_branch_indexes_nothing(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    before = await digest(engine)
    other = {"deep_h": "int deep, deeper;", "b_cpp": "int b, bb;"}
    assert await check_out(w, engine, other) == ["a.cpp", "b.cpp", "c.cpp"]
    between = await digest(engine)
    assert await check_out(w, engine, {name: MAIN[name] for name in other}) == []
    assert await digest(engine) == before
    assert await check_out(w, engine, other) == []
    assert await digest(engine) == between


async def test_files_that_only_one_branch_has_come_and_go(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    before = await digest(engine)
    other = {"mid_h": None, "deep_h": None, "c_cpp": None, "a_cpp": '#include "new.h"\nint a;'}
    assert await check_out(w, engine, {**other, "new_h": "int n;"}) == ["a.cpp"]
    assert await check_out(w, engine, {**{name: MAIN[name] for name in other}, "new_h": None}) == []
    assert await digest(engine) == before


async def test_only_what_is_not_back_is_indexed(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    await check_out(w, engine, {"deep_h": "int deep, deeper;", "b_cpp": "int b, bb;"})
    back = {"deep_h": MAIN["deep_h"], "b_cpp": "int b, bb, bbb;"}
    assert await check_out(w, engine, back) == ["b.cpp"]


async def test_an_edit_that_is_undone_costs_no_worker(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    assert await check_out(w, engine, {"c_cpp": "int c, cc;"}) == ["c.cpp"]
    assert await check_out(w, engine, {"c_cpp": MAIN["c_cpp"]}) == []


async def test_a_switch_while_the_server_is_away_is_found_at_the_next_start(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    before = await digest(engine)
    await check_out(w, engine, {"deep_h": "int deep, deeper;"})
    await engine.stop()
    del w.engines[:]
    w.log.write_text("")
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    assert w.jobs() == []
    assert await digest(engine) == before


async def test_what_failed_in_one_branch_is_no_problem_after_the_way_back(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    before = await digest(engine)
    assert await check_out(w, engine, {"b_cpp": "@fail"}) == ["b.cpp"]
    assert w.diagnostics("b.cpp") != []
    await check_out(w, engine, {"b_cpp": MAIN["b_cpp"]})
    assert w.diagnostics("b.cpp") == []
    assert await digest(engine) == before


async def test_without_a_shelf_the_way_back_is_as_long_as_the_way_there(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run(shelf_bytes=0)
    await at_rest(engine)
    assert await check_out(w, engine, {"deep_h": "int deep, deeper;"}) == ["a.cpp", "c.cpp"]
    assert await check_out(w, engine, {"deep_h": MAIN["deep_h"]}) == ["a.cpp", "c.cpp"]


async def test_a_changed_header_is_shown_by_a_unit_that_stays(w: World) -> None:
    """Its nearest one leaves with the same checkout."""
    w.write(h_cpp='#include "h.h"', z_cpp='#include "h.h"', h_h="int h;")
    engine = await w.run()
    await at_rest(engine)
    assert await check_out(w, engine, {"h_h": "int h, hh;", "h_cpp": None}) == ["z.cpp"]
    found = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert found is not None
    assert found.size == len("int h, hh;")


async def test_a_unit_that_leaves_is_not_indexed_because_its_header_comes_back(w: World) -> None:
    w.write(**MAIN)
    engine = await w.run()
    await at_rest(engine)
    new = {"deep_h": "int deep, deeper;", "d_cpp": '#include "deep.h"'}
    assert await check_out(w, engine, new) == ["a.cpp", "c.cpp", "d.cpp"]
    done = progress(w)
    assert await check_out(w, engine, {"deep_h": MAIN["deep_h"], "d_cpp": None}) == []
    assert progress(w) == done


class FakeReader:
    """Knows files as they are on disk when it is made."""

    def __init__(self, *paths: Path) -> None:
        self.infos = {str(path): info(path) for path in paths}

    def file(self, path: str) -> FileInfo | None:
        return self.infos.get(path)


def info(path: Path) -> FileInfo:
    text, stat = path.read_bytes(), path.stat()
    return FileInfo(
        path=str(path),
        content_hash=content_hash(text),
        flags_hash=0,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        ascii=True,
        is_translation_unit=False,
        status=FileStatus.NONE,
        claimed_by="",
        cpu_seconds=0.0,
        peak_rss=0,
        errors=0,
        message="",
    )


def test_what_is_not_as_the_index_has_it(tmp_path: Path) -> None:
    same, touched, other, gone, back, new = (
        tmp_path / name for name in ("same.h", "touched.h", "other.h", "gone.h", "back.h", "new.h")
    )
    for path in (same, touched, other, gone):
        path.write_text("text")
    reader = FakeReader(same, touched, other, gone)
    os.utime(touched, (1, 1))
    other.write_text("of another length")
    gone.unlink()
    back.write_text("before")
    new.write_text("never seen")
    earlier = {str(back): {(content_hash(b"before"), 6)}}
    suspects = [str(path) for path in (same, touched, other, gone, new)]
    present = returns.on_disk(reader, suspects, earlier)  # type: ignore[arg-type]
    assert present == {
        str(touched): Content(content_hash(b"text"), 4, 1_000_000_000),
        str(other): None,
        str(gone): None,
        str(new): None,
        str(back): Content(content_hash(b"before"), 6, back.stat().st_mtime_ns),
    }
    assert returns.is_back(present, earlier)
    assert not returns.is_back(present, {str(back): {(content_hash(b"later"), 6)}})
