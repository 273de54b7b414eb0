"""``textDocument/completion``: what may be written at a place, the likeliest first.

The live TU answers over the newest text, whatever text it shows; beside it the index offers
symbols of headers that are not included yet. While there is no TU, the index and the words of the
text answer: at once, and marked as not being all.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cppls.core.live_completion import Complete, CompletionContext, Completions
from cppls.core.model import Position, Span
from cppls.core.text import Text
from cppls.features.completion_policy import as_set
from cppls.features.include_insertion import insert_include
from cppls.features.keywords import keywords_of
from cppls.features.snapshot import Snapshot
from cppls.features.suggestions import (
    ItemKind,
    Suggestion,
    of_item,
    of_path,
    of_symbol,
    of_word,
)
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Offer, Reader, Spelling
from cppls.project.clangd_values import Style
from cppls.project.header_patterns import include_name

LIMIT: Final = 100
"""Items in one answer, as in clangd."""

INDEX_SECONDS: Final = 0.05
"""So long the index is waited for when the live TU has answered: its symbols come with the next
letter then."""

BUSY_SECONDS: Final = 0.15
"""So long a live TU is waited for that is being parsed, where the index knows something,"""
LIVE_SECONDS: Final = 1.0
"""... and so long any other: who types has gone on then."""
MEMBER_SECONDS: Final = 3.0
"""So long it is waited for where it alone knows: members, scopes, paths."""

_LEAST_TYPED: Final = 3
"""Letters from which on the index is asked: fewer mean anything."""

_COUNTED: Final = 24
"""So many of the likeliest are ordered among themselves by how many files use them, as far as"""
_COUNT_SECONDS: Final = 0.01
"""... that is known after this time."""
_USES: Final = 300
"""Thousandths of a score for the logarithm of the number of files that use a name."""
_KEYWORD: Final = 72
_OFFERS: Final = 20
_WORDS: Final = 50
_NOT_INCLUDED: Final = 1000
"""Thousandths of a score: what is included already is likelier by so much."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The items, and the range of the text that any of them replaces."""

    items: list[Suggestion]
    replaced: Span
    more: bool
    """There are others, or may be: to be asked again with the next letter."""
    is_member: bool = False
    """Of an object or a scope: no new name can be meant."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What the text alone tells of a place."""

    text: Text
    position: Position
    typed: str
    qualifier: str
    """What stands before a ``::`` directly before what is typed."""
    is_member: bool
    is_include: bool

    @property
    def query(self) -> str:
        """What the index is asked; empty: nothing."""
        if self.is_member or self.is_include or len(self.typed) < _LEAST_TYPED:
            return ""
        return f"{self.qualifier}::{self.typed}" if self.qualifier else self.typed


async def completion(
    snapshot: Snapshot, path: str, position: Position, *, limit: int = LIMIT
) -> Completion:
    """At the most ``limit`` items for what is typed before ``position``, as settings want them."""
    text = snapshot.text(path)
    if text is None:
        return Completion([], Span(position.line, position.column, position.line, 0), False)
    place = _place(text, position)
    found = await _complete(snapshot, path, place, limit)
    settings = snapshot.config(path).completion
    return replace(found, items=as_set(found.items, place.typed, settings))


async def _complete(snapshot: Snapshot, path: str, place: _Place, limit: int) -> Completion:
    live = await snapshot.typing(path)
    if live is None:
        return await _without_live(snapshot, path, place, limit)
    offering = asyncio.ensure_future(_offers(snapshot, path, place, live.includes))
    try:
        seconds = BUSY_SECONDS if live.is_busy else LIVE_SECONDS
        if place.is_member or place.is_include or (place.qualifier and not place.query):
            seconds = MEMBER_SECONDS
        question = Complete(place.position, place.text.data, limit)
        found = await live.ask_soon(question, seconds)
        if found is None:
            return await _without_live(snapshot, path, place, limit)
        known, items = True, list[Suggestion]()
        if place.query:
            done, _ = await asyncio.wait([offering], timeout=INDEX_SECONDS)
            known = bool(done)
            style = snapshot.config(path).style
            items = _suggested(place, offering.result(), found, style) if done else []
        if not found.items and found.contexts not in (0, CompletionContext.INCLUDED_FILE):
            # Arguments of a macro that the compiler has no use for, or a name to be declared.
            items += _words(place, {item.name for item in items})
        uses = await _uses(snapshot, found)
        answer = _completion(found, items, uses, limit)
        return answer if known else replace(answer, more=True)
    finally:
        offering.cancel()


