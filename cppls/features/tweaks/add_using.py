"""A qualified name becomes a plain one, with a using-declaration above."""

from __future__ import annotations

import re
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_questions import SymbolAt
from cppls.core.model import Edit, Position, Span, SymbolKind
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, at

_QUALIFIER: Final = re.compile(rb"(?:::\s*)?(?:[\w$]+\s*::\s*)+$")
_FIRST: Final = re.compile(rb"[\w$]+")
_USING: Final = re.compile(rb"[ \t]*using\s+[\w:]+::[\w:]+\s*;")
_INCLUDE: Final = re.compile(rb"[ \t]*#[ \t]*include\b")
_HEADERS: Final = (".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inc", ".ipp", ".tpp")
_USABLE: Final = (
    SymbolKind.CLASS,
    SymbolKind.STRUCT,
    SymbolKind.UNION,
    SymbolKind.ENUM,
    SymbolKind.TYPEDEF,
    SymbolKind.TYPE_ALIAS,
    SymbolKind.FUNCTION,
    SymbolKind.VARIABLE,
)


async def add_using(selection: Selection) -> Offer | None:
    """On a name of a namespace that is qualified; in sources, as everybody includes a header."""
    word = selection.text.identifier_at(selection.start)
    if word is None or selection.path.endswith(_HEADERS) or not selection.chain:
        return None
    line = selection.text.line(word.span.line)
    qualifier = _QUALIFIER.search(line[: word.span.column])
    found = await selection.live.ask(SymbolAt(selection.start))
    if qualifier is None or found is None or not found.symbols:
        return None
    symbol = found.symbols[0]
    if symbol.kind not in _USABLE or not symbol.scope or _USING.match(line):
        return None
    if not await _is_namespace(selection, word.span.line, qualifier):
        return None
    removed = Span(word.span.line, qualifier.start(), word.span.line, word.span.column)

    async def edits() -> Edits:
        using = f"using {symbol.scope}::{symbol.name};"
        inserted = _insertion(selection, using)
        return selection.change(*inserted, Edit(removed, ""))

    title = f"Add using-declaration for {symbol.name} and remove qualifier"
    return Offer(title, REWRITE, edits)


async def _is_namespace(selection: Selection, line: int, qualifier: re.Match[bytes]) -> bool:
    """Whether what stands directly before the name is a namespace: members have no using."""
    last = list(_FIRST.finditer(qualifier[0]))[-1]
    position = Position(line, qualifier.start() + last.start())
    found = await selection.live.ask(SymbolAt(position))
    kinds = {symbol.kind for symbol in found.symbols} if found is not None else set[int]()
    return bool(kinds) and kinds <= {SymbolKind.NAMESPACE, SymbolKind.NAMESPACE_ALIAS}


def _insertion(selection: Selection, using: str) -> list[Edit]:
    """Where the declaration goes: behind the last one of its kind, else at the top of what holds
    the name, else behind the includes. Nothing when it is there already."""
    namespace = selection.innermost(NodeKind.NAMESPACE)
    first = namespace.span.line if namespace is not None else 0
    until = selection.chain[0].span.line if namespace is None else selection.span.line
    lines = [selection.text.line(number) for number in range(first, until)]
    if any(line.strip() == using.encode() for line in lines):
        return []
    for pattern in (_USING, _INCLUDE):
        numbers = [number for number, line in enumerate(lines, first) if pattern.match(line)]
        if numbers and (pattern is _USING or namespace is None):
            indent = selection.indentation(numbers[-1])
            return [Edit(at(Position(numbers[-1] + 1, 0)), f"{indent}{using}\n")]
    if namespace is not None:
        opened = selection.text.data.find(b"{", selection.text.offset(_start(namespace.span)))
        line = selection.text.position(opened).line
        return [Edit(at(Position(line + 1, 0)), f"{using}\n")]
    return [Edit(at(Position(0, 0)), f"{using}\n")]


def _start(span: Span) -> Position:
    return Position(span.line, span.column)
