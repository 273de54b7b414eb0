"""An expression becomes a variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.tweaks.changed import changed

F = "int f(int a);\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "int g(int a) {\n  return $0f(a)$1 + 1;\n}",
            "int g(int a) {\n  auto placeholder = f(a);\n  return placeholder + 1;\n}",
        ),
        (
            "int g(int a) {\n  return $0f(a) + 1$1;\n}",
            "int g(int a) {\n  auto placeholder = f(a) + 1;\n  return placeholder;\n}",
        ),
        (
            "int g(int a) {\n  return f$0(a) + 1;\n}",
            "int g(int a) {\n  auto placeholder = f(a);\n  return placeholder + 1;\n}",
        ),
        (
            "int g(int a) {\n  if ($0f(a) > 2$1) {\n    a = 1;\n  }\n  return a;\n}",
            "int g(int a) {\n  auto placeholder = f(a) > 2;\n  if (placeholder) {\n"
            "    a = 1;\n  }\n  return a;\n}",
        ),
        (
            "void g(int a) {\n  int b = 2 * $0(a + 1)$1;\n}",
            "void g(int a) {\n  auto placeholder = a + 1;\n  int b = 2 * placeholder;\n}",
        ),
        (
            "struct S { S(const S &) = delete; int m; };\nint g(S &s) {\n  return $0s$1.m + 1;\n}",
            "struct S { S(const S &) = delete; int m; };\nint g(S &s) {\n"
            "  auto &placeholder = s;\n  return placeholder.m + 1;\n}",
        ),
        (
            "struct B { B(const B &) = delete; int f(); };\nstruct S : B {};\n"
            "int g(S &s) {\n  return $0s$1.f();\n}",
            "struct B { B(const B &) = delete; int f(); };\nstruct S : B {};\n"
            "int g(S &s) {\n  auto &placeholder = s;\n  return placeholder.f();\n}",
        ),
    ],
)
async def test_it_is_declared_before_the_statement(tmp_path: Path, before: str, after: str) -> None:
    assert await changed(tmp_path, "extract_variable", F + before) == F + after


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("int x = $0f(1)$1;", id="not in a block"),
        pytest.param("void g(int a) { $0f(a)$1; }", id="a statement by itself"),
        pytest.param("void g(int a) { $0a$1 = 2; }", id="assigned to"),
        pytest.param(
            "struct S { ~S(); }; S s(int); void g(S &a) { $0a = s(1)$1; }",
            id="a statement by itself that ends a temporary",
        ),
        pytest.param("void g(int a) { int *p = &$0a$1; }", id="its address is taken"),
        pytest.param("void g(int a) { while ($0f(a)$1) {} }", id="evaluated again and again"),
        pytest.param("void g(int a) { for (;$0f(a)$1;) {} }", id="the head of a loop"),
        pytest.param("void g(int a) { if (a) {} else if ($0f(a)$1) {} }", id="else if"),
        pytest.param("void g(int a) { if (a) a = $0f(a)$1; }", id="a branch without braces"),
        pytest.param("void h(); void g() { true ? $0h()$1 : h(); }", id="no value"),
        pytest.param("void g(int a) { a = $0f$1(a); }", id="a function's name"),
        pytest.param("void g(int a) { a = $01$1; }", id="a literal"),
        pytest.param('void g() { static_assert($0sizeof(int) > 1$1, ""); }', id="an assertion"),
        pytest.param(
            "void g(int a) { switch (a) { case 1: a = 2; a = $0f(a)$1; break; case 2:; } }",
            id="between cases",
        ),
        pytest.param("void g(int a) { char b[$0sizeof(a)$1]; (void)b; }", id="an array's size"),
        pytest.param("void g(int a) { a = sizeof $0(a)$1; }", id="never evaluated"),
        pytest.param("void g(int a) { static int b = $0f(a)$1; }", id="evaluated at first only"),
        pytest.param("struct S { int a; }; S g() { return $0{}$1; }", id="a list in braces"),
        pytest.param(
            "struct S { S(int); }; S *g() { return new $0S(1)$1; }", id="what is made new"
        ),
        pytest.param(
            "struct S { S *operator->(); int m; }; int g(S s) { return $0s->$1m; }",
            id="an operator without its operand",
        ),
    ],
)
async def test_where_it_would_mean_something_else_it_is_not_offered(
    tmp_path: Path, before: str
) -> None:
    assert await changed(tmp_path, "extract_variable", F + before) is None


async def test_in_c_the_type_is_written_out(tmp_path: Path) -> None:
    source = "//- a.c\nint f(int a);\nint g(int a) {\n  return $0f(a)$1 + 1;\n}\n"
    after = await changed(tmp_path, "extract_variable", source)
    assert after is not None
    assert "  int placeholder = f(a);\n  return placeholder + 1;" in after
