"""``textDocument/prepareTypeHierarchy``, and the classes above and below one."""

from __future__ import annotations

from cppls.core.model import Position, RelationKind, Symbol, SymbolId, SymbolKind
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.call_hierarchy import CALLABLE
from cppls.features.cursor import Target, resolve
from cppls.features.hierarchy import HierarchyItem, items_of
from cppls.features.lookup import look_up, look_up_all
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

LIMIT = 5_000
"""Classes at the most below one."""

_CLASSES = frozenset(
    {
        SymbolKind.CLASS,
        SymbolKind.STRUCT,
        SymbolKind.UNION,
        SymbolKind.INTERFACE,
        SymbolKind.OBJC_CLASS,
        SymbolKind.OBJC_PROTOCOL,
    }
)


async def prepare_types(snapshot: Snapshot, path: str, position: Position) -> Answer[HierarchyItem]:
    """The class that the token names; of a member its class, of a variable that of its type."""
    cursor = await resolve(snapshot, path, position)
    found = [target.symbol for target in cursor.targets if target.symbol.kind in _CLASSES]
    indexed = await look_up(snapshot, [], _classes_of, cursor.targets)
    symbols = {symbol.id: symbol for symbol in (*found, *indexed)}
    items = list(items_of(symbols.values()))
    if items:
        return Answer(items, token=cursor.token)
    absence = cursor.absence or Absence(Reason.NO_RESULT, "there is no class here")
    return Answer(token=cursor.token, absence=absence)


async def supertypes(snapshot: Snapshot, symbol: SymbolId) -> Answer[HierarchyItem]:
    """The direct bases of a class."""
    return _answer(await look_up_all(snapshot, [], _bases, symbol), "this has no base class")


async def subtypes(snapshot: Snapshot, symbol: SymbolId) -> Answer[HierarchyItem]:
    """The classes that derive from a class directly, by name."""
    found = await look_up_all(snapshot, [], _derived, symbol)
    found.sort(key=lambda symbol: (symbol.qualified_name, symbol.id))
    return _answer(found, "nothing derives from this")


def _answer(symbols: list[Symbol], nothing: str) -> Answer[HierarchyItem]:
    items = list(items_of(symbols))
    if not items:
        return Answer(absence=Absence(Reason.NO_RESULT, nothing))
    return Answer(items[:LIMIT], more=len(items) > LIMIT)


def _classes_of(reader: Reader, targets: tuple[Target, ...]) -> list[Symbol]:
    """The classes that ``targets`` are, are members of, or have as their type."""
    found: list[Symbol] = []
    for target in targets:
        if target.symbol.kind in _CLASSES:
            found += reader.symbols([target.symbol.id])
        elif target.symbol.kind in CALLABLE and target.symbol.scope:
            found += reader.symbols_named(f"::{target.symbol.scope}")
        elif target.type_id:
            found += reader.symbols([target.type_id])
    return [symbol for symbol in found if symbol.kind in _CLASSES]


def _bases(reader: Reader, symbol: SymbolId) -> list[Symbol]:
    return reader.symbols(reader.subjects(symbol, RelationKind.BASE_OF))


def _derived(reader: Reader, symbol: SymbolId) -> list[Symbol]:
    return reader.symbols(reader.objects(symbol, RelationKind.BASE_OF)[: LIMIT + 1])
