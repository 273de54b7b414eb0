"""What a client can do with completions and signatures; a part of ``client.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp


@dataclass(frozen=True, slots=True)
class CompletionSupport:
    """The defaults are those of a client that says nothing."""

    kinds: frozenset[int] = frozenset()
    """Those it says that it knows; those of the first protocol version all do."""
    snippets: bool = False
    documentation: str = ""
    """Its first choice, ``markdown`` or ``plaintext``; empty: a plain string."""
    label_details: bool = False
    insert_replace: bool = False
    commit_characters: bool = False
    deprecated: bool = False
    """It understands the property; newer ones understand tags."""
    tags: bool = False
    signature_documentation: str = ""
    label_offsets: bool = False
    """Of parameters in a signature."""
    active_parameters: bool = False
    """One for each signature."""


def read_completion(text: lsp.TextDocumentClientCapabilities) -> CompletionSupport:
    """What ``text`` says of completion and signature help."""
    completion = text.completion or lsp.CompletionClientCapabilities()
    item = completion.completion_item or lsp.ClientCompletionItemOptions()
    help = text.signature_help or lsp.SignatureHelpClientCapabilities()
    signature = help.signature_information or lsp.ClientSignatureInformationOptions()
    parameter = signature.parameter_information
    tags = item.tag_support
    kinds = completion.completion_item_kind
    return CompletionSupport(
        kinds=frozenset(int(kind) for kind in (kinds and kinds.value_set) or ()),
        snippets=bool(item.snippet_support),
        documentation=_first(item.documentation_format),
        label_details=bool(item.label_details_support),
        insert_replace=bool(item.insert_replace_support),
        commit_characters=bool(item.commit_characters_support),
        deprecated=bool(item.deprecated_support),
        tags=bool(tags and lsp.CompletionItemTag.Deprecated in tags.value_set),
        signature_documentation=_first(signature.documentation_format),
        label_offsets=bool(parameter and parameter.label_offset_support),
        active_parameters=bool(signature.active_parameter_support),
    )


def _first(formats: Sequence[lsp.MarkupKind] | None) -> str:
    return str(formats[0].value) if formats else ""