def _completion(
    found: Completions, offered: Sequence[Suggestion], uses: Mapping[str, int], limit: int
) -> Completion:
    if found.contexts == CompletionContext.INCLUDED_FILE:
        paths = [of_path(item) for item in found.items]
        return Completion(paths[:limit], found.identifier, found.more or len(paths) > limit)

    call_follows = found.next_sign == "("
    items = [
        _weighed(of_item(item, call_follows=call_follows), uses) for item in found.items[:limit]
    ]
    items = sorted([*items, *offered], key=lambda item: -item.score)
    # What the index offers is found by the letters that are typed so far.
    more = found.more or bool(offered) or len(found.items) + len(offered) > limit
    members = (
        CompletionContext.DOT_MEMBER | CompletionContext.ARROW_MEMBER | CompletionContext.QUALIFIED
    )
    is_member = found.contexts & members != 0 and not found.contexts & CompletionContext.VALUE
    return Completion(items[:limit], found.identifier, more, is_member)


def _weighed(item: Suggestion, uses: Mapping[str, int]) -> Suggestion:
    count = uses.get(item.name, 0)
    return replace(item, score=item.score + int(_USES * math.log1p(count))) if count else item


async def _uses(snapshot: Snapshot, found: Completions) -> Mapping[str, int]:
    """How many files of the project use the likeliest names, where that is soon known."""
    if found.contexts == CompletionContext.INCLUDED_FILE or len(found.items) < 2:
        return {}
    names = [item.name for item in found.items[:_COUNTED] if item.kind != _KEYWORD]
    try:
        return await snapshot.query_stored(_count, list(dict.fromkeys(names)))
    except IndexUnavailable:
        return {}


def _count(reader: Reader, names: Sequence[str]) -> dict[str, int]:
    return reader.uses(names, _COUNT_SECONDS)


# --- symbols that are not included ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Offered:
    offer: Offer
    spelling: Spelling | None


async def _offers(
    snapshot: Snapshot, path: str, place: _Place, includes: Collection[str]
) -> list[_Offered]:
    if not place.query:
        return []
    try:
        return await snapshot.query_stored(_look_up, place.query, path, includes)
    except IndexUnavailable:
        return []


def _look_up(reader: Reader, query: str, path: str, includes: Collection[str]) -> list[_Offered]:
    found: list[_Offered] = []
    spellings: dict[str, Spelling | None] = {}
    for offer in reader.offers(query, 4 * _OFFERS):
        # What the file includes is the live TU's to offer.
        if offer.header == path or offer.header in includes:
            continue
        if offer.header not in spellings:
            spellings[offer.header] = reader.include_spelling(offer.header)
        found.append(_Offered(offer, spellings[offer.header]))
        if len(found) == _OFFERS:
            break
    return found


def _suggested(
    place: _Place, offered: Sequence[_Offered], found: Completions | None, style: Style
) -> list[Suggestion]:
    scopes = found.scopes if found is not None else ()
    call_follows = found is not None and found.next_sign == "("
    seen: set[str] = set()
    items: list[Suggestion] = []
    for each in offered:
        symbol = each.offer.symbol
        if symbol.qualified_name in seen:
            continue
        seen.add(symbol.qualified_name)
        needs_scope = not place.qualifier and symbol.scope and symbol.scope not in scopes
        qualifier = f"{symbol.scope}::" if needs_scope else ""
        score = _score(place.typed, symbol.name, each.offer.uses) - _NOT_INCLUDED
        item = of_symbol(symbol, score, qualifier, call_follows=call_follows)
        items.append(_with_include(item, place.text, each.offer.header, each.spelling, style))
    return items


