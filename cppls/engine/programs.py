"""The children's programs, and how each is started for one project."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cppls.engine.child import Child
from cppls.engine.live_host import HOST_COMMAND
from cppls.engine.planning import PLANNER_COMMAND
from cppls.engine.worker import WORKER_COMMAND


@dataclass(frozen=True, slots=True)
class Programs:
    """Command lines, and the project's folder in the cache. All methods raise ``ChildDied``."""

    folder: str
    worker: Sequence[str] = WORKER_COMMAND
    host: Sequence[str] = HOST_COMMAND
    planner: Sequence[str] = PLANNER_COMMAND

    @property
    def shared_preambles(self) -> str:
        """The folder of the preambles that all units share."""
        return os.path.join(self.folder, "preambles", "shared")

    async def start_worker(self) -> Child:
        """A child that indexes units."""
        return await Child.start("index worker", self.worker)

    async def start_planner(self) -> Child:
        """A child that plans shared preambles."""
        return await Child.start("planner", self.planner)

    async def start_host(self) -> Child:
        """A child that holds the TUs of open files, and their own preambles in a folder."""
        preambles = os.path.join(self.folder, "preambles")
        return await Child.start("document host", self.host, {"CPPLS_PREAMBLES": preambles})
