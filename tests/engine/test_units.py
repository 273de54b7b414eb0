"""The translation units of a project, as they are asked for while a user waits."""

from __future__ import annotations

from cppls.engine.units import Units


def test_the_sources_of_headers_are_those_of_the_same_name_in_any_folder() -> None:
    units = Units(["/p/a.cpp", "/p/b.cpp", "/p/other/b.c", "/p/ab.cpp", "/p/b.test.cpp"])
    assert units.sources_of(["/p/include/b.h", "/p/b.hpp"]) == ["/p/b.cpp", "/p/other/b.c"]
    assert units.sources_of(["/p/c.h"]) == []
    assert sorted(units.sources_of(["/p/a.h", "/p/z.h", "/p/b.test.h"])) == [
        "/p/a.cpp",
        "/p/b.test.cpp",
    ]


def test_what_is_a_unit_and_how_many_there_are() -> None:
    units = Units(["/p/a.cpp", "/p/b.cpp"])
    assert "/p/a.cpp" in units
    assert "/p/a.h" not in units
    assert len(units) == 2
