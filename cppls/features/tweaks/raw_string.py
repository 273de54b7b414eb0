"""A string literal with escapes becomes a raw one."""

from __future__ import annotations

import re
from typing import Final

from cppls.core.model import Edit, Span
from cppls.features.expansion import places_of_tokens
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, covers

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "?": "?"}
_C_SUFFIXES: Final = (".c", ".m")


async def raw_string(selection: Selection) -> Offer | None:
    """In a plain string literal whose escapes all stand for characters that one can see."""
    if selection.path.endswith(_C_SUFFIXES):
        return None
    line = selection.text.line(selection.span.line).decode("utf-8", "surrogateescape")
    for start, end in places_of_tokens(line):
        first, last = (len(line[:at].encode("utf-8", "surrogateescape")) for at in (start, end))
        whole = Span(selection.span.line, first, selection.span.line, last)
        literal = line[start:end]
        if not covers(whole, selection.span) or not literal.startswith('"'):
            continue
        raw = _raw(literal)
        if not raw:
            return None

        async def edits(whole: Span = whole, raw: str = raw) -> Edits:
            return selection.change(Edit(whole, raw))

        return Offer("Convert to raw string", REWRITE, edits)
    return None


def _raw(literal: str) -> str:
    """The raw literal; empty where none is needed or possible."""
    content = literal[1:-1]
    escapes = set(_ESCAPE.findall(content))
    if not escapes or not escapes <= _MEANT.keys():
        return ""
    meant = _ESCAPE.sub(lambda found: _MEANT[found[1]], content)
    return "" if ')"' in meant else f'R"({meant})"'
