"""Has shared preambles planned, in a child process that ends with its answer.

Knows when a plan is wanted and what the planner is asked; not how it plans, nor what follows.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from cppls.core.messages import FlagGroup, PlanPreambles, PreamblePlan
from cppls.core.model import Statistics
from cppls.engine.child import Child, ChildDied
from cppls.engine.governor import Governor
from cppls.engine.preambles import FEW, SharedPreambles
from cppls.engine.project_thread import ProjectThread
from cppls.project.project import Project
from cppls.project.values import UnitGroup

PLANNER_COMMAND: Final = (sys.executable, "-m", "cppls.preambles.planner")
PLAN_SECONDS: Final = 300.0
"""A planner that takes longer is ended, and nothing is planned."""
PART: Final = 200
"""Planning looks at all units: one of so many has to be waiting for it to pay."""


class PlannerHost:
    """Used from the event loop's thread."""

    def __init__(
        self,
        project: ProjectThread,
        preambles: SharedPreambles,
        governor: Governor,
        spawn: Callable[[], Awaitable[Child]],
    ) -> None:
        self.child: Child | None = None
        """The planner while it works."""
        self._project = project
        self._preambles = preambles
        self._governor = governor
        self._spawn = spawn
        self._planning: asyncio.Task[None] | None = None
        self._plans = 0
        self._cpu_seconds = 0.0
        self._peak_rss = 0
        self._failure = ""
        governor.add_cache("planner of shared preambles", self._give_up)

    def consider(self, waiting: int) -> None:
        """So many units wait to be indexed: plan, if that pays and has not been done."""
        busy = self._planning is not None and not self._planning.done()
        if busy or not self._preambles.is_outdated or self._governor.level != "ok":
            return
        if waiting > max(FEW, len(self._project.units) // PART):
            self._planning = asyncio.ensure_future(self._plan())

    async def stop(self) -> None:
        """End the planner."""
        if self._planning is not None:
            self._planning.cancel()
            await asyncio.wait([self._planning])

    def statistics(self) -> Statistics:
        """What planning took: CPU seconds and bytes, in the planner."""
        return {
            "planning": self.child is not None,
            "plans": self._plans,
            "cpu_seconds": round(self._cpu_seconds, 3),
            "peak_rss": self._peak_rss,
            "failure": self._failure,
        }

    async def _plan(self) -> None:
        # From here on news make the plan outdated again, also while it is being made.
        self._preambles.is_outdated = False
        try:
            question = await self._project.run(_question)
            if self._preambles.confirm(question.signature):
                return
            plan = await asyncio.wait_for(self._ask(question.request), PLAN_SECONDS)
            await self._preambles.adopt(question.signature, plan.preambles, question.flags)
        except (ChildDied, OSError, asyncio.TimeoutError) as error:
            self._failure = str(error) or "it took too long"
            return
        self._plans += 1
        self._cpu_seconds += plan.cpu_seconds
        self._peak_rss = max(self._peak_rss, plan.peak_rss)

    async def _ask(self, request: PlanPreambles) -> PreamblePlan:
        child = self.child = await self._spawn()
        try:
            return await child.ask(request, PreamblePlan)
        finally:
            self.child = None
            await child.stop()

    def _give_up(self) -> bool:
        """Memory is short: index without; whether there was anything to give."""
        if self.child is None:
            return False
        self.child.kill()
        return True


class _Question(NamedTuple):
    """Made on the project's thread: there are thousands of units."""

    request: PlanPreambles
    flags: dict[bytes, int]
    """The hash of each unit's flags."""
    signature: bytes
    """A hash of all units and their flags."""


def _question(project: Project) -> _Question:
    groups = project.unit_groups()
    request = PlanPreambles(1, [_flag_group(group) for group in groups])
    flags: dict[bytes, int] = {}
    digest = hashlib.blake2b(digest_size=16)
    for group, sent in zip(groups, request.groups, strict=True):
        flags.update(dict.fromkeys(sent.units, group.flags_hash))
        digest.update(group.flags_hash.to_bytes(8, "little", signed=True))
        digest.update(b"\0".join(sent.units))
    return _Question(request, flags, digest.digest())


def _flag_group(group: UnitGroup) -> FlagGroup:
    return FlagGroup(
        os.fsencode(group.directory),
        [os.fsencode(argument) for argument in group.arguments],
        [os.fsencode(unit) for unit in group.units],
    )
