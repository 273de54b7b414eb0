"""A unit over shared preambles gives what it gives without them, or is parsed without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.clang.indexer import IndexSession
from cppls.clang.library import Library
from tests.clang.extraction import Collected
from tests.clang.preambles import CPP, Project, claims, facts, file_facts, project

C = ("-x", "c", "-std=c11")

RICH = r"""
//- lib.h
#ifndef LIB_H
#define LIB_H
#include "base.h"
#define LIMIT 7
#define SQUARE(x) ((x) * (x))
#define GONE 1
#undef GONE
/// Counts things.
template <class T> struct Counter : Base {
    T value;
    Counter(T v) : value(v) {}
    int run() override { return static_cast<int>(value) + LIMIT; }
    template <class U> U as() const { return static_cast<U>(value); }
};
template <> struct Counter<char> { int value; };
/// Documented where it is declared.
int documented(int n);
inline int twice(int n) { return n + n; }
enum class Colour { red = 1, green };
extern int global;
static inline int hidden(int n) { return twice(n); }
namespace { struct Inner { int x; }; }
#endif
//- base.h
#pragma once
struct Base { virtual ~Base() {} virtual int run() { return 0; } };
using Number = int;
//- own.h
#pragma once
#include "lib.h"
struct Own : Counter<long> { using Counter<long>::Counter; int run() override { return LIMIT; } };
//- main.cpp
#include "own.h"
#include "base.h"
int documented(int n) { global = twice(n); return hidden(n); }
int main() {
    Counter<int> counter(SQUARE(LIMIT));
    Base *base = &counter;
    Colour colour = Colour::green;
    Inner inner{1};
    auto count = [&](auto n) { return counter.as<Number>() + n; };
    return base->run() + count(inner.x) + (colour == Colour::red) + Own(3).run();
}
#ifdef LIMIT
#undef LIMIT
#endif
#define LIMIT 8
int after = LIMIT;
"""


def test_a_unit_gives_the_same_over_a_preamble(libraries: Library, tmp_path: Path) -> None:
    made = project(libraries, tmp_path, RICH).precompile("lib.h")
    assert made.message == ""
    assert made.differences("main.cpp") == set()


def test_a_preambles_headers_are_extracted_as_a_unit_does_it(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(libraries, tmp_path, RICH)
    first = made.index("main.cpp")  # nobody has claimed anything
    made.precompile("lib.h")
    headers = {fact for file in made.shards[0].files for fact in file_facts(file)}
    assert {os.path.basename(file.path) for file in made.shards[0].files} == {b"lib.h", b"base.h"}
    assert headers <= facts(first)
    assert headers | facts(made.index("main.cpp")) == facts(first)


def test_a_chain_of_three_gives_the_same(libraries: Library, tmp_path: Path) -> None:
    made = project(libraries, tmp_path, RICH)
    made.precompile("base.h").precompile("lib.h").precompile("own.h")
    assert [len(shard.files) for shard in made.shards] == [1, 1, 1]
    assert made.differences("main.cpp") == set()


def test_c_gives_the_same(libraries: Library, tmp_path: Path) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- list.h
        #ifndef LIST_H
        #define LIST_H
        #include <stddef.h>
        struct node { struct node *next; size_t size; };
        static inline size_t length(const struct node *n) {
            size_t i = 0;
            for (; n; n = n->next) i++;
            return i;
        }
        #define EMPTY ((struct node *)NULL)
        int shared[];
        #endif
        //- main.c
        #include "list.h"
        #include <stddef.h>
        int main(void) { struct node n = {EMPTY, 1}; return (int)length(&n) + shared[0]; }
        int shared[2];
        """,
        C,
    ).precompile("list.h")
    assert made.differences("main.c") == set()


@pytest.mark.parametrize("spelled", ["lib/../lib/x.h", "link/x.h", "linked.h"])
def test_a_header_may_be_spelled_otherwise(
    spelled: str, libraries: Library, tmp_path: Path
) -> None:
    made = project(
        libraries,
        tmp_path,
        f"""
        //- lib/x.h
        #pragma once
        inline int x() {{ return 1; }}
        //- main.cpp
        #include "{spelled}"
        int main() {{ return x(); }}
        """,
    )
    (tmp_path / "link").symlink_to("lib")
    (tmp_path / "linked.h").symlink_to("lib/x.h")
    assert made.precompile("lib/x.h").differences("main.cpp") == set()


