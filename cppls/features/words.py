"""Where a name stands in source text as a word: not in comments, literals or include lines.

The text alone is looked at, as the preprocessor would find it before any macro is expanded, so that
what was never compiled is found too. Must not know what a word names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SKIPPED: Final = rb"""
    //(?:[^\n\\]|\\.)*            # a comment may go on behind a backslash
  | /\*.*?(?:\*/|\Z)
  | \b(?:u8|[uUL])?R"([^\s()\\]{0,16})\(.*?\)\1"
  | "(?:[^"\\\n]|\\.)*"
  | \b\d(?:[\w.]|'\w|[eEpP][+-])* # a number, with its separators
  | '(?:[^'\\\n]|\\.)*'
  | ^[ \t]*\#[ \t]*(?:include|include_next|import|error|warning|line)\b[^\n]*
"""
_MEMBER_OF: Final = (b".", b"->", b"::")
_OPERATOR_TEMPLATE: Final = re.compile(rb"(?:\.|->|::)\s*template\s+\Z")
_DEFINE: Final = re.compile(rb"[ \t]*#[ \t]*define\b")


@dataclass(frozen=True, slots=True)
class Word:
    """One place of the name: byte offsets. ``qualified``: behind ``.``, ``->`` or ``::``;
    ``in_macro``: in a line that defines a macro, or one that continues it."""

    start: int
    end: int
    qualified: bool
    in_macro: bool


def words(data: bytes, name: str) -> Iterator[Word]:
    """The places of ``name`` in the source text ``data``, in order."""
    wanted = name.encode()
    if wanted not in data:
        return
    pattern = re.compile(
        rb"(?smx)" + _SKIPPED + rb"| (?<![\w$]) (?P<word>" + re.escape(wanted) + rb") (?![\w$])"
    )
    for match in pattern.finditer(data):
        if match["word"] is not None:
            start, end = match.span("word")
            yield Word(start, end, _is_qualified(data, start), _is_in_macro(data, start))


def _is_qualified(data: bytes, start: int) -> bool:
    before = data[max(0, start - 200) : start]
    return before.rstrip().endswith(_MEMBER_OF) or bool(_OPERATOR_TEMPLATE.search(before))


def _is_in_macro(data: bytes, offset: int) -> bool:
    """Whether the line of ``offset``, with those that it continues, is a ``#define``."""
    start = data.rfind(b"\n", 0, offset) + 1
    while _goes_on(data[max(0, start - 3) : start]):
        start = data.rfind(b"\n", 0, start - 1) + 1
    return bool(_DEFINE.match(data, start))


def _goes_on(line_end: bytes) -> bool:
    return line_end.removesuffix(b"\n").removesuffix(b"\r").endswith(b"\\")
