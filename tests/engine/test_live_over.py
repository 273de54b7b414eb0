"""Open documents over shared preambles, in a host that does what the texts tell it (fake_host).

In the last test all is real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from cppls.core.live_questions import SymbolAt
from cppls.core.model import Position, Statistics
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.engine import Engine
from cppls.engine.events import DiagnosticsChanged, Event
from tests.engine.test_live import World, w
from tests.engine.test_planning import indexed, write_project

__all__ = ["w"]


def opened(w: World) -> list[str]:
    """How often each file was opened in the host, and over how many preambles."""
    lines = (w.folder / "log").read_text().splitlines()
    return [line.partition(" OpenDocument ")[2] for line in lines if " OpenDocument " in line]


async def test_a_document_is_opened_over_what_there_is(w: World) -> None:
    w.shared = ["a.pch", "b.pch"]
    w.open("over.cpp", "one")
    await w.until_shown("over.cpp", 1)
    w.edit("over.cpp", "two")
    await w.until_shown("over.cpp", 2)
    w.open("other.cpp", "one")
    await w.until_shown("other.cpp", 1)
    assert opened(w) == ["over.cpp over 2", "other.cpp over 0"]
    assert w.live.statistics()["over_preambles"] == 1


async def test_one_that_declines_is_opened_without_at_once(w: World) -> None:
    w.shared = ["a.pch"]
    w.open("over.cpp", "@declines")
    await w.until_shown("over.cpp", 1)
    assert opened(w) == ["over.cpp over 1", "over.cpp over 0"]
    w.edit("over.cpp", "two")
    await w.until_shown("over.cpp", 2)
    assert opened(w) == ["over.cpp over 1", "over.cpp over 0"], "it stays there"
    assert w.shown == [("over.cpp", 1), ("over.cpp", 2)], "nobody was shown that it declined"
    assert w.live.statistics()["declined_preambles"] == 1


async def test_one_that_declines_after_an_edit_shows_that_edit(w: World) -> None:
    w.shared = ["a.pch"]
    w.open("over.cpp", "one")
    await w.until_shown("over.cpp", 1)
    document = w.edit("over.cpp", "@declines")
    live = await w.read(document)
    assert live.revision == document.revision
    assert opened(w) == ["over.cpp over 1", "over.cpp over 0"]


async def test_a_document_that_was_closed_tries_again(w: World) -> None:
    w.shared = ["a.pch"]
    w.open("over.cpp", "@declines")
    await w.until_shown("over.cpp", 1)
    w.close("over.cpp")
    w.shown.clear()
    w.open("over.cpp", "one")
    await w.until_shown("over.cpp", 1)
    assert opened(w)[-1] == "over.cpp over 1"


async def test_a_host_that_dies_over_them_is_asked_without(w: World) -> None:
    w.shared = ["a.pch"]
    w.open("over.cpp", "@crash-over")
    await w.until_shown("over.cpp", 1)
    assert opened(w) == ["over.cpp over 1", "over.cpp over 0"]
    assert w.left_alone == []


async def test_what_was_spilled_comes_back_over_them(w: World) -> None:
    w.open("over.cpp", "one")
    await w.until_shown("over.cpp", 1)
    w.open("other.cpp", "one")
    await w.until_shown("other.cpp", 1)
    w.shared = ["a.pch"]
    w.live.relieve("hard")
    await w.until_answered(w.documents.current[w.path("over.cpp")])
    assert opened(w) == ["over.cpp over 0", "other.cpp over 0", "over.cpp over 1"]


async def test_what_a_parse_takes_is_learnt_apart(w: World) -> None:
    w.shared = ["a.pch"]
    w.open("over.cpp", "@holds 5")
    await w.until_shown("over.cpp", 1)
    w.open("other.cpp", "@holds 50")
    await w.until_shown("other.cpp", 1)
    sizes = [size >> 20 for size, _ in w.set_asides]
    w.open("over2.cpp", "one")
    await w.until_shown("over2.cpp", 1)
    w.open("other2.cpp", "one")
    await w.until_shown("other2.cpp", 1)
    assert sizes == [64, 64]
    assert [size >> 20 for size, _ in w.set_asides[2:]] == [5, 50]


async def test_after_a_restart_an_open_file_sits_on_what_was_built(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write_project(root)
    await indexed(root, tmp_path / "cache", shared_preambles=True)
    engine = Engine(str(root), Settings(cache_dir=str(tmp_path / "cache"), jobs=1))
    said: dict[int, list[str]] = {}

    def hear(event: Event) -> None:
        if isinstance(event, DiagnosticsChanged) and event.version is not None:
            said[event.version] = [diagnostic.message for diagnostic in event.diagnostics]

    engine.subscribe(hear)
    path = str(root / "c.cpp")
    text = (root / "c.cpp").read_text()
    engine.open_document(path, Text.of(text), 1)
    try:
        await engine.start()
        await until(lambda: 1 in said)
        assert said[1] == []
        assert live(engine)["over_preambles"] == 1
        snapshot = engine.snapshot()
        unit = await snapshot.live(path)
        assert unit is not None
        found = await unit.ask(SymbolAt(Position(1, text.splitlines()[1].index("light"))))
        assert found is not None
        assert found.symbols[0].declaration_path == str(root / "light.h").encode()
        engine.change_document(path, Text.of(text.replace("light()", "lights()")), 2)
        await until(lambda: 2 in said)
        assert "lights" in said[2][0]
        assert live(engine)["over_preambles"] == 1
        engine.change_document(path, Text.of(text.partition("\n")[2]), 3)
        await until(lambda: 3 in said)
        assert said[3]
        assert live(engine)["over_preambles"] == 0
    finally:
        await engine.stop()


async def until(condition: Callable[[], bool]) -> None:
    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), 60)


def live(engine: Engine) -> Statistics:
    figures = engine.statistics()["live"]
    assert isinstance(figures, dict)
    return figures
