"""The keywords of the languages, for completion while no compiler has seen a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

_C: Final = tuple(
    "auto break case char const continue default do double else enum extern float for goto if"
    " inline int long register restrict return short signed sizeof static struct switch typedef"
    " union unsigned void volatile while _Bool _Alignas _Alignof _Atomic _Generic _Noreturn"
    " _Static_assert _Thread_local".split()
)
_CPP: Final = tuple(
    "alignas alignof and asm auto bool break case catch char char8_t char16_t char32_t class"
    " concept const consteval constexpr constinit const_cast continue co_await co_return co_yield"
    " decltype default delete do double dynamic_cast else enum explicit export extern false float"
    " final for friend goto if inline int long mutable namespace new noexcept not nullptr operator"
    " or override private protected public register reinterpret_cast requires return short signed"
    " sizeof static static_assert static_cast struct switch template this thread_local throw true"
    " try typedef typeid typename union unsigned using virtual void volatile wchar_t while".split()
)


def keywords_of(path: str) -> Sequence[str]:
    """Those of C for a ``.c`` file, else those of C++."""
    return _C if os.path.splitext(path)[1] == ".c" else _CPP
