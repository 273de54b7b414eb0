"""Definitions that move between a class and what is outside of it, or come into being."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.tweaks.selection import Refused
from tests.features.tweaks.changed import changed, changed_files
from tests.world import World

OUTLINE = "define_outline"
INLINE = "define_inline"
MISSING = "missing_definition"
VIRTUALS = "implement_virtuals"


async def files_after(tmp_path: Path, name: str, source: str) -> dict[str, str] | None:
    """The changed files by their names."""
    with World.of(tmp_path, source) as world:
        files = await changed_files(world, name)
        return {Path(path).name: text for path, text in files.items()} if files else None


HEADER = """
//- a.h
#pragma once
#define ONE 1
namespace n {
class C {
 public:
  struct Inner { int m; };
  virtual Inner $f{f$}(int a = ONE, Inner b = {2}) const { return {a + b.m}; }
  explicit C(int v) : m(v), k{0} {
    m = v;
  }
  virtual ~C();
 private:
  int m, k;
};
inline int free(int a = 1) { return a; }
}
//- a.cpp
#include "a.h"
namespace n {
C::~C() {}
}  // namespace n
"""


async def test_a_method_moves_to_the_source_file(tmp_path: Path) -> None:
    files = await files_after(tmp_path, OUTLINE, HEADER.replace("$f{f$}", "$0f"))
    assert files is not None
    assert "  virtual Inner f(int a = ONE, Inner b = {2}) const;\n" in files["a.h"]
    assert files["a.cpp"] == (
        '#include "a.h"\nnamespace n {\nC::~C() {}\n\n'
        "C::Inner C::f(int a, Inner b) const { return {a + b.m}; }\n}  // namespace n\n"
    )


async def test_a_constructor_moves_with_its_initialisers(tmp_path: Path) -> None:
    source = HEADER.replace("$f{f$}", "f").replace("explicit C", "explicit $0C")
    files = await files_after(tmp_path, OUTLINE, source)
    assert files is not None
    assert "  explicit C(int v);\n" in files["a.h"]
    assert "\nC::C(int v) : m(v), k{0} {\n  m = v;\n}\n}  // namespace n" in files["a.cpp"]


async def test_a_function_of_a_header_is_not_inline_any_more(tmp_path: Path) -> None:
    source = HEADER.replace("$f{f$}", "f").replace("int free", "int $0free")
    files = await files_after(tmp_path, OUTLINE, source)
    assert files is not None
    assert "\nint free(int a = 1);\n" in files["a.h"]
    assert "\nint free(int a) { return a; }\n}  // namespace n" in files["a.cpp"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "struct S {\n  static int $0f() {\n    return 1;\n  }\n  int g();\n};\n"
            "int S::g() { return f(); }\n",
            "struct S {\n  static int f();\n  int g();\n};\n\nint S::f() {\n  return 1;\n}\n\n"
            "int S::g() { return f(); }\n",
            id="static, called later",
        ),
        pytest.param(
            "struct B { virtual void f() = 0; };\nstruct S : B {\n"
            "  void $0f() override final {}\n};\n",
            "struct B { virtual void f() = 0; };\nstruct S : B {\n"
            "  void f() override final;\n};\n\n"
            "void S::f() {}\n",
            id="override",
        ),
        pytest.param(
            "namespace { struct O {"
            " struct S { [[nodiscard]] int $0f() && noexcept { return 1; } }; };\n}\n",
            "namespace { struct O { struct S { [[nodiscard]] int f() && noexcept; }; };\n\n"
            "int O::S::f() && noexcept { return 1; }\n}\n",
            id="nested, in a namespace without a name",
        ),
        pytest.param(
            "struct S {\n  bool operator$0()(int a, int b) const { return a < b; }\n};\n",
            "struct S {\n  bool operator()(int a, int b) const;\n};\n\n"
            "bool S::operator()(int a, int b) const { return a < b; }\n",
            id="the call operator",
        ),
    ],
)
async def test_in_a_source_it_moves_behind_the_class(
    tmp_path: Path, before: str, after: str
) -> None:
    assert await changed(tmp_path, OUTLINE, before) == after


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("struct S { constexpr int $0f() { return 1; } };", "constexpr"),
        ("struct S { auto $0f() { return 1; } };", "deduced"),
        ("struct S { int $0f() {\n#if 1\n return 1;\n#endif\n } };", "directives"),
        ("struct { int $0f() { return 1; } } s;", "other declarations follow|no name"),
    ],
)
async def test_what_cannot_stand_outside_says_why(tmp_path: Path, before: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        await changed(tmp_path, OUTLINE, before)


@pytest.mark.parametrize(
    "before",
    [
        "template <class T> int $0f(T t) { return 1; }",
        "struct S { $0S() = default; };",
        "struct S { int f() { $0return 1; } };",
        "int $0f() { return 1; }",
        "#define F int f() { return 1; }\nstruct S { $0F };",
        "void g() { struct S { int $0f() { return 1; } }; }",
        '//- main.cpp\n#include "a.h"\n//- a.h\nstruct S { int f(); };\n'
        "inline int S::$0f() { return 1; }\n",
    ],
)
async def test_there_is_nothing_to_move(tmp_path: Path, before: str) -> None:
    assert await changed(tmp_path, OUTLINE, before) is None


INLINED = """
//- b.h
struct B { int m; };
//- a.h
#include "b.h"
struct L;
namespace n {
int helper(int);
class C {
 public:
  C(int v);
  int f(const B &b, int c = 1) const;
  int late(L *l);
  int m;
};
int free(int a);
}
//- a.cpp
#include "a.h"
struct L { int m; };
static int hidden(int a) { return a; }

