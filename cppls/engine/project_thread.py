"""The project on a thread of its own: reading a big compile database or asking a compiler for its
include folders takes longer than the event loop may be held up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.units import Units
from cppls.engine.worker import Task
from cppls.project.project import Project
from cppls.project.values import Changes, Problem

P = ParamSpec("P")
T = TypeVar("T")


class ProjectThread:
    """A ``Project`` and the one thread that uses it. Made by ``open``."""

    def __init__(self, thread: ThreadPoolExecutor, opened: _Opened) -> None:
        self._project, self.units, self._statistics = opened
        self._thread = thread
        self.unsettled = ""
        """See ``Project.unsettled``; after the last reload."""
        self._reported: set[Problem] = set()

    @classmethod
    async def open(cls, root: str, settings: Settings, cache_dir: str) -> ProjectThread:
        """Read the project in ``root``; never raises on bad input, see ``new_problems``."""
        thread = ThreadPoolExecutor(1, "cppls-project")
        loop = asyncio.get_running_loop()
        opened = await loop.run_in_executor(thread, _open, root, settings, cache_dir)
        return cls(thread, opened)

    async def run(
        self, function: Callable[Concatenate[Project, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(project, *args)`` on the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: function(self._project, *args, **kwargs)
        )

    async def task(self, path: str, donor: str | None = None) -> Task:
        """How to parse ``path``; a header as ``donor`` is, when one is given."""
        return await self.run(_task, path, donor)

    async def tasks(self, paths: Sequence[str]) -> list[Task]:
        """How to parse these translation units; without those of them that are none any more."""
        wanted = [path for path in paths if path in self.units]
        return await self.run(lambda project: [_task(project, path, None) for path in wanted])

    async def reload(self, hints: Iterable[str] | None = None) -> Changes:
        """Read again what changed on disk; ``hints``: nothing but these may have."""
        changes = await self.run(Project.reload_if_changed, hints)
        self.unsettled = await self.run(lambda project: project.unsettled)
        if changes:
            self.units = await self.run(_units)
            self._statistics = await self.run(Project.statistics)
        return changes

    async def new_problems(self) -> list[str]:
        """What the user was not told yet: file, what is wrong with it, what to do."""
        problems = await self.run(lambda project: project.problems)
        fresh = [problem for problem in problems if problem not in self._reported]
        self._reported.update(fresh)
        self._statistics = await self.run(Project.statistics)
        return ["; ".join(filter(None, (f"{p.path}: {p.message}", p.hint))) for p in fresh]

    def close(self) -> None:
        """Let the thread end after what it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def statistics(self) -> Statistics:
        """The project's figures when something last changed."""
        return self._statistics


class _Opened(NamedTuple):
    project: Project
    units: Units
    statistics: Statistics


def _open(root: str, settings: Settings, cache_dir: str) -> _Opened:
    project = Project.open(root, settings, cache_dir)
    return _Opened(project, _units(project), project.statistics())


def _units(project: Project) -> Units:
    return Units(project.translation_units())


def _task(project: Project, path: str, donor: str | None) -> Task:
    command = project.command(path, donor=donor)
    return Task(path, command.directory, command.arguments, command.fallback, command.flags_hash)
