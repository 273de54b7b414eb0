"""Marked text in, the text after a tweak out.

The selection is from ``$0`` to ``$1`` where there is one, else the cursor at ``$0``.
"""

from __future__ import annotations

from pathlib import Path

from cppls.core.model import Edit, Position, Span
from cppls.core.text import Text
from cppls.features.tweaks import offers
from tests.world import World


async def changed(tmp_path: Path, name: str, marked: str) -> str | None:
    """The asked file after the tweak ``name``; ``None`` when it is not offered."""
    with World.of(tmp_path, marked) as world:
        files = await changed_files(world, name)
        start = world.fixture.point()
        return files.get(start.path) if files is not None else None


async def changed_files(world: World, name: str) -> dict[str, str] | None:
    """All files that change, by path."""
    start = world.fixture.point()
    found = await offers(world.snapshot, start.path, _selected(world), [name])
    if name not in found:
        return None
    edits = await found[name].edits()
    return {path: applied(_text(world, path), each) for path, each in edits.items()}


def applied(text: Text, edits: list[Edit]) -> str:
    """``text`` after ``edits``, which must not overlap."""
    data = text.data
    ordered = sorted(edits, key=lambda edit: (edit.span.line, edit.span.column))
    for edit in reversed(ordered):
        start = text.offset(Position(edit.span.line, edit.span.column))
        end = text.offset(Position(edit.span.end_line, edit.span.end_column))
        data = data[:start] + edit.text.encode() + data[end:]
    return data.decode()


def _selected(world: World) -> Span:
    start = world.fixture.point(0).position
    end = world.fixture.point(1).position if "1" in world.fixture.points else start
    return Span(start.line, start.column, end.line, end.column)


def _text(world: World, path: str) -> Text:
    text = world.snapshot.text(path)
    return text if text is not None else Text(b"")
