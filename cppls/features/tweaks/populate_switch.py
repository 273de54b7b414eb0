"""A ``switch`` over an enum gets the cases that it lacks."""

from __future__ import annotations

import re

from cppls.core.live_anatomy import Cases, Node, NodeKind, SwitchCases
from cppls.core.model import Edit, Position
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, at, covers


async def populate_switch(selection: Selection) -> Offer | None:
    """On a ``switch``, or in it but in none of its cases."""
    statement = selection.innermost(NodeKind.SWITCH)
    body = statement.children[-1] if statement is not None and statement.children else None
    if statement is None or body is None or body.kind != NodeKind.COMPOUND:
        return None
    if covers(body.span, selection.span) and selection.chain[-1] is not body:
        return None
    cases = await selection.live.ask(Cases(selection.start))
    missing = [name for name, has in cases.enumerators if not has] if cases is not None else []
    if cases is None or not missing:
        return None

    async def edits() -> Edits:
        return selection.change(_inserted(selection, statement, body, cases, missing))

    return Offer("Populate switch", REWRITE, edits)


def _inserted(
    selection: Selection, statement: Node, body: Node, cases: SwitchCases, missing: list[str]
) -> Edit:
    text = selection.code(body.span)
    written = re.search(rf"\bcase\s+([\w:]*::)?(?:{_names(cases)})\b", text)
    prefix = (written[1] or "") if written is not None else _prefix(cases)
    base = selection.indentation(statement.span.line)
    label = re.search(r"\n([ \t]*)(?:case|default)\b", text)
    indent = label[1] if label is not None else base
    lines = [f"{indent}case {prefix}{name}:" for name in missing]
    lines.append(f"{indent}{selection.step()}break;")
    end_line, column = body.span.end_line, body.span.end_column - 1
    head = selection.text.line(end_line)[:column]
    if head.strip():
        # The closing brace stands behind something else.
        return Edit(at(Position(end_line, column)), "\n" + "\n".join(lines) + f"\n{base}")
    return Edit(at(Position(end_line, 0)), "\n".join(lines) + "\n")


def _prefix(cases: SwitchCases) -> str:
    """What stands before an enumerator that is named from anywhere."""
    parts = [cases.scope, cases.name if cases.scoped else ""]
    return "".join(f"{part}::" for part in parts if part)


def _names(cases: SwitchCases) -> str:
    return "|".join(re.escape(name) for name, _ in cases.enumerators)
