"""A qualified name becomes a plain one, with a using-declaration above."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_questions import SymbolAt
from cppls.core.model import Edit, Position, Span, SymbolKind
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, at

_QUALIFIER: Final = re.compile(rb"(?:::\s*)?(?:[\w$]+\s*::\s*)+$")
_FIRST: Final = re.compile(rb"[\w$]+")
_USING: Final = re.compile(rb"[ \t]*using\s+[\w:]+::[\w:]+\s*;")
_INCLUDE: Final = re.compile(rb"[ \t]*#[ \t]*include\b")
_CONDITION: Final = re.compile(rb"[ \t]*#[ \t]*(if|endif)")
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
    if word is None or selection.path.endswith(_HEADERS) or not _has_user(selection):
        return None
    line = selection.text.line(word.span.line)
    qualifier = _QUALIFIER.search(line[: word.span.column])
    found = await selection.live.ask(SymbolAt(selection.start))
    if qualifier is None or found is None or not found.symbols:
        return None
    symbol = found.symbols[0]
    if symbol.kind not in _USABLE or not symbol.scope or _USING.match(line):
        return None
    settings = selection.snapshot.config(selection.path).style
    if _is_always_qualified(symbol.scope, settings.fully_qualified_namespaces):
        return None
    if (symbol.scope, symbol.name) in _ALWAYS_QUALIFIED:
        return None
    if not await _is_namespace(selection, word.span.line, qualifier):
        return None
    removed = Span(word.span.line, qualifier.start(), word.span.line, word.span.column)

    async def edits() -> Edits:
        using = f"using {symbol.scope}::{symbol.name};"
        here = os.fsdecode(symbol.declaration_path) == selection.path
        inserted = _insertion(selection, using, here=here)
        return selection.change(*inserted, Edit(removed, ""))

    title = f"Add using-declaration for {symbol.name} and remove qualifier"
    return Offer(title, REWRITE, edits)


_ALWAYS_QUALIFIED: Final = (("std", "move"), ("std", "forward"))
"""Of these the compiler warns when they are not."""


def _has_user(selection: Selection) -> bool:
    return any(node.kind != NodeKind.NAMESPACE for node in selection.chain)


def _is_always_qualified(scope: str, namespaces: Iterable[str]) -> bool:
    return any(f"{scope}::".startswith(f"{name.strip(':')}::") for name in namespaces)


async def _is_namespace(selection: Selection, line: int, qualifier: re.Match[bytes]) -> bool:
    """Whether what stands directly before the name is a namespace: members have no using."""
    last = list(_FIRST.finditer(qualifier[0]))[-1]
    position = Position(line, qualifier.start() + last.start())
    found = await selection.live.ask(SymbolAt(position))
    kinds = {symbol.kind for symbol in found.symbols} if found is not None else set[int]()
    return bool(kinds) and kinds <= {SymbolKind.NAMESPACE, SymbolKind.NAMESPACE_ALIAS}


def _insertion(selection: Selection, using: str, *, here: bool) -> list[Edit]:
    """Where the declaration goes: behind the last one of its kind, else at the top of what holds
    the name, else behind the includes. Nothing when it is there already. What is declared
    ``here``, in the same file, is known only behind that: directly before its use."""
    namespace = selection.innermost(NodeKind.NAMESPACE)
    user = next(node for node in selection.chain if node.kind != NodeKind.NAMESPACE)
    first = namespace.span.line if namespace is not None else 0
    lines = [selection.text.line(number) for number in range(first, user.span.line)]
    if any(line.strip() == using.encode() for line in lines):
        return []
    if here:
        indent = selection.indentation(user.span.line)
        return [Edit(at(_start(user.span)), f"{using}\n{indent}")]
    for pattern in (_USING, _INCLUDE):
        numbers = [number for number, line in enumerate(lines, first) if pattern.match(line)]
        if numbers and (pattern is _USING or namespace is None):
            indent = selection.indentation(numbers[-1]) if pattern is _USING else ""
            line = _behind_condition(lines, first, numbers[-1])
            return [Edit(at(Position(line, 0)), f"{indent}{using}\n")]
    if namespace is not None:
        opened = selection.text.data.find(b"{", selection.text.offset(_start(namespace.span)))
        line = selection.text.position(opened).line
        return [Edit(at(Position(line + 1, 0)), f"{using}\n")]
    return [Edit(at(Position(user.span.line, 0)), f"{using}\n")]


def _behind_condition(lines: list[bytes], first: int, number: int) -> int:
    """The line behind line ``number``, and behind all ``#if`` around it that end before the use."""
    depth = 0
    behind = number + 1
    for later in range(number + 1, first + len(lines)):
        found = _CONDITION.match(lines[later - first])
        if found is not None:
            depth += 1 if found[1] == b"if" else -1
            if depth < 0:
                depth, behind = 0, later + 1
    return behind


def _start(span: Span) -> Position:
    return Position(span.line, span.column)
