"""Large shards: handed out in parts, spooled, and never held whole."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from cppls.clang import shards
from cppls.clang.indexer import IndexSession
from cppls.clang.shards import ShardMaker
from cppls.core.frames import read_frame
from cppls.core.messages import CONTAINERS_IN_RUN, FileShard, PackedFile
from cppls.core.spots import unpack
from tests.clang.extraction import Collected

FUNCTIONS = 24_000
CALLS = 15_000


@pytest.fixture
def large(tmp_path: Path) -> bytes:
    """A source that says more than fits into one part, and one symbol more than into a posting."""
    path = tmp_path / "large.c"
    functions = "".join(f"int f{n}(int v) {{ return v + {n}; }}\n" for n in range(FUNCTIONS))
    calls = "".join(f"f0({n});\n" for n in range(CALLS))
    path.write_text(f"{functions}void g(void) {{\n{calls}}}\n")
    return os.fsencode(path)


def test_a_large_file_comes_in_parts_that_make_up_the_whole(
    session: IndexSession, large: bytes
) -> None:
    sink = Collected()
    assert session.index(large, os.path.dirname(large), [], sink=sink).end
    parts = sink.files
    assert [part.part for part in parts] == list(range(len(parts)))
    assert len(parts) > 1
    assert len({(part.path, part.key, part.content_hash) for part in parts}) == 1
    names = [record.name for part in parts for record in part.symbols]
    assert sorted(names) == sorted([*(f"f{n}" for n in range(FUNCTIONS)), "g"])
    assert max(len(msgspec.msgpack.encode(part)) for part in parts) < 1.1 * (1 << 20)


def test_a_long_posting_is_cut_and_each_piece_stands_alone(
    session: IndexSession, large: bytes
) -> None:
    sink = Collected()
    session.index(large, os.path.dirname(large), [], sink=sink)
    (symbol,) = {r.id for part in sink.files for r in part.symbols if r.name == "f0"}
    pieces = [blob for part in sink.files for id, blob, _ in part.postings if id == symbol]
    assert len(pieces) > 1
    lines = [spot.line for blob in pieces for spot in unpack(blob)]
    assert lines == [0, *range(FUNCTIONS + 1, FUNCTIONS + 1 + CALLS)]


def test_containers_come_in_runs_of_one_length(session: IndexSession, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "a.c")
    count = 2 * CONTAINERS_IN_RUN + 1
    Path(os.fsdecode(path)).write_text(
        "int n;\n" + "".join(f"int f{each}(void) {{ return n; }}\n" for each in range(count))
    )
    sink = Collected()
    session.index(path, os.path.dirname(path), [], sink=sink)
    (file,) = sink.files
    runs = [len(run) // 8 for run in file.containers]
    assert runs == [CONTAINERS_IN_RUN, CONTAINERS_IN_RUN, 1]


def test_a_large_shard_is_spooled_and_a_small_one_is_not(
    session: IndexSession, large: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SPOOLED_FROM", 1 << 19)
    spool = tmp_path / "spool"
    maker = ShardMaker(os.fsencode(spool))
    end = session.index(large, os.path.dirname(large), [], sink=maker).end
    assert end is not None
    shard = maker.finish(end)
    assert shard.files == []
    assert shard.spooled == spool.stat().st_size > 1 << 19
    with open(spool, "rb") as stream:
        frames = iter(lambda: read_frame(stream), None)
        files = [msgspec.msgpack.decode(frame, type=PackedFile) for frame in frames]
    assert [file.part for file in files] == list(range(len(files)))
    assert sum(file.occurrences for file in files) == FUNCTIONS + CALLS + 1

    small = tmp_path / "small.c"
    small.write_text("int n;\n")
    maker = ShardMaker(os.fsencode(tmp_path / "none"))
    end = session.index(os.fsencode(small), os.fsencode(tmp_path), [], sink=maker).end
    assert end is not None
    shard = maker.finish(end)
    assert (len(shard.files), shard.spooled) == (1, 0)
    assert not (tmp_path / "none").exists()


def test_a_shard_that_cannot_be_spooled_says_so_and_claims_nothing(
    session: IndexSession, large: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SPOOLED_FROM", 1 << 19)
    (tmp_path / "own.h").write_text("int own;\n")
    source = tmp_path / "with_header.c"
    source.write_text('#include "own.h"\n' + Path(os.fsdecode(large)).read_text())
    path = os.fsencode(source)
    maker = ShardMaker(os.fsencode(tmp_path / "no folder" / "spool"))
    result = session.index(path, os.fsencode(tmp_path), [], sink=maker)
    assert result.end is None
    assert result.unwritten
    assert f"{source}: what it holds cannot be written: No such file" in result.message
    sink = Collected()
    assert session.index(path, os.fsencode(tmp_path), [], sink=sink).end
    assert os.fsencode(tmp_path / "own.h") in {file.path for file in sink.files}


def test_what_was_taken_for_nothing_leaves_no_file(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    maker = ShardMaker(os.fsencode(spool))
    containers = [b"\0" * 8 * CONTAINERS_IN_RUN] * 6_000
    part = FileShard(b"/p/a.c", 1, 2, 3, 4, 5, True, 0, False, b"", [], containers, [], [], [], [])
    maker.take(msgspec.msgpack.encode(part))
    assert spool.stat().st_size > shards.SPOOLED_FROM
    maker.discard()
    assert not spool.exists()
