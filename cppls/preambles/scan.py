"""The include directives of a text, and whether it guards itself. No preprocessor: a directive
inside a condition is left out, for nobody can tell here whether it counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple


class Directive(NamedTuple):
    """An ``#include`` outside all conditions but the include guard."""

    spelled: str
    angled: bool
    next: bool
    """``#include_next``."""


class Scan(NamedTuple):
    """What a text says of itself."""

    directives: tuple[Directive, ...]
    guarded: bool
    """By ``#pragma once`` or an include guard around all of it."""
    defines: tuple[tuple[bytes, int], ...]
    """Names of macros that it defines outside all conditions, but for its guard, in their order;
    each with the number of directives before it."""


def words(text: bytes) -> Iterable[bytes]:
    """Identifiers that a parse comes to: none of comments, strings, or the bodies of macros."""
    return _WORDS.findall(_SILENT.sub(b" ", text))


def scan(text: bytes) -> Scan:
    """Look for directives line by line. Comments around them are not noticed, and need not be."""
    found: list[Directive] = []
    defines: list[tuple[bytes, int]] = []
    once, depth = False, 0
    guard = _guard(text)
    for place, (word, rest) in enumerate(_DIRECTIVE.findall(text)):
        if depth == 0 and place and word not in (b"endif", b"pragma"):
            guard = None  # Something stands outside of the guard.
        if word in _OPENING:
            depth += 1
        elif word == b"endif":
            depth = max(depth - 1, 0)
        elif word in _BRANCHING:
            guard = guard if depth > 1 else None  # It guards only one of two branches.
        elif word == b"pragma":
            once = once or rest.split()[:1] == [b"once"]
        elif depth != (guard is not None):
            continue  # Inside a condition.
        elif word == b"define":
            name = _NAME.match(rest)
            if name is not None and name[1] != guard:
                defines.append((name[1], len(found)))
        elif (directive := _directive(word, rest)) is not None:
            found.append(directive)
    return Scan(tuple(found), once or (guard is not None and depth == 0), tuple(defines))


_DIRECTIVE: Final = re.compile(
    rb"^[ \t]*#[ \t]*(include_next|include|import|ifdef|ifndef|if|elif\w*|else|endif|pragma"
    rb"|define)\b([^\n]*)",
    re.MULTILINE,
)
_WORDS: Final = re.compile(rb"[A-Za-z_]\w*")
_SILENT: Final = re.compile(
    rb"//[^\n]*|/\*.*?\*/"
    rb'|"(?:\\.|[^"\\\n])*"'
    rb"|^[ \t]*#[ \t]*define\b(?:\\\r?\n|[^\n])*",
    re.MULTILINE | re.DOTALL,
)
_FIRST: Final = re.compile(rb"^[ \t]*#[ \t]*", re.MULTILINE)
_OPENING: Final = frozenset({b"if", b"ifdef", b"ifndef"})
_BRANCHING: Final = frozenset({b"else", b"elif", b"elifdef", b"elifndef"})
_SPELLED: Final = re.compile(rb'[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")')
_NAME: Final = re.compile(rb"[ \t]*(\w+)")
_GUARD: Final = re.compile(
    rb"(?:ifndef[ \t]+|if[ \t]*!\s*defined\b[\s(]*)(\w+)[^\n]*\n(?:(?![ \t]*#)[^\n]*\n)*?"
    rb"[ \t]*#[ \t]*define[ \t]+(\w+)"
)


def _guard(text: bytes) -> bytes | None:
    """The macro of an include guard, when the first directive opens one."""
    first = _FIRST.search(text)
    match = _GUARD.match(text, first.end()) if first is not None else None
    return match[1] if match is not None and match[1] == match[2] else None


def _directive(word: bytes, rest: bytes) -> Directive | None:
    match = _SPELLED.match(rest)
    if match is None:
        return None  # A macro's name.
    angled = match[1] is not None
    spelled = (match[1] if angled else match[2]).strip().decode("utf-8", "surrogateescape")
    return Directive(spelled, angled, word == b"include_next")
