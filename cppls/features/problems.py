"""The problems of files, open or not: what a client shows that asks instead of being told.

Those of a document whose TU is at hand are the client's own business (the engine announces them
with each parse); these are the index's.
"""

from __future__ import annotations

from cppls.core.model import Diagnostic
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader


async def problems(snapshot: Snapshot, path: str) -> list[Diagnostic]:
    """What the index has of ``path``: nothing for a file that it does not know yet."""
    return await look_up(snapshot, [], Reader.problems, path)


async def marks(snapshot: Snapshot) -> dict[str, str]:
    """For each file of the project that has problems, a mark that changes with them."""
    return await look_up(snapshot, {}, Reader.problem_marks)
