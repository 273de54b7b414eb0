"""Live TUs of the open documents, in a document host. The server is the scheduler.

Per document one lane: the newest edit wins, an older parse that has not begun is dropped; a read
sees exactly the edits before it. Knows neither LSP nor the index: what a parse gives is handed
on, what a question gives is the host's own message.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from cppls.core.files import read_file
from cppls.core.messages import OpenDocument, Parse, Parsed, Suspend
from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.child import Child, ChildDied, NoAnswer
from cppls.engine.documents import Document, Documents
from cppls.engine.events import Event
from cppls.engine.gate import Gate
from cppls.engine.live_host import LiveHost
from cppls.engine.patience import PATIENCE, Patience, outlasts
from cppls.engine.questions import LiveDocument
from cppls.engine.worker import Task

READ_SECONDS: Final = 5.0
"""A read waits no longer for its version; the index answers then."""
QUIET_SECONDS: Final = 1.0
"""So long after a parse, with no edit since, the TU is made ready for highlights."""
DEATHS: Final = 2
"""So often may a text kill the host before it is left alone."""


class Surroundings(Protocol):
    """What live documents need of the engine."""

    async def task(self, path: str) -> Task:
        """How to parse ``path``: any file, headers too."""
        ...

    def parsed(self, document: Document, parsed: Parsed) -> None:
        """Hear of a parse that shows the newest text of ``document``."""
        ...

    def not_parsed(self, document: Document, reason: str) -> None:
        """Hear that the text of ``document`` is left alone, and why."""
        ...

    def emit(self, event: Event) -> None:
        """Tell the listeners."""
        ...


@dataclass(slots=True, eq=False)
class _Unit:
    """The live TU of one document: what is wanted of it, and what it shows."""

    path: str
    poke: asyncio.Event = field(default_factory=asyncio.Event)
    """Something about it changed, its lane should look."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """A parse ended (or will not begin); replaced each time."""
    lane: asyncio.Task[None] | None = None
    stale: bool = True
    shown: int = 0
    """The revision that the TU shows; 0 without a TU."""
    host: Child | None = None
    """The host that has it open."""
    flags_hash: int = 0
    """Of the flags it was opened with."""
    includes: frozenset[str] = frozenset()
    suspended: bool = False
    cold: bool = False
    """Nobody has asked the present TU for occurrences yet."""
    readers: int = 0
    deaths: int = 0
    """Deaths of the host that this text is blamed for."""
    deadly_questions: int = 0
    """Those of them that came with a question: a parse that succeeds does not clear them."""
    used: int = 0


class LiveDocuments:
    """All live TUs. Used from the event loop's thread."""

    def __init__(
        self,
        surroundings: Surroundings,
        documents: Documents,
        gate: Gate,
        settings: Settings,
        spawn: Callable[[], Awaitable[Child]],
        *,
        quiet_seconds: float = QUIET_SECONDS,
        patience: Patience = PATIENCE,
    ) -> None:
        self._around = surroundings
        self._documents = documents
        self._gate = gate
        self._settings = settings
        self._quiet_seconds = quiet_seconds
        self._patience = patience
        self._guards: set[asyncio.Task[None]] = set()
        self._host = LiveHost(documents, spawn, surroundings.emit, self._on_death)
        self._units: dict[str, _Unit] = {}
        self._alone = asyncio.Lock()
        self._parsing: set[_Unit] = set()
        self._asking: list[str] = []
        self._clock = 0
        self._parses = self._superseded = self._host_deaths = self._suspensions = 0
        self._warmed = 0

    # --- what happens to documents ---

    def opened(self, document: Document) -> None:
        """Parse a document that was opened just now."""
        self._host.stay()
        unit = self._units.get(document.path)
        if unit is None:
            unit = self._units[document.path] = _Unit(document.path)
            unit.lane = asyncio.ensure_future(self._run(unit))
        self._mark(unit)
        if _differs_from_disk(document):
            self.files_changed([document.path])

    def changed(self, document: Document) -> None:
        """Parse it again soon: its text is another one."""
        unit = self._units.get(document.path)
        if unit is not None:
            # A text that was left alone gets one more chance after an edit, not two.
            unit.deaths = min(unit.deaths, DEATHS - 1)
            unit.deadly_questions = 0
            self._mark(unit)

    def closed(self, document: Document) -> None:
        """Let its TU go; what others include is the file on disk again."""
        unit = self._units.pop(document.path, None)
        if unit is None:
            return
        if unit.lane is not None:
            unit.lane.cancel()
        unit.shown = 0
        unit.news.set()
        self._host.close(document.path)
        if _differs_from_disk(document):
            self.files_changed([document.path])
        if not self._units:
            self._host.leave_soon()

    def files_changed(self, paths: Iterable[str]) -> None:
        """Parse again what includes one of these files (on disk, or another document)."""
        changed = frozenset(paths)
        for unit in self._units.values():
            if unit.includes & changed:
                self._mark(unit)

    def flags_known(self, path: str, flags_hash: int) -> None:
        """Parse it again from the start if it was opened with other flags."""
        unit = self._units.get(path)
        if unit is not None and unit.host is not None and unit.flags_hash != flags_hash:
            unit.host = None
            self._mark(unit)

    # --- reading ---

    async def read(self, document: Document) -> LiveDocument | None:
        """The TU once it shows exactly ``document``; ``None`` when that is not to be waited for.

        That is so when it was never parsed, when a newer edit came, when the host died.
        """
        unit = self._units.get(document.path)
        if unit is None or unit.shown == 0 or unit.deaths >= DEATHS:
            return None
        self._clock += 1
        unit.used = self._clock
        if unit.shown == document.revision and not unit.suspended:
            return self._question(unit)
        with self._gate.interactive(), self._reading(unit):
            if unit.suspended:
                self._mark(unit)
            try:
                shown = await asyncio.wait_for(self._shows(unit, document), READ_SECONDS)
            except asyncio.TimeoutError:
                return None
        return self._question(unit) if shown else None

    async def stop(self) -> None:
        """End all lanes and the host."""
        lanes = [unit.lane for unit in self._units.values() if unit.lane is not None]
        lanes += self._guards
        self._units.clear()
        for lane in lanes:
            lane.cancel()
        if lanes:
            await asyncio.wait(lanes)
        await self._host.stop()

    def host(self) -> Child | None:
        """The document host, when one runs."""
        return self._host.running()

    def statistics(self) -> Statistics:
        """The host, the documents and what became of parses."""
        return {
            "documents": len(self._units),
            "with_tu": sum(unit.shown > 0 for unit in self._units.values()),
            "suspended": sum(unit.suspended for unit in self._units.values()),
            "left_alone": sum(unit.deaths >= DEATHS for unit in self._units.values()),
            "parsing": len(self._parsing),
            "parses": self._parses,
            "superseded": self._superseded,
            "warmed": self._warmed,
            "suspensions": self._suspensions,
            "host_deaths": self._host_deaths,
            "limit": self._settings.live_documents,
            "host": self._host.statistics(),
        }

    # --- a document's lane ---

    async def _run(self, unit: _Unit) -> None:
        # Cancelling is not enough: before Python 3.12, wait_for() swallows it when what it waits
        # for happens in the same moment, and without its document the lane would never pause.
        while self._units.get(unit.path) is unit:
            await self._wait(unit)
            await self._pause(unit)
            document = self._documents.current.get(unit.path)
            if document is not None and unit.stale and unit.deaths < DEATHS:
                unit.stale = False
                await self._parse(unit)
            unit.news.set()
            unit.news = asyncio.Event()
            if not unit.stale or unit.deaths >= DEATHS:
                unit.poke.clear()

    async def _wait(self, unit: _Unit) -> None:
        """Wait until something happens to it; in a quiet moment have the first highlight paid for.

        The first question for occurrences after a parse has the host walk the whole TU, which
        takes as long as a parse after the preamble was built anew.
        """
        if unit.cold and unit.shown > 0 and not unit.suspended:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(unit.poke.wait(), self._quiet_seconds)
                return
            unit.cold = False
            question = self._question(unit)
            if question is not None and not unit.suspended:
                self._warmed += await question.occurrences([]) is not None
        await unit.poke.wait()

    async def _pause(self, unit: _Unit) -> None:
        """Wait until typing pauses; not before a first parse, nor when somebody waits."""
        while unit.shown > 0 and unit.readers == 0:
            unit.poke.clear()
            try:
                await asyncio.wait_for(unit.poke.wait(), self._settings.diagnostics_delay)
            except asyncio.TimeoutError:
                return

    async def _parse(self, unit: _Unit) -> None:
        try:
            task = await self._around.task(unit.path)
            with self._gate.interactive():
                async with self._turn():
                    parsed = await self._parse_in_host(unit, task)
        except NoAnswer:
            unit.host = None
        except ChildDied:
            # Again in a new host, unless none starts or this text is to blame.
            if not self._host.unusable and unit.deaths < DEATHS:
                self._mark(unit)
        else:
            self._parses += 1
            unit.deaths = unit.deadly_questions
            self._show(unit, parsed)

    async def _parse_in_host(self, unit: _Unit, task: Task) -> Parsed:
        host = await self._host.get()
        raw = os.fsencode(unit.path)
        # No await from here to the question: texts, open and parse belong together, so that the
        # parse shows the newest text of this document and of all others.
        document = self._documents.current.get(unit.path)
        if document is None:
            raise NoAnswer(f"{unit.path} was closed")
        unit.stale = False
        self._host.push_texts(host)
        if unit.host is not host:
            unit.host = host
            unit.flags_hash = task.flags_hash
            arguments = [os.fsencode(argument) for argument in task.arguments]
            fallback = [os.fsencode(argument) for argument in task.fallback]
            host.post(OpenDocument(raw, os.fsencode(task.directory), arguments, fallback))
        question = Parse(host.next_id(), raw, document.revision)
        parse = asyncio.ensure_future(host.ask(question, Parsed))
        # How it failed is the lane's to hear, and a closed document has no lane any more.
        parse.add_done_callback(lambda done: done.cancelled() or done.exception())
        guard = asyncio.ensure_future(self._guard(unit, document, host, parse))
        self._guards.add(guard)
        guard.add_done_callback(self._guards.discard)
        self._parsing.add(unit)
        try:
            # Closing the document ends its lane; its parse goes on, and under guard.
            return await asyncio.shield(parse)
        finally:
            self._parsing.discard(unit)

    async def _guard(
        self, unit: _Unit, document: Document, host: Child, parse: asyncio.Future[Parsed]
    ) -> None:
        """Give the host up when a parse does not end: no one but its own text is to blame."""

        def is_outdated() -> bool:
            current = self._documents.current.get(unit.path)
            return current is None or current.revision != document.revision

        if await outlasts(parse, is_outdated, self._patience) and self._host.running() is host:
            self._host_deaths += 1
            if not is_outdated():
                unit.deaths = DEATHS
                reason = f"it takes longer than {self._patience.wanted:g} s"
                self._around.not_parsed(document, reason)
            self._host.leave()
            self._start_anew()

    def _show(self, unit: _Unit, parsed: Parsed) -> None:
        edited = unit.shown not in (0, parsed.version)
        unit.shown = parsed.version if parsed.ok else 0
        unit.suspended = False
        unit.cold = True
        unit.includes = frozenset(map(os.fsdecode, parsed.includes))
        self._clock += 1
        unit.used = self._clock
        document = self._documents.current.get(unit.path)
        if document is not None and document.revision == parsed.version:
            self._around.parsed(document, parsed)
        else:
            self._superseded += 1
        if edited:
            self.files_changed([unit.path])
        self._suspend_some()

    # --- the host ---

    def _on_death(self, death: ChildDied) -> None:
        """Blame whoever was at work, and parse all documents again in a new host."""
        self._host_deaths += 1
        asked = {unit for path in self._asking if (unit := self._units.get(path)) is not None}
        for unit in self._parsing or asked:
            unit.deaths += 1
            unit.deadly_questions += not self._parsing
            document = self._documents.current.get(unit.path)
            if unit.deaths >= DEATHS and document is not None:
                self._around.not_parsed(document, str(death))
        self._start_anew()

    def _start_anew(self) -> None:
        for unit in self._units.values():
            unit.shown = 0
            unit.host = None
            self._mark(unit)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """While a document is under suspicion, parses go one by one: the next death is its own."""
        if any(0 < unit.deaths < DEATHS for unit in self._units.values()):
            async with self._alone:
                yield
        else:
            yield

    def _suspend_some(self) -> None:
        """Keep the most recently used TUs, as many as the settings allow."""
        awake = [unit for unit in self._units.values() if unit.shown > 0 and not unit.suspended]
        awake.sort(key=lambda unit: unit.used)
        for unit in awake[: max(0, len(awake) - self._settings.live_documents)]:
            if unit.host is not None and unit.host.is_alive and unit not in self._parsing:
                unit.suspended = True
                self._suspensions += 1
                unit.host.post(Suspend(os.fsencode(unit.path)))

    # --- helpers ---

    def _mark(self, unit: _Unit) -> None:
        unit.stale = True
        unit.poke.set()

    @contextlib.contextmanager
    def _reading(self, unit: _Unit) -> Generator[None]:
        unit.readers += 1
        unit.poke.set()
        try:
            yield
        finally:
            unit.readers -= 1

    async def _shows(self, unit: _Unit, document: Document) -> bool:
        """Wait for the parse of ``document``; whether the TU shows it then."""
        while unit.shown != document.revision or unit.suspended:
            if unit.shown > document.revision or unit.deaths >= DEATHS:
                return False
            if self._units.get(unit.path) is not unit:
                return False
            await unit.news.wait()
        return True

    def _question(self, unit: _Unit) -> LiveDocument | None:
        if unit.host is None:
            return None
        return LiveDocument(unit.path, unit.shown, unit.host, self._gate, self._asking)


def _differs_from_disk(document: Document) -> bool:
    try:
        return read_file(document.path) != document.text.data
    except OSError:
        return True
