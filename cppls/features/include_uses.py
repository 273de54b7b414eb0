"""References of an ``#include``: what the file uses of what that header provides, as in clangd.

A header of the project provides what it declares. One of the system mostly includes others that do:
there the directive that is nearest to the declaration, over the includes, counts as its provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cppls.core.model import Reference, Role, SymbolId
from cppls.features.cursor import NAMESPACES
from cppls.features.rename_family import is_below
from cppls.index.reader import Reader

_DEPTH = 8
"""Includes over includes at the most that lead to a declaration."""
_FILES = 2_000
"""Headers at the most that one directive is followed into."""


def uses_of_include(
    reader: Reader, root: str, path: str, line: int, target: str
) -> list[Reference]:
    """The places in ``path`` that use what ``target`` provides, and the directive in ``line``
    itself; by position. Nothing but the directive where nothing is used."""
    provided = _provided(reader, root, path, target)
    found = {use.span: use for uses in provided.values() for use in uses}
    for include in reader.includes(path):
        if include.span.line == line:
            found[include.span] = Reference(path, include.span, Role.REFERENCE)
    return [found[span] for span in sorted(found)]


def _provided(
    reader: Reader, root: str, path: str, target: str
) -> Mapping[SymbolId, list[Reference]]:
    """The uses in ``path`` of symbols that ``target`` provides."""
    uses = reader.uses_in(path)
    declaring = reader.declaring_paths(uses)
    if is_below(target, root):
        chosen = [id for id, paths in declaring.items() if target in paths]
    else:
        nearest = _nearest(reader, root, path)
        chosen = [
            id for id, paths in declaring.items() if _provider(nearest, paths, root) == target
        ]
    kinds = {symbol.id: symbol.kind for symbol in reader.symbols(chosen)}
    return {id: uses[id] for id in chosen if kinds.get(id) not in NAMESPACES}


def _provider(nearest: Mapping[str, tuple[int, int, str]], paths: Iterable[str], root: str) -> str:
    """The included header that is nearest to any of the declarations in ``paths``."""
    found = [nearest[each] for each in paths if each in nearest and not is_below(each, root)]
    return min(found)[2] if found else ""


def _nearest(reader: Reader, root: str, path: str) -> dict[str, tuple[int, int, str]]:
    """For every header that the system headers of ``path`` lead to: how far it is from the
    nearest of them, which of the directives that is, and its target."""
    known: dict[str, list[str]] = {}
    nearest: dict[str, tuple[int, int, str]] = {}
    for number, include in enumerate(reader.includes(path)):
        if not include.target or is_below(include.target, root):
            continue
        frontier, seen = [include.target], {include.target}
        for distance in range(_DEPTH):
            for header in frontier:
                best = (distance, number, include.target)
                nearest[header] = min(best, nearest.get(header, best))
            reached = (inner for each in frontier for inner in _includes(reader, each, known))
            frontier = [each for each in dict.fromkeys(reached) if each not in seen]
            seen.update(frontier)
            if not frontier or len(seen) > _FILES:
                break
    return nearest


def _includes(reader: Reader, path: str, known: dict[str, list[str]]) -> list[str]:
    if path not in known:
        known[path] = [each.target for each in reader.includes(path) if each.target]
    return known[path]
