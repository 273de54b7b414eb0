"""What a live TU says of its files, as the main file's diagnostics.

Knows libclang's categories of nothing: only the option's name (``-Wunused-variable``) and ranges.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cppls.core.error_names import error_name
from cppls.core.live_messages import LiveDiagnostic, LiveEdit
from cppls.core.model import Diagnostic, Edit, FixIt, Note, Severity, Span
from cppls.core.text import Text

MAX_DIAGNOSTICS: Final = 1000
"""Of one file: more help nobody, and broken headers give tens of thousands."""

_TOO_MANY: Final = "too many errors emitted"
"""Once given, libclang repeats it after every reparse, however few errors are left."""

_START: Final = Span(0, 0, 0, 0)
_INCLUDE: Final = re.compile(rb'[ \t]*#[ \t]*(?:include|include_next|import)[ \t]*([<"][^>"]+[>"])')


def main_file_diagnostics(
    path: str,
    text: Text,
    diagnostics: Iterable[LiveDiagnostic],
    include_lines: Mapping[bytes, int] = MappingProxyType({}),
) -> list[Diagnostic]:
    """Those in ``path`` itself; of each included file its first error, at the ``#include``.

    ``include_lines``: for each included file the line of the directive in ``path`` that leads
    there, directly or not; an error in any other file is shown at the start.
    """
    wanted = os.fsencode(path)
    result: list[Diagnostic] = []
    broken: set[bytes] = set()
    for live in diagnostics:
        if len(result) >= MAX_DIAGNOSTICS:
            break
        if live.severity < Severity.WARNING:
            continue
        if live.path == wanted:
            result.append(_convert(path, text, live))
        elif not live.path and live.message.startswith(_TOO_MANY):
            continue
        elif live.severity >= Severity.ERROR and live.path not in broken:
            broken.add(live.path)
            line = include_lines.get(live.path, -1)
            span = _directive(text, line) if line >= 0 else _START
            result.append(_of_included_file(path, span, live))
    return result


def file_problem(path: str, message: str) -> Diagnostic:
    """A diagnostic about a file as a whole, at its start."""
    return Diagnostic(path, _START, Severity.ERROR, message, code="cppls")


def _convert(path: str, text: Text, live: LiveDiagnostic) -> Diagnostic:
    fixits = [_fixit(path, text, live.fixits, "")]
    # clang gives alternatives ("did you mean ...") as notes: each is a fix of its own.
    fixits += [_fixit(path, text, note.fixits, note.message) for note in live.notes]
    return Diagnostic(
        path=path,
        span=live.span,
        severity=Severity(live.severity),
        message=live.message,
        code=_code(live),
        notes=[
            Note(os.fsdecode(note.path), note.span, note.message)
            for note in live.notes
            if not note.fixits and note.path
        ],
        fixits=[fixit for fixit in fixits if fixit is not None],
        tags=_tags(live.code),
    )


def _code(live: LiveDiagnostic) -> str:
    if live.code or live.severity < Severity.ERROR:
        return live.code
    return error_name(live.message)


_USED: Final = ("-Wunused-result", "-Wunused-value")
"""They are about what should be used, not about what may go."""


def _tags(code: str) -> list[str]:
    if code.startswith("-Wunused") and code not in _USED:
        return ["unnecessary"]
    if code.startswith("-Wdeprecated"):
        return ["deprecated"]
    return []


def _fixit(path: str, text: Text, edits: Sequence[LiveEdit], title: str) -> FixIt | None:
    """All ``edits`` as one correction; ``None`` when there are none, or some in other files."""
    wanted = os.fsencode(path)
    if not edits or any(edit.path != wanted for edit in edits):
        return None
    converted = [Edit(edit.span, edit.text) for edit in edits]
    return FixIt(title or _title(text, converted[0]), converted)


def _title(text: Text, edit: Edit) -> str:
    old = _shortened(text.slice(edit.span).decode("utf-8", "replace"))
    new = _shortened(edit.text)
    if not old:
        return f"insert '{new}'"
    if not new:
        return f"remove '{old}'"
    return f"change '{old}' to '{new}'"


def _shortened(code: str, limit: int = 40) -> str:
    line = " ".join(code.split())
    return line if len(line) <= limit else line[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _of_included_file(path: str, span: Span, live: LiveDiagnostic) -> Diagnostic:
    """An error in a header, shown where the main file includes it."""
    header = os.fsdecode(live.path)
    return Diagnostic(
        path=path,
        span=span,
        severity=Severity.ERROR,
        message=f"In included file: {live.message}",
        code=_code(live),
        notes=[Note(header, live.span, "error occurred here")] if header else [],
    )


def _directive(text: Text, line: int) -> Span:
    """What the directive on ``line`` includes, with its quotes; the line where it is a macro."""
    found = _INCLUDE.match(text.line(line))
    start, end = found.span(1) if found is not None else (0, len(text.line(line)))
    return Span(line, start, line, end)
