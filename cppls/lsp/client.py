"""What one client can do: read once from ``initialize``, asked everywhere after.

Knows lsprotocol's capabilities; nothing of files or features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lsprotocol import types as lsp

from cppls.core.text import Encoding
from cppls.lsp.completion_client import CompletionSupport, read_completion

BASE_SYMBOL_KINDS: Final = frozenset(range(1, 19))
"""What a client understands that says nothing: ``File`` to ``Array``."""


@dataclass(frozen=True, slots=True)
class Client:
    """The answers to "may I?"; the defaults are those of a client that says nothing."""

    encoding: Encoding = "utf-16"
    completion: CompletionSupport = field(default_factory=CompletionSupport)
    definition_links: bool = False
    declaration_links: bool = False
    type_definition_links: bool = False
    implementation_links: bool = False
    markdown: bool = False
    hierarchical_symbols: bool = False
    outline_kinds: frozenset[int] = BASE_SYMBOL_KINDS
    workspace_kinds: frozenset[int] = BASE_SYMBOL_KINDS
    related_information: bool = False
    code_description: bool = False
    diagnostic_tags: frozenset[int] = frozenset()
    diagnostic_version: bool = False
    pulls_diagnostics: bool = False
    """It asks for diagnostics, and can be told to ask again: nothing is pushed."""
    code_action_literals: bool = False
    resolves_edits: bool = False
    """It asks for a code action's edit once the user takes it."""
    reference_containers: bool = False
    """clangd's extension: a reference tells what it stands in."""
    versioned_edits: bool = False
    edit_annotations: bool = False
    """An edit can ask to be confirmed."""
    code_lenses: bool = False
    token_types: frozenset[str] | None = None
    """Of semantic tokens; ``None``: it does not say."""
    inactive_regions: bool = False
    """clangd's extension: code that is not compiled is told, and no semantic token."""
    refreshes_tokens: bool = False
    refreshes_hints: bool = False
    refreshes_lenses: bool = False
    folds_lines: bool = False
    """It folds whole lines only."""
    folds_at_most: int | None = None
    link_tooltips: bool = False
    progress: bool = False
    watches_files: bool = False
    configuration: bool = False


def read_client(
    capabilities: lsp.ClientCapabilities, extensions: Mapping[str, Any] | None = None
) -> Client:
    """The client that ``capabilities`` describe; ``extensions`` are the same as they were sent,
    with what the specification does not know."""
    text = capabilities.text_document or lsp.TextDocumentClientCapabilities()
    workspace = capabilities.workspace or lsp.WorkspaceClientCapabilities()
    window = capabilities.window or lsp.WindowClientCapabilities()
    general = capabilities.general or lsp.GeneralClientCapabilities()
    diagnostics = text.publish_diagnostics or lsp.PublishDiagnosticsClientCapabilities()
    outline = text.document_symbol or lsp.DocumentSymbolClientCapabilities()
    symbols = workspace.symbol or lsp.WorkspaceSymbolClientCapabilities()
    hover = text.hover or lsp.HoverClientCapabilities()
    edits = workspace.workspace_edit or lsp.WorkspaceEditClientCapabilities()
    tags = diagnostics.tag_support
    watching = workspace.did_change_watched_files
    return Client(
        encoding=choose_encoding(general.position_encodings or ()),
        completion=read_completion(text),
        definition_links=_links(text.definition),
        declaration_links=_links(text.declaration),
        type_definition_links=_links(text.type_definition),
        implementation_links=_links(text.implementation),
        markdown=_prefers_markdown(hover.content_format),
        hierarchical_symbols=bool(outline.hierarchical_document_symbol_support),
        outline_kinds=_kinds(outline.symbol_kind),
        workspace_kinds=_kinds(symbols.symbol_kind),
        related_information=bool(diagnostics.related_information),
        code_description=bool(diagnostics.code_description_support),
        diagnostic_tags=frozenset(int(tag) for tag in tags.value_set) if tags else frozenset(),
        diagnostic_version=bool(diagnostics.version_support),
        pulls_diagnostics=bool(
            text.diagnostic and workspace.diagnostics and workspace.diagnostics.refresh_support
        ),
        code_action_literals=bool(
            text.code_action and text.code_action.code_action_literal_support
        ),
        resolves_edits=_resolves_edits(text.code_action),
        reference_containers=_says(extensions, "textDocument", "references", "container"),
        versioned_edits=bool(edits.document_changes),
        edit_annotations=bool(edits.document_changes and edits.change_annotation_support),
        code_lenses=text.code_lens is not None,
        token_types=_token_types(text.semantic_tokens),
        inactive_regions=_says(
            extensions, "textDocument", "inactiveRegionsCapabilities", "inactiveRegions"
        ),
        refreshes_tokens=bool(
            workspace.semantic_tokens and workspace.semantic_tokens.refresh_support
        ),
        refreshes_hints=bool(workspace.inlay_hint and workspace.inlay_hint.refresh_support),
        refreshes_lenses=bool(workspace.code_lens and workspace.code_lens.refresh_support),
        folds_lines=bool(text.folding_range and text.folding_range.line_folding_only),
        folds_at_most=text.folding_range.range_limit if text.folding_range else None,
        link_tooltips=bool(text.document_link and text.document_link.tooltip_support),
        progress=bool(window.work_done_progress),
        watches_files=bool(watching and watching.dynamic_registration),
        configuration=bool(workspace.configuration),
    )


def choose_encoding(offered: Sequence[lsp.PositionEncodingKind | str]) -> Encoding:
    """UTF-8, which needs no conversion, where offered; else the client's first; else UTF-16."""
    names = [str(getattr(kind, "value", kind)) for kind in offered]
    for name in sorted(names, key=lambda name: name != "utf-8"):
        if name == "utf-8" or name == "utf-16" or name == "utf-32":
            return name
    return "utf-16"


def _resolves_edits(capability: lsp.CodeActionClientCapabilities | None) -> bool:
    if capability is None or capability.resolve_support is None:
        return False
    return bool(capability.data_support) and "edit" in capability.resolve_support.properties


def _links(
    capability: lsp.DefinitionClientCapabilities
    | lsp.DeclarationClientCapabilities
    | lsp.TypeDefinitionClientCapabilities
    | lsp.ImplementationClientCapabilities
    | None,
) -> bool:
    return bool(capability and capability.link_support)


def _says(extensions: Any, *path: str) -> bool:
    """Whether the value at ``path`` in plain JSON is true; what has another shape says nothing."""
    for name in path:
        if not isinstance(extensions, Mapping):
            return False
        extensions = cast("Mapping[str, Any]", extensions).get(name)
    return extensions is True


def _token_types(capability: lsp.SemanticTokensClientCapabilities | None) -> frozenset[str] | None:
    return frozenset(map(str, capability.token_types)) if capability is not None else None


def _kinds(kinds: lsp.ClientSymbolKindOptions | None) -> frozenset[int]:
    if kinds is None or kinds.value_set is None:
        return BASE_SYMBOL_KINDS
    return frozenset(int(kind) for kind in kinds.value_set)


def _prefers_markdown(formats: Sequence[lsp.MarkupKind] | None) -> bool:
    return bool(formats) and formats[0] == lsp.MarkupKind.Markdown
