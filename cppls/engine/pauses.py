"""Reasons to let indexing wait that lie outside the project: the user's wish, battery, load.

Knows the gate and the machine; must not know what waits behind the gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from cppls.core import machine
from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.gate import Gate

PERIOD: Final = 5.0
"""Seconds between two looks at battery and load; the system averages the load over a minute."""

PAUSED: Final = "paused"
BATTERY: Final = "on battery"
LOAD: Final = "the machine is busy"
RELIEF: Final = 0.8
"""Indexing goes on once the load is down to this part of what made it wait."""


class Pauses:
    """Shuts the gate for as long as a reason lasts. Used from the event loop's thread."""

    def __init__(
        self,
        gate: Gate,
        settings: Settings,
        *,
        on_battery: Callable[[], bool | None] = machine.on_battery,
        load: Callable[[], float | None] = machine.load_per_core,
    ) -> None:
        self._gate = gate
        self._settings = settings
        self._on_battery = on_battery
        self._load = load
        self._reasons: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def reasons(self) -> list[str]:
        """Why indexing waits; none while it does not."""
        return sorted(self._reasons)

    def start(self) -> None:
        """Obey the settings from now on."""
        if self._settings.indexing == PAUSED:
            self.set(PAUSED, True)
        if self._settings.pause_on_battery or self._settings.pause_on_load > 0:
            self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def set(self, reason: str, holds: bool) -> None:
        """A reason begins or ends."""
        if holds and reason not in self._reasons:
            self._reasons.add(reason)
            self._gate.shut(reason)
        elif not holds and reason in self._reasons:
            self._reasons.discard(reason)
            self._gate.reopen(reason)

    def look(self) -> None:
        """Look at battery and load once, as far as the settings ask for it."""
        if self._settings.pause_on_battery:
            self.set(BATTERY, bool(self._on_battery()))
        limit, load = self._settings.pause_on_load, self._load()
        if limit > 0 and load is not None:
            # What our own workers add must not make it go back and forth.
            self.set(LOAD, load >= (limit * RELIEF if LOAD in self._reasons else limit))

    def statistics(self) -> Statistics:
        """Why indexing waits."""
        return {"reasons": ", ".join(self.reasons)}

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(PERIOD)
