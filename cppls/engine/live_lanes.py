"""The lanes in which live TUs are parsed, and the care for the host that holds them.

A lane is one document's: the newest edit wins, an older parse that has not begun is dropped. After
each parse, and now and again, what the host holds is brought back to its share. Knows neither
LSP nor the index, nor who reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import msgspec

from cppls.core.live_messages import CloseDocument, OpenDocument, Parse, Parsed, Suspend
from cppls.core.live_questions import Occurrences
from cppls.core.model import Severity, Statistics
from cppls.core.settings import Settings, available_cores
from cppls.engine.child import Child, ChildDied, NoAnswer
from cppls.engine.documents import Document, Documents
from cppls.engine.events import DocumentParsing
from cppls.engine.gate import Gate
from cppls.engine.live_around import Surroundings
from cppls.engine.live_guard import Guards
from cppls.engine.live_host import HostKeeper
from cppls.engine.live_memory import LiveMemory
from cppls.engine.live_unit import DEATHS, Sleep, Turns, Unit
from cppls.engine.patience import Patience
from cppls.engine.questions import LiveDocument, TypingDocument
from cppls.engine.waiting import set_within
from cppls.engine.worker import Task

PARSES_AT_ONCE: Final = 4
COMPLETING_SECONDS: Final = 0.5
"""So long after a completion another is expected: a letter takes a typist less."""
REPARSE_PART: Final = 0.25
"""Of a first parse's time, what a parse over the preamble takes (measured: 0.08 to 0.25)."""


