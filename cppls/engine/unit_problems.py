"""What the index says is wrong with translation units that are not open.

Told where it is worth telling: of a unit that could not be indexed, and of one that can be again.
Must not know why a unit failed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cppls.core.model import FileStatus, Statistics
from cppls.engine.events import DiagnosticsChanged, Event
from cppls.engine.readers import Readers
from cppls.engine.worker import Outcome
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader


class UnitProblems:
    """Units that could not be indexed. Used from the event loop's thread."""

    def __init__(
        self,
        readers: Readers,
        open_paths: Callable[[], Collection[str]],
        emit: Callable[[Event], None],
    ) -> None:
        """``open_paths``: whose diagnostics come from their live TUs."""
        self._readers = readers
        self._open = open_paths
        self._emit = emit
        self._failed: set[str] = set()

    def committed(self, batch: Iterable[Outcome]) -> list[str]:
        """Those units of ``batch`` that could not be indexed, or can be again: to be published."""
        told: list[str] = []
        for outcome in batch:
            if outcome.headers:
                continue
            if outcome.status is not FileStatus.INDEXED:
                self._failed.add(outcome.path)
            elif outcome.path in self._failed:
                self._failed.discard(outcome.path)
            else:
                continue
            told.append(outcome.path)
        return told

    async def over(self, paths: Collection[str]) -> None:
        """Tell that nothing is wrong any more with ``paths``: they left, or are back as they
        were."""
        for path in self._failed.intersection(paths):
            self._failed.discard(path)
            await self.publish(path)

    async def show_failures(self) -> None:
        """Tell of all that the index knows and that was not told yet. Raises ``IndexProblem``."""
        for info in await self._readers.run(Reader.failures):
            if info.path not in self._failed:
                self._failed.add(info.path)
                await self.publish(info.path)

    async def publish(self, path: str) -> None:
        """Show what the index has of a file, unless it is open."""
        try:
            problems = await self._readers.run(Reader.problems, path)
        except IndexProblem:
            problems = []
        if path not in self._open():
            self._emit(DiagnosticsChanged(path, None, problems))

    def statistics(self) -> Statistics:
        """How many could not be indexed."""
        return {"files": len(self._failed)}
