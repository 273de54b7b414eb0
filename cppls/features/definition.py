"""``textDocument/definition``: where what the cursor stands on is defined."""

from __future__ import annotations

from cppls.core.model import Location, Position
from cppls.features.answer import Answer
from cppls.features.jump import jump
from cppls.features.snapshot import Snapshot


async def definition(snapshot: Snapshot, path: str, position: Position) -> Answer[Location]:
    """The definitions of what the token names, else the declarations.

    On the definition itself, its declaration; on an ``#include`` the file, at its start; on
    ``override`` the overridden method.
    """
    return await jump(
        snapshot,
        path,
        position,
        "definition",
        lambda symbol: symbol.definition or symbol.declaration,
    )
