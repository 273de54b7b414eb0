"""The background index when something goes wrong with the comparison of project and index."""

from __future__ import annotations

import pytest

from cppls.core.model import Severity
from cppls.engine import refresh
from cppls.engine.events import Notice
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w


async def test_a_check_that_fails_is_told_and_the_next_one_works(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    w.write(a_cpp="int a;")

    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patched:
        patched.setattr(refresh, "compare_units", fail)
        engine = await w.run()
    errors = [each.message for each in w.events if isinstance(each, Notice)]
    assert [each for each in errors if "unforeseen" in each] == errors != []
    assert {each.severity for each in w.events if isinstance(each, Notice)} == {Severity.ERROR}
    assert w.jobs() == []
    w.write(a_cpp="int b;")
    engine.files_changed([w.path("a.cpp")])
    await w.until(lambda: w.jobs()[:1] == ["a.cpp"])
