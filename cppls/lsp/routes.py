"""The routing table: every method that cppls understands, and what answers it.

The one place that says which requests are *urgent*: while such a request waits for its answer, no
background job starts. Lists that an editor fills in on the side are not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from lsprotocol import types as lsp

from cppls.lsp import (
    answers,
    code_actions,
    completion,
    extensions,
    formatting,
    header_contexts,
    hierarchies,
    lenses,
    lifecycle,
    memory,
    painting,
    pulling,
    renaming,
    sync,
)
from cppls.lsp.questions import Question, ask_at, ask_everywhere
from cppls.lsp.session import Session

Handler = Callable[[Session, Any], Any]
"""Runs in message order; what it returns is the answer, or an awaitable of it."""
Answer = Callable[[Question, Any], Awaitable[Any]]

_START: Final = lsp.Position(line=0, character=0)


@dataclass(frozen=True, slots=True)
class Route:
    """A method, its handler, and the options under which it is announced to clients."""

    method: str
    handler: Handler
    options: Any = None


def install(session: Session) -> None:
    """Make ``session`` answer all of :data:`ROUTES`."""
    for route in ROUTES:
        session.protocol.register(route.method, partial(route.handler, session), route.options)


def _position(answer: Answer, *, urgent: bool = True) -> Handler:
    """A request about a position in a document."""

    def handler(session: Session, params: Any) -> Awaitable[Any]:
        ask = partial(_with, answer, params)
        return ask_at(session, params.text_document.uri, params.position, ask, urgent=urgent)

    return handler


def _range(answer: Answer, *, urgent: bool = True) -> Handler:
    """A request about a range; the question's position is where it starts."""

    def handler(session: Session, params: Any) -> Awaitable[Any]:
        ask = partial(_with, answer, params)
        return ask_at(session, params.text_document.uri, params.range.start, ask, urgent=urgent)

    return handler


def _document(answer: Answer, *, urgent: bool = True) -> Handler:
    """A request about a whole document."""

    def handler(session: Session, params: Any) -> Awaitable[Any]:
        ask = partial(_with, answer, params)
        return ask_at(session, params.text_document.uri, _START, ask, urgent=urgent)

    return handler


def _item(answer: Answer, *, urgent: bool = True) -> Handler:
    """A request about an item of a hierarchy that the client was given before."""

    def handler(session: Session, params: Any) -> Awaitable[Any]:
        ask, item = partial(_with, answer, params), params.item
        return ask_at(session, item.uri, item.selection_range.start, ask, urgent=urgent)

    return handler


def _everywhere(answer: Answer, *, urgent: bool = True) -> Handler:
    """A request about all projects of the client, answered by a list."""

    def handler(session: Session, params: Any) -> Awaitable[Any]:
        return ask_everywhere(session, partial(_with, answer, params), urgent=urgent)

    return handler


def _with(answer: Answer, params: Any, question: Question) -> Awaitable[Any]:
    return answer(question, params)


_SIGNATURES: Final = completion.SIGNATURE_OPTIONS
_COMMANDS: Final = lsp.ExecuteCommandOptions(commands=list(memory.COMMANDS))
_RANGES: Final = lsp.DocumentRangeFormattingOptions(ranges_support=True)
_TYPED: Final = lsp.DocumentOnTypeFormattingOptions(
    first_trigger_character=formatting.FIRST_TRIGGER,
    more_trigger_character=list(formatting.MORE_TRIGGERS),
)
_PULLED: Final = lsp.DiagnosticOptions(
    identifier="cppls", inter_file_dependencies=True, workspace_diagnostics=True
)
_SAVE: Final = lsp.SaveOptions(include_text=False)

