"""``textDocument/foldingRange``: what can be folded away, from the text alone.

As clangd: brackets over more than one line, comments, branches of conditions. Besides, which clangd
does not have: blocks of includes, ``#pragma region``, and brackets in every branch of a condition.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.lexical import Kind, Piece, directive, pieces
from cppls.features.snapshot import Snapshot

LIMIT: Final = 20_000
"""Ranges of one file: more are generated code."""
AT_ONCE: Final = 1 << 17
"""Bytes: a longer text is looked at in a thread, as that takes more than some milliseconds."""


class FoldKind(enum.Enum):
    """What is folded, by LSP's names."""

    REGION = "region"
    COMMENT = "comment"
    IMPORTS = "imports"


@dataclass(frozen=True, slots=True)
class Fold:
    """What disappears when it is folded: from the end of the line's visible part on."""

    span: Span
    kind: FoldKind


async def folding(snapshot: Snapshot, path: str, *, whole_lines: bool) -> Answer[Fold]:
    """The ranges by the place where they begin. With ``whole_lines`` the last line of a range, that
    of its closing bracket, stays visible."""
    text = snapshot.text(path)
    if text is None:
        return Answer(absence=Absence(Reason.FAILED, f"{path} cannot be read"))
    if len(text.data) <= AT_ONCE:
        items = folds(text, whole_lines=whole_lines)
    else:
        items = await asyncio.to_thread(folds, text, whole_lines=whole_lines)
    absence = None if items else Absence(Reason.NO_RESULT, f"nothing in {path} can be folded")
    return Answer(items[:LIMIT], more=len(items) > LIMIT, absence=absence)


def folds(text: Text, *, whole_lines: bool) -> list[Fold]:
    """The ranges of a text."""
    found = list(pieces(text.data))
    ranges = [*_brackets_and_branches(text.data, found, whole_lines=whole_lines)]
    ranges += _comments(text, found, whole_lines=whole_lines)
    ranges += _includes(text, found)
    unique = {
        (fold.span.line, fold.span.column, fold.span.end_line): fold
        for fold in ranges_of(text, ranges)
    }
    return [unique[key] for key in sorted(unique)]


@dataclass(frozen=True, slots=True)
class _Range:
    """Offsets; ``above``: the last line stays visible."""

    start: int
    end: int
    kind: FoldKind
    above: bool


def ranges_of(text: Text, ranges: Iterable[_Range]) -> Iterator[Fold]:
    """Those of more than one line."""
    for each in ranges:
        start, end = text.position(each.start), text.position(each.end)
        line, column = end.line, end.column
        if each.above:
            line -= 1
            column = len(text.line(line))
        if start.line < line:
            yield Fold(Span(start.line, start.column, line, column), each.kind)


@dataclass(slots=True)
class _Branch:
    """A condition that is open."""

    start: int
    """Where the directive of the present branch ends."""
    before: list[int]
    """The brackets that were open at ``#if``."""
    first: list[int] | None = None
    """Those open at the end of its first branch."""


@dataclass(slots=True)
class _Nest:
    """What is open at a place of the text."""

    brackets: list[int] = field(default_factory=list[int])
    branches: list[_Branch] = field(default_factory=list[_Branch])
    regions: list[int] = field(default_factory=list[int])


def _brackets_and_branches(
    data: bytes, found: Iterable[Piece], *, whole_lines: bool
) -> Iterator[_Range]:
    nest = _Nest()
    for piece in found:
        if piece.kind is Kind.OPEN:
            nest.brackets.append(piece.start)
        elif piece.kind is Kind.CLOSE:
            start = _closed(data, nest.brackets, data[piece.start : piece.end])
            if start is not None and _breaks(data, start, piece.start):
                yield _Range(start + 1, piece.start, FoldKind.REGION, whole_lines)
        elif piece.kind is Kind.DIRECTIVE:
            yield from _directive(data, piece, nest, whole_lines=whole_lines)


def _breaks(data: bytes, start: int, end: int) -> bool:
    """Whether a line ends in between. Most brackets are on one line: those cost no more."""
    return data.find(b"\n", start, end) >= 0 or data.find(b"\r", start, end) >= 0


_PAIRS: Final = {b")": b"(", b"]": b"[", b"}": b"{"}


