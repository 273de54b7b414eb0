"""Code lenses: over which declarations, and what they count."""

from __future__ import annotations

from pathlib import Path

from cppls.features.code_lens import COUNTED, Count, LensKind, code_lenses, count
from tests.world import World

MARKED = """
    //- a.h
    struct $base{Base$} { $constructor{Base$}(); virtual void $run{run$}(); int field; };
    void $free{free_function$}();
    enum $enum{E$} { A };
    //- a.cpp
    #include "a.h"
    struct Left : Base { void run() override; };
    struct Leaf : Left { void run() override; };
    void free_function() { Base b; b.run(); free_function(); }
    E e = A;
    """


async def lenses(world: World, name: str) -> list[tuple[str, LensKind, int]]:
    """Name, kind and count of the lenses of a file, in their order."""
    path = world.path(name)
    text = world.snapshot.text(path)
    assert text is not None
    return [
        (
            text.slice(lens.span).decode(),
            lens.kind,
            (await count(world.snapshot, lens.kind, lens.symbol)).number,
        )
        for lens in (await code_lenses(world.snapshot, path)).items
    ]


async def test_functions_and_types_are_counted_in_the_whole_project(tmp_path: Path) -> None:
    expected = [
        ("Base", LensKind.REFERENCES, 3),
        ("Base", LensKind.DERIVED, 2),
        ("Base", LensKind.REFERENCES, 1),
        ("run", LensKind.REFERENCES, 1),
        ("run", LensKind.OVERRIDES, 2),
        ("free_function", LensKind.REFERENCES, 1),
        ("E", LensKind.REFERENCES, 1),
    ]
    with World.of(tmp_path, MARKED, open="a.h") as world:
        assert await lenses(world, "a.h") == expected
    # The index alone gives the same.
    (tmp_path / "closed").mkdir()
    with World.of(tmp_path / "closed", MARKED, open="") as world:
        assert await lenses(world, "a.h") == expected


async def test_what_was_typed_and_not_saved_counts(tmp_path: Path) -> None:
    with World.of(tmp_path, MARKED, open="a.h") as world:
        path = world.path("a.cpp")
        text = world.snapshot.text(path)
        assert text is not None
        world.open(path, text.data + b"void more() { free_function(); }\n")
        assert ("free_function", LensKind.REFERENCES, 2) in await lenses(world, "a.h")


async def test_counting_ends_where_nobody_counts_any_more(tmp_path: Path) -> None:
    calls = "f();" * (COUNTED + 5)
    with World.of(tmp_path, f"void f();\nvoid g() {{ {calls} }}", open="") as world:
        (lens, _) = (await code_lenses(world.snapshot, world.path("main.cpp"))).items
        assert await count(world.snapshot, lens.kind, lens.symbol) == Count(COUNTED, more=True)


async def test_a_file_that_is_not_indexed_says_so(tmp_path: Path) -> None:
    with World.of(tmp_path, "int f();", index=False, open="") as world:
        answer = await code_lenses(world.snapshot, world.path("main.cpp"))
        assert answer.absence is not None
