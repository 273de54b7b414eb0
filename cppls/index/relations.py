"""Relations between symbols: bases, overrides, specialisations, in both directions.

Functions on a connection, for ``reader.py``; they raise ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from cppls.core.model import Relation, RelationKind, SymbolId
from cppls.core.packing import id_of, key, kind_and_id, relation_key
from cppls.index.inverted import keys_with

_REACHED: Final = 10_000
"""Symbols at the most that a walk over relations visits."""


def relations(connection: sqlite3.Connection, id: SymbolId) -> list[Relation]:
    """All relations of a symbol, each once."""
    found: list[Relation] = []
    for kind, other in map(kind_and_id, keys_with(connection, "relation", key(id))):
        subject, object_ = (id, other) if kind > 0 else (other, id)
        found.append(Relation(subject, RelationKind(abs(kind)), object_))
    return found


def related(connection: sqlite3.Connection, id: SymbolId, kind: int) -> list[SymbolId]:
    """Objects of ``id`` as the subject of ``kind``; for a negative kind, subjects."""
    return [id_of(row) for row in keys_with(connection, "relation", relation_key(id, kind))]


def reachable(connection: sqlite3.Connection, id: SymbolId, kind: int) -> list[SymbolId]:
    """The transitive :func:`related`, without ``id``, the nearest first."""
    found: dict[SymbolId, None] = {id: None}
    frontier = [id]
    while frontier and len(found) < _REACHED:
        reached = dict.fromkeys(
            other for symbol in frontier for other in related(connection, symbol, kind)
        )
        frontier = [other for other in reached if other not in found]
        found.update(dict.fromkeys(frontier))
    return list(found)[1:]
