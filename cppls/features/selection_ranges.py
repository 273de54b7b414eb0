"""``textDocument/selectionRange``: what encloses a place, smaller and larger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cppls.core.live_painting import Enclosing
from cppls.core.model import Position, Span
from cppls.core.text import Text
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.lexical import Kind, pieces
from cppls.features.snapshot import LiveDocument, Snapshot


async def selection_ranges(
    snapshot: Snapshot, path: str, positions: Sequence[Position]
) -> Answer[list[Span]]:
    """For each position the ranges that hold it, the innermost first, each inside the next.

    Nodes of the syntax tree as in clangd; before the first parse words and brackets. Never empty:
    where nothing encloses a position, the empty range there.
    """
    text = snapshot.text(path)
    if text is None:
        return Answer(absence=Absence(Reason.FAILED, f"{path} cannot be read"))
    live = await snapshot.live(path)
    items = [await _ranges(live, text, position) for position in positions]
    absence = None if items else Absence(Reason.NO_TOKEN, "no position was asked about")
    return Answer(items, absence=absence)


async def _ranges(live: LiveDocument | None, text: Text, position: Position) -> list[Span]:
    found = await live.ask(Enclosing(position)) if live is not None else None
    if found is None:
        found = _in_text(text, position)
    point = Span(position.line, position.column, position.line, position.column)
    return _nested(found, text) or [point]


def _nested(spans: Iterable[Span], text: Text) -> list[Span]:
    """The smallest, and each that encloses the one before: of two that overlap one."""
    chain: list[Span] = []
    for span in sorted(set(spans), key=lambda span: _size(text, span)):
        if not chain or _encloses(span, chain[-1]):
            chain.append(span)
    return chain


def _size(text: Text, span: Span) -> int:
    start = text.offset(Position(span.line, span.column))
    return text.offset(Position(span.end_line, span.end_column)) - start


def _encloses(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _in_text(text: Text, position: Position) -> list[Span]:
    """The word, and brackets with and without what they enclose."""
    found: list[Span] = []
    identifier = text.identifier_at(position)
    if identifier is not None:
        found.append(identifier.span)
    at = text.offset(position)
    opened: list[int] = []
    for piece in pieces(text.data):
        if piece.kind is Kind.OPEN:
            opened.append(piece.start)
        elif piece.kind is Kind.CLOSE and opened:
            start = opened.pop()
            if start < at <= piece.start:
                found += [_span(text, start + 1, piece.start), _span(text, start, piece.end)]
    return found


def _span(text: Text, start: int, end: int) -> Span:
    begin, behind = text.position(start), text.position(end)
    return Span(begin.line, begin.column, behind.line, behind.column)
