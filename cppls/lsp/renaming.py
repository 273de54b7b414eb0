"""Rename as LSP requests; see ``answers.py``.

A refusal is an error with the reason, which editors show. Where a client can have edits confirmed,
the places that no compiler resolved come as such; else they are left alone, and the trace says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lsprotocol import types as lsp

from cppls.core.model import Edit
from cppls.features.answer import Answer
from cppls.features.rename import FileEdits
from cppls.features.rename import prepare_rename as find_renamable
from cppls.features.rename import rename as find_edits
from cppls.lsp import wire
from cppls.lsp.convert import Places
from cppls.lsp.errors import REQUEST_FAILED, RequestError
from cppls.lsp.questions import Question
from cppls.lsp.wire_edits import (
    AnnotatedEdit,
    ChangeAnnotation,
    DocumentEdits,
    DocumentVersion,
    RenameRange,
    VersionedEdit,
)

OPTIONS: Final = lsp.RenameOptions(prepare_provider=True)

_UNSURE: Final = "unresolved"
_ANNOTATIONS: Final = {
    _UNSURE: ChangeAnnotation(
        "Unresolved uses of the name",
        needs_confirmation=True,
        description="no compiler has resolved these: code of templates, or that is not compiled",
    )
}


async def prepare_rename(question: Question, _: lsp.PrepareRenameParams) -> RenameRange:
    """``textDocument/prepareRename``. Raises :class:`RequestError` with the reason."""
    answer = await find_renamable(question.snapshot, question.path, question.position)
    _check(answer)
    (target,) = answer.items
    places = await question.places([question.path])
    return RenameRange(places.range(question.path, target.span), target.name)


async def rename(
    question: Question, params: lsp.RenameParams
) -> VersionedEdit | wire.WorkspaceEdit:
    """``textDocument/rename``. Raises :class:`RequestError` with the reason."""
    answer = await find_edits(question.snapshot, question.path, question.position, params.new_name)
    _check(answer)
    places = await question.places(file.path for file in answer.items)
    if question.client.versioned_edits:
        return _versioned(question, answer.items, places)
    _explain_left_out(question, answer.items)
    changes = {places.uri(f.path): _plain(f.path, f.edits, places) for f in answer.items if f.edits}
    return wire.WorkspaceEdit(changes)


def _check(answer: Answer[Any]) -> None:
    if answer.absence is not None:
        raise RequestError(REQUEST_FAILED, f"not renamed: {answer.absence.message}")


def _versioned(question: Question, files: Sequence[FileEdits], places: Places) -> VersionedEdit:
    annotated = question.client.edit_annotations and any(file.unsure for file in files)
    if not annotated:
        _explain_left_out(question, files)
    changes: list[DocumentEdits] = []
    for file in files:
        edits: list[wire.TextEdit | AnnotatedEdit] = [*_plain(file.path, file.edits, places)]
        if annotated:
            edits += [
                AnnotatedEdit(places.range(file.path, edit.span), edit.text, _UNSURE)
                for edit in file.unsure
            ]
        if edits:
            document = DocumentVersion(places.uri(file.path), question.versions.get(file.path))
            changes.append(DocumentEdits(document, edits))
    return VersionedEdit(changes, _ANNOTATIONS if annotated else {})


def _plain(path: str, edits: Sequence[Edit], places: Places) -> list[wire.TextEdit]:
    return [wire.TextEdit(places.range(path, edit.span), edit.text) for edit in edits]


def _explain_left_out(question: Question, files: Sequence[FileEdits]) -> None:
    left = [(file.path, edit.span.line + 1) for file in files for edit in file.unsure]
    if left:
        path, line = left[0]
        question.explain(
            f"{len(left)} places of that name are left alone, which no compiler has resolved;"
            f" the first one is {path}:{line}"
        )
