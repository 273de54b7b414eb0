"""``textDocument/hover``: all there is to say of what the cursor stands on."""

from __future__ import annotations

import os
from dataclasses import replace

from cppls.core.live_questions import Describe, Description
from cppls.core.model import Location, Position, Span, Symbol, SymbolFlag, SymbolKind
from cppls.features.answer import Answer
from cppls.features.card import Card
from cppls.features.cursor import Cursor, resolve_in, resolve_indexed
from cppls.features.lookup import look_up
from cppls.features.macros import LONGEST_USE, expansion, is_definition
from cppls.features.snapshot import Snapshot
from cppls.features.type_definition import TYPES
from cppls.index.reader import Reader
from cppls.project.clangd_values import Hover as HoverSettings
from cppls.project.clangd_values import Style
from cppls.project.header_patterns import include_name

_LANGUAGES = {".c": "c", ".m": "objective-c", ".mm": "objective-cpp", ".cu": "cuda-cpp"}


async def hover(snapshot: Snapshot, path: str, position: Position) -> Answer[Card]:
    """One card for each symbol that the token names; usually one."""
    language = _LANGUAGES.get(os.path.splitext(path)[1], "cpp")
    live = await snapshot.live(path, exact=False)
    if live is None:
        # While the file is being parsed the index may know what is asked: less of it, and at once.
        known = await resolve_indexed(snapshot, path, position)
        if known is not None:
            return await _of_cursor(snapshot, path, known, language)
        live = await snapshot.live(path)
    described = await live.ask(Describe(position)) if live is not None else None
    if described is None:
        cursor = await resolve_in(snapshot, live, path, position)
        if live is None and cursor.live is not None:  # The first parse was waited for.
            described = await cursor.live.ask(Describe(position))
        if described is None:
            return await _of_cursor(snapshot, path, cursor, language)
    config = snapshot.config(path)
    card = _of_description(described, language, config.hover)
    card = replace(
        card,
        comment_format=config.documentation.comment_format,
        provider=await _provider(snapshot, path, card),
    )
    if card.kind is SymbolKind.MACRO:
        card = await _expanded(snapshot, path, described, card)
    return Answer([card], token=described.token)


async def _provider(snapshot: Snapshot, path: str, card: Card) -> str:
    """By which header the file has what it names: of those that it includes itself, or the usual
    one; empty for what is its own."""
    if card.declared is None or card.declared.path == path or card.kind is SymbolKind.NAMESPACE:
        return ""
    style = snapshot.config(path).style
    return await look_up(snapshot, "", _header, path, card.declared.path, style)


def _header(reader: Reader, path: str, declaring: str, style: Style) -> str:
    for include in reader.includes(path):
        if include.target == declaring:
            return f"<{include.spelled}>" if include.angled else f'"{include.spelled}"'
    usual = reader.include_spelling(declaring)
    return include_name(usual.text, declaring, style, angled=usual.angled) if usual else ""


async def _of_cursor(snapshot: Snapshot, path: str, cursor: Cursor, language: str) -> Answer[Card]:
    if cursor.include:
        return Answer([_of_include(cursor)], token=cursor.token)
    known = [_of_symbol(target.symbol, language) for target in cursor.targets]
    cards = [replace(card, provider=await _provider(snapshot, path, card)) for card in known]
    return Answer(cards, token=cursor.token, absence=cursor.absence)


async def _expanded(snapshot: Snapshot, path: str, description: Description, card: Card) -> Card:
    """With what the macro becomes, where the token is a use of it."""
    text, token = snapshot.text(path), description.token
    limit = snapshot.config(path).hover.macro_contents_limit
    if text is None or is_definition(text, token):
        return card
    start = text.offset(Position(token.line, token.column))
    use = text.data[start : start + LONGEST_USE].decode("utf-8", "replace")
    found = await expansion(snapshot, path, description.definition, use)
    if found is None or (limit and len(found[0]) > limit):
        return card
    return replace(card, expansion=found[0])


def _of_description(description: Description, language: str, settings: HoverSettings) -> Card:
    start = description.position
    name_end = start.column + len(description.name.encode())
    place = Span(start.line, start.column, start.line, name_end)
    path = os.fsdecode(description.path)
    kind = SymbolKind(description.kind)
    # A type's type is itself, and its title says so.
    typed = kind not in TYPES
    return Card(
        name=description.name,
        kind=kind,
        flags=SymbolFlag(description.flags),
        container=description.container,
        type=description.type if typed else "",
        canonical_type=description.canonical_type if typed and settings.show_aka else "",
        definition=description.definition,
        value=description.value,
        size=description.size,
        align=description.align,
        offset_bits=description.offset_bits,
        padding_bits=description.padding_bits,
        result=description.result,
        parameters=tuple(description.parameters),
        access=description.access,
        documentation=description.documentation,
        declared=Location(path, place) if path else None,
        language=language,
    )


def _of_include(cursor: Cursor) -> Card:
    return Card(
        name=os.path.basename(cursor.include),
        kind=SymbolKind.FILE,
        definition=cursor.include,
        language="text",
    )


def card_of(symbol: Symbol, path: str) -> Card:
    """What the index knows of a symbol; ``path`` is of the file that asks, for its language."""
    return _of_symbol(symbol, _LANGUAGES.get(os.path.splitext(path)[1], "cpp"))


def _of_symbol(symbol: Symbol, language: str) -> Card:
    """What the index knows: no layout, no value, the short form of the documentation."""
    return Card(
        name=symbol.name,
        kind=symbol.kind,
        flags=symbol.flags,
        container=symbol.scope,
        definition=_as_source(symbol),
        documentation=symbol.brief,
        declared=symbol.definition or symbol.declaration,
        language=language,
    )


def _as_source(symbol: Symbol) -> str:
    """The declaration as the index's short form of it lets one write it."""
    name, signature = symbol.name, symbol.signature
    if symbol.kind == SymbolKind.MACRO:
        return f"#define {name}{signature}"
    if signature.startswith("("):
        parameters, _, result = signature.rpartition(" -> ")
        return f"{result} {name}{parameters}" if parameters else f"{name}{signature}"
    if symbol.kind in TYPES:
        return f"{symbol.kind.name.lower()} {name}"
    if signature.startswith("="):
        return f"{name} {signature}"
    space = "" if signature.endswith(("*", "&")) else " "
    return f"{signature}{space}{name}".strip()