def _closed(data: bytes, brackets: list[int], closing: bytes) -> int | None:
    """Take the bracket that ``closing`` closes, and those in between that nothing closes."""
    opening = _PAIRS[closing]
    for depth in range(len(brackets) - 1, -1, -1):
        start = brackets[depth]
        if data[start : start + 1] == opening:
            del brackets[depth:]
            return start
        if data[start : start + 1] == b"{":
            return None  # A brace outlives whatever is wrong inside it.
    return None


def _directive(data: bytes, piece: Piece, nest: _Nest, *, whole_lines: bool) -> Iterator[_Range]:
    word, _, rest = directive(data, piece)
    if word in (b"if", b"ifdef", b"ifndef"):
        nest.branches.append(_Branch(piece.end, list(nest.brackets)))
    elif word.startswith(b"el") and nest.branches:
        branch = nest.branches[-1]
        yield _Range(branch.start, piece.start, FoldKind.REGION, whole_lines)
        branch.first = branch.first or list(nest.brackets)
        branch.start = piece.end
        nest.brackets = list(branch.before)
    elif word == b"endif" and nest.branches:
        branch = nest.branches.pop()
        yield _Range(branch.start, piece.start, FoldKind.REGION, whole_lines)
        if branch.first is not None:
            nest.brackets = branch.first
    elif word == b"pragma" and rest.split()[:1] == [b"region"]:
        nest.regions.append(piece.end)
    elif word == b"pragma" and rest.split()[:1] == [b"endregion"] and nest.regions:
        yield _Range(nest.regions.pop(), piece.end, FoldKind.REGION, False)


def _comments(text: Text, found: Iterable[Piece], *, whole_lines: bool) -> Iterator[_Range]:
    """Comments on lines that follow each other are one; its first and last marks stay visible."""
    group: list[Piece] = []
    for piece in (*found, None):
        if piece is not None and piece.kind in (Kind.LINE_COMMENT, Kind.BLOCK_COMMENT):
            if not group or _follows(text, group[-1], piece):
                group.append(piece)
                continue
            yield _comment(group, whole_lines=whole_lines)
            group = [piece]
        elif group:
            yield _comment(group, whole_lines=whole_lines)
            group = []


def _follows(text: Text, before: Piece, piece: Piece) -> bool:
    between = text.data[before.end : piece.start]
    return not between.strip() and between.count(b"\n") <= 1


def _comment(group: list[Piece], *, whole_lines: bool) -> _Range:
    blocks = group[0].kind is Kind.BLOCK_COMMENT
    end = group[-1].end
    if blocks and group[-1].kind is Kind.BLOCK_COMMENT:
        end -= 2
    return _Range(group[0].start + 2, end, FoldKind.COMMENT, blocks and whole_lines)


def _includes(text: Text, found: Iterable[Piece]) -> Iterator[_Range]:
    """Directives that include, with nothing but blank lines and comments between them."""
    group: list[Piece] = []
    for piece in (*found, None):
        if piece is not None and piece.kind in (Kind.LINE_COMMENT, Kind.BLOCK_COMMENT):
            continue
        including = (
            piece is not None
            and piece.kind is Kind.DIRECTIVE
            and directive(text.data, piece).word in (b"include", b"import", b"include_next")
        )
        if piece is not None and including and (not group or _adjoin(text.data, group[-1], piece)):
            group.append(piece)
            continue
        if len(group) > 1:
            first = directive(text.data, group[0])
            yield _Range(first.name_end, group[-1].end, FoldKind.IMPORTS, False)
        group = [piece] if piece is not None and including else []


def _adjoin(data: bytes, before: Piece, piece: Piece) -> bool:
    """Whether nothing but white space and comments is between two directives."""
    between = data[before.end : piece.start]
    return not between.strip() or all(
        not between[start:end].strip() for start, end in _gaps(between)
    )


def _gaps(between: bytes) -> Iterator[tuple[int, int]]:
    """What is outside of comments."""
    at = 0
    for piece in pieces(between):
        if piece.kind in (Kind.LINE_COMMENT, Kind.BLOCK_COMMENT):
            yield at, piece.start
            at = piece.end
    yield at, len(between)
