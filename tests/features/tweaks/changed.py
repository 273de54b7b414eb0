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
    """See :meth:`Checker.new_problems`."""
    checker = Checker(world)
    try:
        return checker.new_problems(files)
    finally:
        checker.close()


class Checker:
    """Parses a project's units with changed texts. To be closed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._context = LiveContext.open()
        self._units: dict[str, tuple[LiveUnit, Counter[str]]] = {}

    def new_problems(self, files: Mapping[str, str]) -> list[str]:
        """Warnings and errors that the units have with these texts, by path, and not without.
        Only messages are compared: places move. Of headers those that change are units."""
        then = self._texts() | {os.fsencode(path): text.encode() for path, text in files.items()}
        found: list[str] = []
        for file in self._world.fixture.files:
            if is_source(file) or file.path in files:
                unit, before = self._unit(file)
                found += sorted((Counter(_problems(unit, then)) - before).elements())
        return found

    def close(self) -> None:
        """Give the units back."""
        for unit, _ in self._units.values():
            unit.close()

    def _unit(self, file: SourceFile) -> tuple[LiveUnit, Counter[str]]:
        if file.path not in self._units:
            root, flags = os.fsencode(self._world.root), _flags(self._world, file)
            unit = LiveUnit(self._context, os.fsencode(file.path), root, flags)
            self._units[file.path] = unit, Counter(_problems(unit, self._texts()))
        return self._units[file.path]

    def _texts(self) -> dict[bytes, bytes]:
        return {os.fsencode(path): text.data for path, text in self._world.texts.items()}


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