class Lanes:
    """Every unit with its lane, and their host. Used from the event loop's thread."""

    def __init__(
        self,
        surroundings: Surroundings,
        documents: Documents,
        gate: Gate,
        settings: Settings,
        spawn: Callable[[], Awaitable[Child]],
        share: Callable[[], int],
        idle_seconds: float,
        quiet_seconds: float,
        patience: Patience,
    ) -> None:
        """``share``: bytes that the host may have, 0 for no bound. ``idle_seconds``: after so long
        without use a unit gives its memory back; ``quiet_seconds``: so long after a parse, with no
        edit since, it is made ready for highlights."""
        self.units: Final[dict[str, Unit]] = {}
        """By path."""
        self.host: Final = HostKeeper(
            spawn, lambda: documents.current, surroundings.emit, self._on_death
        )
        self.memory: Final = LiveMemory(
            self.units, self._put_to_sleep, settings, share, idle_seconds
        )
        self._guards = Guards(
            self.units, documents, patience, self._parse_is_endless, self._answer_is_endless
        )
        self._around = surroundings
        self._documents = documents
        self._gate = gate
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._quiet_seconds = quiet_seconds
        self._patience = patience
        self._turns = Turns(min(PARSES_AT_ONCE, available_cores()), self.memory.make_room)
        self._tending: asyncio.Task[None] | None = None
        self._untidy = asyncio.Event()
        self._must_measure = self._must_recycle = False
        self._parses = self._superseded = self._host_deaths = self._recycled = 0
        self._warmed = self._declined = 0

    @property
    def is_parsing(self) -> bool:
        """Whether any unit is being parsed."""
        return bool(self._turns.running)

    def add(self, unit: Unit) -> Unit:
        """Give ``unit`` a lane; it parses once it is marked."""
        self.units[unit.path] = unit
        unit.grew = self._around.last_growth(unit.path)
        unit.lane = asyncio.ensure_future(self._run(unit))
        if self._tending is None:
            self._tending = asyncio.ensure_future(self._tend())
        return unit

    def drop(self, unit: Unit) -> None:
        """Let its TU go, with its lane."""
        self.units.pop(unit.path, None)
        if unit.lane is not None:
            unit.lane.cancel()
        unit.shown = 0
        unit.news.set()
        if self.host.current is not None:
            self.host.current.post(CloseDocument(os.fsencode(unit.path)))

    def files_changed(self, paths: Collection[str]) -> None:
        """Parse again what includes one of these files."""
        for unit in self.units.values():
            if not unit.includes.isdisjoint(paths):
                unit.mark()

    def question(self, unit: Unit) -> LiveDocument | None:
        """What asks the TU of ``unit`` as it is now; ``None`` when no host has it."""
        if unit.host is None:
            return None
        return LiveDocument(unit.path, unit.shown, unit.host, self._gate, self._guards.watch_answer)

    def typing(self, unit: Unit) -> TypingDocument | None:
        """What asks it with a text that the question brings; ``None`` when no host has it."""
        if unit.host is None:
            return None
        return TypingDocument(unit, unit.host, self._gate, self._guards.watch_answer)

    def tidy(self, *, measure: bool = False) -> None:
        """Look soon whether the host keeps to its share, with ``measure`` by a fresh figure."""
        self._must_measure = self._must_measure or measure
        self._untidy.set()

    def leave(self) -> None:
        """Let all units and the host go; the next unit brings them back."""
        for unit in list(self.units.values()):
            self.drop(unit)
        self.host.leave()
        if self._tending is not None:
            self._tending.cancel()
            self._tending = None

    async def stop(self) -> None:
        """End all lanes and the host."""
        tasks = [unit.lane for unit in self.units.values() if unit.lane is not None]
        tasks += [self._tending] if self._tending is not None else []
        await self._guards.stop()
        self.leave()
        if tasks:
            await asyncio.wait(tasks)
        await self.host.stop()

    def statistics(self) -> Statistics:
        """The host, and what became of parses."""
        return {
            "parses": self._parses,
            "superseded": self._superseded,
            "warmed": self._warmed,
            "host_deaths": self._host_deaths,
            "recycled": self._recycled,
            "over_preambles": sum(unit.over for unit in self.units.values()),
            "declined_preambles": self._declined,
            "turns": self._turns.statistics(),
            "guards": self._guards.statistics(),
            "host": self.host.statistics(),
        }

    # --- a document's lane ---

    async def _run(self, unit: Unit) -> None:
        # Cancelling is not enough: before Python 3.12, wait_for() (a host's start uses it) swallows
        # it when what it waits for happens in the same moment.
        while self.units.get(unit.path) is unit:
            await self._wait(unit)
            await self._pause(unit)
            wanted = unit.ahead or unit.path in self._documents.current
            if wanted and unit.stale and not unit.is_left_alone:
                unit.stale = False
                await self._parse(unit)
            unit.news.set()
            unit.news = asyncio.Event()
            if not unit.stale or unit.is_left_alone:
                unit.poke.clear()

    async def _wait(self, unit: Unit) -> None:
        """Wait until something happens to it; have the first highlight paid for while nobody asks.

        The first question for occurrences after a parse has the host walk the whole TU, which
        takes as long as a parse after the preamble was built anew.
        """
        if unit.cold and unit.shown > 0 and not unit.asleep:
            quiet = self._quiet_seconds
            while quiet > 0:
                if await set_within(unit.poke, quiet):
                    return
                quiet = unit.touched + self._quiet_seconds - time.monotonic()
            unit.cold = False
            question = self.question(unit)
            if question is not None and unit.shown > 0 and not unit.asleep:
                spots = await question.ask(Occurrences([]))
                self._warmed += spots is not None
        await unit.poke.wait()

    async def _pause(self, unit: Unit) -> None:
        """Wait until typing pauses; not before a first parse, nor when somebody waits.

        While completions are asked for even who waits is kept waiting a moment: a parse cannot be
        interrupted, and the next completion would have to wait for its end.
        """
        while unit.shown > 0 and not unit.asleep:
            completing = unit.completed + COMPLETING_SECONDS - time.monotonic()
            delay = max(completing, 0 if unit.readers else self._settings.diagnostics_delay)
            if delay <= 0:
                return
            unit.poke.clear()
            if not await set_within(unit.poke, delay):
                return

    async def _parse(self, unit: Unit) -> None:
        try:
            task = await self._around.task(unit.path)
            if unit.needs(task):
                unit.host = None
            document, parsed = await self._parse_in_turn(unit, task)
            if parsed.declined:
                self._declined += 1
                self._leave_preambles(unit)
                document, parsed = await self._parse_in_turn(unit, task)
        except NoAnswer:
            unit.host = None
        except ChildDied:
            # Again in a new host, unless none starts or this text is to blame.
            if not self.host.unusable and not unit.is_left_alone:
                unit.mark()
        else:
            self._parses += 1
            if parsed.crashed:
                self._blame(unit, parsed.message)
            else:
                unit.deaths = unit.deadly_questions
            self._show(unit, document, parsed)

    async def _parse_in_turn(self, unit: Unit, task: Task) -> tuple[Document | None, Parsed]:
        preambles: Sequence[str] = ()
        if unit.host is None or unit.host is not self.host.current:
            preambles = await self._around.preambles(task) if not unit.declined else ()
            unit.over = bool(preambles)
        waits = self._gate.interactive() if not unit.ahead else contextlib.nullcontext()
        with waits:
            async with self._turns.turn(unit):
                with self._around.set_aside(self.memory.growth(unit), urgent=not unit.ahead):
                    return await self._parse_in_host(unit, task, preambles)

    async def _parse_in_host(
        self, unit: Unit, task: Task, preambles: Sequence[str]
    ) -> tuple[Document | None, Parsed]:
        """Parse the newest text; that text, ``None`` for what no client has open."""
        host = await self.host.running()
        raw = os.fsencode(unit.path)
        # All that is sent from here on goes out in one piece (``begin`` does not wait for a turn of
        # the loop): the parse shows this revision's text, and no other lane's newer one.
        document = self._documents.current.get(unit.path)
        if document is None and not unit.ahead:
            raise NoAnswer(f"{unit.path} was closed")
        unit.stale = False
        self.host.push_texts(host)
        texts = self._documents.current.values()
        unit.seen = max((each.revision for each in texts), default=0)
        if unit.host is not host:
            unit.host = host
            unit.flags_hash = task.flags_hash
            unit.over = bool(preambles)
            arguments = [os.fsencode(argument) for argument in task.arguments]
            fallback = [os.fsencode(argument) for argument in task.fallback]
            below = [os.fsencode(preamble) for preamble in preambles]
            before = [(os.fsencode(prefix.path), prefix.text) for prefix in task.before]
            unit.before, unit.behind = task.before, task.behind
            directory = os.fsencode(task.directory)
            opened = OpenDocument(raw, directory, arguments, fallback, below, before, task.behind)
            host.post(opened)
        running = self._turns.running
        self.host.limit(self.memory.share, sum(map(self.memory.growth, running)), len(running))
        revision = document.revision if document is not None else 0
        if document is not None:
            self._around.emit(DocumentParsing(unit.path))
        question = Parse(host.next_id(), raw, revision)
        parse = asyncio.ensure_future(host.begin(question, Parsed))
        # How it failed is the lane's to hear, and a closed document has no lane any more.
        parse.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._guards.watch_parse(unit, revision, host, parse)
        # Closing the document ends its lane; its parse goes on, and under guard.
        return document, await asyncio.shield(parse)

    def _parse_is_endless(self, unit: Unit, host: Child, wanted: bool) -> None:
        """Give the host up: no one but this text is to blame."""
        if self.host.current is not host:
            return
        self._host_deaths += 1
        current = self._documents.current.get(unit.path)
        if current is not None and wanted:
            unit.deaths = DEATHS
            reason = f"it takes longer than {self._patience.wanted:g} s"
            self._around.not_parsed(current, reason)
        self.host.leave()
        self._lose_host()

    def _answer_is_endless(self, unit: Unit, host: Child) -> None:
        """Give the host up, and this text's TU when it happens again."""
        if self.host.current is not host:
            return
        self._host_deaths += 1
        unit.endless += 1
        unit.deadly_questions += 1
        self._blame(unit, f"an answer takes longer than {self._patience.answer:g} s")
        self.host.leave()
        self._lose_host()

    def _show(self, unit: Unit, shown: Document | None, parsed: Parsed) -> None:
        edited = unit.shown not in (0, parsed.version)
        first = unit.shown == 0 or unit.asleep == "spilled"
        part = REPARSE_PART if first and not unit.over else 1
        unit.reparse_seconds = parsed.wall_seconds * part
        unit.shown, unit.refused = (parsed.version, 0) if parsed.ok else (0, parsed.version)
        unit.text = shown.text if shown is not None else None
        unit.asleep = ""
        unit.cold = True
        unit.is_late = False
        unit.held = parsed.held or unit.held
        self.memory.learn(unit, parsed.grew)
        unit.includes = frozenset(map(os.fsdecode, parsed.includes))
        unit.in_context = parsed.in_context
        unit.has_errors = any(each.severity >= Severity.ERROR for each in parsed.diagnostics)
        if unit.depends_on_includer:
            unit.includes |= {prefix.includer for prefix in unit.before}
        self.memory.rss, self.memory.disk = parsed.rss, parsed.disk
        document = self._documents.current.get(unit.path)
        if unit.is_left_alone:
            self._put_to_sleep(unit, "spilled")
        elif document is not None and document.revision == parsed.version:
            if unit.over:  # What a parse without them takes is not known by that.
                parsed = msgspec.structs.replace(parsed, grew=0)
            self._around.parsed(document, parsed)
        else:
            self._superseded += not unit.ahead
        if edited:
            # Those that have begun since the edit have read it: a large one takes seconds.
            for each in self.units.values():
                if unit.path in each.includes and each.seen < parsed.version:
                    each.mark()
        self.tidy(measure=self.memory.settle(deep=not self._turns.running))

    # --- the host ---

    def _on_death(self, death: ChildDied) -> None:
        """Blame whoever was at work, and parse again in a new host what was awake."""
        self._host_deaths += 1
        parsing = list(self._turns.running)
        asked = {unit for path in self._guards.asking if (unit := self.units.get(path)) is not None}
        for unit in parsing or asked:
            unit.deadly_questions += not parsing
            self._blame(unit, str(death))
        self._lose_host()

    def _blame(self, unit: Unit, reason: str) -> None:
        unit.deaths += 1
        self._leave_preambles(unit)
        document = self._documents.current.get(unit.path)
        if unit.is_left_alone and document is not None:
            self._around.not_parsed(document, reason)
        elif not unit.is_left_alone:
            unit.mark()
        # What a crash inside libclang had taken is lost to the host.
        self._must_recycle = True

    def _leave_preambles(self, unit: Unit) -> None:
        """Have it opened without shared preambles, if it is over any."""
        if unit.over:
            unit.over, unit.declined, unit.host = False, True, None

    def _lose_host(self) -> None:
        """The host is gone: what was awake is parsed again, the visible first; the rest sleeps."""
        self._must_recycle = False
        self.memory.rss = self.memory.disk = 0
        for unit in sorted(self.units.values(), key=lambda unit: -unit.used):
            unit.host = None
            if unit.ahead:
                self.drop(unit)
            elif unit.asleep:
                unit.asleep = "spilled"
            else:
                unit.shown = 0
                unit.mark()

    def _put_to_sleep(self, unit: Unit, to: Sleep) -> None:
        if unit.ahead and to == "spilled":
            self.drop(unit)
        elif self.host.current is not None and unit.host is self.host.current:
            raw = os.fsencode(unit.path)
            self.host.current.post(CloseDocument(raw) if to == "spilled" else Suspend(raw))
        if to == "spilled":
            unit.host = None

    async def _tend(self) -> None:
        """Keep to the share: after each parse, when memory is wanted, and now and again."""
        while True:
            if await set_within(self._untidy, self._idle_seconds / 4):
                self._untidy.clear()
                if self.memory.is_over or self._must_measure:
                    await self._measure()
                acted = self.memory.settle(deep=not self._turns.running)
            else:
                acted = self.memory.retire_idle() > 0
            if acted:
                await self._measure()
                self._untidy.set()
            if not self._turns.running:
                self._let_host_go()

    async def _measure(self) -> None:
        """Measure once what was put to sleep had time to give its memory back."""
        self._must_measure = False
        expected = self.memory.rss
        for _ in range(5):
            await asyncio.sleep(0.1)
            measured = await self.host.measure()
            self.memory.rss, self.memory.disk = measured.rss, measured.disk
            if self.memory.rss <= expected:
                return

    def _let_host_go(self) -> None:
        """Replace a host that holds what is nobody's; end one that holds nothing."""
        if self.host.current is None:
            return
        if self._must_recycle or self.memory.has_leaked():
            self._recycled += 1
            self.host.leave()
            self._lose_host()
        elif self.units and all(unit.asleep == "spilled" for unit in self.units.values()):
            self.host.leave()
            self._lose_host()
