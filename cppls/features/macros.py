"""The definitions of macros by name, from the index and the files that it names.

A name may be defined many times; where the definitions differ and none is in the asked file, nobody
can tell which one counts without a parse, and the name is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cppls.core.files import read_file
from cppls.core.model import Location, Span, SymbolKind
from cppls.core.text import Text
from cppls.features.expansion import Macro, TooLarge, expand, parse_define, use_at
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

LONGEST_USE: Final = 1 << 14
"""Bytes: the arguments of a macro end by then, or its use is left alone."""
MOST: Final = 200
"""Macros at the most that are looked up for one expansion."""

_DEFINE: Final = re.compile(rb"\s*#\s*define\s+$")


async def expansion(
    snapshot: Snapshot, path: str, definition: str, use: str
) -> tuple[str, int] | None:
    """What the use of a macro at the start of ``use`` becomes, and how long the use is.

    ``definition`` is the macro's ``#define``. ``None`` when it is not used there, or grows without
    bound.
    """
    macro = parse_define(definition)
    if macro is None:
        return None
    known = {macro.name: macro}
    found = use_at(use, known.get)
    if found is None:
        return None
    written, end = found
    names = {token.text for token in (*macro.body, *written) if token.is_name} - known.keys()
    more = await look_up(snapshot, {}, _closure, names, path)
    try:
        return expand(written, {**more, **known}.get), end
    except TooLarge:
        return None


def is_definition(text: Text, token: Span) -> bool:
    """Whether the name of a macro stands where the macro is defined."""
    return _DEFINE.match(text.line(token.line)[: token.column]) is not None


def _closure(reader: Reader, names: Iterable[str], path: str) -> dict[str, Macro]:
    """The macros among ``names``, those that their bodies use, and so on."""
    found: dict[str, Macro] = {}
    asked: set[str] = set()
    wanted = set(names)
    while wanted and len(found) < MOST:
        asked |= wanted
        fresh = [macro for name in sorted(wanted) if (macro := _macro(reader, name, path))]
        found.update((macro.name, macro) for macro in fresh)
        wanted = {t.text for macro in fresh for t in macro.body if t.is_name} - asked
    return found


def _macro(reader: Reader, name: str, path: str) -> Macro | None:
    symbols = [s for s in reader.symbols_named(name) if s.kind is SymbolKind.MACRO]
    places = [place for s in symbols if (place := s.definition or s.declaration) is not None]
    here = [place for place in places if place.path == path]
    read = {_directive(place) for place in here or places}
    return parse_define(read.pop()) if len(read) == 1 else None


def _directive(place: Location) -> str:
    """The directive's lines; empty when the file cannot be read."""
    try:
        lines = Text(read_file(place.path))
    except OSError:
        return ""
    number, parts = place.span.line, list[bytes]()
    while number < lines.line_count:
        line = lines.line(number)
        parts.append(line)
        if not line.rstrip(b"\r").endswith(b"\\"):
            break
        number += 1
    return b"\n".join(part.rstrip(b"\r") for part in parts).decode("utf-8", "replace")
