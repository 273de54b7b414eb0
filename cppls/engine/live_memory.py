"""How much the live TUs may hold, and which of them gives its memory back first.

Units sleep in the order of their last use, the visible one last: first they are suspended, which
leaves little but their preambles on disk, and when that is not enough spilled. Decides on figures
alone; putting a unit to sleep in the host is a function that it is given.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Literal

from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.forecast import Forecast
from cppls.engine.live_unit import Sleep, Unit

HOST_BYTES: Final = 58 << 20
"""Resident bytes of a host without TUs that has parsed something (measured: 57 to 58 MB)."""
UNKNOWN_BYTES: Final = 24 << 20
"""Taken for a TU before any was parsed; z3's largest takes 31 MB, leveldb's usual one 6."""
UNKNOWN_GROWTH: Final = 64 << 20
"""By how much a first parse raises the host at its highest, before any was seen (measured: 18 to 32
MB on leveldb, 68 to 110 on z3): it holds the preamble whole while it makes it."""
REPARSE_GROWTH: Final = 0.7
"""The same of a parse over the preamble, as part of what the TU holds (measured: 0.5 to 1)."""
SUSPENDED_PART: Final = 0.25
"""What of a TU stays while it is suspended (measured: 0.12 to 0.35, 1 to 3 MB mostly); its preamble
waits on disk, and the next parse maps it again."""
LEAK_BYTES: Final = 64 << 20
"""Resident bytes that no TU accounts for, from which a host is replaced."""
SPILL_AFTER: Final = 4
"""Idle times after which a suspended unit is spilled."""
DISK_BYTES: Final = 1 << 30
"""Bytes of preamble files at the most; z3's largest file has one of 20 MB."""
HISTORY: Final = 20

_DEEPER: Final[tuple[Sleep, Sleep]] = ("suspended", "spilled")


