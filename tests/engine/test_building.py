"""Shared preambles: when they are built, who uses them, and what happens when they are no good.

With real child processes that do what the sources tell them (fake_worker), and a plan by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cppls.core.messages import PlannedPreamble
from cppls.core.model import FileStatus, Statistics
from cppls.core.settings import Settings
from cppls.engine.child import Child
from cppls.engine.preamble_folder import PreambleFolder
from cppls.engine.preambles import SharedPreambles
from cppls.engine.queue import Tier
from cppls.engine.scheduler import Scheduler
from cppls.engine.worker import Outcome
from tests.engine.plans import planned
from tests.engine.test_scheduler import World as SchedulerWorld
from tests.engine.test_scheduler import start_worker

TEN = "abcdefghij"


class World(SchedulerWorld):
    """A scheduler with preambles over a folder of sources."""

    def __init__(
        self, folder: Path, settings: Settings, spawn: Callable[[], Awaitable[Child]]
    ) -> None:
        super().__init__(folder, settings, spawn)
        self.free = asyncio.Event()
        self.free.set()
        self.place = PreambleFolder(str(folder / "cache" / "shared"))
        self.preambles = SharedPreambles(self.place, self.holds)
        self.scheduler = Scheduler(
            self, self.gate, self.governor, settings, spawn, preambles=self.preambles
        )

    def header(self, name: str, text: str = "") -> str:
        """Write a header; its path."""
        path = self.folder / f"{name}.h"
        path.write_text(text or f"int {name};")
        return str(path)

    def write_over(self, header: str, names: str = TEN, text: str = "") -> list[str]:
        """Write sources that include the header."""
        return self.write(**dict.fromkeys(names, f'#include "{header}.h"\n{text}'))

    async def plan(self, *plan: PlannedPreamble) -> None:
        flags = {unit: 7 for each in plan for unit in each.units}
        await self.preambles.adopt(b"", list(plan), flags)
        self.preambles.is_outdated = False

    async def holds(self, keys: bytes) -> bool:
        known = set(memoryview(bytes(self.keys)).cast("Q"))
        return set(memoryview(keys).cast("Q")) <= known

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        if any(outcome.headers for outcome in batch):
            await self.free.wait()
        return await super().store(batch)

    def work(self) -> list[str]:
        """What the workers did: ``build h``, ``a over h``, ``a``; keys without their hashes."""
        lines = [line.replace(".cpp", "") for line in self.log()]
        words = [line.split(" ") for line in lines if line.startswith(("job", "build"))]
        named = [[word[:-8] if len(word) > 8 else word for word in line] for line in words]
        return [" ".join(line[line[0] == "job" :]) for line in named]

    def files(self) -> list[str]:
        """What lies in the preambles' folder, without hashes."""
        names = sorted(path.name for path in Path(self.place.path).iterdir())
        return [name if name == "plan" else name[0] + name[name.index(".") :] for name in names]

    def litter(self, name: str) -> None:
        """Leave a file in the preambles' folder that nobody knows."""
        Path(self.place.path, name).touch()

    @property
    def figures(self) -> Statistics:
        return self.preambles.statistics()


@asynccontextmanager
async def world(
    folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: int = 1
) -> AsyncGenerator[World]:
    monkeypatch.setenv("FAKE_LOG", str(folder / "log"))
    made = World(folder, Settings(jobs=jobs, batch_files=4, batch_seconds=0.2), start_worker)
    await made.preambles.load()
    try:
        yield made
    finally:
        made.free.set()
        await made.scheduler.stop()


async def test_open_files_come_first_then_the_preamble_then_those_that_profit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        lonely = w.write(z="int z;")
        with w.gate.interactive():
            w.scheduler.put([*units, *lonely])
            w.scheduler.put(units[:1], Tier.OPEN)
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.work() == ["a", "z", "build h", *(f"{name} over h" for name in TEN[1:])]
        assert set(w.stored) == {*TEN, "z"}
        assert w.figures["units_over"] == 9


async def test_what_is_awaited_waits_for_no_preamble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        with w.gate.interactive():
            w.scheduler.put(units)
            w.scheduler.put(units[:1], Tier.AWAITED)
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.work()[:3] == ["a", "build h", "b over h"]


async def test_parents_are_built_before_children_and_units_sit_as_deep_as_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        upper, lower = w.write_over("h", "abcde"), w.write_over("i", "fghij")
        root = planned([w.header("h")], upper)
        child = planned([w.header("i")], lower, parent=0)
        await w.plan(root, child)
        await w.index(*upper, *lower)
        assert [line for line in w.work() if line.startswith("build")] == [
            "build h",
            "build i over h",
        ]
        assert w.work()[-1] == "j over i"
        assert {f"{name} over h" for name in "abcde"} < set(w.work())


async def test_nothing_is_used_before_what_it_holds_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        w.free.clear()
        units = w.write_over("h", text="@slow")
        await w.plan(planned([w.header("h")], units))
        w.scheduler.put(units)
        while not w.figures["building"] or len(w.work()) < 3:
            await asyncio.sleep(0.01)
        assert not [line for line in w.work() if "over" in line]
        w.free.set()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.work()[-1].endswith(" over h")


