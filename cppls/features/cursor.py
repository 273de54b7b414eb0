"""What a position names: the first step of every feature.

The live TU answers where there is one. Without it the index does: its occurrence at the position,
and when the text has moved since it was indexed, the symbols of that name. Must not know which
feature asks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from msgspec import structs

from cppls.core.messages import SymbolsAt, TargetSymbol
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
from cppls.core.text import Identifier, Text
from cppls.features.answer import Absence, Reason
from cppls.features.lookup import look_up
from cppls.features.snapshot import LiveDocument, Snapshot
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

GUESSES = 3
"""Symbols of a name at the most for the name alone to be an answer; clangd's bound too."""

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


async def resolve(
    snapshot: Snapshot, path: str, position: Position, *, guess: bool = False
) -> Cursor:
    """What the token at or directly before ``position`` in ``path`` names.

    With ``guess``, where the TU knows nothing (a dependent name, a word in a comment), the
    symbols of that name, if they are few.
    """
    text = snapshot.text(path)
    if text is None:
        return Cursor(absence=Absence(Reason.FAILED, f"{path} cannot be read"))
    token = text.identifier_at(position)
    live = await snapshot.live(path)
    found = await live.symbol_at(position) if live is not None else None
    try:
        if live is None or found is None:
            return await snapshot.query(_from_index, path, position, text, token)
        if found.symbols or found.include:
            return _from_live(found, await look_up(snapshot, {}, _known, found), live)
        # libclang finds no cursor in some places that its indexer reports.
        cursor = await snapshot.query(_from_occurrence, path, position, token)
        if not cursor.targets and guess and token is not None:
            cursor = await snapshot.query(_from_name, path, token)
        return replace(cursor, live=live)
    except IndexUnavailable as problem:
        return Cursor(absence=Absence(Reason.NOT_INDEXED, str(problem)))


def _known(reader: Reader, found: SymbolsAt) -> dict[SymbolId, Symbol]:
    ids = [target.id for target in found.symbols if not target.local]
    return {symbol.id: _without_stray(reader, symbol) for symbol in reader.symbols(ids)}


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
        )
        for target in found.symbols
    )
    return Cursor(found.token, targets, os.fsdecode(found.include), live)


def _merge(target: TargetSymbol, known: Symbol | None) -> Symbol:
    """The TU's view of a symbol; what it does not see comes from the index."""
    declaration = _location(target.declaration_path, target.declaration)
    definition = _location(target.definition_path, target.definition)
    # The first declaration that the TU sees stands for a namespace, not any other file's.
    if known is not None and not (declaration and known.kind in NAMESPACES):
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


def _location(path: bytes, span: Span) -> Location | None:
    return Location(os.fsdecode(path), span) if path else None


def _from_index(
    reader: Reader, path: str, position: Position, text: Text, token: Identifier | None
) -> Cursor:
    directive = _INCLUDE.match(text.line(position.line))
    if directive is not None:
        return _include(reader, path, position.line, directive)
    cursor = _from_occurrence(reader, path, position, token)
    if not cursor.targets and token is not None:
        cursor = _from_name(reader, path, token)
    if cursor.targets:
        return cursor
    # Nothing found: perhaps because of what the index knows of the file.
    return replace(cursor, absence=_absence(reader, path) or cursor.absence)


def _from_occurrence(
    reader: Reader, path: str, position: Position, token: Identifier | None
) -> Cursor:
    """What the index has at the position, where the text there is still the same."""
    spots = reader.occurrences_at(path, position.line, position.column)
    # Of what one token names, what it declares counts: a constructor also names its class.
    declared = [spot for spot in spots if spot.roles & (Role.DECLARATION | Role.DEFINITION)]
    symbols = {symbol.id: symbol for symbol in reader.symbols(spot.symbol for spot in spots)}
    targets = tuple(
        Target(_with_declaration(reader, symbol), spot.roles)
        for spot in declared or spots
        if (symbol := symbols.get(spot.symbol)) is not None
        and (token is None or _spells(symbol, token.name))
    )
    if not targets:
        return _unknown(token)
    return Cursor(token.span if token else spots[0].span, targets)


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


def _from_name(reader: Reader, path: str, token: Identifier) -> Cursor:
    """The symbols called like ``token``, if they are few; a class stands for its constructors.

    Those that occur in the file come first: there the text has only moved.
    """
    found = reader.symbols_named(token.name)
    named = [symbol for symbol in found if symbol.kind is not SymbolKind.CONSTRUCTOR]
    here = reader.occurring_in(path, [symbol.id for symbol in named])
    chosen = [symbol for symbol in named if symbol.id in here] or named
    if 0 < len(chosen) <= GUESSES:
        return Cursor(token.span, tuple(map(Target, chosen)))
    return _unknown(token)


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
