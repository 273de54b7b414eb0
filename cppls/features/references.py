"""``textDocument/references``: every use, in the project, of what the cursor stands on.

For the asked file the live TU's occurrences take the place of the index's rows: it knows locals
too. For other open files that were edited the snapshot sees to that.

A namespace's references are those in the asked file, as in clangd: a project opens its own in
every file and names ``std`` tens of thousands of times, which nobody reads as a list. A base class
that is named through an alias (``Role.IMPLICIT``) is referred to there, as in clangd. An
``#include`` is referred to by what uses the header; see ``include_uses.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from operator import attrgetter, lt

from cppls.core.live_questions import Occurrences
from cppls.core.model import (
    Position,
    Reference,
    RelationKind,
    Role,
    Span,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.core.names import mention_id
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.cursor import NAMESPACES, Cursor, Target, may_name, resolve
from cppls.features.include_uses import uses_of_include
from cppls.features.lookup import look_up, look_up_all
from cppls.features.snapshot import LiveDocument, Snapshot
from cppls.index.reader import Reader

LIMIT = 200_000
"""References at the most: about 40 MB while they are sent."""

_DECLARED = Role.DECLARATION | Role.DEFINITION


@dataclass(frozen=True, slots=True)
class Family:
    """The symbols whose occurrences count, by what counts of them.

    As clangd does, a virtual method's references include all occurrences of what it overrides,
    because a call through a base may reach it, and the places that declare what overrides it.
    """

    own: tuple[SymbolId, ...]
    bases: tuple[SymbolId, ...] = ()
    overriders: tuple[SymbolId, ...] = ()


async def references(
    snapshot: Snapshot,
    path: str,
    position: Position,
    *,
    include_declaration: bool = True,
    limit: int = LIMIT,
) -> Answer[Reference]:
    """The occurrences of what the token names: those of ``path`` first, then by path and position.

    At most ``limit``; ``Answer.more`` says when there are more.
    """
    cursor = await resolve(snapshot, path, position)
    if not cursor.targets and not cursor.include:
        return Answer(token=cursor.token, absence=cursor.absence)
    if cursor.include:
        arguments = (snapshot.root, path, position.line, cursor.include)
        found = await look_up_all(snapshot, [], uses_of_include, *arguments)
    elif all(target.symbol.kind in NAMESPACES for target in cursor.targets):
        found = await occurrences(snapshot, cursor.live, path, _own(cursor.targets).own)
    else:
        found = await _everywhere(snapshot, cursor, path, include_declaration, limit)
    found = _each_once(found, path)
    if not found:
        absence = Absence(Reason.NO_RESULT, "nothing refers to this")
        return Answer(token=cursor.token, absence=absence)
    return Answer(found[:limit], more=len(found) > limit, token=cursor.token)


async def occurrences(
    snapshot: Snapshot, live: LiveDocument | None, path: str, ids: Sequence[SymbolId]
) -> list[Reference]:
    """The occurrences in ``path`` alone, by position; from the index where ``live`` has none."""
    if live is not None:
        found = await _live_references(live, path, Family(tuple(ids)), True)
        if found is not None:
            return found
    return await look_up(snapshot, [], _indexed_in, path, ids)


async def _everywhere(
    snapshot: Snapshot, cursor: Cursor, path: str, include_declaration: bool, limit: int
) -> list[Reference]:
    """The project's occurrences, in no order; a place may come twice."""
    # What overrides another is used through that, even if it is of a class inside of a function.
    is_local = all(target.local and not target.overridden for target in cursor.targets)
    if not is_local:
        names = [target.symbol.name for target in cursor.targets]
        await snapshot.settle(but=path, where=partial(may_name, names))
    family = await look_up(
        snapshot, _own(cursor.targets), _family, cursor.targets, include_declaration
    )
    found: list[Reference] | None = None
    if cursor.live is not None:
        found = await _live_references(cursor.live, path, family, include_declaration)
    if is_local:
        return found or []
    without = path if found is not None else ""
    indexed = await look_up(snapshot, [], _indexed, family, include_declaration, limit, without)
    return [*(found or ()), *indexed]


