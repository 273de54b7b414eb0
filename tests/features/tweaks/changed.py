"""Marked text in, the text after a tweak out.

The selection is from ``$0`` to ``$1`` where there is one, else the cursor at ``$0``. Every changed
text is parsed again, with all units of the fixture: none may have a new problem.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cppls.clang.live import LiveContext, LiveUnit
from cppls.core.model import Edit, Position, Span
from cppls.core.text import Text
from cppls.features.tweaks import offers
from tests.markers import SourceFile
from tests.world import World, is_source

_WORTH_SAYING = 2
"""The severity of a warning: what a change may not add to."""


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
    files = {path: applied(_text(world, path), each) for path, each in edits.items()}
    assert new_problems(world, files) == [], files
    return files


def new_problems(world: World, files: Mapping[str, str]) -> list[str]:
    """Warnings and errors that the project's units have with these texts, by path, and not
    without. Only messages are compared: places move."""
    now = {os.fsencode(path): text.data for path, text in world.texts.items()}
    then = now | {os.fsencode(path): text.encode() for path, text in files.items()}
    context = LiveContext.open()
    found: list[str] = []
    for file in world.fixture.files:
        if not is_source(file) and file.path not in files:
            continue
        unit = LiveUnit(
            context, os.fsencode(file.path), os.fsencode(world.root), _flags(world, file)
        )
        try:
            before = Counter(_problems(unit, now))
            found += sorted((Counter(_problems(unit, then)) - before).elements())
        finally:
            unit.close()
    return found


def applied(text: Text, edits: list[Edit]) -> str:
    """``text`` after ``edits``, which must not overlap."""
    data = text.data
    ordered = sorted(edits, key=lambda edit: (edit.span.line, edit.span.column))
    for edit in reversed(ordered):
        start = text.offset(Position(edit.span.line, edit.span.column))
        end = text.offset(Position(edit.span.end_line, edit.span.end_column))
        data = data[:start] + edit.text.encode() + data[end:]
    return data.decode()


def _problems(unit: LiveUnit, texts: Mapping[bytes, bytes]) -> list[str]:
    report = unit.parse(texts)
    assert report.ok, report.message
    return [
        f"{os.path.basename(os.fsdecode(each.path))}: {each.message}"
        for each in report.diagnostics
        if each.severity >= _WORTH_SAYING
    ]


def _flags(world: World, file: SourceFile) -> list[bytes]:
    """Those of the file, for a header those of the first source."""
    if is_source(file):
        return [os.fsencode(flag) for flag in file.flags]
    donor = next(filter(is_source, world.fixture.files))
    return [b"-xc++-header", *(os.fsencode(flag) for flag in donor.flags)]


def _selected(world: World) -> Span:
    start = world.fixture.point(0).position
    end = world.fixture.point(1).position if "1" in world.fixture.points else start
    return Span(start.line, start.column, end.line, end.column)


def _text(world: World, path: str) -> Text:
    text = world.snapshot.text(path)
    return text if text is not None else Text(b"")
