"""The governor over a tree of figures: who is admitted with how much, what gives way first."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from cppls.engine.admission import HARD, SMALLEST_SHARE, SOFT
from cppls.engine.child import ChildDied
from cppls.engine.governor import Governor
from cppls.engine.relief import HISTORY, Relief
from cppls.engine.shares import GAVE_WAY, PUT_BACK, Grant, NoRoom
from cppls.engine.trials import Trials
from tests.engine.fake_tree import SERVER, FakeTree, M


class Crew:
    """Workers as the tree has them; those it ends are gone from the tree at once."""

    def __init__(self, tree: FakeTree) -> None:
        self.tree = tree
        self.done: list[str] = []
        self.idle: list[int] = []

    def hire(self, pid: int, size: int, *, idle: bool = False) -> None:
        self.tree.sizes[pid] = ("index worker", size)
        self.idle += [pid] if idle else []

    def dismiss_idle(self) -> int:
        for pid in self.idle:
            del self.tree.sizes[pid]
        count = len(self.idle)
        self.idle.clear()
        self.done += ["dismissed"] * count
        return count

    def kill(self, pid: int) -> None:
        self.tree.sizes.pop(pid, None)
        self.done.append(f"killed {pid}")


class World:
    def __init__(self, budget: int, jobs: int) -> None:
        self.tree = FakeTree()
        self.governor = Governor(budget, jobs, self.tree)
        self.crew = Crew(self.tree)
        self.governor.command(self.crew)
        self.look(3 * jobs)

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.governor.look()

    async def admitted(self, path: str, pid: int, size: int, *, alone: bool = False) -> Grant:
        """A job that runs, its worker at ``size`` bytes."""
        grant = await asyncio.wait_for(self.governor.admit(path, last=size, alone=alone), 1)
        grant.pid = pid
        self.crew.hire(pid, size)
        return grant

    def server_takes(self, size: int) -> None:
        self.tree.sizes[os.getpid()] = ("server", size)

    def actions(self) -> list[str]:
        self.look()
        return [each.action for each in self.governor.relief.history]


def world(budget: int = 512 * M, jobs: int = 4) -> World:
    return World(budget, jobs)


@contextmanager
def waits(work: asyncio.Task[Grant]) -> Generator[None]:
    """``work`` does not end before the body, and then does."""
    assert not work.done()
    yield


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_shares_never_add_up_to_more_than_the_hard_limit_leaves() -> None:
    w = world(1024 * M, jobs=16)
    grants: list[Grant] = []
    for number in range(16):
        work = asyncio.ensure_future(w.governor.admit(f"/p/{number}.cpp", last=80 * M))
        await turn()
        if not work.done():
            work.cancel()
            break
        grants.append(work.result())
    assert 2 <= len(grants) < 16
    assert sum(grant.size for grant in grants) + SERVER <= 1024 * M * HARD
    assert all(grant.size >= 80 * M for grant in grants)


async def test_a_file_that_does_not_fit_beside_others_waits_and_runs_alone() -> None:
    w = world()
    small = await w.admitted("/p/small.cpp", 2, 80 * M)
    big = asyncio.ensure_future(w.governor.admit("/p/big.cpp", last=350 * M))
    await turn()
    with waits(big):
        behind = asyncio.ensure_future(w.governor.admit("/p/behind.cpp", last=80 * M))
        w.look()
        await turn()
        assert not behind.done()  # In the order of asking: the big one must not starve.
        del w.tree.sizes[2]
        w.governor.release(small)
    grant = await asyncio.wait_for(big, 1)
    assert grant.size >= 350 * M
    w.look()
    await turn()
    assert not behind.done()
    w.governor.release(grant)
    await asyncio.wait_for(behind, 1)


async def test_one_that_is_awaited_comes_first_and_runs_beside_as_many_as_there_may_be() -> None:
    w = world(4096 * M, jobs=2)
    for _ in range(6):
        w.look()
    for pid in (2, 3):
        await w.admitted(f"/p/{pid}.cpp", pid, 80 * M)
    usual = asyncio.ensure_future(w.governor.admit("/p/usual.cpp", last=80 * M))
    await turn()
    await asyncio.wait_for(w.governor.admit("/p/saved.cpp", last=80 * M, awaited=True), 1)
    second = asyncio.ensure_future(w.governor.admit("/p/b.cpp", last=80 * M, awaited=True))
    await turn()
    assert (usual.done(), second.done()) == (False, False), "one more, not two"
    usual.cancel()
    second.cancel()


async def test_alone_means_all_there_is_and_nobody_beside() -> None:
    w = world()
    w.crew.hire(7, 60 * M, idle=True)
    w.look()
    work = asyncio.ensure_future(w.governor.admit("/p/a.cpp", alone=True))
    await turn()
    with waits(work):
        w.look(2)
    assert w.crew.done == ["dismissed"]
    grant = await asyncio.wait_for(work, 1)
    assert grant.size > 512 * M * HARD - SERVER - 20 * M
    other = asyncio.ensure_future(w.governor.admit("/p/b.cpp", last=1 * M))
    await turn()
    assert not other.done()
    assert w.governor.had_everything(grant)
    w.governor.release(grant)
    await asyncio.wait_for(other, 1)


async def test_an_unknown_file_is_expected_to_cost_what_its_folder_does() -> None:
    w = world()
    for _ in range(20):
        w.governor.forecast.learn("/p/big/x.cpp", 200 * M)
        w.governor.forecast.learn("/p/small/x.cpp", 50 * M)
    assert w.governor.forecast.predict("/p/big/new.cpp") == 200 * M
    assert w.governor.forecast.predict("/p/small/new.cpp") == 50 * M
    assert w.governor.forecast.predict("/p/small/known.cpp", last=90 * M) == 90 * M


async def test_many_cores_and_little_memory_settle_where_the_budget_holds() -> None:
    """64 cores, 4 GB: each file takes 150 MB; the tree is played second by second."""
    w = world(4096 * M, jobs=64)
    running: dict[int, Grant] = {}
    most, pid = 0, 100
    for _ in range(300):
        while len(running) < w.governor.worker_limit:
            if not w.governor.would_admit("/p/a.cpp", 150 * M):
                break
            pid += 1
            running[pid] = await w.admitted("/p/a.cpp", pid, 150 * M)
            w.governor.forecast.learn("/p/a.cpp", 150 * M)
        w.look()
        most = max(most, len(running))
        if len(running) > 5:
            done = next(iter(running))
            del w.tree.sizes[done]
            w.governor.release(running.pop(done))
    assert 10 <= most <= 26
    assert w.governor.over_budget_samples == 0
    assert w.governor.peak <= 4096 * M
    assert w.crew.done == []


async def test_fewer_workers_under_pressure_and_more_again_after_it() -> None:
    w = world(1024 * M, jobs=4)
    assert w.governor.worker_limit == 4
    w.server_takes(800 * M)
    w.look()
    assert w.governor.worker_limit == 1
    w.server_takes(SERVER)
    heard: list[int] = []
    w.governor.on_room = lambda: heard.append(w.governor.worker_limit)
    w.look(20)
    assert heard == [2, 3, 4]


async def test_memory_is_got_back_in_steps_from_the_cheapest_to_the_dearest() -> None:
    w = world()
    w.tree.documents = 3
    caches = [True]
    w.governor.add_cache("answers", lambda: bool(caches and caches.pop()))
    w.crew.hire(5, 30 * M, idle=True)
    w.tree.sizes[9] = ("document host", 400 * M)
    w.look(6)
    assert w.actions() == [
        "no job is started beside another",
        "answers: made smaller",
        "1 idle workers were dismissed",
        "3 idle documents were suspended",
    ]
    assert [each.freed for each in w.governor.relief.history] == [0, 0, 30 * M, 0]
    assert "hard" not in w.tree.relieved


async def test_background_work_is_stopped_before_what_the_user_looks_at() -> None:
    w = world()
    small = await w.admitted("/p/small.cpp", 2, 80 * M)
    large = await w.admitted("/p/large.cpp", 3, 110 * M)
    w.tree.sizes[9] = ("document host", 290 * M)
    w.look(4)
    assert w.crew.done == ["killed 3"]
    assert large.stopped == PUT_BACK
    assert not small.stopped
    assert "hard" not in w.tree.relieved
    w.governor.release(large)
    w.tree.sizes[9] = ("document host", 400 * M)
    w.look(8)
    assert w.crew.done == ["killed 3", "killed 2"]
    assert "hard" not in w.tree.relieved
    w.governor.release(small)
    w.tree.sizes[9] = ("document host", 450 * M)
    w.look(4)
    assert w.tree.relieved[-1] == "hard"


async def test_no_job_starts_beside_another_while_memory_is_short() -> None:
    w = world()
    running = await w.admitted("/p/a.cpp", 2, 80 * M)
    w.server_takes(int(512 * M * SOFT) - 70 * M)
    w.look()
    assert w.governor.health == "pressed"
    waiting = asyncio.ensure_future(w.governor.admit("/p/b.cpp", last=SMALLEST_SHARE))
    w.look(3)
    await turn()
    with waits(waiting):
        w.server_takes(SERVER)
        w.look(4)
    await asyncio.wait_for(waiting, 1)
    assert w.governor.health == "ok"
    w.governor.release(running)


async def test_a_parse_that_somebody_waits_for_has_its_memory_before_it_begins() -> None:
    w = world(jobs=2)
    large = await w.admitted("/p/large.cpp", 2, 180 * M)
    small = await w.admitted("/p/small.cpp", 3, 100 * M)
    w.tree.idle_bytes = 30 * M
    with w.governor.set_aside(200 * M, urgent=False):
        assert w.crew.done == [], "nobody waits for what is parsed ahead"
    with w.governor.set_aside(150 * M, urgent=True):
        assert w.crew.done == [], "it fits"
    with w.governor.set_aside(200 * M, urgent=True):
        assert w.tree.freed == [18 * M]
        assert w.crew.done == [], "documents that slept were enough"
    w.tree.idle_bytes = 0
    with w.governor.set_aside(200 * M, urgent=True):
        assert w.crew.done == ["killed 2"]
    assert large.stopped == GAVE_WAY
    assert not small.stopped


async def test_what_is_set_aside_for_a_parse_is_not_given_to_a_job() -> None:
    w = world()
    with w.governor.set_aside(300 * M, urgent=True):
        job = asyncio.ensure_future(w.governor.admit("/p/a.cpp", last=100 * M))
        await turn()
        assert job.result().size <= 512 * M * HARD - SERVER - 300 * M
        w.governor.release(job.result())
    job = asyncio.ensure_future(w.governor.admit("/p/a.cpp", last=300 * M))
    await turn()
    assert job.result().size >= 300 * M


def test_a_file_that_gave_way_to_parses_is_never_given_up_for_it() -> None:
    trials = Trials()
    grant = Grant("/p/a.cpp", 100 * M, alone=False, stopped=GAVE_WAY)
    assert all(trials.waits_again(grant, ChildDied("stopped")) for _ in range(100))
    assert not trials.must_be_alone("/p/a.cpp")


async def test_a_worker_that_takes_more_than_its_share_is_stopped_for_its_own_fault() -> None:
    w = world(2048 * M)
    for _ in range(9):
        w.look()
    grant = await w.admitted("/p/a.cpp", 2, 80 * M)
    w.tree.sizes[2] = ("index worker", grant.size + 1 * M)
    w.look()
    assert w.crew.done == ["killed 2"]
    assert grant.stopped != PUT_BACK
    assert grant.peak == grant.size + 1 * M


async def test_the_kernel_is_asked_to_hold_children_to_what_they_may_have() -> None:
    w = world(2048 * M)
    grant = await w.admitted("/p/a.cpp", 2, 80 * M)
    w.tree.sizes[9] = ("document host", 90 * M)
    w.look()
    assert w.tree.limits[2] == grant.size
    assert w.tree.limits[9] < 2048 * M * HARD - SERVER
    assert w.tree.limits.keys() == {2, 9}


async def test_a_file_that_did_not_fit_is_worth_another_attempt_when_there_is_much_more() -> None:
    w = world(512 * M)
    heard: list[int] = []
    w.governor.on_more_room = lambda: heard.append(w.governor.room_alone())
    w.tree.sizes[9] = ("document host", 250 * M)
    w.look()
    w.governor.did_not_fit(w.governor.room_alone())
    w.look(3)
    assert heard == []
    del w.tree.sizes[9]
    w.look(3)
    assert len(heard) == 1


async def test_a_job_that_is_cancelled_while_it_waits_takes_no_share() -> None:
    w = world()
    first = await w.governor.admit("/p/a.cpp", alone=True)
    cancelled = asyncio.ensure_future(w.governor.admit("/p/b.cpp"))
    third = asyncio.ensure_future(w.governor.admit("/p/c.cpp"))
    await turn()
    cancelled.cancel()
    await turn()
    w.governor.release(first)
    assert (await third).path == "/p/c.cpp"
    assert w.governor.statistics()["waiting"] == 0


async def test_when_the_server_itself_leaves_no_room_those_that_wait_are_told_what_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cppls.engine.governor.STARVED_SECONDS", 0.0)
    w = world(160 * M)
    w.server_takes(100 * M)
    w.look()
    waiting = asyncio.ensure_future(w.governor.admit("/p/a.cpp"))
    await turn()
    w.look()
    with pytest.raises(NoRoom, match=r"100M of the memory budget of 160M .* 193"):
        await waiting
    assert w.governor.statistics()["waiting"] == 0


async def test_when_the_machine_is_short_the_budget_follows() -> None:
    w = world(2048 * M)
    w.tree.free = 100 * M
    w.look()
    grant = await w.governor.admit("/p/a.cpp", alone=True)
    assert grant.size <= 150 * M * HARD
    assert w.governor.statistics()["effective_budget"] == SERVER + 100 * M


async def test_samples_above_the_budget_are_counted_and_health_says_so() -> None:
    w = world(256 * M)
    w.server_takes(300 * M)
    w.look(2)
    assert w.governor.over_budget_samples == 2
    assert w.governor.health == "over"
    w.server_takes(SERVER)
    w.look()
    assert w.governor.health == "ok"
    assert w.governor.statistics()["peak"] == 300 * M


async def test_the_document_host_has_what_server_and_one_worker_leave() -> None:
    w = world(512 * M)
    share = w.governor.host_share()
    assert SMALLEST_SHARE < share < 512 * M - SERVER - SMALLEST_SHARE
    w.server_takes(200 * M)
    w.look()
    assert w.governor.host_share() < share


async def test_it_measures_often_while_there_is_work_and_seldom_when_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cppls.engine.governor.FAST_SECONDS", 0.001)
    monkeypatch.setattr("cppls.engine.governor.SLOW_SECONDS", 3600)
    w = world()
    w.governor.start()
    await asyncio.sleep(0.1)
    w.tree.busy = False
    await asyncio.sleep(0.05)
    before = w.governor.statistics()["samples"]
    await asyncio.sleep(0.05)
    assert w.governor.statistics()["samples"] == before
    assert isinstance(before, int)
    assert before > 20
    w.governor.wake()
    await asyncio.sleep(0.02)
    assert w.governor.statistics()["samples"] == before + 1
    await w.governor.stop()


def test_what_an_action_freed_is_what_the_next_measurement_lacks() -> None:
    relief = Relief()
    relief.record("something", 500)
    relief.measured(380)
    relief.record("nothing", 380)
    relief.measured(400)
    assert [(each.action, each.freed) for each in relief.history] == [
        ("something", 120),
        ("nothing", 0),
    ]


def test_the_history_is_bounded() -> None:
    relief = Relief()
    for number in range(3 * HISTORY):
        relief.record(str(number), 1)
    relief.measured(1)
    assert len(relief.history) == HISTORY
    assert relief.history[-1].action == str(3 * HISTORY - 1)


def test_steps_that_did_not_help_are_tried_again_only_after_a_while() -> None:
    now = [0.0]
    relief = Relief(lambda: now[0])
    taken: list[str] = []
    relief.add("soft", lambda _: taken.append("step") or "step")
    relief.press("soft", 1)
    relief.press("soft", 1)
    assert taken == ["step"]
    now[0] = 6.0
    relief.press("soft", 1)
    assert taken == ["step", "step"]
