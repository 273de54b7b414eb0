"""What clang-tidy writes with ``--export-fixes``, as diagnostics of one file.

Offsets count bytes of the text that it was given. Source: clang's ``Tooling/Core/Diagnostic.h`` and
``DiagnosticsYaml.h``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import yaml

from cppls.core.model import Diagnostic, Edit, FixIt, Note, Position, Severity, Span
from cppls.core.text import Text

_LEVELS: Final = {"Error": Severity.ERROR, "Warning": Severity.WARNING, "Remark": Severity.NOTE}


def read_report(report: str, path: str, text: Text) -> list[Diagnostic]:
    """The diagnostics in ``path``; there is no report where there are none.

    Raises ``OSError`` and ``ValueError``.
    """
    try:
        with open(report, encoding="utf-8", errors="replace") as file:
            content: Any = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return []
    except yaml.YAMLError as error:
        raise ValueError(f"clang-tidy's report is not YAML: {error}") from error
    fields = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    entries = cast("list[dict[str, Any]]", fields.get("Diagnostics") or [])
    found = [_diagnostic(entry, path, text) for entry in entries]
    return [diagnostic for diagnostic in found if diagnostic is not None]


def _diagnostic(entry: Mapping[str, Any], path: str, text: Text) -> Diagnostic | None:
    message = cast("dict[str, Any]", entry.get("DiagnosticMessage") or {})
    name = str(entry.get("DiagnosticName", ""))
    if message.get("FilePath") != path or name.startswith("clang-diagnostic-"):
        return None
    notes = cast("list[dict[str, Any]]", entry.get("Notes") or [])
    return Diagnostic(
        path=path,
        span=_token(text, int(message.get("FileOffset", 0))),
        severity=_LEVELS.get(str(entry.get("Level")), Severity.WARNING),
        message=str(message.get("Message", "")),
        code=name,
        notes=[
            Note(path, _token(text, int(note.get("FileOffset", 0))), str(note.get("Message", "")))
            for note in notes
            if note.get("FilePath") == path
        ],
        fixits=_fixits(message.get("Replacements") or [], path, text),
        tags=_tags(name),
    )


def _tags(check: str) -> list[str]:
    """As clangd has them."""
    if check.startswith("misc-unused-"):
        return ["unnecessary"]
    return ["deprecated"] if check.startswith("modernize-") else []


def _fixits(replacements: Sequence[Mapping[str, Any]], path: str, text: Text) -> list[FixIt]:
    if not replacements or any(each.get("FilePath") != path for each in replacements):
        return []
    edits = [_edit(each, text) for each in replacements]
    return [FixIt(_title(edits, text), edits)]


def _edit(replacement: Mapping[str, Any], text: Text) -> Edit:
    start = int(replacement.get("Offset", 0))
    first = text.position(start)
    last = text.position(start + int(replacement.get("Length", 0)))
    span = Span(first.line, first.column, last.line, last.column)
    return Edit(span, str(replacement.get("ReplacementText", "")))


def _title(edits: Sequence[Edit], text: Text) -> str:
    if len(edits) > 1:
        return "apply clang-tidy's fix"
    old, new = text.slice(edits[0].span).decode("utf-8", "replace"), edits[0].text
    if not old:
        return f"insert '{new.strip()}'"
    return f"change '{old.strip()}' to '{new.strip()}'" if new.strip() else f"remove '{old}'"


def _token(text: Text, offset: int) -> Span:
    """The name at ``offset``, else the character."""
    position = text.position(offset)
    name = text.identifier_at(position)
    if name is not None:
        return name.span
    return _character(text, position)


def _character(text: Text, position: Position) -> Span:
    end = min(position.column + 1, len(text.line(position.line)))
    return Span(position.line, position.column, position.line, max(end, position.column))
