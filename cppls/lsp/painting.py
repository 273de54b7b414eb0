"""What an editor paints around its text, as LSP requests: colours, folds, links, hints.

As ``answers.py``; the handlers of semantic tokens take the session as well, which keeps the last
results for deltas.
"""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import msgspec
from lsprotocol import types as lsp

from cppls.core import live_painting
from cppls.core.live_painting import TOKEN_MODIFIERS, TOKEN_TYPES, HintKind
from cppls.features.answer import Answer, Reason
from cppls.features.document_links import document_links
from cppls.features.folding import Fold, folding
from cppls.features.inlay_hints import inlay_hints
from cppls.features.selection_ranges import selection_ranges
from cppls.features.semantic_tokens import semantic_tokens
from cppls.lsp import token_numbers
from cppls.lsp.answers import explain
from cppls.lsp.questions import Question, ask_at
from cppls.lsp.session import Session
from cppls.lsp.wire import Position, Range
from cppls.lsp.wire_painting import (
    DocumentLink,
    FoldingRange,
    InlayHint,
    SelectionRange,
    SemanticTokens,
    SemanticTokensDelta,
    SemanticTokensEdit,
)

SEMANTIC_TOKENS: Final = lsp.SemanticTokensLegend(
    token_types=list(TOKEN_TYPES), token_modifiers=list(TOKEN_MODIFIERS)
)
LINKS: Final = lsp.DocumentLinkOptions(resolve_provider=False)

T = TypeVar("T")

_START: Final = lsp.Position(line=0, character=0)


def tokens_full(session: Session, params: lsp.SemanticTokensParams) -> Awaitable[SemanticTokens]:
    """``textDocument/semanticTokens/full``."""
    uri = params.text_document.uri
    revision = revision_of(session, uri)

    async def ask(question: Question) -> SemanticTokens:
        numbers = await _tokens(session, question, revision)
        return SemanticTokens(numbers.tolist(), session.painter.results.keep(uri, numbers))

    return ask_at(session, uri, _START, ask, urgent=False)


def tokens_delta(
    session: Session, params: lsp.SemanticTokensDeltaParams
) -> Awaitable[SemanticTokens | SemanticTokensDelta]:
    """``textDocument/semanticTokens/full/delta``: all of them where the last are not kept."""
    uri = params.text_document.uri
    revision = revision_of(session, uri)

    async def ask(question: Question) -> SemanticTokens | SemanticTokensDelta:
        numbers = await _tokens(session, question, revision)
        results = session.painter.results
        before = results.kept(uri, params.previous_result_id)
        identifier = results.keep(uri, numbers)
        if before is None:
            return SemanticTokens(numbers.tolist(), identifier)
        edit = token_numbers.difference(before, numbers)
        edits = [SemanticTokensEdit(edit[0], edit[1], edit[2].tolist())] if edit else []
        return SemanticTokensDelta(identifier, edits)

    return ask_at(session, uri, _START, ask, urgent=False)


def tokens_range(
    session: Session, params: lsp.SemanticTokensRangeParams
) -> Awaitable[SemanticTokens]:
    """``textDocument/semanticTokens/range``: those of whole lines."""
    first, last = params.range.start.line, params.range.end.line
    revision = revision_of(session, params.text_document.uri)

    async def ask(question: Question) -> SemanticTokens:
        numbers = await _tokens(session, question, revision)
        return SemanticTokens(token_numbers.in_lines(numbers, first, last).tolist())

    return ask_at(session, params.text_document.uri, _START, ask, urgent=False)


async def folding_range(question: Question, _: lsp.FoldingRangeParams) -> list[FoldingRange]:
    """``textDocument/foldingRange``."""
    client = question.client
    answer = await folding(question.snapshot, question.path, whole_lines=client.folds_lines)
    explain(question, answer)
    places = await question.places([question.path])
    ranges = [(fold, places.range(question.path, fold.span)) for fold in answer.items]
    make = _whole_lines if client.folds_lines else _characters
    return [make(fold, shown) for fold, shown in ranges[: client.folds_at_most]]


