"""Watches the folders that matter to one project, and goes on with more as they become known.

Those that hold its sources, headers of the index (but the system's) and what describes the
project, the folders above them as far as the root, and those where a missing header could appear.
Knows the watcher and whom to tell; must not know what follows from a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple, TypeVar

from cppls.core.model import Statistics
from cppls.core.paths import is_within
from cppls.engine.project_thread import ProjectThread
from cppls.engine.readers import Readers
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader
from cppls.project import discovery, language
from cppls.project.problems import Problems
from cppls.project.project import Project
from cppls.project.values import Folders
from cppls.project.watching import Batch, Watched, Watcher

T = TypeVar("T")

MAX_MISSING: Final = 500
"""Folders at the most that are watched for headers that were not found."""


class WatchedFolders:
    """The watcher of one project, none before ``start``. Used from the event loop's thread."""

    def __init__(
        self,
        root: str,
        on_changes: Callable[[Batch], None],
        on_problem: Callable[[str], None],
        readers: Readers,
    ) -> None:
        """``on_problem`` hears, as a text for a user, of what cannot be watched."""
        self._root = root
        self._since = time.time_ns()
        self._on_changes = on_changes
        self._on_problem = on_problem
        self._readers = readers
        self._project: ProjectThread | None = None
        self._watcher: Watcher | None = None
        self._known: frozenset[str] = frozenset()
        self._following: set[asyncio.Task[None]] = set()
        self._indexed: set[str] = set()
        self._newest = -1
        self._found = 0

    async def start(self, project: ProjectThread) -> None:
        """Watch what the project names and what the index holds."""
        self._project = project
        loop = asyncio.get_running_loop()

        def hear(batch: Batch) -> None:
            _on_loop(loop, self._hear, _Heard(batch, _other_than_files(batch.paths)))

        self._watcher = await asyncio.to_thread(
            Watcher,
            await self._wanted(project),
            hear,
            lambda text: _on_loop(loop, self._on_problem, text),
            matters=language.may_be_read,
            since=self._since,
        )

    async def renew(self) -> None:
        """Watch what matters by now: the project may name, and the index hold, other files."""
        if self._watcher is not None and self._project is not None:
            self._watcher.watch(await self._wanted(self._project))

    async def stop(self) -> None:
        """Return when nothing is watched any more."""
        for task in self._following:
            task.cancel()
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.stop)

    def statistics(self) -> Statistics | None:
        """The watcher's, and folders found since the start; ``None`` before there is one."""
        if self._watcher is None:
            return None
        return {**self._watcher.statistics(), "new_folders": self._found}

    async def _wanted(self, project: ProjectThread) -> Watched:
        folders = await project.run(Project.folders)
        missing: list[str] = []
        with contextlib.suppress(IndexProblem):
            missing = await self._readers.run(Reader.unresolved)
            newest = await self._readers.run(Reader.newest)
            if newest != self._newest:
                self._newest, self._indexed = newest, await self._readers.run(Reader.folders)
        watched = await asyncio.to_thread(to_watch, self._root, folders, self._indexed, missing)
        self._known = frozenset((*watched.live, *folders.searched))
        return watched

    # --- what came ---

    def _hear(self, heard: _Heard) -> None:
        self._on_changes(heard.batch)
        if heard.folders:
            task = asyncio.ensure_future(self._follow(heard.folders))
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self, paths: Collection[str]) -> None:
        """Something happened to folders or links: tell of the files that this concerns."""
        unknown = [path for path in paths if self._may_hold_sources(path)]
        new = await asyncio.to_thread(_contents, unknown)
        self._found += len(new.folders)
        self._known |= new.folders
        if self._watcher is not None:
            self._watcher.extend(new.folders)
        concerned = set(new.files)
        with contextlib.suppress(IndexProblem):
            concerned.update(await self._readers.run(_held, paths))
        if concerned:
            self._on_changes(Batch(frozenset(concerned)))

    def _may_hold_sources(self, path: str) -> bool:
        """Whether a folder is new, where the project's sources or headers are."""
        if path in self._known or discovery.is_skipped(os.path.basename(path)):
            return False
        return is_within(path, self._root) or os.path.dirname(path) in self._known


def to_watch(
    root: str, folders: Folders, indexed: Collection[str], missing: Iterable[str]
) -> Watched:
    """What to watch, the weightiest first."""
    headers = [f for f in sorted(indexed) if not any(is_within(f, s) for s in folders.system)]
    held = dict.fromkeys((*folders.description, *folders.sources, *headers))
    above = dict.fromkeys(up for folder in held for up in _up_to(root, folder))
    # There may be links in these that lead to headers.
    includes = [folder for folder in folders.includes if is_within(folder, root)]
    awaited = _places_of(missing, folders.includes, root)
    live = dict.fromkeys((*held, *above, *includes, *awaited))
    slow = dict.fromkeys((*folders.above, *folders.searched))
    return Watched(tuple(live), tuple(each for each in slow if each not in live))


class _Heard(NamedTuple):
    batch: Batch
    folders: list[str]
    """Those of its paths that are no files: folders, links, what is gone."""


class _Contents(NamedTuple):
    folders: set[str]
    files: list[str]


def _held(reader: Reader, folders: Collection[str]) -> list[str]:
    """The indexed files in folders, and below those that are gone."""
    gone = [folder for folder in folders if not os.path.lexists(folder)]
    return [*reader.below(gone, deep=True), *reader.below(folders, deep=False)]


def _up_to(root: str, folder: str) -> Iterable[str]:
    """The folders above ``folder`` as far as ``root``: a new one may appear in each of them."""
    while folder != root and is_within(folder, root):
        folder = os.path.dirname(folder)
        yield folder


def _places_of(missing: Iterable[str], includes: Iterable[str], root: str) -> list[str]:
    """Folders where a header that an include directive spells could appear."""
    below = {os.path.dirname(os.path.normpath(name)) for name in missing}
    found: dict[str, None] = {}
    for folder in includes if below else ():
        for part in sorted(below):
            place = os.path.normpath(os.path.join(folder, part))
            # A folder that does not exist is waited for in the nearest one that does.
            if is_within(place, root) or os.path.isdir(place):
                found[place] = None
            if len(found) >= MAX_MISSING:
                return list(found)
    return list(found)


def _contents(paths: Iterable[str]) -> _Contents:
    """Sources and headers below new folders, and the folders on the way to them."""
    folders: set[str] = set()
    files: list[str] = []
    for path in paths:
        if not os.path.isdir(path) or os.path.islink(path):
            continue
        tree = discovery.scan(path, Problems())
        found = [*tree.sources, *tree.headers]
        files += found
        for folder in {*map(os.path.dirname, found)} if found else ():
            folders.update((folder, *_up_to(path, folder)))
    return _Contents(folders, files)


def _other_than_files(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if os.path.islink(path) or not os.path.isfile(path)]


def _on_loop(loop: asyncio.AbstractEventLoop, function: Callable[[T], None], argument: T) -> None:
    """From another thread: have the loop call ``function``, if there still is a loop."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, argument)
