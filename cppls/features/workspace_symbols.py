"""``workspace/symbol``: the symbols of the project that a query may mean."""

from __future__ import annotations

from cppls.core.model import Symbol
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

LIMIT = 100
"""As many as clangd gives."""


async def workspace_symbols(
    snapshot: Snapshot, query: str, *, limit: int = LIMIT
) -> Answer[Symbol]:
    """The best matches of ``query``, which may be qualified (``ns::na``), best first; those that
    were typed and not saved yet too."""
    await snapshot.settle()
    try:
        found = await snapshot.query(_search, query.strip(), limit + 1)
    except IndexUnavailable as problem:
        return Answer(absence=Absence(Reason.NOT_INDEXED, str(problem)))
    if not found:
        return Answer(absence=Absence(Reason.NO_RESULT, f"no symbol matches '{query}'"))
    return Answer(found[:limit], more=len(found) > limit)


def _search(reader: Reader, query: str, limit: int) -> list[Symbol]:
    return reader.search(query, limit)
