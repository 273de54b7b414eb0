"""Symbols of a document and of the workspace, and the fixes of diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from cppls.core.live_questions import OutlineItem
from cppls.core.model import Diagnostic, Edit, FixIt, Severity, Span
from cppls.features.answer import Reason
from cppls.features.outline import outline
from cppls.features.quick_fixes import quick_fixes
from cppls.features.workspace_symbols import workspace_symbols
from tests.world import World

SOURCE = """
    //- a.cpp
    namespace ns {
    struct Box { int size; void fill() { int local; } };
    enum Color { Red, Green };
    }
    int boxSize();
"""


def tree(items: Iterable[OutlineItem]) -> list[object]:
    """Names, with those inside behind each."""
    return [(item.name, tree(item.children)) if item.children else item.name for item in items]


@pytest.mark.parametrize("opened", ["a.cpp", ""])
async def test_an_outline_is_a_tree_in_the_order_of_the_text(tmp_path: Path, opened: str) -> None:
    with World.of(tmp_path, SOURCE, open=opened) as world:
        answer = await outline(world.snapshot, world.path("a.cpp"))

        assert tree(answer.items) == [
            ("ns", [("Box", ["size", "fill"]), ("Color", ["Red", "Green"])]),
            "boxSize",
        ]


async def test_an_empty_file_has_an_empty_outline_and_says_so(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\n", open="a.cpp") as world:
        answer = await outline(world.snapshot, world.path("a.cpp"))

        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT


async def test_the_workspace_is_searched_for_resembling_names(tmp_path: Path) -> None:
    with World.of(tmp_path, SOURCE, open="") as world:
        exact = await workspace_symbols(world.snapshot, "ns::Box ")
        hump = await workspace_symbols(world.snapshot, "bS")
        first = await workspace_symbols(world.snapshot, "bo", limit=1)
        none = await workspace_symbols(world.snapshot, "xyzzy")

        assert exact.items[0].qualified_name == "ns::Box"
        assert hump.items[0].name == "boxSize"
        assert (len(first.items), first.more) == (1, True)
        assert none.absence is not None
        assert "xyzzy" in none.absence.message


def test_fixes_are_those_of_the_diagnostics_that_are_touched() -> None:
    fixit = FixIt("insert ';'", [Edit(Span(1, 5, 1, 5), ";")])
    missing = Diagnostic("/a.c", Span(1, 5, 1, 6), Severity.ERROR, "expected ';'", fixits=[fixit])
    other = Diagnostic("/a.c", Span(3, 0, 3, 9), Severity.WARNING, "unused", fixits=[fixit, fixit])

    (fix,) = quick_fixes([missing, other], Span(1, 6, 1, 6))
    assert (fix.diagnostic, fix.fixit, fix.only) == (missing, fixit, True)
    assert [fix.only for fix in quick_fixes([missing, other], Span(2, 0, 9, 0))] == [False, False]
    assert quick_fixes([missing, other], Span(2, 0, 2, 9)) == []
