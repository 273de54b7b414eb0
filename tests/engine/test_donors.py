"""Which unit is to show what a changed header says now."""

from __future__ import annotations

import time

from cppls.engine.donors import TRIED, Donors

UNITS = ["a.cpp", "b.cpp", "c.cpp", "d.cpp"]


def test_who_comes_first_is_asked_and_no_other_is_looked_up() -> None:
    donors = Donors()
    units = iter(UNITS)
    assert donors.choose("x.h", units) == "a.cpp"
    assert next(units) == "b.cpp"
    assert donors.choose("x.h", []) is None


def test_one_that_does_not_show_it_is_followed_by_another_and_not_for_ever() -> None:
    donors = Donors()
    tried: list[str] = []
    while (unit := donors.choose("x.h", UNITS)) is not None:
        tried.append(unit)
        donors.ask({"x.h": unit})
        assert donors.indexed(unit, time.monotonic_ns()) == {"x.h"}
    assert tried == ["a.cpp", "b.cpp", "c.cpp"]
    assert len(tried) == TRIED
    donors.settled(["x.h"])
    assert donors.choose("x.h", UNITS) == "a.cpp"


def test_one_that_was_at_work_before_it_was_asked_has_not_been_tried() -> None:
    donors = Donors()
    begun = time.monotonic_ns()
    donors.ask({"x.h": "b.cpp"})
    assert donors.indexed("b.cpp", begun) == {"x.h"}
    assert donors.choose("x.h", UNITS[1:]) == "b.cpp"
    assert donors.indexed("b.cpp", begun) == set()
