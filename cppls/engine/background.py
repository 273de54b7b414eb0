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
from cppls.engine import refresh, returns
from cppls.engine.admission import may_fit
from cppls.engine.checkouts import Checkouts
from cppls.engine.child import Child
from cppls.engine.documents import Document
from cppls.engine.donors import Donors
from cppls.engine.events import DiagnosticsChanged, Event, Notice, StateChanged
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.planning import PlannerHost
from cppls.engine.preamble_folder import PreambleFolder
from cppls.engine.preambles import SharedPreambles
from cppls.engine.project_thread import ProjectThread
from cppls.engine.queue import Tier
from cppls.engine.readers import Readers
from cppls.engine.scheduler import Scheduler
from cppls.engine.second_look import SecondLook
from cppls.engine.tasks import TasksAhead
from cppls.engine.worker import Outcome, Task
from cppls.engine.writing import IndexWriter
from cppls.index.errors import IndexDamaged, IndexLocked, IndexMissing, IndexProblem
from cppls.index.reader import Reader
from cppls.index.store import Index
from cppls.project.project import SETTLE, Project
from cppls.project.values import Changes

FOLLOW_SECONDS: Final = 2.0
"""How often a follower tries for the lock. The lock is the kernel's, given back by a process that
closes the project as by one that dies, and no system tells others when."""

