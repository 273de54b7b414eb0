"""``textDocument/documentSymbol``: the declarations of a file, as a tree."""

from __future__ import annotations

from cppls.core.messages import OutlineItem
from cppls.core.model import Location, Span, Symbol
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader


async def outline(snapshot: Snapshot, path: str) -> Answer[OutlineItem]:
    """The file's declarations in the order of the text, members inside what they belong to."""
    live = await snapshot.live(path)
    found = await live.outline() if live is not None else None
    if found is not None:
        return _answer(found.items, Reason.NO_RESULT, f"{path} declares nothing")
    symbols = await snapshot.query(_symbols, path)
    if symbols is None:
        return _answer([], Reason.NOT_INDEXED, f"{path} is not indexed yet")
    return _answer(nest(path, symbols), Reason.NO_RESULT, f"{path} declares nothing")


def nest(path: str, symbols: list[Symbol]) -> list[OutlineItem]:
    """The symbols that ``path`` declares as a tree: what lies inside another's extent is its child."""
    roots: list[OutlineItem] = []
    open_items: list[OutlineItem] = []
    items = [item for symbol in symbols if (item := _item(path, symbol)) is not None]
    items.sort(key=lambda item: (_start(item.extent), _reversed_end(item.extent)))
    for item in items:
        while open_items and not _inside(item.extent, open_items[-1].extent):
            open_items.pop()
        (open_items[-1].children if open_items else roots).append(item)
        open_items.append(item)
    return roots


def _symbols(reader: Reader, path: str) -> list[Symbol] | None:
    return None if reader.file(path) is None else reader.outline(path)


def _answer(items: list[OutlineItem], reason: Reason, message: str) -> Answer[OutlineItem]:
    return Answer(items, absence=None if items else Absence(reason, message))


def _item(path: str, symbol: Symbol) -> OutlineItem | None:
    place = _place_in(path, symbol)
    if place is None:
        return None
    extent = symbol.extent or place.span
    return OutlineItem(
        symbol.name, symbol.signature, symbol.kind, symbol.flags, extent, place.span, []
    )


def _place_in(path: str, symbol: Symbol) -> Location | None:
    for place in (symbol.definition, symbol.declaration):
        if place is not None and place.path == path:
            return place
    return None


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _reversed_end(span: Span) -> tuple[int, int]:
    return -span.end_line, -span.end_column


def _inside(inner: Span, outer: Span) -> bool:
    return (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
