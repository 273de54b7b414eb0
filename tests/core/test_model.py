"""The vocabulary, where it does more than name things."""

from __future__ import annotations

import pytest

from cppls.core.model import SymbolKind


def test_a_kind_of_a_newer_libclang_is_unexposed() -> None:
    assert SymbolKind(63) is SymbolKind.UNEXPOSED
    assert SymbolKind(16) is SymbolKind.CLASS


def test_what_is_no_number_is_no_kind() -> None:
    with pytest.raises(ValueError, match="class"):
        SymbolKind("class")
