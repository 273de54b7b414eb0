"""Codes of diagnostics: who says it, and the page that explains it."""

from __future__ import annotations

import pytest

from cppls.lsp.render import code_link, source_of

CHECKS = "https://clang.llvm.org/extra/clang-tidy/checks/"


@pytest.mark.parametrize(
    ("code", "source", "page"),
    [
        ("", "clang", ""),
        ("-Wshadow", "clang", "https://clang.llvm.org/docs/DiagnosticsReference.html#wshadow"),
        ("modernize-use-nullptr", "clang-tidy", CHECKS + "modernize/use-nullptr.html"),
        ("clang-analyzer-core.Null", "clang-tidy", CHECKS + "clang-analyzer/core.Null.html"),
        ("unused-includes", "cppls", "https://clangd.llvm.org/guides/include-cleaner"),
        ("missing-includes", "cppls", "https://clangd.llvm.org/guides/include-cleaner"),
        ("cppls", "cppls", ""),
        ("undeclared_var_use", "clang", ""),
        ("access", "clang", ""),
    ],
)
def test_a_code_tells_who_says_it_and_where_to_read_on(code: str, source: str, page: str) -> None:
    assert (source_of(code), code_link(code)) == (source, page)
