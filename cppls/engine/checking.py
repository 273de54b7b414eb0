"""Finds out what of the index is out of date: told what may have changed, it has that compared.

Hints are gathered while a comparison runs and while git writes files; what changed while units were
at work is looked at again when they are done. Must not know queue, workers or how an index is
written: what is found it hands to the keeper of the index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from cppls.core.model import Severity, Statistics
from cppls.engine import refresh, returns
from cppls.engine.appeared import appeared, last_written
from cppls.engine.checkouts import QUIET_SECONDS, Checkouts
from cppls.engine.donors import Donors
from cppls.engine.events import Event, Notice
from cppls.engine.leading import led_elsewhere
from cppls.engine.project_thread import ProjectThread
from cppls.engine.queue import Tier
from cppls.engine.readers import Readers
from cppls.engine.second_look import SecondLook
from cppls.engine.worker import Outcome
from cppls.index.errors import IndexMissing, IndexProblem
from cppls.index.reader import Reader
from cppls.index.shelf import Content
from cppls.project.project import SETTLE, Project
from cppls.project.values import Changes

MAX_HINTS: Final = 5000
"""Changed files that are looked at one by one; with more (a branch was switched) all are."""

STORM: Final = 16
"""So many changed files at once are likely to be followed by more: a generator writes them, or
somebody who replaces a name everywhere."""
STORM_SECONDS: Final = 5.0
"""A storm is over when nothing came for ``QUIET_SECONDS``; one that lasts longer than this is
looked at in slices of this length."""


class Keeper(Protocol):
    """What follows from what is found. All of it on the event loop's thread."""

    @property
    def writes(self) -> bool:
        """Whether this process writes the index: if not, nothing is compared."""
        ...

    def at_work(self) -> Collection[str]:
        """See ``Scheduler.at_work``."""
        ...

    def expect(self, count: int) -> None:
        """See ``Scheduler.expect``; with -1 a comparison has ended."""
        ...

    def room(self) -> int:
        """Bytes that a file can have which is indexed alone."""
        ...

    def project_changed(self) -> None:
        """Flags, or the set of translation units, are others now."""
        ...

    async def correct(self, found: refresh.Findings) -> list[str]:
        """Remove, outdate and restamp as ``found`` says; units that are noted as stale by that."""
        ...

    async def want(self, paths: Iterable[str], tier: Tier = Tier.REST) -> None:
        """Have units indexed."""
        ...

    async def take_back(
        self, present: Mapping[str, Content | None], flags: Mapping[str, int]
    ) -> set[str]:
        """See ``Writer.take_back``."""
        ...

    async def show_failures(self) -> None:
        """Tell of the files that could not be indexed."""
        ...


