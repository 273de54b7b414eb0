"""Where a new ``#include`` belongs among those that a file has.

Pure text to edit; must not know which symbol wants the header.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from cppls.core.live_completion import CompletionEdit
from cppls.core.model import Span
from cppls.core.text import Text

_DIRECTIVE: Final = re.compile(rb'[ \t]*#[ \t]*(?:include|import)[ \t]*(?P<name><[^>]*>|"[^"]*")')
_GUARD: Final = re.compile(rb"[ \t]*#[ \t]*(?:ifndef|define|pragma[ \t]+once)\b")
_BLANK_OR_COMMENT: Final = re.compile(rb"[ \t]*(?://.*|/\*.*|\*.*)?\s*$")

_MOST_LINES: Final = 2000
"""Includes further down are not looked for: they stand at the top."""


class _Directive(NamedTuple):
    line: int
    name: str


def insert_include(text: Text, name: str) -> CompletionEdit | None:
    """The edit that includes ``name`` (``"a.h"`` or ``<a.h>``, with its signs); ``None`` when it is
    included already.

    It goes among those of the same style, in their order: into the last group (lines that follow
    each other) that has any. Without any behind the last include, and in a file that has none
    behind its header guard and first comment.
    """
    found = _directives(text)
    if any(directive.name == name for directive in found):
        return None
    alike = [each for each in found if each.name[0] == name[0]]
    if alike:
        group = _last_group(alike)
        behind = [each.line for each in group if each.name < name]
        line = max(behind) + 1 if behind else group[0].line
    elif found:
        line = found[-1].line + 1
    else:
        line = _behind_guard(text)
    return CompletionEdit(Span(line, 0, line, 0), f"#include {name}\n")


def _directives(text: Text) -> list[_Directive]:
    found: list[_Directive] = []
    for number in range(min(text.line_count, _MOST_LINES)):
        match = _DIRECTIVE.match(text.line(number))
        if match:
            found.append(_Directive(number, match["name"].decode(errors="replace")))
    return found


def _last_group(directives: list[_Directive]) -> list[_Directive]:
    group = [directives[-1]]
    for directive in reversed(directives[:-1]):
        if directive.line != group[0].line - 1:
            break
        group.insert(0, directive)
    return group


def _behind_guard(text: Text) -> int:
    """The first line that is neither comment nor blank, behind a guard that begins there."""
    line = 0
    while line < text.line_count and _BLANK_OR_COMMENT.match(text.line(line)):
        line += 1
    if line == text.line_count:
        return 0
    guarded = line
    while guarded < text.line_count and _GUARD.match(text.line(guarded)):
        guarded += 1
    return guarded
