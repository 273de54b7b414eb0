"""Code that is moved or made: where it can stand, how it is written there.

Works on text and on what a live TU told of functions. What cannot be told from these is refused.
"""

from __future__ import annotations

import re
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_refactoring import Function
from cppls.core.model import Edit, Position, Span
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.tweaks.selection import Refused, Selection, at

C_SUFFIXES: Final = (".c", ".m")
HEADERS: Final = (".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inc", ".ipp", ".tpp", ".cuh")

_ARRAY: Final = re.compile(r"(?P<element>[^\[\](]+?) ?(?P<sizes>(?:\[\d+\])+)")
_COMMENT: Final = re.compile(rb"[ \t]*(?://|/\*|\*)")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_CONDITION: Final = re.compile(rb"^[ \t]*#[ \t]*(if|endif|el)", re.MULTILINE)


def refuse_unless(condition: object, reason: str) -> None:
    """Raises ``Refused`` with ``reason`` where the condition does not hold."""
    if not condition:
        raise Refused(reason)


def start_of(span: Span) -> Position:
    """Where a span begins."""
    return Position(span.line, span.column)


def end_of(span: Span) -> Position:
    """Behind its last character."""
    return Position(span.end_line, span.end_column)


def before(text: Text, span: Span) -> Position:
    """Where another declaration can stand before the one at ``span``: above its comment.

    Raises ``Refused`` when what stands before it may belong to it (an attribute, a macro).
    """
    plain = blanked(text.data)
    start = text.offset(start_of(span))
    last = plain[:start].rstrip()[-1:]
    refuse_unless(
        last in (b"", b"{", b"}", b";", b":"), "something before the function belongs to it"
    )
    if text.line(span.line)[: span.column].strip():
        return start_of(span)
    line = span.line
    while line > 0 and _COMMENT.match(text.line(line - 1)):
        line -= 1
    # What looks like a comment's line may be code, or a part of what stands before.
    first = text.offset(Position(line, 0))
    return Position(span.line if plain[first:start].strip() else line, 0)


def insertion(text: Text, position: Position, code: str, indent: str) -> Edit:
    """``code``, declarations with their last newline, at a place of :func:`before`."""
    if text.line(position.line)[: position.column].strip():
        return Edit(at(position), f"{code}{indent}")
    return Edit(at(position), f"{code}\n")


def behind(text: Text, span: Span) -> Position:
    """Behind the declaration at ``span`` and the semicolon that ends it.

    Raises ``Refused`` when something else follows it, up to a semicolon: a declarator.
    """
    end = text.offset(end_of(span))
    found = re.match(rb"\s*;", blanked(text.data)[end:])
    refuse_unless(found, "other declarations follow in the same statement")
    return text.position(end + (found.end() if found is not None else 0))


def is_balanced(code: bytes) -> bool:
    """Whether every bracket that opens closes."""
    closing = {b"(": b")", b"[": b"]", b"{": b"}"}
    stack: list[bytes] = []
    for bracket in re.findall(rb"[()\[\]{}]", blanked(code)):
        if bracket in closing:
            stack.append(closing[bracket])
        elif not stack or stack.pop() != bracket:
            return False
    return not stack


def conditions(text: bytes) -> int:
    """How many ``#if`` are open at the end of a text."""
    found = [word[1] for word in _CONDITION.finditer(text)]
    return found.count(b"if") - found.count(b"endif")


def has_directives(text: bytes) -> bool:
    """Whether a line of it is the preprocessor's."""
    return re.search(rb"^[ \t]*#", text, re.MULTILINE) is not None


def declared(type: str, name: str, *, by_reference: bool = False) -> str:
    """``type`` and ``name`` as a declaration. Raises ``Refused`` for types around a name that is
    not at their end."""
    if by_reference:
        type = type.removesuffix("&&").rstrip() if type.endswith("&&") else type
        found = _ARRAY.fullmatch(type)
        if found is not None:
            return f"{found['element']} (&{name}){found['sizes']}"
        type = type if type.endswith("&") else f"{type} &"
    refuse_unless(
        is_writable(type), f"the type of '{name}' cannot be written before its name: {type}"
    )
    return f"{type}{'' if type.endswith(('*', '&')) else ' '}{name}"


def is_writable(type: str) -> bool:
    """Whether a type can be written where a declaration begins."""
    return bool(type) and not re.search(r"[()\[\]]|<dependent|\bauto\b|\bdecltype\b", type)


def shortened(type: str, namespace: str) -> str:
    """Without the name of the namespace that it is written in."""
    if not namespace:
        return type
    return re.sub(rf"(?<![\w:]){re.escape(namespace)}::", "", type)


def namespace_around(selection: Selection) -> str:
    """The qualified name of the namespaces around the selection; empty with a nameless one."""
    names = [node.name for node in selection.chain if node.kind == NodeKind.NAMESPACE]
    return "::".join(names) if all(names) else ""


def qualifier_of(selection: Selection, function: Function) -> str:
    """``Class::`` as it stands before the name of a function where that is defined, or nothing."""
    plain = blanked(selection.text.data)
    start = selection.text.offset(start_of(function.name_span))
    found = re.search(rb"(?:::\s*)?(?:\w+\s*::\s*)+$", plain[:start])
    return re.sub(r"\s", "", found[0].decode()) if found is not None else ""


def identifiers(code: str) -> set[str]:
    """The words of a piece of code."""
    return set(_WORD.findall(code))


def unused_name(wanted: str, text: str) -> str:
    """``wanted``, with a number behind it when the text has such a word already."""
    words = identifiers(text)
    names = (wanted if number == 1 else f"{wanted}{number}" for number in range(1, len(words) + 3))
    return next(name for name in names if name not in words)


def scope_names(function: Function) -> list[str]:
    """The names that lead to it, without those that need not be said."""
    return [scope.name for scope in function.scopes if scope.name and not scope.is_inline]


def reindented(code: str, old: str, new: str) -> str:
    """Lines after the first with ``new`` in place of ``old`` at their beginning; raw strings and
    continued lines stay as they are."""
    if 'R"' in code or "\\\n" in code:
        return code
    lines = code.split("\n")
    moved = [new + line.removeprefix(old) if line.strip() else line for line in lines[1:]]
    return "\n".join([lines[0], *moved])
