"""Template heads as text: what stands before a definition outside of its class templates.

Works on text and on the nodes around a selection. What cannot be said twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cppls.core.live_anatomy import Node, NodeKind
from cppls.core.live_refactoring import Function
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.tweaks.moving import has_directives, refuse_unless, start_of

_TEMPLATE: Final = re.compile(rb"template\s*(?=<)")
_CLASS: Final = re.compile(rb"\s*(?:class|struct|union)\s+(?P<name>\w+)\s*(?P<next>[<:{]|final\b)")
_NAME: Final = re.compile(rb"(?P<name>[A-Za-z_]\w*)\s*$")
_NO_NAMES: Final = frozenset(
    b"class typename auto bool char short int long unsigned signed float double const".split()
)
_PAIRS: Final = {ord("<"): ord(">"), ord("("): ord(")"), ord("["): ord("]"), ord("{"): ord("}")}


@dataclass(frozen=True, slots=True)
class TemplateHead:
    """``template <class T, int N = 3>``: as it is written before a definition elsewhere, without
    defaults; the parameters as arguments, ``T, N``; their names; where it ends, as an offset."""

    text: str
    arguments: str
    names: frozenset[str]
    end: int


@dataclass(frozen=True, slots=True)
class TemplateClass:
    """A class template around a function, or a specialisation: ``S`` is called ``S<T>`` where it is
    not inside of itself."""

    head: TemplateHead
    name: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Templates:
    """Around a function: the class templates, the outermost first, and its own head."""

    classes: list[TemplateClass]
    own: TemplateHead | None

    @property
    def heads(self) -> str:
        """A line for each; nothing for ``template <>``, which a definition outside does not say."""
        heads = [each.head for each in self.classes]
        heads += [self.own] if self.own is not None else []
        return "".join(f"{head.text}\n" for head in heads if head.names)

    @property
    def parameters(self) -> frozenset[str]:
        """The names of all."""
        own = self.own.names if self.own is not None else frozenset[str]()
        return own.union(*(each.head.names for each in self.classes))

    def called(self, names: Sequence[str]) -> str:
        """Classes by their names, as they are called outside: ``S<T>::Inner::``."""
        full = {each.name: each.full_name for each in self.classes}
        return "".join(f"{full.get(name, name)}::" for name in names)


def templates_of(text: Text, chain: Sequence[Node], function: Function) -> Templates:
    """Of a function of ``text`` that ``chain``, the nodes around a place, leads to.

    Raises ``Refused`` for what cannot be written a second time.
    """
    classes = [node for node in chain if node.kind in _CLASSES and _is_around(node, function)]
    heads = [(node, template_head(text, text.offset(start_of(node.span)))) for node in classes]
    return Templates(
        [_class(text, node, head) for node, head in heads if head is not None],
        template_head(text, text.offset(start_of(function.span))),
    )


def _is_around(node: Node, function: Function) -> bool:
    return node.span != function.span and start_of(node.span) <= start_of(function.span)


def template_head(text: Text, start: int) -> TemplateHead | None:
    """The head that begins at an offset; ``None``: there is none. Raises ``Refused`` for what
    cannot be written a second time: parameters without names, constraints."""
    plain = blanked(text.data)
    begins = _TEMPLATE.match(plain, start)
    if begins is None:
        return None
    end = _closing(plain, begins.end()) + 1
    refuse_unless(not has_directives(text.data[start:end]), "directives are in its template's head")
    kept: list[bytes] = []
    arguments: list[str] = []
    for first, last in _parts(plain, begins.end() + 1, end - 1):
        equal = _default(plain, first, last)
        name = _NAME.search(plain, first, equal)
        has_name = name is not None and name["name"] not in _NO_NAMES
        has_name = has_name and len(plain[first:equal].split()) > 1
        refuse_unless(has_name, "a parameter of its template has no name")
        kept.append(text.data[first:equal].strip())
        is_pack = b"..." in plain[first:equal]
        arguments.append(f"{_word(name)}{'...' if is_pack else ''}")
    constrained = re.match(rb"\s*requires\b", plain[end:])
    refuse_unless(constrained is None, "its template has constraints")
    head = b"template <" + b", ".join(kept) + b">"
    names = frozenset(argument.removesuffix("...") for argument in arguments)
    return TemplateHead(head.decode("utf-8", "replace"), ", ".join(arguments), names, end)


_CLASSES: Final = (
    NodeKind.CLASS,
    NodeKind.STRUCT,
    NodeKind.UNION,
    NodeKind.CLASS_TEMPLATE,
    NodeKind.CLASS_PARTIAL_SPECIALISATION,
)


def _class(text: Text, node: Node, head: TemplateHead) -> TemplateClass:
    plain = blanked(text.data)
    named = _CLASS.match(plain, head.end)
    refuse_unless(named is not None, "its class template cannot be read")
    name = _word(named)
    arguments = head.arguments
    if named is not None and named["next"] == b"<":
        opened = named.start("next")
        arguments = text.data[opened + 1 : _closing(plain, opened)].decode("utf-8", "replace")
    return TemplateClass(head, name, f"{name}<{arguments}>")


def _word(match: re.Match[bytes] | None) -> str:
    return match["name"].decode() if match is not None else ""


def _closing(plain: bytes, opened: int) -> int:
    """Where the bracket at ``opened`` closes. Raises ``Refused``."""
    stack: list[int] = []
    for at in range(opened, len(plain)):
        byte = plain[at]
        if byte in _PAIRS and not (byte == ord("<") and stack and stack[-1] != ord(">")):
            stack.append(_PAIRS[byte])
        elif stack and byte == stack[-1]:
            stack.pop()
        if not stack:
            return at
    refuse_unless(False, "its template's head does not end")
    return opened


def _parts(plain: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Between commas that no bracket holds; nothing when there is nothing."""
    first = at = start
    while at < end:
        if plain[at] in _PAIRS:
            at = _closing(plain, at)
        elif plain[at] == ord(","):
            yield first, at
            first = at + 1
        at += 1
    if plain[first:end].strip():
        yield first, end


def _default(plain: bytes, start: int, end: int) -> int:
    """Where the ``=`` of a parameter is; its end when it has none."""
    at = start
    while at < end and plain[at] != ord("="):
        at = _closing(plain, at) + 1 if plain[at] in _PAIRS else at + 1
    return min(at, end)
