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

    Of a function that is its result's type, of a type the type itself. Only the live TU knows
    the types of other symbols.
    """
    cursor = await resolve(snapshot, path, position)
    if not cursor.targets:
        return without_target(cursor)
    ids = [target.type_id for target in cursor.targets if target.type_id]
    known = await look_up(snapshot, {}, _definitions, ids) if ids else {}
    return places(cursor, "type", (_place(target, known) for target in cursor.targets))


def _definitions(reader: Reader, ids: list[SymbolId]) -> dict[SymbolId, Location | None]:
    return {symbol.id: symbol.definition for symbol in reader.symbols(ids)}


def _place(target: Target, known: dict[SymbolId, Location | None]) -> Location | None:
    indexed = known.get(target.type_id)
    if target.type is not None:
        # The TU's place is as fresh as the text, but may be a forward declaration only.
        return indexed if indexed and indexed.path != target.type.path else target.type
    if indexed is None and target.symbol.kind in TYPES:
        return target.symbol.definition or target.symbol.declaration
    return indexed