async def document_link(question: Question, _: lsp.DocumentLinkParams) -> list[DocumentLink]:
    """``textDocument/documentLink``."""
    answer = await document_links(question.snapshot, question.path)
    explain(question, answer)
    places = await question.places([question.path])
    tooltips = question.client.link_tooltips
    return [
        DocumentLink(
            places.range(question.path, link.span),
            places.uri(link.target),
            link.target if tooltips else msgspec.UNSET,
        )
        for link in answer.items
    ]


def inlay_hint(session: Session, params: lsp.InlayHintParams) -> Awaitable[list[InlayHint]]:
    """``textDocument/inlayHint``."""
    revision = revision_of(session, params.text_document.uri)

    async def ask(question: Question) -> list[InlayHint]:
        return await _hints(session, question, revision, params.range)

    return ask_at(session, params.text_document.uri, params.range.start, ask, urgent=False)


async def _hints(
    session: Session, question: Question, revision: int | None, asked: lsp.Range
) -> list[InlayHint]:
    first, last = asked.start, asked.end
    find = partial(inlay_hints, question.snapshot, question.path, first.line, last.line)
    answer = await once_parsed(session, question.path, revision, find)
    explain(question, answer)
    places = await question.places([question.path])
    shown = [
        (hint, places.position(question.path, hint.line, hint.column)) for hint in answer.items
    ]
    return [
        _hint(hint, place)
        for hint, place in shown
        if (first.line, first.character) <= (place.line, place.character)
        and (place.line, place.character) <= (last.line, last.character)
    ]


async def selection_range(
    question: Question, params: lsp.SelectionRangeParams
) -> list[SelectionRange]:
    """``textDocument/selectionRange``."""
    encoding, text = question.client.encoding, question.text
    asked = [text.to_position(at.line, at.character, encoding) for at in params.positions]
    answer = await selection_ranges(question.snapshot, question.path, asked)
    explain(question, answer)
    places = await question.places([question.path])
    found: list[SelectionRange] = []
    for spans in answer.items:
        chain: SelectionRange | msgspec.UnsetType = msgspec.UNSET
        for span in reversed(spans):
            chain = SelectionRange(places.range(question.path, span), chain)
        if chain is not msgspec.UNSET:
            found.append(chain)
    return found


def revision_of(session: Session, uri: str) -> int | None:
    """The engine's number of the open document's text, at the moment of asking."""
    document = session.documents.get(uri)
    return document.revision if document is not None else None


async def once_parsed(
    session: Session, path: str, revision: int | None, find: Callable[[], Awaitable[Answer[T]]]
) -> Answer[T]:
    """What ``find`` finds, if need be after the text's parse."""
    answer = await find()
    unparsed = answer.absence is not None and answer.absence.reason is Reason.NOT_INDEXED
    if not unparsed or revision is None or not await session.painter.parsed(path, revision):
        return answer
    return await find()


async def _tokens(session: Session, question: Question, revision: int | None) -> array[int]:
    """The file's tokens as the client counts and knows them."""
    client = session.client
    inactive = not client.inactive_regions
    find = partial(semantic_tokens, question.snapshot, question.path, inactive=inactive)
    answer = await once_parsed(session, question.path, revision, find)
    explain(question, answer)
    if not answer.items:
        return array("I")
    numbers = token_numbers.in_characters(answer.items[0], question.text, client.encoding)
    types = token_numbers.known_types(client.token_types)
    return token_numbers.with_types(numbers, types) if types is not None else numbers


_KINDS: Final = {HintKind.TYPE: 1, HintKind.PARAMETER: 2}
"""LSP's ``InlayHintKind``; others have none."""


def _hint(hint: live_painting.InlayHint, place: Position) -> InlayHint:
    kind = HintKind(hint.kind)
    label = hint.label.lstrip(" ")
    return InlayHint(
        place,
        label,
        _KINDS.get(kind, msgspec.UNSET),
        padding_left=label != hint.label,
        padding_right=kind is HintKind.PARAMETER,
    )


def _whole_lines(fold: Fold, shown: Range) -> FoldingRange:
    return FoldingRange(shown.start.line, shown.end.line, fold.kind.value)


def _characters(fold: Fold, shown: Range) -> FoldingRange:
    start: Position = shown.start
    end: Position = shown.end
    return FoldingRange(start.line, end.line, fold.kind.value, start.character, end.character)
