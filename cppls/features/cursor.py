"""What a position names: the first step of every feature.

The live TU answers where there is one. Without it the index does: its occurrence at the position,
and when the text has moved since it was indexed, the symbols of that name. Must not know which
feature asks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from msgspec import structs

from cppls.core.files import read_file
from cppls.core.hashing import content_hash
from cppls.core.live_questions import SymbolAt, SymbolsAt, TargetSymbol
from cppls.core.model import (
    FileStatus,
    Location,
    Position,
    Role,
    Span,
    Symbol,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.core.position_map import PositionMap
from cppls.core.text import Identifier, Text
from cppls.features.answer import Absence, Reason
from cppls.features.lookup import look_up
from cppls.features.namesakes import instantiated, may_instantiate, namesakes
from cppls.features.namespaces import as_seen_from, first_declaration
from cppls.features.snapshot import MOMENT_SECONDS, LiveDocument, Snapshot
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

NAMESPACES = (SymbolKind.NAMESPACE, SymbolKind.NAMESPACE_ALIAS)
"""Kinds that every file may declare anew: none of the places is the definition."""

_INCLUDE = re.compile(rb"\s*#\s*(?:include|include_next|import)\s*[<\"]([^>\"]*)[>\"]")


@dataclass(frozen=True, slots=True)
class Target:
    """A symbol that the token names, with the TU's places and, where it has none, the index's.

    ``local`` symbols are known to the TU alone. ``type`` is the place of the declaration of the
    symbol's type, ``type_id`` that type's symbol.
    """

    symbol: Symbol
    roles: Role = Role.NONE
    local: bool = False
    overridden: tuple[SymbolId, ...] = ()
    type_id: SymbolId = 0
    type: Location | None = None
    pointee_id: SymbolId = 0
    """The type that a smart pointer points to, and the place of its declaration."""
    pointee: Location | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the token at a position names; ``absence`` says why when it names nothing.

    ``include`` is the file that an ``#include`` leads to; ``live`` the TU that answered.
    """

    token: Span | None = None
    targets: tuple[Target, ...] = ()
    include: str = ""
    live: LiveDocument | None = None
    absence: Absence | None = None


async def resolve(snapshot: Snapshot, path: str, position: Position) -> Cursor:
    """What the token at or directly before ``position`` in ``path`` names."""
    return await resolve_in(snapshot, await snapshot.live(path), path, position)


async def resolve_soon(snapshot: Snapshot, path: str, position: Position) -> Cursor:
    """As :func:`resolve`, from what is there: the TU of an earlier text, or while the file is being
    parsed the index. The exact TU is waited for where these are not certain."""
    live = await snapshot.live(path, exact=False)
    if live is None:
        certain = await resolve_indexed(snapshot, path, position)
        if certain is not None:
            return certain
        live = await snapshot.live(path)
    return await resolve_in(snapshot, live, path, position)


async def resolve_indexed(snapshot: Snapshot, path: str, position: Position) -> Cursor | None:
    """What the index has of the very token, not of its name alone; ``None`` when that is nothing,
    and when any place of the answer in ``path`` was edited since the file was indexed."""
    text = snapshot.text(path)
    if text is None:
        return None
    try:
        return await snapshot.query_saved(path, _certain, path, position, text)
    except IndexUnavailable:
        return None


async def resolve_in(
    snapshot: Snapshot, live: LiveDocument | None, path: str, position: Position
) -> Cursor:
    """As :func:`resolve`, from this TU, from the index where there is none; the first parse of an
    open file is waited for where the index has nothing."""
    text = snapshot.text(path)
    if text is None:
        return Cursor(absence=Absence(Reason.FAILED, f"{path} cannot be read"))
    token = text.identifier_at(position)
    cursor = await _resolve(snapshot, live, path, position, text, token)
    if live is None and token is not None and not cursor.targets and not cursor.include:
        first = await snapshot.live(path, first=True)
        if first is not None:
            cursor = await _resolve(snapshot, first, path, position, text, token)
    return cursor


async def _resolve(
    snapshot: Snapshot,
    live: LiveDocument | None,
    path: str,
    position: Position,
    text: Text,
    token: Identifier | None,
) -> Cursor:
    found = await live.ask(SymbolAt(position)) if live is not None else None
    try:
        if live is None or found is None:
            return await snapshot.query_saved(path, _from_index, path, position, text, token)
        if found.symbols or found.include:
            await _settle(snapshot, path, found)
            return _from_live(found, await look_up(snapshot, {}, _known, path, found), live)
        # libclang finds no cursor in some places that its indexer reports.
        cursor = await snapshot.query_saved(path, _from_occurrence, path, position, text, token)
        if not cursor.targets and token is not None and may_instantiate(text, token):
            named = await snapshot.query(instantiated, path, text, token)
            cursor = Cursor(token.span, tuple(map(Target, named))) if named else cursor
        return replace(cursor, live=live)
    except IndexUnavailable as problem:
        return Cursor(absence=Absence(Reason.NOT_INDEXED, str(problem)))


