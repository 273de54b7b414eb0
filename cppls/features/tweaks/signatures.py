"""A function's declaration as text: its parts, and how a definition elsewhere begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from cppls.core.live_anatomy import NodeKind
from cppls.core.live_refactoring import Function, FunctionFlag
from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.tweaks.moving import end_of, has_directives, refuse_unless, start_of
from cppls.features.tweaks.templates import Templates

_FRONT: Final = re.compile(rb"\b(?:virtual|static|inline|friend|extern|explicit)\b[ \t]*")
_ATTRIBUTE: Final = re.compile(rb"\[\[[^\]]*\]\][ \t\r\n]*")
_BACK: Final = re.compile(rb"[ \t\r\n]*\b(?:override|final)\b")
_REFUSED: Final = frozenset(
    (b"constexpr", b"consteval", b"__attribute__", b"__declspec", b"try", b"requires", b"template")
)
_REASONS: Final = {
    FunctionFlag.TEMPLATE: "the function is a template, or in one",
    FunctionFlag.LOCAL: "the function is of a class in a function",
    FunctionFlag.MACRO: "a macro wrote the function",
    FunctionFlag.FRIEND: "the function is a friend",
    FunctionFlag.GIVEN: "the function is deleted or defaulted",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Offsets in ``data``; ``plain`` is that without comments, directives and literals.

    ``start`` is where the declaration begins, ``name`` its name; the parameters stand from ``open``
    to before ``close``; ``tail`` ends all that stands before a body, its initialisers and ``= 0``.
    """

    data: bytes
    plain: bytes
    start: int
    name: int
    open: int
    close: int
    tail: int

    @property
    def parameters(self) -> bytes:
        """With their parentheses."""
        return self.data[self.open : self.close]


def signature(text: Text, function: Function, templates: Templates | None = None) -> Signature:
    """Of a function of ``text``, behind its own head where it is one of ``templates``. Raises
    ``Refused`` for what cannot be written twice."""
    for flag, reason in _REASONS.items():
        allowed = templates is not None and flag == FunctionFlag.TEMPLATE
        refuse_unless(allowed or not function.flags & flag, reason)
    stop = function.body if function.body is not None else None
    end = text.offset(start_of(stop)) if stop is not None else _end(text, function.span)
    found = parts(text, function.span, text.offset(start_of(function.name_span)), end)
    if templates is not None and templates.own is not None:
        found = replace(found, start=templates.own.end)
    words = set(re.findall(rb"\w+", found.plain[found.start : end]))
    refuse_unless(not words & _REFUSED, _names_of(words))
    deduced = rb"auto" in re.findall(rb"\w+", found.plain[found.start : found.name])
    trailing = b"->" in found.plain[found.close : found.tail]
    refuse_unless(trailing or not deduced, "its result is deduced from its body")
    return found


def parts(text: Text, span: Span, name: int, end: int) -> Signature:
    """Of the declaration at ``span``, whose name begins at ``name``, up to ``end``."""
    data, plain = text.data, blanked(text.data)
    start = text.offset(start_of(span))
    refuse_unless(not has_directives(data[start:end]), "preprocessor directives are in its head")
    opened = plain.find(b"(", _behind_operator(plain, name), end)
    refuse_unless(opened >= 0, "its parameters cannot be found")
    close = _closing(plain, opened, end)
    colon = re.compile(rb"(?<!:):(?!:)|=").search(plain, close, end)
    tail = colon.start() if colon is not None else end
    tail = close + len(plain[close:tail].rstrip())
    return Signature(data, plain, start, name, opened, close, tail)


def definition_head(
    text: Text,
    function: Function,
    qualifier: str,
    namespace: str,
    templates: Templates | None = None,
) -> str:
    """What a definition of ``function`` begins with, up to its body: outside of its classes,
    called ``qualifier`` and its name, in ``namespace``."""
    found = signature(text, function, templates)
    front = _qualified(text, function, found, namespace, templates)
    middle = found.data[found.name : found.open] + _without_defaults(text, function, found)
    back = _BACK.sub(b"", found.data[found.close : found.tail])
    head = front + qualifier.encode() + middle + back
    heads = templates.heads if templates is not None else ""
    return heads + head.decode("utf-8", "replace").strip()


