"""``textDocument/documentSymbol``: the declarations of a file, as a tree."""

from __future__ import annotations

from cppls.core.live_questions import Outline, OutlineItem
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader


async def outline(snapshot: Snapshot, path: str) -> Answer[OutlineItem]:
    """The file's declarations in the order of the text, members inside what they belong to."""
    live = await snapshot.live(path)
    items = await live.ask(Outline()) if live is not None else None
    if items is None:
        items = await look_up(snapshot, None, _indexed, path)
    if items is None:
        # An editor asks when it opens the file, keeps the answer until an edit, and cannot be told
        # to ask again: so one without an index is worth the wait.
        live = await snapshot.live(path, first=True)
        items = await live.ask(Outline()) if live is not None else None
    if items is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not indexed yet"))
    if not items:
        return Answer(absence=Absence(Reason.NO_RESULT, f"{path} declares nothing"))
    return Answer(items)


def _indexed(reader: Reader, path: str) -> list[OutlineItem] | None:
    return None if reader.file(path) is None else reader.outline(path)
