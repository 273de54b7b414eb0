"""Completion and signature help on the wire; see ``wire.py``."""

from __future__ import annotations

from typing import Any

import msgspec

from cppls.lsp.wire import MarkupContent, Range, TextEdit


class LabelDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """What follows the label, fainter: ``detail`` directly, ``description`` at the end."""

    detail: str = ""
    description: str = ""


class InsertReplaceEdit(msgspec.Struct, frozen=True, rename="camel"):
    """An edit for clients that ask which part of a word it replaces."""

    new_text: str
    insert: Range
    replace: Range


class CompletionItem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``score`` is clangd's extension: higher is likelier. ``data`` comes back to be resolved."""

    label: str
    kind: int
    sort_text: str
    filter_text: str
    text_edit: TextEdit | InsertReplaceEdit
    label_details: LabelDetails | None = None
    detail: str = ""
    documentation: MarkupContent | str | None = None
    insert_text_format: int = 1
    additional_text_edits: list[TextEdit] = []
    commit_characters: list[str] = []
    deprecated: bool = False
    tags: list[int] = []
    score: float = 0.0
    data: Any = None


class CompletionList(msgspec.Struct, frozen=True, rename="camel"):
    """``is_incomplete``: to be asked again with each further letter."""

    is_incomplete: bool
    items: list[CompletionItem]


class ParameterInformation(msgspec.Struct, frozen=True):
    """``label``: the text of the parameter, or where it is in that of the signature."""

    label: str | tuple[int, int]


class SignatureInformation(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A function that may be called."""

    label: str
    parameters: list[ParameterInformation]
    documentation: MarkupContent | str | None = None
    active_parameter: int | None = None


class SignatureHelp(msgspec.Struct, frozen=True, rename="camel"):
    """The functions of one call, and which argument the place is in."""

    signatures: list[SignatureInformation]
    active_signature: int
    active_parameter: int
