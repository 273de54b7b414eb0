"""The gate: background jobs wait while somebody waits for an answer."""

from __future__ import annotations

import asyncio

from cppls.engine.gate import Gate


async def test_it_is_shut_while_an_answer_is_awaited() -> None:
    gate = Gate()
    with gate.interactive():
        with gate.interactive():
            assert not gate.is_open
        assert not gate.is_open
    assert gate.is_open


async def test_it_opens_once_when_the_last_answer_is_given() -> None:
    gate = Gate()
    order: list[str] = []
    gate.on_open = lambda: order.append("background")
    with gate.interactive():
        with gate.interactive():
            order.append("first answer")
        order.append("last answer")
    assert order == ["first answer", "last answer", "background"]


async def test_a_pause_outlasts_the_answers() -> None:
    gate = Gate()
    gate.shut("paused")
    with gate.interactive():
        pass
    assert not gate.is_open
    gate.reopen("paused")
    assert gate.is_open


async def test_an_answer_that_takes_for_ever_does_not_shut_it_for_ever() -> None:
    gate = Gate(patience=0.01)
    opened = asyncio.Event()
    gate.on_open = opened.set
    with gate.interactive():
        await asyncio.wait_for(opened.wait(), 5)
        assert gate.statistics()["lost_patience"] == 1
    assert gate.statistics()["waiting_for"] == 0


async def test_it_stays_ajar_while_all_that_is_awaited_are_answers() -> None:
    gate = Gate()
    with gate.interactive():
        assert gate.is_ajar
        gate.shut("paused")
        assert not gate.is_ajar


async def test_while_it_is_ajar_what_is_awaited_may_pass_and_nothing_else() -> None:
    gate = Gate()
    assert gate.may_pass(awaited=False)
    with gate.interactive():
        assert gate.may_pass(awaited=True)
        assert not gate.may_pass(awaited=False)
        gate.shut("paused")
        assert not gate.may_pass(awaited=True)
