"""One live TU as the engine sees it, and which parse of several comes next.

Knows neither the host's messages nor the budget: whether a parse fits is asked of a function.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from cppls.core.model import Statistics
from cppls.core.text import Text
from cppls.engine.child import Child
from cppls.engine.worker import Task
from cppls.project.prefix import Prefix

DEATHS: Final = 2
"""So often may a text kill the host before it is left alone."""
ENDLESS: Final = 2
"""So often may an answer not end before completions are not asked of the file's TU any more."""

Sleep: TypeAlias = Literal["", "suspended", "spilled"]
"""``suspended``: its preamble stays, coming back takes a reparse; ``spilled``: the host has nothing
of it any more, coming back takes a first parse."""


@dataclass(slots=True, eq=False)
class Unit:
    """The live TU of one file: what is wanted of it, and what it shows."""

    path: str
    poke: asyncio.Event = field(default_factory=asyncio.Event)
    """Something about it changed, its lane should look."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """A parse ended (or will not begin); replaced each time."""
    lane: asyncio.Task[None] | None = None
    stale: bool = True
    shown: int = 0
    """The revision that the TU shows, or showed before it went to sleep; 0 without one."""
    refused: int = 0
    """The revision of which libclang gave no TU last; 0 when it gave one."""
    text: Text | None = None
    """The text of that revision; ``None`` for what no client has open."""
    seen: int = 0
    """The newest revision of any document when its last parse began: it has read no newer one."""
    reparse_seconds: float = 0.0
    """How long its last parse took, or a parse over its preamble may take; 0 when not known."""
    host: Child | None = None
    """The host that has it open."""
    flags_hash: int = 0
    """Of the flags it was opened with."""
    before: Sequence[Prefix] = ()
    """What of its includer it was opened with: it may be a header that needs it."""
    behind: bool = False
    """It is to be read behind that in any case."""
    in_context: bool | None = None
    """Whether it does need that; ``None``: not parsed yet."""
    has_errors: bool = False
    over: bool = False
    """It was opened over shared preambles."""
    declined: bool = False
    """It could not stay on them: it is opened without from now on."""
    includes: frozenset[str] = frozenset()
    asleep: Sleep = ""
    cold: bool = False
    """Nobody has asked the present TU for occurrences yet."""
    parsing: bool = False
    readers: int = 0
    deaths: int = 0
    """Deaths of the host that this text is blamed for."""
    deadly_questions: int = 0
    """Those of them that came with a question: a parse that succeeds does not clear them."""
    used: int = 0
    """Grows with each use by a client, over all units: the largest is the visible one's."""
    completed: float = -math.inf
    """When a completion was asked for or answered last (the monotonic clock's seconds)."""
    touched: float = field(default_factory=time.monotonic)
    """When it was used last (the monotonic clock's seconds)."""
    held: int = 0
    """Bytes that it takes in the host when awake, roughly; 0 before the first parse."""
    grew: int = 0
    """Bytes by which its last first parse without shared preambles raised the host at its highest;
    0 when not known."""
    is_late: bool = False
    """A read has waited in vain for the parse at hand: others need not wait as long again."""
    late: asyncio.Future[Any] | None = None
    """The answer that who asked has not waited for."""
    endless: int = 0
    """Answers that did not end. Edits do not clear this, as what is typed changes with each."""
    ahead: bool = False
    """Parsed before any client has it open, so that opening it is quick."""

    @property
    def is_suspect(self) -> bool:
        """Whether its text may have killed a host."""
        return 0 < self.deaths < DEATHS

    @property
    def is_left_alone(self) -> bool:
        """Whether its text is not parsed again until it changes."""
        return self.deaths >= DEATHS

    @property
    def depends_on_includer(self) -> bool:
        """Whether what its includer has before it may make a difference."""
        return self.behind or bool(self.in_context) or self.has_errors

    def shows(self, revision: int) -> bool:
        """Whether it can be asked about the text of ``revision``. It cannot while it is opened anew
        (with other flags, say), though what it showed before stands."""
        return self.shown == revision and not self.asleep and self.host is not None

    def needs(self, task: Task) -> bool:
        """Whether it has to be opened anew: with other flags, or behind another text."""
        if self.flags_hash not in (0, task.flags_hash):
            return True
        if self.flags_hash == 0 or self.behind != task.behind:
            return self.flags_hash != 0
        return self.depends_on_includer and tuple(task.before) != tuple(self.before)

    def note_completion(self) -> None:
        """A completion is asked for, or answered: a parse is put off from now on."""
        self.completed = time.monotonic()
        self.poke.set()

    def mark(self) -> None:
        """Have its lane parse it."""
        self.stale = True
        self.poke.set()


class Turns:
    """Parses in the order in which they are wanted, no more at once than fit.

    What was used last goes first; a suspect goes last and alone, so that the innocent are live
    again before it can kill the next host, and that death is its own.
    """

    def __init__(self, limit: int, admit: Callable[[Unit, Collection[Unit]], bool]) -> None:
        """``limit``: parses at once at the most. ``admit(unit, running)`` says whether one more
        fits beside those that run; it is not asked when none runs but told all the same."""
        self._limit = limit
        self._admit = admit
        self._waiting: dict[Unit, asyncio.Future[None]] = {}
        self._running: set[Unit] = set()
        self._held_back = 0

    @property
    def running(self) -> Collection[Unit]:
        """Those that parse now."""
        return self._running

    @contextlib.asynccontextmanager
    async def turn(self, unit: Unit) -> AsyncGenerator[None]:
        """Wait until ``unit`` may parse; the next one may when the body ends."""
        turn = self._waiting[unit] = asyncio.get_running_loop().create_future()
        self._next()
        try:
            await turn
            yield
        finally:
            self._waiting.pop(unit, None)
            self._running.discard(unit)
            unit.parsing = False
            self._next()

    def statistics(self) -> Statistics:
        """How many run and wait, and how often one had to wait for room."""
        return {
            "running": len(self._running),
            "waiting": len(self._waiting),
            "limit": self._limit,
            "held_back": self._held_back,
        }

    def _next(self) -> None:
        while self._waiting:
            unit = max(self._waiting, key=lambda unit: (not unit.is_suspect, unit.used))
            alone = unit.is_suspect or any(other.is_suspect for other in self._running)
            if self._running and (alone or len(self._running) >= self._limit):
                return
            if not self._admit(unit, self._running) and self._running:
                self._held_back += 1
                return
            turn = self._waiting.pop(unit)
            if not turn.done():
                self._running.add(unit)
                unit.parsing = True
                turn.set_result(None)
