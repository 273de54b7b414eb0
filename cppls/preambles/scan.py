"""The include directives of a text, and whether it guards itself. No preprocessor: a directive
inside a condition is left out, for nobody can tell here whether it counts."""

from __future__ import annotations

import re
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


def scan(text: bytes) -> Scan:
    """Look for directives line by line. Comments around them are not noticed, and need not be."""
    found: list[Directive] = []
    once = False
    depth = 0
    guard: bytes | None = None
    closed = True
    first = True
    for word, rest in _DIRECTIVE.findall(text):
        if word in _OPENING:
            depth += 1
            if first:
                guard = _guard_name(word, rest)
                closed = False
        elif word == b"endif":
            depth = max(depth - 1, 0)
            closed = closed or depth == 0
        elif word == b"pragma":
            once = once or rest.split()[:1] == [b"once"]
        elif word in _BRANCHING:
            guard = guard if depth > 1 else None  # It guards only one of two branches.
        elif depth == 0 or (depth == 1 and guard is not None and not closed):
            directive = _directive(word, rest)
            if directive is not None:
                found.append(directive)
        if depth == 0 and closed and word != b"endif" and word != b"pragma":
            guard = None  # Something stands outside of the guard.
        first = False
    return Scan(tuple(found), once or (guard is not None and depth == 0))


_DIRECTIVE: Final = re.compile(
    rb"^[ \t]*#[ \t]*(include_next|include|import|ifdef|ifndef|if|elif\w*|else|endif|pragma)"
    rb"\b([^\n]*)",
    re.MULTILINE,
)
_OPENING: Final = frozenset({b"if", b"ifdef", b"ifndef"})
_BRANCHING: Final = frozenset({b"else", b"elif", b"elifdef", b"elifndef"})
_SPELLED: Final = re.compile(rb'[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")')
_NOT_DEFINED: Final = re.compile(rb"[ \t]*!\s*defined\b[\s(]*(\w+)")


def _guard_name(word: bytes, rest: bytes) -> bytes | None:
    if word == b"ifndef":
        return rest.strip().split()[0] if rest.strip() else None
    match = _NOT_DEFINED.match(rest) if word == b"if" else None
    return match[1] if match else None


def _directive(word: bytes, rest: bytes) -> Directive | None:
    match = _SPELLED.match(rest)
    if match is None:
        return None  # A macro's name.
    angled = match[1] is not None
    spelled = (match[1] if angled else match[2]).strip().decode("utf-8", "surrogateescape")
    return Directive(spelled, angled, word == b"include_next")
