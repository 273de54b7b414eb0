"""The branches of an ``if`` change places."""

from __future__ import annotations

from cppls.core.live_anatomy import Node, NodeKind
from cppls.core.model import Edit
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, covers


async def swap_if(selection: Selection) -> Offer | None:
    """On an ``if`` with two branches in braces, outside of these."""
    statement = selection.innermost(NodeKind.IF)
    branches = _branches(statement) if statement is not None else None
    if branches is None or any(covers(branch.span, selection.span) for branch in branches):
        return None
    then, otherwise = (branch.span for branch in branches)

    async def edits() -> Edits:
        return selection.change(
            Edit(then, selection.code(otherwise)), Edit(otherwise, selection.code(then))
        )

    return Offer("Swap if branches", REWRITE, edits)


def _branches(statement: Node) -> tuple[Node, Node] | None:
    """Both, if there are two and each has braces of its own."""
    if len(statement.children) < 3:
        return None
    then, otherwise = statement.children[-2:]
    both = then.kind == NodeKind.COMPOUND and otherwise.kind == NodeKind.COMPOUND
    return (then, otherwise) if both else None
