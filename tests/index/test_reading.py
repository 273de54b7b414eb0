"""What the index answers about symbols, occurrences, relations and files."""

from __future__ import annotations

import os

import pytest

from cppls.core.model import FileStatus, RelationKind, Role, Span, SymbolFlag, SymbolKind
from cppls.index import files, inverted
from cppls.index.reader import Reader
from cppls.index.store import Index
from tests.index.shards import CALL, SourceFile, failed, id_of, indexed, many_symbols, names


@pytest.fixture
def shapes(index: Index, reader: Reader) -> Reader:
    """A header, its implementation and a user, as three files say it."""
    head = SourceFile("/p/include/shape.h")
    head.declares("geo", 0, kind=SymbolKind.NAMESPACE, defines=True, end_line=20)
    head.declares("geo::Shape", 1, kind=SymbolKind.CLASS, defines=True, end_line=9)
    head.declares("geo::Shape::area", 2, kind=SymbolKind.METHOD, brief="Its area.", end_line=2)
    head.declares("geo::Circle", 11, kind=SymbolKind.CLASS, defines=True, end_line=15)
    head.declares("geo::Circle::area", 12, kind=SymbolKind.METHOD)
    head.relates("geo::Shape", RelationKind.BASE_OF, "geo::Circle")
    head.relates("geo::Circle", RelationKind.BASE_OF, "geo::Dot")
    head.relates("geo::Shape::area", RelationKind.OVERRIDDEN_BY, "geo::Circle::area")
    body = SourceFile("/p/src/shape.cpp").includes_file("/p/include/shape.h", 0)
    body.declares(
        "geo::Shape::area",
        3,
        kind=SymbolKind.METHOD,
        defines=True,
        signature="() const -> double",
        end_line=6,
    )
    body.declares("helper", 8, defines=True, flags=SymbolFlag.FILE_LOCAL)
    body.uses("helper", 4, 11, CALL, inside="geo::Shape::area")
    body.uses("geo::Circle", 5, 2, Role.REFERENCE, inside="geo::Shape::area")
    user = SourceFile("/p/src/app.cpp", ascii=False).includes_file("/p/include/all.h", 0)
    user.declares("main", 2, defines=True)
    user.uses("geo::Shape::area", 3, 6, CALL | Role.DYNAMIC, inside="main")
    user.uses("geo::Shape::area", 7, 6, CALL)
    everything = SourceFile("/p/include/all.h").includes_file("/p/include/shape.h", 4)
    index.writer.commit([indexed(body, head), indexed(user, everything, cpu_seconds=2.0)])
    return reader


def test_records_of_several_files_make_one_symbol(shapes: Reader) -> None:
    (area,) = shapes.symbols([id_of("geo::Shape::area"), id_of("unknown")])
    assert area.qualified_name == "geo::Shape::area"
    assert area.signature == "() const -> double"
    assert area.brief == "Its area."
    assert area.definition is not None
    assert area.definition.path == "/p/src/shape.cpp"
    assert area.declaration is not None
    assert area.declaration.path == "/p/include/shape.h"
    assert area.declaration.span == Span(2, 4, 2, 8)
    assert area.extent == Span(3, 0, 6, 80)


def test_a_symbol_that_only_a_definition_declares_is_declared_there(shapes: Reader) -> None:
    (main,) = shapes.symbols_named("main")
    assert main.declaration == main.definition
    assert shapes.declarations(main.id) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("area", ["geo::Circle::area", "geo::Shape::area"]),
        ("Shape::area", ["geo::Shape::area"]),
        ("geo::Shape::area", ["geo::Shape::area"]),
        ("::geo::Shape::area", ["geo::Shape::area"]),
        ("geo::area", ["geo::Circle::area", "geo::Shape::area"]),
        ("::Shape::area", []),
        ("::main", ["main"]),
        ("::area", []),
        ("hape::area", []),
        ("", []),
        ("::", []),
        ("a\udc80", []),
    ],
)
def test_a_name_may_be_qualified_as_far_as_one_likes(
    shapes: Reader, name: str, found: list[str]
) -> None:
    assert sorted(symbol.qualified_name for symbol in shapes.symbols_named(name)) == found


