"""Shards in parts and in spool files: equal answers, little memory, nothing lost."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from cppls.core.frames import encode_frame
from cppls.core.messages import CONTAINERS_IN_RUN, SHARD_VERSION, PackedFile, Shard
from cppls.core.model import FileStatus
from cppls.index.batch import TranslationUnitResult
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader
from cppls.index.store import Index
from tests.index.shards import SourceFile, id_of, indexed, many_symbols

T = TypeVar("T")


def parts_of(file: PackedFile, count: int) -> list[PackedFile]:
    """The same file as the worker sends a large one: each part has the next of every list."""
    return [
        msgspec.structs.replace(
            file,
            part=number,
            occurrences=file.occurrences if number == 0 else 0,
            containers=_slice(file.containers, number, count),
            symbols=_slice(file.symbols, number, count),
            postings=_slice(file.postings, number, count),
            posting_rows=b"".join(_slice(_rows(file.posting_rows, 9), number, count)),
            naming_rows=b"".join(_slice(_rows(file.naming_rows, 16), number, count)),
            relation_rows=b"".join(_slice(_rows(file.relation_rows, 17), number, count)),
            names=file.names if number == 0 else [],
            includes=_slice(file.includes, number, count),
            diagnostics=file.diagnostics if number == 0 else b"",
        )
        for number in range(count)
    ]


def spooled(spool: Path, *files: PackedFile) -> TranslationUnitResult:
    """The result of a unit whose shard a worker spooled."""
    size = spool.write_bytes(b"".join(map(encode_frame, files)))
    path = os.fsdecode(files[0].path)
    shard = Shard(SHARD_VERSION, [], 0, "", size)
    return TranslationUnitResult(path, 1, FileStatus.INDEXED, shard, spool=str(spool))


def answers(reader: Reader, count: int) -> list[object]:
    ids = [id_of(f"f{number}") for number in range(count)]
    return [
        reader.symbols(ids),
        reader.references(ids),
        [reader.callers(id) for id in ids[:20]],
        [reader.callees(id) for id in ids[-20:]],
        reader.outline("/p/a.c"),
        reader.occurrences_at("/p/a.c", 7, 30),
        reader.search("f7", 1_000),
        msgspec.structs.replace(reader.counts(), index_bytes=0),
    ]


def test_a_file_in_parts_gives_the_answers_of_a_whole_one(tmp_path: Path) -> None:
    count = 5 * CONTAINERS_IN_RUN
    file = many_symbols("/p/a.c", count)
    found: list[list[object]] = []
    for name, result in {
        "whole": indexed(file),
        "parts": spooled(tmp_path / "spool", *parts_of(file.shard(), 7)),
    }.items():
        (tmp_path / name).mkdir()
        with Index.open(str(tmp_path / name), "/p", write=True) as index:
            index.writer.commit([result])
            reader = index.reader()
            found.append(answers(reader, count))
            reader.close()
    assert found[0] == found[1]


def test_a_symbol_that_fills_several_postings_has_all_its_references(
    index: Index, reader: Reader
) -> None:
    file = SourceFile("/p/a.c").declares("often", 0, defines=True).declares("other", 0)
    for line in range(1, 400):
        file.uses("often", line, 4)
    whole = file.shard()
    (item,) = [
        (symbol, blob)
        for _, block in whole.postings
        for symbol, blob in msgspec.msgpack.decode(block, type=list[tuple[int, bytes]])
        if symbol == id_of("often")
    ]
    symbol, blob = item
    later = b"\x90\x03" + b"\x04\x05\x04\0"  # line 400, as C starts a posting anew
    pieces = [(symbol, msgspec.msgpack.encode([(symbol, b)])) for b in (blob, later)]
    others = [block for block in whole.postings if block[0] != symbol]
    cut = msgspec.structs.replace(whole, postings=sorted([*others, *pieces], key=lambda b: b[0]))
    shard = Shard(SHARD_VERSION, [cut], 0, "")
    index.writer.commit([TranslationUnitResult("/p/a.c", 1, FileStatus.INDEXED, shard)])
    lines = [reference.span.line for reference in reader.references([symbol])]
    assert lines == list(range(401))
    assert reader.occurrences_at("/p/a.c", 400, 4)


def test_a_large_header_that_is_known_is_dropped_with_all_its_parts(
    index: Index, reader: Reader, tmp_path: Path
) -> None:
    header = many_symbols("/p/large.h", 300)
    index.writer.commit([indexed(many_symbols("/p/a.c", 2, prefix="a"), header)])
    before = reader.counts().references
    main = many_symbols("/p/b.c", 2, prefix="b").shard()
    index.writer.commit([spooled(tmp_path / "spool", main, *parts_of(header.shard(), 4))])
    assert reader.counts().references == before + main.occurrences


def test_a_spool_file_that_is_gone_or_cut_off_stores_nothing(
    index: Index, reader: Reader, tmp_path: Path
) -> None:
    index.writer.commit([indexed(many_symbols("/p/a.c", 2))])
    parts = parts_of(many_symbols("/p/b.c", 300, prefix="b").shard(), 4)
    for kept in (0, 100):
        result = spooled(tmp_path / "spool", *parts)
        os.truncate(result.spool, kept)
        if not kept:
            os.remove(result.spool)
        with pytest.raises(IndexUnavailable, match="spool"):
            index.writer.commit([indexed(many_symbols("/p/c.c", 2, prefix="c")), result])
        assert [info.path for info in reader.all_files()] == ["/p/a.c"]
    index.writer.commit([spooled(tmp_path / "spool", *parts)])
    assert reader.file("/p/b.c") is not None


def test_a_shard_that_could_not_be_spooled_is_no_fault_of_the_file(
    index: Index, reader: Reader, tmp_path: Path
) -> None:
    result = TranslationUnitResult(
        "/p/a.c", 1, FileStatus.INDEXED, message="No space left", spool=str(tmp_path / "spool")
    )
    with pytest.raises(IndexUnavailable, match="No space left"):
        index.writer.commit([result])
    assert reader.file("/p/a.c") is None


def test_what_is_held_of_a_large_shard_does_not_grow_with_it(index: Index, tmp_path: Path) -> None:
    file = many_symbols("/p/a.c", 4_000).shard()
    peaks: list[int] = []
    for name, copies in {"some": 6, "many": 24}.items():
        files = [
            msgspec.structs.replace(file, path=b"/p/%d.h" % number, key=copies << 32 | number)
            for number in range(copies)
        ]
        result = spooled(tmp_path / name, *files)
        tracemalloc.start()
        index.writer.commit([result])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert os.path.getsize(tmp_path / "many") > peaks[1]
    assert peaks[1] < 1.3 * peaks[0]


def _rows(blob: bytes, width: int) -> list[bytes]:
    return [blob[at : at + width] for at in range(0, len(blob), width)]


def _slice(items: list[T], number: int, count: int) -> list[T]:
    return items[len(items) * number // count : len(items) * (number + 1) // count]
