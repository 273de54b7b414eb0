"""What a word may mean by its name alone: symbols of the index that are called so, if they are few.

For words that no compiler has resolved, or that libclang does not tell of. What stands around the
word narrows the choice, read from the text: its qualifier (``a::b<c>::word``) and the namespaces
that it stands in. Must not know which feature asks, nor that there are live TUs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from cppls.core.model import Position, Symbol, SymbolKind
from cppls.core.text import Identifier, Text
from cppls.features.lexical import blanked
from cppls.features.namespaces import as_seen_from
from cppls.index.reader import Reader

FEW: Final = 5
"""Symbols of a name at the most for the name alone to be an answer; clangd's bound too."""

_LOOKED_AT: Final = 1_000
"""Symbols of one name at the most that are looked at."""
_QUALIFIER_REACH: Final = 500
"""So many bytes before a word its qualifier begins at the most."""
_STATEMENT_REACH: Final = 2_000
"""So many bytes before one of its names an explicit instantiation begins at the most."""
_INSTANTIATION: Final = re.compile(rb"(?:\A|[;{}])\s*(?:extern\s+)?template\b(?!\s*<)[^;{}]*\Z")
_BLOCK: Final = re.compile(
    rb"\b(?P<inline>inline\s+)?namespace\b(?P<names>[\w\s:]*)\{|(?P<open>\{)|(?P<close>\})"
)
_LAST_WORD: Final = re.compile(rb"[A-Za-z_]\w*\Z")


def namesakes(
    reader: Reader, path: str, text: Text, token: Identifier, *, elsewhere: bool = True
) -> list[Symbol]:
    """The symbols that ``token`` may mean; none when they are more than a few. A class stands for
    its constructors.

    Those that the scopes around it hold, the innermost first; else those that occur in the file;
    else, with ``elsewhere``, any.
    """
    named = _named(reader, token)
    here = reader.occurring_in(path, [symbol.id for symbol in named])
    chosen = [symbol for symbol in named if symbol.id in here]
    if elsewhere and len(named) > 1:
        chosen = _in_scope(named, scopes_of(text, token)) or chosen
    if elsewhere and not chosen:
        chosen = named
    return [as_seen_from(reader, path, each) for each in chosen] if len(chosen) <= FEW else []


def may_instantiate(text: Text, token: Identifier) -> bool:
    """Whether it is worth asking :func:`instantiated`: a glance at what stands before ``token``."""
    start = _offset(text, token)
    return b"template" in text.data[max(0, start - _STATEMENT_REACH) : start]


def instantiated(reader: Reader, path: str, text: Text, token: Identifier) -> list[Symbol]:
    """What a name of an explicit instantiation (``template class a::b<c>;``) means, by the scopes
    that it is looked up in; nothing elsewhere.

    libclang has no cursor for those of a function, nor for those of a class template that comes
    from a preamble.
    """
    if not _INSTANTIATION.search(blanked(text.data[: _offset(text, token)])):
        return []
    found = _in_scope(_named(reader, token), scopes_of(text, token))
    return [as_seen_from(reader, path, each) for each in found]


def scopes_of(text: Text, token: Identifier) -> list[str]:
    """The qualified names of the scopes in which ``token`` is looked up, the innermost first; none
    for a member (``object.token``), whose scope the text does not tell."""
    start = _offset(text, token)
    head = text.data[max(0, start - _QUALIFIER_REACH) : start].rstrip()
    if head.endswith((b".", b"->")):
        return []
    qualifier = "::".join(reversed([*_qualifiers(head)]))
    around = list(_namespaces(text.data, start))
    enclosing = ["::".join(around[:count]) for count in range(len(around), -1, -1)]
    return ["::".join(filter(None, (outer, qualifier))) for outer in enclosing]


def _named(reader: Reader, token: Identifier) -> list[Symbol]:
    """What is called so; a class stands for its constructors."""
    found = reader.symbols_named(token.name, _LOOKED_AT)
    return [symbol for symbol in found if symbol.kind is not SymbolKind.CONSTRUCTOR]


def _offset(text: Text, token: Identifier) -> int:
    return text.offset(Position(token.span.line, token.span.column))


def _in_scope(symbols: Sequence[Symbol], scopes: Sequence[str]) -> list[Symbol]:
    for scope in scopes:
        found = [symbol for symbol in symbols if symbol.scope == scope]
        if found:
            return found
    return []


def _qualifiers(head: bytes) -> Iterator[str]:
    """The names before the ``::`` that ``head`` ends with, the last one first."""
    while head.endswith(b"::"):
        head = _without_arguments(head[:-2].rstrip())
        name = _LAST_WORD.search(head)
        if name is None:
            return
        yield name[0].decode()
        head = head[: name.start()].rstrip()


def _without_arguments(head: bytes) -> bytes:
    """``Name`` of ``Name<...>``."""
    if not head.endswith(b">"):
        return head
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        depth += (head[at] == ord(">")) - (head[at] == ord("<"))
        if depth == 0:
            return head[:at].rstrip()
    return b""


def _namespaces(data: bytes, end: int) -> list[str]:
    """Names of the namespaces around the byte ``end``, the outermost first; inline and unnamed ones
    are part of what is around them."""
    blocks: list[list[str]] = []
    for block in _BLOCK.finditer(blanked(data[:end])):
        if block["close"]:
            del blocks[-1:]
        else:
            names = b"" if block["open"] or block["inline"] else block["names"]
            blocks.append([each.strip().decode() for each in names.split(b"::") if each.strip()])
    return [name for names in blocks for name in names]