def may_name(names: Collection[str], text: Text) -> bool:
    """Whether ``text`` holds any of the names of symbols: else it is not worth a parse, and what
    the index has of the file, moved, is all.

    Names that are not always written as they are called (operators, destructors of what it
    overrides) may be anywhere.
    """
    plain = (name.split("<", 1)[0] for name in names)
    return any(not name.isidentifier() or name.encode() in text.data for name in plain)


async def _settle(snapshot: Snapshot, path: str, found: SymbolsAt) -> None:
    """Have the index's places of what was found be those in edited files, ``path`` left out."""
    names = [target.name for target in found.symbols if not target.local]
    if names:
        where = partial(may_name, names)
        await snapshot.settle(but=path, where=where, within=MOMENT_SECONDS)


def _known(reader: Reader, path: str, found: SymbolsAt) -> dict[SymbolId, Symbol]:
    ids = [target.id for target in found.symbols if not target.local]
    return {symbol.id: _usual(reader, path, symbol) for symbol in reader.symbols(ids)}


def _usual(reader: Reader, path: str, symbol: Symbol) -> Symbol:
    """``symbol`` with the places that stand for it in ``path``."""
    if symbol.kind is SymbolKind.NAMESPACE:
        first = first_declaration(reader, path, symbol.id)
        return structs.replace(symbol, declaration=first, definition=None)
    return _without_stray(reader, symbol)


def _without_stray(reader: Reader, symbol: Symbol) -> Symbol:
    """``symbol`` without a declaration that another source file made for itself.

    As in clangd, a definition leads to its interface: to no file that nothing includes.
    """
    declaration, definition = symbol.declaration, symbol.definition
    if declaration is None or definition is None or declaration.path == definition.path:
        return symbol
    if reader.included_by(declaration.path):
        return symbol
    return structs.replace(symbol, declaration=definition)


def _from_live(
    found: SymbolsAt,
    known: Mapping[SymbolId, Symbol],
    live: LiveDocument,
) -> Cursor:
    targets = tuple(
        Target(
            _merge(target, known.get(target.id)),
            Role(target.roles),
            target.local,
            tuple(target.overridden),
            target.type_id,
            _location(target.type_path, target.type_span),
            target.pointee_id,
            _location(target.pointee_path, target.pointee_span),
        )
        for target in found.symbols
    )
    return Cursor(found.token, targets, os.fsdecode(found.include), live)


def _merge(target: TargetSymbol, known: Symbol | None) -> Symbol:
    """The TU's view of a symbol; what it does not see comes from the index."""
    declaration = _location(target.declaration_path, target.declaration)
    definition = _location(target.definition_path, target.definition)
    # One of the declarations stands for a namespace: the first that the file sees.
    if known is not None and known.kind is SymbolKind.NAMESPACE:
        declaration = _same_or_known(declaration, known.declaration)
    # That of an alias is the TU's, not any other file's.
    elif known is not None and not (declaration and known.kind in NAMESPACES):
        definition = definition or known.definition
        elsewhere = known.declaration is not None and (
            definition is None or known.declaration.path != definition.path
        )
        # A definition is its own declaration for a TU that includes no other.
        if declaration is None or (declaration == definition and elsewhere):
            declaration = known.declaration
    return Symbol(
        id=target.id,
        name=target.name,
        scope=target.scope,
        kind=SymbolKind(target.kind),
        flags=SymbolFlag(target.flags),
        signature=known.signature if known else "",
        brief=known.brief if known else "",
        declaration=declaration,
        definition=definition,
    )


def _same_or_known(live: Location | None, known: Location | None) -> Location | None:
    """The TU's place is as fresh as the text, if it is in the file that is meant."""
    return live if live and known and live.path == known.path else known or live


def _location(path: bytes, span: Span) -> Location | None:
    return Location(os.fsdecode(path), span) if path else None


def _from_index(
    reader: Reader, path: str, position: Position, text: Text, token: Identifier | None
) -> Cursor:
    directive = _INCLUDE.match(text.line(position.line))
    if directive is not None:
        return _include(reader, path, position.line, directive)
    cursor = _from_occurrence(reader, path, position, text, token)
    if not cursor.targets and token is not None:
        places = _since_indexed(reader, path, text)
        # Where the index has nothing of a token that it has seen, namesakes elsewhere are others:
        # the token is a local name, or depends on template parameters.
        seen = places is not None and places.to_old(position) is not None
        named = namesakes(reader, path, text, token, elsewhere=not seen)
        cursor = Cursor(token.span, tuple(map(Target, named))) if named else cursor
    if cursor.targets:
        return cursor
    # Nothing found: perhaps because of what the index knows of the file.
    return replace(cursor, absence=_absence(reader, path) or cursor.absence)


