"""``textDocument/semanticTokens``: the colours of a file, as clangd gives them."""

from __future__ import annotations

import sys
from array import array
from typing import Final

from cppls.core.live_painting import TOKEN_MODIFIERS, SemanticTokens
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot
from cppls.project.clangd_values import SemanticTokens as Settings


async def semantic_tokens(snapshot: Snapshot, path: str, *, inactive: bool) -> Answer[array[int]]:
    """The tokens of the exact text, one array: five numbers for each, see ``SemanticTokens``.

    Columns and lengths count bytes. There are none before the first parse: the index holds names
    that are seen from other files only, and half a colouring is worse than a late one.
    """
    live = await snapshot.live(path)
    data = await live.ask(SemanticTokens(inactive)) if live is not None else None
    if data is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    numbers = array("I", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    settings = snapshot.config(path).semantic_tokens
    return Answer([enabled(numbers, settings) if settings != _ALL else numbers])


def enabled(numbers: array[int], settings: Settings) -> array[int]:
    """``numbers`` without the types and modifiers that ``settings`` disable, by clangd's names."""
    hidden = {number for number, kind in enumerate(_KINDS) if kind in settings.disabled_kinds}
    modifiers = ~sum({_modifier_bit(each) for each in settings.disabled_modifiers})
    kept = array("I")
    lines = columns = 0
    for start in range(0, len(numbers), 5):
        line, column, length, kind, flags = numbers[start : start + 5]
        lines, columns = lines + line, column if line else columns + column
        if kind not in hidden:
            kept.extend((lines, columns, length, kind, flags & modifiers))
            lines = columns = 0
    return kept


def _modifier_bit(modifier: str) -> int:
    name = modifier[:1].lower() + modifier[1:]
    return 1 << TOKEN_MODIFIERS.index(name) if name in TOKEN_MODIFIERS else 0


_ALL: Final = Settings()
_KINDS: Final = (
    *("Variable", "LocalVariable", "Parameter", "Function", "Method", "StaticMethod", "Field"),
    *("StaticField", "Class", "Interface", "Enum", "EnumConstant", "Typedef", "Type", "Unknown"),
    *("Namespace", "TemplateParameter", "Concept", "Primitive", "Macro", "Modifier", "Operator"),
    *("Bracket", "Label", "InactiveCode"),
)
"""What clangd's settings call ``TOKEN_TYPES``."""