def test_include_next_and_system_headers_give_the_same(libraries: Library, tmp_path: Path) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- first/x.h
        #pragma GCC system_header
        #ifndef FIRST_X
        #define FIRST_X
        #include_next <x.h>
        inline int first() { return second(); }
        #endif
        //- second/x.h
        #pragma once
        inline int second() { return 2; }
        //- main.cpp
        #include <x.h>
        int main() { return first() + second(); }
        """,
        (*CPP, f"-I{tmp_path}/first", f"-isystem{tmp_path}/second"),
    ).precompile("#include <x.h>")
    assert made.differences("main.cpp") == set()


def test_a_template_of_the_preamble_is_instantiated_in_the_unit(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- t.h
        #pragma once
        template <class T> auto sum(T a, T b) { return a + b; }
        template <class T> struct Box { T t; auto get() { return t.deep(); } };
        //- main.cpp
        #include "t.h"
        struct Deep { int deep() { return 1; } int operator+(Deep) { return 2; } };
        int main() { Box<Deep> box; return box.get() + sum(Deep(), Deep()); }
        """,
    ).precompile("t.h")
    assert made.differences("main.cpp") == set()


def prologue(libraries: Library, folder: Path, own: str) -> Project:
    """Headers between a prologue of macros and an epilogue that takes them back, as protobuf's."""
    return project(
        libraries,
        folder,
        f"""
        //- begin.inc
        #ifdef ASSUME
        #error ASSUME was defined before
        #endif
        #define EXPORT __attribute__((visibility("default")))
        #define ASSUME(x) CHECK(x)
        //- end.inc
        #undef EXPORT
        #undef ASSUME
        //- check.h
        #pragma once
        #define CHECK(x) (x)
        //- first.h
        #pragma once
        #include "begin.inc"
        struct EXPORT First {{ int a; }};
        #include "end.inc"
        //- second.h
        #pragma once
        #include "begin.inc"
        struct EXPORT Second {{ int b; }};
        #include "end.inc"
        //- own.h
        #pragma once
        {own}
        //- main.cpp
        #include "second.h"
        #include "own.h"
        #include "check.h"
        #include "first.h"
        int main() {{ return First().a + Second().b + Own().c; }}
        """,
    ).precompile("check.h", "first.h", "second.h")


def test_a_prologue_that_is_included_again_defines_its_macros_again(
    libraries: Library, tmp_path: Path
) -> None:
    own = '#include "begin.inc"\n        struct EXPORT Own { int c; };\n        #include "end.inc"'
    assert prologue(libraries, tmp_path, own).differences("main.cpp") == set()


def test_a_macro_of_the_prologue_outside_of_it_is_none(libraries: Library, tmp_path: Path) -> None:
    own = "struct EXPORT { int d; } x; struct Own { int c; };"
    assert prologue(libraries, tmp_path, own).differences("main.cpp") == set()


def test_what_a_macro_stands_for_matters_where_it_is_replaced(
    libraries: Library, tmp_path: Path
) -> None:
    use = "inline int used(int x) { return ASSUME(x); }"
    text = prologue(libraries, tmp_path, "struct Own { int c; };").fixture
    header = tmp_path / "second.h"
    header.write_text(
        header.read_text().replace('#include "end.inc"', f'{use}\n#include "end.inc"')
    )
    made = Project(libraries, text, tmp_path, CPP).precompile("check.h", "first.h", "second.h")
    # Without the preamble its CHECK is a function that nobody has declared.
    assert "which defines a macro for it, in another order" in made.reason("main.cpp")


