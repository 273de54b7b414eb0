"""Where a file sees a namespace first: of many equal declarations the one that answers lead to.

clang's canonical declaration of a namespace is the first that the preprocessor meets. A live TU
over shared preambles has their headers before those that its own text includes first, and the
index knows no order of files at all; the include directives do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from cppls.core.model import Location, Role, Symbol, SymbolId, SymbolKind
from cppls.index.reader import Reader

_DEPTH: Final = 200
"""Includes in includes are followed so deep, as compilers do."""


def as_seen_from(reader: Reader, path: str, symbol: Symbol) -> Symbol:
    """``symbol``; a namespace with the declaration that ``path`` sees first, if it sees one."""
    if symbol.kind is not SymbolKind.NAMESPACE:
        return symbol
    first = first_declaration(reader, path, symbol.id)
    return structs.replace(symbol, declaration=first, definition=None) if first else symbol


def first_declaration(reader: Reader, path: str, namespace: SymbolId) -> Location | None:
    """The declaration of ``namespace`` that ``path`` sees first; ``None`` when the index knows of
    none that it sees, as of a file that no unit includes."""
    declared: dict[str, Location] = {}
    for each in reader.references([namespace], Role.DECLARATION):
        declared.setdefault(each.path, Location(each.path, each.span))
    return _first(reader, path, declared, {path}, 0)


def _first(
    reader: Reader, path: str, declared: Mapping[str, Location], seen: set[str], depth: int
) -> Location | None:
    """The first of ``declared``, by file, that is met in ``path``. ``seen``: files that are not
    followed again, for they are guarded."""
    own = declared.get(path)
    for include in reader.includes(path) if depth < _DEPTH else ():
        if own is not None and own.span.line < include.span.line:
            break
        if not include.target or include.target in seen:
            continue
        seen.add(include.target)
        found = _first(reader, include.target, declared, seen, depth + 1)
        if found is not None:
            return found
    return own