def _family(reader: Reader, targets: Sequence[Target], include_declaration: bool) -> Family:
    own = _own(targets).own
    virtual = [target for target in targets if _may_override(target)]
    direct = {base for target in virtual for base in target.overridden}
    ids = [target.symbol.id for target in virtual]
    bases = set(direct)
    for id in (*ids, *direct):
        bases.update(reader.all_subjects(id, RelationKind.OVERRIDDEN_BY))
    overriders: set[SymbolId] = set()
    if include_declaration:
        for id in ids:
            overriders.update(reader.objects(id, RelationKind.OVERRIDDEN_BY))
    return Family(own, tuple(bases - set(own)), tuple(overriders - bases - set(own)))


def _own(targets: Sequence[Target]) -> Family:
    """Local symbols too: the live TU finds them under their ids. A macro is mentioned in the bodies
    of others, too."""
    ids = [target.symbol.id for target in targets]
    macros = (target.symbol.name for target in targets if target.symbol.kind is SymbolKind.MACRO)
    return Family(tuple(dict.fromkeys([*ids, *map(mention_id, macros)])))


def _may_override(target: Target) -> bool:
    kinds = (SymbolKind.METHOD, SymbolKind.DESTRUCTOR, SymbolKind.CONVERSION)
    flags = target.symbol.flags
    return target.symbol.kind in kinds and bool(flags & SymbolFlag.VIRTUAL or target.overridden)


async def _live_references(
    live: LiveDocument, path: str, family: Family, include_declaration: bool
) -> list[Reference] | None:
    spots = await live.ask(Occurrences([*family.own, *family.bases, *family.overriders]))
    if spots is None:
        return None
    return [
        Reference(
            path,
            Span(spot.line, spot.column, spot.line, spot.column + spot.length),
            Role(spot.roles),
            spot.container,
        )
        for spot in spots
        if _counts(Role(spot.roles), spot.symbol, family, include_declaration)
    ]


def _counts(roles: Role, symbol: SymbolId, family: Family, include_declaration: bool) -> bool:
    if symbol in family.bases:
        return True
    declared = bool(roles & _DECLARED)
    return declared if symbol in family.overriders else include_declaration or not declared


def _indexed(
    reader: Reader,
    family: Family,
    include_declaration: bool,
    limit: int,
    without: str,
) -> list[Reference]:
    """The index's rows outside of the file ``without``; enough to know whether there are more."""
    # Rows that do not count are dropped below: ask for more than what is wanted.
    most = limit + 1 + LIMIT
    rows = reader.references([*family.own, *family.bases], limit=most)
    if not include_declaration:
        # A place where a base declares what the asked method overrides is a use of it.
        kept = {(row.path, row.span) for row in reader.references(family.bases, limit=most)}
        rows = [row for row in rows if not row.roles & _DECLARED or (row.path, row.span) in kept]
    rows += reader.references(family.overriders, roles=_DECLARED, limit=most)
    return [row for row in rows if row.path != without] if without else rows


def _indexed_in(reader: Reader, path: str, ids: Sequence[SymbolId]) -> list[Reference]:
    return reader.references(ids, path=path)


def _each_once(found: Iterable[Reference], first: str) -> list[Reference]:
    """Sorted, ``first``'s before all others; of several rows of one place the last."""
    runs: defaultdict[str, list[list[Reference]]] = defaultdict(list)
    for path, rows in groupby(found, key=attrgetter("path")):
        runs[path].append(list(rows))
    return [
        row
        for path in sorted(runs, key=lambda path: (path != first, path))
        for row in (runs[path][0] if _is_in_order(runs[path]) else _ordered(runs[path]))
    ]


def _is_in_order(runs: Sequence[Sequence[Reference]]) -> bool:
    """Whether all rows of a file came at once, each place after another, as from the index."""
    spans = [row.span for row in runs[0]]
    return len(runs) == 1 and all(map(lt, spans, islice(spans, 1, None)))


def _ordered(runs: Sequence[Sequence[Reference]]) -> list[Reference]:
    places = {row.span: row for rows in runs for row in rows}
    return [places[span] for span in sorted(places)]
