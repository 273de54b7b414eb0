"""What the equality benchmark calls a difference, and when it says that there are too many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from benchmarks import equality
from benchmarks.differences import TABLES, Comparison, compare
from benchmarks.projects import Project
from cppls.core.model import RelationKind, Role, SymbolKind
from cppls.index.batch import TranslationUnitResult
from cppls.index.store import Index
from tests.index.shards import CALL, SourceFile, id_of, indexed


def header() -> SourceFile:
    return (
        SourceFile("/p/a.h", "header")
        .declares("A", 1, kind=SymbolKind.STRUCT, defines=True)
        .declares("LIMIT", 2, kind=SymbolKind.MACRO, defines=True)
    )


def source() -> SourceFile:
    return (
        SourceFile("/p/a.cpp", "source")
        .includes_file("/p/a.h", 0)
        .declares("f", 3)
        .declares("g", 4, defines=True)
        .uses("f", 5, 9, CALL, inside="g")
    )


def index_of(folder: Path, *results: TranslationUnitResult) -> str:
    folder.mkdir()
    with Index.open(str(folder), "/p", write=True) as index:
        index.writer.commit(results)
        return index.path


def compared(folder: Path, change: Callable[[SourceFile], object]) -> Comparison:
    """An index against one whose source ``change`` has changed."""
    changed = source()
    change(changed)
    one = index_of(folder / "one", indexed(source(), header()))
    return compare(one, index_of(folder / "other", indexed(changed, header())))


def uses_with(roles: Role, inside: str) -> Callable[[SourceFile], object]:
    def change(file: SourceFile) -> None:
        file.spots[id_of("f")].pop()
        file.uses("f", 5, 9, roles, inside=inside)

    return change


CHANGES: list[tuple[Callable[[SourceFile], object], list[tuple[str, str, int]]]] = [
    (lambda s: None, []),
    (lambda s: s.spots[id_of("f")].pop(), [("references", "lost", 5)]),
    (lambda s: s.uses("g", 6, 0), [("references", "gained", 6)]),
    (lambda s: s.uses("A", 5, 9)
        .spots.__setitem__(id_of("A"), [s.spots[id_of("f")][1]._replace(roles=4)]),
        [("references", "gained beside others", 5)]),
    (uses_with(Role.REFERENCE, "g"), [("references", "roles", 5)]),
    (uses_with(CALL, "f"), [("references", "container", 5)]),
    (lambda s: s.uses("g", 7, 4, Role.DECLARATION), [("declarations", "gained", 7)]),
    (lambda s: s.uses("LIMIT", 8, 0), [("macros", "gained", 8)]),
    (lambda s: s.declares("A", 9, kind=SymbolKind.STRUCT, signature="x"),
        [("declarations", "gained", 9), ("symbols", "gained", 9)]),
    (lambda s: s.relates("A", RelationKind.BASE_OF, "B"), [("relations", "gained", -1)]),
    (lambda s: s.misses("b.h", 1), [("includes", "gained", 1)]),
    (lambda s: s.complains(2, "no"), [("diagnostics", "gained", 2)]),
    (lambda s: setattr(s, "content", "new"), [("files", "changed", -1)]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_each_change_is_named_with_its_table_and_place(
    change: Callable[[SourceFile], object], expected: list[tuple[str, str, int]], tmp_path: Path
) -> None:
    found = compared(tmp_path, change).differences
    assert sorted((each.table, each.change, each.line) for each in found) == expected
    assert {each.path for each in found} <= {"/p/a.cpp"}


def test_a_record_tells_which_of_its_fields_differ(tmp_path: Path) -> None:
    def change(file: SourceFile) -> None:
        record = file.records[id_of("f")]
        file.records[id_of("f")] = msgspec.structs.replace(record, brief="New.", end_line=9)

    (found,) = compared(tmp_path, change).differences
    assert (found.table, found.change, found.line) == ("symbols", "end_line brief", 3)
    assert found.detail == "end_line 3 / 9, brief '' / 'New.'"


def test_a_file_and_a_unit_that_one_index_lacks(tmp_path: Path) -> None:
    both = [indexed(source(), header()), indexed(SourceFile("/p/b.cpp"))]
    one, other = index_of(tmp_path / "one", *both), index_of(tmp_path / "other", both[0])
    found = compare(one, other)
    assert found.rows["units"] == 2
    assert [(d.table, d.change, d.path) for d in found.differences] == [
        ("files", "lost", "/p/b.cpp"),
        ("units", "lost", "/p/b.cpp"),
    ]


def test_the_report_names_classes_and_tells_what_order_alone_does(tmp_path: Path) -> None:
    project = Project("p", Path("/p"), Path("/p"))
    found = compared(tmp_path, lambda s: s.uses("f", 6, 0).uses("f", 7, 0).uses("LIMIT", 8, 0))
    by_order = {("references", "/p/a.cpp", 6)}
    lines = "\n".join(equality.report(project, found, by_order, 9)).splitlines()
    assert "references, gained, unit, function, by order: 1" in lines
    assert "references, gained, unit, function: 1" in lines
    assert "macros, gained, unit, macro: 1" in lines
    assert any(line.strip().startswith("/p/a.cpp:7:1  f") for line in lines)
    rows = {line.split()[0]: line.split()[1:] for line in lines if line[:1].isalpha()}
    assert rows["references"] == ["1", "2", "200.0000%", "2", "1", "over"]
    assert rows["includes"] == ["1", "0", "0.0000%", "0", "0", "ok"]


def test_limits_allow_a_few_references_and_nothing_else(tmp_path: Path) -> None:
    found = compared(tmp_path, lambda s: s.uses("f", 6, 0).misses("x.h", 1))
    found.rows.update(dict.fromkeys(TABLES, 5000))
    over = [name for name in TABLES if found.share(name) > equality.LIMITS[name]]
    assert over == ["includes"]
    found.rows["references"] = 4999
    assert found.share("references") > equality.LIMITS["references"]
