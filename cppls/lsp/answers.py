"""Features as LSP requests: ask, then say it in the client's columns and forms.

Each function takes a :class:`Question` (what was asked, on which snapshot) and gives what goes on
the wire. No logic of C++ lives here, and no engine's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

import msgspec
from lsprotocol import types as lsp

from cppls.core.live_questions import OutlineItem
from cppls.core.model import Location, Position, Span, SymbolId
from cppls.features.answer import Answer
from cppls.features.declaration import declaration as find_declaration
from cppls.features.definition import definition as find_definition
from cppls.features.highlights import highlights as find_highlights
from cppls.features.hover import hover as describe
from cppls.features.implementation import implementation as find_implementation
from cppls.features.lookup import look_up
from cppls.features.outline import outline as find_outline
from cppls.features.references import references as find_references
from cppls.features.snapshot import Snapshot
from cppls.features.type_definition import type_definition as find_type_definition
from cppls.features.workspace_symbols import workspace_symbols as find_symbols
from cppls.index.reader import Reader
from cppls.lsp import render, wire
from cppls.lsp.convert import Places
from cppls.lsp.questions import Question

T = TypeVar("T")

SYMBOL_LIMIT: Final = 200
"""Workspace symbols in one answer: a list that is typed into, asked again with each letter."""


Locations = list[wire.Location] | list[wire.LocationLink]
_Find = Callable[[Snapshot, str, Position], Awaitable[Answer[Location]]]


async def definition(question: Question, _: lsp.DefinitionParams) -> Locations:
    """``textDocument/definition``."""
    return await _locations(question, find_definition, question.client.definition_links)


async def declaration(question: Question, _: lsp.DeclarationParams) -> Locations:
    """``textDocument/declaration``."""
    return await _locations(question, find_declaration, question.client.declaration_links)


async def type_definition(question: Question, _: lsp.TypeDefinitionParams) -> Locations:
    """``textDocument/typeDefinition``."""
    return await _locations(question, find_type_definition, question.client.type_definition_links)


async def implementation(question: Question, _: lsp.ImplementationParams) -> Locations:
    """``textDocument/implementation``."""
    return await _locations(question, find_implementation, question.client.implementation_links)


async def references(question: Question, params: lsp.ReferenceParams) -> msgspec.Raw:
    """``textDocument/references``."""
    answer = await find_references(
        question.snapshot,
        question.path,
        question.position,
        include_declaration=params.context.include_declaration,
    )
    explain(question, answer)
    places = await question.places({item.path for item in answer.items})
    names: Mapping[SymbolId, str] = {}
    if question.client.reference_containers:
        names = await look_up(question.snapshot, {}, Reader.container_names, answer.items)
    return await places.encoded(answer.items, names)


async def highlight(
    question: Question, _: lsp.DocumentHighlightParams
) -> list[wire.DocumentHighlight]:
    """``textDocument/documentHighlight``."""
    answer = await find_highlights(question.snapshot, question.path, question.position)
    explain(question, answer)
    places = await question.places([question.path])
    return [
        wire.DocumentHighlight(
            places.range(question.path, item.span), render.HIGHLIGHT_KIND[item.kind]
        )
        for item in answer.items
    ]


async def hover(question: Question, _: lsp.HoverParams) -> wire.Hover | None:
    """``textDocument/hover``."""
    answer = await describe(question.snapshot, question.path, question.position)
    explain(question, answer)
    if not answer.items:
        return None
    card, token = answer.items[0], answer.token or _point(question.position)
    markdown = question.client.markdown
    contents = wire.MarkupContent(
        "markdown" if markdown else "plaintext", card.markdown() if markdown else card.plain_text()
    )
    places = await question.places([question.path])
    return wire.Hover(contents, places.range(question.path, token))


async def document_symbol(
    question: Question, _: lsp.DocumentSymbolParams
) -> list[wire.DocumentSymbol] | list[wire.SymbolInformation]:
    """``textDocument/documentSymbol``: a tree, or a list for clients that show no trees."""
    answer = await find_outline(question.snapshot, question.path)
    explain(question, answer)
    places = await question.places([question.path])
    kinds = question.client.outline_kinds
    tree = [_outline_item(item, question.path, places, kinds) for item in answer.items]
    if question.client.hierarchical_symbols:
        return tree
    return list(render.flat(tree, places.uri(question.path)))


async def workspace_symbol(
    question: Question, params: lsp.WorkspaceSymbolParams
) -> list[wire.SymbolInformation]:
    """``workspace/symbol`` in one project."""
    answer = await find_symbols(question.snapshot, params.query, limit=SYMBOL_LIMIT)
    explain(question, answer)
    located = [
        (symbol, place)
        for symbol in answer.items
        if (place := symbol.definition or symbol.declaration) is not None
    ]
    places = await question.places(place.path for _, place in located)
    locations = await places.locations([place for _, place in located])
    kinds = question.client.workspace_kinds
    return [
        wire.SymbolInformation(
            symbol.name,
            render.symbol_kind(symbol.kind, kinds),
            location,
            symbol.scope,
            render.symbol_tags(symbol.flags),
        )
        for (symbol, _), location in zip(located, locations, strict=True)
    ]


async def _locations(question: Question, find: _Find, links: bool) -> Locations:
    answer = await find(question.snapshot, question.path, question.position)
    explain(question, answer)
    places = await question.places((question.path, *(item.path for item in answer.items)))
    locations = await places.locations(answer.items)
    if not links:
        return locations
    origin = places.range(question.path, answer.token or _point(question.position))
    return [
        wire.LocationLink(location.uri, location.range, location.range, origin)
        for location in locations
    ]


def explain(question: Question, answer: Answer[T]) -> None:
    """Why there is nothing, or not all: LSP's answers have no room for it, its trace has."""
    if answer.absence is not None:
        question.explain(answer.absence.message)
    elif answer.more:
        question.explain(f"only the first {len(answer.items)} are shown")


def _outline_item(
    item: OutlineItem, path: str, places: Places, kinds: frozenset[int]
) -> wire.DocumentSymbol:
    return wire.DocumentSymbol(
        name=item.name or "(anonymous)",
        kind=render.symbol_kind(item.kind, kinds),
        range=places.range(path, item.extent),
        selection_range=places.range(path, item.selection),
        detail=item.detail,
        tags=render.symbol_tags(item.flags),
        children=[_outline_item(child, path, places, kinds) for child in item.children],
    )


def _point(position: Position) -> Span:
    return Span(position.line, position.column, position.line, position.column)