def test_a_type_is_declared_where_a_header_defines_it(index: Index, reader: Reader) -> None:
    forward = SourceFile("/p/a_forward.h").declares("T", 1, kind=SymbolKind.CLASS)
    head = SourceFile("/p/t.h").declares("T", 5, kind=SymbolKind.CLASS, defines=True)
    index.writer.commit([indexed(SourceFile("/p/a.cpp"), forward, head)])
    (symbol,) = reader.symbols_named("T")
    assert symbol.declaration == symbol.definition
    assert [d.path for d in reader.declarations(symbol.id)] == ["/p/a_forward.h"]


def test_definitions_and_declarations_are_told_apart(shapes: Reader) -> None:
    area = id_of("geo::Shape::area")
    assert [(d.path, d.span.line) for d in shapes.definitions(area)] == [("/p/src/shape.cpp", 3)]
    assert [(d.path, d.span.line) for d in shapes.declarations(area)] == [("/p/include/shape.h", 2)]


def test_references_come_by_path_and_position(shapes: Reader) -> None:
    found = shapes.references([id_of("geo::Shape::area")])
    assert [(r.path, r.span.line) for r in found] == [
        ("/p/include/shape.h", 2),
        ("/p/src/app.cpp", 3),
        ("/p/src/app.cpp", 7),
        ("/p/src/shape.cpp", 3),
    ]
    assert found[1].container == id_of("main")
    assert found[1].roles == CALL | Role.DYNAMIC


def test_references_can_be_narrowed_by_role_and_number(shapes: Reader) -> None:
    area = id_of("geo::Shape::area")
    assert len(shapes.references([area], Role.CALL)) == 2
    assert [r.path for r in shapes.references([area], limit=2)] == [
        "/p/include/shape.h",
        "/p/src/app.cpp",
    ]


def test_references_can_be_those_of_one_file(shapes: Reader) -> None:
    area = id_of("geo::Shape::area")
    found = shapes.references([area], path="/p/src/app.cpp")
    assert found == [r for r in shapes.references([area]) if r.path == "/p/src/app.cpp"]
    assert len(found) == 2
    assert shapes.references([area], path="/p/src/app.cpp", limit=1) == found[:1]
    assert shapes.references([area], path="/p/unknown.cpp") == []


def test_a_role_can_be_left_out(index: Index, reader: Reader) -> None:
    """What the compiler adds at a place takes nothing from what is written there."""
    file = SourceFile("/p/a.cpp").uses("x", 1, 4).uses("x", 2, 4, CALL | Role.IMPLICIT)
    file.uses("y", 1, 4, CALL | Role.IMPLICIT)
    index.writer.commit([indexed(file)])
    (only,) = reader.references([id_of("x"), id_of("y")], without=Role.IMPLICIT)
    assert (only.span.line, only.roles) == (1, Role.REFERENCE)


def test_references_tell_the_names_of_what_contains_them(shapes: Reader) -> None:
    helper = shapes.references([id_of("helper")])
    area = shapes.references([id_of("geo::Shape::area")])
    assert shapes.container_names([*helper, *area]) == {
        id_of("geo::Shape::area"): "geo::Shape::area",
        id_of("main"): "main",
    }
    assert shapes.container_names([]) == {}


def test_names_of_containers_come_from_any_block(index: Index, reader: Reader) -> None:
    index.writer.commit([indexed(many_symbols("/p/many.c", 500))])
    called = [id_of(f"f{number}") for number in range(499)]
    names_found = reader.container_names(reader.references(called, CALL))
    assert names_found == {id_of(f"f{number}"): f"f{number}" for number in range(1, 500)}


def test_several_symbols_at_one_place_make_one_reference(index: Index, reader: Reader) -> None:
    file = SourceFile("/p/a.cpp").uses("x::T", 1, 4).uses("y::T", 1, 4, Role.CALL)
    index.writer.commit([indexed(file)])
    (only,) = reader.references([id_of("x::T"), id_of("y::T")])
    assert only.roles == Role.REFERENCE | Role.CALL


