"""Where symbols occur: references, calls, and what stands at a position.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import functools
import sqlite3
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec

from cppls.core.model import NO_SYMBOL, Position, Reference, Role, Span, SymbolId
from cppls.core.packing import key
from cppls.core.spots import Columns, PackedSpot, columns, unpack
from cppls.index.blocks import container_position, containers_of, postings_of, spots_of
from cppls.index.inverted import file_of, live_files, rows_with
from cppls.index.overlay import file_at
from cppls.index.schema import loaded_path
from cppls.index.symbols import declaring_files


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """A token of a file that names ``symbol``."""

    symbol: SymbolId
    span: Span
    roles: Role
    container: SymbolId = NO_SYMBOL


class Calls(msgspec.Struct, frozen=True):
    """Calls between what was asked for and ``symbol``: its callers or its callees.

    ``symbol`` is ``NO_SYMBOL`` for calls from outside any function (initialisers of globals).
    """

    symbol: SymbolId
    references: list[Reference]


def references(
    connection: sqlite3.Connection,
    ids: Iterable[SymbolId],
    roles: Role | None,
    without: Role,
    limit: int | None,
) -> list[Reference]:
    """Occurrences that have any of ``roles`` and none of ``without``; by path and position.

    Each place comes once, whatever the number of symbols that it names.
    """
    found: list[Reference] = []
    for path, file, symbols in _files_using(connection, set(ids)):
        found += _in_file(connection, path, file, symbols, roles, without)
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def references_in(
    connection: sqlite3.Connection,
    path: str,
    ids: Iterable[SymbolId],
    roles: Role | None,
    without: Role,
) -> list[Reference]:
    """The :func:`references` that lie in one file."""
    file = file_at(connection, path)
    return _in_file(connection, path, file, list(ids), roles, without) if file else []


def declarations(
    connection: sqlite3.Connection, id: SymbolId, *, definitions: bool
) -> list[Reference]:
    """The definitions of a symbol, or its declarations that are none; by path and position."""
    found: list[Reference] = []
    wanted = Role.DEFINITION if definitions else Role.DECLARATION
    mask = Role.DEFINITION if definitions else Role.DECLARATION | Role.DEFINITION
    for declaring in sorted(declaring_files(connection, id), key=lambda declaring: declaring.path):
        spots = _in_file(connection, declaring.path, declaring.file, [id], wanted, Role.NONE)
        found += [spot for spot in spots if spot.roles & mask == wanted]
    return found


def occurrences_at(
    connection: sqlite3.Connection, path: str | bytes, line: int, column: int
) -> list[Occurrence]:
    """What the token at a position names; a token that ends there counts if none begins."""
    inside: list[tuple[SymbolId, PackedSpot]] = []
    behind: list[tuple[SymbolId, PackedSpot]] = []
    file = file_at(connection, path)
    if not file:
        return []
    for symbol, blob in postings_of(connection, file):
        spots = columns(blob)
        for at in range(bisect_left(spots.lines, line), bisect_right(spots.lines, line)):
            spot = PackedSpot(*(field[at] for field in spots))
            end = spot.column + spot.length
            if spot.column <= column <= end:
                (inside if column < end else behind).append((symbol, spot))
    found = inside or behind
    containers = containers_of(connection, file, (spot.container for _, spot in found))
    return [
        Occurrence(symbol, _span(spot), Role(spot.roles), containers.get(spot.container, NO_SYMBOL))
        for symbol, spot in found
    ]


def uses_in(connection: sqlite3.Connection, path: str | bytes) -> dict[SymbolId, list[Reference]]:
    """Where a file uses symbols that it does not declare."""
    file = file_at(connection, path)
    uses: defaultdict[SymbolId, list[Reference]] = defaultdict(list)
    declared: set[SymbolId] = set()
    for symbol, blob in postings_of(connection, file) if file else ():
        for spot in unpack(blob):
            if spot.roles & (Role.DECLARATION | Role.DEFINITION):
                declared.add(symbol)
            else:
                uses[symbol].append(Reference(loaded_path(path), _span(spot), _role(spot.roles)))
    return {symbol: found for symbol, found in uses.items() if symbol not in declared}


def named_at(
    connection: sqlite3.Connection, path: str | bytes, places: Collection[Position]
) -> dict[Position, list[SymbolId]]:
    """What the tokens that begin at ``places`` name; places without any are left out."""
    found: defaultdict[Position, list[SymbolId]] = defaultdict(list)
    wanted = {(place.line, place.column): place for place in places}
    file = file_at(connection, path) if wanted else 0
    for symbol, blob in postings_of(connection, file) if file else ():
        spots = columns(blob)
        for at in zip(spots.lines, spots.columns, strict=True):
            if at in wanted:
                found[wanted[at]].append(symbol)
    return dict(found)


def occurring_in(
    connection: sqlite3.Connection, path: str | bytes, ids: Iterable[SymbolId]
) -> set[SymbolId]:
    """Those of ``ids`` that occur in a file."""
    file = file_at(connection, path)
    return {id for id in ids if spots_of(connection, file, id)} if file else set()


def callers(connection: sqlite3.Connection, id: SymbolId, limit: int | None) -> list[Calls]:
    """Who calls a symbol, and where, ordered by the first call."""
    calls: defaultdict[SymbolId, list[Reference]] = defaultdict(list)
    for reference in references(connection, [id], Role.CALL, Role.NONE, limit):
        calls[reference.container].append(reference)
    return [Calls(container, found) for container, found in calls.items()]


def callees(connection: sqlite3.Connection, id: SymbolId) -> list[Calls]:
    """What a function calls, and where, ordered by the first call."""
    calls: defaultdict[SymbolId, list[Reference]] = defaultdict(list)
    for declaring in declaring_files(connection, id):
        position = container_position(connection, declaring.file, id)
        if not position:
            continue
        for symbol, blob in postings_of(connection, declaring.file):
            calls[symbol] += [
                Reference(declaring.path, _span(spot), Role(spot.roles), id)
                for spot in unpack(blob)
                if spot.container == position and spot.roles & Role.CALL
            ]
    called = [Calls(symbol, sorted(found, key=_place)) for symbol, found in calls.items() if found]
    return sorted(called, key=lambda call: _place(call.references[0]))


def _files_using(
    connection: sqlite3.Connection, ids: set[SymbolId]
) -> Iterator[tuple[str, int, Sequence[SymbolId]]]:
    """Path, file and those of ``ids`` that occur in it, ordered by path."""
    files: defaultdict[int, list[SymbolId]] = defaultdict(list)
    for id in ids:
        for file in {file_of(row) for row in rows_with(connection, "posting", key(id))}:
            files[file].append(id)
    paths = ((loaded_path(path), file) for file, path in live_files(connection, files).items())
    for path, file in sorted(paths):
        yield path, file, files[file]


def _in_file(
    connection: sqlite3.Connection,
    path: str,
    file: int,
    symbols: Sequence[SymbolId],
    roles: Role | None,
    without: Role,
) -> list[Reference]:
    blobs = [blob for id in symbols for blob in spots_of(connection, file, id)]
    # Plain numbers: an operation on an enum's members takes longer than all else for a spot.
    wanted, unwanted = _EVERY if roles is None else roles.value, without.value
    if len(blobs) == 1:
        # Mostly so, and then there is no need for an object for each spot.
        spots = columns(blobs[0])
    else:
        several = chain.from_iterable(map(unpack, blobs))
        spots = _each_place_once(
            spot for spot in several if spot.roles & wanted and not spot.roles & unwanted
        )
    containers = containers_of(connection, file, set(spots.containers))
    containers[0] = NO_SYMBOL
    return [
        Reference(path, Span(line, column, line, column + length), _role(role), containers[inside])
        for line, column, length, role, inside in zip(*spots, strict=True)
        if role & wanted and not role & unwanted
    ]


def _each_place_once(spots: Iterable[PackedSpot]) -> Columns:
    """Several symbols may name one place: a constructor and its class, overloads in a macro."""
    places: dict[tuple[int, int, int], PackedSpot] = {}
    for spot in spots:
        before = places.get(spot[:3])
        roles = spot.roles | (before.roles if before else 0)
        places[spot[:3]] = spot._replace(roles=roles) if before else spot
    return Columns(*zip(*sorted(places.values()), strict=True)) if places else Columns(*[()] * 5)


def _span(spot: PackedSpot) -> Span:
    return Span(spot.line, spot.column, spot.line, spot.column + spot.length)


@functools.cache  # of a dozen combinations, for thousands of spots
def _role(roles: int) -> Role:
    return Role(roles)


def _place(reference: Reference) -> tuple[str, Span]:
    return reference.path, reference.span


_EVERY: Final = -1
"""All roles there are or will be."""
