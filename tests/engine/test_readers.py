"""Reader threads: questions run side by side, up to a bound, and can be given up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from cppls.engine.readers import THREADS, Readers
from cppls.index.errors import IndexDamaged, IndexMissing, IndexProblem
from cppls.index.reader import Reader
from cppls.index.store import Index


@pytest.fixture
async def readers(tmp_path: Path) -> AsyncGenerator[Readers]:
    made = Readers(lambda: Reader(str(tmp_path / "index.db")), lambda _: None)
    yield made
    made.close()


async def test_a_thread_keeps_its_reader(readers: Readers) -> None:
    seen = {id(await readers.run(lambda reader: reader)) for _ in range(10)}
    assert len(seen) <= THREADS


async def test_no_more_questions_run_than_there_are_threads(readers: Readers) -> None:
    release = threading.Event()
    asked = [
        asyncio.ensure_future(readers.run(lambda _: release.wait(20))) for _ in range(THREADS + 3)
    ]
    while readers.statistics()["running"] != THREADS:
        await asyncio.sleep(0.01)
    assert readers.statistics()["waiting"] == 3
    asked[-1].cancel()
    release.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[:-1] == [True] * (THREADS + 2)
    assert isinstance(answers[-1], asyncio.CancelledError)
    assert readers.statistics()["done"] == THREADS + 2


async def test_a_question_that_is_given_up_does_not_keep_its_thread(readers: Readers) -> None:
    release = threading.Event()
    for _ in range(THREADS):
        asked = asyncio.ensure_future(readers.run(lambda _: release.wait(20)))
        await asyncio.sleep(0.05)
        asked.cancel()
    release.set()
    assert await asyncio.wait_for(readers.run(lambda _: "answer"), 10) == "answer"


async def test_readers_that_answer_nothing_shrink_when_asked(tmp_path: Path) -> None:
    with Index.open(str(tmp_path), "/project", write=True) as index:
        readers = Readers(index.reader, lambda _: None)
        assert not readers.shrink(), "nothing was read yet"
        assert await readers.run(lambda reader: list(reader.all_files())) == []
        assert readers.shrink()
        assert not readers.shrink(), "nothing was read since"
        release = threading.Event()
        asked = asyncio.ensure_future(readers.run(lambda _: release.wait(20)))
        while readers.statistics()["running"] != 1:
            await asyncio.sleep(0.01)
        assert not readers.shrink(), "the only one that has read is at work"
        release.set()
        await asked
        assert readers.statistics()["shrunk"] == 1
        readers.close()


async def test_damage_that_a_question_finds_is_reported(tmp_path: Path) -> None:
    problems: list[IndexProblem] = []
    readers = Readers(lambda: Reader(str(tmp_path / "index.db")), problems.append)

    def ask(_: Reader) -> None:
        raise IndexDamaged("index.db", "page 7")

    with pytest.raises(IndexDamaged):
        await readers.run(ask)
    assert [type(problem) for problem in problems] == [IndexDamaged]
    with pytest.raises(IndexMissing):
        await readers.run(Reader.counts)
    assert [type(problem) for problem in problems] == [IndexDamaged, IndexMissing]
    readers.close()
