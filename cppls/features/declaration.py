"""``textDocument/declaration``: where what the cursor stands on is declared."""

from __future__ import annotations

from cppls.core.model import Location, Position
from cppls.features.answer import Answer
from cppls.features.jump import jump
from cppls.features.snapshot import Snapshot


async def declaration(snapshot: Snapshot, path: str, position: Position) -> Answer[Location]:
    """The declarations of what the token names; on the declaration itself, its definition."""
    return await jump(
        snapshot,
        path,
        position,
        "declaration",
        lambda symbol: symbol.declaration or symbol.definition,
    )
