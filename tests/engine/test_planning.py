"""Shared preambles in the engine: when they are planned, and that the index is the same with them.

With a planner that plans what the test wrote down, but for the last test, where all is real.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from cppls.core.model import FileStatus, Statistics
from cppls.core.settings import Settings
from cppls.engine.engine import Engine
from cppls.engine.events import Notice
from cppls.index.digest import IndexDigest
from cppls.index.reader import Reader
from tests.engine.test_engine import World as EngineWorld
from tests.engine.test_engine import status, told

TEN = "abcdefghij"


class World(EngineWorld):
    """A project whose sources include one header, and a plan for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.plan_file = folder / "plan.json"

    def write_over(self, header: str, names: str = TEN) -> None:
        """Write sources that include the header, planned together."""
        texts = {f"{name}_cpp": f'#include "{header}"\nint {name};' for name in names}
        self.write(h_h="int h;", **texts)
        self.plan({"headers": [header], "units": [f"{name}.cpp" for name in names]})

    def plan(self, *plan: object) -> None:
        self.plan_file.write_text(json.dumps(plan))

    async def run_planned(self, plans: int = 1) -> Engine:
        """A started engine that has planned, and then indexed everything."""
        engine = self.engine()
        engine.pause()
        await engine.start()
        await self.until(lambda: planner(engine)["plans"] == plans)
        engine.resume()
        await self.until(lambda: engine.state == "idle")
        return engine

    async def restart(self) -> None:
        """Stop what runs and forget what was logged."""
        await self.engines.pop().stop()
        self.log.unlink(missing_ok=True)

    def work(self, word: str) -> list[str]:
        """Lines of the children's log that start with the word."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split(" ", 1)[1] for line in lines if line.split(" ")[1] == word]

    def over(self) -> int:
        """How many jobs sat on a preamble."""
        return len([line for line in self.work("job") if " over h" in line])


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    monkeypatch.setenv("FAKE_PLAN", str(tmp_path / "plan.json"))
    async with told(World(tmp_path), monkeypatch) as made:
        yield made


def planner(engine: Engine) -> Statistics:
    return engine.background.planner.statistics() if engine.background else {"plans": 0}


def figures(engine: Engine) -> Statistics:
    background = engine.background
    assert background is not None
    return background.preambles.statistics()


async def test_what_many_units_include_is_precompiled_and_indexed_once(w: World) -> None:
    w.write_over("h.h")
    engine = await w.run_planned()
    assert w.work("plan") == ["plan 10"]
    assert (len(w.work("build")), w.over()) == (1, 10)
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert not info.is_translation_unit
    assert await status(engine, w.path("a.cpp")) is FileStatus.INDEXED
    counts = await engine.snapshot().query(Reader.counts)
    assert (counts.translation_units, counts.files) == (10, 11)
    assert not [event for event in w.events if isinstance(event, Notice)]


async def test_a_small_project_is_indexed_without_a_plan(w: World) -> None:
    w.write_over("h.h", "abcdefgh")
    await w.run()
    assert (w.work("plan"), w.over(), len(w.jobs())) == ([], 0, 8)


async def test_where_the_user_wants_none_nothing_is_planned(w: World) -> None:
    w.write_over("h.h")
    engine = await w.run(shared_preambles=False)
    assert (w.work("plan"), w.over(), len(w.jobs())) == ([], 0, 10)
    assert not list(w.cache.glob("*/preambles/shared"))
    assert figures(engine)["preambles"] == 0


async def test_a_warm_start_plans_nothing_and_uses_what_lies_there(w: World) -> None:
    w.write_over("h.h")
    await w.run_planned()
    await w.restart()
    w.write(a_cpp='#include "h.h"\nint other;')
    await w.run()
    assert (w.work("plan"), w.work("build"), w.over(), w.jobs()) == ([], [], 1, ["a.cpp"])


async def test_a_start_with_much_to_do_and_the_same_project_needs_no_new_plan(w: World) -> None:
    w.write_over("h.h")
    await w.run_planned()
    await w.restart()
    for name in TEN:
        w.write(**{f"{name}_cpp": f'#include "h.h"\nint other_{name};'})
    await w.run()
    assert (w.work("plan"), w.work("build"), w.over()) == ([], [], 10)


async def test_a_start_with_another_compile_database_plans_again(w: World) -> None:
    w.write_over("h.h")
    await w.run_planned()
    await w.restart()
    w.write_over("h.h", "klmnopqrst")
    await w.run_planned()
    assert (w.work("plan"), w.over()) == (["plan 20"], 10)


async def test_a_changed_header_leads_to_a_new_plan_and_a_new_preamble(w: World) -> None:
    w.write_over("h.h", TEN + "klmnopqrst")
    engine = await w.run_planned()
    w.log.unlink()
    (w.root / "h.h").write_text("int h, hh; // @changed")
    engine.save_document(w.path("h.h"))
    await w.until(lambda: planner(engine)["plans"] == 2 and engine.state == "idle")
    assert figures(engine)["stale"] == 1
    assert len(w.jobs()) == 20
    info = await engine.snapshot().query(Reader.file, w.path("h.h"))
    assert info is not None
    assert info.size == len("int h, hh; // @changed")


async def test_a_planner_that_is_killed_costs_its_plan_only(w: World) -> None:
    w.write_over("h.h")
    w.plan_file.write_text('{"hang": true}')
    engine = w.engine()
    await engine.start()
    await w.until(lambda: "planner" in engine.roles().values())
    assert engine.background is not None
    child = engine.background.planner.child
    assert child is not None
    child.kill()
    await w.until(lambda: engine.state == "idle")
    assert len(w.jobs()) == 10
    await w.until(lambda: "planner" in str(planner(engine)["failure"]))


async def test_stopping_does_not_wait_for_the_planner(w: World) -> None:
    w.write_over("h.h")
    w.plan_file.write_text('{"hang": true}')
    engine = w.engine()
    await engine.start()
    await w.until(lambda: "planner" in engine.roles().values())
    await w.restart()


async def test_when_memory_is_short_the_planner_gives_way(w: World) -> None:
    w.write_over("h.h")
    w.plan_file.write_text('{"hang": true}')
    engine = w.engine()
    await engine.start()
    await w.until(lambda: "planner" in engine.roles().values())
    engine.governor.relief.press("soft", 0)
    await w.until(lambda: "planner" not in engine.roles().values())
    await w.until(lambda: engine.state == "idle")
    assert len(w.jobs()) == 10


async def test_the_second_engine_of_a_project_neither_plans_nor_sweeps(w: World) -> None:
    w.write_over("h.h")
    first = await w.run_planned()
    second = w.engine()
    await second.start()
    assert (planner(second)["plans"], len(w.work("plan"))) == (0, 1)
    assert figures(first)["ready"] == 1
    assert list(w.cache.glob("*/preambles/shared/*.pch"))


async def test_the_index_with_shared_preambles_equals_the_one_without(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write_project(root)
    over_preambles, shared = await indexed(root, tmp_path / "with", shared_preambles=True)
    over_none, apart = await indexed(root, tmp_path / "without", shared_preambles=False)
    assert (over_preambles, over_none) == (16, 0)
    assert shared == apart


async def indexed(root: Path, cache: Path, *, shared_preambles: bool) -> tuple[object, IndexDigest]:
    """Index the project; how many units sat on a preamble, and what the index holds."""
    settings = Settings(cache_dir=str(cache), jobs=1, shared_preambles=shared_preambles)
    engine = Engine(str(root), settings)
    engine.pause()
    await engine.start(headless=True)
    try:
        while shared_preambles and not planner(engine)["plans"]:
            await asyncio.sleep(0.01)
        engine.resume()
        assert engine.background is not None
        await engine.background.scheduler.until_settled()
        assert engine.background.scheduler.failure == ""
        return figures(engine)["units_over"], await engine.snapshot().query(Reader.digest)
    finally:
        await engine.stop()


def write_project(root: Path, units: Sequence[str] = "abcdefghijklmnop") -> None:
    """Units over a heavy header: classes with templates and macros, used in every unit."""
    root.mkdir()
    classes = (
        f"template <class T> struct Box{n} {{ T value; T get() const {{ return value; }} }};\n"
        f"inline int use{n}(const Box{n}<int>& box) {{ return box.get() + {n}; }}\n"
        f"#define BOX{n}(x) use{n}(Box{n}<int>{{x}})\n"
        for n in range(6000)
    )
    (root / "heavy.h").write_text("#pragma once\n" + "".join(classes))
    (root / "light.h").write_text('#pragma once\n#include "heavy.h"\nint light();\n')
    for number, name in enumerate(units):
        text = f'#include "light.h"\nint {name}() {{ return BOX{number}({number}) + light(); }}\n'
        (root / f"{name}.cpp").write_text(text)
    entries = [
        {"directory": str(root), "file": f"{name}.cpp", "arguments": ["c++", "-c", f"{name}.cpp"]}
        for name in units
    ]
    (root / "compile_commands.json").write_text(json.dumps(entries))
