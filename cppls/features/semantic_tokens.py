"""``textDocument/semanticTokens``: the colours of a file, as clangd gives them."""

from __future__ import annotations

import sys
from array import array

from cppls.core.live_painting import SemanticTokens
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot


async def semantic_tokens(snapshot: Snapshot, path: str, *, inactive: bool) -> Answer[array[int]]:
    """The tokens of the exact text, one array: five numbers for each, see ``SemanticTokens``.

    Columns and lengths count bytes. There are none before the first parse: the index holds names
    that are seen from other files only, and half a colouring is worse than a late one.
    """
    live = await snapshot.live(path)
    data = await live.ask(SemanticTokens(inactive)) if live is not None else None
    if data is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    numbers = array("I", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return Answer([numbers])
