"""What the user has selected: its text, and the syntax around it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from cppls.core.live_anatomy import Anatomy, Node, NodeKind
from cppls.core.live_refactoring import Function, FunctionAt
from cppls.core.model import Edit, Position, Span
from cppls.core.text import Text
from cppls.features.snapshot import LiveDocument, Snapshot

REWRITE: Final = "refactor.rewrite"
EXTRACT: Final = "refactor.extract"
INLINE: Final = "refactor.inline"

_FUNCTIONS: Final = (
    NodeKind.FUNCTION,
    NodeKind.METHOD,
    NodeKind.CONSTRUCTOR,
    NodeKind.DESTRUCTOR,
    NodeKind.CONVERSION,
    NodeKind.FUNCTION_TEMPLATE,
)
_LOOKED_AT: Final = 2000
"""Lines in which the usual indentation is looked for."""

Edits: TypeAlias = dict[str, list[Edit]]
"""By path."""


class Refused(Exception):
    """A tweak cannot be done after all; the text tells the user why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """``kind`` is LSP's ``CodeActionKind``; ``edits()`` may raise ``Refused``."""

    title: str
    kind: str
    edits: Callable[[], Awaitable[Edits]]


@dataclass(frozen=True, slots=True)
class Selection:
    """``span`` of ``path``, whose present text is ``text``; an empty one is a cursor.

    ``chain`` leads from the outermost declaration to the smallest node that covers it.
    """

    snapshot: Snapshot
    live: LiveDocument
    path: str
    text: Text
    span: Span
    chain: list[Node]

    @property
    def start(self) -> Position:
        """Where it begins."""
        return Position(self.span.line, self.span.column)

    def innermost(self, *kinds: int) -> Node | None:
        """The smallest of the nodes around it that has one of these kinds."""
        return next((node for node in reversed(self.chain) if node.kind in kinds), None)

    async def function(self) -> Function | None:
        """The function whose declaration it is in."""
        if self.innermost(*_FUNCTIONS) is None:
            return None
        return await self.live.ask(FunctionAt(self.start))

    def code(self, span: Span) -> str:
        """A part of the text."""
        return self.text.slice(span).decode("utf-8", "replace")

    def indentation(self, line: int) -> str:
        """The white space that a line begins with."""
        found = re.match(rb"[ \t]*", self.text.line(line))
        return found[0].decode() if found is not None else ""

    def step(self) -> str:
        """One level of indentation, as far as the text shows it."""
        lines = map(self.text.line, range(min(self.text.line_count, _LOOKED_AT)))
        indents = {found[1] for line in lines if (found := re.match(rb"([ \t]+)\S", line))}
        return min(indents, key=len, default=b"  ").decode()

    def change(self, *edits: Edit) -> Edits:
        """Edits of this file."""
        return {self.path: list(edits)}


async def select(snapshot: Snapshot, path: str, span: Span) -> Selection | None:
    """The selection in the text as it is now; ``None`` without a TU of it."""
    text = snapshot.text(path)
    live = await snapshot.live(path)
    if text is None or live is None:
        return None
    top = await live.ask(Anatomy(span))
    return Selection(snapshot, live, path, text, span, _chain(top, span))


def covers(outer: Span, inner: Span) -> bool:
    """Whether ``inner`` lies within ``outer``."""
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


def is_expression(node: Node) -> bool:
    """See ``clang_isExpression``."""
    return NodeKind.UNEXPOSED_EXPRESSION <= node.kind < NodeKind.COMPOUND - 1


def at(position: Position) -> Span:
    """The empty span at a position: where something is inserted."""
    return Span(position.line, position.column, position.line, position.column)


def _chain(top: Node | None, span: Span) -> list[Node]:
    chain: list[Node] = []
    node = top
    while node is not None:
        chain.append(node)
        node = next((child for child in node.children if covers(child.span, span)), None)
    return chain
