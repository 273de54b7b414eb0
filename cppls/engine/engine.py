"""One project, served: its index, its queue, its children, its open documents.

The facade that doors use. It serves any number of clients and knows none of them: they open
documents, take snapshots and hear events. All methods are for the event loop's thread. Paths are
real absolute paths (``core.paths.real_path``); how a client spells them is the door's business.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Concatenate, Final, Literal, ParamSpec, TypeVar

from cppls.core.budget import budget_bytes
from cppls.core.live_messages import Parsed
from cppls.core.machine import total_memory
from cppls.core.model import Severity, Statistics
from cppls.core.paths import real_path
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine import interpreter
from cppls.engine.background import Background
from cppls.engine.documents import Document, Documents
from cppls.engine.events import DocumentParsed, Event, Listener, Notice, State, StateChanged
from cppls.engine.extracted import ExtractedFiles
from cppls.engine.file_facts import FileFacts
from cppls.engine.folders import WatchedFolders
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.header_contexts import ContextsOfHeader, HeaderContexts
from cppls.engine.hints import Hints
from cppls.engine.lag import LagMonitor
from cppls.engine.live import MOMENT_SECONDS, LiveDocuments
from cppls.engine.live_host import HOST_COMMAND
from cppls.engine.memory import MemoryMeter
from cppls.engine.overview import costs, memory_tree, overview
from cppls.engine.pauses import PAUSED, Pauses
from cppls.engine.planning import PLANNER_COMMAND
from cppls.engine.programs import Programs
from cppls.engine.project_index import ProjectIndex
from cppls.engine.recent import RecentFiles
from cppls.engine.shown import ShownDiagnostics
from cppls.engine.snapshot import Snapshot
from cppls.engine.status_file import StatusFile
from cppls.engine.tools import Tools
from cppls.engine.tree import ProcessTree
from cppls.engine.worker import WORKER_COMMAND, Task
from cppls.index.reader import Reader
from cppls.index.store import project_folder_path
from cppls.project import clang_tidy, clangd_config
from cppls.project.watching import Batch

P = ParamSpec("P")
T = TypeVar("T")

_SETTINGS: Final = (clangd_config.FILE_NAME, clang_tidy.FILE_NAME)
WARMED_AT_START: Final = 4
"""Files at the most that are parsed ahead when the project is opened: those used last."""


class Engine:
    """The engine of the project at ``root``."""

    def __init__(
        self,
        root: str,
        settings: Settings,
        *,
        worker_command: Sequence[str] = WORKER_COMMAND,
        host_command: Sequence[str] = HOST_COMMAND,
        planner_command: Sequence[str] = PLANNER_COMMAND,
    ) -> None:
        """Starts nothing; the commands are those of the children's programs.

        Raises ``BudgetError`` when the settings' memory budget cannot be kept.
        """
        self.root: Final = real_path(root)
        self.settings: Final = settings
        self.memory: Final = MemoryMeter()
        self.governor: Final = Governor(
            budget_bytes(settings.memory, total_memory()),
            settings.job_count(),
            ProcessTree(
                self.memory,
                self.roles,
                self._relieve,
                lambda size: self._live.free(size),
                self._is_busy,
            ),
        )
        self._lag = LagMonitor()
        self._listeners: list[Listener] = []
        self._documents = Documents()
        self._gate = Gate()
        self._folder = project_folder_path(settings.cache_dir, self.root)
        self._programs = Programs(self._folder, worker_command, host_command, planner_command)
        self._pauses = Pauses(self._gate, settings)
        self._status_file = StatusFile(self._folder, self.overview)
        self._index = ProjectIndex(
            self.root,
            settings,
            self._programs,
            self._gate,
            self.governor,
            lambda: self._documents.current,
            self.emit,
        )
        self.governor.add_cache("page caches of the index", self._index.shrink)
        self._live = LiveDocuments(
            self,
            self._documents,
            self._gate,
            settings,
            self._programs.start_host,
            share=self.governor.host_share,
        )
        self.tools: Final = Tools(self.root, settings, self.governor)
        self._contexts = HeaderContexts(
            self._folder, self._index.readers, lambda: self._documents.current
        )
        self._facts = FileFacts(self.root, self._contexts)
        self._shown = ShownDiagnostics(
            settings,
            self.governor,
            self.tools,
            self._facts.config,
            self._facts.checks,
            self._query,
            self.emit,
        )
        self._extracted = ExtractedFiles()
        self.governor.add_cache("what edited documents hold", self._extracted.clear)
        self._recent = RecentFiles(self._folder)
        self.last_growth: Final = self._recent.growth
        self.set_aside: Final = self.governor.set_aside
        self._hints = Hints()
        self._watched = WatchedFolders(
            self.root,
            self._on_watched,
            lambda text: self.emit(Notice(Severity.WARNING, text)),
            self._index.readers,
        )
        self._after_idle: asyncio.Task[None] | None = None

    # --- life -----------------------------------------------------------------------------------

    async def start(self, *, headless: bool = False) -> None:
        """Read the project and open the index; then index in the background.

        Documents may be opened before. An index that cannot be used is a notice, not an error:
        open files are served all the same. ``headless``, where there are none, it raises
        ``IndexProblem``, also when another process writes the index, and no file is watched.
        """
        self._gate.on_hold = self.governor.wake
        self.governor.start()
        interpreter.prepare()
        self.emit(StateChanged("ready"))
        project = await self._index.read()
        self._facts.read(project)
        background = await self._index.start(project, headless=headless)
        if background.writer is None:
            self._lag.stop()  # Another process indexes: there is nothing to watch here.
        self._status_file.start()
        if not headless:
            self._pauses.start()
            self._live.warm(self._recent.paths()[:WARMED_AT_START])
            await self._watched.start(project)

    async def stop(self) -> None:
        """End all children within a moment, keep what was indexed, give the lock back."""
        self._lag.stop()
        self._shown.stop()
        self.tools.stop()
        await self._watched.stop()
        if self._after_idle is not None:
            self._after_idle.cancel()
        await self._live.stop()
        await self._index.stop()
        await self._pauses.stop()
        await self._status_file.stop()
        await self.governor.stop()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` hear all events from now on; call the result to end that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- documents ------------------------------------------------------------------------------

    def open_document(self, path: str, text: Text, version: int) -> None:
        """A client shows this text of ``path``; ``version`` comes back with its diagnostics."""
        self._live.opened(self._documents.open(path, text, version))
        self._shown.opened(path)
        self._remember(path)
        if self.background is not None:
            self.background.opened(path)

    def change_document(self, path: str, text: Text, version: int) -> None:
        """The whole text after an edit; without effect on a document that is not open."""
        document = self._documents.change(path, text, version)
        if document is not None:
            self._live.changed(document)
            if self.background is not None:
                self.background.edited()

    def save_document(self, path: str) -> None:
        """A client wrote ``path`` to disk."""
        self.files_changed([path])

    def close_document(self, path: str) -> None:
        """No client shows ``path`` any more; without effect on one that is not open."""
        document = self._documents.close(path)
        if document is not None:
            self._live.closed(document)
            self._shown.closed(path)
            self._extracted.forget(path)
            self._remember(path)
            if self.background is not None:
                self.background.closed(path)

    def files_changed(self, paths: Sequence[str]) -> None:
        """Something may have happened to these files on disk: a hint, checked at once."""
        paths = self._hints.fresh(paths)
        if any(os.path.basename(path) in _SETTINGS for path in paths):
            self._shown.settings_changed()
        self._live.files_changed(path for path in paths if path not in self._documents.current)
        if self.background is not None:
            self.background.check_files(paths)

    # --- answers --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The present moment, for one answer. To be taken before the first ``await``."""
        documents, config = self._documents.current, self._shown.config
        return Snapshot(
            self.root,
            documents,
            self._live,
            self._index.readers,
            config,
            self._index.incomplete,
            self._extracted,
        )

    def interactive(self) -> AbstractContextManager[None]:
        """Hold background jobs back while somebody waits for what the body does."""
        return self._gate.interactive()

    async def header_contexts(self, path: str) -> ContextsOfHeader:
        """What the header ``path`` can be parsed as part of, and what it is; nothing of a file
        with flags of its own."""
        if not await self._facts.is_header(path):
            return ContextsOfHeader((), False, None)
        in_context = self._live.in_context(path)
        return await self._contexts.possible(
            path, is_self_contained=None if in_context is None else not in_context
        )

    async def choose_context(self, path: str, unit: str | None) -> bool:
        """Parse the header ``path`` as part of ``unit``, with ``None`` of the nearest again; kept
        from run to run. False, and nothing changes, when ``unit`` is not known to include it."""
        if not await self._contexts.choose(path, unit):
            return False
        self._live.flags_known(await self.task(path))
        return True

    # --- control --------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """See ``events.State``."""
        return self._index.state

    @property
    def background(self) -> Background | None:
        """The background index; ``None`` before ``start``."""
        return self._index.background

    def pause(self) -> None:
        """Start no more background jobs until ``resume``."""
        self._pauses.set(PAUSED, True)

    def resume(self) -> None:
        """Go on, also after indexing had to be given up (a full disk, no libclang)."""
        self._pauses.set(PAUSED, False)
        if self._index.scheduler is not None:
            self._index.scheduler.retry()

    def spill(self) -> int:
        """Have all documents but the visible one give their memory back; how many did."""
        return self._live.relieve("hard")

    def warm(self, which: Literal["all", "open", "recent"]) -> int:
        """Bring back open documents that sleep, and parse recent files ahead, as far as the
        budget allows; how many are on their way."""
        recent = [] if which == "open" else self._recent.paths()
        return self._live.warm(recent, wake=which != "recent")

    def overview(self) -> Statistics:
        """What a user is shown of memory, see ``engine/overview.py``; the last measurement's."""
        paused = bool(self._pauses.reasons)
        return overview(self.governor, self._live, self._index.scheduler, paused=paused)

    async def costs(self) -> Statistics:
        """Files by cost; nothing where the index cannot be read."""
        return await costs(self._index.readers)

    def memory_tree(self) -> Statistics:
        """Bytes by process and file, in the shape of clangd's ``$/memoryUsage``."""
        self.governor.look()
        return memory_tree(self.governor, self._live)

    def roles(self) -> dict[int, str]:
        """Children by pid."""
        host = self._live.host()
        children = [*self._index.children(), *filter(None, [host])]
        return {**{child.pid: child.role for child in children}, **self.tools.roles()}

    def statistics(self) -> Statistics:
        """All parts' figures; measures memory, which takes about a millisecond a process."""
        self.governor.look()
        return {
            "root": self.root,
            "state": self.state,
            "index": self._folder,
            **self._index.statistics(),
            "documents": self._documents.statistics(),
            "live": self._live.statistics(),
            "shown": self._shown.statistics(),
            "tools": self.tools.statistics(),
            "extracted": self._extracted.statistics(),
            "recent": self._recent.statistics(),
            "header_contexts": self._contexts.statistics(),
            "watcher": self._watched.statistics(),
            "hints": self._hints.statistics(),
            "pauses": self._pauses.statistics(),
            "status_file": self._status_file.statistics(),
            "governor": self.governor.statistics(),
            "memory": self.memory.statistics(),
            "event_loop": self._lag.statistics(),
        }

    # --- what the parts need of the engine ------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Tell the listeners."""
        for listener in tuple(self._listeners):
            listener(event)
        if isinstance(event, StateChanged) and event.state != "idle":
            self._lag.start()
        if isinstance(event, StateChanged) and event.state == "idle":
            self._lag.stop()
            interpreter.rest()
            self._after_idle = asyncio.ensure_future(self._on_idle())

    async def task(self, path: str) -> Task:
        """How to parse any file; a header as the nearest file that includes it."""
        return await self._facts.task(path)

    async def _query(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        snapshot = self.snapshot()
        await snapshot.settle()
        return await snapshot.query(function, *args, **kwargs)

    async def preambles(self, task: Task) -> Sequence[str]:
        """What a TU may try to sit on. A file that is opened at the start waits for a moment."""
        return await self._index.preambles(task, MOMENT_SECONDS)

    def parsed(self, document: Document, parsed: Parsed) -> None:
        """A parse of a document's newest text has ended."""
        self._extracted.forget(document.path)
        self._shown.parsed(document, parsed)
        self.emit(DocumentParsed(document.path, document.version, parsed.inactive))
        self._recent.grew(document.path, parsed.grew)
        if self.background is not None:
            self.background.includes_known([os.fsdecode(path) for path in parsed.includes])

    def not_parsed(self, document: Document, reason: str) -> None:
        """A text is left alone because it kills the parser."""
        self._shown.not_parsed(document, reason)
        self.emit(DocumentParsed(document.path, document.version, []))

    def _remember(self, path: str) -> None:
        self._recent.used(path)
        self._recent.save()

    def _is_busy(self) -> bool:
        """Whether background jobs run or a document is being parsed."""
        return self.state == "indexing" or self._live.is_parsing

    def _relieve(self, level: Literal["soft", "hard"]) -> int:
        """Have documents give memory back, the one that was used last in the very end."""
        return self._live.relieve(level, self._live.visible)

    async def _on_idle(self) -> None:
        """Use what is known now: flags for headers that were opened early, folders to watch."""
        for path in self._documents.current:
            self._live.flags_known(await self.task(path))
        await self._watched.renew()

    def _on_watched(self, batch: Batch) -> None:
        self.files_changed(list(batch.paths))
        if batch.missed and self.background is not None:
            self.background.check_everything()
