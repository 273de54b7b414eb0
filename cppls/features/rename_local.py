"""Renaming what only one function knows: its live TU has all the uses there are."""

from __future__ import annotations

from collections.abc import Sequence

from cppls.core.live_questions import Occurrences, Outline, SymbolAt
from cppls.core.model import Span, SymbolId, SymbolKind
from cppls.core.text import Text
from cppls.features.cursor import Cursor
from cppls.features.rename_checks import free_words, functions_around
from cppls.features.rename_family import OF_CLASS, Refused
from cppls.features.rename_uses import Uses
from cppls.features.snapshot import LiveDocument, Snapshot
from cppls.features.words import words

_ASKED = 100
"""Places at the most of a local class's name that are asked what they are."""


async def local_uses(snapshot: Snapshot, cursor: Cursor, path: str, new_name: str) -> list[Uses]:
    """The uses in ``path`` of the local symbol at ``cursor``. Raises :class:`Refused`."""
    text, live = snapshot.text(path), cursor.live
    if text is None or live is None:
        raise Refused(f"{path} is not parsed: what is local to a function is not known")
    name = cursor.targets[0].symbol.name
    if name == new_name:
        raise Refused(f"'{new_name}' is its name already")
    if not name.isidentifier() or any(t.symbol.name != name for t in cursor.targets):
        raise Refused("this has no name of its own")
    ids = [target.symbol.id for target in cursor.targets]
    spans = await _occurrences(live, text, name, ids)
    if not any(target.symbol.kind is SymbolKind.LABEL for target in cursor.targets):
        spans |= await _constructors(live, text, name, spans)
        await _check_free(live, text, path, spans, new_name)
    return [Uses(path, text, tuple(sorted(spans)))]


async def _occurrences(
    live: LiveDocument, text: Text, name: str, ids: Sequence[SymbolId]
) -> set[Span]:
    spots = await live.ask(Occurrences(list(ids)))
    if spots is None:
        raise Refused("the file was closed, or its parser ended: try again")
    spans = {Span(s.line, s.column, s.line, s.column + s.length) for s in spots}
    for span in spans:
        if text.slice(span) != name.encode():
            raise Refused(
                f"it is used in line {span.line + 1} through"
                f" '{text.slice(span).decode(errors='replace')}', not by its name"
            )
    return spans


async def _constructors(live: LiveDocument, text: Text, name: str, known: set[Span]) -> set[Span]:
    """Where constructors and the destructor of a local class are declared: they bear its name."""
    found: set[Span] = set()
    start = min(known, default=None)
    places = [text.position(word.start) for word in words(text.data, name)]
    last = max(known, default=None)
    for at in places[:_ASKED]:
        span = Span(at.line, at.column, at.line, at.column + len(name.encode()))
        if span in known or start is None or last is None or not start < span < last:
            continue
        answer = await live.ask(SymbolAt(at))
        symbols = answer.symbols if answer is not None else []
        if any(each.local and each.kind in OF_CLASS for each in symbols):
            found.add(span)
    return found


async def _check_free(
    live: LiveDocument, text: Text, path: str, spans: set[Span], new_name: str
) -> None:
    """Raises :class:`Refused` when a function around the uses names ``new_name`` already."""
    outline = await live.ask(Outline()) or []
    around = [body for span in spans for body in functions_around(outline, span)]
    for at in free_words(text, new_name):
        if any(body.contains(at) for body in around):
            raise Refused(f"'{new_name}' is named in the same function, at {path}:{at.line + 1}")
