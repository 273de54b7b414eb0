"""Headers that a file needs and does not include itself, as in clangd, which it does where asked.

What the file names is satisfied by an include of a header that declares it, or that exports one
which does. Of the system's headers nobody can tell public from inner ones: there any include that
leads to the declaring one does. The rest follows clangd's include cleaner
(https://clangd.llvm.org/guides/include-cleaner). Knows the index; not when to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cppls.core.model import Diagnostic, Reference, Severity, SymbolId, SymbolKind
from cppls.engine.unused_includes import exported, public_name
from cppls.index.reader import Reader
from cppls.project.clangd_values import Includes
from cppls.project.header_patterns import matches

CODE: Final = "missing-includes"

MOST: Final = 20_000
"""Symbols of a file at the most that are looked at."""

_SCOPES: Final = (SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.UNION, SymbolKind.ENUM)
_NEEDED: Final = (
    *_SCOPES,
    SymbolKind.ENUM_CONSTANT,
    SymbolKind.TYPEDEF,
    SymbolKind.TYPE_ALIAS,
    SymbolKind.CONCEPT,
    SymbolKind.FUNCTION,
    SymbolKind.VARIABLE,
    SymbolKind.MACRO,
)
"""Not members: who has the object has the class. What is inside a class or enumeration comes with
it."""
_SYSTEM: Final = ("/usr/", "/opt/", "/Library/", "/Applications/")
_CLOSURE: Final = 2000
"""Headers at the most that one include is followed to."""


def missing_includes(reader: Reader, path: str, settings: Includes) -> list[Diagnostic]:
    """A diagnostic at the first use of everything in ``path`` whose headers it does not include."""
    uses = reader.uses_in(path)
    if len(uses) > MOST:
        return []
    declaring = reader.declaring_paths(uses)
    direct = [each for each in reader.includes(path) if each.target]
    satisfying = _closure((each.target for each in direct), lambda header: exported(reader, header))
    satisfying.add(path)
    spelled = [each.spelled for each in direct]
    unmet = [id for id in uses if declaring[id] and satisfying.isdisjoint(declaring[id])]
    if not unmet:
        return []
    system = _closure(
        (each.target for each in direct if each.target.startswith(_SYSTEM)),
        lambda header: [each.target for each in reader.includes(header) if each.target],
    )

    def is_missing(headers: list[str]) -> bool:
        # Some are sources, which define it: those nobody includes.
        return any(reader.include_spelling(header) is not None for header in headers) and not any(
            header in system
            or matches(settings.ignore_header, header)
            or _is_private_part(header, spelled)
            for header in headers
        )

    wanted = [id for id in unmet if is_missing(declaring[id])]
    return _diagnostics(reader, path, uses, wanted)


def _diagnostics(
    reader: Reader,
    path: str,
    uses: dict[SymbolId, list[Reference]],
    wanted: Iterable[SymbolId],
) -> list[Diagnostic]:
    symbols = reader.symbols(wanted)
    around = {symbol.qualified_name for symbol in symbols if symbol.kind in _SCOPES}
    found = [
        Diagnostic(
            path=path,
            span=min(use.span for use in uses[symbol.id]),
            severity=Severity.WARNING,
            message=f'No header providing "{symbol.qualified_name}" is directly included',
            code=CODE,
        )
        for symbol in symbols
        if symbol.kind in _NEEDED
        and symbol.scope not in around
        and not symbol.name.startswith("operator")
    ]
    return sorted(found, key=lambda each: each.span)


def _is_private_part(header: str, spelled: Iterable[str]) -> bool:
    """Whether the header names another one to include in its place, and that one is included."""
    public = public_name(header)
    return bool(public) and any(public in each for each in spelled)


def _closure(start: Iterable[str], further: Callable[[str], Iterable[str]]) -> set[str]:
    seen = set(start)
    waiting = list(seen)
    while waiting and len(seen) < _CLOSURE:
        new = [each for each in further(waiting.pop()) if each not in seen]
        seen.update(new)
        waiting += new
    return seen
