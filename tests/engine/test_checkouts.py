"""Waiting for the end of a checkout, and noticing that there was one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from cppls.engine import checkouts
from cppls.engine.checkouts import Checkouts
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w
from tests.engine.test_returns import at_rest


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checkouts, "QUIET_SECONDS", 0.01)
    folder = tmp_path / ".git"
    (folder / "logs").mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/one\n")
    return folder


def waits(made: Checkouts) -> int:
    found = made.statistics()["waits"]
    assert isinstance(found, int)
    return found


async def test_while_git_writes_files_one_waits_for_the_last(git: Path) -> None:
    made = Checkouts(str(git.parent))
    (git / "index.lock").touch()
    written: Iterator[int] = count()
    waiting = asyncio.ensure_future(made.finished(lambda: next(written)))
    while waits(made) < 5:
        assert not waiting.done()
        await asyncio.sleep(0.001)
    (git / "index.lock").unlink()
    await asyncio.wait_for(waiting, 10)


async def test_a_lock_that_is_held_for_something_else_stops_nobody(git: Path) -> None:
    made = Checkouts(str(git.parent))
    (git / "index.lock").touch()
    await asyncio.wait_for(made.finished(lambda: 1), 10)
    assert waits(made) == 1


async def test_without_git_nobody_waits(tmp_path: Path) -> None:
    made = Checkouts(str(tmp_path))
    await made.finished(count().__next__)
    assert not await made.moved()
    assert waits(made) == 0


async def test_a_move_is_noticed_once(git: Path) -> None:
    made = Checkouts(str(git.parent))
    assert not await made.moved()
    with (git / "logs" / "HEAD").open("a") as log:
        log.write("0 1 somebody <s@x> 0 +0000\tcheckout: moving from one to two\n")
    assert await made.moved()
    assert not await made.moved()
    with (git / "logs" / "HEAD").open("a") as log:
        log.write("1 2 somebody <s@x> 0 +0000\tcommit: words\n")
    assert not await made.moved()


async def test_after_a_checkout_all_is_compared_whatever_the_watcher_missed(w: World) -> None:
    w.write(a_cpp="int a;", b_cpp="int b;")
    log = w.root / ".git" / "logs" / "HEAD"
    log.parent.mkdir(parents=True)
    log.write_text("0 1 somebody <s@x> 0 +0000\tclone: from elsewhere\n")
    engine = await w.run()
    await at_rest(engine)
    w.log.write_text("")
    assert engine.background is not None
    w.write(a_cpp="int a, aa;", b_cpp="int b, bb;")
    log.write_text(log.read_text() + "1 2 somebody <s@x> 0 +0000\tcheckout: to two\n")
    engine.background.check_files([w.path("a.cpp")])
    await at_rest(engine)
    assert sorted(w.jobs()) == ["a.cpp", "b.cpp"]
