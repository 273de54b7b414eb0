"""Watches over what the document host is at work on: no parse and no answer may take for ever.

Says which document keeps the host busy too long; what becomes of the host is not decided here.
Knows neither LSP nor the index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from cppls.core.live_messages import Answered, Parsed
from cppls.core.model import Statistics
from cppls.engine.child import Child
from cppls.engine.documents import Documents
from cppls.engine.live_unit import Unit
from cppls.engine.patience import Patience, answer_outlasts, outlasts


class Guards:
    """One guard for each parse and each question. Used from the event loop's thread."""

    def __init__(
        self,
        units: dict[str, Unit],
        documents: Documents,
        patience: Patience,
        on_parse: Callable[[Unit, Child, bool], None],
        on_answer: Callable[[Unit, Child], None],
    ) -> None:
        """``on_parse(unit, host, wanted)`` hears of a parse that takes too long, and whether its
        text is still the one that is shown; ``on_answer(unit, host)`` of an answer."""
        self.asking: Final[list[str]] = []
        """Paths that are being asked something: whom to blame when the host dies then."""
        self._units = units
        self._documents = documents
        self._patience = patience
        self._on_parse = on_parse
        self._on_answer = on_answer
        self._tasks: set[asyncio.Task[None]] = set()
        self._overdue = 0

    def watch_parse(
        self, unit: Unit, revision: int, host: Child, parse: asyncio.Future[Parsed]
    ) -> None:
        """Watch the parse of a document's text."""
        self._start(self._guard_parse(unit, revision, host, parse))

    def watch_answer(self, path: str, host: Child, answer: asyncio.Future[Answered]) -> None:
        """Watch a question, whether or not somebody still waits for the answer."""
        self.asking.append(path)
        answer.add_done_callback(lambda _: self.asking.remove(path))
        self._start(self._guard_answer(path, host, answer))

    async def stop(self) -> None:
        """End all guards."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def statistics(self) -> Statistics:
        """Questions at work, guards, and how often something took too long."""
        return {"asking": len(self.asking), "guards": len(self._tasks), "overdue": self._overdue}

    def _start(self, guard: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(guard)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard_parse(
        self, unit: Unit, revision: int, host: Child, parse: asyncio.Future[Parsed]
    ) -> None:
        def is_outdated() -> bool:
            current = self._documents.current.get(unit.path)
            if current is None:
                return not (unit.ahead and self._units.get(unit.path) is unit)
            return current.revision != revision

        if await outlasts(parse, is_outdated, self._patience):
            self._overdue += 1
            self._on_parse(unit, host, not is_outdated())

    async def _guard_answer(self, path: str, host: Child, answer: asyncio.Future[Answered]) -> None:
        def is_parsing() -> bool:
            unit = self._units.get(path)
            return unit is not None and unit.parsing

        if await answer_outlasts(answer, is_parsing, self._patience):
            self._overdue += 1
            self._on_answer(self._units.get(path) or Unit(path), host)
