"""The definition of a function moves to its declaration."""

from __future__ import annotations

import os
import re

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_refactoring import Function, FunctionFlag, VisibleAtDeclaration
from cppls.core.model import Edit, Span
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.tweaks.homes import includes
from cppls.features.tweaks.moving import (
    HEADERS,
    before,
    behind,
    conditions,
    end_of,
    has_directives,
    refuse_unless,
    reindented,
    start_of,
)
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Refused, Selection, covers
from cppls.features.tweaks.signatures import Signature, is_plain, is_template, parts, signature
from cppls.features.tweaks.templates import template_head, templates_of


async def define_inline(selection: Selection) -> Offer | None:
    """On the head of a definition that is declared elsewhere."""
    function = await selection.function()
    if function is None or function.body is None:
        return None
    if not is_plain(function) and not _is_function_template(function):
        return None
    if covers(function.body, selection.span) or not covers(function.span, selection.span):
        return None
    if function.other is None:
        return None

    async def edits() -> Edits:
        return await _edits(selection, function)

    return Offer("Move function body to declaration", REWRITE, edits)


def _is_function_template(function: Function) -> bool:
    """Methods of class templates are none: their own name has that of the class in it."""
    return function.kind == NodeKind.FUNCTION_TEMPLATE and is_template(function)


async def _edits(selection: Selection, function: Function) -> Edits:
    templates = None
    if is_template(function):
        templates = templates_of(selection.text, selection.chain, function)
    found = signature(selection.text, function, templates)
    seen = await selection.live.ask(VisibleAtDeclaration(start_of(function.name_span)))
    if seen is None or function.body is None or function.other is None:
        raise Refused("its declaration is not known")
    refuse_unless(not seen.hidden, f"'{seen.hidden}' may not be known at the declaration")
    path = os.fsdecode(seen.path)
    needed = set(map(os.fsdecode, seen.files))
    if needed and not await includes(selection.snapshot, path, needed):
        names = ", ".join(sorted(map(os.path.basename, needed)))
        raise Refused(f"{path} does not include all of {names}")
    text = selection.snapshot.text(path)
    if text is None or text.offset(end_of(seen.span)) > len(text.data):
        raise Refused(f"{path} cannot be read")
    body_end = selection.text.offset(end_of(function.body))
    moved = selection.text.data[found.tail : body_end].decode("utf-8", "replace")
    refuse_unless(not has_directives(moved.encode()), "its body has preprocessor directives")
    declared = _declaration(text, seen.span, function, found)
    if templates is not None:
        head = template_head(text, text.offset(start_of(seen.span)))
        same = head is not None and templates.own is not None and head.text == templates.own.text
        refuse_unless(same, "the parameters of its template are declared otherwise")
    edits = {path: _defined(selection, function, text, seen.span, declared, moved)}
    removed = _removed(selection, function)
    edits.setdefault(selection.path, []).append(Edit(removed, ""))
    return edits


def _declaration(text: Text, span: Span, function: Function, found: Signature) -> Signature:
    """The declaration's parts. Raises ``Refused`` unless it says what the definition says."""
    plain = blanked(text.data)
    start, end = text.offset(start_of(span)), text.offset(end_of(span))
    name = function.name.split("<")[0]
    pattern = re.escape(name).replace(r"\ ", r"\s*").encode()
    word = re.compile(rb"(?<!\w)" + pattern + rb"\s*\(").search(plain, start, end)
    if word is None:
        raise Refused("its declaration is not as it was when it was read")
    declared = parts(text, span, word.start(), end)
    same = _normal(declared.parameters, plain=True) == _normal(found.parameters, plain=False)
    refuse_unless(same, "its parameters are declared otherwise")
    rest = plain[declared.tail : end].strip()
    refuse_unless(not rest, "its declaration ends otherwise")
    refuse_unless(b"extern" not in plain[start : declared.name].split(), "it is declared extern")
    return declared


def _normal(parameters: bytes, *, plain: bool) -> bytes:
    """Parameters without white space; of a declaration without defaults, which are simple."""
    text = blanked(parameters) if plain else parameters
    text = re.sub(rb"\s*=[^,()]*(?=[,)])", b"", text) if plain else text
    return re.sub(rb"\s+", b"", text)


def _defined(
    selection: Selection,
    function: Function,
    text: Text,
    span: Span,
    declared: Signature,
    moved: str,
) -> list[Edit]:
    end = behind(text, span)
    start = text.position(declared.tail)
    found = re.match(rb"[ \t]*", text.line(span.line))
    indent = found[0].decode() if found is not None else ""
    old = selection.indentation(function.span.line)
    space = "" if moved[:1].isspace() else " "
    body = reindented(moved, old, indent)
    edits = [Edit(Span(start.line, start.column, end.line, end.column), f"{space}{body}")]
    words = declared.plain[declared.start : declared.name].split()
    in_class = function.flags & FunctionFlag.MEMBER
    header = _is_in_header(function)
    is_inline = function.kind == NodeKind.FUNCTION_TEMPLATE or {b"inline", b"static"} & set(words)
    if header and not in_class and not is_inline:
        first = text.position(declared.start)
        where = Span(first.line, first.column, first.line, first.column)
        edits.insert(0, Edit(where, "inline "))
    return edits


def _is_in_header(function: Function) -> bool:
    """Whether many files may have the declaration."""
    return function.other is not None and os.fsdecode(function.other.path).endswith(HEADERS)


def _removed(selection: Selection, function: Function) -> Span:
    """The definition, with the line that it leaves empty."""
    text = selection.text
    before(text, function.span)
    start, end = text.offset(start_of(function.span)), text.offset(end_of(function.span))
    refuse_unless(conditions(text.data[start:end]) == 0, "it has half of an #if")
    line = text.line(function.span.line)
    if not line[: function.span.column].strip():
        start -= function.span.column
        rest = re.compile(rb"[ \t]*;?[ \t]*(\r?\n)?([ \t]*\r?\n)?").match(text.data, end)
        end = rest.end() if rest is not None else end
    first, last = text.position(start), text.position(end)
    return Span(first.line, first.column, last.line, last.column)
