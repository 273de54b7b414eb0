"""What completion suggests: one value for what a live TU, the index and the text itself offer.

Pure values and how others become them; knows no protocol, and asks nobody.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cppls.core.live_completion import CompletionEdit, CompletionFlag, CompletionItem
from cppls.core.model import Symbol, SymbolFlag, SymbolKind


class ItemKind(enum.Enum):
    """What an item is, as LSP tells them apart."""

    TEXT = "text"
    METHOD = "method"
    FUNCTION = "function"
    CONSTRUCTOR = "constructor"
    FIELD = "field"
    VARIABLE = "variable"
    CLASS = "class"
    INTERFACE = "interface"
    MODULE = "module"
    PROPERTY = "property"
    ENUM = "enum"
    KEYWORD = "keyword"
    SNIPPET = "snippet"
    FILE = "file"
    REFERENCE = "reference"
    FOLDER = "folder"
    ENUM_MEMBER = "enum_member"
    CONSTANT = "constant"
    STRUCT = "struct"
    OPERATOR = "operator"
    TYPE_PARAMETER = "type_parameter"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that may be written.

    It reads ``qualifier name signature``; ``snippet`` is what to insert with an LSP snippet's
    placeholders, ``plain`` without any. ``header`` is what an edit of ``edits`` includes.
    """

    name: str
    kind: ItemKind
    score: int
    """See ``CompletionItem.score``."""
    qualifier: str = ""
    signature: str = ""
    type: str = ""
    snippet: str = ""
    plain: str = ""
    scope: str = ""
    documentation: str = ""
    overloads: int = 0
    deprecated: bool = False
    callable: bool = False
    header: str = ""
    from_index: bool = False
    """The file does not include it yet."""
    edits: list[CompletionEdit] = field(default_factory=list[CompletionEdit])

    @property
    def qualified_name(self) -> str:
        """How the index would call it."""
        return f"{self.scope}::{self.name}" if self.scope else self.name


def of_item(item: CompletionItem, *, call_follows: bool) -> Suggestion:
    """What a live TU offers; ``call_follows``: the arguments are in the text already."""
    kind = _CURSOR_KINDS.get(item.kind, ItemKind.VARIABLE)
    name, snippet, scope = item.name, item.snippet, item.scope
    if kind is ItemKind.KEYWORD and item.flags & CompletionFlag.PATTERN:
        kind = ItemKind.SNIPPET
    if kind is ItemKind.FIELD and not item.scope:
        kind = ItemKind.VARIABLE
    plain = item.qualifier + name
    if item.flags & CompletionFlag.OVERRIDE:
        plain += item.signature
    elif call_follows and item.flags & CompletionFlag.CALLABLE:
        snippet = plain
    elif item.overloads and item.flags & CompletionFlag.CALLABLE:
        # Which of them is meant shows with the arguments: signature help offers them all.
        snippet = f"{plain}(${{0}})"
    if _is_type(item.kind) and scope.endswith(f"::{name}"):
        scope = scope.removesuffix(f"::{name}")
    elif _is_type(item.kind) and scope == name:
        scope = ""
    return Suggestion(
        name=name,
        kind=kind,
        score=item.score,
        qualifier=item.qualifier,
        signature="(…)"
        if item.overloads and item.flags & CompletionFlag.CALLABLE
        else item.signature,
        type=item.type,
        snippet=snippet,
        plain=plain,
        scope=scope,
        documentation=item.brief,
        overloads=item.overloads,
        deprecated=bool(item.flags & CompletionFlag.DEPRECATED),
        callable=bool(item.flags & CompletionFlag.CALLABLE),
        edits=item.edits,
    )


def of_path(item: CompletionItem) -> Suggestion:
    """A file or a folder in an ``#include``; ``item`` ends with the sign that closes it."""
    kind = ItemKind.FOLDER if item.name.endswith("/") else ItemKind.FILE
    return Suggestion(item.name, kind, item.score, snippet=item.snippet, plain=item.name)