class Checker:
    """Compares, one comparison at a time. Used from the event loop's thread."""

    def __init__(
        self,
        keeper: Keeper,
        project: ProjectThread,
        readers: Readers,
        emit: Callable[[Event], None],
    ) -> None:
        self._keeper = keeper
        self._project = project
        self._readers = readers
        self._emit = emit
        self._everything = False
        self._hints: set[str] = set()
        self._second_look = SecondLook(MAX_HINTS)
        self._donors = Donors()
        self._checking: asyncio.Task[None] | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._checkouts: Checkouts | None = None
        self._since = 0
        """See ``appeared.appeared``."""
        self._checks = 0

    async def start(self, root: str, database: str) -> None:
        """Before the index at ``database`` of the project at ``root`` is opened for writing."""
        self._checkouts = Checkouts(root)
        self._since = await asyncio.to_thread(last_written, database)

    async def stop(self) -> None:
        """Give up what is under way."""
        if self._settling is not None:
            self._settling.cancel()
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.wait([self._checking])

    def check_everything(self) -> None:
        """Compare the whole project with the index."""
        self._everything = True
        self._second_look.note_everything(self._keeper.at_work())
        self._wake()

    def check_files(self, paths: Iterable[str]) -> None:
        """Something may have happened to these files."""
        hints = set(paths)
        self._hints |= hints
        self._second_look.note(hints, self._keeper.at_work())
        if len(self._hints) > MAX_HINTS:
            self._hints.clear()
            self._everything = True
        self._wake()

    def committed(self, batch: Iterable[Outcome], postponed: Collection[str]) -> None:
        """Units are in the index: look at the headers that they were to show, and at those of them
        that are ``postponed``, wanted while they were at work."""
        waited: set[str] = set()
        for outcome in batch:
            if not outcome.headers:
                waited |= self._donors.indexed(outcome.path, outcome.begun)
                waited.update([outcome.path] if outcome.path in postponed else [])
        if waited:
            self._hints |= waited
            self._wake()

    def look_again(self) -> bool:
        """All units are done: look at what changed while they were at work, if something did."""
        if not self._second_look:
            return False
        second = self._second_look.take()
        self._hints |= second.paths
        self._everything |= second.everything
        self._wake()
        return True

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The comparison that runs; ``None`` when there is none."""
        running = self._checking is not None and not self._checking.done()
        return self._checking if running else None

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing waits to be looked at."""
        return not (self._everything or self._hints or self._second_look or self.task)

    def statistics(self) -> Statistics:
        """Comparisons, and what waits for one."""
        return {
            "checks": self._checks,
            "checking": self.task is not None,
            "hints": len(self._hints),
            "second_look": self._second_look.statistics(),
            "checkouts": self._checkouts.statistics() if self._checkouts is not None else None,
            "donors": self._donors.statistics(),
        }

    # --- one comparison after the other ---

    def _wake(self) -> None:
        if not self._keeper.writes or self.task is not None:
            return
        self._keeper.expect(1)
        self._checking = asyncio.ensure_future(self._check())
        self._checking.add_done_callback(lambda _: self._keeper.expect(-1))

    async def _check(self) -> None:
        while self._everything or self._hints:
            self._checks += 1
            try:
                await self._wait_for_checkout()
                await self._wait_for_storm()
                if self._everything:
                    self._everything = False
                    await self._check_project()
                else:
                    hints, self._hints = self._hints, set[str]()
                    await self._check_hints(hints)
            except IndexMissing:
                pass  # The keeper has been told, and has everything checked again.
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

    async def _wait_for_storm(self) -> None:
        """What is indexed while others are still being written is indexed again."""
        loop = asyncio.get_running_loop()
        end, before = loop.time() + STORM_SECONDS, 0
        while STORM <= len(self._hints) != before and loop.time() < end:
            before = len(self._hints)
            await asyncio.sleep(QUIET_SECONDS)

    async def _reload(self, hints: Iterable[str] | None = None) -> Changes:
        changes = await self._project.reload(hints)
        if unsettled := self._project.unsettled:
            # Nobody may write it any more: then this finds it bad for good, and says so.
            again = asyncio.get_running_loop().call_later
            self._settling = again(SETTLE + 0.1, self.check_files, [unsettled])
        if changes:
            self._keeper.project_changed()
            every = [*changes.added, *changes.changed, *changes.removed]
            self._second_look.note(every, self._keeper.at_work())
        return changes

    async def _check_project(self) -> None:
        await self._reload()
        units = await self._project.run(Project.translation_units)
        room = self._keeper.room()
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
        new = await self._readers.run(appeared, folders.includes, self._since)
        self._hints.update(new)
        await self._keeper.show_failures()

    async def _check_hints(self, paths: Collection[str]) -> None:
        changes = await self._reload(paths)
        every = dict.fromkeys([*paths, *changes.added, *changes.changed, *changes.removed])
        units = [path for path in every if path in self._project.units]
        flags = await self._project.run(_flags, units)
        is_unit = self._project.units.__contains__
        room = self._keeper.room()
        compare = refresh.compare_some
        found = await self._readers.run(compare, every, flags, is_unit, self._donors, room)
        self._donors.settled(every.keys() - found.donors.keys())
        found.outdated.extend(await led_elsewhere(found.appeared, self._project, self._readers))
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
        right = await self._keeper.take_back(present | dict.fromkeys(found.removed), flags)
        return found.without(right)

    async def _apply(self, found: refresh.Findings) -> None:
        if found.removed:
            # One of them may be at work, and its result come after this.
            self._second_look.note(found.removed, self._keeper.at_work())
        stale = await self._keeper.correct(found)
        self._donors.ask(found.donors)
        changed = [*found.first, *found.donors.values()]
        await self._keeper.want(changed, Tier.AWAITED if len(changed) < STORM else Tier.CHANGED)
        await self._keeper.want([*stale, *found.rest])


def _flags(project: Project, paths: Sequence[str]) -> dict[str, int]:
    return {path: project.command(path).flags_hash for path in paths}
