"""When what may have changed is compared with the index."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from cppls.engine.checking import STORM
from cppls.engine.checkouts import QUIET_SECONDS
from cppls.project.watching import DEBOUNCE
from tests.engine.test_engine import World
from tests.engine.test_engine import w as w


async def test_what_changes_in_one_storm_is_indexed_once(w: World) -> None:
    """The header that all include is written last."""
    names = [f"u{number}" for number in range(STORM)]
    w.write(h_h="int h;", **{f"{name}_cpp": '#include "h.h"' for name in names})
    engine = await w.run()
    w.log.unlink()
    w.write(**{f"{name}_cpp": '#include "h.h"\nint u;' for name in names})
    engine.files_changed([w.path(f"{name}.cpp") for name in names])
    await asyncio.sleep(0.2)
    assert w.jobs() == [], "more may come"
    w.write(h_h="int hh;")
    engine.files_changed([w.path("h.h")])
    assert engine.background is not None
    await engine.background.settled()
    assert sorted(w.jobs()) == sorted(f"{name}.cpp" for name in names)


def test_a_storm_is_not_over_between_two_batches_of_events() -> None:
    """Half of a branch that is back as it was would be indexed."""
    assert QUIET_SECONDS * 1000 >= 2 * DEBOUNCE


async def test_a_storm_that_does_not_end_is_looked_at_in_slices(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.checking.STORM_SECONDS", 0.5)
    names = [f"u{number}" for number in range(STORM)]
    w.write(**{f"{name}_cpp": "int u;" for name in names})
    engine = await w.run()
    w.log.unlink()
    w.write(**{f"{name}_cpp": "int v;" for name in names})
    engine.files_changed([w.path(f"{name}.cpp") for name in names])

    async def go_on() -> None:
        for number in itertools.count():
            engine.files_changed([w.path(f"other{number}.h")])
            await asyncio.sleep(0.05)

    storm = asyncio.ensure_future(go_on())
    await w.until(lambda: len(w.jobs()) == len(names))
    storm.cancel()
