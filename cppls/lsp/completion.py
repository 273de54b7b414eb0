"""Completion and signature help as LSP requests; see ``answers.py``."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

from lsprotocol import types as lsp

from cppls.core.live_completion import CompletionEdit, Signature
from cppls.core.model import Position, Span
from cppls.core.text import Text
from cppls.features.completion import Completion
from cppls.features.completion import completion as complete_at
from cppls.features.completion_details import completion_details
from cppls.features.signature_help import signature_help as find_call
from cppls.features.suggestions import ItemKind, Suggestion
from cppls.lsp import wire
from cppls.lsp.answers import explain
from cppls.lsp.completion_client import CompletionSupport
from cppls.lsp.convert import Places
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.questions import Question, ask_at
from cppls.lsp.session import Session
from cppls.lsp.wire_completion import (
    CompletionItem,
    CompletionList,
    InsertReplaceEdit,
    LabelDetails,
    ParameterInformation,
    SignatureHelp,
    SignatureInformation,
)

OPTIONS: Final = lsp.CompletionOptions(
    trigger_characters=[".", "<", ">", ":", '"', "/"],
    resolve_provider=True,
    completion_item=lsp.ServerCompletionItemOptions(label_details_support=True),
)
"""clangd's, but for ``*``."""

SIGNATURE_OPTIONS: Final = lsp.SignatureHelpOptions(
    trigger_characters=["(", ")", "{", "}", "<", ">", ","], retrigger_characters=[","]
)

_KINDS: Final = {
    ItemKind.TEXT: 1,
    ItemKind.METHOD: 2,
    ItemKind.FUNCTION: 3,
    ItemKind.CONSTRUCTOR: 4,
    ItemKind.FIELD: 5,
    ItemKind.VARIABLE: 6,
    ItemKind.CLASS: 7,
    ItemKind.INTERFACE: 8,
    ItemKind.MODULE: 9,
    ItemKind.PROPERTY: 10,
    ItemKind.ENUM: 13,
    ItemKind.KEYWORD: 14,
    ItemKind.SNIPPET: 15,
    ItemKind.FILE: 17,
    ItemKind.REFERENCE: 18,
    ItemKind.FOLDER: 19,
    ItemKind.ENUM_MEMBER: 20,
    ItemKind.CONSTANT: 21,
    ItemKind.STRUCT: 22,
    ItemKind.OPERATOR: 24,
    ItemKind.TYPE_PARAMETER: 25,
}
"""LSP's ``CompletionItemKind``."""
_FIRST_KINDS: Final = 18
_SIMPLER: Final = {19: 17, 20: 13, 21: 6, 22: 7, 24: 3, 25: 7}
"""Kinds of newer protocol versions, and their nearest relatives among the first ones."""

_COMMIT: Final = [".", ",", ";", ")", "]", "[", "+", "=", "&"]
"""What ends the name of a member: none can be declared there, so that a letter too few is all that
the client could mean otherwise."""

_SNIPPET: Final = 2


async def completion(question: Question, params: lsp.CompletionParams) -> CompletionList:
    """``textDocument/completion``."""
    if not _is_meant(question, params.context):
        return CompletionList(is_incomplete=False, items=[])
    answer = await complete_at(question.snapshot, question.path, question.position)
    places = await question.places([question.path])
    rendering = _Rendering(question, answer, places)
    items = [rendering.item(rank, item) for rank, item in enumerate(answer.items)]
    return CompletionList(answer.more, items)


def resolve(session: Session, params: lsp.CompletionItem) -> Awaitable[Any]:
    """``completionItem/resolve``: the documentation of an item."""
    raw: object = params.data
    data = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    uri, name = data.get("uri"), data.get("name")
    if not isinstance(uri, str) or not isinstance(name, str):
        raise RequestError(INVALID_PARAMS, "completionItem/resolve: the item's data is not cppls's")

    async def answer(question: Question) -> lsp.CompletionItem:
        card = await completion_details(question.snapshot, question.path, name)
        if card is not None:
            form = session.client.completion.documentation
            text = card.markdown() if form == "markdown" else card.plain_text()
            params.documentation = lsp.MarkupContent(lsp.MarkupKind(form), text) if form else text
        return params

    return ask_at(session, uri, lsp.Position(line=0, character=0), answer, urgent=True)


async def signature_help(question: Question, _: lsp.SignatureHelpParams) -> SignatureHelp | None:
    """``textDocument/signatureHelp``."""
    answer = await find_call(question.snapshot, question.path, question.position)
    explain(question, answer)
    if not answer.items:
        return None
    call = answer.items[0]
    shown = [_signature(signature, question) for signature in call.signatures]
    return SignatureHelp(shown, 0, call.argument)


