"""What clangd's settings take out of completion, and how much of a call they let it write.

Pure values; must not know where items come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cppls.features.suggestions import ItemKind, Suggestion
from cppls.project.clangd_values import Completion as CompletionSettings


def as_set(
    items: Iterable[Suggestion], typed: str, settings: CompletionSettings
) -> list[Suggestion]:
    """``items`` as ``settings`` want them where ``typed`` was typed."""
    return [
        _argument_list(_header(item, settings), settings)
        for item in items
        if _is_wanted(item, typed.casefold(), settings)
    ]


def _is_wanted(item: Suggestion, typed: str, settings: CompletionSettings) -> bool:
    if item.kind is ItemKind.SNIPPET:
        return settings.code_patterns == "All"
    if item.kind is ItemKind.CONSTANT and settings.macro_filter == "ExactPrefix":
        return item.name.casefold().startswith(typed)
    # What needs a qualifier and an include alike comes from a scope that is not the place's.
    return settings.all_scopes or not (item.from_index and item.qualifier)


def _header(item: Suggestion, settings: CompletionSettings) -> Suggestion:
    if settings.header_insertion == "Never" and item.header:
        return replace(item, header="", edits=[])
    return item


def _argument_list(item: Suggestion, settings: CompletionSettings) -> Suggestion:
    style = settings.argument_lists
    if style == "FullPlaceholders" or not item.callable or "(" not in item.snippet:
        return item
    if item.kind is ItemKind.SNIPPET or item.snippet == item.plain:
        return item  # A whole function that overrides another, or no call.
    opened, arguments = item.plain, item.snippet.removeprefix(item.plain)
    if style == "OpenDelimiter":
        opened += "("
    elif style == "Delimiters":
        opened += "()" if arguments.startswith("()") else "($0)"
    return replace(item, snippet=opened)
