"""Live documents under a budget: who sleeps first, who comes back, who is left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import psutil
import pytest

from cppls.core.settings import Settings
from cppls.engine.child import Child
from cppls.engine.live_memory import HOST_BYTES, UNKNOWN_GROWTH, LiveMemory
from cppls.engine.live_unit import Turns, Unit
from tests.engine.test_live import World, outline
from tests.engine.test_live import w as _w

MB = 1 << 20
w = _w


async def open_in_turn(w: World, count: int, size: int) -> list[str]:
    """So many documents of ``size`` MB each, each shown before the next is opened."""
    names = [f"f{number:02}.cpp" for number in range(count)]
    for name in names:
        w.open(name, f"int {name[:3]}; // @holds {size}")
        await w.until_shown(name, 1)
    return names


async def test_twenty_documents_opened_in_turn_stay_within_the_share(w: World) -> None:
    w.share = HOST_BYTES + 32 * MB
    names = [f"f{number:02}.cpp" for number in range(20)]
    for name in names:
        w.open(name, f"int {name[:3]}; // @holds 8")
        await w.until_shown(name, 1)
        # It may have been measured between this parse and what was put to sleep for it.
        assert w.live.memory.rss <= w.share + 8 * MB
        await w.until(lambda: w.live.memory.rss <= w.share)
        assert not w.live.sleeps(w.path(name)), "the visible one stays"
    figures = w.live.statistics()
    assert figures["documents"] == 20
    assert isinstance(figures["bytes"], int)
    assert figures["bytes"] <= 32 * MB
    assert figures["spilled"] == sum(w.live.sleeps(w.path(n)) for n in names) - int(
        str(figures["suspended"])
    )
    assert w.told("Suspend")[:5] == names[:5], "the least recently used first"
    assert w.told("CloseDocument")[:3] == names[:3], "and spilled in the same order"


async def test_what_was_spilled_comes_back_with_equal_answers(w: World) -> None:
    names = await open_in_turn(w, 3, 8)
    first = w.documents.current[w.path(names[0])]
    before = await outline(await w.read(first))
    w.live.relieve("hard", w.path(names[2]))
    assert w.asleep() == {names[0]: "spilled", names[1]: "spilled"}
    assert await outline(await w.read(first)) == before
    figures = w.live.statistics()
    assert (figures["hits"], figures["misses"], figures["spilled"]) == (1, 1, 1)
    assert figures["spilled_bytes"] == 8 * MB


async def test_soft_relief_suspends_the_older_half_and_spills_nothing(w: World) -> None:
    names = await open_in_turn(w, 5, 8)
    assert w.live.relieve("soft") == 2
    assert w.asleep() == {names[0]: "suspended", names[1]: "suspended"}
    assert [w.live.relieve("soft") for _ in range(3)] == [1, 1, 0]
    assert w.asleep() == dict.fromkeys(names[:4], "suspended")


async def test_hard_relief_takes_the_visible_one_only_when_it_is_alone(w: World) -> None:
    names = await open_in_turn(w, 3, 8)
    assert w.live.relieve("hard") == 2
    assert not w.live.sleeps(w.path(names[2]))
    assert w.live.relieve("hard") == 1
    assert w.live.sleeps(w.path(names[2]))
    assert w.live.relieve("hard") == 0
    await w.until(lambda: w.live.host() is None)
    document = w.documents.current[w.path(names[2])]
    await w.until_answered(document)


async def test_a_share_that_shrinks_puts_idle_documents_to_sleep(w: World) -> None:
    names = await open_in_turn(w, 4, 8)
    w.share = HOST_BYTES + 9 * MB
    w.edit(names[3], "int x; // @holds 8")
    await w.until_shown(names[3], 2)
    await w.until(lambda: w.live.memory.rss <= w.share)
    assert [w.live.sleeps(w.path(name)) for name in names] == [True, True, True, False]


async def test_documents_that_nobody_uses_give_their_memory_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    w = World(tmp_path, idle_seconds=0.1)
    try:
        names = await open_in_turn(w, 2, 8)
        await w.until(lambda: w.asleep() == {names[0]: "spilled"})
        assert not w.live.sleeps(w.path(names[1]))
    finally:
        await w.live.stop()


async def test_preambles_on_disk_are_bounded_with_the_visible_one_kept(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.live_memory.DISK_BYTES", 100 * MB)
    names = await open_in_turn(w, 5, 8)
    await w.until(lambda: w.live.memory.disk <= 100 * MB)
    assert w.asleep()[names[0]] == "spilled"
    assert not w.live.sleeps(w.path(names[4]))


async def test_a_host_dies_and_the_visible_document_is_parsed_first(w: World) -> None:
    names = await open_in_turn(w, 3, 8)
    w.live.relieve("soft")
    before = len(w.parses())
    host = w.live.host()
    assert host is not None
    host.kill()
    await w.until(lambda: len(w.parses()) == before + 2)
    assert w.parses()[before] == names[2]
    assert w.asleep() == {names[0]: "suspended"}, "what slept is not parsed again"


async def test_a_parse_that_explodes_is_left_alone_in_a_fresh_host_with_the_others_live(
    w: World,
) -> None:
    good = w.open("good.cpp", "int good;")
    await w.until_shown("good.cpp", 1)
    w.open("bad.cpp", "@explode")
    await w.until(lambda: bool(w.left_alone))
    assert [name for name, _ in w.left_alone] == ["bad.cpp"]
    assert w.parses().count("bad.cpp") == 2
    await w.until(lambda: w.live.statistics()["recycled"] != 0)
    await w.until_answered(good)
    w.edit("bad.cpp", "mended")
    await w.until_shown("bad.cpp", 2)


async def test_before_a_parse_its_growth_is_set_aside_and_known_the_next_time(w: World) -> None:
    await open_in_turn(w, 2, 8)
    assert w.set_asides == [(UNKNOWN_GROWTH, True), (8 * MB, True)], "as its neighbour took"
    w.live.relieve("hard")
    w.live.relieve("hard")
    await w.until(lambda: w.live.host() is None)
    w.growths[w.path("f00.cpp")] = 99 * MB
    w.close("f00.cpp")
    w.open("f00.cpp", "int f00; // @holds 8")
    await w.until_shown("f00.cpp", 1)
    await w.until(lambda: len(w.set_asides) == 3)
    assert w.set_asides[2] == (99 * MB, True), "as it took itself the last time"


async def test_documents_are_suspended_until_so_much_is_free_but_for_the_visible_one(
    w: World,
) -> None:
    names = await open_in_turn(w, 4, 8)
    assert w.live.free(10 * MB) == 12 * MB
    assert w.asleep() == {names[0]: "suspended", names[1]: "suspended"}
    assert w.live.free(100 * MB) == 6 * MB
    assert w.asleep() == dict.fromkeys(names[:3], "suspended")


async def test_files_parsed_ahead_are_ready_when_they_are_opened(w: World) -> None:
    (w.folder / "a.cpp").write_text("int a; // @holds 8")
    assert w.live.warm([w.path("a.cpp")]) == 1
    await w.until(lambda: w.live.statistics()["bytes"] == 8 * MB)
    assert w.shown == [], "nobody has it open: nobody hears"
    w.open("a.cpp", "int a; // @holds 8")
    await w.until_shown("a.cpp", 1)
    figures = w.live.statistics()
    assert (figures["ahead_used"], figures["ahead"], figures["documents"]) == (1, 0, 1)
    assert w.told("OpenDocument") == ["a.cpp"], "one TU, parsed twice"


async def test_warming_keeps_within_the_share_and_brings_the_last_used_back_first(
    w: World,
) -> None:
    names = await open_in_turn(w, 4, 8)
    w.live.relieve("hard")
    w.live.relieve("hard")
    await w.until(lambda: w.live.host() is None)
    w.share = HOST_BYTES + 20 * MB
    assert w.live.warm() == 2
    await w.until(lambda: not w.live.sleeps(w.path(names[3])))
    await w.until(lambda: not w.live.sleeps(w.path(names[2])))
    assert w.live.sleeps(w.path(names[0]))
    assert w.live.sleeps(w.path(names[1]))


async def test_what_was_parsed_ahead_makes_room_first(w: World) -> None:
    (w.folder / "ahead.cpp").write_text("int a; // @holds 8")
    names = await open_in_turn(w, 1, 8)
    w.live.warm([w.path("ahead.cpp")])
    await w.until(lambda: w.live.statistics()["bytes"] == 16 * MB)
    w.share = HOST_BYTES + 17 * MB
    w.open("b.cpp", "int b; // @holds 8")
    await w.until_shown("b.cpp", 1)
    assert w.told("CloseDocument") == ["ahead.cpp"]
    assert "Suspend" not in (w.folder / "log").read_text()
    assert not w.live.sleeps(w.path(names[0]))


async def test_parses_that_do_not_fit_together_run_one_after_the_other() -> None:
    order: list[str] = []
    together = 0

    def fits(unit: Unit, running: object) -> bool:
        return False

    turns = Turns(4, fits)

    async def parse(unit: Unit) -> None:
        nonlocal together
        async with turns.turn(unit):
            together = max(together, len(turns.running))
            await asyncio.sleep(0)
            order.append(unit.path)

    units = [Unit(name, used=used) for name, used in (("first", 1), ("old", 2), ("new", 3))]
    suspect = Unit("suspect", used=9, deaths=1)
    await asyncio.gather(*(parse(unit) for unit in [*units, suspect]))
    assert order == ["first", "new", "old", "suspect"]
    assert together == 1


def test_while_a_parse_takes_memory_nothing_is_spilled_for_it() -> None:
    host = cast("Child", object())
    units = {name: Unit(name, shown=1, stale=False, host=host, held=8 * MB) for name in "abcd"}
    units["d"].used = 1
    memory = LiveMemory(units, lambda unit, to: None, Settings(), lambda: HOST_BYTES, 600)
    memory.rss = HOST_BYTES + 90 * MB
    assert memory.settle(deep=False)
    assert [units[name].asleep for name in "abcd"] == ["suspended"] * 3 + [""]
    assert memory.settle()
    assert [units[name].asleep for name in "abcd"] == ["spilled"] * 3 + [""]


def test_nothing_sleeps_that_is_parsed_or_asked_at_the_moment() -> None:
    units = {name: Unit(name, shown=1, stale=False) for name in "abc"}
    memory = LiveMemory(units, lambda unit, to: None, Settings(), lambda: 0, 600)
    units["a"].readers = 1
    units["b"].parsing = True
    assert memory.relieve("hard", None) == 0


@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="no limits on this system")
async def test_the_hosts_limit_never_lies_below_what_it_has(w: World) -> None:
    w.share = HOST_BYTES + 40 * MB
    await open_in_turn(w, 2, 8)
    host = w.live.host()
    assert host is not None
    process = psutil.Process(host.pid)

    def room() -> int:
        return process.rlimit(psutil.RLIMIT_DATA)[0] - process.memory_info().data

    assert 0 < room() < 200 * MB
    w.share = 1 * MB
    w.open("b.cpp", "int b; // @holds 8")
    await w.until_shown("b.cpp", 1)
    assert room() > 2 * 8 * MB, "what its parse is expected to take, and more"
