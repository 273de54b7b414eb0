"""Edits of several files in the protocol's forms, as structs that encode to JSON."""

from __future__ import annotations

import msgspec

from cppls.lsp.wire import Diagnostic, Range, TextEdit, WorkspaceEdit


class DocumentVersion(msgspec.Struct, frozen=True):
    """A document and the version that is edited; ``None``: what is on disk."""

    uri: str
    version: int | None


class AnnotatedEdit(msgspec.Struct, frozen=True, rename="camel"):
    """An edit that belongs to a ``ChangeAnnotation``."""

    range: Range
    new_text: str
    annotation_id: str


class DocumentEdits(msgspec.Struct, frozen=True, rename="camel"):
    """``TextDocumentEdit``: the edits of one version of one document."""

    text_document: DocumentVersion
    edits: list[TextEdit | AnnotatedEdit]


class ChangeAnnotation(msgspec.Struct, frozen=True, rename="camel"):
    """Why edits are made apart, and whether the user is to confirm them."""

    label: str
    needs_confirmation: bool
    description: str


class VersionedEdit(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``WorkspaceEdit`` by versions."""

    document_changes: list[DocumentEdits]
    change_annotations: dict[str, ChangeAnnotation] = {}


class RenameRange(msgspec.Struct, frozen=True):
    """What would be renamed: its range, and its name for the user to begin with."""

    range: Range
    placeholder: str


class TweakData(msgspec.Struct, frozen=True):
    """What a client hands back of a code action without an edit."""

    uri: str
    version: int | None
    name: str
    range: Range


class CodeAction(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A change that the user may make; without an ``edit`` it is asked for with ``data``."""

    title: str
    kind: str
    diagnostics: list[Diagnostic] = []
    is_preferred: bool = False
    edit: WorkspaceEdit | VersionedEdit | None = None
    data: TweakData | None = None
