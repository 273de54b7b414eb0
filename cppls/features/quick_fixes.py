"""``textDocument/codeAction``: the fix-its of the diagnostics in a range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cppls.core.model import Diagnostic, FixIt, Span


@dataclass(frozen=True, slots=True)
class Fix:
    """A correction and the diagnostic that it mends; ``only``: it is that one's only fix-it."""

    diagnostic: Diagnostic
    fixit: FixIt
    only: bool


def quick_fixes(diagnostics: Iterable[Diagnostic], span: Span) -> list[Fix]:
    """The fix-its of all ``diagnostics`` (of one file) that overlap or touch ``span``."""
    return [
        Fix(diagnostic, fixit, only=len(diagnostic.fixits) == 1)
        for diagnostic in diagnostics
        if _touch(diagnostic.span, span)
        for fixit in diagnostic.fixits
    ]


def _touch(one: Span, other: Span) -> bool:
    return (one.line, one.column) <= (other.end_line, other.end_column) and (
        (other.line, other.column) <= (one.end_line, one.end_column)
    )