ROUTES: Final = (
    Route(lsp.INITIALIZE, lifecycle.initialize),
    Route(lsp.INITIALIZED, lifecycle.initialized),
    Route(lsp.SHUTDOWN, lifecycle.shutdown),
    Route(lsp.EXIT, lifecycle.exit_),
    Route(lsp.SET_TRACE, lifecycle.set_trace),
    Route(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration),
    Route(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, lifecycle.did_change_workspace_folders),
    Route(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, lifecycle.did_change_watched_files),
    Route(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL, lifecycle.work_done_progress_cancel),
    Route("cppls/status", memory.status),
    Route("$/memoryUsage", memory.memory_usage),
    Route("cppls/headerContext", header_contexts.header_context),
    Route("cppls/setHeaderContext", header_contexts.set_header_context),
    Route(lsp.WORKSPACE_EXECUTE_COMMAND, memory.execute_command, _COMMANDS),
    Route(lsp.TEXT_DOCUMENT_DID_OPEN, sync.did_open),
    Route(lsp.TEXT_DOCUMENT_DID_CHANGE, sync.did_change),
    Route(lsp.TEXT_DOCUMENT_DID_SAVE, sync.did_save, _SAVE),
    Route(lsp.TEXT_DOCUMENT_DID_CLOSE, sync.did_close),
    Route(lsp.TEXT_DOCUMENT_DEFINITION, _position(answers.definition)),
    Route(lsp.TEXT_DOCUMENT_DECLARATION, _position(answers.declaration)),
    Route(lsp.TEXT_DOCUMENT_TYPE_DEFINITION, _position(answers.type_definition)),
    Route(lsp.TEXT_DOCUMENT_IMPLEMENTATION, _position(answers.implementation)),
    Route(lsp.TEXT_DOCUMENT_REFERENCES, _position(answers.references)),
    Route(lsp.TEXT_DOCUMENT_HOVER, _position(answers.hover)),
    Route(lsp.TEXT_DOCUMENT_COMPLETION, _position(completion.completion), completion.OPTIONS),
    Route(lsp.COMPLETION_ITEM_RESOLVE, completion.resolve),
    Route(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, _position(completion.signature_help), _SIGNATURES),
    Route(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, _position(answers.highlight)),
    Route(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, _document(answers.document_symbol, urgent=False)),
    Route(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        _range(code_actions.code_action, urgent=False),
        code_actions.OPTIONS,
    ),
    Route(lsp.CODE_ACTION_RESOLVE, code_actions.resolve),
    Route(lsp.TEXT_DOCUMENT_FORMATTING, _document(formatting.document_formatting)),
    Route(lsp.TEXT_DOCUMENT_RANGE_FORMATTING, _range(formatting.range_formatting), _RANGES),
    Route(lsp.TEXT_DOCUMENT_RANGES_FORMATTING, _document(formatting.ranges_formatting)),
    Route(
        lsp.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
        _position(formatting.on_type_formatting, urgent=False),
        _TYPED,
    ),
    Route(lsp.TEXT_DOCUMENT_DIAGNOSTIC, pulling.document_diagnostic, _PULLED),
    Route(lsp.WORKSPACE_DIAGNOSTIC, pulling.workspace_diagnostic),
    Route(lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, _position(hierarchies.prepare_calls)),
    Route(lsp.CALL_HIERARCHY_INCOMING_CALLS, _item(hierarchies.incoming_calls)),
    Route(lsp.CALL_HIERARCHY_OUTGOING_CALLS, _item(hierarchies.outgoing_calls)),
    Route(lsp.TEXT_DOCUMENT_PREPARE_TYPE_HIERARCHY, _position(hierarchies.prepare_types)),
    Route(lsp.TYPE_HIERARCHY_SUPERTYPES, _item(hierarchies.supertypes)),
    Route(lsp.TYPE_HIERARCHY_SUBTYPES, _item(hierarchies.subtypes)),
    Route(lsp.TEXT_DOCUMENT_CODE_LENS, _document(lenses.code_lens, urgent=False), lenses.OPTIONS),
    Route(lsp.CODE_LENS_RESOLVE, lenses.resolve),
    Route(lsp.TEXT_DOCUMENT_PREPARE_RENAME, _position(renaming.prepare_rename)),
    Route(lsp.TEXT_DOCUMENT_RENAME, _position(renaming.rename), renaming.OPTIONS),
    Route(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, painting.tokens_full, painting.SEMANTIC_TOKENS),
    Route(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, painting.tokens_delta),
    Route(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, painting.tokens_range),
    Route(lsp.TEXT_DOCUMENT_INLAY_HINT, painting.inlay_hint),
    Route(lsp.TEXT_DOCUMENT_SELECTION_RANGE, _document(painting.selection_range)),
    Route(extensions.AST, extensions.ast),
    Route(extensions.SYMBOL_INFO, extensions.symbol_details),
    Route(extensions.SWITCH_SOURCE_HEADER, extensions.other_file),
    Route(lsp.TEXT_DOCUMENT_FOLDING_RANGE, _document(painting.folding_range, urgent=False)),
    Route(
        lsp.TEXT_DOCUMENT_DOCUMENT_LINK,
        _document(painting.document_link, urgent=False),
        painting.LINKS,
    ),
    Route(lsp.WORKSPACE_SYMBOL, _everywhere(answers.workspace_symbol)),
)