MAX_HINTS: Final = 5000
"""Changed files that are looked at one by one; with more (a branch was switched) all are."""


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
        self._everything = False
        self._hints: set[str] = set()
        self._second_look = SecondLook(MAX_HINTS)
        self._postponed: set[str] = set()
        """Units that were wanted while they were at work."""
        self._donors = Donors(lambda: self._documents().keys())
        self._checking: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._with_problem: set[str] = set()
        self._untidy = False
        self._stopping = False
        self._since = 0
        """See ``refresh.appeared``."""
        self._checkouts: Checkouts | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._checks = 0

    async def start(self, folder: str, root: str, *, follow: bool = True) -> None:
        """Become the writer, or with ``follow`` a follower while another process is.

        Raises ``IndexProblem``.
        """
        self._checkouts = Checkouts(root)
        self._since = await asyncio.to_thread(refresh.last_written, Index(folder, root).path)
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
        if self._settling is not None:
            self._settling.cancel()
        for task in (self._following, self._checking, *self._tasks):
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
            if not self._tasks and not self._is_checking:
                return
            await asyncio.wait([*self._tasks, *filter(None, [self._checking])])

    def check_everything(self) -> None:
        """Compare the whole project with the index, in the background."""
        self._everything = True
        self._second_look.note_everything(self.scheduler.at_work())
        self._wake_check()

    def check_files(self, paths: Iterable[str]) -> None:
        """Something may have happened to these files."""
        hints = set(paths)
        self._hints |= hints
        self._second_look.note(hints, self.scheduler.at_work())
        if len(self._hints) > MAX_HINTS:
            self._hints.clear()
            self._everything = True
        self._wake_check()

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
        self.scheduler.queue.demote([path], Tier.REST)
        self._go(self._publish(path))

    def repair(self, problem: IndexDamaged | IndexMissing) -> None:
        """A reader found the index damaged, or removed: build it again."""
        if self.writer is not None:
            self._go(self._rebuild(problem))

    def statistics(self) -> Statistics:
        """The scheduler's figures, the writer's, and the checks'."""
        return {
            "writes_index": self.writer is not None,
            "checks": self._checks,
            "checking": self._is_checking,
            "hints": len(self._hints),
            "second_look": self._second_look.statistics(),
            "checkouts": self._checkouts.statistics() if self._checkouts is not None else None,
            "postponed": len(self._postponed),
            "donors": self._donors.statistics(),
            "files_with_problems": len(self._with_problem),
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
        await self._want(writer.newly_stale())
        self._untidy = True
        return keys

    async def known_keys(self) -> bytes:
        """All claims."""
        return await self._own_writer().known_keys()

    def committed(self, batch: Sequence[Outcome]) -> None:
        """Look at what waited for this; show what could not be indexed, and what can again."""
        self._look_at_what_waited(batch)
        # Who went while it waited for its turn is no file that failed.
        ends = FileStatus.FAILED, FileStatus.UNREADABLE
        failed = [each.path for each in batch if each.status in ends]
        if gone := [path for path in failed if not os.path.exists(path)]:
            self.check_files(gone)
        for outcome in batch:
            if outcome.headers:
                continue
            if outcome.status is not FileStatus.INDEXED:
                self._with_problem.add(outcome.path)
            elif outcome.path in self._with_problem:
                self._with_problem.discard(outcome.path)
            else:
                continue
            self._go(self._publish(outcome.path))

    def emit(self, event: Event) -> None:
        """Tell the listeners; when all is done, look again where that is needed, and tidy up."""
        self._emit(event)
        if isinstance(event, StateChanged) and event.state == "idle":
            self._on_idle()

    def _on_idle(self) -> None:
        if self._stopping:
            return
        if self._second_look:
            self._look_again(self._second_look.take())
        elif self._untidy:
            self._untidy = False
            self._go(self._tidy())

    async def _holds(self, keys: bytes) -> bool:
        try:
            return await self._readers.run(Reader.holds, keys)
        except IndexProblem:
            return False

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
        writer, at_rest = self._own_writer(), self._is_at_rest()
        self._untidy = not at_rest  # What is under way ends with a look at this again.
        await writer.tidy(self._settings.shelf_bytes, at_rest=at_rest)
        self._after_write(writer)

    def _is_at_rest(self) -> bool:
        """Whether nothing is known that the index may not have."""
        waits = self._everything or self._hints or self._second_look or self._is_checking
        return not (waits or self.scheduler.queue or self.scheduler.at_work())

    # --- checking ---

    def _retry_what_did_not_fit(self) -> None:
        async def retry() -> None:
            with contextlib.suppress(IndexProblem):
                room = self._governor.room_alone()
                infos = await self._readers.run(Reader.quarantined)
                await self._want([info.path for info in infos if may_fit(info.peak_rss, room)])

        if self.writer is not None:
            self._go(retry())

    @property
    def _is_checking(self) -> bool:
        return self._checking is not None and not self._checking.done()

    def _wake_check(self) -> None:
        if self.writer is None or self._is_checking:
            return
        self.scheduler.expect(1)
        self._checking = asyncio.ensure_future(self._check())
        self._checking.add_done_callback(self._on_checked)

    def _on_checked(self, _: asyncio.Task[None]) -> None:
        self.scheduler.expect(-1)
        if self.scheduler.state == "idle":  # It may have found no work, and taken files back.
            self._on_idle()

    async def _check(self) -> None:
        while self._everything or self._hints:
            self._checks += 1
            try:
                await self._wait_for_checkout()
                if self._everything:
                    self._everything = False
                    await self._check_project()
                else:
                    hints, self._hints = self._hints, set[str]()
                    await self._check_hints(hints)
            except IndexMissing:
                pass  # ``repair`` has been told, and has everything checked again.
            except IndexProblem as problem:
                self._emit(Notice(Severity.ERROR, str(problem)))
            except Exception as defect:
                # Silent, it would look like a project in which there is nothing to do.
                message = f"What is out of date was not found, over a defect of cppls: {defect!r}"
                self._emit(Notice(Severity.ERROR, message))
            for problem in await self._project.new_problems():
                self._emit(Notice(Severity.WARNING, problem))

    async def _wait_for_checkout(self) -> None:
        checkouts = self._checkouts
        if checkouts is not None:
            await checkouts.finished(lambda: (self._everything, len(self._hints)))
            # Only who knows all that has changed can tell what is back as it was.
            self._everything |= await checkouts.moved()

    async def _fetch_tasks(self, paths: Sequence[str]) -> dict[str, Task]:
        tasks = await self._project.tasks(paths)
        try:
            costs = await self._readers.run(refresh.costs, [task.path for task in tasks])
        except IndexProblem:
            costs = {}
        return {
            task.path: msgspec.structs.replace(task, last=costs.get(task.path, 0)) for task in tasks
        }

    async def _reload(self, hints: Iterable[str] | None = None) -> Changes:
        changes = await self._project.reload(hints)
        if unsettled := self._project.unsettled:
            # Nobody may write it any more: then this finds it bad for good, and says so.
            again = asyncio.get_running_loop().call_later
            self._settling = again(SETTLE + 0.1, self.check_files, [unsettled])
        if changes:
            self._tasks_ahead.forget()
            self.preambles.outdate()
            every = [*changes.added, *changes.changed, *changes.removed]
            self._second_look.note(every, self.scheduler.at_work())
        return changes

    async def _check_project(self) -> None:
        await self._reload()
        units = await self._project.run(Project.translation_units)
        room = self._governor.room_alone()
        earlier = await self._readers.run(Reader.earlier)
        every: list[refresh.Findings] = []
        for chunk in refresh.chunks(units):
            flags = await self._project.run(_flags, chunk)
            found = await self._readers.run(refresh.compare_units, flags, room)
            if earlier:
                every.append(found)  # What is back can only be told when all changes are known.
            else:
                await self._apply(found)
        gone = {path for found in every for path in found.removed}
        stay = self._project.units

        def is_unit(path: str) -> bool:
            return path in stay and path not in gone

        compare = refresh.compare_files
        every.append(await self._readers.run(compare, is_unit, self._donors))
        await self._apply(await self._take_back(refresh.joined(every), earlier))
        folders = await self._project.run(Project.folders)
        new = await self._readers.run(refresh.appeared, folders.includes, self._since)
        self._hints.update(new)
        for info in await self._readers.run(Reader.failures):
            if info.path not in self._with_problem:
                self._with_problem.add(info.path)
                await self._publish(info.path)

    async def _check_hints(self, paths: Collection[str]) -> None:
        changes = await self._reload(paths)
        every = dict.fromkeys([*paths, *changes.added, *changes.changed, *changes.removed])
        units = [path for path in every if path in self._project.units]
        flags = await self._project.run(_flags, units)
        room = self._governor.room_alone()
        is_unit = self._project.units.__contains__
        compare = refresh.compare_some
        found = await self._readers.run(compare, every, flags, is_unit, self._donors, room)
        self._donors.settled(every.keys() - found.donors.keys())
        earlier = await self._readers.run(Reader.earlier, [*every, *found.changed])
        await self._apply(await self._take_back(found, earlier, only_texts=not changes))

    async def _take_back(
        self, found: refresh.Findings, earlier: returns.Earlier, *, only_texts: bool = False
    ) -> refresh.Findings:
        """What is left to do when all that is right again was taken back from the shelf.

        ``earlier``: what is kept of the files that may be back. ``only_texts``: flags are the same.
        """
        units = [*found.first, *found.rest]
        suspects = {*units, *found.changed, *found.removed}
        if not earlier or not suspects:
            return found
        present = await self._readers.run(returns.on_disk, suspects, earlier)
        if only_texts and not returns.is_back(present, earlier):
            return found
        flags: dict[str, int] = {}
        for chunk in refresh.chunks(units):
            flags |= await self._project.run(_flags, chunk)
        writer = self._own_writer()
        right = await writer.take_back(present | dict.fromkeys(found.removed), flags)
        self._untidy = True
        self._after_write(writer)
        self.scheduler.discard(right)
        for path in self._with_problem & right:
            self._with_problem.discard(path)
            await self._publish(path)
        return found.without(right)

    def _look_again(self, second: SecondLook) -> None:
        """At what changed while units were at work."""
        self._hints |= second.paths
        self._everything |= second.everything
        self._wake_check()

    def _look_at_what_waited(self, batch: Sequence[Outcome]) -> None:
        """Units that were wanted while they were at work, headers that a unit was to show."""
        waited: set[str] = set()
        for outcome in batch:
            if not outcome.headers:
                waited |= self._donors.indexed(outcome.path, outcome.begun)
                waited |= self._postponed & {outcome.path}
        if waited:
            self._postponed -= waited
            self._hints |= waited
            self._wake_check()

    async def _apply(self, found: refresh.Findings) -> None:
        writer = self._own_writer()
        if found.removed:
            self.scheduler.discard(found.removed)
            # One of them may be at work, and its result come after this.
            self._second_look.note(found.removed, self.scheduler.at_work())
            await writer.remove(found.removed)
            self._untidy = True  # What they alone include is nobody's any more.
            self._after_write(writer)
            for path in self._with_problem.intersection(found.removed):
                self._with_problem.discard(path)
                await self._publish(path)
        if found.outdated:
            await writer.outdate(found.outdated)
            self._after_write(writer)
        if found.touched:
            await writer.restamp(found.touched)
        self._donors.ask(found.donors)
        await self._want([*found.first, *found.donors.values()], Tier.CHANGED)
        await self._want([*writer.newly_stale(), *found.rest])

    async def _want(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Queue files; open ones come first, and alone when only they are to be indexed."""
        for chunk in refresh.chunks(paths):
            # What is at work may be reading the present text: that can be told when it is done.
            self._postponed.update(at_work := {*self.scheduler.at_work()}.intersection(chunk))
            chunk = [path for path in chunk if path not in at_work]
            documents = self._documents()
            self.scheduler.put((path for path in chunk if path in documents), Tier.OPEN)
            if self._settings.background_index:
                self.scheduler.put(chunk, tier)
            self.planner.consider(len(self.scheduler.queue))
            await asyncio.sleep(0)  # A header of everybody's makes all of a project wait.

    # --- diagnostics of files that are not open ---

    async def _publish(self, path: str) -> None:
        try:
            problems = await self._readers.run(Reader.problems, path)
        except IndexProblem:
            problems = []
        if path not in self._documents():
            self._emit(DiagnosticsChanged(path, None, problems))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _flags(project: Project, paths: Iterable[str]) -> dict[str, int]:
    return {path: project.command(path).flags_hash for path in paths}