def of_symbol(symbol: Symbol, score: int, qualifier: str, *, call_follows: bool) -> Suggestion:
    """What the index knows."""
    kind = _SYMBOL_KINDS.get(symbol.kind, ItemKind.VARIABLE)
    signature, _, result = symbol.signature.rpartition(" -> ")
    is_function = kind in (ItemKind.FUNCTION, ItemKind.METHOD)
    takes_arguments = is_function or bool(symbol.flags & SymbolFlag.FUNCTION_LIKE)
    if not takes_arguments:
        signature, result = "", "" if kind is not ItemKind.VARIABLE else symbol.signature
    elif not signature:
        signature, result = symbol.signature, ""
    plain = qualifier + symbol.name
    arguments = "()" if signature.startswith("()") else "($0)"
    return Suggestion(
        name=symbol.name,
        kind=kind,
        score=score,
        qualifier=qualifier,
        signature=signature,
        type=result,
        snippet=plain + arguments if takes_arguments and not call_follows else plain,
        plain=plain,
        scope=symbol.scope,
        documentation=symbol.brief,
        deprecated=bool(symbol.flags & SymbolFlag.DEPRECATED),
        callable=takes_arguments,
        from_index=True,
    )


def of_word(word: str, score: int, kind: ItemKind) -> Suggestion:
    """A word that stands elsewhere in the text, or a keyword."""
    return Suggestion(word, kind, score, snippet=word, plain=word)


def _is_type(kind: int) -> bool:
    return kind in (2, 3, 4, 31)


_CURSOR_KINDS: Final[Mapping[int, ItemKind]] = {
    2: ItemKind.STRUCT,
    3: ItemKind.STRUCT,
    4: ItemKind.CLASS,
    5: ItemKind.ENUM,
    6: ItemKind.FIELD,
    7: ItemKind.ENUM_MEMBER,
    8: ItemKind.FUNCTION,
    9: ItemKind.VARIABLE,
    10: ItemKind.VARIABLE,
    11: ItemKind.CLASS,
    12: ItemKind.INTERFACE,
    13: ItemKind.INTERFACE,
    14: ItemKind.PROPERTY,
    15: ItemKind.FIELD,
    16: ItemKind.METHOD,
    17: ItemKind.METHOD,
    18: ItemKind.CLASS,
    19: ItemKind.CLASS,
    20: ItemKind.CLASS,
    21: ItemKind.METHOD,
    22: ItemKind.MODULE,
    24: ItemKind.CONSTRUCTOR,
    25: ItemKind.METHOD,
    26: ItemKind.METHOD,
    27: ItemKind.TYPE_PARAMETER,
    28: ItemKind.TYPE_PARAMETER,
    29: ItemKind.TYPE_PARAMETER,
    30: ItemKind.FUNCTION,
    31: ItemKind.CLASS,
    32: ItemKind.CLASS,
    33: ItemKind.MODULE,
    34: ItemKind.MODULE,
    35: ItemKind.REFERENCE,
    36: ItemKind.CLASS,
    72: ItemKind.KEYWORD,
    501: ItemKind.CONSTANT,
    601: ItemKind.CLASS,
    604: ItemKind.INTERFACE,
}
"""By libclang's ``CXCursorKind``; what is not here is a variable."""

_SYMBOL_KINDS: Final[Mapping[SymbolKind, ItemKind]] = {
    SymbolKind.TYPEDEF: ItemKind.CLASS,
    SymbolKind.FUNCTION: ItemKind.FUNCTION,
    SymbolKind.VARIABLE: ItemKind.VARIABLE,
    SymbolKind.ENUM: ItemKind.ENUM,
    SymbolKind.STRUCT: ItemKind.STRUCT,
    SymbolKind.UNION: ItemKind.STRUCT,
    SymbolKind.CLASS: ItemKind.CLASS,
    SymbolKind.NAMESPACE: ItemKind.MODULE,
    SymbolKind.TYPE_ALIAS: ItemKind.CLASS,
    SymbolKind.CONCEPT: ItemKind.INTERFACE,
    SymbolKind.MACRO: ItemKind.CONSTANT,
    SymbolKind.METHOD: ItemKind.METHOD,
    SymbolKind.FIELD: ItemKind.FIELD,
    SymbolKind.ENUM_CONSTANT: ItemKind.ENUM_MEMBER,
}