def test_lists_that_are_included_again_are_neither_lost_nor_doubled(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- list.def
        ITEM(one)
        ITEM(two)
        #undef ITEM
        //- names.h
        #pragma once
        #define ITEM(x) x,
        enum Names {
        #include "list.def"
        };
        //- main.cpp
        #include "names.h"
        #define ITEM(x) #x,
        const char *texts[] = {
        #include "list.def"
        };
        int main() { return one + two; }
        """,
    ).precompile("names.h")
    assert {os.path.basename(file.path) for file in made.shards[0].files} == {
        b"names.h",
        b"list.def",
    }
    assert made.differences("main.cpp") == set()


def test_forced_includes_are_the_units_own_too(libraries: Library, tmp_path: Path) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- forced.h
        #pragma once
        #define FORCED 1
        //- a.h
        #pragma once
        inline int a() { return FORCED; }
        //- main.cpp
        #include "a.h"
        int main() { return a() + FORCED; }
        """,
        (*CPP, "-include", f"{tmp_path}/forced.h"),
    ).precompile("a.h")
    assert made.message == ""
    assert made.differences("main.cpp") == set()


TWO = """
//- a.h
#pragma once
#define A 1
#define USE(x) (x + LEVEL)
inline int a() { return 1; }
//- b.h
#pragma once
#ifdef A
inline int b() { return 1; }
#else
inline long b() { return 2; }
#endif
//- level.h
#pragma once
#define LEVEL 2
//- c.h
#pragma once
#include "a.h"
#include "level.h"
inline int c() { return USE(1); }
"""


def unit(libraries: Library, folder: Path, text: str, *roots: str, more: str = "") -> Project:
    """The two headers above, a main file, and a preamble of ``roots``."""
    marked = f"{TWO}{more}\n//- main.cpp\n{text}"
    made = project(libraries, folder, marked).precompile(*(roots or ("a.h", "b.h")))
    assert made.message == ""
    return made