n::C::C(int v) : m(v) {
}

int n::C::f(const B &b, int c) const {
  return helper(b.m) + m + c;
}

int n::C::late(L *l) { return l->m; }

namespace n {
int free(int a) { return helper(a); }
int other(int a) { return hidden(a); }
}
"""


async def test_a_method_moves_into_its_class(tmp_path: Path) -> None:
    files = await files_after(tmp_path, INLINE, INLINED.replace("n::C::f", "n::C::$0f"))
    assert files is not None
    assert (
        "  int f(const B &b, int c = 1) const {\n    return helper(b.m) + m + c;\n  }\n  int late"
        in files["a.h"]
    )
    assert "n::C::C(int v) : m(v) {\n}\n\nint n::C::late" in files["a.cpp"]


async def test_a_constructor_takes_its_initialisers_along(tmp_path: Path) -> None:
    files = await files_after(tmp_path, INLINE, INLINED.replace("n::C::C", "n::C::$0C"))
    assert files is not None
    assert "  C(int v) : m(v) {\n  }\n" in files["a.h"]


async def test_a_function_becomes_inline_in_its_header(tmp_path: Path) -> None:
    files = await files_after(
        tmp_path, INLINE, INLINED.replace("int free(int a) {", "int $0free(int a) {")
    )
    assert files is not None
    assert "\ninline int free(int a) { return helper(a); }\n}" in files["a.h"]


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (INLINED.replace("n::C::late", "n::C::$0late"), "'.' may not be known"),
        (
            "namespace n { int a; }\nint f();\nusing namespace n;\nint $0f() { return a; }",
            "'a' may not be known",
        ),
        ("int f();\nint g();\nint $0f() { return g(); }", "'g' may not be known"),
        ("int f();\n#define M 1\nint $0f() { return M; }", "'M' may not be known"),
        ("int f(int a);\nint $0f(int b) { return b; }", "declared otherwise"),
        (
            "struct L; L *l();\nint f();\nstruct L { int m; };\nint $0f() { return l()->m; }",
            "known",
        ),
    ],
)
async def test_what_the_declaration_does_not_know_stays(
    tmp_path: Path, before: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await changed(tmp_path, INLINE, before)


DECLARED = """
//- a.h
namespace n {
struct E { E(int); };
class C {
  int f(int a = 1) const;
  C &g();
  void h();
  E e();
  virtual void pure() = 0;
  static int defined();
};
int free();
}
//- a.cpp
#include "a.h"
int n::C::defined() { return 1; }
"""


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("f(int", "int n::C::f(int a) const {\n  return {};\n}\n"),
        ("g()", "n::C &n::C::g() {\n  return *this;\n}\n"),
        ("h()", "void n::C::h() {}\n"),
        ("free()", "int n::free() {\n  return {};\n}\n"),
    ],
)
async def test_a_declared_function_is_defined_in_the_source(
    tmp_path: Path, asked: str, code: str
) -> None:
    files = await files_after(tmp_path, MISSING, DECLARED.replace(asked, f"$0{asked}"))
    assert files is not None
    assert files["a.cpp"].endswith("{ return 1; }\n\n" + code)


async def test_in_c_it_returns_zero(tmp_path: Path) -> None:
    after = await changed(tmp_path, MISSING, "//- a.c\nint *$0f(int a);\nint b;\n")
    assert after == "int *f(int a);\n\nint *f(int a) {\n  return 0;\n}\n\nint b;\n"


async def test_a_value_that_nobody_can_make_up_is_not(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no value"):
        await files_after(tmp_path, MISSING, DECLARED.replace("E e()", "E $0e()"))


@pytest.mark.parametrize("asked", ["pure()", "defined();"])
async def test_what_needs_no_definition_gets_none(tmp_path: Path, asked: str) -> None:
    assert await files_after(tmp_path, MISSING, DECLARED.replace(asked, f"$0{asked}")) is None


BASES = """
namespace n {
struct T {};
struct A {
  virtual int f(const T &t, int (*g)(int)) const noexcept = 0;
  virtual T *g() && = 0;
  virtual void done() = 0;
  virtual ~A() = default;
};
struct B : A { void done() override; };
template <class X> struct P { virtual X of(X x) = 0; };
}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "struct D : n::B {$0\n};",
            "struct D : n::B {\n  int f(const n::T &t, int (*)(int)) const noexcept override;\n"
            "  n::T *g() && override;\n};",
        ),
        (
            "class $0D : public n::P<int> {\n  int m;\n};",
            "class D : public n::P<int> {\n  int m;\npublic:\n  int of(int x) override;\n};",
        ),
        (
            "class $0D : public n::P<int> { public: int m; };",
            "class D : public n::P<int> { public: int m; \n  int of(int x) override;\n};",
        ),
        ("struct $0D : n::P<int> { int of(int) override; };", None),
        ("struct $0D {};", None),
        ("struct D : n::P<int> { int f() { $0return 1; } };", None),
    ],
)
async def test_pure_methods_are_declared(tmp_path: Path, before: str, after: str | None) -> None:
    found = await changed(tmp_path, VIRTUALS, BASES + before)
    assert found == (None if after is None else BASES.lstrip("\n") + after)
