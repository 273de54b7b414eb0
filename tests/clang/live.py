"""Marked text in, a live unit out, and its answers in the words of a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import pytest

from cppls.clang import library
from cppls.clang.live import LiveContext, LiveUnit, Report
from cppls.core.live_messages import AnyQuestion
from cppls.core.live_questions import (
    Describe,
    Description,
    Occurrences,
    OutlineItem,
    Question,
    Spot,
    SymbolAt,
    TargetSymbol,
    decode_answer,
)
from cppls.core.model import Location, Position, Role, Span
from tests.markers import Fixture, parse

A = TypeVar("A")


def ask(unit: LiveUnit, question: Question[A]) -> A:
    """The unit's answer, decoded."""
    return decode_answer(question, unit.ask(cast("AnyQuestion", question)))


@dataclass(frozen=True, slots=True)
class Live:
    """A fixture on disk, and the live unit of one of its files."""

    fixture: Fixture
    path: str
    unit: LiveUnit
    report: Report

    def reparse(self, **overlays: bytes) -> Report:
        """Parse again with these unsaved texts; ``main_cpp`` stands for ``main.cpp``."""
        return self.unit.parse(
            {
                os.fsencode(self.fixture.path(name.replace("_", "."))): text
                for name, text in overlays.items()
            }
        )

    def position(self, point: str | int = 0) -> Position:
        return self.fixture.point(point).position

    def targets(self, point: str | int = 0) -> list[TargetSymbol]:
        """What the token at a point names."""
        return ask(self.unit, SymbolAt(self.position(point))).symbols

    def target(self, point: str | int = 0) -> TargetSymbol:
        """The only symbol that the token at a point names."""
        found = self.targets(point)
        assert len(found) == 1, f"{len(found)} symbols at ${point}: {found}"
        return found[0]

    def declarations(self, point: str | int = 0) -> list[Location]:
        """Where what the token at a point names is declared."""
        return sorted(declaration(target) for target in self.targets(point))

    def description(self, point: str | int = 0) -> Description:
        found = ask(self.unit, Describe(self.position(point)))
        assert found is not None, f"nothing at ${point}"
        return found

    def spots(self, point: str | int = 0) -> list[Spot]:
        """The occurrences of what the token at a point names."""
        return ask(self.unit, Occurrences([target.id for target in self.targets(point)]))

    def occurrences(self, point: str | int = 0) -> list[Location]:
        return [location_of(self.path, spot) for spot in self.spots(point)]


def make_live(context: LiveContext, folder: Path, marked: str, main: str = "main.cpp") -> Live:
    """Write ``marked`` below ``folder`` and parse its file ``main``."""
    fixture = parse(marked).write(folder)
    path = fixture.path(main)
    file = next(file for file in fixture.files if file.path == path)
    arguments = [os.fsencode(flag) for flag in file.flags]
    unit = LiveUnit(context, os.fsencode(path), os.fsencode(folder), arguments)
    report = unit.parse({})
    assert report.ok, report.message
    return Live(fixture, path, unit, report)


Lives = Callable[..., Live]


@pytest.fixture
def live(libraries: library.Library, tmp_path: Path) -> Iterator[Lives]:
    """``live(marked, main="main.cpp")``: the live unit of a marked text."""
    context, opened = LiveContext(libraries), list[Live]()

    def open_live(marked: str, main: str = "main.cpp") -> Live:
        opened.append(make_live(context, tmp_path, marked, main))
        return opened[-1]

    yield open_live
    for each in opened:
        each.unit.close()


def declaration(target: TargetSymbol) -> Location:
    return Location(os.fsdecode(target.declaration_path), target.declaration)


def definition(target: TargetSymbol) -> Location:
    return Location(os.fsdecode(target.definition_path), target.definition)


def location_of(path: str, spot: Spot) -> Location:
    return Location(path, Span(spot.line, spot.column, spot.line, spot.column + spot.length))


def roles(spot: Spot) -> Role:
    return Role(spot.roles)


def names(items: list[OutlineItem]) -> list[object]:
    """The outline's names: a leaf is its name, a node a pair of name and children."""
    return [(item.name, names(item.children)) if item.children else item.name for item in items]