async def test_what_a_worker_extracted_before_is_committed_with_the_preamble_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        with w.gate.interactive():
            w.scheduler.put(units)
            w.scheduler.put(units[:1], Tier.OPEN)  # Claims the header before the preamble can.
            await w.plan(planned([w.header("h")], units))
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert (w.figures["units_over"], w.figures["claims_lost"]) == (9, 0)


async def test_one_worker_builds_while_the_other_indexes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, jobs=2) as w:
        units = w.write_over("h")
        others = w.write_over("i", "klmnopqr", "@slow")
        w.header("i")
        await w.plan(
            planned([w.header("h", "@slow")], units), planned([w.header("g", "@slow")], units)
        )
        w.scheduler.put([*others, *units])
        while not w.figures["building"] or not w.scheduler.statistics()["done"]:
            assert int(str(w.figures["building"])) < 2
            await asyncio.sleep(0.01)
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert set(w.stored) == {*TEN, *"klmnopqr"}


async def test_no_build_starts_while_somebody_waits_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        with w.gate.interactive():
            w.scheduler.put(units)
            await asyncio.sleep(0.3)
            assert w.work() == []
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.work()[0] == "build h"


async def test_for_a_few_units_nothing_is_built_but_what_there_is_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units[:3])
        assert w.work() == ["a", "b", "c"]
        await w.index(*units)
        await w.index(*units[:3])
        assert w.work()[-3:] == ["a over h", "b over h", "c over h"]
        assert w.figures["builds"] == 1


async def test_a_preamble_that_is_stale_is_dropped_with_its_children_and_a_plan_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        upper, lower = w.write_over("h", "abcde"), w.write_over("i", "fghij")
        await w.plan(planned([w.header("h")], upper), planned([w.header("i")], lower, parent=0))
        await w.index(*upper, *lower)
        assert not w.preambles.is_outdated
        w.header("h", "@changed")
        await w.index(*upper)
        assert {name: o.status for name, o in w.stored.items()} == dict.fromkeys(
            TEN, FileStatus.INDEXED
        )
        assert w.work()[-5:] == ["a over h", "b", "c", "d", "e"]
        assert w.preambles.is_outdated
        assert (w.figures["stale"], w.figures["failed"], w.files()) == (1, 2, ["plan"])


async def test_a_unit_that_declines_goes_to_the_parent_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        odd = w.write_over("i", "k", "@decline")
        child = planned([w.header("i")], [*odd, *units], parent=0)
        await w.plan(planned([w.header("h")], []), child)
        await w.index(*odd, *units)
        await w.index(*odd)
        await w.index(*odd)
        assert [line for line in w.work() if line.startswith("k")] == ["k over i", "k over h", "k"]
        assert w.stored["k"].declined == ""
        reasons = [each["reasons"] for each in list_of(w.figures["most_useful"])]
        assert reasons == ["it says so", "it says so"]


async def test_a_preamble_that_many_decline_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h", text="@decline")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        assert w.work()[1:] == ["a over h", "b over h", "c over h", "d over h", *"efghij"]
        assert (w.figures["dropped"], w.figures["declined"], w.files()) == (1, 4, ["plan"])
        assert set(w.stored) == set(TEN)


async def test_many_that_belong_to_an_open_file_wait_for_a_preamble_that_few_do_not_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units, (other,) = w.write_over("h"), w.write(other="int other;")
        await w.plan(planned([w.header("h")], units))
        w.scheduler.put(units[:9], Tier.RELATED)
        await w.index(other, *units)
        assert w.work()[:2] == ["build h", "a over h"]


async def test_what_declines_half_of_a_chain_says_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h", text="@decline")
        child = planned([w.header("i", "@bad")], units, parent=0)
        await w.plan(planned([w.header("h")], []), child)
        await w.index(*units)
        assert w.work() == ["build h", "build i over h", *(f"{name} over h" for name in TEN)]
        assert (w.figures["ready"], w.figures["dropped"], w.figures["declined"]) == (1, 0, 10)


async def test_a_unit_whose_worker_dies_over_a_preamble_is_tried_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        w.write_over("h", "b", "@die-over")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        assert w.stored["b"].status is FileStatus.INDEXED
        assert [line for line in w.work() if line.startswith("b ")] == ["b over h"]
        assert "b" in w.work()
        assert (w.figures["died_over"], w.scheduler.statistics()["crashes"]) == (1, 0)
        await w.index(*units[1:2])
        assert w.work()[-1] == "b"


async def test_a_unit_that_met_its_memory_limit_is_no_fault_of_the_preamble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h", text="@starve-once")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        assert w.work() == ["build h", *(f"{name} over h" for name in TEN for _ in "12")]
        assert (w.figures["died_over"], w.figures["ready"]) == (0, 1)
        assert {outcome.status for outcome in w.stored.values()} == {FileStatus.INDEXED}


