"""The use of a macro becomes what the preprocessor makes of it."""

from __future__ import annotations

from cppls.core.live_questions import Describe
from cppls.core.model import Edit, Position, Span, SymbolKind
from cppls.features.macros import LONGEST_USE, expansion, is_definition
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection


async def expand_macro(selection: Selection) -> Offer | None:
    """On the name of a macro where it is used."""
    found = await selection.live.ask(Describe(selection.start))
    if found is None or found.kind != SymbolKind.MACRO or not found.definition:
        return None
    if is_definition(selection.text, found.token):
        return None
    start = selection.text.offset(Position(found.token.line, found.token.column))
    use = selection.text.data[start : start + LONGEST_USE].decode("utf-8", "surrogateescape")
    expanded = await expansion(selection.snapshot, selection.path, found.definition, use)
    if expanded is None:
        return None
    text, length = expanded
    end = selection.text.position(start + len(use[:length].encode("utf-8", "surrogateescape")))

    async def edits() -> Edits:
        whole = Span(found.token.line, found.token.column, end.line, end.column)
        return selection.change(Edit(whole, text))

    return Offer(f"Expand macro '{found.name}'", REWRITE, edits)
