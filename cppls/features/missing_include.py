"""Names that nobody has declared: which headers do, and how to include them.

What the compiler says of such a name is a text; the name is what stands there. The index knows the
headers. Must not know who shows the fixes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

from cppls.core.model import Diagnostic, Edit, FixIt, Symbol, SymbolKind
from cppls.core.text import Text
from cppls.features.include_insertion import insert_include
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader
from cppls.project.clangd_values import Style
from cppls.project.header_patterns import include_name

MOST: Final = 5
"""Headers at the most that are offered for one name."""

_UNKNOWN: Final = re.compile(
    r"use of undeclared identifier '(?P<a>\w+)'|unknown type name '(?P<b>\w+)'"
    r"|no (?:type|member|template) named '(?P<c>\w+)' in namespace '(?P<scope>[\w:]+)'"
    r"|no template named '(?P<d>\w+)'|call to undeclared (?:library )?function '(?P<e>\w+)'"
    r"|No header providing \"(?P<g>[\w:]+)\" is directly included"
    r"|incomplete (?:definition of )?type '(?:class |struct )?(?P<f>[\w:]+)'"
)
"""Sources: clang's DiagnosticSemaKinds.td; clangd's include cleaner."""

_SOURCES: Final = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".m", ".mm", ".cu")
_MEMBERS: Final = (
    SymbolKind.FIELD,
    SymbolKind.METHOD,
    SymbolKind.STATIC_METHOD,
    SymbolKind.CONSTRUCTOR,
    SymbolKind.DESTRUCTOR,
    SymbolKind.CONVERSION,
    SymbolKind.NAMESPACE,
)


async def missing_includes(
    snapshot: Snapshot, path: str, text: Text, diagnostics: Iterable[Diagnostic]
) -> list[tuple[Diagnostic, FixIt]]:
    """For each of ``diagnostics`` that is about an unknown name, the includes that declare it."""
    found: list[tuple[Diagnostic, FixIt]] = []
    for diagnostic in diagnostics:
        unknown = _UNKNOWN.search(diagnostic.message)
        if unknown is None:
            continue
        name = next(value for key, value in unknown.groupdict().items() if value and key != "scope")
        scope, _, name = name.rpartition("::")
        scope = unknown["scope"] or scope
        style = snapshot.config(path).style
        for spelling, symbol in await look_up(snapshot, [], _headers, path, name, scope, style):
            edit = insert_include(text, spelling)
            if edit is not None:
                title = f"Include {spelling} for symbol {symbol.qualified_name}"
                found.append((diagnostic, FixIt(title, [Edit(edit.span, edit.text)])))
    return found


def _headers(
    reader: Reader, path: str, name: str, scope: str, style: Style
) -> list[tuple[str, Symbol]]:
    """How the headers that declare ``name`` are included, and what they declare by it."""
    found: dict[str, Symbol] = {}
    for symbol in reader.symbols_named(name):
        place = symbol.declaration if symbol.declaration is not None else symbol.definition
        in_class = symbol.kind in _MEMBERS
        if place is None or in_class or place.path == path or scope not in ("", symbol.scope):
            continue
        if os.path.splitext(place.path)[1] in _SOURCES:
            continue
        spelling = reader.include_spelling(place.path)
        if spelling is None:
            continue
        written = include_name(spelling.text, place.path, style, angled=spelling.angled)
        found.setdefault(written, symbol)
        if len(found) == MOST:
            break
    return list(found.items())
