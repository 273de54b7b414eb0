"""The background index of one project: what needs indexing, and who may write it.

One engine per project writes the index: the one that has its lock. Another one follows: it serves
from what the first writes, and takes over when that is gone. Knows no clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from cppls.core.model import FileStatus, Severity, Statistics
from cppls.core.settings import Settings
from cppls.engine import refresh
from cppls.engine.admission import may_fit
from cppls.engine.checking import Checker
from cppls.engine.child import Child
from cppls.engine.documents import Document
from cppls.engine.events import Event, Notice, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.planning import PlannerHost
from cppls.engine.preamble_folder import PreambleFolder
from cppls.engine.preambles import SharedPreambles
from cppls.engine.project_thread import ProjectThread
from cppls.engine.queue import Tier
from cppls.engine.readers import Readers
from cppls.engine.scheduler import Scheduler
from cppls.engine.tasks import TasksAhead
from cppls.engine.unit_problems import UnitProblems
from cppls.engine.worker import Outcome, Task
from cppls.engine.writing import IndexWriter
from cppls.index.errors import IndexDamaged, IndexLocked, IndexMissing, IndexProblem
from cppls.index.reader import Reader
from cppls.index.shelf import Content
from cppls.index.store import Index

FOLLOW_SECONDS: Final = 2.0
"""How often a follower tries for the lock. The lock is the kernel's, given back by a process that
closes the project as by one that dies, and no system tells others when."""


class Background:
    """Keeps the index true. Used from the event loop's thread."""

    def __init__(
        self,
        project: ProjectThread,
        readers: Readers,
        gate: Gate,
        governor: Governor,
        settings: Settings,
        emit: Callable[[Event], None],
        documents: Callable[[], Mapping[str, Document]],
        spawn: Callable[[], Awaitable[Child]],
        spawn_planner: Callable[[], Awaitable[Child]],
        preambles: PreambleFolder | None,
    ) -> None:
        """``preambles``: where shared preambles lie; ``None``: there are to be none."""
        self.preambles: Final = SharedPreambles(preambles, self._holds)
        self.scheduler: Final = Scheduler(
            self, gate, governor, settings, spawn, preambles=self.preambles
        )
        self.planner: Final = PlannerHost(project, self.preambles, governor, spawn_planner)
        self.writer: IndexWriter | None = None
        self._project = project
        self._readers = readers
        self._governor = governor
        self._settings = settings
        self._emit = emit
        self._documents = documents
        governor.on_more_room = self._retry_what_did_not_fit
        self._tasks_ahead = TasksAhead(self._fetch_tasks, self.scheduler.queue.upcoming)
        self._postponed: set[str] = set()
        """Units that were wanted while they were at work."""
        self._problems = UnitProblems(readers, self._open_paths, emit)
        self._checker = Checker(self, project, readers, emit)
        self._following: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._untidy = False
        self._stored = False
        """Something was, since it was last looked at what is stale."""
        self._stopping = False

    async def start(self, folder: str, root: str, *, follow: bool = True) -> None:
        """Become the writer, or with ``follow`` a follower while another process is.

        Raises ``IndexProblem``.
        """
        await self._checker.start(root, Index(folder, root).path)
        try:
            self.writer = await IndexWriter.open(folder, root)
        except IndexLocked as locked:
            if not follow:
                raise
            self._emit(Notice(Severity.NOTE, f"{locked}: this server answers from what it writes"))
            self._following = asyncio.ensure_future(self._follow(folder, root))
        else:
            await self._lead()

    async def stop(self) -> None:
        """Stop the workers within a moment, keep what was indexed, give the lock back."""
        self._stopping = True
        await self.planner.stop()
        await self._checker.stop()
        for task in (self._following, *self._tasks):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self.scheduler.stop()
        if self.writer is not None:
            await self.writer.close()

    async def settled(self) -> None:
        """Return when all is done, or it cannot go on (see ``Scheduler.failure``): nothing is
        queued or indexed, compared or tidied up."""
        while True:
            await self.scheduler.until_settled()
            under_way = [*self._tasks, *filter(None, [self._checker.task])]
            if not under_way:
                return
            await asyncio.wait(under_way)

    def check_everything(self) -> None:
        """Compare the whole project with the index, in the background."""
        self._checker.check_everything()

    def check_files(self, paths: Iterable[str]) -> None:
        """Something may have happened to these files."""
        self._checker.check_files(paths)

    def opened(self, path: str) -> None:
        """A file was opened: it comes next, with the source of the same name."""
        queue = self.scheduler.queue
        queue.promote(self._project.units.sources_of([path]), Tier.RELATED)
        if not self._settings.background_index and path in self._project.units:
            self.check_files([path])
        queue.promote([path], Tier.OPEN)

    def edited(self) -> None:
        """A document was edited: what is saved soon is to be indexed at once."""
        if self.writer is not None:
            self.scheduler.keep_warm()

    def includes_known(self, includes: Collection[str]) -> None:
        """An open file includes these: their sources come before the rest."""
        sources = self._project.units.sources_of(includes)
        self.scheduler.queue.promote(sources, Tier.RELATED)

    def closed(self, path: str) -> None:
        """A file is no longer open: it waits like all others, and shows what the index has."""
        if path in self.scheduler.queue.waiting(Tier.OPEN):
            self.scheduler.queue.demote([path], Tier.REST)
        if not self._documents():
            self.scheduler.let_cool()
        self._go(self._problems.publish(path))

    def repair(self, problem: IndexDamaged | IndexMissing) -> None:
        """A reader found the index damaged, or removed: build it again."""
        if self.writer is not None:
            self._go(self._rebuild(problem))

    def statistics(self) -> Statistics:
        """The scheduler's figures, the writer's, and the checks'."""
        return {
            "writes_index": self.writer is not None,
            "checker": self._checker.statistics(),
            "postponed": len(self._postponed),
            "problems": self._problems.statistics(),
            "tasks_ahead": self._tasks_ahead.statistics(),
            "scheduler": self.scheduler.statistics(),
            "writer": self.writer.statistics() if self.writer is not None else None,
            "planner": self.planner.statistics(),
        }

    # --- what the scheduler needs ---

    async def task(self, path: str) -> Task | None:
        """How to index ``path``; ``None`` for a file that left the project meanwhile."""
        self.planner.consider(len(self.scheduler.queue))  # The last file may have shown it stale.
        task = await self._tasks_ahead.take(path)
        return task and msgspec.structs.replace(task, spool=self._own_writer().spool(path))

    async def store(self, batch: Sequence[Outcome]) -> bytes:
        """Commit a batch; a damaged index is built again from this batch on."""
        writer = self._own_writer()
        try:
            keys = await writer.commit(batch)
        except IndexDamaged:
            self.check_everything()
            keys = await writer.commit(batch)
        self._after_write(writer)
        await self.want(writer.newly_stale())
        self._untidy = self._stored = True
        return keys

    async def known_keys(self) -> bytes:
        """All claims."""
        return await self._own_writer().known_keys()

    def committed(self, batch: Sequence[Outcome]) -> None:
        """Look at what waited for this; show what could not be indexed, and what can again."""
        self._checker.committed(batch, self._postponed)
        self._postponed.difference_update(each.path for each in batch if not each.headers)
        # Who went while it waited for its turn is no file that failed.
        ends = FileStatus.FAILED, FileStatus.UNREADABLE
        failed = [each.path for each in batch if each.status in ends]
        if gone := [path for path in failed if not os.path.exists(path)]:
            self.check_files(gone)
        for path in self._problems.committed(batch):
            self._go(self._problems.publish(path))

    def emit(self, event: Event) -> None:
        """Tell the listeners; when all is done, look again where that is needed, and tidy up."""
        self._emit(event)
        if isinstance(event, StateChanged) and event.state == "idle":
            self._on_idle()

    def _on_idle(self) -> None:
        if self._stopping or self._checker.look_again():
            return
        if self._untidy:
            self._untidy = False
            self._go(self._tidy())

    async def _holds(self, keys: bytes) -> bool:
        try:
            return await self._readers.run(Reader.holds, keys)
        except IndexProblem:
            return False

    # --- what the checker needs ---

    @property
    def writes(self) -> bool:
        """Whether this process writes the index."""
        return self.writer is not None

    def at_work(self) -> list[str]:
        """See ``Scheduler.at_work``."""
        return self.scheduler.at_work()

    def expect(self, count: int) -> None:
        """A comparison begins (1) or has ended (-1)."""
        self.scheduler.expect(count)
        if count < 0 and self.scheduler.state == "idle":
            self._on_idle()  # It may have found no work, and taken files back.

    def room(self) -> int:
        """See ``Governor.room_alone``."""
        return self._governor.room_alone()

    def project_changed(self) -> None:
        """Forget what was made of flags that are others now."""
        self._tasks_ahead.forget()
        self.preambles.outdate()

    async def correct(self, found: refresh.Findings) -> list[str]:
        """Remove, outdate and restamp as ``found`` says; units that are noted as stale by that."""
        writer = self._own_writer()
        if found.removed:
            self.scheduler.discard(found.removed)
            await writer.remove(found.removed)
            self._untidy = True  # What they alone include is nobody's any more.
            self._after_write(writer)
            await self._problems.over(found.removed)
        if found.outdated:
            await writer.outdate(found.outdated)
            self._after_write(writer)
        if found.reflagged:
            await writer.reflag(found.reflagged)
            self._after_write(writer)
        if found.touched:
            await writer.restamp(found.touched)
        return writer.newly_stale()

    async def want(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Queue files; open ones come first, and alone when only they are to be indexed."""
        for chunk in refresh.chunks(paths):
            # What is at work may be reading the present text: that can be told when it is done.
            self._postponed.update(at_work := {*self.scheduler.at_work()}.intersection(chunk))
            chunk = [path for path in chunk if path not in at_work]
            documents = self._documents()
            opened = [path for path in chunk if path in documents]
            self.scheduler.put(opened, min(tier, Tier.OPEN))
            if self._settings.background_index:
                self.scheduler.put(chunk, tier)
            self.planner.consider(len(self.scheduler.queue))
            await asyncio.sleep(0)  # A header of everybody's makes all of a project wait.

    async def take_back(
        self, present: Mapping[str, Content | None], flags: Mapping[str, int]
    ) -> set[str]:
        """See ``Writer.take_back``."""
        writer = self._own_writer()
        right = await writer.take_back(present, flags)
        self._untidy = True
        self._after_write(writer)
        self.scheduler.discard(right)
        await self._problems.over(right)
        return right

    async def show_failures(self) -> None:
        """See ``UnitProblems.show_failures``."""
        await self._problems.show_failures()

    # --- leading and following ---

    async def _follow(self, folder: str, root: str) -> None:
        while self.writer is None:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                self.writer = await IndexWriter.open(folder, root)
            except IndexLocked:
                continue
            except IndexProblem as problem:
                self._emit(Notice(Severity.ERROR, str(problem)))
                return
        self._emit(Notice(Severity.NOTE, "The other server is gone: this one indexes from now on"))
        await self._lead()

    async def _lead(self) -> None:
        self._after_write(self._own_writer())
        await self._take_up_preambles()
        self.check_everything()

    async def _take_up_preambles(self) -> None:
        try:
            await self.preambles.load()
        except OSError as error:
            problem = f"Headers are not precompiled: {error.filename}: {error.strerror}"
            self._emit(Notice(Severity.WARNING, problem))

    def _own_writer(self) -> IndexWriter:
        assert self.writer is not None, "only a writer's scheduler has work"
        return self.writer

    def _after_write(self, writer: IndexWriter) -> None:
        if writer.claims_were_lost():
            self.scheduler.relearn_claims()
            self.preambles.claims_changed()
        for notice in writer.new_notices():
            self._emit(Notice(Severity.WARNING, notice))

    async def _rebuild(self, problem: IndexDamaged | IndexMissing) -> None:
        writer = self._own_writer()
        try:
            if isinstance(problem, IndexDamaged):
                await writer.rebuild(problem.reason)
            elif not await writer.restore():
                return
        except IndexProblem as worse:
            self._emit(Notice(Severity.ERROR, str(worse)))
            return
        self._after_write(writer)
        self.check_everything()

    async def _tidy(self) -> None:
        await self._look_at_what_is_stale()
        writer, at_rest = self._own_writer(), self._is_at_rest()
        self._untidy = not at_rest  # What is under way ends with a look at this again.
        await writer.tidy(self._settings.shelf_bytes, at_rest=at_rest)
        self._after_write(writer)

    async def _look_at_what_is_stale(self) -> None:
        """All is done, and nothing should be. But who was to extract a header again may have begun
        when its worker knew the old claim still."""
        if self._stored and self._settings.background_index:
            self._stored = False
            with contextlib.suppress(IndexProblem):
                if stale := await self._readers.run(Reader.stale):
                    self.check_files(stale)

    def _is_at_rest(self) -> bool:
        """Whether nothing is known that the index may not have."""
        busy = self.scheduler.queue or self.scheduler.at_work()
        return self._checker.is_at_rest and not busy

    def _open_paths(self) -> Collection[str]:
        return self._documents().keys()

    def _retry_what_did_not_fit(self) -> None:
        async def retry() -> None:
            with contextlib.suppress(IndexProblem):
                room = self._governor.room_alone()
                infos = await self._readers.run(Reader.quarantined)
                await self.want([info.path for info in infos if may_fit(info.peak_rss, room)])

        if self.writer is not None:
            self._go(retry())

    async def _fetch_tasks(self, paths: Sequence[str]) -> dict[str, Task]:
        tasks = await self._project.tasks(paths)
        try:
            costs = await self._readers.run(refresh.costs, [task.path for task in tasks])
        except IndexProblem:
            costs = {}
        return {
            task.path: msgspec.structs.replace(task, last=costs.get(task.path, 0)) for task in tasks
        }

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
