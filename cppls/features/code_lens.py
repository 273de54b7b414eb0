"""``textDocument/codeLens``: how often what a file declares is used, derived from, overridden.

The list is made of what the index has of the declarations alone, without a look at their uses; each
lens is counted when it is shown.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cppls.core.live_questions import OutlineItem
from cppls.core.model import Position, RelationKind, Role, Span, SymbolId, SymbolKind
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.call_hierarchy import CALLABLE
from cppls.features.lookup import look_up, look_up_all
from cppls.features.outline import outline
from cppls.features.rename_family import CLASSES
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

LIMIT = 2_000
"""Lenses of a file at the most."""
COUNTED = 10_000
"""Uses at the most that are counted."""


class LensKind(enum.Enum):
    """What a lens counts."""

    REFERENCES = "references"
    DERIVED = "derived"
    OVERRIDES = "overrides"


@dataclass(frozen=True, slots=True)
class Lens:
    """A declaration's name, its symbol, and what is to be counted of it."""

    span: Span
    kind: LensKind
    symbol: SymbolId


@dataclass(frozen=True, slots=True)
class Count:
    """``more``: there are more than were counted."""

    number: int
    more: bool = False


async def code_lenses(snapshot: Snapshot, path: str) -> Answer[Lens]:
    """The lenses of the functions and types that ``path`` declares, by position.

    Those of derived classes and of overriders only where there are any.
    """
    items = list(_lensed((await outline(snapshot, path)).items))[:LIMIT]
    found = await look_up(snapshot, [], _lenses, path, items)
    if found:
        return Answer(found)
    return Answer(absence=Absence(Reason.NO_RESULT, f"nothing of {path} is indexed yet"))


async def count(snapshot: Snapshot, kind: LensKind, symbol: SymbolId) -> Count:
    """What a lens shows, of all that is indexed or typed by now."""
    return await look_up_all(snapshot, Count(0), _count, kind, symbol)


def _lensed(items: Sequence[OutlineItem]) -> Iterator[OutlineItem]:
    for item in items:
        if item.kind in CALLABLE or item.kind in CLASSES or item.kind == SymbolKind.ENUM:
            yield item
        if item.kind not in CALLABLE:
            yield from _lensed(item.children)


def _lenses(reader: Reader, path: str, items: Sequence[OutlineItem]) -> list[Lens]:
    places = [Position(item.selection.line, item.selection.column) for item in items]
    named = reader.named_at(path, places)
    found: list[Lens] = []
    for item, at in zip(items, places, strict=True):
        symbol = _declared(reader, named, at, item)
        if symbol is None:
            continue
        found.append(Lens(item.selection, LensKind.REFERENCES, symbol))
        if item.kind in CLASSES and reader.objects(symbol, RelationKind.BASE_OF):
            found.append(Lens(item.selection, LensKind.DERIVED, symbol))
        if item.kind in CALLABLE and reader.objects(symbol, RelationKind.OVERRIDDEN_BY):
            found.append(Lens(item.selection, LensKind.OVERRIDES, symbol))
    return found


def _declared(
    reader: Reader,
    named: Mapping[Position, Sequence[SymbolId]],
    at: Position,
    item: OutlineItem,
) -> SymbolId | None:
    """The symbol that is declared there: a constructor's name also names its class."""
    ids = named.get(at, ())
    if len(ids) == 1:
        return ids[0]
    return next((each.id for each in reader.symbols(ids) if each.kind == item.kind), None)


def _count(reader: Reader, kind: LensKind, symbol: SymbolId) -> Count:
    if kind is LensKind.REFERENCES:
        declared = Role.DECLARATION | Role.DEFINITION
        found = reader.references([symbol], limit=COUNTED + 1, without=declared)
        return Count(min(len(found), COUNTED), more=len(found) > COUNTED)
    if kind is LensKind.DERIVED:
        return Count(len(reader.all_objects(symbol, RelationKind.BASE_OF)))
    return Count(len(reader.all_objects(symbol, RelationKind.OVERRIDDEN_BY)))
