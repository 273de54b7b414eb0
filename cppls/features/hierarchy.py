"""What the hierarchies of calls and of types share: an item, and the symbols that items stand for.

An item is asked about again later, maybe after the file was edited or closed: so it goes by the
symbol's id, which the client sends back, and by its place only where that is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cppls.core.model import Location, Span, Symbol, SymbolId
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader


@dataclass(frozen=True, slots=True)
class HierarchyItem:
    """A symbol, the place of the name that stands for it, and its whole declaration there."""

    symbol: Symbol
    place: Location
    extent: Span


def item_of(symbol: Symbol) -> HierarchyItem | None:
    """``symbol`` at its definition, else at its declaration; ``None`` when it has no place."""
    place = symbol.definition or symbol.declaration
    if place is None:
        return None
    extent = symbol.extent
    if extent is None or not _holds(extent, place.span):
        extent = place.span
    return HierarchyItem(symbol, place, extent)


def item_at(symbol: Symbol, place: Location) -> HierarchyItem:
    """``symbol`` at a place of its own choice."""
    item = item_of(symbol)
    if item is not None and item.place.path == place.path:
        return item
    return HierarchyItem(symbol, place, place.span)


def items_of(symbols: Iterable[Symbol]) -> Iterator[HierarchyItem]:
    """The items of those ``symbols`` that have a place."""
    return (item for symbol in symbols if (item := item_of(symbol)) is not None)


async def known_symbols(snapshot: Snapshot, ids: Iterable[SymbolId]) -> list[Symbol]:
    """The symbols of ``ids`` that the index knows, with their extents."""
    return await look_up(snapshot, [], Reader.symbols, tuple(ids))


def _holds(outer: Span, inner: Span) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end
