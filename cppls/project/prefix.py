"""What a header may need from whoever includes it: the text before the include directive.

A header that does not stand on its own means something only behind that text. It is handed to the
compiler as a file that exists nowhere, beside the includer, so that names relative to that lead
where they should. Must not know the index, nor who wants to parse.
"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

_INCLUDE: Final = re.compile(
    rb'^[ \t]*#[ \t]*(?:include|include_next|import)[ \t]*["<]([^">\n]+)[">]', re.MULTILINE
)
_CONDITION: Final = re.compile(rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|endif)\b", re.MULTILINE)


class Prefix(NamedTuple):
    """Text that stands before an include directive."""

    includer: str
    path: str
    """The name under which the compiler gets it; no such file exists."""
    text: bytes


def prefix(includer: str, text: bytes, included: str, line: int) -> Prefix | None:
    """What of ``includer``, which holds ``text``, stands before its directive for ``included``.

    ``line``: where the directive was when that was last known, 0-based; of several that may mean
    the file the nearest counts. ``None`` when there is none any more. Conditions that are open
    there are closed, so that the text is whole.
    """
    name = os.fsencode(os.path.basename(included))
    found = [
        match.start()
        for match in _INCLUDE.finditer(text)
        if match[1].replace(b"\\", b"/").rpartition(b"/")[2] == name
    ]
    if not found:
        return None
    start = min(found, key=lambda start: abs(text.count(b"\n", 0, start) - line))
    before = text[:start]
    opened = 0
    for condition in _CONDITION.finditer(before):
        opened += -1 if condition[1] == b"endif" else 1
    path = f"{includer}.before.{os.path.basename(included)}"
    return Prefix(includer, path, before + b"#endif\n" * opened)
