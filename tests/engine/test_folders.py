"""What happens to folders, links and what describes a project is followed, by the watcher alone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from cppls.core.model import Severity
from cppls.engine import checking
from cppls.engine.engine import Engine
from cppls.engine.events import Notice
from cppls.engine.folders import to_watch
from cppls.index.reader import Reader
from cppls.project import project, watching
from cppls.project.values import Folders
from tests.engine.test_engine import World, watchful


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    async with watchful(World(tmp_path), monkeypatch) as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "TICK", 0.05)
    monkeypatch.setattr(watching, "POLL", 0.1)
    monkeypatch.setattr(watching, "SHARE", 0.5)


async def files(engine: Engine) -> set[str]:
    """Names of all files of the index."""
    infos = await engine.snapshot().query(lambda reader: list(reader.all_files()))
    return {os.path.basename(info.path) for info in infos}


async def until_files(engine: Engine, wanted: Callable[[set[str]], bool]) -> None:
    async def poll() -> None:
        while not wanted(await files(engine)):
            await asyncio.sleep(0.02)

    await asyncio.wait_for(poll(), 20)


def watched(engine: Engine) -> bool:
    statistics = engine.statistics()["watcher"]
    return isinstance(statistics, dict) and bool(statistics["events"])


async def watching_(w: World, engine: Engine) -> None:
    """Wait until the folders of the present index are watched."""
    await w.until(lambda: watched(engine))
    await asyncio.sleep(0.3)


def database(w: World, *names: str, flags: str = "") -> None:
    entries = [
        {"directory": str(w.root), "file": name, "command": f"c++ {flags} -c {name}"}
        for name in names
    ]
    (w.root / "compile_commands.json").write_text(json.dumps(entries))


def notices(w: World) -> list[str]:
    return [each.message for each in w.events if isinstance(each, Notice)]


async def test_a_checkout_that_adds_folders_with_sources_is_followed(w: World) -> None:
    w.write(a_cpp="int a;")
    engine = await w.run()
    await watching_(w, engine)
    made = w.root.parent / "made" / "deep" / "er"
    made.mkdir(parents=True)
    (made / "b.cpp").write_text("int b;")
    shutil.move(w.root.parent / "made", w.root / "made")
    database(w, "a.cpp", "made/deep/er/b.cpp")
    await until_files(engine, lambda found: found == {"a.cpp", "b.cpp"})
    await w.until(lambda: engine.state == "idle")
    await asyncio.sleep(0.3)
    (w.root / "made" / "deep" / "er" / "b.cpp").write_text("int b, bb;")
    await w.until(lambda: w.jobs().count("b.cpp") == 2)


async def test_a_folder_that_is_renamed_leaves_nothing_behind(w: World) -> None:
    (w.root / "old" / "deep").mkdir(parents=True)
    (w.root / "old" / "deep" / "h.h").write_text("int h;")
    w.write(a_cpp='#include "old/deep/h.h"')
    engine = await w.run()
    await watching_(w, engine)
    (w.root / "old").rename(w.root / "new")
    await until_files(engine, lambda found: found == {"a.cpp"})


@pytest.mark.parametrize("there", ["", "out", "out/include/gen"])
async def test_a_header_that_a_build_makes_is_found_whatever_folder_was_there(
    w: World, there: str
) -> None:
    (w.root / there).mkdir(parents=True, exist_ok=True)
    w.write(a_cpp='#include "gen/config.h"', b_cpp="int b;")
    database(w, "a.cpp", "b.cpp", flags="-Iout/include")
    engine = await w.run()
    await watching_(w, engine)
    (w.root / "out" / "include" / "gen").mkdir(parents=True, exist_ok=True)
    (w.root / "out" / "include" / "gen" / "config.h").write_text("int config;")
    await w.until(lambda: w.jobs() == ["a.cpp", "b.cpp", "a.cpp"])


async def test_a_header_outside_the_project_is_watched(w: World, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "lib.h").write_text("int lib;")
    w.write(a_cpp=f'#include "{tmp_path}/lib/lib.h"')
    engine = await w.run()
    await watching_(w, engine)
    (tmp_path / "lib" / "lib.h").write_text("int lib, more;")
    await w.until(lambda: w.jobs().count("a.cpp") == 2)


async def test_a_changed_database_has_only_what_it_changes_indexed_again(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;", c_cpp="int c;")
    engine = await w.run()
    await watching_(w, engine)
    database(w, "c.cpp", "b.cpp", "a.cpp")
    await asyncio.sleep(1)
    assert w.jobs() == ["a.cpp", "b.cpp", "c.cpp"], "another order is no change"
    entries = json.loads((w.root / "compile_commands.json").read_text())
    entries[1]["command"] += " -DNEW"
    (w.root / "compile_commands.json").write_text(json.dumps(entries[:2]))
    await until_files(engine, lambda found: found == {"b.cpp", "c.cpp"})
    await w.until(lambda: w.jobs() == ["a.cpp", "b.cpp", "c.cpp", "b.cpp"])


async def test_settings_of_clangd_are_followed(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;")
    engine = await w.run()
    await watching_(w, engine)
    (w.root / ".clangd").write_text("If: {PathMatch: b.cpp}\nCompileFlags: {Add: -DX}\nMore: 1")
    await w.until(lambda: w.jobs() == ["a.cpp", "b.cpp", "b.cpp"])
    await w.until(lambda: any("More: is unknown" in text for text in notices(w)))


async def test_a_database_that_stays_half_written_is_told_and_costs_nothing(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "SETTLE", 0.2)
    monkeypatch.setattr(checking, "SETTLE", 0.2)
    w.write(a_cpp="int a;", b_cpp="int b;")
    engine = await w.run()
    await watching_(w, engine)
    path = w.root / "compile_commands.json"
    path.write_text(path.read_text()[:-30])
    await w.until(lambda: any("ends in the middle" in text for text in notices(w)))
    assert w.jobs() == ["a.cpp", "b.cpp"]
    assert await files(engine) == {"a.cpp", "b.cpp"}
    assert not any(each.severity is Severity.ERROR for each in w.events if isinstance(each, Notice))


async def test_a_database_that_vanishes_gives_way_to_what_is_found(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "SETTLE", 0.2)
    monkeypatch.setattr(checking, "SETTLE", 0.2)
    w.write(a_cpp="int a;")
    (w.root / "c.cpp").write_text("int c;")
    engine = await w.run()
    await watching_(w, engine)
    (w.root / "compile_commands.json").unlink()
    await w.until(lambda: any("is gone" in text for text in notices(w)))
    await until_files(engine, lambda found: found == {"a.cpp", "c.cpp"})
    (w.root / "d").mkdir()
    (w.root / "d" / "d.cpp").write_text("int d;")
    await until_files(engine, lambda found: found == {"a.cpp", "c.cpp", "d.cpp"})


async def test_a_link_that_leads_elsewhere_brings_what_is_there(w: World) -> None:
    for name in ("v1", "v2"):
        (w.root / name).mkdir()
        (w.root / name / f"{name}.cpp").write_text("int v;")
        (w.root / name / "main.cpp").symlink_to(f"{name}.cpp")
    (w.root / "now").symlink_to("v1")
    database(w, "now/main.cpp")
    engine = await w.run()
    assert await files(engine) == {"v1.cpp"}
    await watching_(w, engine)
    (w.root / "now").unlink()
    (w.root / "now").symlink_to("v2")
    await until_files(engine, lambda found: found == {"v2.cpp"})


async def test_other_settings_have_only_what_they_touch_indexed_again(w: World) -> None:
    for name in "ab":
        (w.root / f"{name}.cpp").write_text("int x;")
    database(w, "a.cpp")
    engine = await w.run()
    await engine.stop()
    del w.engines[:]
    again = await w.run(fallback_flags=["-DX"])
    assert w.jobs() == ["a.cpp"], "a database has no need of fallback flags"
    await again.stop()
    del w.engines[:]
    await w.run(exclude=["a.cpp"])
    assert w.jobs() == ["a.cpp"]
    assert await w.engines[-1].snapshot().query(Reader.file, w.path("a.cpp")) is None


def test_only_folders_that_matter_are_watched() -> None:
    folders = Folders(
        description=("/p", "/p/build"),
        above=("/",),
        sources=("/p/src/a/b",),
        searched=("/p", "/p/docs"),
        includes=("/p/out/include", "/nowhere/include"),
        system=("/usr/include",),
    )
    indexed = {"/p/src/a/b", "/p/include", "/usr/include/sys", "/lib/boost"}
    watched = to_watch("/p", folders, indexed, ["gen/config.h", "config.h"])
    assert watched.live == (
        *("/p", "/p/build", "/p/src/a/b"),
        *("/lib/boost", "/p/include"),
        *("/p/src/a", "/p/src"),
        *("/p/out/include", "/p/out/include/gen"),
    )
    assert watched.slow == ("/", "/p/docs")
    assert to_watch("/p", folders, indexed, []).live == watched.live[:8]