def _is_meant(question: Question, context: lsp.CompletionContext | None) -> bool:
    """Whether the character that asked for it means what it is listed for: ``->`` not ``a > b``."""
    if context is None or context.trigger_kind != lsp.CompletionTriggerKind.TriggerCharacter:
        return True
    line = question.text.line(question.position.line)[: question.position.column]
    sign = context.trigger_character
    if sign in ('"', "<", "/"):
        return line.lstrip().startswith(b"#")
    if sign == ">":
        return line.endswith(b"->")
    return line.endswith(b"::") if sign == ":" else not line[:-1].rstrip().isdigit()


class _Rendering:
    """One answer's suggestions as items of the protocol."""

    def __init__(self, question: Question, answer: Completion, places: Places) -> None:
        self._question = question
        self._answer = answer
        self._places = places
        self._uri = places.uri(question.path)
        self._replaced = places.range(question.path, answer.replaced)
        at = question.position
        typed = Span(answer.replaced.line, answer.replaced.column, at.line, at.column)
        self._inserted = places.range(question.path, typed)

    @property
    def _client(self) -> CompletionSupport:
        return self._question.client.completion

    def item(self, rank: int, value: Suggestion) -> CompletionItem:
        """``value``, the one of this rank."""
        snippets = self._client.snippets and value.snippet != value.plain
        text = value.snippet if snippets else value.plain
        label, details = self._label(value)
        return CompletionItem(
            label=label,
            kind=self._kind(value),
            sort_text=f"{rank:04}",
            filter_text=value.name,
            text_edit=self._edit(text),
            label_details=details,
            detail=_detail(value),
            documentation=_documentation(value.documentation, self._client.documentation),
            insert_text_format=_SNIPPET if snippets else 1,
            additional_text_edits=[self._additional(edit) for edit in value.edits],
            commit_characters=self._commit_characters(value),
            deprecated=value.deprecated and self._client.deprecated and not self._client.tags,
            tags=[1] if value.deprecated and self._client.tags else [],
            score=value.score / 1000,
            data=self._data(value),
        )

    def _kind(self, value: Suggestion) -> int:
        kind = _KINDS[value.kind]
        known = kind <= _FIRST_KINDS or kind in self._client.kinds
        return kind if known else _SIMPLER[kind]

    def _label(self, value: Suggestion) -> tuple[str, LabelDetails | None]:
        # An item that includes its header is marked as clangd marks it.
        mark = "•" if value.header else ""
        if not self._client.label_details:
            return f"{mark}{value.qualifier}{value.name}{value.signature}", None
        description = value.header or value.scope
        details = LabelDetails(value.signature, description)
        return f"{mark}{value.qualifier}{value.name}", details

    def _edit(self, text: str) -> wire.TextEdit | InsertReplaceEdit:
        if self._client.insert_replace:
            return InsertReplaceEdit(text, self._inserted, self._replaced)
        return wire.TextEdit(self._inserted, text)

    def _additional(self, edit: CompletionEdit) -> wire.TextEdit:
        return wire.TextEdit(self._places.range(self._question.path, edit.span), edit.text)

    def _commit_characters(self, value: Suggestion) -> list[str]:
        named = self._answer.is_member and not value.callable and not value.edits
        return _COMMIT if named and self._client.commit_characters else []

    def _data(self, value: Suggestion) -> dict[str, str] | None:
        if value.kind in (ItemKind.TEXT, ItemKind.KEYWORD, ItemKind.SNIPPET, ItemKind.FILE):
            return None
        return {"uri": self._uri, "name": value.qualified_name}


def _documentation(text: str, form: str) -> wire.MarkupContent | str | None:
    """The compiler's short form of a comment, plain words, in a client's form."""
    if not text:
        return None
    return wire.MarkupContent(form, text) if form else text


def _detail(value: Suggestion) -> str:
    if value.overloads:
        return f"[{value.overloads + 1} overloads]" if value.callable else value.type
    return value.type


def _signature(value: Signature, question: Question) -> SignatureInformation:
    support = question.client.completion
    parameters: Sequence[ParameterInformation]
    if support.label_offsets:
        encoding = question.client.encoding
        label = Text.of(value.label)

        def offset(column: int) -> int:
            return label.to_character(Position(0, column), encoding)

        parameters = [
            ParameterInformation((offset(start), offset(end))) for start, end in value.parameters
        ]
    else:
        raw = value.label.encode()
        parameters = [
            ParameterInformation(raw[start:end].decode()) for start, end in value.parameters
        ]
    documentation = _documentation(value.brief, support.signature_documentation)
    current = value.current if support.active_parameters and value.current >= 0 else None
    return SignatureInformation(value.label, list(parameters), documentation, current)
