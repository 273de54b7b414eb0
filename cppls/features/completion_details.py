"""``completionItem/resolve``: what there is to say of an item that the user looks at."""

from __future__ import annotations

from cppls.core.model import Symbol
from cppls.features.card import Card
from cppls.features.hover import card_of
from cppls.features.snapshot import Snapshot
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

_ASKED = 20


async def completion_details(snapshot: Snapshot, path: str, name: str) -> Card | None:
    """The card of the symbol that the qualified ``name`` names; ``None`` when the index has none.
    Of overloads the one that is documented."""
    try:
        found = await snapshot.query(_named, f"::{name}")
    except IndexUnavailable:
        return None
    documented = [symbol for symbol in found if symbol.brief]
    if not found:
        return None
    return card_of((documented or found)[0], path)


def _named(reader: Reader, name: str) -> list[Symbol]:
    return reader.symbols_named(name, _ASKED)
