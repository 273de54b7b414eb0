"""Where indexed files lie, for whoever watches folders."""

from __future__ import annotations

from pathlib import Path

from tests.world import World


def test_folders_files_below_them_and_what_is_missing_are_told(tmp_path: Path) -> None:
    marked = """
    //- src/a.cpp
    #include "in/a.h"
    #include "gen/none.h"
    //- src/in/a.h
    #include "deep/b.h"
    //- src/in/deep/b.h
    int b;
    //- src0/c.cpp
    int c;
    """
    with World.of(tmp_path, marked, open="") as world:
        root, reader = world.root, world.reader
        names = ("src", "src/in", "src/in/deep", "src0")
        assert reader.folders() == {f"{root}/{name}" for name in names}
        below = reader.below([f"{root}/src"], deep=True)
        assert below == [f"{root}/src/{name}" for name in ("a.cpp", "in/a.h", "in/deep/b.h")]
        assert reader.below([f"{root}/src"], deep=False) == [f"{root}/src/a.cpp"]
        assert reader.below([f"{root}/src/a.cpp", f"{root}/none"], deep=True) == []
        assert reader.unresolved() == ["gen/none.h"]


def test_a_file_that_is_new_to_the_index_is_noticed(tmp_path: Path) -> None:
    with World.of(tmp_path, "int a;", open="") as world:
        before = world.reader.newest()
        world.index_all()
        assert world.reader.newest() == before
        (tmp_path / "more.h").write_text("int more;")
        path = Path(world.fixture.files[0].path)
        path.write_text('#include "more.h"\n')
        world.index_all()
        assert world.reader.newest() > before


def test_includes_that_went_through_a_link_are_told(tmp_path: Path) -> None:
    marked = """
    //- a.cpp
    #include "now/h.h"
    //- b.cpp
    #include "v1/h.h"
    //- c.cpp
    #include "link.h"
    //- v1/h.h
    #pragma once
    int h;
    """
    (tmp_path / "now").symlink_to("v1")
    (tmp_path / "link.h").symlink_to("v1/h.h")
    with World.of(tmp_path, marked, open="") as world:
        assert world.reader.through(["/x/now"]) == [world.path("a.cpp")]
        assert world.reader.through(["/x/link.h"]) == [world.path("c.cpp")]
        assert world.reader.through(["/x/v1", "/x/other"]) == []
