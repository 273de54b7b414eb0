"""What is precompiled, and for whom: a unit sits only on what it includes itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cppls.preambles.folders import Disk, Search, arguments_of, take_apart
from cppls.preambles.plan import Group, Preamble, plan
from cppls.preambles.scan import Directive

HEAVY = "int filler;\n" * 40_000
"""Half a megabyte: a header that takes a while to parse."""


class Tree:
    """A project on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def header(self, name: str, text: str = HEAVY) -> None:
        self.write({name: f"#pragma once\n{text}"})

    def units(self, count: int, text: str, name: str = "unit") -> list[str]:
        names = [f"{name}{number}.cpp" for number in range(count)]
        self.write(dict.fromkeys(names, text))
        return [str(self.root / each) for each in names]

    def group(self, units: Sequence[str], *flags: str, language: str = "c++") -> Group:
        return Group(str(self.root), ["-x", language, *flags, f"-I{self.root}"], units)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(Path(os.path.realpath(tmp_path)))


def sources(preambles: Sequence[Preamble]) -> list[list[str]]:
    """The names that each preamble includes."""
    return [
        [os.path.basename(line.split()[1].strip('"<>')) for line in each.source.splitlines()]
        for each in preambles
    ]


def test_a_heavy_header_that_many_units_include_is_precompiled(tree: Tree) -> None:
    tree.header("heavy.h")
    units = tree.units(20, '#include "heavy.h"\n')
    (preamble,) = plan([tree.group(units)])
    assert preamble.source == '#include "%s"\n' % (tree.root / "heavy.h")
    assert preamble.arguments[:2] == ["-x", "c++-header"]
    assert preamble.units == units


def test_what_costs_more_to_build_than_it_saves_is_not(tree: Tree) -> None:
    tree.header("heavy.h")
    tree.header("light.h", "int a;\n")
    assert plan([tree.group(tree.units(2, '#include "heavy.h"\n', "few"))]) == []
    assert plan([tree.group(tree.units(50, '#include "light.h"\n', "many"))]) == []


def test_a_unit_that_does_not_include_all_of_it_does_not_sit_on_it(tree: Tree) -> None:
    tree.header("one.h")
    tree.header("two.h")
    both = tree.units(20, '#include "one.h"\n#include "two.h"\n', "both")
    one = tree.units(20, '#include "one.h"\n', "one")
    neither = tree.units(5, "int x;\n", "none")
    below, above = plan([tree.group([*both, *one, *neither])])
    assert sources([below, above]) == [["one.h"], ["two.h"]]
    assert (below.parent, above.parent) == (-1, 0)
    assert (below.units, above.units) == (one, both)


def test_what_a_condition_may_leave_out_is_not_counted_on(tree: Tree) -> None:
    tree.header("heavy.h")
    units = tree.units(20, '#ifdef MAYBE\n#include "heavy.h"\n#endif\n')
    assert plan([tree.group(units)]) == []


def test_only_headers_that_guard_themselves_are_included_by_it(tree: Tree) -> None:
    tree.write({"list.inc": HEAVY})
    tree.header("outer.h", '#include "list.inc"\n')
    bare = tree.units(20, '#include "list.inc"\n', "bare")
    outer = tree.units(20, '#include "outer.h"\n', "outer")
    (preamble,) = plan([tree.group([*bare, *outer])])
    assert sources([preamble]) == [["outer.h"]]
    assert preamble.units == outer


def test_headers_come_in_the_order_of_a_unit_and_once(tree: Tree) -> None:
    tree.header("base.h")
    tree.header("zoo.h", '#include "base.h"\n' + HEAVY)
    tree.header("ant.h")
    units = tree.units(20, '#include "zoo.h"\n#include "base.h"\n#include "ant.h"\n')
    assert sources(plan([tree.group(units)])) == [["zoo.h", "ant.h"]]


def test_what_many_share_is_built_once_below_what_few_add(tree: Tree) -> None:
    for name in ("base.h", "left.h", "right.h"):
        tree.header(name)
    left = tree.units(30, '#include "base.h"\n#include "left.h"\n', "left")
    right = tree.units(20, '#include "base.h"\n#include "right.h"\n', "right")
    preambles = plan([tree.group([*left, *right])])
    assert sources(preambles) == [["base.h"], ["left.h"], ["right.h"]]
    assert [each.parent for each in preambles] == [-1, 0, 0]
    assert [each.units for each in preambles] == [[], left, right]


