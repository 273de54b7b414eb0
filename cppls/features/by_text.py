"""A guess, by the text alone, at what a word means that the compiler has made nothing of.

As clangd guesses there (``findNearbyIdentifier`` and ``locateSymbolTextually`` of its
``XRefs.cpp``): a word of a comment means what the nearest equal word of the code means, unless that
is farther away than a word of its length is likely to be repeated; else whatever bears its name in
the project, if that is little. Words of literals mean nothing. What code means that was not
compiled (the body of a macro, the other branch of an ``#if``) the live TU has guessed already, by
the same rule.

For the jumps, whose answer is looked at once. Must not be used by what lists uses or changes code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cppls.core.model import Position, Span
from cppls.core.text import Identifier, Text
from cppls.features.cursor import Cursor, Target, resolve_in
from cppls.features.lexical import Kind, pieces
from cppls.features.namesakes import namesakes
from cppls.features.snapshot import LiveDocument, Snapshot
from cppls.features.words import words
from cppls.index.errors import IndexUnavailable

_TRIES: Final = 4
"""Uses of a word that are asked about: the nearest one may mean nothing either."""
_TAG_REACH: Final = 100
"""So many bytes before a word a Doxygen tag is looked for, as in clangd."""
_TAG: Final = re.compile(
    rb"[\\@](?:p|c|class|tparam|param|param\[in\]|param\[out\]|param\[in,out\]|retval|throw|throws"
    rb"|link) *\Z"
)


async def guess(snapshot: Snapshot, path: str, cursor: Cursor) -> Cursor:
    """``cursor``, of which the TU knew nothing, with what its token is likely to mean; as it is
    where nothing is likely, and where no TU was asked."""
    text, live = snapshot.text(path), cursor.live
    if text is None or live is None or cursor.token is None or cursor.targets or cursor.include:
        return cursor
    token = text.identifier_at(_start(cursor.token))
    if token is None:
        return cursor
    offset = text.offset(_start(token.span))
    code = list(words(text.data, token.name))
    if all(word.start != offset for word in code):
        if not _is_in_comment(text, offset):
            return cursor
        uses = [text.position(word.start) for word in code if not word.in_macro]
        nearest = await _nearest(snapshot, live, path, token, uses)
        if nearest is not None:
            return replace(nearest, token=cursor.token)
        if not _is_likely_name(text, token):
            return cursor
    try:
        found = await snapshot.query(namesakes, path, text, token)
    except IndexUnavailable:
        return cursor
    targets = tuple(map(Target, found))
    return replace(cursor, targets=targets, absence=None if targets else cursor.absence)


async def _nearest(
    snapshot: Snapshot, live: LiveDocument, path: str, token: Identifier, uses: Iterable[Position]
) -> Cursor | None:
    """What the nearest of ``uses`` that names something names."""
    for position in _by_distance(token, uses)[:_TRIES]:
        found = await resolve_in(snapshot, live, path, position)
        if found.targets:
            return found
    return None


def _by_distance(token: Identifier, uses: Iterable[Position]) -> list[Position]:
    """Those of ``uses`` that are near, the nearest line first.

    Lines above count double, for a comment comes before what it is about; and none is farther than
    2 to the power of the word's length: another ``i`` is likely to be something else.
    """
    here = token.span.line
    most = 1 << min(len(token.name), 31)
    # Of equal costs what comes behind the word goes first, as in clangd.
    by_cost = sorted(
        (use.line - here if use.line >= here else 2 * (here - use.line), use.line < here, use)
        for use in uses
    )
    return [use for cost, _, use in by_cost if cost <= most]


def _is_in_comment(text: Text, offset: int) -> bool:
    return any(
        piece.start <= offset < piece.end
        for piece in pieces(text.data)
        if piece.kind in (Kind.LINE_COMMENT, Kind.BLOCK_COMMENT)
    )


def _is_likely_name(text: Text, token: Identifier) -> bool:
    """Whether a word of prose looks like a name of the program, by clangd's rules."""
    line, name = text.line(token.span.line), token.name
    before, after = line[: token.span.column], line[token.span.end_column :]
    return (
        (before.endswith(b"`") and after.startswith(b"`"))
        or before.endswith(b"::")
        or after.startswith(b"::")
        or bool(_TAG.search(before[-_TAG_REACH:]))
        or "_" in name
        # lowerCamel and UpperCamel; a word all of capitals is an abbreviation more often.
        or (any(map(str.islower, name)) and any(map(str.isupper, name[1:])))
    )


def _start(span: Span) -> Position:
    return Position(span.line, span.column)
