"""What the writer keeps, replaces and drops."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cppls.core.model import FileStatus, RelationKind, Role
from cppls.index import inverted, segments
from cppls.index.batch import TranslationUnitResult
from cppls.index.reader import Reader
from cppls.index.store import Index
from tests.index.shards import (
    CALL,
    SourceFile,
    failed,
    id_of,
    indexed,
    many_symbols,
)


def header(content: str = "old") -> SourceFile:
    file = SourceFile("/p/twice.h", content).declares("twice", 1, signature="(int) -> int")
    return file.declares("old_name" if content == "old" else "new_name", 3)


def test_a_batch_reports_each_claim_once(index: Index) -> None:
    a = SourceFile("/p/a.cpp").includes_file("/p/twice.h", 0)
    b = SourceFile("/p/b.cpp").includes_file("/p/twice.h", 0)
    new = index.writer.commit([indexed(a, header()), indexed(b, header())])
    assert sorted(new) == sorted([a.key, b.key, header().key])
    assert index.writer.commit([indexed(a, header())]) == []
    packed = index.writer.known_keys()
    assert sorted(struct.unpack(f"<{len(packed) // 8}Q", packed)) == sorted(new)


def test_a_header_that_is_known_is_not_written_again(index: Index, reader: Reader) -> None:
    first, second = SourceFile("/p/a.cpp"), SourceFile("/p/b.cpp")
    index.writer.commit([indexed(first, header())])
    index.writer.commit([indexed(second, header())])
    known = reader.file("/p/twice.h")
    assert known is not None
    assert known.claimed_by == "/p/a.cpp"
    assert not known.is_translation_unit
    assert len(reader.references([id_of("twice")])) == 1


def headers_of(unit: str, *headers: SourceFile) -> TranslationUnitResult:
    """What building a shared preamble gives."""
    result = indexed(*headers)
    return msgspec.structs.replace(result, path=unit, headers=True)


def test_headers_alone_say_nothing_of_the_unit_that_stands_for_them(
    index: Index, reader: Reader
) -> None:
    new = index.writer.commit([headers_of("/p/a.cpp", header())])
    assert new == [header().key]
    assert reader.file("/p/a.cpp") is None
    known = reader.file("/p/twice.h")
    assert known is not None
    assert (known.claimed_by, known.is_translation_unit) == ("/p/a.cpp", False)
    main = SourceFile("/p/a.cpp").includes_file("/p/twice.h", 0)
    assert index.writer.commit([indexed(main, header())]) == [main.key]


def test_headers_that_make_no_sense_change_nothing(index: Index, reader: Reader) -> None:
    broken = headers_of("/p/a.cpp", header())
    broken = msgspec.structs.replace(broken, shard=msgspec.Raw(b"\xc1"))
    assert index.writer.commit([broken]) == []
    assert list(reader.all_files()) == []


def test_a_reader_tells_whether_claims_are_in_the_index(index: Index, reader: Reader) -> None:
    first, second = header("old"), SourceFile("/p/other.h")
    index.writer.commit([headers_of("/p/a.cpp", first)])
    assert reader.holds(b"")
    assert reader.holds(struct.pack("<Q", first.key))
    assert not reader.holds(struct.pack("<QQ", first.key, second.key))
    index.writer.remove(["/p/twice.h"])
    assert not reader.holds(struct.pack("<Q", first.key))


def test_a_changed_header_replaces_its_old_content(index: Index, reader: Reader) -> None:
    main = SourceFile("/p/a.cpp")
    index.writer.commit([indexed(main, header("old"))])
    index.writer.commit([indexed(main, header("new"))])
    assert reader.symbols_named("old_name") == []
    assert [symbol.name for symbol in reader.symbols_named("new_name")] == ["new_name"]
    assert reader.search("old_name") == []
    assert reader.counts().files == 2


def test_an_old_claim_is_new_again_when_its_content_comes_back(index: Index) -> None:
    main, epoch = SourceFile("/p/a.cpp"), index.writer.claims_epoch
    index.writer.commit([indexed(main, header("old"))])
    assert index.writer.claims_epoch == epoch
    index.writer.commit([indexed(main, header("new"))])
    assert index.writer.claims_epoch > epoch
    assert index.writer.commit([indexed(main, header("old"))]) == [header("old").key]


def test_the_main_file_is_replaced_even_when_its_content_is_the_same(
    index: Index, reader: Reader
) -> None:
    index.writer.commit([indexed(SourceFile("/p/a.c").declares("with_old_flags", 1))])
    index.writer.commit([indexed(SourceFile("/p/a.c").declares("with_new_flags", 1))])
    assert reader.symbols_named("with_old_flags") == []
    assert reader.symbols_named("with_new_flags") != []


def test_a_failed_attempt_keeps_what_was_known_and_says_why(index: Index, reader: Reader) -> None:
    index.writer.commit([indexed(SourceFile("/p/a.c").declares("still_here", 1))])
    index.writer.commit([failed("/p/a.c", "the worker died twice", FileStatus.CRASHED)])
    assert reader.symbols_named("still_here") != []
    (info,) = reader.failures()
    assert (info.path, info.status, info.message) == (
        "/p/a.c",
        FileStatus.CRASHED,
        "the worker died twice",
    )
    assert reader.counts().failed == 1


@pytest.mark.parametrize(
    "nonsense", [b"\x93\x01", msgspec.msgpack.encode([99, [], 0, ""]), msgspec.msgpack.encode(None)]
)
def test_a_malformed_shard_fails_its_file_and_not_the_batch(
    index: Index, reader: Reader, nonsense: bytes
) -> None:
    bad = TranslationUnitResult("/p/bad.c", 1, FileStatus.INDEXED, msgspec.Raw(nonsense))
    index.writer.commit([bad, indexed(SourceFile("/p/good.c").declares("good", 1))])
    assert reader.symbols_named("good") != []
    (info,) = reader.failures()
    assert info.path == "/p/bad.c"
    assert "malformed shard" in info.message


def test_a_removed_file_leaves_nothing_behind(index: Index, reader: Reader) -> None:
    gone = SourceFile("/p/gone.cpp").declares("Gone", 1, defines=True).complains(2, "bad")
    gone.relates("Base", RelationKind.BASE_OF, "Gone").includes_file("/p/x.h", 0)
    stays = SourceFile("/p/stays.cpp").uses("Gone", 5, 2, CALL)
    index.writer.commit([indexed(gone), indexed(stays)])
    index.writer.remove(["/p/gone.cpp", "/p/never_there.cpp"])
    assert reader.file("/p/gone.cpp") is None
    assert reader.symbols_named("Gone") == []
    assert reader.diagnostics() == []
    assert reader.objects(id_of("Base"), RelationKind.BASE_OF) == []
    assert reader.included_by("/p/x.h") == []
    assert [reference.path for reference in reader.references([id_of("Gone")])] == ["/p/stays.cpp"]


def test_a_header_that_lost_its_last_includer_is_swept_when_idle(
    index: Index, reader: Reader
) -> None:
    outer = SourceFile("/p/outer.h").includes_file("/p/inner.h", 0).declares("Outer", 1)
    inner = SourceFile("/p/inner.h").declares("Inner", 1)
    forced = SourceFile("/p/forced.h").declares("Forced", 1)
    using = SourceFile("/p/a.cpp", "using").includes_file("/p/outer.h", 0)
    index.writer.commit([indexed(using, outer, inner, forced)])
    assert index.writer.tidy() == 0
    index.writer.commit([indexed(SourceFile("/p/a.cpp", "on its own"))])
    assert index.writer.tidy() == 2
    assert reader.file("/p/outer.h") is None
    assert reader.file("/p/inner.h") is None
    assert reader.symbols_named("Forced") != []


def test_an_orphan_that_is_included_again_stays(index: Index, reader: Reader) -> None:
    shared = SourceFile("/p/shared.h").declares("Shared", 1)
    first = SourceFile("/p/a.cpp", "1").includes_file("/p/shared.h", 0)
    index.writer.commit([indexed(first, shared)])
    index.writer.commit([indexed(SourceFile("/p/a.cpp", "2"))])
    index.writer.commit([indexed(SourceFile("/p/b.cpp").includes_file("/p/shared.h", 0))])
    assert index.writer.tidy() == 0
    assert reader.symbols_named("Shared") != []


def test_many_small_commits_end_up_in_few_segments_with_every_answer(
    index: Index, reader: Reader
) -> None:
    for number in range(100):
        prefix = f"part{number}_"
        index.writer.commit([indexed(many_symbols(f"/p/{number}.c", 5, prefix=prefix))])
    steps = index.writer.statistics()["merge_steps"]
    assert isinstance(steps, int)
    assert steps >= 100 // 16
    assert reader.counts().symbols == 500
    for number in range(100):
        (callee,) = reader.symbols_named(f"part{number}_0")
        (call,) = reader.callers(callee.id)
        assert call.symbol == id_of(f"part{number}_1")


def test_between_the_steps_of_a_merge_every_answer_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer leaves in the middle, and another goes on from what it left."""
    monkeypatch.setattr(inverted, "STEP", 20)
    monkeypatch.setattr(segments, "_RANGES_IN_STEP", 1)
    committed: list[str] = []

    def commit(index: Index) -> None:
        prefix = f"part{len(committed)}_"
        path = f"/p/{prefix}.c"
        index.writer.commit([indexed(many_symbols(path, 5, prefix=prefix))])
        committed.append(prefix)
        with closing(index.reader()) as reader:
            ids = [id_of(f"{each}{number}") for each in committed for number in range(5)]
            assert len(reader.symbols(ids)) == len(ids)
            assert len(reader.references(ids)) == 9 * len(committed)
            assert len(reader.search("part", 1_000)) == len(ids)

    with Index.open(str(tmp_path), "/project", write=True) as index:
        for _ in range(20):
            commit(index)
        assert rows_of(index, "segment") == 21  # sixteen become one, in nine steps
        assert index.writer.statistics()["merge_steps"] == 5
    with Index.open(str(tmp_path), "/project", write=True) as index:
        for _ in range(20):
            commit(index)
        index.writer.tidy()
        assert rows_of(index, "segment") < 16
        index.writer.remove([f"/p/{each}.c" for each in committed[1:]])
        index.writer.tidy()
        assert rows_of(index, "segment") == 1
        assert rows_of(index, "name") == 5


