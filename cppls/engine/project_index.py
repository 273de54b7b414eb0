"""The index of one project as the engine has it: while the project is being read, and from then on.

Puts together whoever reads the project, reads the index and keeps it true, and answers for them
before they are there. Must not know live TUs, watchers, nor who listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cppls.core.model import Severity, Statistics
from cppls.core.settings import Settings
from cppls.core.system import trim_memory
from cppls.engine.background import Background
from cppls.engine.child import Child
from cppls.engine.documents import Document
from cppls.engine.events import Event, Notice, State
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.preamble_folder import PreambleFolder
from cppls.engine.programs import Programs
from cppls.engine.project_thread import ProjectThread
from cppls.engine.readers import Readers
from cppls.engine.scheduler import Scheduler
from cppls.engine.worker import Task
from cppls.index.errors import IndexDamaged, IndexMissing, IndexProblem
from cppls.index.reader import Reader
from cppls.index.store import Index, project_folder


class ProjectIndex:
    """That of the project at ``root``. Used from the event loop's thread."""

    def __init__(
        self,
        root: str,
        settings: Settings,
        programs: Programs,
        gate: Gate,
        governor: Governor,
        documents: Callable[[], Mapping[str, Document]],
        emit: Callable[[Event], None],
    ) -> None:
        """Starts nothing. ``documents``: those that are open."""
        self.readers: Final = Readers(self._reader, self._on_unusable)
        """They need no start: at first they read what an earlier process left."""
        self._root = root
        self._settings = settings
        self._programs = programs
        self._gate = gate
        self._governor = governor
        self._documents = documents
        self._emit = emit
        self._project: ProjectThread | None = None
        self._background: Background | None = None
        self._started = asyncio.Event()

    async def read(self) -> ProjectThread:
        """Read the project, and nothing else yet; ``start`` tells what is wrong with it."""
        cache = os.path.dirname(self._programs.folder)
        self._project = await ProjectThread.open(self._root, self._settings, cache)
        return self._project

    async def start(self, project: ProjectThread, *, headless: bool) -> Background:
        """Open the index, then have it kept true in the background.

        An index that cannot be used is a notice; ``headless``, it raises ``IndexProblem``, also
        when another process writes it.
        """
        for problem in await project.new_problems():
            self._emit(Notice(Severity.WARNING, problem))
        shared = self._settings.shared_preambles
        background = Background(
            project,
            self.readers,
            self._gate,
            self._governor,
            self._settings,
            self._emit,
            self._documents,
            self._programs.start_worker,
            self._programs.start_planner,
            PreambleFolder(self._programs.shared_preambles) if shared else None,
        )
        try:
            folder = project_folder(self._settings.cache_dir, self._root)
            await background.start(folder, self._root, follow=not headless)
        except IndexProblem as problem:
            if headless:
                raise
            self._emit(Notice(Severity.ERROR, f"Nothing is indexed: {problem}"))
        self._background = background
        self._started.set()
        return background

    async def stop(self) -> None:
        """End its children within a moment, keep what was indexed, give the lock back."""
        if self._background is not None:
            await self._background.stop()
        if self._project is not None:
            self._project.close()
        self.readers.close()

    @property
    def background(self) -> Background | None:
        """The background index; ``None`` before ``start``."""
        return self._background

    @property
    def scheduler(self) -> Scheduler | None:
        """The background index's; ``None`` before ``start``."""
        return self._background.scheduler if self._background is not None else None

    @property
    def state(self) -> State:
        """See ``events.State``."""
        return self._background.scheduler.state if self._background is not None else "ready"

    def incomplete(self) -> str:
        """Why the index may lack what saved files hold; see ``features.snapshot``."""
        if self._background is None:
            return "the project is still being read"
        if not self._settings.background_index:
            return "only open files are indexed (backgroundIndex is false)"
        if self.state != "idle" and self._background.writer is not None:
            waiting = len(self._background.scheduler.queue)
            return f"{waiting} files wait to be indexed" if waiting else "indexing is under way"
        return ""

    async def preambles(self, task: Task, patience: float) -> Sequence[str]:
        """Paths of the shared preambles that a TU may try to sit on; none while it is not started,
        for which this waits so many seconds."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._started.wait(), patience)
        if self._background is None:
            return ()
        seat = await self._background.preambles.seat(task.path, task.flags_hash)
        return seat.paths if seat is not None else ()

    def children(self) -> list[Child]:
        """Those that run for it now: index workers, the planner."""
        if self._background is None:
            return []
        planner = self._background.planner.child
        workers = [worker.child for worker in self._background.scheduler.workers()]
        return [*workers, planner] if planner is not None else workers

    def shrink(self) -> bool:
        """Empty the page caches of the index, and give the process's freed memory back."""
        writer = self._background.writer if self._background is not None else None
        shrunk = [self.readers.shrink(), writer is not None and writer.shrink()]
        trim_memory()
        return any(shrunk)

    def statistics(self) -> Statistics:
        """The figures of all its parts; ``None`` of those that are not there yet."""
        return {
            "project": self._project.statistics() if self._project is not None else None,
            "readers": self.readers.statistics(),
            "background": self._background.statistics() if self._background is not None else None,
        }

    def _reader(self) -> Reader:
        return Index(self._programs.folder, self._root).reader()

    def _on_unusable(self, problem: IndexDamaged | IndexMissing) -> None:
        if self._background is not None:
            self._background.repair(problem)
