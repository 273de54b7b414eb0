"""Statements become a function."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.tweaks.selection import Refused
from tests.features.tweaks.changed import changed, changed_files
from tests.world import World

NAME = "extract_function"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "void f(int a) {\n  $0a = 1;$1\n}\n",
            "static void extracted(int &a) {\n  a = 1;\n}\n\nvoid f(int a) {\n  extracted(a);\n}\n",
            id="what is changed goes by reference",
        ),
        pytest.param(
            "int f(int a) {\n  $0int b = a + 1;\n  b *= 2;$1\n  return b;\n}\n",
            "static int extracted(int a) {\n  int b = a + 1;\n  b *= 2;\n  return b;\n}\n\n"
            "int f(int a) {\n  auto b = extracted(a);\n  return b;\n}\n",
            id="what is used behind it is returned",
        ),
        pytest.param(
            "// Says f.\nint f(bool b) {\n  $0if (b) { return 1; }\n  return 2;$1\n}\n",
            "static int extracted(bool b) {\n  if (b) { return 1; }\n  return 2;\n}\n\n"
            "// Says f.\nint f(bool b) {\n  return extracted(b);\n}\n",
            id="a return of all",
        ),
        pytest.param(
            "int f(const char *p) {\n  $0const char *const q = p;$1\n  return *q;\n}\n",
            "static const char *extracted(const char *p) {\n  const char *const q = p;\n"
            "  return q;\n}\n\n"
            "int f(const char *p) {\n  const auto q = extracted(p);\n  return *q;\n}\n",
            id="a constant pointer",
        ),
        pytest.param(
            "struct S { int m; };\nint f(S s, const S &t) {\n  $0s.m = t.m;$1\n  return s.m;\n}\n",
            "struct S { int m; };\nstatic void extracted(S &s, const S &t) {\n  s.m = t.m;\n}\n\n"
            "int f(S s, const S &t) {\n  extracted(s, t);\n  return s.m;\n}\n",
            id="classes go by reference",
        ),
        pytest.param(
            "void f() {\n  int a[3] = {};\n  $0for (int i = 0; i < 3; i++) {\n    if (i == 2)\n"
            "      break;\n    a[i] = i;\n  }$1\n}\n",
            "static void extracted(int (&a)[3]) {\n  for (int i = 0; i < 3; i++) {\n"
            "    if (i == 2)\n      break;\n    a[i] = i;\n  }\n}\n\n"
            "void f() {\n  int a[3] = {};\n  extracted(a);\n}\n",
            id="a loop with its own break, an array",
        ),
        pytest.param(
            "namespace n {\nstruct S {};\nvoid f(S s) {\n  $0S t = s;\n  (void)t;$1\n}\n}\n",
            "namespace n {\nstruct S {};\nstatic void extracted(S &s) {\n  S t = s;\n"
            "  (void)t;\n}\n"
            "\nvoid f(S s) {\n  extracted(s);\n}\n}\n",
            id="in a namespace",
        ),
        pytest.param(
            "struct S {\n  int m;\n  int f() const {\n    $0int a = m;$1\n    return a;\n  }\n};\n",
            "struct S {\n  int m;\n  int extracted() const {\n    int a = m;\n"
            "    return a;\n  }\n\n"
            "  int f() const {\n    auto a = extracted();\n    return a;\n  }\n};\n",
            id="in a class a method",
        ),
        pytest.param(
            "class S {\n  int m;\n  static int k;\n  static void f();\n};\n"
            "void S::f() {\n  $0k = 1;$1\n}\n",
            "class S {\n  int m;\n  static int k;\n  static void extracted();\n  static void f();\n"
            "};\nvoid S::extracted() {\n  k = 1;\n}\n\nvoid S::f() {\n  extracted();\n}\n",
            id="of a class that is defined outside",
        ),
    ],
)
async def test_it_is_called_where_the_statements_were(
    tmp_path: Path, before: str, after: str
) -> None:
    assert await changed(tmp_path, NAME, before) == after


async def test_a_method_is_declared_in_the_header_of_its_class(tmp_path: Path) -> None:
    source = """
        //- a.h
        struct S {
          int m;
          // Adds.
          void add(int v);
        };
        //- a.cpp
        #include "a.h"
        void S::add(int v) {
          $0m += v;
          v = 0;$1
        }
    """
    with World.of(tmp_path, source) as world:
        files = await changed_files(world, NAME)
        assert files is not None
        assert files[world.path("a.h")] == (
            "struct S {\n  int m;\n  void extracted(int &v);\n  // Adds.\n  void add(int v);\n};\n"
        )
        assert "void S::extracted(int &v) {\n  m += v;\n  v = 0;\n}\n" in files[world.path("a.cpp")]


async def test_in_c_values_go_by_value(tmp_path: Path) -> None:
    source = "//- a.c\nint g(int);\nint f(int a) {\n  $0int b = g(a);$1\n  return b;\n}\n"
    after = await changed(tmp_path, NAME, source)
    assert after is not None
    assert "static int extracted(int a) {\n  int b = g(a);\n  return b;\n}\n" in after
    assert "  int b = extracted(a);\n  return b;" in after


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("int f(int a) { while (a) { $0a--; if (a == 3) break;$1 } return a; }", "break"),
        ("int f(int a) { $0if (a) return 1;$1 return a; }", "return leaves"),
        ("int f(int a) { $0int b = 1; int c = 2;$1 return b + c + a; }", "several variables"),
        ("void f(int a) { $0if (a) goto end; a = 1;$1 end:; }", "goto"),
        ("template <class T> void f(T a) { $0a = 1;$1 }", "template"),
        ("void f() { struct L { int m; } l; $0l.m = 1;$1 }", "declared in the function"),
        ("struct D { ~D(); }; void g(); void f() { $0D d; g();$1 g(); }", "destroyed"),
        ("struct M { M(); M(const M &) = delete; int m; }; int f() { $0M m;$1 return m.m; }", "m"),
        ("void f() { auto l = [](int a) { $0a = 1;$1 return a; }; (void)l; }", "lambda"),
        ("int f() { const int n = 3; $0int a[n]; a[0] = 1;$1 return 0; }", "compiler may need"),
        ("constexpr int f(int a) { $0a += 1;$1 return a; }", "constexpr"),
        ("#define F void f(int a)\nF { $0a = 1;$1 }", "macro"),
        ("//- a.c\nvoid f(int a) { $0a = 1;$1 }", "no references"),
        (
            "class C { static int m; friend void f(int); }; void f(int a) { $0C::m = a;$1 }",
            "public",
        ),
        ("void g(const char *); void f() { $0g(__func__);$1 }", "__func__"),
        ("void f(int a) {\n$0#if 1\n  a = 1;\n#endif\na = 2;$1\n}", "directives"),
    ],
)
async def test_where_it_would_mean_something_else_the_reason_is_said(
    tmp_path: Path, before: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await changed(tmp_path, NAME, before)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("void f(int a) { $0a = 1; }", id="nothing selected"),
        pytest.param("void f(int a) { $0a$1 = 1; }", id="a part of a statement"),
        pytest.param("void f(int a) { a = 1; { $0a = 2; } a = 3;$1 }", id="over a block's end"),
        pytest.param("$0void f(int a) { a = 1; }$1", id="the function itself"),
        pytest.param("int $0x = 1$1;", id="not in a function"),
    ],
)
async def test_other_selections_are_none_of_statements(tmp_path: Path, before: str) -> None:
    assert await changed(tmp_path, NAME, before) is None
