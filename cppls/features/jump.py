"""What the features that lead to one place share: targets to locations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cppls.core.model import Location, Position, Span, Symbol
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.cursor import Cursor

START = Span(0, 0, 0, 0)


def jump(
    cursor: Cursor, path: str, position: Position, choose: Callable[[Symbol], Location | None]
) -> Answer[Location]:
    """``choose`` of each target; from a symbol's one place to its other one, as clangd toggles.

    On its definition's name, a jump goes to the declaration; on the declaration's, to the
    definition; whichever of the two was asked for.
    """
    if cursor.include:
        return Answer([Location(cursor.include, START)], token=cursor.token)
    if not cursor.targets:
        return Answer(token=cursor.token, absence=cursor.absence)
    symbols = [target.symbol for target in cursor.targets]
    for symbol in symbols:
        other = _other_place(symbol, path, position)
        if other is not None:
            return Answer([other], token=cursor.token)
    return places(cursor, map(choose, symbols))


def places(cursor: Cursor, locations: Iterable[Location | None]) -> Answer[Location]:
    """The locations that are known, each once; an answer that says so when there is none."""
    known = list(dict.fromkeys(location for location in locations if location is not None))
    if known:
        return Answer(known, token=cursor.token)
    names = ", ".join(sorted({target.symbol.qualified_name for target in cursor.targets}))
    absence = Absence(Reason.NO_RESULT, f"no such place is known of {names}")
    return Answer(token=cursor.token, absence=absence)


def _other_place(symbol: Symbol, path: str, position: Position) -> Location | None:
    declaration, definition = symbol.declaration, symbol.definition
    if declaration is None or definition is None or declaration == definition:
        return None
    if declaration.path == path and declaration.span.contains(position):
        return definition
    if definition.path == path and definition.span.contains(position):
        return declaration
    return None