@pytest.mark.parametrize("word", ["@bad", "@deadly"])
async def test_a_preamble_that_cannot_be_built_costs_itself(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h", word)], units))
        await w.index(*units)
        assert w.work() == ["build h", *TEN]
        assert set(w.stored) == set(TEN)
        assert (w.figures["failed"], w.figures["build_failures"]) == (1, 1)
        assert w.figures["last_failure"]
        assert w.files() == ["plan"]


async def test_what_could_not_be_built_of_half_written_headers_is_when_many_are_indexed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h", "@bad")], units))
        await w.index(*units)
        assert (w.figures["failed"], w.figures["units_over"]) == (1, 0)
        w.header("h")
        await w.index(*units)
        assert (w.figures["failed"], w.figures["units_over"]) == (0, 10)


async def test_what_killed_a_worker_when_it_was_built_is_not_built_again_by_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h", "@deadly")], units))
        await w.index(*units)
        await w.index(*units)
        assert w.work().count("build h") == 1


async def test_a_preamble_that_met_its_memory_limit_is_built_with_all_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h", "@greedy")], units))
        await w.index(*units)
        assert w.work() == ["build h", "build h", *(f"{name} over h" for name in TEN)]
        assert w.figures["build_failures"] == 0


async def test_a_preamble_whose_claims_left_the_index_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        w.keys.clear()
        w.scheduler.relearn_claims()
        w.preambles.claims_changed()
        await w.index(*units)
        assert w.work()[11:14] == ["a", "build h", "b over h"]
        assert (w.figures["claims_lost"], w.figures["builds"]) == (1, 2)
        assert await w.holds(bytes(w.keys))


async def test_when_the_index_cannot_be_written_the_preamble_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        w.full = True
        await w.index(*units)
        assert "No space left" in w.scheduler.failure
        assert (w.figures["ready"], w.files()) == (0, ["plan"])
        w.full = False
        w.scheduler.retry()
        await asyncio.wait_for(w.scheduler.until_settled(), 20)
        assert w.figures["units_over"] == 10
        assert set(w.stored) == set(TEN)


async def test_a_build_that_is_killed_leaves_nothing_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        plan = planned([w.header("h", "@slow")], units)
        await w.plan(plan)
        w.scheduler.put(units)
        while "h.pch.half" not in w.files():
            await asyncio.sleep(0.01)
        await asyncio.wait_for(w.scheduler.stop(), 10)
        again = SharedPreambles(w.place, w.holds)
        await again.load()
        assert w.files() == ["plan"]
        assert again.statistics()["planned"] == 1


async def test_the_next_process_takes_up_what_is_whole_and_in_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        w.litter("stray.pch")
        again = SharedPreambles(w.place, w.holds)
        await again.load()
        assert w.files() == ["h.pch", "h.pch.facts", "h.record", "plan"]
        assert await again.seat(units[0], 7) is not None
        assert await again.seat(units[0], 8) is None, "it has other flags now"
        w.keys.clear()
        third = SharedPreambles(w.place, w.holds)
        await third.load()
        assert await third.seat(units[0], 7) is None
        assert w.files() == ["plan"]


async def test_what_nobody_waits_for_goes_when_the_disk_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit(_: PreambleFolder, used: int) -> int:
        assert used <= 3 << 20
        return 2 << 20

    monkeypatch.setattr(PreambleFolder, "limit", limit)
    async with world(tmp_path, monkeypatch) as w:
        parts = {"h": "abc", "i": "defghi", "j": "klmn"}
        units = {name: w.write_over(name, names) for name, names in parts.items()}
        await w.plan(*(planned([w.header(name)], part) for name, part in units.items()))
        await w.index(*units["h"], *units["i"], *units["j"])
        assert w.figures["units_over"] == 13
        assert (w.figures["ready"], w.figures["dropped"]) == (2, 1)
        assert w.figures["disk_bytes"] == 2 << 20
        built = [line for line in w.work() if line.startswith("build")]
        assert built == ["build i", "build j", "build h"]
        assert not [name for name in w.files() if name.startswith("i")]


async def test_a_preamble_that_the_disk_has_no_room_for_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit(_: PreambleFolder, used: int) -> int:
        return used // 2

    monkeypatch.setattr(PreambleFolder, "limit", limit)
    async with world(tmp_path, monkeypatch) as w:
        units = w.write_over("h")
        await w.plan(planned([w.header("h")], units))
        await w.index(*units)
        assert w.work() == ["build h", *TEN]
        assert w.files() == ["plan"]


async def test_a_new_plan_keeps_what_it_has_in_common_with_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        parts = [w.write_over("h", "abcde"), w.write_over("i", "fghij")]
        h, i = w.header("h"), w.header("i")
        await w.plan(planned([h], parts[0]), planned([i], parts[1]))
        await w.index(*parts[0], *parts[1])
        w.header("i", "int other;")
        await w.plan(planned([i], parts[1]), planned([h], parts[0]))
        await w.index(*parts[0], *parts[1])
        builds = [line for line in w.work() if line.startswith("build")]
        assert sorted(builds) == ["build h", "build i", "build i"]
        assert w.figures["units_over"] == 20


def list_of(value: object) -> list[Statistics]:
    assert isinstance(value, list)
    return value  # pyright: ignore[reportUnknownVariableType]