@pytest.mark.parametrize(("column", "found"), [(10, 0), (11, 1), (14, 1), (17, 1), (18, 0)])
def test_a_position_belongs_to_the_token_it_touches(
    shapes: Reader, column: int, found: int
) -> None:
    here = shapes.occurrences_at("/p/src/shape.cpp", 4, column)
    assert len(here) == found
    if here:
        assert here[0].symbol == id_of("helper")
        assert here[0].span == Span(4, 11, 4, 17)
        assert here[0].container == id_of("geo::Shape::area")


def test_between_two_tokens_the_one_that_begins_counts(index: Index, reader: Reader) -> None:
    file = SourceFile("/p/a.cpp").uses("left", 0, 0).uses("right", 0, 4)
    index.writer.commit([indexed(file)])
    assert [found.symbol for found in reader.occurrences_at("/p/a.cpp", 0, 4)] == [id_of("right")]
    assert reader.occurrences_at("/p/unknown.cpp", 0, 4) == []
    assert reader.occurring_in("/p/a.cpp", [id_of("left"), id_of("other")]) == {id_of("left")}


def test_callers_and_callees(shapes: Reader) -> None:
    calls = shapes.callers(id_of("geo::Shape::area"))
    assert [(c.symbol, c.references[0].span.line) for c in calls] == [(id_of("main"), 3), (0, 7)]
    (call,) = shapes.callees(id_of("geo::Shape::area"))
    assert call.symbol == id_of("helper")
    assert shapes.callees(id_of("helper")) == []


def test_relations_lead_both_ways_and_far(shapes: Reader) -> None:
    shape, circle, dot = id_of("geo::Shape"), id_of("geo::Circle"), id_of("geo::Dot")
    assert shapes.objects(shape, RelationKind.BASE_OF) == [circle]
    assert shapes.subjects(circle, RelationKind.BASE_OF) == [shape]
    assert shapes.all_objects(shape, RelationKind.BASE_OF) == [circle, dot]
    assert shapes.all_subjects(dot, RelationKind.BASE_OF) == [circle, shape]
    assert len(shapes.relations(circle)) == 2


def test_a_circle_of_relations_ends(index: Index, reader: Reader) -> None:
    file = SourceFile("/p/a.cpp").relates("A", RelationKind.BASE_OF, "B")
    file.relates("B", RelationKind.BASE_OF, "A")
    index.writer.commit([indexed(file)])
    assert reader.all_objects(id_of("A"), RelationKind.BASE_OF) == [id_of("B")]


def test_the_outline_nests_by_extent(shapes: Reader) -> None:
    (geo,) = shapes.outline("/p/include/shape.h")
    assert names(geo.children) == ["Shape", "Circle"]
    assert names(geo.children[0].children) == ["area"]
    assert shapes.outline("/p/unknown.h") == []


def test_includes_lead_both_ways(shapes: Reader) -> None:
    (include,) = shapes.includes("/p/include/all.h")
    assert (include.target, include.spelled) == ("/p/include/shape.h", "shape.h")
    assert [location.path for location in shapes.included_by("/p/include/shape.h")] == [
        "/p/include/all.h",
        "/p/src/shape.cpp",
    ]


def test_a_header_depends_on_all_that_reach_it(shapes: Reader) -> None:
    assert shapes.dependents(["/p/include/shape.h"]) == ["/p/src/app.cpp", "/p/src/shape.cpp"]
    assert shapes.dependents(["/p/include/all.h"]) == ["/p/src/app.cpp"]
    assert shapes.dependents(["/p/src/app.cpp"]) == ["/p/src/app.cpp"]
    assert shapes.dependents(["/p/unknown.h"]) == []


