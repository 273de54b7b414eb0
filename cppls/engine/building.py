"""Has a worker build a shared preamble, as a job among the others.

What the preamble holds is committed before units may use it. Knows the job's course, but neither
which preamble is worth building nor which units will use it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec

from cppls.core.messages import PreambleBuilt
from cppls.core.model import FileStatus
from cppls.engine.child import ChildDied
from cppls.engine.commits import Committer
from cppls.engine.crew import Slot, WorkerCrew
from cppls.engine.gate import Gate
from cppls.engine.governor import Governor
from cppls.engine.preambles import SharedPreambles
from cppls.engine.shares import PUT_BACK, Grant, NoRoom
from cppls.engine.worker import BuildTask, Outcome, OutOfMemory

BUILD_SECONDS: Final = 300.0
"""A build that takes longer is given up."""


class Builder:
    """Used from the event loop's thread."""

    def __init__(
        self,
        preambles: SharedPreambles,
        crew: WorkerCrew,
        governor: Governor,
        gate: Gate,
        committer: Committer,
        on_failed_start: Callable[[ChildDied], None],
    ) -> None:
        """``on_failed_start`` hears that no worker could be started."""
        self._preambles = preambles
        self._crew = crew
        self._governor = governor
        self._gate = gate
        self._committer = committer
        self._on_failed_start = on_failed_start

    async def build(self, slot: Slot, task: BuildTask) -> None:
        """Build it in this slot, and tell what became of it. Raises nothing."""
        self._preambles.begin(task)
        if not await self._try(slot, task, alone=False):
            # Its share was too small: once more with all that there is, as any file.
            await self._try(slot, task, alone=True)

    async def _try(self, slot: Slot, task: BuildTask, *, alone: bool) -> bool:
        """Whether that was the end of it: it was not when memory ran out beside others."""
        try:
            grant = await self._crew.admit(
                slot, task.path, last=task.memory, alone=alone, before_waiting=self._committer.flush
            )
        except NoRoom as reason:
            self._preambles.failed(task, str(reason), deadly=True)
            return True
        try:
            await self._attempt(slot, task, grant)
        except OutOfMemory as error:
            await self._crew.dismiss(slot)
            if grant.stopped == PUT_BACK:
                self._preambles.put_off(task, stopped=True)
            elif not alone:
                return False
            else:
                self._preambles.failed(task, str(error), deadly=True)
        finally:
            slot.grant = None
            self._governor.release(grant)
        return True

    async def _attempt(self, slot: Slot, task: BuildTask, grant: Grant) -> None:
        """Raises ``OutOfMemory``."""
        if not self._gate.is_open:
            self._preambles.put_off(task)  # Somebody waits for an answer meanwhile.
            return
        try:
            worker = await self._crew.hire(slot)
        except ChildDied as error:
            self._preambles.put_off(task)
            self._on_failed_start(error)
            return
        grant.pid = worker.child.pid
        begun = time.monotonic_ns()
        try:
            built = await asyncio.wait_for(worker.build(task, grant.size), BUILD_SECONDS)
        except OutOfMemory:
            raise
        except (ChildDied, asyncio.TimeoutError) as error:
            await self._crew.dismiss(slot)
            if grant.stopped == PUT_BACK:
                self._preambles.put_off(task, stopped=True)
            else:
                self._preambles.failed(task, str(error) or "it took too long", deadly=True)
            return
        await self._take(task, built, begun)

    async def _take(self, task: BuildTask, built: PreambleBuilt, begun: int) -> None:
        if not built.ok:
            self._preambles.failed(task, built.message)
            return
        outcome = Outcome(
            path=task.unit,
            flags_hash=0,
            status=FileStatus.INDEXED,
            shard=bytes(built.shard),
            headers=True,
            spool=task.spool,
            spooled=built.spooled,
            begun=begun,
            ended=time.monotonic_ns(),
        )
        # In its turn: what this worker extracted from the same headers before is committed first.
        if await self._committer.commit(outcome):
            self._preambles.ready(task, msgspec.structs.replace(built, shard=msgspec.Raw()))
        else:
            self._preambles.put_off(task)
