"""``textDocument/prepareCallHierarchy`` and the calls that come in and go out.

As in clangd, whatever names a function from inside another one counts as a call that comes in: its
address may be taken to be called. So variables, fields and enumerators can be asked about too, and
macros. A call of what a method overrides may reach that method: it comes in as well.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cppls.core.model import (
    NO_SYMBOL,
    Location,
    Position,
    Reference,
    RelationKind,
    Role,
    Span,
    Symbol,
    SymbolId,
    SymbolKind,
)
from cppls.core.names import mention_id
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.cursor import resolve
from cppls.features.hierarchy import HierarchyItem, item_at, item_of, items_of, known_symbols
from cppls.features.lookup import look_up, look_up_all
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

LIMIT = 20_000
"""References at the most that are grouped by caller."""

CALLABLE = frozenset(
    {
        SymbolKind.FUNCTION,
        SymbolKind.METHOD,
        SymbolKind.STATIC_METHOD,
        SymbolKind.CONSTRUCTOR,
        SymbolKind.DESTRUCTOR,
        SymbolKind.CONVERSION,
        SymbolKind.OBJC_INSTANCE_METHOD,
        SymbolKind.OBJC_CLASS_METHOD,
    }
)
"""What can be called."""

_ASKABLE = CALLABLE | {
    SymbolKind.VARIABLE,
    SymbolKind.STATIC_VARIABLE,
    SymbolKind.FIELD,
    SymbolKind.ENUM_CONSTANT,
    SymbolKind.MACRO,
}


@dataclass(frozen=True, slots=True)
class Call:
    """The other end of calls, and where these are: in the file of whichever calls."""

    item: HierarchyItem
    spans: tuple[Span, ...]


async def prepare_calls(snapshot: Snapshot, path: str, position: Position) -> Answer[HierarchyItem]:
    """What the token names that calls can come to or go out from."""
    cursor = await resolve(snapshot, path, position)
    targets = [
        target.symbol
        for target in cursor.targets
        if target.symbol.kind in _ASKABLE and not target.local
    ]
    if not targets and cursor.token is not None:
        targets = await look_up(snapshot, [], _constructors_at, path, cursor.token)
    indexed = {symbol.id: symbol for symbol in await known_symbols(snapshot, _ids(targets))}
    # The TU's places are as fresh as the text; the index adds the extent.
    items = list(items_of(_with_extent(symbol, indexed.get(symbol.id)) for symbol in targets))
    if items:
        return Answer(items, token=cursor.token)
    absence = cursor.absence or Absence(Reason.NO_RESULT, "nothing here can be called")
    return Answer(token=cursor.token, absence=absence)


async def incoming_calls(snapshot: Snapshot, symbol: SymbolId) -> Answer[Call]:
    """Who calls ``symbol`` or names it, by the caller's name; the spans are in the caller's file.

    A caller that has calls in several files (by a default argument in a header) comes once for
    each of them.
    """
    found = await look_up_all(snapshot, [], _incoming, symbol)
    found.sort(key=lambda call: (call.item.symbol.qualified_name, call.item.place))
    return _answer(found, "nothing calls this")


async def outgoing_calls(snapshot: Snapshot, symbol: SymbolId, path: str) -> Answer[Call]:
    """What ``symbol`` calls, in the order of the first call; the spans are in ``path``."""
    return _answer(await look_up_all(snapshot, [], _outgoing, symbol, path), "this calls nothing")


def _constructors_at(reader: Reader, path: str, token: Span) -> list[Symbol]:
    """What ``Name(1)`` calls: its token names the class first of all."""
    at = Position(token.line, token.column)
    symbols = reader.symbols(reader.named_at(path, [at]).get(at, ()))
    return [symbol for symbol in symbols if symbol.kind is SymbolKind.CONSTRUCTOR]


def _answer(found: list[Call], nothing: str) -> Answer[Call]:
    return Answer(found) if found else Answer(absence=Absence(Reason.NO_RESULT, nothing))


def _ids(symbols: list[Symbol]) -> list[SymbolId]:
    return [symbol.id for symbol in symbols]


def _with_extent(symbol: Symbol, indexed: Symbol | None) -> Symbol:
    place = symbol.definition or symbol.declaration
    return indexed if indexed and place == (indexed.definition or indexed.declaration) else symbol


def _incoming(reader: Reader, symbol: SymbolId) -> list[Call]:
    asked = [symbol, *reader.all_subjects(symbol, RelationKind.OVERRIDDEN_BY)]
    asked += [mention_id(s.name) for s in reader.symbols([symbol]) if s.kind is SymbolKind.MACRO]
    calls: defaultdict[tuple[SymbolId, str], list[Reference]] = defaultdict(list)
    # A macro may declare and call a function at one place: what is no use has no such role.
    for reference in reader.references(asked, Role.REFERENCE, limit=LIMIT):
        calls[reference.container, reference.path].append(reference)
    callers = {each.id: each for each in reader.symbols({container for container, _ in calls})}
    return [
        Call(_caller(callers[container], path, found[0]), tuple(each.span for each in found))
        for (container, path), found in calls.items()
        if container != NO_SYMBOL and container in callers
    ]


def _caller(symbol: Symbol, path: str, first: Reference) -> HierarchyItem:
    """``symbol`` in the file of its calls: there the protocol expects their ranges."""
    for place in (symbol.definition, symbol.declaration):
        if place is not None and place.path == path:
            return item_at(symbol, place)
    return item_at(symbol, Location(path, first.span))


def _outgoing(reader: Reader, symbol: SymbolId, path: str) -> list[Call]:
    calls = {
        call.symbol: tuple(each.span for each in call.references if each.path == path)
        for call in reader.callees(symbol)
    }
    return [
        Call(item, calls[called.id])
        for called in reader.symbols(id for id, spans in calls.items() if spans)
        if called.kind in CALLABLE and (item := item_of(called)) is not None
    ]
