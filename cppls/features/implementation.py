"""``textDocument/implementation``: what overrides a method, what derives from a class."""

from __future__ import annotations

from collections.abc import Sequence

from cppls.core.model import (
    Location,
    Position,
    RelationKind,
    Symbol,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.features.answer import Answer
from cppls.features.cursor import resolve_soon
from cppls.features.jump import places, without_target
from cppls.features.lookup import look_up_all
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

LIMIT = 1_000
"""Implementations at the most: a root class may have tens of thousands of descendants."""

_CLASSES = (SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.OBJC_PROTOCOL, SymbolKind.OBJC_CLASS)


async def implementation(snapshot: Snapshot, path: str, position: Position) -> Answer[Location]:
    """All overriders of a virtual method, all classes below a class, directly or not.

    Anything else, and a method that nothing overrides, is its own implementation: its definition.
    """
    cursor = await resolve_soon(snapshot, path, position)
    if not cursor.targets:
        return without_target(cursor)
    symbols = [target.symbol for target in cursor.targets]
    found = await look_up_all(snapshot, [], _implementors, symbols)
    if found:
        return places(cursor, "implementation", (s.definition or s.declaration for s in found))
    own = (symbol.definition for symbol in symbols if not symbol.flags & SymbolFlag.PURE)
    return places(cursor, "implementation", own)


def _implementors(reader: Reader, symbols: Sequence[Symbol]) -> list[Symbol]:
    found: dict[SymbolId, None] = {}
    for symbol in symbols:
        is_class = symbol.kind in _CLASSES
        kind = RelationKind.BASE_OF if is_class else RelationKind.OVERRIDDEN_BY
        found |= dict.fromkeys(reader.all_objects(symbol.id, kind))
    return reader.symbols(list(found)[:LIMIT])
