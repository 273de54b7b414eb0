"""What the project says of any file: how to parse it, its settings, as part of which unit.

Whoever asks before the project is read waits for that. Must not know open documents or the index.
"""

from __future__ import annotations

import asyncio

import msgspec

from cppls.engine.header_contexts import HeaderContexts
from cppls.engine.project_thread import ProjectThread
from cppls.engine.tidy import Checks
from cppls.engine.worker import Task
from cppls.project import clang_tidy
from cppls.project.clangd_values import Config
from cppls.project.project import Project


class FileFacts:
    """Those of one project. Used from the event loop's thread."""

    def __init__(self, root: str, contexts: HeaderContexts) -> None:
        self._root = root
        self._contexts = contexts
        self._project: ProjectThread | None = None
        self._read = asyncio.Event()

    def read(self, project: ProjectThread) -> None:
        """The project is read: whoever waits is answered."""
        self._project = project
        self._read.set()

    async def task(self, path: str) -> Task:
        """How to parse any file; a header as the nearest file that includes it."""
        project = await self._known()
        if not await project.run(Project.is_header, path):
            return await project.task(path)
        donor = await self._contexts.donor(path)
        task = await project.task(path, donor)
        if donor is None:
            return task
        before = await self._contexts.prefixes(path, donor)
        behind = self._contexts.is_chosen(path, donor)
        return msgspec.structs.replace(task, before=before, behind=behind)

    async def is_header(self, path: str) -> bool:
        """See ``Project.is_header``."""
        return await (await self._known()).run(Project.is_header, path)

    async def config(self, path: str) -> Config:
        """What clangd's settings say of it."""
        return await (await self._known()).run(Project.config, path)

    async def checks(self, path: str) -> Checks:
        """What clang-tidy is to look for in it."""
        config = await self.config(path)
        found = await asyncio.to_thread(
            clang_tidy.tidy_config, path, self._root, config.diagnostics.clang_tidy
        )
        return Checks(found, await self.task(path))

    async def _known(self) -> ProjectThread:
        await self._read.wait()
        assert self._project is not None, "it is read"
        return self._project
