"""What clangd answers beyond the protocol, by its names: its editors' plugins ask for it.

``textDocument/ast``, ``textDocument/symbolInfo``, ``textDocument/switchSourceHeader``. The
parameters of such methods come as plain data and are checked here.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from lsprotocol import types as lsp

from cppls.core.live_painting import SyntaxNode
from cppls.core.model import Span
from cppls.features.switch_source_header import switch_source_header
from cppls.features.symbol_info import SymbolInfo, symbol_info
from cppls.features.syntax_tree import syntax_tree
from cppls.lsp.answers import explain
from cppls.lsp.convert import Places
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.painting import once_parsed, revision_of
from cppls.lsp.questions import Question, ask_at
from cppls.lsp.session import Session
from cppls.lsp.wire import Location, Position, Range
from cppls.lsp.wire_painting import AstNode, SymbolDetails

AST: Final = "textDocument/ast"
SYMBOL_INFO: Final = "textDocument/symbolInfo"
SWITCH_SOURCE_HEADER: Final = "textDocument/switchSourceHeader"

CAPABILITIES: Final = {"astProvider": True, "inactiveRegionsProvider": True}
"""What clangd announces besides the protocol's capabilities."""

_P = TypeVar("_P", bound=msgspec.Struct)


class Identifier(msgspec.Struct, frozen=True):
    """A document by its URI."""

    uri: str


class AstParams(msgspec.Struct, frozen=True, rename="camel"):
    """Of ``textDocument/ast``."""

    text_document: Identifier
    range: Range


class PlaceParams(msgspec.Struct, frozen=True, rename="camel"):
    """Of ``textDocument/symbolInfo``."""

    text_document: Identifier
    position: Position


def ast(session: Session, params: Any) -> Awaitable[AstNode | None]:
    """``textDocument/ast``: the node that holds a range."""
    asked = _typed(params, AstParams)
    revision = revision_of(session, asked.text_document.uri)

    async def ask(question: Question) -> AstNode | None:
        start, last = question.position, asked.range.end
        end = question.text.to_position(last.line, last.character, question.client.encoding)
        span = Span(start.line, start.column, end.line, end.column)
        find = partial(syntax_tree, question.snapshot, question.path, span)
        answer = await once_parsed(session, question.path, revision, find)
        explain(question, answer)
        places = await question.places([question.path])
        return _node(answer.items[0], question.path, places) if answer.items else None

    return ask_at(session, asked.text_document.uri, _at(asked.range.start), ask, urgent=True)


def symbol_details(session: Session, params: Any) -> Awaitable[list[SymbolDetails]]:
    """``textDocument/symbolInfo``."""
    asked = _typed(params, PlaceParams)
    revision = revision_of(session, asked.text_document.uri)

    async def ask(question: Question) -> list[SymbolDetails]:
        find = partial(symbol_info, question.snapshot, question.path, question.position)
        answer = await once_parsed(session, question.path, revision, find)
        explain(question, answer)
        return [await _details(question, item) for item in answer.items]

    return ask_at(session, asked.text_document.uri, _at(asked.position), ask, urgent=True)


def other_file(session: Session, params: Any) -> Awaitable[str | None]:
    """``textDocument/switchSourceHeader``: the URI of the other file."""
    asked = _typed(params, Identifier)

    async def ask(question: Question) -> str | None:
        answer = await switch_source_header(question.snapshot, question.path)
        explain(question, answer)
        return question.uri_of(answer.items[0]) if answer.items else None

    return ask_at(session, asked.uri, _at(Position(0, 0)), ask, urgent=True)


def _typed(params: Any, type: type[_P]) -> _P:
    try:
        return msgspec.convert(params, type=type)
    except msgspec.ValidationError as error:
        raise RequestError(INVALID_PARAMS, str(error)) from error


def _at(position: Position) -> lsp.Position:
    return lsp.Position(line=position.line, character=position.character)


def _node(node: SyntaxNode, path: str, places: Places) -> AstNode:
    return AstNode(
        node.role,
        node.kind,
        node.detail,
        node.arcana,
        places.range(path, node.span) if node.span is not None else None,
        [_node(child, path, places) for child in node.children],
    )


async def _details(question: Question, item: SymbolInfo) -> SymbolDetails:
    known = [at for at in (item.declaration, item.definition) if at is not None]
    places = await question.places([at.path for at in known])
    shown: list[Location] = await places.locations(known)
    by_place = dict(zip(known, shown, strict=True))
    return SymbolDetails(
        name=item.name,
        container_name=item.container or None,
        usr=item.usr,
        id=item.id,
        declaration_range=by_place[item.declaration] if item.declaration else msgspec.UNSET,
        definition_range=by_place[item.definition] if item.definition else msgspec.UNSET,
    )
