"""A child process: questions and answers, its death, and its last words."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest

from cppls.core.messages import IndexJob, IndexResult, Shard, Trim, Trimmed
from cppls.engine.child import Child, ChildDied, ChildUnable

WORKER = [sys.executable, "-m", "tests.engine.fake_worker"]

SPEAKS = """
import os, sys, time
from cppls.core.frames import write_frame
from cppls.core.messages import (Failed, Started)
out = sys.stdout.buffer
"""


def job(child: Child, source: Path) -> IndexJob:
    return IndexJob(child.next_id(), os.fsencode(source), b"/", [])


async def test_it_answers_the_question_that_was_asked(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("int a;")
    child = await Child.start("index worker", WORKER)
    answer = await child.ask(job(child, tmp_path / "a.cpp"), IndexResult)
    shard = msgspec.msgpack.decode(answer.shard, type=Shard)
    assert shard.files[0].path == os.fsencode(tmp_path / "a.cpp")
    trimmed = await child.ask_in_turn(Trim(), Trimmed)
    assert trimmed.rss == 1 << 20
    await child.stop()


async def test_its_death_fails_what_was_asked_and_says_how_it_died(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("@crash")
    child = await Child.start("index worker", WORKER)
    with pytest.raises(ChildDied, match=r"SIGSEGV.*about to crash"):
        await child.ask(job(child, tmp_path / "a.cpp"), IndexResult)
    assert not child.is_alive
    with pytest.raises(ChildDied):
        await child.send(Trim())
    await child.stop()


async def test_a_child_that_hangs_can_be_stopped_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("@hang")
    child = await Child.start("index worker", WORKER)
    asked = asyncio.ensure_future(child.ask(job(child, tmp_path / "a.cpp"), IndexResult))
    await asyncio.sleep(0)
    await asyncio.wait_for(child.stop(), 5)
    with pytest.raises(ChildDied, match="was stopped"):
        await asked


async def test_a_child_that_cannot_work_says_why() -> None:
    script = SPEAKS + "write_frame(out, Failed('libclang is not there')); time.sleep(60)"
    with pytest.raises(ChildUnable, match="libclang is not there"):
        await Child.start("index worker", [sys.executable, "-c", script])


async def test_a_child_that_says_nothing_is_given_up() -> None:
    with pytest.raises(ChildDied, match="did not start"):
        await Child.start(
            "index worker", [sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2
        )


async def test_a_program_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(ChildDied, match="cannot be started"):
        await Child.start("index worker", ["/nowhere/python"])


async def test_a_child_that_talks_nonsense_is_ended() -> None:
    script = SPEAKS + "write_frame(out, Started(1, '')); out.write(b'abcdefgh' * 9); out.flush()"
    script += "; time.sleep(60)"
    child = await Child.start("index worker", [sys.executable, "-c", script])
    with pytest.raises(ChildDied, match="no message"):
        await child.ask_in_turn(Trim(), Trimmed)
    await child.stop()


async def test_a_flood_on_stderr_neither_blocks_it_nor_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("int a;")
    script = SPEAKS + (
        "sys.stderr.write('x' * 1_000_000 + 'end')\n"
        "sys.argv = ['worker']\n"
        "from tests.engine import fake_worker\n"
        "fake_worker.main()"
    )
    child = await Child.start("index worker", [sys.executable, "-c", script])
    await child.ask(job(child, tmp_path / "a.cpp"), IndexResult)
    assert len(child.stderr_tail()) < 200_000
    await child.stop()
    assert child.stderr_tail().endswith("end")


async def test_it_is_not_started_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('the workspace was run')")
    monkeypatch.chdir(tmp_path)
    child = await Child.start("index worker", WORKER)
    assert child.is_alive
    await child.stop()


async def test_statistics_name_the_process() -> None:
    child = await Child.start("index worker", WORKER)
    statistics = child.statistics()
    assert (statistics["pid"], statistics["alive"]) == (child.pid, True)
    assert isinstance(statistics["rss"], int)
    assert statistics["rss"] > 1_000_000
    await child.stop()


async def test_what_it_printed_first_is_kept_though_it_came_in_many_pieces() -> None:
    program = SPEAKS + (
        "for word in ['bad_alloc', *map(str, range(100)), 'end']:\n"
        "    os.write(2, f'{word} '.encode()); time.sleep(0.001)\n"
        "write_frame(out, Started(os.getpid(), ''))\n"
        "time.sleep(60)\n"
    )
    child = await Child.start("talker", [sys.executable, "-c", program])
    while not child.stderr_tail().endswith("end"):
        await asyncio.sleep(0.01)
    assert child.stderr_tail().startswith("bad_alloc")
    await child.stop()
