"""What the records of symbols say, and how symbols are related."""

from __future__ import annotations

from cppls.core.model import RelationKind, SymbolFlag, SymbolKind
from tests.clang.conftest import Indexes
from tests.clang.extraction import Extraction


def relations(unit: Extraction, kind: RelationKind) -> list[tuple[str, str]]:
    """(subject, object) by name."""
    names = {record.id: record.name for file in unit.shard.files for record in file.symbols}
    return [
        (names[relation.subject], names[relation.object])
        for file in unit.shard.files
        for relation in file.relations
        if relation.kind == kind
    ]


def test_a_record_says_what_a_reader_wants_to_know(indexes: Indexes) -> None:
    unit = indexes("""
        namespace a { inline namespace v1 { namespace {
        /// Doubles a number.
        $whole{static int $name{twice$}(const int &value, ...) { return 2 * value; }$}
        }}}
    """)
    record = unit.symbol("twice")
    name, whole = unit.fixture.range("name").span, unit.fixture.range("whole").span
    assert (record.scope, record.kind) == ("a", SymbolKind.FUNCTION)
    assert record.signature == "(const int & value, ...) -> int"
    assert record.brief == "Doubles a number."
    assert record.flags == SymbolFlag.DEFINITION | SymbolFlag.FILE_LOCAL | SymbolFlag.STATIC
    assert (record.line, record.column, record.length) == (name.line, name.column, 5)
    extent = (record.start_line, record.start_column, record.end_line, record.end_column)
    assert extent == (whole.line, whole.column, whole.end_line, whole.end_column)


def test_the_definition_in_a_file_takes_the_record_over(indexes: Indexes) -> None:
    unit = indexes("""
        struct S;
        void f(S *);
        struct $s{S$} { int n; };
        struct S;
    """)
    assert unit.symbol("S").line == unit.fixture.range("s").span.line
    assert unit.symbol("S").flags & SymbolFlag.DEFINITION
    assert not unit.symbol("f").flags & SymbolFlag.DEFINITION


def test_kinds_and_flags(indexes: Indexes) -> None:
    unit = indexes("""
        //- main.cpp -std=c++20
        template <class T> struct Box { Box(); ~Box(); static int count; };
        template <> struct Box<int> {};
        enum class Level { low = -3 };
        enum Plain { plain };
        struct Shape { virtual int area() const = 0; };
        using Number = unsigned long;
        [[deprecated]] void old();
        template <class T> concept Small = sizeof(T) < 8;
        struct { int member; } unnamed;
    """)
    template, special = unit.symbols("Box")[0], unit.symbols("Box")[-1]
    assert template.flags & SymbolFlag.TEMPLATE
    assert special.flags & SymbolFlag.SPECIALISATION
    kinds = {record.name: SymbolKind(record.kind) for record in unit.file("main.cpp").symbols}
    assert kinds["~Box"] == SymbolKind.DESTRUCTOR
    assert {SymbolKind(box.kind) for box in unit.symbols("Box")} >= {SymbolKind.CONSTRUCTOR}
    assert kinds["count"] == SymbolKind.STATIC_VARIABLE
    assert kinds["Small"] == SymbolKind.CONCEPT
    assert unit.symbol("Level").flags & SymbolFlag.SCOPED_ENUM
    assert unit.symbol("Level::low").signature == "= -3"
    assert unit.symbol("plain").scope == ""
    assert unit.symbol("area").flags & SymbolFlag.PURE & ~SymbolFlag.DEFINITION
    assert unit.symbol("area").flags & SymbolFlag.CONST
    assert unit.symbol("Number").signature == "unsigned long"
    assert unit.symbol("old").flags & SymbolFlag.DEPRECATED
    assert unit.symbol("(anonymous struct)").flags & SymbolFlag.ANONYMOUS
    assert unit.symbol("member").scope == "(anonymous struct)"


def test_bases_overrides_and_specialisations_are_related(indexes: Indexes) -> None:
    unit = indexes("""
        struct A { virtual void run(); virtual ~A(); };
        struct B : A { void run() override; ~B(); };
        template <class T> struct Box {};
        template <class T> struct Box<T *> {};
        struct C : Box<int>, virtual B {};
    """)
    assert relations(unit, RelationKind.BASE_OF) == [("A", "B"), ("Box", "C"), ("B", "C")]
    assert relations(unit, RelationKind.OVERRIDDEN_BY) == [("run", "run"), ("~A", "~B")]
    assert relations(unit, RelationKind.SPECIALISED_BY) == [("Box", "Box")]


def test_objective_c_classes_have_bases_and_protocols(indexes: Indexes) -> None:
    unit = indexes(
        """
        //- main.m
        @protocol Weighs
        @end
        @interface Root
        @end
        @interface Thing : Root <Weighs>
        @end
        """,
        "main.m",
    )
    assert relations(unit, RelationKind.BASE_OF) == [("Root", "Thing"), ("Weighs", "Thing")]


def test_statics_of_the_same_name_in_files_of_the_same_name_are_two_symbols(
    indexes: Indexes,
) -> None:
    marked = """
        //- a/util.c
        static int helper(void) { return 1; }
        //- b/util.c
        static int helper(void) { return 2; }
    """
    one, two = indexes(marked, "a/util.c"), indexes(marked, "b/util.c")
    assert one.symbol("helper").id != two.symbol("helper").id


def test_a_static_in_a_header_is_one_symbol_for_all_who_include_it(indexes: Indexes) -> None:
    marked = """
        //- util.h
        static inline int helper() { return 2; }
        //- one.cpp
        #include "util.h"
        int one() { return helper(); }
        //- sub/two.cpp
        #include "./../util.h"
        int two() { return helper(); }
    """
    one = indexes(marked, "one.cpp")
    two = indexes(marked, "sub/two.cpp")
    helper = one.symbol("helper").id
    assert len(two.occurrences(helper)) == 1


def test_a_friends_declaration_is_an_occurrence_and_not_the_symbols_place(
    indexes: Indexes,
) -> None:
    unit = indexes("struct S { friend void $f{f$}(S); };\nvoid $f{f$}(S);")
    assert unit.places("f") == unit.marked("f")
    assert unit.symbol("f").line == 1


def test_a_line_of_slashes_is_no_description(indexes: Indexes) -> None:
    unit = indexes("/////////////////\nint plain;\n/// Said.\nint told;\n")
    assert [unit.symbol(name).brief for name in ("plain", "told")] == ["", "Said."]