def is_plain(function: Function) -> bool:
    """Whether it is a function or method that code can define elsewhere at all."""
    return function.kind in _KINDS and not any(function.flags & flag for flag in _REASONS)


def is_template(function: Function) -> bool:
    """Whether it would be, were it not a template, or of one."""
    others = [flag for flag in _REASONS if flag != FunctionFlag.TEMPLATE]
    return (
        function.kind in (*_KINDS, NodeKind.FUNCTION_TEMPLATE)
        and bool(function.flags & FunctionFlag.TEMPLATE)
        and not any(function.flags & flag for flag in others)
    )


_KINDS: Final = (
    NodeKind.FUNCTION,
    NodeKind.METHOD,
    NodeKind.CONSTRUCTOR,
    NodeKind.DESTRUCTOR,
    NodeKind.CONVERSION,
)


def _qualified(
    text: Text,
    function: Function,
    found: Signature,
    namespace: str,
    templates: Templates | None,
) -> bytes:
    """What stands before the name, fit for another scope."""
    data = found.data[found.start : found.name]
    for each in sorted(function.qualifiers, key=lambda each: start_of(each.at), reverse=True):
        place = text.offset(start_of(each.at)) - found.start
        scope = each.scope.removeprefix(namespace).removeprefix("::") if namespace else each.scope
        inside = not namespace or each.scope == namespace or each.scope.startswith(f"{namespace}::")
        scope = scope if inside else each.scope
        if not scope or not 0 <= place < len(data) or data[:place].rstrip().endswith(b"::"):
            continue
        if templates is not None and scope:
            if _word_at(data, place) in templates.parameters:
                continue
            scope = _of_template(data, place, scope, templates)
        data = data[:place] + scope.encode() + b"::" + data[place:]
    for each in templates.classes if templates is not None else ():
        own = rb"(?<!::)\b" + each.name.encode() + rb"\b(?!\s*<)"
        data = re.sub(own, each.full_name.encode(), data)
    return _FRONT.sub(b"", _ATTRIBUTE.sub(b"", data)).lstrip()


def _word_at(data: bytes, place: int) -> str:
    found = re.compile(rb"\w*").match(data, place)
    return found[0].decode() if found is not None else ""


def _of_template(data: bytes, place: int, scope: str, templates: Templates) -> str:
    """What a type is of, as it is said outside: of a class template it is called ``typename``."""
    names = scope.split("::")
    if not {each.name for each in templates.classes} & set(names):
        return scope
    is_said = re.search(rb"\b(?:typename|template)\s*$", data[:place])
    has_arguments = re.compile(rb"\w+\s*<").match(data, place)
    refuse_unless(not is_said and not has_arguments, "its result is a template of its class")
    return f"typename {templates.called(names).removesuffix('::')}"


def _without_defaults(text: Text, function: Function, found: Signature) -> bytes:
    data = found.parameters
    for parameter in reversed(function.parameters):
        span = parameter.span
        refuse_unless(span is not None, "a macro wrote a parameter")
        if span is None:
            continue
        first, last = text.offset(start_of(span)), _end(text, span)
        equal = found.plain.find(b"=", first, last)
        if equal >= 0:
            kept = len(found.data[:equal].rstrip())
            data = data[: kept - found.open] + data[last - found.open :]
    return data


def _behind_operator(plain: bytes, name: int) -> int:
    """Behind ``operator()``, whose own parentheses hold no parameters."""
    found = re.compile(rb"operator\s*\(\s*\)").match(plain, name)
    return found.end() if found is not None else name


def _closing(plain: bytes, opened: int, end: int) -> int:
    depth = 0
    for at in range(opened, end):
        depth += {ord("("): 1, ord(")"): -1}.get(plain[at], 0)
        if depth == 0:
            return at + 1
    refuse_unless(False, "its parameters do not end")
    return end


def _names_of(words: set[bytes]) -> str:
    return f"it is {', '.join(sorted(word.decode() for word in words & _REFUSED))}"


def _end(text: Text, span: Span) -> int:
    return text.offset(end_of(span))
