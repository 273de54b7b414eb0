"""Headers that stand on their own, and those that need what their includer has before them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.clang.header_unit import HeaderUnit
from cppls.clang.live import LiveContext, Report
from cppls.core.live_questions import SymbolAt, decode_answer
from cppls.core.model import Position
from cppls.project.prefix import prefix


class Header:
    """The header ``h.h`` of ``main.cpp``, opened alone."""

    def __init__(self, folder: Path, includer: str, header: str, *, always: bool = False) -> None:
        self.path = folder / "h.h"
        self.path.write_text(header)
        main = folder / "main.cpp"
        main.write_text(includer)
        found = prefix(str(main), main.read_bytes(), str(self.path), 0)
        assert found is not None
        self.before = (os.fsencode(found.path), found.text)
        arguments = [b"-xc++-header", b"-std=c++17"]
        context = LiveContext.open()
        self.unit = HeaderUnit(
            context, bytes(self.path), bytes(folder), arguments, (), [self.before], always=always
        )
        self.report = self.parse(header)

    def parse(self, text: str) -> Report:
        report = self.unit.parse({bytes(self.path): text.encode()})
        assert report.ok, report.message
        return report

    def named(self, position: Position) -> str:
        """Name of what stands at a position of the header."""
        answer = self.unit.ask(SymbolAt(position))
        (symbol,) = decode_answer(SymbolAt(position), answer).symbols
        return symbol.name


def messages(report: Report) -> list[str]:
    return [each.message for each in report.diagnostics]


def test_one_that_stands_on_its_own_is_parsed_once_and_alone(tmp_path: Path) -> None:
    header = Header(tmp_path, '#define A 1\n#include "h.h"\n', "#pragma once\nint a;\n")
    assert not header.report.in_context
    assert header.unit.statistics()["parses"] == 1
    header.unit.close()


def test_one_that_needs_what_stands_before_it_gets_that(tmp_path: Path) -> None:
    (tmp_path / "type.h").write_text("#pragma once\nstruct Type {};\n")
    includer = '#include "type.h"\n#include "h.h"\nint other();\n'
    header = Header(tmp_path, includer, "Type made();\n")
    assert header.report.in_context
    assert messages(header.report) == []
    assert header.named(Position(0, 5)) == "made"
    # What was read first shows nowhere, what that includes does.
    assert header.report.includes == [bytes(tmp_path / "type.h")]
    # And it stays so: an edit is parsed behind the same text.
    assert messages(header.parse("Type made(Type);\n")) == []
    (error,) = messages(header.parse("Type made(Typo);\n"))
    assert "Typo" in error
    header.unit.close()


def test_errors_that_the_includer_does_not_take_away_leave_it_alone(tmp_path: Path) -> None:
    header = Header(tmp_path, '#define A\n#include "h.h"\n', "Nothing made();\n")
    assert not header.report.in_context
    assert len(messages(header.report)) == 1
    assert len(messages(header.parse("Nothing made();\n"))) == 1
    header.unit.close()


def test_one_that_stands_in_a_scope_of_its_includer_says_nothing_of_that(tmp_path: Path) -> None:
    includer = 'struct Type {};\nnamespace n {\n#ifdef X\n#else\n#include "h.h"\n#endif\n}\n'
    header = Header(tmp_path, includer, "Type made();\n")
    assert header.report.in_context
    assert messages(header.report) == []
    header.unit.close()


def test_a_header_that_its_includer_has_read_already_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "early.h").write_text('struct Type {};\n#include "h.h"\n')
    lines = "".join(f"Type made{number}();\n" for number in range(20))
    guarded = f"#ifndef H\n#define H\n{lines}#endif\n"
    header = Header(tmp_path, '#include "early.h"\n#include "h.h"\n', guarded)
    assert header.report.in_context
    assert messages(header.report) == []
    assert header.report.inactive == []
    assert header.named(Position(2, 6)) == "made0"
    header.unit.close()


@pytest.mark.parametrize("always", [False, True])
def test_one_that_was_chosen_for_means_what_it_means_there(tmp_path: Path, always: bool) -> None:
    text = "#ifdef A\nint with_a();\n#else\nint without();\n#endif\n"
    header = Header(tmp_path, '#define A\n#include "h.h"\n', text, always=always)
    assert header.report.in_context is always
    skipped = [span.line for span in header.report.inactive]
    assert skipped == ([3] if always else [1])
    header.unit.close()