ACCEPTED = [
    '#include "a.h"\n#include "b.h"\nint main() { return a() + b(); }\n',
    '#include "a.h"\n#include "b.h"\n#define A 2\n#undef A\nint A;\n',
    '#define OTHER 1\n#include "a.h"\n#include "b.h"\nint x = OTHER;\n',
    '#undef NEVER\n#include "a.h"\n#include "b.h"\n',
    '#include "a.h"\n#define B 1\n#include "b.h"\n#ifdef A\nint x = B;\n#endif\n',
    '// A\n#include "a.h"\n#include "b.h"\nconst char *x = "A";\n',
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_cannot_matter_is_accepted(text: str, libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, text)
    assert made.differences("main.cpp") == set()


DECLINED = [
    ('#include "a.h"\n', "it does not include b.h"),
    ('#if 0\n#include "b.h"\n#endif\n#include "a.h"\n', "it does not include b.h"),
    (
        '#include "b.h"\n#include "a.h"\n',
        "it includes b.h and a.h, which defines a macro for it, in another order",
    ),
    (
        '#define inline\n#include "a.h"\n#include "b.h"\n',
        "main.cpp defines or undefines inline before it includes a.h",
    ),
    (
        '#include "a.h"\n#undef A\n#include "b.h"\n',
        "main.cpp defines or undefines A before it includes b.h",
    ),
    (
        '#include "own.h"\n#include "a.h"\n#include "b.h"\n',
        "own.h defines or undefines a before it includes a.h",
    ),
    (
        '#ifndef A\nint early;\n#endif\n#include "a.h"\n#include "b.h"\n',
        "main.cpp mentions A before it includes the header that defines it",
    ),
    (
        '#include "early.h"\n#include "a.h"\n#include "b.h"\n',
        "early.h mentions A before it includes the header that defines it",
    ),
    (
        '#include "a.h"\n#include "b.h"\nint x = nothing;\n',
        "it has an error over them: use of undeclared identifier 'nothing'",
    ),
    (
        '#include "none.h"\n#include "a.h"\n#include "b.h"\n',
        "it has an error over them: 'none.h' file not found",
    ),
]
OWN = "\n//- own.h\n#define a renamed\n//- early.h\n#ifdef A\nint early;\n#endif\n"


@pytest.mark.parametrize(("text", "reason"), DECLINED)
def test_what_may_matter_is_parsed_without(
    text: str, reason: str, libraries: Library, tmp_path: Path
) -> None:
    made = unit(libraries, tmp_path, text, more=OWN)
    assert made.reason("main.cpp") == reason


def test_a_macro_may_not_change_what_another_one_stands_for(
    libraries: Library, tmp_path: Path
) -> None:
    text = '#include "level.h"\n#undef LEVEL\n#define LEVEL 3\n#include "c.h"\n'
    made = unit(libraries, tmp_path, text, "c.h")
    assert made.reason("main.cpp") == "main.cpp defines or undefines LEVEL before it includes c.h"


def test_private_may_not_become_public_before_an_include(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- a.h
        #pragma once
        class Shy { private: int inside; };
        //- main.cpp
        #define private public
        #include "a.h"
        #undef private
        int main() { return sizeof(Shy); }
        """,
    ).precompile("a.h")
    assert made.reason("main.cpp") == "main.cpp defines or undefines private before it includes a.h"


def test_other_arguments_are_another_thing(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    assert made.reason("main.cpp", arguments=["-DX"]) == "it has other arguments"


def test_a_header_of_a_preamble_is_not_parsed_over_it(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, "")
    assert made.reason("b.h") == "it is a header of theirs itself"


def test_a_stand_in_for_a_missing_header_goes_with_a_preamble(
    libraries: Library, tmp_path: Path
) -> None:
    text = '#include "none.h"\n#include "a.h"\n#include "b.h"\nint main() { return a(); }\n'
    made = unit(libraries, tmp_path, text)
    session = IndexSession(libraries)
    session.know(made.keys)
    first = made.index_in(session, "main.cpp")
    second = made.index_in(session, "main.cpp")
    session.close()
    assert first.declined
    assert second.declined == ""
    stand_in = {fact for fact in facts(first) if "/.cppls-missing/none.h" in str(fact[1])}
    assert facts(first) - stand_in == facts(second)


# --- on disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["7", "77"])  # of the same size, and of another
def test_a_header_that_has_changed_makes_it_stale(
    value: str, libraries: Library, tmp_path: Path
) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    header = tmp_path / "a.h"
    header.write_text(header.read_text().replace("return 1", f"return {value}"))
    indexed = made.index("main.cpp")
    assert indexed.stale
    assert indexed.declined == f"{tmp_path}/a.h has changed"
    assert facts(indexed) == facts(made.index("main.cpp", over=False))


def test_a_unit_sits_on_what_comes_before_one_that_is_stale(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(libraries, tmp_path, RICH)
    made.precompile("base.h").precompile("lib.h").precompile("own.h")
    header = tmp_path / "own.h"
    header.write_text(f"{header.read_text()}\nint added();\n")
    indexed = made.index("main.cpp")
    assert (indexed.stale, indexed.declined) == (True, f"{header} has changed")
    assert facts(indexed) == facts(made.index("main.cpp", over=False))
    session = IndexSession(libraries)
    sat = made.index_in(session, "main.cpp").shard
    session.close()
    assert sat
    names = {os.path.basename(file.path) for file in sat.files}
    assert names == {b"main.cpp", b"own.h"}, "the rest was read with the preambles"


def test_one_whose_header_may_be_newer_than_what_was_read_is_stale(
    libraries: Library, tmp_path: Path
) -> None:
    """Its time tells nothing: what was read may have been written over within the same tick."""
    made = project(libraries, tmp_path, f"{TWO}\n//- main.cpp\n{ACCEPTED[0]}")
    os.utime(tmp_path / "a.h")
    indexed = made.precompile("a.h", "b.h", just_written=True).index("main.cpp")
    assert (made.message, indexed.stale) == ("", True)
    assert indexed.declined == f"{tmp_path}/a.h has changed"
    assert facts(indexed) == facts(made.index("main.cpp", over=False))


def test_a_preamble_that_is_gone_is_stale(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    os.unlink(made.chain[0])
    assert made.index("main.cpp").stale


def test_a_damaged_precompiled_header_is_stale(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    path = Path(os.fsdecode(made.chain[0]))
    path.write_bytes(b"\0" * path.stat().st_size)
    indexed = made.index("main.cpp")
    assert indexed.stale
    assert indexed.shard


def test_a_parent_that_was_built_again_does_not_fit(libraries: Library, tmp_path: Path) -> None:
    made = project(libraries, tmp_path, RICH).precompile("base.h").precompile("lib.h")
    (tmp_path / "base.h").write_text("#pragma once\nstruct Base {};\n")
    again = project(libraries, tmp_path / "again", RICH)
    again.precompile("base.h")
    for suffix in (b"", b".facts"):
        os.replace(again.chain[0] + suffix, made.chain[0] + suffix)
    indexed = made.index("main.cpp")
    assert indexed.stale
    assert "does not continue its parents" in indexed.declined


def test_facts_that_are_cut_or_flipped_are_stale(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    path = Path(os.fsdecode(made.chain[0] + b".facts"))
    whole = path.read_bytes()
    session = IndexSession(libraries)
    main, folder = os.fsencode(tmp_path / "main.cpp"), os.fsencode(tmp_path)
    damaged = [whole[:size] for size in range(0, len(whole), 97)]
    damaged += [
        whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :]
        for i in range(0, len(whole), 101)
    ]
    for content in damaged:
        path.write_bytes(content)
        indexed = session.index(main, folder, made.bytes_of(CPP), (), made.chain, sink=Collected())
        assert indexed.stale
        assert indexed.end
    session.close()


def test_facts_are_held_within_bounds_and_counted(libraries: Library, tmp_path: Path) -> None:
    made = unit(libraries, tmp_path, ACCEPTED[0])
    session = IndexSession(libraries)
    main, folder = os.fsencode(tmp_path / "main.cpp"), os.fsencode(tmp_path)
    for _ in range(3):
        session.index(main, folder, made.bytes_of(CPP), (), made.chain, sink=Collected())
    statistics = session.statistics()
    session.close()
    assert statistics["preambles_held"] == 1
    assert (statistics["preamble_hits"], statistics["preamble_misses"]) == (2, 1)
    assert (statistics["over_preambles"], statistics["declined_preambles"]) == (3, 0)
    assert 0 < int(str(statistics["preamble_bytes"])) < 1 << 20


# --- building -------------------------------------------------------------------------------------


def test_headers_with_errors_or_no_guard_are_left_out(libraries: Library, tmp_path: Path) -> None:
    made = project(
        libraries,
        tmp_path,
        """
        //- good.h
        #pragma once
        template <class T> struct Holder { T held; };
        //- bad.h
        #pragma once
        struct None;
        Holder<None> holder;
        //- open.h
        inline int twice() { return 2; }
        //- deep.h
        #pragma once
        #include "bad.h"
        //- also.h
        #pragma once
        #include "good.h"
        """,
    ).precompile("good.h", "bad.h", "open.h", "missing.h", "deep.h", "also.h")
    assert made.message == ""
    assert made.dropped == [1, 2, 3, 4]
    assert {os.path.basename(file.path) for file in made.shards[0].files} >= {b"good.h", b"also.h"}


def test_where_nothing_is_left_the_first_error_is_named(libraries: Library, tmp_path: Path) -> None:
    made = project(libraries, tmp_path, "//- bad.h\n#pragma once\nint x = y;\n").precompile("bad.h")
    assert made.message == (
        f"no header is left: {tmp_path}/bad.h:2:9: use of undeclared identifier 'y'"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.h"]


def test_what_others_have_claimed_is_not_extracted_again(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(libraries, tmp_path, RICH).precompile("base.h")
    made.chain.clear()
    made.precompile("lib.h")
    assert [os.path.basename(file.path) for file in made.shards[1].files] == [b"lib.h"]
    assert len(made.keys) == 8 * 5  # twice with the preamble, and with what it gave: base.h once


def test_what_a_preamble_holds_is_claimed_whatever_a_worker_knows(
    libraries: Library, tmp_path: Path
) -> None:
    made = project(libraries, tmp_path, RICH).precompile("lib.h")
    made.keys = b""
    over = made.index("main.cpp")
    files = {fact[1] for fact in facts(over) if fact[0] == "file"}
    assert files == {os.fsencode(tmp_path / name) for name in ("main.cpp", "own.h")}


def test_claims_of_a_preamble_are_those_of_its_files(libraries: Library, tmp_path: Path) -> None:
    made = project(libraries, tmp_path, RICH).precompile("lib.h")
    own = claims(made.shards[0])
    assert {made.keys[i : i + 8] for i in range(0, len(made.keys), 8)} == {
        own[i : i + 8] for i in range(0, len(own), 8)
    }
