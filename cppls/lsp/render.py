"""Values of the model as LSP shows them: kinds, outlines, diagnostics.

Pure functions over ``wire.py``; what a client cannot show is brought down to what it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cppls.core.model import Diagnostic, Severity, SymbolFlag, SymbolKind
from cppls.features.highlights import HighlightKind
from cppls.lsp import wire
from cppls.lsp.client import Client
from cppls.lsp.convert import Places

MESSAGE_TYPE: Final = {
    Severity.FATAL: 1,
    Severity.ERROR: 1,
    Severity.WARNING: 2,
    Severity.NOTE: 3,
    Severity.IGNORED: 4,
}
"""LSP's ``MessageType``; its ``DiagnosticSeverity`` has the same numbers."""

HIGHLIGHT_KIND: Final = {HighlightKind.TEXT: 1, HighlightKind.READ: 2, HighlightKind.WRITE: 3}
"""LSP's ``DocumentHighlightKind``."""

_SYMBOL_KIND: Final = {
    SymbolKind.TYPEDEF: 5,
    SymbolKind.FUNCTION: 12,
    SymbolKind.VARIABLE: 13,
    SymbolKind.FIELD: 8,
    SymbolKind.ENUM_CONSTANT: 22,
    SymbolKind.OBJC_CLASS: 5,
    SymbolKind.OBJC_PROTOCOL: 11,
    SymbolKind.OBJC_CATEGORY: 11,
    SymbolKind.OBJC_INSTANCE_METHOD: 6,
    SymbolKind.OBJC_CLASS_METHOD: 6,
    SymbolKind.OBJC_PROPERTY: 7,
    SymbolKind.OBJC_IVAR: 8,
    SymbolKind.ENUM: 10,
    SymbolKind.STRUCT: 23,
    SymbolKind.UNION: 23,
    SymbolKind.CLASS: 5,
    SymbolKind.NAMESPACE: 3,
    SymbolKind.NAMESPACE_ALIAS: 3,
    SymbolKind.STATIC_VARIABLE: 13,
    SymbolKind.STATIC_METHOD: 6,
    SymbolKind.METHOD: 6,
    SymbolKind.CONSTRUCTOR: 9,
    SymbolKind.DESTRUCTOR: 9,
    SymbolKind.CONVERSION: 6,
    SymbolKind.TYPE_ALIAS: 5,
    SymbolKind.INTERFACE: 11,
    SymbolKind.CONCEPT: 11,
    SymbolKind.MACRO: 14,
    SymbolKind.TEMPLATE_PARAMETER: 26,
    SymbolKind.FILE: 1,
}
"""LSP's ``SymbolKind``; what is not here is a variable."""
_VARIABLE: Final = 13
_SIMPLER: Final = {22: 14, 23: 5, 25: 12, 26: 5}
"""Kinds of newer protocol versions, and their nearest relatives among the first ones."""

_TAGS: Final = {"unnecessary": 1, "deprecated": 2}
_WARNINGS_PAGE: Final = "https://clang.llvm.org/docs/DiagnosticsReference.html#"


def symbol_kind(kind: int, understood: frozenset[int]) -> int:
    """LSP's kind of a ``model.SymbolKind``, as near as the client understands."""
    lsp_kind = _SYMBOL_KIND.get(SymbolKind(kind), _VARIABLE)
    return lsp_kind if lsp_kind in understood else _SIMPLER.get(lsp_kind, _VARIABLE)


def symbol_tags(flags: int) -> list[int]:
    """LSP's ``SymbolTag``s: deprecated or nothing."""
    return [1] if flags & SymbolFlag.DEPRECATED else []


def flat(
    items: Iterable[wire.DocumentSymbol], uri: str, container: str = ""
) -> Iterator[wire.SymbolInformation]:
    """An outline for a client that shows no trees."""
    for item in items:
        location = wire.Location(uri, item.range)
        yield wire.SymbolInformation(item.name, item.kind, location, container, item.tags)
        inner = f"{container}::{item.name}" if container else item.name
        yield from flat(item.children, uri, inner)


def paths_in(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The files that diagnostics and their notes speak of."""
    for diagnostic in diagnostics:
        yield diagnostic.path
        for note in diagnostic.notes:
            yield note.path


def diagnostic(value: Diagnostic, places: Places, client: Client) -> wire.Diagnostic:
    """A diagnostic with what the client can show of it; its fix-its are code actions."""
    link = code_link(value.code) if client.code_description else None
    return wire.Diagnostic(
        range=places.range(value.path, value.span),
        message=_message(value, client),
        severity=MESSAGE_TYPE[value.severity],
        source=source_of(value.code),
        code=value.code or None,
        code_description=wire.CodeDescription(link) if link else None,
        tags=[_TAGS[tag] for tag in value.tags if _TAGS.get(tag) in client.diagnostic_tags],
        related_information=[
            wire.RelatedInformation(
                wire.Location(places.uri(note.path), places.range(note.path, note.span)),
                note.message,
            )
            for note in value.notes
            if client.related_information
        ],
    )


def code_link(code: str) -> str:
    """The page on a warning option (``-Wunused-variable``), on a check of clang-tidy, on clangd's
    include cleaner, which ours follows; empty for other codes."""
    if code in _INCLUDES:
        return "https://clangd.llvm.org/guides/include-cleaner"
    if source_of(code) == "clang-tidy":
        module = next((each for each in _MODULES if code.startswith(f"{each}-")), "")
        module = module or code.partition("-")[0]
        return f"{_CHECKS_PAGE}{module}/{code[len(module) + 1 :]}.html"
    option = code.removeprefix("-W").removeprefix("error=")
    if not code.startswith("-W") or not option:
        return ""
    return f"{_WARNINGS_PAGE}w{option}"


def source_of(code: str) -> str:
    """Who says it, as in clangd: ``clang``, ``clang-tidy``, or cppls itself."""
    if code == "cppls" or code in _INCLUDES:
        return "cppls"
    # Names of errors are written with underscores, those of checks with hyphens.
    return "clang" if code.startswith("-W") or "-" not in code else "clang-tidy"


_INCLUDES: Final = ("unused-includes", "missing-includes")
_CHECKS_PAGE: Final = "https://clang.llvm.org/extra/clang-tidy/checks/"
_MODULES: Final = ("clang-analyzer",)
"""Of clang-tidy, those whose name has a hyphen itself."""


def _message(value: Diagnostic, client: Client) -> str:
    """The message; its notes too where the client has no room of their own for them."""
    if client.related_information or not value.notes:
        return value.message
    notes = (f"note: {note.span.line + 1}: {note.message}" for note in value.notes)
    return "\n".join((value.message, *notes))