class LiveMemory:
    """The budget of one host's units. Used from the event loop's thread."""

    def __init__(
        self,
        units: Mapping[str, Unit],
        put_to_sleep: Callable[[Unit, Sleep], None],
        settings: Settings,
        share: Callable[[], int],
        idle_seconds: float,
    ) -> None:
        """``put_to_sleep`` does it in the host; bookkeeping happens here. ``share``: resident bytes
        that the host may have, 0 for no bound."""
        self.rss = 0
        """The host's resident bytes: as last measured, less what was given back since."""
        self.forecast: Final = Forecast(UNKNOWN_GROWTH)
        """Of what first parses take, at their highest, ..."""
        self.forecast_over: Final = Forecast(UNKNOWN_GROWTH)
        """... and those over shared preambles, which is a part of that."""
        self.disk = 0
        """Bytes of preamble files, as last measured, less those of what was spilled since."""
        self._units = units
        self._put_to_sleep = put_to_sleep
        self._settings = settings
        self._share = share
        self._idle_seconds = idle_seconds
        self._suspensions = self._spills = self._idlers = 0
        self._history: deque[Statistics] = deque(maxlen=HISTORY)

    @property
    def share(self) -> int:
        """Resident bytes that the host may have at present; 0: no bound."""
        return self._share()

    @property
    def is_over(self) -> bool:
        """Whether the host holds more than its share."""
        return 0 < self.share < self.rss

    def visible(self) -> Unit | None:
        """The unit that was used last."""
        shown = [unit for unit in self._units.values() if not unit.ahead]
        return max(shown, key=lambda unit: unit.used, default=None)

    def expected(self, unit: Unit) -> int:
        """Bytes that ``unit`` will hold once it is parsed, less what it holds already."""
        known = [other.held for other in self._units.values() if other.held]
        full = unit.held or max(known, default=UNKNOWN_BYTES)
        return full - _held_now(unit)

    def growth(self, unit: Unit) -> int:
        """Bytes by which a parse of ``unit`` will raise the host at its highest."""
        if unit.host is None or not unit.shown:
            if unit.over:
                return self.forecast_over.predict(unit.path)
            return self.forecast.predict(unit.path, unit.grew)
        return unit.held - _held_now(unit) + int(unit.held * REPARSE_GROWTH)

    def learn(self, unit: Unit, grew: int) -> None:
        """The parse of ``unit`` that has ended raised the host by so much, 0 when not known."""
        if unit.over:
            self.forecast_over.learn(unit.path, grew)
        else:
            self.forecast.learn(unit.path, grew)
            unit.grew = grew or unit.grew

    def has_room(self, size: int) -> bool:
        """Whether ``size`` more bytes fit."""
        return not self.share or max(self.rss, HOST_BYTES) + size <= self.share

    def make_room(self, unit: Unit, running: Collection[Unit]) -> bool:
        """Let others sleep until what parses of ``unit`` and those leave behind fits; whether it
        does now. What they take meanwhile is set aside from the whole budget, see ``growth``."""
        size = self.expected(unit) + sum(map(self.expected, running))
        for other, to in self._in_order({unit, self.visible(), *running}, deep=False):
            if self.has_room(size):
                return True
            self._sleep(other, to, "room for a parse")
        return self.has_room(size)

    def settle(self, *, deep: bool = True) -> bool:
        """Let units sleep until share and count hold, or only the visible one is left.

        Not ``deep``: none is spilled, as what the host takes just now is for a parse and will pass.
        Whether any was put to sleep: then the host should be measured again.
        """
        acted = False
        spared = {self.visible()}
        awake = [unit for unit in self._units.values() if unit.host and not unit.asleep]
        surplus = max(0, len(awake) - self._settings.live_documents)
        for unit in self._idle("suspended", spared)[:surplus]:
            acted = self._sleep(unit, "suspended", "too many")
        for unit in self._idle("spilled", spared, also_awake=True):
            if self.disk <= DISK_BYTES:
                break
            acted = self._sleep(unit, "spilled", "preambles on disk")
        for unit, to in self._in_order(spared, deep=deep):
            if not self.is_over:
                return acted
            acted = self._sleep(unit, to, "over the share")
        return acted

    def retire_idle(self) -> int:
        """Let those sleep that nobody has used for a while; how many did."""
        now = time.monotonic()
        found = 0
        for to, age in zip(_DEEPER, (1, SPILL_AFTER), strict=True):
            for unit in self._idle(to, {self.visible()}):
                if now - unit.touched >= age * self._idle_seconds:
                    found += self._sleep(unit, to, "idle")
        self._idlers += found
        return found

    def relieve(self, level: Literal["soft", "hard"], spare: str | None) -> int:
        """Give memory back; how many units were put to sleep.

        ``soft``: the older half of those that are awake is suspended. ``hard``: all are spilled but
        the spared one; that one only when it is alone. ``spare``: a path, the visible one's if
        ``None``.
        """
        spared = self._units.get(spare) if spare is not None else self.visible()
        if level == "soft":
            idle = self._idle("suspended", {spared})
            return sum(self._sleep(unit, "suspended", level) for unit in idle[: -(-len(idle) // 2)])
        idle = self._idle("spilled", {spared}, also_awake=True)
        if not idle:
            idle = self._idle("spilled", set(), also_awake=True)
        return sum(self._sleep(unit, "spilled", level) for unit in idle)

    def free(self, size: int) -> int:
        """Have units suspended, but for the visible one, until about ``size`` bytes are free; how
        many will be. None is spilled: that gives little, for good, and a parse soon ends."""
        freed = 0
        for unit in self._idle("suspended", {self.visible()}):
            if freed >= size:
                break
            freed += _held_now(unit)
            self._sleep(unit, "suspended", "a parse")
            freed -= _held_now(unit)
        return freed

    def has_leaked(self) -> bool:
        """Whether the host holds much more than its units account for, and too much."""
        known = HOST_BYTES + sum(map(_held_now, self._units.values()))
        return self.is_over and self.rss - known > LEAK_BYTES

    def held(self) -> dict[str, int]:
        """Bytes by path of what is in the host, roughly."""
        held = {path: _held_now(unit) for path, unit in self._units.items()}
        return {path: size for path, size in held.items() if size}

    def statistics(self) -> Statistics:
        """Entries and bytes, awake and asleep, and what was put to sleep last, and why."""
        units = list(self._units.values())
        spilled = [unit for unit in units if unit.asleep == "spilled"]
        return {
            "entries": len(units),
            "bytes": sum(map(_held_now, units)),
            "suspended": sum(unit.asleep == "suspended" for unit in units),
            "spilled": len(spilled),
            "spilled_bytes": sum(unit.held for unit in spilled),
            "share": self.share,
            "host_rss": self.rss,
            "disk_bytes": self.disk,
            "disk_limit": DISK_BYTES,
            "limit": self._settings.live_documents,
            "suspensions": self._suspensions,
            "spills": self._spills,
            "forecast": self.forecast.statistics(),
            "forecast_over_preambles": self.forecast_over.statistics(),
            "idle_seconds": self._idle_seconds,
            "retired_idle": self._idlers,
            "actions": list(self._history),
        }

    def _in_order(
        self, spared: Collection[Unit | None], *, deep: bool
    ) -> Iterator[tuple[Unit, Sleep]]:
        """Who sleeps first, and how; what nobody has open yet goes before all others, and is never
        kept asleep. Only the ``deep`` sleep of the others is spilled."""
        for unit in self._idle("spilled", spared, also_awake=True):
            if unit.ahead:
                yield unit, "spilled"
        for to in _DEEPER if deep else _DEEPER[:1]:
            for unit in self._idle(to, spared):
                yield unit, to

    def _idle(
        self, to: Sleep, spared: Collection[Unit | None], *, also_awake: bool = False
    ) -> list[Unit]:
        """What can be put to sleep now, the least recently used first."""
        before = ("", "suspended") if also_awake else ("" if to == "suspended" else "suspended",)
        found = [
            unit
            for unit in self._units.values()
            if unit.host is not None
            and unit.asleep in before
            and (unit.shown or unit.ahead)
            and not unit.readers
            and not unit.parsing
            and not unit.stale
            and unit not in spared
        ]
        return sorted(found, key=lambda unit: (not unit.ahead, unit.used))

    def _sleep(self, unit: Unit, to: Sleep, reason: str) -> bool:
        size = _held_now(unit)
        self._put_to_sleep(unit, to)
        unit.asleep = to
        freed = size - _held_now(unit)
        self.rss = max(0, self.rss - freed)
        if to == "spilled":
            inside = 1 + sum(other.host is not None for other in self._units.values())
            self.disk -= self.disk // inside
        self._suspensions += to == "suspended"
        self._spills += to == "spilled"
        self._history.append(
            {
                "time": time.time(),
                "action": to,
                "file": unit.path,
                "reason": reason,
                "bytes": freed,
            }
        )
        return True


def _held_now(unit: Unit) -> int:
    if unit.host is None or unit.asleep == "spilled":
        return 0
    return int(unit.held * SUSPENDED_PART) if unit.asleep else unit.held
