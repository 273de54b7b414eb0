"""clangd's ``textDocument/ast``: a part of the syntax tree, to look at."""

from __future__ import annotations

from cppls.core.live_painting import SyntaxNode, SyntaxTree
from cppls.core.model import Span
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot


async def syntax_tree(snapshot: Snapshot, path: str, span: Span) -> Answer[SyntaxNode]:
    """The innermost node that holds ``span``, with all in it."""
    live = await snapshot.live(path, first=True)
    if live is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    node = await live.ask(SyntaxTree(span))
    if node is None:
        return Answer(absence=Absence(Reason.NO_RESULT, "no one declaration holds all of this"))
    return Answer([node])
