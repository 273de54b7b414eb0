"""``auto`` becomes the type that it stands for."""

from __future__ import annotations

import re
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.model import Edit, Span
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection

_UNWRITABLE: Final = re.compile(
    r"\(lambda|\(unnamed|\(anonymous|<dependent|<overloaded|type-parameter|\bauto\b"
)
_DECLARATOR: Final = re.compile(r"\s*(?P<sigils>(?:[*&\s]|\bconst\b|\bvolatile\b)*)(?P<name>\w+)")


async def expand_auto(selection: Selection) -> Offer | None:
    """On the word ``auto`` of a variable whose type can be written out before its name."""
    word = selection.text.identifier_at(selection.start)
    variable = selection.innermost(NodeKind.VARIABLE)
    if word is None or word.name != "auto" or variable is None:
        return None
    if selection.chain[-1] is not variable and selection.chain[-1].kind < NodeKind.BASE:
        return None
    written = _type_for(selection, word.span, variable.name, variable.type)
    if not written:
        return None

    async def edits() -> Edits:
        return selection.change(Edit(word.span, written))

    return Offer("Expand auto type", REWRITE, edits)


def _type_for(selection: Selection, word: Span, name: str, whole: str) -> str:
    """``whole``, the variable's type, without what is written around ``auto``; empty: it cannot."""
    line = selection.text.line(word.line).decode("utf-8", "surrogateescape")
    before = line.encode("utf-8", "surrogateescape")[: word.column]
    after = line.encode("utf-8", "surrogateescape")[word.end_column :]
    declarator = _DECLARATOR.match(after.decode("utf-8", "replace"))
    if declarator is None or declarator["name"] != name or _UNWRITABLE.search(whole):
        return ""
    written = whole.strip()
    for sigil in reversed(re.findall(r"[*&]|\bconst\b|\bvolatile\b", declarator["sigils"])):
        if not written.endswith(sigil):
            return ""
        written = written.removesuffix(sigil).rstrip()
    if re.search(rb"\b(?:const|constexpr)\s*$", before):
        written = written.removeprefix("const ")
    # What follows the name of an array or a function cannot stand before it.
    return "" if not written or written[-1] in ")]" else written
