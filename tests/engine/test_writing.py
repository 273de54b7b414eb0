"""The writer thread: spool files live from the worker's first word to the commit, no longer."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cppls.core.frames import encode_frame
from cppls.core.messages import SHARD_VERSION, Shard
from cppls.core.model import FileStatus
from cppls.engine.worker import Outcome
from cppls.engine.writing import IndexWriter
from cppls.index.errors import IndexProblem
from tests.index.shards import many_symbols


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncGenerator[IndexWriter]:
    made = await IndexWriter.open(str(tmp_path), "/p")
    yield made
    await made.close()


def outcome(writer: IndexWriter, path: str) -> Outcome:
    """A large file as a worker leaves it: its shard lies in the spool file."""
    spool = writer.spool(path)
    frame = encode_frame(many_symbols(path, 20, prefix=Path(path).stem).shard())
    write(spool, frame)
    shard = msgspec.msgpack.encode(Shard(SHARD_VERSION, [], 0, "", len(frame)))
    return Outcome(path, 1, FileStatus.INDEXED, shard, spool=spool, spooled=len(frame))


def write(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


def exists(path: str) -> bool:
    return os.path.exists(path)


def size(path: str) -> int:
    return os.path.getsize(path)


async def test_a_spool_file_is_removed_once_it_is_stored(writer: IndexWriter) -> None:
    large = outcome(writer, "/p/large.c")
    assert large.size == len(large.shard) + size(large.spool)
    assert await writer.commit([large])
    assert not exists(large.spool)
    with closing(writer.index.reader()) as reader:
        assert reader.counts().symbols == 20


async def test_a_spool_file_that_could_not_be_stored_is_made_again(writer: IndexWriter) -> None:
    good, lost = outcome(writer, "/p/good.c"), outcome(writer, "/p/lost.c")
    os.remove(lost.spool)
    with pytest.raises(IndexProblem, match=r"cannot be read: No such file"):
        await writer.commit([good, lost])
    assert not exists(good.spool)
    assert await writer.commit([outcome(writer, "/p/good.c"), outcome(writer, "/p/lost.c")])


async def test_what_a_worker_left_when_it_died_is_removed(writer: IndexWriter) -> None:
    spool = writer.spool("/p/deadly.c")
    write(spool, b"half of a shard")
    status = FileStatus.CRASHED
    await writer.commit([Outcome("/p/deadly.c", 1, status, message="SIGSEGV", spool=spool)])
    assert not exists(spool)


async def test_what_a_killed_server_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    first = await IndexWriter.open(str(tmp_path), "/p")
    spool = first.spool("/p/a.c")
    write(spool, b"never committed")
    await first.close()
    second = await IndexWriter.open(str(tmp_path), "/p")
    assert not exists(spool)
    assert exists(os.path.dirname(spool))
    await second.close()


async def test_the_page_cache_is_emptied_once_after_each_write(writer: IndexWriter) -> None:
    assert not writer.shrink(), "nothing was written"
    await writer.remove(["/p/a.c"])
    assert writer.shrink()
    assert not writer.shrink()
    assert writer.statistics()["waiting"] == 0
