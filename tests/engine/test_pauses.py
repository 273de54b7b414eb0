"""Indexing waits while the user, the battery or the load says so."""

from __future__ import annotations

from cppls.core.settings import Settings
from cppls.engine.gate import Gate
from cppls.engine.pauses import PAUSED, Pauses


class World:
    def __init__(self, settings: Settings) -> None:
        self.gate = Gate()
        self.battery: bool | None = None
        self.load: float | None = 0.0
        self.pauses = Pauses(
            self.gate, settings, on_battery=lambda: self.battery, load=lambda: self.load
        )

    def open_after(self, *, battery: bool | None = None, load: float | None = 0.0) -> bool:
        self.battery, self.load = battery, load
        self.pauses.look()
        return self.gate.is_open


async def test_a_setting_pauses_from_the_start_until_the_user_resumes() -> None:
    w = World(Settings(indexing="paused"))
    w.pauses.start()
    assert not w.gate.is_open
    w.pauses.set(PAUSED, False)
    assert w.gate.is_open
    await w.pauses.stop()


def test_battery_and_load_count_only_where_the_settings_ask_for_it() -> None:
    w = World(Settings())
    assert w.open_after(battery=True, load=50.0)


def test_on_battery_it_waits_and_goes_on_when_plugged_in() -> None:
    w = World(Settings(pause_on_battery=True))
    assert w.open_after(battery=None)
    assert not w.open_after(battery=True)
    assert w.pauses.reasons == ["on battery"]
    assert w.open_after(battery=False)


def test_a_loaded_machine_is_left_alone_until_the_load_is_well_below() -> None:
    w = World(Settings(pause_on_load=2.0))
    assert w.open_after(load=1.9)
    assert not w.open_after(load=2.0)
    assert not w.open_after(load=1.7)
    assert w.open_after(load=1.5)
    assert w.open_after(load=None)


def test_one_reason_that_ends_does_not_end_another() -> None:
    w = World(Settings(pause_on_battery=True))
    w.pauses.set(PAUSED, True)
    assert not w.open_after(battery=True)
    assert not w.open_after(battery=False)
    w.pauses.set(PAUSED, False)
    assert w.gate.is_open
