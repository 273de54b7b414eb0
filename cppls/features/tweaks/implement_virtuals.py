"""A class declares the pure virtual methods that it inherits and does not implement."""

from __future__ import annotations

import re
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_refactoring import PureFlag, PureMethod, PureMethods, PureMethodsOf
from cppls.core.model import Edit, Position
from cppls.features.lexical import blanked
from cppls.features.tweaks.moving import (
    conditions,
    declared,
    end_of,
    is_writable,
    refuse_unless,
    shortened,
    start_of,
)
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, at

_CLASSES: Final = (NodeKind.CLASS, NodeKind.STRUCT)
_PARTS: Final = (*_CLASSES, NodeKind.BASE, NodeKind.TYPE_REFERENCE, NodeKind.NAMESPACE_REFERENCE)
_LABEL: Final = re.compile(rb"[{};:]\s*(public|protected|private)\s*:(?!:)")


async def implement_virtuals(selection: Selection) -> Offer | None:
    """On a class, outside of its members."""
    if not selection.chain or selection.chain[-1].kind not in _PARTS:
        return None
    if not any(node.kind in _CLASSES for node in selection.chain):
        return None
    found = await selection.live.ask(PureMethods(selection.start))
    if found is None or not found.methods:
        return None

    async def edits() -> Edits:
        return _edits(selection, found)

    return Offer("Override pure virtual methods", REWRITE, edits)


def _edits(selection: Selection, found: PureMethodsOf) -> Edits:
    text = selection.text
    plain = blanked(text.data)
    brace = text.offset(end_of(found.span)) - 1
    start = text.offset(start_of(found.span))
    opened = plain.find(b"{", start, brace + 1)
    refuse_unless(opened >= 0 and plain[brace : brace + 1] == b"}", "a macro wrote the class")
    refuse_unless(conditions(text.data[start:brace]) == 0, "an #if goes across the class's end")
    lines = [_declaration(method, found.scope) for method in found.methods]
    base = selection.indentation(found.span.line)
    step = selection.step()
    code = "".join(f"{base}{step}{line}\n" for line in lines)
    if not _is_public(plain, start, opened, brace):
        code = f"{base}public:\n{code}"
    position = text.position(brace)
    before = text.line(position.line)[: position.column]
    if before.strip():
        return selection.change(Edit(at(position), f"\n{code}{base}"))
    return selection.change(Edit(at(Position(position.line, 0)), code))


def _is_public(plain: bytes, start: int, opened: int, brace: int) -> bool:
    """Whether the last members of the class are."""
    body = bytearray(plain[opened : brace + 1])
    depth = 0
    for number, byte in enumerate(body):
        depth += {ord("{"): 1, ord("}"): -1}.get(byte, 0)
        if depth > 1:
            body[number] = ord(" ")
    labels = _LABEL.findall(bytes(body))
    if labels:
        return labels[-1] == b"public"
    return re.match(rb"(?:typedef\s+)?struct\b", plain[start:opened]) is not None


def _declaration(method: PureMethod, scope: str) -> str:
    result = shortened(method.result, scope)
    conversion = method.flags & PureFlag.CONVERSION
    types = [type for _, type in method.parameters]
    told = not any("type-parameter" in type or "<dependent" in type for type in (result, *types))
    refuse_unless(
        told and is_writable(result), f"what '{method.name}' returns cannot be written: {result}"
    )
    parameters = ", ".join(_parameter(name, type, scope) for name, type in method.parameters)
    space = "" if result.endswith(("*", "&")) else " "
    head = f"operator {result}" if conversion else f"{result}{space}{method.name}"
    parts = [
        f"{head}({parameters})",
        "const" if method.flags & PureFlag.CONST else "",
        "&" if method.flags & PureFlag.LVALUE else "",
        "&&" if method.flags & PureFlag.RVALUE else "",
        "noexcept" if method.flags & PureFlag.NOEXCEPT else "",
        "override;",
    ]
    return " ".join(part for part in parts if part)


def _parameter(name: str, type: str, scope: str) -> str:
    written = shortened(type, scope)
    # A type that goes around its name can stand without one.
    return declared(written, name) if name and is_writable(written) else written
