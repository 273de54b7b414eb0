"""Questions that are asked while a text is typed: before its parse, which waits for them."""

from __future__ import annotations

import asyncio

import pytest

from cppls.core.live_questions import Outline
from cppls.engine import live_lanes
from cppls.engine.live_unit import Unit
from cppls.engine.questions import LiveDocument, TypingDocument
from tests.engine.test_live import World, outline, w

__all__ = ["w"]


async def typing(w: World, name: str) -> TypingDocument:
    live = await w.live.typing(w.documents.current[w.path(name)])
    assert live is not None
    return live


async def test_the_tu_of_an_earlier_text_is_asked_at_once(w: World) -> None:
    w.settings.diagnostics_delay = 1000
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    w.edit("a.cpp", "two")
    assert await outline(await typing(w, "a.cpp")) == "one", "a completion brings its text along"


async def test_before_the_first_parse_there_is_nothing_to_ask(w: World) -> None:
    document = w.open("a.cpp", "@slow")
    assert await w.live.typing(document) is None


async def test_a_parse_that_somebody_waits_for_is_put_off_while_completions_are_asked_for(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_lanes, "COMPLETING_SECONDS", 1000)
    w.settings.diagnostics_delay = 1000
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    document = w.edit("a.cpp", "two")
    live = await typing(w, "a.cpp")
    reading = asyncio.ensure_future(w.live.read(document))
    await asyncio.sleep(0.1)
    assert await outline(live) == "one"
    assert w.parses() == ["a.cpp"]
    monkeypatch.setattr(live_lanes, "COMPLETING_SECONDS", 0)
    w.live.changed(document)
    assert isinstance(await reading, LiveDocument)


async def test_a_parse_is_put_off_from_the_answer_on_however_long_that_took(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    noted: list[Unit] = []

    def note(unit: Unit) -> None:
        noted.append(unit)

    monkeypatch.setattr(Unit, "note_completion", note)
    live = await typing(w, "a.cpp")
    assert len(noted) == 1
    assert await live.ask_soon(Outline(), 1000) is not None
    assert len(noted) == 2


async def test_a_tu_that_sleeps_is_woken_first(w: World) -> None:
    w.settings.live_documents = 1
    w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    w.open("b.cpp", "int b;")
    await w.until_shown("b.cpp", 1)
    assert w.asleep() == {"a.cpp": "suspended"}
    await w.until(lambda: not w.live.is_parsing)
    live = None
    while live is None:  # A machine with much to do may not wake it within a moment.
        live = await w.live.typing(w.documents.current[w.path("a.cpp")])
    assert await outline(live) == "int a;"
    assert w.asleep() == {"b.cpp": "suspended"}


async def test_an_answer_that_takes_long_is_not_waited_for_nor_asked_again(w: World) -> None:
    w.open("a.cpp", "@endless-answer")
    await w.until_shown("a.cpp", 1)
    live = await typing(w, "a.cpp")
    assert await live.ask_soon(Outline(), 0.05) is None
    assert await live.ask_soon(Outline(), 1000) is None, "while the first is at work"
    await w.until(lambda: "a.cpp" in w.told("Outline"))
    assert len(w.told("Outline")) == 1


async def test_an_answer_that_never_ends_costs_the_host_and_others_are_live_again(w: World) -> None:
    w.settings.diagnostics_delay = 0
    innocent = w.open("a.cpp", "int fine;")
    await w.until_shown("a.cpp", 1)
    w.open("endless.cpp", "@endless-answer")
    await w.until_shown("endless.cpp", 1)
    assert await (await typing(w, "endless.cpp")).ask(Outline()) is None
    await w.until_answered(innocent)
    assert await outline(await w.read(innocent)) == "int fine;"
    assert w.live.statistics()["host_deaths"] == 1


async def test_nothing_is_asked_of_a_file_any_more_whose_answers_never_end(w: World) -> None:
    document = w.open("endless.cpp", "@endless-answer")
    for version in (1, 2):
        await w.until_shown("endless.cpp", version)
        assert await (await typing(w, "endless.cpp")).ask(Outline()) is None
        document = w.edit("endless.cpp", f"@endless-answer {version}")
    await w.until_shown("endless.cpp", 3)
    assert await w.live.typing(document) is None, "the index answers, the host stays"


async def test_who_stops_waiting_for_an_answer_leaves_it_under_guard(w: World) -> None:
    w.open("endless.cpp", "@endless-answer")
    await w.until_shown("endless.cpp", 1)
    asking = asyncio.ensure_future((await typing(w, "endless.cpp")).ask(Outline()))
    await w.until(lambda: "endless.cpp" in w.told("Outline"))
    asking.cancel()
    await w.until(lambda: w.live.statistics()["host_deaths"] == 1)