@pytest.mark.parametrize(
    ("path", "missed_by"),
    [
        ("/p/include/geo/gone.h", ["/p/a.cpp", "/p/b.cpp", "/p/c.cpp"]),
        ("/p/other/gone.h", ["/p/a.cpp"]),
        ("/p/ageo/gone.h", ["/p/a.cpp"]),
        ("/p/include/geo/begone.h", []),
        ("/p/here.h", []),
        ("/p/.hidden.h", ["/p/c.cpp"]),
        ("/p/hidden.h", []),
    ],
)
def test_a_new_header_may_be_what_others_missed(
    index: Index, reader: Reader, path: str, missed_by: list[str]
) -> None:
    for name, spelled in {"a": "gone.h", "b": "geo/gone.h", "c": "../x/../geo/gone.h"}.items():
        file = SourceFile(f"/p/{name}.cpp").includes_file("/p/here.h", 0).misses(spelled, 1)
        index.writer.commit([indexed(file.misses(".hidden.h", 2) if name == "c" else file)])
    assert reader.missing([path]) == missed_by


def test_the_donor_of_a_header_is_the_nearest_unit(shapes: Reader) -> None:
    assert shapes.donor("/p/include/shape.h") == "/p/src/shape.cpp"
    assert shapes.donor("/p/include/all.h") == "/p/src/app.cpp"
    assert shapes.donor("/p/unknown.h") is None


def test_among_equally_near_units_the_namesake_is_the_donor(index: Index, reader: Reader) -> None:
    units = [SourceFile(f"/p/{name}.cpp").includes_file("/p/m.h", 0) for name in "amz"]
    index.writer.commit([indexed(unit, SourceFile("/p/m.h")) for unit in units])
    assert reader.donor("/p/m.h") == "/p/m.cpp"


def test_a_header_of_a_compiler_option_takes_the_unit_that_extracted_it(
    index: Index, reader: Reader
) -> None:
    index.writer.commit([indexed(SourceFile("/p/a.cpp"), SourceFile("/p/forced.h"))])
    assert reader.donor("/p/forced.h") == "/p/a.cpp"


def test_a_header_cycle_ends(index: Index, reader: Reader) -> None:
    a = SourceFile("/p/a.h").includes_file("/p/b.h", 0)
    b = SourceFile("/p/b.h").includes_file("/p/a.h", 0)
    main = SourceFile("/p/m.c").includes_file("/p/a.h", 0)
    index.writer.commit([indexed(main, a, b)])
    assert reader.dependents(["/p/b.h"]) == ["/p/m.c"]
    assert reader.donor("/p/b.h") == "/p/m.c"
    assert reader.donors("/p/b.h", 9) == ["/p/m.c"]
    assert reader.directives("/p/none.c", "/p/b.h") == []


def test_the_units_of_a_header_come_with_the_way_to_it(index: Index, reader: Reader) -> None:
    inner = SourceFile("/p/inner.h")
    outer = SourceFile("/p/outer.h").includes_file("/p/inner.h", 3)
    far = SourceFile("/p/far.c").includes_file("/p/outer.h", 1)
    near = SourceFile("/p/near.c").includes_file("/p/outer.h", 2).includes_file("/p/inner.h", 5)
    index.writer.commit([indexed(far, outer, inner), indexed(near)])

    assert reader.donors("/p/inner.h", 9) == ["/p/near.c", "/p/far.c"]
    assert reader.donors("/p/inner.h", 1) == ["/p/near.c"]
    assert ways(reader, "/p/far.c") == [("/p/far.c", 1), ("/p/outer.h", 3)]
    assert ways(reader, "/p/near.c") == [("/p/near.c", 5)]


def ways(reader: Reader, unit: str) -> list[tuple[str, int]]:
    """The directives from ``unit`` to ``/p/inner.h``: file and line."""
    return [(step.path, step.span.line) for step in reader.directives(unit, "/p/inner.h")]


def test_every_file_is_streamed_with_its_stamp(shapes: Reader) -> None:
    infos = {info.path: info for info in shapes.all_files()}
    assert sorted(infos) == [
        "/p/include/all.h",
        "/p/include/shape.h",
        "/p/src/app.cpp",
        "/p/src/shape.cpp",
    ]
    app = infos["/p/src/app.cpp"]
    assert (app.is_translation_unit, app.status, app.mtime_ns) == (True, FileStatus.INDEXED, 1_000)
    assert infos["/p/include/all.h"].status == FileStatus.NONE
    assert shapes.ascii_files([*infos, "/p/unknown.h"]) == set(infos) - {"/p/src/app.cpp"}
    assert shapes.costliest(1)[0].path == "/p/src/app.cpp"


