"""A live TU over shared preambles answers as it does without them, or declines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cppls.clang import library
from cppls.clang.live import LiveContext, LiveUnit, Report
from cppls.core.live_questions import Describe, Occurrences, Outline, SymbolAt
from cppls.core.model import Position
from tests.clang.live import ask
from tests.clang.preambles import Project, project

SOURCES = """
//- base.h
#pragma once
#include "deep.h"
#define TWICE(x) ((x) + (x))
// Adds one to a number.
inline int succ(int n) { return n + 1; }
template <class T> struct Box { T value; T get() const { return value; } };
//- deep.h
#pragma once
struct Deep { int d; };
//- more.h
#pragma once
#include "base.h"
inline Box<Deep> deep() { return {}; }
//- own.h
#pragma once
enum Own { FIRST };
//- main.cpp
#include "base.h"
#include "more.h"
#include "own.h"
int own = FIRST;
int use() { int unused; return TWICE(succ(deep().get().d)); }
int wrong() { return missing; }
"""
MAIN = SOURCES.partition("//- main.cpp\n")[2]


class Pair:
    """The same file over the shared preambles and without."""

    def __init__(self, made: Project) -> None:
        self.made = made
        self.path = os.fsencode(made.folder / "main.cpp")
        self.without = self.unit(())
        self.over = self.unit(made.chain)

    def unit(self, preambles: list[bytes] | tuple[()]) -> LiveUnit:
        folder = os.fsencode(self.made.folder)
        arguments = self.made.bytes_of([*self.made.arguments, "-Wall"])
        storage = self.made.folder / "storage"
        storage.mkdir(exist_ok=True)
        context = LiveContext(self.made.libraries, str(storage))
        return LiveUnit(context, self.path, folder, arguments, (), preambles)

    def parse(self, text: str | None = None, **others: str) -> Report:
        """Parse it over the preambles, with these unsaved texts; ``own_h`` stands for ``own.h``."""
        return self.over.parse(self.overlays(text, others))

    def agrees(self, text: str | None = None, **others: str) -> bool:
        """Whether it can be parsed over the preambles; then it must say what it says without."""
        overlays = self.overlays(text, others)
        over, without = self.over.parse(overlays), self.without.parse(overlays)
        assert without.ok
        if not over.ok:
            assert over.declined, over.message
            return False
        assert over.diagnostics == without.diagnostics
        assert over.inactive == without.inactive
        lines = [dict(zip(r.includes, r.include_lines, strict=True)) for r in (over, without)]
        assert lines[0] == lines[1]
        assert len(lines[0]) == len(over.includes)
        assert ask(self.over, Outline()) == ask(self.without, Outline())
        content = overlays.get(self.path) or Path(os.fsdecode(self.path)).read_bytes()
        for number, line in enumerate(content.split(b"\n")):
            for column in range(len(line) + 1):
                place = Position(number, column)
                found = ask(self.over, SymbolAt(place))
                assert found == ask(self.without, SymbolAt(place))
                assert ask(self.over, Describe(place)) == ask(self.without, Describe(place))
                ids = [symbol.id for symbol in found.symbols]
                assert ask(self.over, Occurrences(ids)) == ask(self.without, Occurrences(ids))
        return True

    def proofs(self) -> object:
        return self.over.statistics()["proofs"]

    def overlays(self, text: str | None, others: dict[str, str]) -> dict[bytes, bytes]:
        unsaved = {name.replace("_", "."): value for name, value in others.items()}
        unsaved |= {"main.cpp": text} if text is not None else {}
        return {os.fsencode(self.made.folder / n): t.encode() for n, t in unsaved.items()}

    def close(self) -> None:
        self.over.close()
        self.without.close()


@pytest.fixture
def pair(libraries: library.Library, tmp_path: Path) -> Iterator[Pair]:
    text = SOURCES.replace("int wrong() { return missing; }\n", "")
    made = project(libraries, tmp_path, text).precompile("base.h").precompile("more.h")
    assert not made.message
    pair = Pair(made)
    yield pair
    pair.close()


def test_every_question_has_the_same_answer(pair: Pair) -> None:
    assert pair.agrees()
    assert pair.agrees(), "and after a reparse"
    pair.over.suspend()
    assert pair.agrees(), "and after a sleep"


def test_an_edit_behind_the_includes_is_parsed_over_them_without_another_proof(pair: Pair) -> None:
    assert pair.agrees()
    assert pair.proofs() == 1
    assert pair.agrees(MAIN), "errors in a body are no reason"
    assert pair.agrees(MAIN + "int other = broken(;\n"), "nor are they anywhere"
    assert pair.proofs() == 1


def test_a_file_that_is_opened_with_an_error_in_a_body_is_parsed_over_them(pair: Pair) -> None:
    assert pair.agrees(MAIN)


def test_an_include_that_is_added_is_proven_again(pair: Pair) -> None:
    assert pair.agrees()
    assert pair.agrees('#include "own.h"\n' + MAIN)
    assert pair.proofs() == 2


def test_an_include_that_is_removed_declines(pair: Pair) -> None:
    assert pair.agrees()
    report = pair.parse(MAIN.replace('#include "more.h"\n', ""))
    assert report.declined
    assert report.message.endswith(f"it does not include {pair.made.folder}/more.h")
    assert not pair.over.parsed


@pytest.mark.parametrize(
    "text",
    [
        "#define succ pred\n" + MAIN,
        MAIN.replace('#include "more.h"', '#define Deep Other\n#include "more.h"'),
        MAIN.replace('#include "base.h"', '#ifdef X\n#include "base.h"\n#endif')
        .replace('#include "more.h"', '#ifdef X\n#include "more.h"\n#endif'),
        "#ifdef TWICE\nint early;\n#endif\n" + MAIN,
        "int early = nothing;\n" + MAIN,
    ],
)  # fmt: skip
def test_what_may_mean_something_else_declines_at_once(pair: Pair, text: str) -> None:
    assert pair.agrees()
    assert pair.parse(text).declined


def test_a_macro_in_an_unsaved_header_of_its_own_declines(pair: Pair) -> None:
    first = MAIN.replace('#include "own.h"\n', "").replace("FIRST", "0")
    text = '#include "own.h"\n' + first
    assert pair.agrees(text)
    assert pair.agrees(text, own_h="#pragma once\nstruct Harmless {};\n")
    assert pair.parse(text, own_h="#pragma once\n#define d renamed\n").declined


def test_a_macro_in_a_header_of_its_own_on_disk_declines(pair: Pair) -> None:
    text = '#include "own.h"\n' + MAIN.replace("FIRST", "0")
    assert pair.agrees(text)
    (pair.made.folder / "own.h").write_text("#pragma once\n#define succ renamed\n")
    assert pair.parse(text).declined


def test_a_header_of_the_preambles_that_has_changed_declines(pair: Pair) -> None:
    assert pair.agrees()
    deep = pair.made.folder / "deep.h"
    deep.write_text(deep.read_text() + "struct Deeper {};\n")
    assert pair.parse().declined


def test_an_unsaved_header_of_the_preambles_declines(pair: Pair) -> None:
    assert pair.agrees()
    assert pair.parse(deep_h="#pragma once\nstruct Deep { int d, e; };\n").declined


def test_a_preamble_that_is_gone_declines(pair: Pair) -> None:
    assert pair.agrees()
    os.remove(pair.made.chain[0])
    os.remove(pair.made.chain[1])
    assert pair.parse(MAIN).declined
    assert pair.parse(MAIN).declined


def test_a_damaged_preamble_declines(pair: Pair) -> None:
    Path(os.fsdecode(pair.made.chain[-1])).write_bytes(b"not a precompiled header")
    assert pair.parse().declined


def test_a_header_of_the_preambles_itself_declines(pair: Pair) -> None:
    pair.path = os.fsencode(pair.made.folder / "more.h")
    unit = pair.unit(pair.made.chain)
    assert unit.parse({}).declined
    unit.close()


def test_a_file_that_is_closed_leaves_nothing_on_disk(pair: Pair) -> None:
    assert pair.agrees()
    storage = pair.made.folder / "storage"
    assert list(storage.iterdir())
    pair.close()
    assert not list(storage.iterdir())
    pair.over, pair.without = pair.unit(()), pair.unit(())
