"""``textDocument/typeDefinition``: the type of what the cursor stands on."""

from __future__ import annotations

from cppls.core.model import Location, Position, SymbolId, SymbolKind
from cppls.features.answer import Answer
from cppls.features.cursor import Target, resolve
from cppls.features.jump import places, without_target
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

TYPES = frozenset(
    {
        SymbolKind.CLASS,
        SymbolKind.STRUCT,
        SymbolKind.UNION,
        SymbolKind.ENUM,
        SymbolKind.INTERFACE,
        SymbolKind.OBJC_CLASS,
        SymbolKind.OBJC_PROTOCOL,
    }
)


async def type_definition(snapshot: Snapshot, path: str, position: Position) -> Answer[Location]:
    """The definition of the type that the named thing has, pointers and references taken off.

    Of a smart pointer that is what it points to, then its own type, as in clangd. Of a function
    that is its result's type, of a type the type itself. Only the live TU knows
    the types of other symbols.
    """
    cursor = await resolve(snapshot, path, position)
    if not cursor.targets:
        return without_target(cursor)
    wanted = [id for target in cursor.targets for id in (target.pointee_id, target.type_id) if id]
    known = await look_up(snapshot, {}, _definitions, wanted) if wanted else {}
    found: list[Location | None] = []
    for target in cursor.targets:
        found.append(_best(target.pointee, known.get(target.pointee_id)))
        found.append(_place(target, known))
    return places(cursor, "type", found)


def _definitions(reader: Reader, ids: list[SymbolId]) -> dict[SymbolId, Location | None]:
    return {symbol.id: symbol.definition for symbol in reader.symbols(ids)}


def _place(target: Target, known: dict[SymbolId, Location | None]) -> Location | None:
    indexed = known.get(target.type_id)
    if target.type is not None:
        return _best(target.type, indexed)
    if indexed is None and target.symbol.kind in TYPES:
        return target.symbol.definition or target.symbol.declaration
    return indexed


def _best(live: Location | None, indexed: Location | None) -> Location | None:
    """The TU's place is as fresh as the text, but may be a forward declaration only."""
    return indexed if indexed and live and indexed.path != live.path else live
