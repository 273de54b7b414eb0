"""The body of a function moves out of its class, or out of its header."""

from __future__ import annotations

import re

from cppls.core.live_refactoring import Function, FunctionFlag
from cppls.core.model import Edit, Span
from cppls.features.tweaks.homes import Home, home_of
from cppls.features.tweaks.moving import (
    HEADERS,
    end_of,
    has_directives,
    identifiers,
    refuse_unless,
    reindented,
)
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Refused, Selection, covers
from cppls.features.tweaks.signatures import (
    Signature,
    definition_head,
    is_plain,
    is_template,
    signature,
)
from cppls.features.tweaks.templates import Templates, templates_of


async def define_outline(selection: Selection) -> Offer | None:
    """On the head of a method that is defined in its class, or of a function in a header."""
    function = await selection.function()
    if function is None or function.body is None:
        return None
    is_member = bool(function.flags & FunctionFlag.MEMBER)
    if not is_plain(function) and not (is_member and is_template(function)):
        return None
    if covers(function.body, selection.span) or not covers(function.span, selection.span):
        return None
    if is_member:
        if function.outermost == function.span:
            return None  # It stands outside of its class already.
    elif not selection.path.endswith(HEADERS):
        return None

    async def edits() -> Edits:
        return await _edits(selection, function)

    return Offer("Move function body to out-of-line", REWRITE, edits)


async def _edits(selection: Selection, function: Function) -> Edits:
    text = selection.text
    if function.body is None:
        raise Refused("it has no body")
    templates = templates_of(text, selection.chain, function) if is_template(function) else None
    found = signature(text, function, templates)
    body_end = text.offset(end_of(function.body))
    moved = text.data[found.tail : body_end].decode("utf-8", "replace")
    refuse_unless(not has_directives(moved.encode()), "its body has preprocessor directives")
    undefined = set(
        re.findall(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", text.data.decode("utf-8", "replace"), re.M)
    )
    refuse_unless(not undefined & identifiers(moved), "it uses a macro that the header undefines")
    free = not function.flags & FunctionFlag.MEMBER
    refuse_unless(not free or not function.flags & FunctionFlag.STATIC, "every file has its own")
    home = await home_of(selection, function, templates)
    refuse_unless(home.path != selection.path or not free, "the header has no source file")
    code = definition(selection, function, home, moved.lstrip(" "), templates)
    edits = selection.change(*_declared(selection, found, body_end, home))
    edits.setdefault(home.path, []).append(home.insertion(code))
    return edits


def definition(
    selection: Selection,
    function: Function,
    home: Home,
    tail: str,
    templates: Templates | None = None,
) -> str:
    """The whole definition, with ``tail`` (initialisers and body) behind its head."""
    head = definition_head(selection.text, function, home.qualifier, home.namespace, templates)
    indent = selection.indentation(function.span.line)
    space = "" if tail.startswith(("\n", "\r")) else " "
    return reindented(f"{home.specifier}{head}{space}{tail}", indent, "")


def _declared(selection: Selection, found: Signature, body_end: int, home: Home) -> list[Edit]:
    """What is left of it: a declaration, which is not inline when it is defined in a source."""
    text = selection.text
    start, end = text.position(found.tail), text.position(body_end)
    followed = re.match(rb"\s*;", found.plain[body_end:]) is not None
    semicolon = "" if followed else ";"
    edits = [Edit(Span(start.line, start.column, end.line, end.column), semicolon)]
    word = re.compile(rb"\binline\b\s*").search(found.plain, found.start, found.name)
    if word is not None and home.path != selection.path:
        first, last = text.position(word.start()), text.position(word.end())
        edits.insert(0, Edit(Span(first.line, first.column, last.line, last.column), ""))
    return edits
