"""Live TUs of the open documents, in a document host. The server is the scheduler.

Per document one lane: the newest edit wins, an older parse that has not begun is dropped; a read
sees exactly the edits before it. What is not used sleeps when memory is wanted (live_memory) and
comes back when it is asked. Knows neither LSP nor the index: what a parse gives is handed on, what
a question gives is the host's own message.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from typing import Final, Literal

from cppls.core.files import read_file
from cppls.core.model import Statistics
from cppls.core.position_map import PositionMap
from cppls.core.settings import Settings
from cppls.core.system import trim_memory
from cppls.engine.child import Child
from cppls.engine.documents import Document, Documents
from cppls.engine.earlier import EarlierDocument
from cppls.engine.gate import Gate
from cppls.engine.live_around import Surroundings
from cppls.engine.live_lanes import Lanes
from cppls.engine.live_unit import ENDLESS, Unit
from cppls.engine.patience import PATIENCE, Patience
from cppls.engine.questions import LiveDocument, TypingDocument
from cppls.engine.worker import Task

READ_SECONDS: Final = 5.0
"""A read waits no longer for its version; the index answers then."""
FIRST_SECONDS: Final = 30.0
"""So long a read waits for the first parse, where there is no index to answer before that."""
MOMENT_SECONDS: Final = 0.15
"""So long a read waits that can do without the exact text: the index answers then."""
HOST_IDLE_SECONDS: Final = 10.0
"""The host leaves when no document has been open for so long: longer than an editor takes from
closing one to opening the next, as another host and a first parse take a second."""
IDLE_SECONDS: Final = 600.0
"""A TU that nobody used for so long gives its memory back."""
QUIET_SECONDS: Final = 1.0
"""So long after a parse, with no edit since, the TU is made ready for highlights."""


def _no_bound() -> int:
    return 0


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
        share: Callable[[], int] = _no_bound,
        idle_seconds: float = IDLE_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
        patience: Patience = PATIENCE,
    ) -> None:
        """``share``: resident bytes that the host may have at present, 0 for no bound."""
        self._documents = documents
        self._gate = gate
        self._settings = settings
        self._lanes = Lanes(
            surroundings,
            documents,
            gate,
            settings,
            spawn,
            share,
            idle_seconds,
            quiet_seconds,
            patience,
        )
        self._units = self._lanes.units
        self.memory: Final = self._lanes.memory
        self._leaving: asyncio.TimerHandle | None = None
        self._clock = 0
        self._hits = self._misses = self._ahead_used = self._earlier_answers = 0

    # --- what happens to documents ---

    def opened(self, document: Document) -> None:
        """Parse a document that was opened just now."""
        self._lanes.host.unusable = False
        unit = self._units.get(document.path) or self._lanes.add(Unit(document.path))
        self._ahead_used += unit.ahead and unit.host is not None
        unit.ahead = False
        self._stay()
        self._touch(unit)
        unit.mark()
        if _differs_from_disk(document):
            self.files_changed([document.path])

    def changed(self, document: Document) -> None:
        """Parse it again soon: its text is another one."""
        unit = self._units.get(document.path)
        if unit is not None:
            unit.is_late = False
            # A text that was left alone gets one more chance after an edit, not two.
            unit.deaths = min(unit.deaths, 1)
            unit.deadly_questions = 0
            self._touch(unit)
            unit.mark()

    def closed(self, document: Document) -> None:
        """Let its TU go; what others include is the file on disk again."""
        unit = self._units.get(document.path)
        if unit is None:
            return
        self._lanes.drop(unit)
        self._lanes.host.forget_text(document.path)
        if _differs_from_disk(document):
            self.files_changed([document.path])
        if all(unit.ahead for unit in self._units.values()):
            self._leave_later()

    def files_changed(self, paths: Iterable[str]) -> None:
        """Parse again what includes one of these files (on disk, or another document)."""
        self._lanes.files_changed(frozenset(paths))

    def flags_known(self, task: Task) -> None:
        """Parse it again from the start if it was opened otherwise."""
        unit = self._units.get(task.path)
        if unit is not None and unit.needs(task):
            unit.host = None
            unit.declined = False
            unit.deaths = min(unit.deaths, 1)
            unit.mark()

    def in_context(self, path: str) -> bool | None:
        """Whether an open header is parsed behind the text of its includer; ``None``: it is not
        parsed."""
        unit = self._units.get(path)
        return unit.in_context if unit is not None else None

    # --- reading ---

    async def read(
        self, document: Document, *, exact: bool = True, first: bool = False
    ) -> LiveDocument | EarlierDocument | None:
        """The TU once it shows exactly ``document``; ``None`` when that is not to be waited for.

        That is so when it was never parsed, when a newer edit came, and when the host died. Without
        ``exact`` the wait is for a moment only, and there is none where the TU of an earlier text
        can be asked, or is being parsed for longer than that. With ``first`` the first parse is
        waited for as well.
        """
        unit = self._units.get(document.path)
        if unit is None or unit.is_left_alone or (unit.shown == 0 and not first):
            return None
        self._touch(unit)
        if not exact and unit.parsing and unit.reparse_seconds >= MOMENT_SECONDS:
            # What it is asked waits for the parse, of this very text as well: what the text
            # includes is another.
            self._misses += 1
            return None
        if unit.shows(document.revision):
            self._hits += 1
            return self._lanes.question(unit)
        self._misses += 1
        if not exact and (earlier := self._earlier(unit, document)) is not None:
            self._earlier_answers += 1
            return earlier
        if unit.is_late:
            return None
        opening = unit.shown == 0
        # What opens is parsed before all else, and takes its time: the index may grow meanwhile.
        gate = contextlib.nullcontext() if opening else self._gate.interactive()
        with gate, self._reading(unit):
            if unit.asleep:
                unit.mark()
            try:
                patience = FIRST_SECONDS if opening else READ_SECONDS if exact else MOMENT_SECONDS
                shown = await asyncio.wait_for(self._shows(unit, document), patience)
            except asyncio.TimeoutError:
                unit.is_late = exact
                return None
        return self._lanes.question(unit) if shown else None

    async def typing(self, document: Document) -> TypingDocument | None:
        """The TU of a document that is typed into, whatever text it shows; ``None`` when there is
        none within a moment, and where answers did not end. The parse that the typing asks for is
        put off meanwhile."""
        unit = self._units.get(document.path)
        if unit is None or unit.shown == 0 or unit.is_left_alone or unit.endless >= ENDLESS:
            return None
        self._touch(unit)
        unit.note_completion()
        if unit.asleep:
            # Nothing may be asked of one that is suspended: libclang would crash.
            unit.mark()
            with self._gate.interactive(), contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._awake(unit), MOMENT_SECONDS)
        return self._lanes.typing(unit) if unit.shown > 0 and not unit.asleep else None

    async def _awake(self, unit: Unit) -> None:
        while unit.asleep and self._units.get(unit.path) is unit and not unit.is_left_alone:
            await unit.news.wait()

    def _earlier(self, unit: Unit, document: Document) -> EarlierDocument | None:
        """What asks the TU of an earlier text; ``None`` when it cannot answer, because it sleeps or
        is being parsed again, and when the exact one will be there as soon."""
        soon = unit.reparse_seconds < MOMENT_SECONDS and not self.is_parsing
        if unit.asleep or unit.parsing or unit.text is None or soon:
            return None
        earlier = self._lanes.question(unit)
        if earlier is None:
            return None
        places = PositionMap(unit.text, document.text)
        return EarlierDocument(earlier, places, lambda: self._exactly(document))

    async def _exactly(self, document: Document) -> LiveDocument | None:
        live = await self.read(document)
        assert not isinstance(live, EarlierDocument), "asked for the exact one"
        return live

    # --- memory ---

    def relieve(self, level: Literal["soft", "hard"], spare: str | None = None) -> int:
        """Have idle TUs give memory back, see ``LiveMemory.relieve``; how many do."""
        found = self.memory.relieve(level, spare)
        if found:
            self._lanes.tidy(measure=True)
        return found

    def free(self, size: int) -> int:
        """Have TUs sleep, the least recently used first, until about ``size`` bytes are free; how
        many will be."""
        freed = self.memory.free(size)
        if freed:
            self._lanes.tidy(measure=True)
        return freed

    def warm(self, paths: Sequence[str] = (), *, wake: bool = True) -> int:
        """With ``wake``, bring back what sleeps, last used first; then parse files of ``paths``
        ahead of their being opened: as far as the share allows. How many are on their way."""
        size = found = 0
        units = self._units.values() if wake else ()
        asleep = [unit for unit in units if unit.asleep and not unit.is_left_alone]
        for unit in sorted(asleep, key=lambda unit: -unit.used):
            size += self.memory.expected(unit)
            if not self.memory.has_room(size):
                return found
            unit.mark()
            found += 1
        room = max(0, self._settings.live_documents - len(self._units))
        for rank, path in enumerate([path for path in paths if path not in self._units][:room]):
            unit = Unit(path)
            size += self.memory.expected(unit)
            if not self.memory.has_room(size):
                return found
            unit.used, unit.ahead = -1 - rank, True
            self._lanes.add(unit).mark()
            found += 1
        if found and all(unit.ahead for unit in self._units.values()):
            self._leave_later()
        return found

    def held(self) -> dict[str, int]:
        """Bytes that the TU of each document takes in the host, roughly; spilled ones take none."""
        return self.memory.held()

    def sleeps(self, path: str) -> bool:
        """Whether the TU of an open document is suspended or spilled."""
        unit = self._units.get(path)
        return unit is not None and bool(unit.asleep)

    @property
    def is_parsing(self) -> bool:
        """Whether a document is being parsed."""
        return self._lanes.is_parsing

    @property
    def visible(self) -> str | None:
        """Path of the document that was touched or asked last."""
        unit = self.memory.visible()
        return unit.path if unit is not None else None

    async def stop(self) -> None:
        """End all lanes and the host."""
        if self._leaving is not None:
            self._leaving.cancel()
        await self._lanes.stop()

    def host(self) -> Child | None:
        """The document host, when one runs."""
        return self._lanes.host.current

    def statistics(self) -> Statistics:
        """The host, the documents, what they hold and what became of parses."""
        units = list(self._units.values())
        return {
            "documents": sum(not unit.ahead for unit in units),
            "ahead": sum(unit.ahead for unit in units),
            "ahead_used": self._ahead_used,
            "with_tu": sum(unit.shown > 0 for unit in units),
            "left_alone": sum(unit.is_left_alone for unit in units),
            "hits": self._hits,
            "misses": self._misses,
            "earlier_answers": self._earlier_answers,
            **self.memory.statistics(),
            **self._lanes.statistics(),
        }

    def _leave_later(self) -> None:
        self._stay()
        self._leaving = asyncio.get_running_loop().call_later(HOST_IDLE_SECONDS, self._leave)

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave(self) -> None:
        self._leaving = None
        self._lanes.leave()
        trim_memory()

    # --- helpers ---

    def _touch(self, unit: Unit) -> None:
        self._clock += 1
        unit.used = self._clock
        unit.touched = time.monotonic()

    @contextlib.contextmanager
    def _reading(self, unit: Unit) -> Generator[None]:
        unit.readers += 1
        unit.poke.set()
        try:
            yield
        finally:
            unit.readers -= 1

    async def _shows(self, unit: Unit, document: Document) -> bool:
        """Wait for the parse of ``document``; whether the TU shows it then."""
        while not unit.shows(document.revision):
            if max(unit.shown, unit.refused + 1) > document.revision or unit.is_left_alone:
                return False
            if self._units.get(unit.path) is not unit or self._lanes.host.unusable:
                return False
            await unit.news.wait()
        return True


def _differs_from_disk(document: Document) -> bool:
    try:
        return read_file(document.path) != document.text.data
    except OSError:
        return True