def test_a_unit_that_defines_a_macro_first_for_a_header_does_not_sit_on_it(tree: Tree) -> None:
    tree.header("heavy.h", "#ifdef SPECIAL\nint special;\n#endif\n" + HEAVY)
    include = '#include "heavy.h"\n'
    plain = tree.units(20, f"{include}#define SPECIAL\n", "plain")
    special = tree.units(5, f"#define SPECIAL\n{include}", "special")
    other = tree.units(5, f"#define OTHER\n{include}", "other")
    (preamble,) = plan([tree.group([*plain, *special, *other])])
    assert preamble.units == [*plain, *other]


def test_units_whose_headers_speak_to_the_systems_have_preambles_of_their_own(tree: Tree) -> None:
    tree.header("system/libc.h", "#ifdef _ALL_OF_IT\nint all;\n#endif\n" + HEAVY)
    tree.header("features.h", "#define _ALL_OF_IT\n")
    tree.header("config.h", '#include "features.h"\n#include <libc.h>\n')
    own = tree.units(30, '#include "config.h"\n', "own")
    foreign = tree.units(40, "#include <libc.h>\n", "foreign")
    group = tree.group([*own, *foreign], "-isystem", "system")
    preambles = plan([group])
    assert sources(preambles) == [["config.h"], ["libc.h"]]
    assert [each.units for each in preambles] == [own, foreign]


def test_units_with_other_macros_or_another_language_do_not_share(tree: Tree) -> None:
    tree.header("heavy.h")
    units = tree.units(12, '#include "heavy.h"\n')
    more = tree.units(12, '#include "heavy.h"\n', "more")
    preambles = plan([tree.group(units, "-DA"), tree.group(more, "-DB")])
    assert [each.units for each in preambles] == [units, more]
    assert preambles[0].key != preambles[1].key
    assert plan([tree.group(units, language="objective-c")]) == []


def test_units_that_search_more_folders_share_where_these_hold_none_of_it(tree: Tree) -> None:
    tree.header("include/heavy.h")
    tree.header("shadow/heavy.h")
    tree.write({"other/own.h": ""})
    text = "#include <heavy.h>\n"
    include = ("-I", str(tree.root / "include"))
    plain = tree.units(12, text, "plain")
    extra = tree.units(6, text, "extra")
    shadow = tree.units(6, text, "shadow")
    (preamble,) = plan(
        [
            Group(str(tree.root), ["-x", "c++", *include], plain),
            Group(str(tree.root), ["-x", "c++", "-Iother", *include], extra),
            Group(str(tree.root), ["-x", "c++", "-Ishadow", *include], shadow),
        ]
    )
    assert preamble.source == "#include <heavy.h>\n"
    assert preamble.units == [*plain, *extra]


def test_the_key_follows_from_all_that_a_preamble_is_made_of(tree: Tree) -> None:
    tree.header("inner.h")
    tree.header("heavy.h", '#include "inner.h"\n')
    group = tree.group(tree.units(20, '#include "heavy.h"\n'))
    (before,) = plan([group])
    (again,) = plan([group])
    tree.header("inner.h", HEAVY + "int more;\n")
    (after,) = plan([group])
    assert before.key == again.key
    assert before.key != after.key


def test_headers_that_include_each_other_and_missing_ones_are_read(tree: Tree) -> None:
    tree.header("a.h", '#include "b.h"\n#include "gone.h"\n' + HEAVY)
    tree.header("b.h", '#include "a.h"\n')
    units = tree.units(20, '#include "b.h"\n#include <gone>\n')
    (preamble,) = plan([tree.group([*units, str(tree.root / "gone.cpp")])])
    assert preamble.units == units


def test_folders_are_searched_in_the_compilers_order(tree: Tree) -> None:
    for name in ("quote", "user", "system", "after"):
        tree.write({f"{name}/x.h": "", f"{name}/{name}.h": ""})
    arguments = ["-idirafter", "after", "-isystem", "system", "-Iuser", "-iquote", "quote", "-Wall"]
    line = take_apart(arguments, str(tree.root))
    search = Search(line.folders, Disk())
    unit = str(tree.root / "unit.cpp")

    def found(name: str, *, angled: bool = False, after: str = "") -> str:
        within = next((each for each in line.folders if each.path.endswith(after)), None)
        target = search.find(Directive(name, angled, bool(after)), unit, within if after else None)
        return os.path.relpath(target.path, tree.root) if target else ""

    assert line.rest == ("-Wall",)
    assert found("x.h") == "quote/x.h"
    assert found("x.h", angled=True) == "user/x.h"
    assert found("x.h", after="user") == "system/x.h"
    assert found("after.h", angled=True) == "after/after.h"
    assert found("quote.h", angled=True) == ""
    tree.write({"x.h": ""})
    assert Search(line.folders, Disk()).find(Directive("x.h", False, False), unit, None) is not None
    assert take_apart(arguments_of(line.folders, line.rest), "/").folders == line.folders
