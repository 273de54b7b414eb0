"""Fuzzy search over the names of a project, for ``workspace/symbol``.

SQLite scans the distinct names (a few hundred thousand take some 30 ms) for those that hold the
query's characters in order and hands over the likeliest; the exact order is decided here.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from cppls.core.model import Symbol, SymbolFlag, SymbolId, SymbolKind
from cppls.core.names import name_id
from cppls.index.overlay import overlay_of
from cppls.index.symbols import QualifiedName, members, merged, named, symbols_by_name

SEARCH_SECONDS: Final = 0.5
"""The scan ends after this time, and the answer holds what an exact match gives."""

_NAMES: Final = 2000
"""Names at the most that the scan hands over."""

_SYMBOLS: Final = 2000
"""Symbols at the most whose records are read for one answer."""

LONGEST_QUERY: Final = 1000
"""Characters; SQLite refuses patterns that are much longer, and nobody means to be fuzzy there."""

_STEPS: Final = 5_000
"""SQLite's virtual machine instructions between two looks at the clock."""


def search(connection: sqlite3.Connection, query: str, limit: int) -> list[Symbol]:
    """Symbols whose names match ``query``, the best first.

    ``ns::na`` asks for names like ``na`` in scopes that end with ``ns``; ``ns::`` for what is in
    ``ns``. An empty query gives nothing.
    """
    asked = QualifiedName.parse(query)
    if not asked.name:
        return _in_scope(connection, asked, limit) if asked.scope else []
    names = _scored_names(connection, asked.name)
    found: list[tuple[float, Symbol]] = []
    read = 0
    for score, text in names:
        ids = symbols_by_name(connection, name_id(text))[: _SYMBOLS - read]
        read += len(ids)
        found += [
            (score, symbol)
            for symbol in merged(connection, ids)
            if symbol.name == text and asked.matches_scope(symbol.scope)
        ]
        # Names of one score are all read, for the symbols' own properties decide among them.
        if read >= _SYMBOLS or (len(found) >= limit and score < found[limit - 1][0]):
            break
    found.sort(key=lambda pair: (-pair[0], *_preference(pair[1])))
    return [symbol for _, symbol in found[:limit]]


def match_score(query: str, name: str) -> float | None:
    """How well ``name`` answers ``query``, from 0 to 100; ``None`` when it does not at all.

    In this order: the whole name, its beginning, beginnings of its words (``sc`` and ``smtcon``
    find ``smt_context``), a part that begins a word, any part, characters in order. Within one of
    these, equal case and a short rest are better.
    """
    folded, folded_name = query.lower(), name.lower()
    if folded == folded_name:
        grade = 90.0
    elif folded_name.startswith(folded):
        grade = 75.0
    elif _begins_words(folded, tuple(word.lower() for word in _words(name))):
        grade = 60.0
    elif folded in folded_name:
        grade = 45.0 if _at_word(folded, name) else 30.0
    elif _in_order(folded, folded_name):
        grade = 10.0
    else:
        return None
    equal_case = 5.0 if query in name else 2.0 if _in_order(query, name) else 0.0
    return grade + equal_case + 5.0 * len(query) / max(len(name), 1)


def _in_scope(connection: sqlite3.Connection, asked: QualifiedName, limit: int) -> list[Symbol]:
    text = ("::" if asked.is_absolute else "") + asked.scope
    found: list[Symbol] = []
    for scope in named(connection, text, limit):
        found += merged(connection, members(connection, scope)[:_SYMBOLS])
        if len(found) >= limit:
            break
    return sorted(found, key=_preference)[:limit]


def _scored_names(connection: sqlite3.Connection, query: str) -> list[tuple[float, str]]:
    """Matching names with their scores, the best first."""
    exact = [query] if symbols_by_name(connection, name_id(query)) else []
    scored = [
        (score, name)
        for name in {*exact, *_likely_names(connection, query), *_open_names(connection, query)}
        if (score := match_score(query, name)) is not None
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return scored


def _open_names(connection: sqlite3.Connection, query: str) -> Iterator[str]:
    """Names of open files that hold the query's characters in order."""
    folded = query.lower()
    for file in overlay_of(connection).files.values():
        yield from (name for name in file.names() if _in_order(folded, name.lower()))


def _likely_names(connection: sqlite3.Connection, query: str) -> Iterator[str]:
    """Names that hold the query's characters in order, at the most ``_NAMES``; none when it is
    longer than ``LONGEST_QUERY``."""
    escaped = [re.sub(r"([\\%_])", r"\\\1", character) for character in query]
    whole = "".join(escaped)
    if len(query) > LONGEST_QUERY:
        return
    patterns = ("%" + "%".join(escaped) + "%", whole, whole + "%", "%" + whole + "%", _NAMES)
    deadline = time.monotonic() + SEARCH_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        for (text,) in connection.execute(_LIKELY_NAMES, patterns):
            yield text
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
    finally:
        connection.set_progress_handler(None, 0)


def _preference(symbol: Symbol) -> tuple[bool, int, int, str, SymbolId]:
    """Order among symbols whose names match equally well."""
    return (
        symbol.definition is None or bool(symbol.flags & SymbolFlag.DEPRECATED),
        _KIND_ORDER.get(symbol.kind, 1),
        symbol.scope.count("::") + bool(symbol.scope),
        symbol.qualified_name,
        symbol.id,
    )


_KIND_ORDER: Final = {
    SymbolKind.CLASS: 0,
    SymbolKind.STRUCT: 0,
    SymbolKind.UNION: 0,
    SymbolKind.ENUM: 0,
    SymbolKind.NAMESPACE: 0,
    SymbolKind.CONCEPT: 0,
    SymbolKind.FIELD: 2,
    SymbolKind.ENUM_CONSTANT: 2,
    SymbolKind.CONSTRUCTOR: 2,
    SymbolKind.DESTRUCTOR: 2,
    SymbolKind.MACRO: 2,
}
"""Types before functions and variables, those before members that a name alone rarely means."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[^\w\s]+")


@lru_cache(maxsize=256)
def _words(name: str) -> tuple[str, ...]:
    """``smt_context``, ``SmtContext`` and ``SMTContext`` have the words ``smt`` and ``context``."""
    return tuple(_WORD.findall(name))


def _at_word(query: str, name: str) -> bool:
    """Whether ``query`` begins with a word of ``name`` somewhere behind its beginning."""
    starts = (match.start() for match in _WORD.finditer(name))
    return any(name.lower().startswith(query, start) for start in starts)


def _begins_words(query: str, words: tuple[str, ...]) -> bool:
    """Whether ``query`` is made of beginnings of ``words``, in order; words may be left out."""
    # reached: how much of the query the words so far can have used up.
    reached = {0}
    for word in words:
        for used in tuple(reached):
            length = 0
            while word[length : length + 1] == query[used + length : used + length + 1] != "":
                length += 1
                reached.add(used + length)
    return len(query) in reached


def _in_order(query: str, name: str) -> bool:
    rest = iter(name)
    return all(character in rest for character in query)


# The rough order decides which names are handed over when there are too many.
_LIKELY_NAMES: Final = r"""
SELECT text FROM name WHERE text LIKE ? ESCAPE '\'
ORDER BY CASE
    WHEN text LIKE ? ESCAPE '\' THEN 0
    WHEN text LIKE ? ESCAPE '\' THEN 1
    WHEN text LIKE ? ESCAPE '\' THEN 2
    ELSE 3
END, length(text)
LIMIT ?
"""
