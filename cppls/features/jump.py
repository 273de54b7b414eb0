"""What the features that lead to one place share: from targets to locations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from cppls.core.model import (
    Location,
    Position,
    RelationKind,
    Span,
    Symbol,
    SymbolFlag,
    SymbolKind,
)
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.by_text import guess
from cppls.features.cursor import Cursor, resolve_soon
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

START = Span(0, 0, 0, 0)

Choice: TypeAlias = Callable[[Symbol], Location | None]


async def jump(
    snapshot: Snapshot, path: str, position: Position, what: str, choose: Choice
) -> Answer[Location]:
    """``choose`` of each symbol that the token names; ``what`` names that place for the user.

    As in clangd, a jump from a symbol's declaration leads to its definition and the other way
    round, whichever was asked for; that of a pure virtual method leads to its overriders too. From
    where a class template is specialised the jump leads to that template.
    """
    cursor = await resolve_soon(snapshot, path, position)
    cursor = await guess(snapshot, path, cursor)
    if not cursor.targets:
        return without_target(cursor)
    symbols = [target.symbol for target in cursor.targets]
    for symbol in symbols:
        other = _other_place(symbol, path, position)
        if other is not None:
            return Answer([other], token=cursor.token)
    special = [symbol for symbol in symbols if _is_specialisation(symbol, path, position)]
    templates = await look_up(snapshot, [], _specialised, special) if special else []
    if templates:
        return places(cursor, what, map(choose, templates))
    pure = [symbol for symbol in symbols if symbol.flags & SymbolFlag.PURE]
    pure = [symbol for symbol in pure if _stands_at(symbol.declaration, path, position)]
    overriders = await look_up(snapshot, [], _overriders, pure) if pure else []
    return places(cursor, what, map(choose, [*symbols, *overriders]))


def without_target(cursor: Cursor) -> Answer[Location]:
    """The answer where the token names no symbol: the included file, or why there is nothing."""
    if cursor.include:
        return Answer([Location(cursor.include, START)], token=cursor.token)
    return Answer(token=cursor.token, absence=cursor.absence)


def places(cursor: Cursor, what: str, locations: Iterable[Location | None]) -> Answer[Location]:
    """The locations that are known, each once; an answer that says so when there is none."""
    known = list(dict.fromkeys(location for location in locations if location is not None))
    if known:
        return Answer(known, token=cursor.token)
    names = ", ".join(sorted({target.symbol.qualified_name for target in cursor.targets}))
    absence = Absence(Reason.NO_RESULT, f"no {what} of {names} is known")
    return Answer(token=cursor.token, absence=absence)


def _overriders(reader: Reader, methods: list[Symbol]) -> list[Symbol]:
    """What overrides ``methods`` directly."""
    kind = RelationKind.OVERRIDDEN_BY
    return reader.symbols([id for method in methods for id in reader.objects(method.id, kind)])


def _is_specialisation(symbol: Symbol, path: str, position: Position) -> bool:
    """Whether the token declares a class that may specialise a template: the relation tells."""
    kinds = (SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.UNION)
    return symbol.kind in kinds and _stands_at(symbol.definition, path, position)


def _specialised(reader: Reader, classes: list[Symbol]) -> list[Symbol]:
    """The templates that ``classes`` specialise."""
    kind = RelationKind.SPECIALISED_BY
    return reader.symbols([id for each in classes for id in reader.subjects(each.id, kind)])


def _other_place(symbol: Symbol, path: str, position: Position) -> Location | None:
    declaration, definition = symbol.declaration, symbol.definition
    if declaration is None or definition is None or declaration == definition:
        return None
    if _stands_at(declaration, path, position):
        return definition
    return declaration if _stands_at(definition, path, position) else None


def _stands_at(place: Location | None, path: str, position: Position) -> bool:
    return place is not None and place.path == path and place.span.contains(position)
