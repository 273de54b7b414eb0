"""The fix-its of diagnostics: those in a range, and all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cppls.core.model import Diagnostic, Edit, FixIt, Span


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
        if touch(diagnostic.span, span)
        for fixit in diagnostic.fixits
    ]


def fix_all(diagnostics: Iterable[Diagnostic], code: str = "") -> list[Edit]:
    """The edits of all diagnostics (of one file) that have one correction, which do not overlap;
    of those with ``code`` alone where it is given."""
    edits: list[Edit] = []
    for diagnostic in diagnostics:
        if len(diagnostic.fixits) != 1 or code not in ("", diagnostic.code):
            continue
        wanted = diagnostic.fixits[0].edits
        if not any(_overlap(edit.span, other.span) for edit in wanted for other in edits):
            edits += [edit for edit in wanted if edit not in edits]
    return edits


def _overlap(one: Span, other: Span) -> bool:
    """Whether two edits cannot both be made; two insertions at one place cannot either."""
    if one == other:
        return True
    return (one.line, one.column) < (other.end_line, other.end_column) and (
        (other.line, other.column) < (one.end_line, one.end_column)
    )


def touch(one: Span, other: Span) -> bool:
    """Whether two spans overlap or meet."""
    return (one.line, one.column) <= (other.end_line, other.end_column) and (
        (other.line, other.column) <= (one.end_line, one.end_column)
    )
