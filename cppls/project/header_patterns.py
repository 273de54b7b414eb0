"""clangd's patterns for headers: regular expressions that the end of a header's path matches.

Source: ``compileHeaderRegexes`` of clangd 22. Pure text; must not know which setting they are of.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from cppls.project.clangd_values import Style


def matches(patterns: Iterable[str], path: str) -> bool:
    """Whether one of ``patterns`` matches ``path`` up to its end; invalid ones never do."""
    return any(
        pattern is not None and pattern.search(path) is not None
        for pattern in map(_compiled, patterns)
    )


def include_name(spelled: str, header: str, style: Style, *, angled: bool) -> str:
    """``spelled`` with its signs, ``<a.h>`` or ``"a.h"``: as the settings want it for the file
    ``header``, else as it is usually ``angled``."""
    if matches(style.quoted_headers, header):
        angled = False
    elif matches(style.angled_headers, header):
        angled = True
    return f"<{spelled}>" if angled else f'"{spelled}"'


@functools.lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(f"(?:{pattern})$")
    except re.error:
        return None
