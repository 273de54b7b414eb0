"""The digest: the same for the same facts however they came in, another for each other fact."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cppls.core.messages import Shard
from cppls.core.model import RelationKind, Role, SymbolFlag, SymbolKind
from cppls.index import segments
from cppls.index.batch import TranslationUnitResult
from cppls.index.digest import TABLES, IndexDigest
from cppls.index.store import Index
from tests.index.shards import CALL, SourceFile, failed, indexed, many_symbols


def header() -> SourceFile:
    return (
        SourceFile("/p/shape.h", "header")
        .declares("Shape", 0, kind=SymbolKind.STRUCT, defines=True)
        .declares("Shape::area", 1, kind=SymbolKind.METHOD, flags=SymbolFlag.VIRTUAL)
        .declares("LIMIT", 3, kind=SymbolKind.MACRO, defines=True)
    )


def source(name: str = "/p/circle.cpp") -> SourceFile:
    return (
        SourceFile(name, "source")
        .includes_file("/p/shape.h", 0)
        .declares("Circle", 2, kind=SymbolKind.CLASS, defines=True)
        .declares("Circle::area", 3, kind=SymbolKind.METHOD, defines=True)
        .relates("Shape", RelationKind.BASE_OF, "Circle")
        .uses("Shape::area", 3, 40, CALL, inside="Circle::area")
        .uses("LIMIT", 3, 60)
        .complains(4, "expected ';'")
    )


def digest_of(folder: Path, *batches: list[TranslationUnitResult]) -> IndexDigest:
    folder.mkdir()
    with Index.open(str(folder), "/p", write=True) as index:
        for batch in batches:
            index.writer.commit(batch)
        reader = index.reader()
        found = reader.digest()
        reader.close()
        return found


def changed(before: IndexDigest, after: IndexDigest) -> list[str]:
    assert (before.all == after.all) == (before == after)
    return [name for name in TABLES if before.tables[name] != after.tables[name]]


def test_what_is_counted(tmp_path: Path) -> None:
    found = digest_of(tmp_path / "i", [indexed(source(), header()), failed("/p/x.cpp", "no")])
    assert {name: table.count for name, table in found.tables.items()} == {
        "files": 2,
        "units": 2,
        "symbols": 4,
        "declarations": 4,
        "references": 1,
        "macros": 2,
        "relations": 1,
        "includes": 1,
        "diagnostics": 1,
    }


def test_order_batches_costs_and_who_claimed_a_header_do_not_count(tmp_path: Path) -> None:
    a, b = source("/p/a.cpp"), source("/p/b.cpp")
    once = digest_of(tmp_path / "once", [indexed(a, header()), indexed(b)])
    other = [indexed(b, header(), cpu_seconds=7.0, flags_hash=9)], [indexed(a)]
    assert digest_of(tmp_path / "other", *other) == once


def test_merging_segments_and_indexing_again_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [indexed(many_symbols(f"/p/f{n}.cpp", 9, prefix=f"p{n}_")) for n in range(8)]
    whole = digest_of(tmp_path / "whole", results)
    monkeypatch.setattr(segments, "_FANOUT", 2)
    random.Random(4).shuffle(results)
    single = [[result] for result in results]
    assert digest_of(tmp_path / "single", *single, *single[:3]) == whole


Change = Callable[[SourceFile], object]
CHANGES: list[tuple[Change, list[str]]] = [
    (lambda s: s.uses("Shape", 2, 30), ["references"]),
    (lambda s: s.uses("LIMIT", 5, 0), ["macros"]),
    (lambda s: s.uses("Circle", 9, 4, Role.DECLARATION), ["declarations"]),
    (lambda s: s.declares("f", 7), ["symbols", "declarations"]),
    (lambda s: s.declares("M", 8, kind=SymbolKind.MACRO, defines=True), ["macros"]),
    (lambda s: s.relates("Shape", RelationKind.SPECIALISED_BY, "Circle"), ["relations"]),
    (lambda s: s.misses("gone.h", 1), ["includes"]),
    (lambda s: s.complains(4, "expected ')'"), ["diagnostics"]),
    (lambda s: setattr(s, "content", "more"), ["files"]),
]


@pytest.mark.parametrize(("change", "tables"), CHANGES)
def test_one_fact_more_shows_in_its_table_only(
    change: Change, tables: list[str], tmp_path: Path
) -> None:
    before = digest_of(tmp_path / "before", [indexed(source(), header())])
    main = source()
    change(main)
    assert changed(before, digest_of(tmp_path / "after", [indexed(main, header())])) == tables


def test_a_role_and_a_container_count(tmp_path: Path) -> None:
    def using(role: Role, inside: str) -> IndexDigest:
        main = SourceFile("/p/a.cpp").declares("f", 0).declares("g", 1)
        main.uses("f", 2, 9, role, inside=inside)
        return digest_of(tmp_path / f"{role.value}{inside}", [indexed(main)])

    call = using(CALL, "f")
    assert changed(call, using(Role.REFERENCE, "f")) == ["references"]
    assert changed(call, using(CALL, "g")) == ["references"]
    assert changed(call, using(CALL, "")) == ["references"]


def test_the_order_of_diagnostics_at_one_place_does_not_count(tmp_path: Path) -> None:
    one = SourceFile("/p/a.cpp").complains(1, "first").complains(1, "second")
    other = SourceFile("/p/a.cpp").complains(1, "second").complains(1, "first")
    assert digest_of(tmp_path / "a", [indexed(one)]) == digest_of(tmp_path / "b", [indexed(other)])


def test_how_a_unit_ended_counts(tmp_path: Path) -> None:
    good, bad = indexed(source(), header()), indexed(source(), header())
    assert isinstance(bad.shard, msgspec.Raw)
    shard = msgspec.msgpack.decode(bad.shard, type=Shard)
    bad = msgspec.structs.replace(bad, shard=msgspec.structs.replace(shard, errors=1))
    one = digest_of(tmp_path / "good", [good])
    assert changed(one, digest_of(tmp_path / "bad", [bad])) == ["units"]
    assert changed(one, digest_of(tmp_path / "failed", [good, failed("/p/x.cpp", "")])) == ["units"]


def test_a_path_that_is_not_utf8_has_a_digest(tmp_path: Path) -> None:
    odd = SourceFile(b"/p/\xff.cpp").includes_file(b"/p/\xfe.h", 0).complains(1, "no")
    one = digest_of(tmp_path / "one", [indexed(odd)])
    assert one.tables["includes"].count == 1
    odd.includes[0] = msgspec.structs.replace(odd.includes[0], target=b"/p/\xfd.h")
    assert changed(one, digest_of(tmp_path / "two", [indexed(odd)])) == ["includes"]