def rows_of(index: Index, table: str) -> int:
    with closing(sqlite3.connect(index.path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_tidying_gives_back_what_was_deleted(index: Index, reader: Reader) -> None:
    index.writer.commit([indexed(many_symbols("/p/big.c", 4_000))])
    index.writer.tidy()
    before = reader.counts().index_bytes
    index.writer.remove(["/p/big.c"])
    index.writer.commit([indexed(SourceFile("/p/small.c").declares("small", 1))])
    index.writer.tidy()
    assert reader.counts().index_bytes < before / 4
    assert reader.symbols_named("small") != []


def test_rewriting_one_file_over_and_over_does_not_let_the_index_grow(
    index: Index, reader: Reader
) -> None:
    index.writer.commit([indexed(many_symbols("/p/big.c", 1_000))])
    sizes: list[int] = []
    for number in range(30):
        index.writer.commit([indexed(many_symbols("/p/edited.c", 500, prefix=f"v{number % 2}_"))])
        index.writer.tidy()
        sizes.append(reader.counts().index_bytes)
    assert sizes[-1] <= max(sizes[:10])


def test_a_symbol_record_without_an_occurrence_is_found(index: Index, reader: Reader) -> None:
    file = SourceFile("/p/a.cpp").declares("Implicit", 1, defines=True)
    file.spots.clear()
    index.writer.commit([indexed(file)])
    (symbol,) = reader.symbols_named("Implicit")
    assert symbol.definition is not None
    assert reader.references([symbol.id]) == []


def test_numbers_of_any_size_survive(index: Index, reader: Reader) -> None:
    far = SourceFile("/p/generated.c").declares("far", 3_000_000)
    far.uses("far", 3_000_000, 9_999_999, Role.REFERENCE | Role.IMPLICIT | Role.UNDEFINITION)
    index.writer.commit([indexed(far)])
    _, last = reader.references([id_of("far")])
    assert (last.span.line, last.span.column) == (3_000_000, 9_999_999)
    assert last.roles == Role.REFERENCE | Role.IMPLICIT | Role.UNDEFINITION
