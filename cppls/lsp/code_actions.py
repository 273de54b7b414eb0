"""Code actions as LSP requests: fixes of diagnostics, whole-file fixes, and tweaks.

A client that can ask again for an action's edit gets tweaks without one: most are never taken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from lsprotocol import types as lsp

from cppls.core.model import Edit, Span
from cppls.engine.unused_includes import CODE as UNUSED_INCLUDE
from cppls.features.missing_include import missing_includes
from cppls.features.quick_fixes import fix_all, quick_fixes, touch
from cppls.features.tweaks import TWEAKS, offers
from cppls.features.tweaks.selection import Offer, Refused
from cppls.lsp import render, wire
from cppls.lsp.convert import Places
from cppls.lsp.errors import CONTENT_MODIFIED, INVALID_PARAMS, REQUEST_FAILED, RequestError
from cppls.lsp.questions import Question, ask_at
from cppls.lsp.session import Session
from cppls.lsp.wire_edits import (
    CodeAction,
    DocumentEdits,
    DocumentVersion,
    TweakData,
    VersionedEdit,
)

QUICK_FIX: Final = "quickfix"
FIX_ALL: Final = "source.fixAll"
ORGANIZE: Final = "source.organizeImports"
OPTIONS: Final = lsp.CodeActionOptions(
    code_action_kinds=[QUICK_FIX, "refactor", FIX_ALL, ORGANIZE], resolve_provider=True
)


async def code_action(question: Question, params: lsp.CodeActionParams) -> list[CodeAction]:
    """``textDocument/codeAction``.

    Fixes of an older text are not offered: their places are not true any more. Nor is anything to a
    client that knows commands only: cppls has none.
    """
    if not question.client.code_action_literals:
        return []
    span = _span(question, params.range)
    only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
    actions: list[CodeAction] = []
    if _wanted(QUICK_FIX, only):
        actions += await _fixes(question, span)
    if only and _wanted(FIX_ALL, only):
        actions += await _whole(question, "Fix all", FIX_ALL, fix_all(question.diagnostics))
    if only and _wanted(ORGANIZE, only):
        unused = fix_all(question.diagnostics, UNUSED_INCLUDE)
        actions += await _whole(question, "Organize includes", ORGANIZE, unused)
    if any(_wanted(f"refactor.{kind}", only) for kind in ("rewrite", "extract", "inline")):
        actions += await _tweaks(question, span, params.range, only)
    return actions


def resolve(session: Session, params: lsp.CodeAction) -> Awaitable[CodeAction]:
    """``codeAction/resolve``: the edit of a tweak. Raises :class:`RequestError` for an action that
    cppls did not give, that is of an older text, or that cannot be done after all."""
    uri, version, name, range_ = _data(params.data)

    async def resolved(question: Question) -> CodeAction:
        if question.versions.get(question.path) != version:
            raise RequestError(CONTENT_MODIFIED, "the text was edited: ask for actions again")
        span = _span(question, range_)
        offer = (await offers(question.snapshot, question.path, span, [name])).get(name)
        if offer is None:
            raise RequestError(REQUEST_FAILED, f"{params.title}: not possible here any more")
        try:
            edit = await _edit_of(question, offer)
        except Refused as reason:
            raise RequestError(REQUEST_FAILED, f"{params.title}: {reason}") from reason
        return CodeAction(params.title, offer.kind, edit=edit)

    return ask_at(session, uri, range_.start, resolved, urgent=True)


async def _fixes(question: Question, span: Span) -> list[CodeAction]:
    """Of the diagnostics that the selection touches; headers for unknown names among them."""
    diagnostics = question.diagnostics
    fixes = [(fix.diagnostic, fix.fixit, fix.only) for fix in quick_fixes(diagnostics, span)]
    touched = [diagnostic for diagnostic in diagnostics if touch(diagnostic.span, span)]
    headers = await missing_includes(question.snapshot, question.path, question.text, touched)
    alone = len(headers) == 1
    fixes += [(diagnostic, fixit, alone) for diagnostic, fixit in headers]
    unused = fix_all(diagnostics, UNUSED_INCLUDE)
    places = await question.places([question.path, *render.paths_in(diagnostics)])
    actions = [
        CodeAction(
            fixit.title,
            QUICK_FIX,
            [render.diagnostic(diagnostic, places, question.client)],
            is_preferred=only,
            edit=_edit(question, {question.path: fixit.edits}, places),
        )
        for diagnostic, fixit, only in fixes
    ]
    if len(unused) > 1 and any(each.code == UNUSED_INCLUDE for each in touched):
        actions += await _whole(question, "remove all unused includes", QUICK_FIX, unused)
    return actions


async def _whole(
    question: Question, title: str, kind: str, edits: Sequence[Edit]
) -> list[CodeAction]:
    if not edits:
        return []
    places = await question.places([question.path])
    edit = _edit(question, {question.path: edits}, places)
    return [CodeAction(title, kind, edit=edit)]


async def _tweaks(
    question: Question, span: Span, range_: lsp.Range, only: Sequence[str]
) -> list[CodeAction]:
    actions: list[CodeAction] = []
    for name, offer in (await offers(question.snapshot, question.path, span)).items():
        if not _wanted(offer.kind, only):
            continue
        if question.client.resolves_edits:
            version = question.versions.get(question.path)
            data = TweakData(question.uri_of(question.path), version, name, _plain(range_))
            actions.append(CodeAction(offer.title, offer.kind, data=data))
            continue
        try:
            edit = await _edit_of(question, offer)
        except Refused as reason:
            question.explain(f"{offer.title}: {reason}")
        else:
            actions.append(CodeAction(offer.title, offer.kind, edit=edit))
    return actions


async def _edit_of(question: Question, offer: Offer) -> wire.WorkspaceEdit | VersionedEdit:
    edits = await offer.edits()
    return _edit(question, edits, await question.places(edits))


def _edit(
    question: Question, edits: Mapping[str, Sequence[Edit]], places: Places
) -> wire.WorkspaceEdit | VersionedEdit:
    """Edits by path, of the versions that the client shows where it knows versions."""
    converted = {path: _converted(path, each, places) for path, each in edits.items()}
    if not question.client.versioned_edits:
        return wire.WorkspaceEdit({places.uri(path): each for path, each in converted.items()})
    return VersionedEdit(
        [
            DocumentEdits(DocumentVersion(places.uri(path), question.versions.get(path)), [*each])
            for path, each in converted.items()
        ]
    )


def _converted(path: str, edits: Sequence[Edit], places: Places) -> list[wire.TextEdit]:
    return [wire.TextEdit(places.range(path, edit.span), edit.text) for edit in edits]


def _span(question: Question, range_: lsp.Range) -> Span:
    to_position = partial(question.text.to_position, encoding=question.client.encoding)
    start = to_position(range_.start.line, range_.start.character)
    end = to_position(range_.end.line, range_.end.character)
    return Span(start.line, start.column, end.line, end.column)


def _wanted(kind: str, only: Sequence[str]) -> bool:
    """Whether a client asks for actions of ``kind``: by its name, or by one that it begins with."""
    return not only or any(not each or f"{kind}.".startswith(f"{each}.") for each in only)


def _plain(range_: lsp.Range) -> wire.Range:
    start, end = range_.start, range_.end
    return wire.Range(
        wire.Position(start.line, start.character), wire.Position(end.line, end.character)
    )


def _data(data: Any) -> tuple[str, int | None, str, lsp.Range]:
    try:
        fields = cast("dict[str, Any]", data)
        name, (start, end) = str(fields["name"]), (fields["range"][at] for at in ("start", "end"))
        first = lsp.Position(line=start["line"], character=start["character"])
        last = lsp.Position(line=end["line"], character=end["character"])
        version = fields["version"]
        uri = str(fields["uri"])
    except (KeyError, TypeError, ValueError) as error:
        raise RequestError(INVALID_PARAMS, _STRANGE) from error
    if name not in TWEAKS:
        raise RequestError(INVALID_PARAMS, _STRANGE)
    return uri, version, name, lsp.Range(start=first, end=last)


_STRANGE: Final = "codeAction/resolve: this action is not one that cppls gave"
