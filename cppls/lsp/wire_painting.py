"""What an editor paints around its text, as structs that encode to JSON: see ``wire.py``."""

from __future__ import annotations

import msgspec

from cppls.lsp.wire import Location, Position, Range


class SemanticTokens(msgspec.Struct, frozen=True, rename="camel"):
    """All colours of a file, or those of a range, which have no ``result_id``."""

    data: list[int]
    result_id: str | msgspec.UnsetType = msgspec.UNSET


class SemanticTokensEdit(msgspec.Struct, frozen=True, rename="camel"):
    """Numbers of the last result to replace."""

    start: int
    delete_count: int
    data: list[int]


class SemanticTokensDelta(msgspec.Struct, frozen=True, rename="camel"):
    """What changed since an earlier result."""

    result_id: str
    edits: list[SemanticTokensEdit]


class FoldingRange(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """``kind``: ``region``, ``comment`` or ``imports``; characters are left out where the client
    folds whole lines."""

    start_line: int
    end_line: int
    kind: str
    start_character: int | msgspec.UnsetType = msgspec.UNSET
    end_character: int | msgspec.UnsetType = msgspec.UNSET


class DocumentLink(msgspec.Struct, frozen=True):
    """A range that leads to a file."""

    range: Range
    target: str
    tooltip: str | msgspec.UnsetType = msgspec.UNSET


class InlayHint(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A text inside the code; ``kind``: 1 type, 2 parameter."""

    position: Position
    label: str
    kind: int | msgspec.UnsetType = msgspec.UNSET
    padding_left: bool = False
    padding_right: bool = False


class SelectionRange(msgspec.Struct, frozen=True):
    """A range, and the next larger one."""

    range: Range
    parent: SelectionRange | msgspec.UnsetType = msgspec.UNSET


class TextDocument(msgspec.Struct, frozen=True):
    """``VersionedTextDocumentIdentifier``."""

    uri: str
    version: int | msgspec.UnsetType = msgspec.UNSET


class InactiveRegions(msgspec.Struct, frozen=True, rename="camel"):
    """clangd's ``textDocument/inactiveRegions``."""

    text_document: TextDocument
    regions: list[Range]


class FileStatus(msgspec.Struct, frozen=True):
    """clangd's ``textDocument/clangd.fileStatus``."""

    uri: str
    state: str


class SymbolDetails(msgspec.Struct, frozen=True, rename="camel"):
    """clangd's answer to ``textDocument/symbolInfo``; ``id``: 16 hexadecimal digits."""

    name: str
    container_name: str | None
    usr: str
    id: str
    declaration_range: Location | msgspec.UnsetType = msgspec.UNSET
    definition_range: Location | msgspec.UnsetType = msgspec.UNSET


class AstNode(msgspec.Struct, frozen=True, omit_defaults=True):
    """clangd's node of a syntax tree."""

    role: str
    kind: str
    detail: str = ""
    arcana: str = ""
    range: Range | None = None
    children: list[AstNode] = []