def test_more_files_than_a_page_are_all_streamed(index: Index, reader: Reader) -> None:
    index.writer.commit([failed(f"/p/{number}.c", "no") for number in range(2_500)])
    assert len({info.path for info in reader.all_files()}) == 2_500


def test_a_file_that_never_parsed_is_known_by_its_attempt(index: Index, reader: Reader) -> None:
    index.writer.commit([failed("/p/a.c", "cannot be read", FileStatus.UNREADABLE)])
    info = reader.file("/p/a.c")
    assert info is not None
    assert (info.status, info.message) == (FileStatus.UNREADABLE, "cannot be read")
    assert reader.file("/p/other.c") is None


def test_diagnostics_of_one_file_or_of_all(index: Index, reader: Reader) -> None:
    a = SourceFile("/p/a.c").complains(1, "first").complains(2, "second")
    index.writer.commit([indexed(SourceFile("/p/b.c").complains(5, "third")), indexed(a)])
    assert [d.message for d in reader.diagnostics()] == ["first", "second", "third"]
    assert [d.message for d in reader.diagnostics("/p/b.c")] == ["third"]
    assert len(reader.diagnostics(limit=2)) == 2


def test_a_name_that_is_not_utf8_stays_what_it_is(index: Index, reader: Reader) -> None:
    path = os.fsdecode(b"/p/caf\xe9.c")
    index.writer.commit([indexed(SourceFile(b"/p/caf\xe9.c").declares("f", 1, defines=True))])
    (symbol,) = reader.symbols_named("f")
    assert symbol.definition is not None
    assert symbol.definition.path == path
    assert reader.file(path) is not None
    assert reader.dependents([path]) == [path]


def test_counts(shapes: Reader) -> None:
    counts = shapes.counts()
    assert (counts.translation_units, counts.failed, counts.files) == (2, 0, 4)
    assert counts.symbols == 7
    assert counts.references == 12
    assert counts.index_bytes > 0


def test_the_symbols_of_a_big_index_are_estimated_until_it_is_tidied(
    index: Index, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_COUNTED", 1_000)
    monkeypatch.setattr(inverted, "STEP", 1_000)
    index.writer.commit([indexed(many_symbols("/p/many.c", 8_000))])
    estimate = reader.counts().symbols
    assert estimate != 8_000
    assert abs(estimate - 8_000) < 800
    index.writer.tidy()
    assert reader.counts().symbols == 8_000


def test_a_kept_count_of_symbols_is_not_believed_after_a_change(
    index: Index, reader: Reader
) -> None:
    index.writer.commit([indexed(SourceFile("/p/a.c").declares("a", 1))])
    index.writer.tidy()
    assert reader.counts().symbols == 1
    index.writer.commit([indexed(SourceFile("/p/b.c").declares("b", 1))])
    assert reader.counts().symbols == 2
    index.writer.tidy()
    index.writer.remove(["/p/a.c", "/p/b.c"])
    assert reader.counts().symbols == 0


def test_what_a_compiler_option_includes_is_reached_by_no_directive(
    index: Index, reader: Reader
) -> None:
    head = SourceFile("/p/h.h").includes_file("/p/deep.h", 3)
    unit = SourceFile("/p/a.cpp").is_given("/p/h.h").includes_file("/p/b.h", 0)
    others = SourceFile("/p/b.h"), SourceFile("/p/deep.h")
    index.writer.commit([indexed(unit, head, *others)])
    assert [include.target for include in reader.includes("/p/a.cpp")] == ["/p/b.h"]
    assert reader.included_by("/p/h.h") == []
    assert reader.dependents(["/p/h.h"]) == reader.donors("/p/deep.h", 9) == ["/p/a.cpp"]
    way = [(step.path, step.span.line) for step in reader.directives("/p/a.cpp", "/p/deep.h")]
    assert way == [("/p/a.cpp", 0), ("/p/h.h", 3)]