def _with_include(
    item: Suggestion, text: Text, header: str, spelling: Spelling | None, style: Style
) -> Suggestion:
    if spelling is None:
        return item
    name = include_name(spelling.text, header, style, angled=spelling.angled)
    edit = insert_include(text, name)
    return replace(item, header=name, edits=[edit]) if edit is not None else item


def _score(typed: str, name: str, uses: int) -> int:
    """In the currency of ``CompletionItem.score``: as a name that stands nowhere in the text."""
    same_case = name.startswith(typed)
    match = (1 if same_case else 0.8) * (1 - 0.1 * (len(name) - len(typed)) / 127)
    return int(1000 * (5 * math.log(match) - 0.9 * math.log1p(50) + 0.3 * math.log1p(uses)))


# --- without a TU ---------------------------------------------------------------------------------


async def _without_live(snapshot: Snapshot, path: str, place: _Place, limit: int) -> Completion:
    """What the index and the text itself know; of members and paths they know nothing sound."""
    start = Position(place.position.line, place.position.column - len(place.typed.encode()))
    replaced = Span(start.line, start.column, start.line, place.position.column)
    if place.is_include:
        return Completion([], replaced, more=True)
    offers = await _offers(snapshot, path, place, ())
    items = _suggested(place, offers, None, snapshot.config(path).style)
    known = {item.name for item in items}
    words = list(_words(place, known))
    if not place.is_member and not place.qualifier:
        fitting = [word for word in keywords_of(path) if word.startswith(place.typed)]
        words += [of_word(word, -4000, ItemKind.KEYWORD) for word in fitting if place.typed]
    items = sorted([*items, *words], key=lambda item: -item.score)[:limit]
    return Completion(items, replaced, more=True, is_member=place.is_member)


def _words(place: _Place, known: Collection[str]) -> Iterator[Suggestion]:
    """Words of the text that begin as typed, the nearest before the place first."""
    if not place.typed and not place.is_member:
        return
    end = place.text.offset(place.position)
    start = end - len(place.typed.encode())
    before = place.text.data[:start].decode(errors="replace")
    behind = place.text.data[end:].decode(errors="replace")
    pattern = re.compile(
        rf"\b{re.escape(place.typed)}[^\W\d]\w*" if place.typed else r"\b[^\W\d]\w*"
    )
    if place.is_member:
        pattern = re.compile(rf"(?<=\.|>){re.escape(place.typed)}\w+")
    seen = set(known)
    for rank, word in enumerate([*reversed(pattern.findall(before)), *pattern.findall(behind)]):
        if word not in seen and len(seen) - len(known) < _WORDS:
            seen.add(word)
            yield of_word(word, -3000 - rank, ItemKind.TEXT)


_BEFORE: Final = re.compile(
    r"(?:(?P<member>\.|->)|(?P<scope>(?:\w+\s*::\s*)*\w*\s*::))?\s*(?P<typed>\w*)$"
)
_INCLUDE: Final = re.compile(r"\s*#\s*(?:include|include_next|import)\s*[<\"][^>\"]*$")


def _place(text: Text, position: Position) -> _Place:
    line = text.line(position.line)[: position.column].decode(errors="replace")
    is_include = bool(_INCLUDE.match(line))
    match = _BEFORE.search(line)
    assert match is not None, "the empty text matches"
    typed = match["typed"]
    if typed[:1].isdigit():
        typed = ""
    scope = re.sub(r"\s", "", match["scope"] or "").removesuffix("::")
    return _Place(text, position, typed, scope, bool(match["member"]), is_include)