def _certain(reader: Reader, path: str, position: Position, text: Text) -> Cursor | None:
    directive = _INCLUDE.match(text.line(position.line))
    if directive is not None:
        cursor = _include(reader, path, position.line, directive)
        return cursor if cursor.include else None
    token = text.identifier_at(position)
    places = _since_indexed(reader, path, text)
    if token is None or places is None:
        return None
    found = _occurring(reader, path, position, token, places)
    moved = tuple(_moved(target, path, places) for target in found)
    known = tuple(target for target in moved if target is not None)
    return Cursor(token.span, known) if known and len(known) == len(moved) else None


def _from_occurrence(
    reader: Reader, path: str, position: Position, text: Text, token: Identifier | None
) -> Cursor:
    """What the index has of the token; places that were edited since are given as they were."""
    places = _since_indexed(reader, path, text)
    found = _occurring(reader, path, position, token, places)
    if not found:
        return _unknown(token)
    if places is not None:
        found = [_moved(target, path, places) or target for target in found]
    return Cursor(token.span if token else None, tuple(found))


def _occurring(
    reader: Reader,
    path: str,
    position: Position,
    token: Identifier | None,
    places: PositionMap | None,
) -> list[Target]:
    """What the index has where the token was when the file was indexed, in places of that time."""
    there = places.to_old(position) if places is not None else position
    spots = reader.occurrences_at(path, there.line, there.column) if there is not None else []
    # Of what one token names, what it declares counts: a constructor also names its class.
    declared = [spot for spot in spots if spot.roles & (Role.DECLARATION | Role.DEFINITION)]
    symbols = {symbol.id: symbol for symbol in reader.symbols(spot.symbol for spot in spots)}
    return [
        Target(_with_declaration(reader, as_seen_from(reader, path, symbol)), spot.roles)
        for spot in declared or spots
        if (symbol := symbols.get(spot.symbol)) is not None
        and (token is None or _spells(symbol, token.name))
    ]


def _since_indexed(reader: Reader, path: str, text: Text) -> PositionMap | None:
    """From what was indexed to ``text``; ``None`` when that is no longer on disk."""
    info = reader.file(path)
    try:
        saved, changed = Text(read_file(path)), os.stat(path).st_mtime_ns
    except OSError:
        return None
    if info is None or info.size != len(saved.data):
        return None
    same = info.mtime_ns == changed or info.content_hash == content_hash(saved.data)
    return PositionMap(saved, text) if same else None


def _moved(target: Target, path: str, places: PositionMap) -> Target | None:
    """``target`` with its places in ``path`` as they are now; ``None`` when one was edited."""

    def move(place: Location | None) -> Location | None:
        if place is None or place.path != path:
            return place
        span = places.to_new(place.span)
        return Location(path, span) if span is not None else None

    symbol = target.symbol
    declaration, definition = move(symbol.declaration), move(symbol.definition)
    if (declaration is None) != (symbol.declaration is None):
        return None
    if (definition is None) != (symbol.definition is None):
        return None
    return replace(
        target, symbol=structs.replace(symbol, declaration=declaration, definition=definition)
    )


def _with_declaration(reader: Reader, symbol: Symbol) -> Symbol:
    """``symbol`` with the declaration that stands in the same file as its definition, if any.

    The index keeps one place for each file; the others are occurrences.
    """
    if symbol.definition is None or symbol.declaration != symbol.definition:
        return symbol
    declarations = reader.declarations(symbol.id)
    if not declarations:
        return symbol
    first = declarations[0]
    return structs.replace(symbol, declaration=Location(first.path, first.span))


def _include(reader: Reader, path: str, line: int, directive: re.Match[bytes]) -> Cursor:
    spelled = directive[1].decode("utf-8", "surrogateescape")
    token = Span(line, directive.start(1) - 1, line, directive.end(1) + 1)
    for include in reader.includes(path):
        if include.spelled == spelled and include.target:
            return Cursor(token, include=include.target)
    absence = _absence(reader, path) or Absence(Reason.UNKNOWN, f"'{spelled}' was not found")
    return Cursor(token, absence=absence)


def _spells(symbol: Symbol, name: str) -> bool:
    """Whether a token ``name`` stands for ``symbol``: for a specialisation too.

    Not so the variable whose declaration calls a constructor, nor text that has moved since.
    """
    return symbol.name.split("<", 1)[0] == name


def _unknown(token: Identifier | None) -> Cursor:
    if token is None:
        return Cursor(absence=Absence(Reason.NO_TOKEN, "there is no name here"))
    absence = Absence(Reason.UNKNOWN, f"nothing is known of '{token.name}' here")
    return Cursor(token.span, absence=absence)


def _absence(reader: Reader, path: str) -> Absence | None:
    """Why the index knows little of ``path``; ``None`` when it knows the file well."""
    file = reader.file(path)
    if file is None:
        return Absence(Reason.NOT_INDEXED, f"{path} is not indexed yet")
    if file.status in (FileStatus.FAILED, FileStatus.CRASHED, FileStatus.UNREADABLE):
        return Absence(Reason.FAILED, f"{path} could not be parsed: {file.message}")
    return None
