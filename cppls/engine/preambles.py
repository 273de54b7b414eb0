"""The shared preambles of one project: which are built next, and which units use what there is.

A preamble is used only while what it holds is in the index, and only as long as units get through
over it. Keeps the plan and each preamble's fate; must not know processes, SQL, nor how one plans.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cppls.core.messages import PlannedPreamble, PreambleBuilt
from cppls.core.model import Statistics
from cppls.engine.preamble_folder import PreambleFolder, Record
from cppls.engine.preamble_tree import STATES, Node, NodeState, Tree
from cppls.engine.queue import Queue, Tier
from cppls.engine.worker import BuildTask, Outcome

FEW: Final = 8
"""With no more units to index, nothing is planned or built: what there is, is used."""
STRIKES: Final = 2
"""A preamble that was of no use so often is left alone until the next plan."""
WORKER_BYTES: Final = 64 << 20
"""What a worker has without anything parsed, or parsed lately."""
BUILD_BYTES: Final = 16
"""What it takes to parse and write a byte of headers. Measured: 8 to 14."""
LISTED: Final = 12
"""Preambles that ``statistics`` names: the most useful ones."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What one unit is parsed over."""

    key: str
    """Of the last preamble of the chain."""
    built: int
    """Which build of it."""
    paths: list[str]
    """See ``IndexJob.preambles``."""
    is_own: bool
    """It is what was planned for the unit, not just what there is of it so far."""


class SharedPreambles:
    """Used from the event loop's thread."""

    def __init__(
        self, folder: PreambleFolder | None, holds: Callable[[bytes], Awaitable[bool]]
    ) -> None:
        """``holds`` tells whether packed claims are all in the index. Without ``folder`` there are
        no preambles, and every method is without effect."""
        self.is_outdated = folder is not None
        """Whether the plan, if there is one, may not be of what is there now."""
        self._folder = folder
        self._holds = holds
        self._tree = Tree()
        self._adopting = asyncio.Lock()
        self._signature = b""
        self._epoch = 0
        self._serial = 0
        self._busy = False
        """More than a few units came to be indexed since the queue was last empty."""
        self._due: list[Node] = []
        self._making: set[str] = set()
        """Keys of those that a worker is building, also when the plan has changed since."""
        self._changed = False
        self._plans = self._builds = self._failures = self._over = self._declined = 0
        self._stale = self._deaths = self._lost = 0
        self._cpu_seconds = 0.0
        self._failure = ""

    @classmethod
    def none(cls) -> SharedPreambles:
        """For where there are to be none."""

        async def nothing(_: bytes) -> bool:
            return False

        return cls(None, nothing)

    # --- the plan -------------------------------------------------------------------------------

    async def load(self) -> None:
        """Take up what an earlier process left on disk. Raises ``OSError``: there is no folder."""
        folder = self._folder
        if folder is None:
            return
        async with self._adopting:
            await asyncio.to_thread(folder.prepare)
            saved = await asyncio.to_thread(folder.saved_plan)
            if saved is None:
                await asyncio.to_thread(folder.sweep, ())
            elif not self._plans:
                self._signature = saved.signature
                await self._adopt(saved.preambles, saved.flags)

    def outdate(self) -> None:
        """Units or their flags have changed: plan again."""
        self.is_outdated = self._folder is not None

    def confirm(self, signature: bytes) -> bool:
        """Whether the plan is of these units and flags, and nobody found it wrong; ``signature``:
        a hash of them."""
        return self._signature == signature

    async def adopt(
        self, signature: bytes, plan: list[PlannedPreamble], flags: Mapping[bytes, int]
    ) -> None:
        """Go on by this plan; what it has in common with the former one stays.

        ``flags``: the hash of each unit's flags.
        """
        folder = self._folder
        if folder is None:
            return
        async with self._adopting:
            self._plans += 1
            self._signature = signature
            allowed = await asyncio.to_thread(_flags_of, plan, flags)
            await self._adopt(plan, allowed)
            await asyncio.to_thread(folder.save_plan, signature, plan, allowed)

    async def _adopt(self, plan: Sequence[PlannedPreamble], flags: list[list[int]]) -> None:
        folder = self._folder
        assert folder is not None, "a plan is of no use without"
        tree = await asyncio.to_thread(Tree, plan, flags)
        records = await asyncio.to_thread(folder.sweep, tree.by_key, self._in_use())
        before, self._tree = self._tree, tree
        for node in tree.nodes:
            self._take_over(node, before.by_key.pop(node.key, None), records.get(node.key))
        folder.remove(before.by_key)
        self._changed = True

    def _take_over(self, node: Node, before: Node | None, record: Record | None) -> None:
        """What the preamble was under the former plan, or in an earlier process, it still is."""
        if before is not None:
            again = before.state == "failed" and before.strikes < STRIKES
            node.state = "planned" if again else before.state
            node.claims, node.epoch, node.disk = before.claims, before.epoch, before.disk
            node.built, node.strikes = before.built, before.strikes
            node.uses, node.declines, node.reasons = before.uses, before.declines, before.reasons
        elif record is not None and (node.parent is None or node.parent.state == "ready"):
            self._serial += 1
            node.state, node.built = "ready", self._serial
            node.claims, node.disk = record.claims, record.size

    def _in_use(self) -> set[str]:
        ready = {node.key for node in self._tree.nodes if node.state == "ready"}
        return ready | self._making

    # --- use ------------------------------------------------------------------------------------

    async def seat(self, path: str, flags_hash: int) -> Seat | None:
        """What a unit is to be parsed over now: the nearest that is ready; ``None``: nothing."""
        node = own = self._tree.seat(path, flags_hash)
        while node is not None:
            chain = node.chain()
            for each in chain:
                await self._look_for_claims(each)
            # Only now: while the index was asked about one, another may have been dropped.
            if all(each.state == "ready" for each in chain):
                folder = self._folder
                assert folder is not None, "what is ready lies in it"
                paths = [folder.output(each.key) for each in chain]
                return Seat(node.key, node.built, paths, node is own)
            node = node.parent
        return None

    def used(self, seat: Seat, outcome: Outcome) -> None:
        """A unit came back from there."""
        node = self._of(seat)
        if node is None:
            return
        if outcome.stale:
            self._stale += 1
            self.is_outdated, self._signature = True, b""
            node.strikes += 1
            node.waits_for_plan = True
            self._forget(node, "failed")
        elif outcome.declined and not seat.is_own:
            # Its other headers, which the rest of the chain will hold, may be what is in the way.
            self._declined += 1
        elif outcome.declined:
            self._tree.move(outcome.path, node.parent)
            self._decline(node, outcome.declined)
        else:
            self._over += 1
            node.uses += 1
            node.strikes = 0

    def died_over(self, seat: Seat, path: str) -> None:
        """A worker died over this unit: it is tried without any preamble."""
        node = self._of(seat)
        self._deaths += 1
        self._tree.move(path, None)
        if node is not None:
            self._decline(node, f"{os.path.basename(path)}: the worker died over it")

    def claims_changed(self) -> None:
        """Claims have left the index: look again whether those of the preambles are there."""
        self._epoch += 1

    async def _look_for_claims(self, node: Node) -> None:
        """What is ready serves only while all that it holds is in the index."""
        while node.state == "ready" and node.epoch != self._epoch:
            epoch = self._epoch
            if await self._holds(node.claims):
                node.epoch = epoch
            elif node.state == "ready":
                self._lost += 1
                self._strike(node)

    def _of(self, seat: Seat) -> Node | None:
        """``None`` when it was dropped or built anew since."""
        node = self._tree.by_key.get(seat.key)
        return node if node is not None and node.built == seat.built else None

    def _decline(self, node: Node, reason: str) -> None:
        self._declined += 1
        node.uses += 1
        node.declined(reason)
        if not node.pays:
            self._forget(node, "dropped")

    def _strike(self, node: Node) -> None:
        node.strikes += 1
        self._forget(node, "planned" if node.strikes < STRIKES else "failed")

    # --- building -------------------------------------------------------------------------------

    def put(self) -> None:
        """Units were added to the queue."""
        self._changed = self._changed or bool(self._tree.nodes)

    def idle(self) -> None:
        """Nothing waits any more."""
        self._busy = False

    def next_build(self, queue: Queue, slots: int) -> BuildTask | None:
        """What one of so many workers is to build before it takes a unit from ``queue``, if
        anything. It is looked for, not begun.

        Open files and the few that belong to them come first. Half of the workers build, one of one
        when it has nothing else to do: units that would profit wait. What belongs to a file that
        includes half of the project is not few, and profits as well.
        """
        if self._changed:
            self._count(queue)
        if not self._due or not queue or queue.has(Tier.AWAITED, Tier.OPEN):
            return None
        related = queue.count(Tier.CHANGED) + queue.count(Tier.RELATED)
        if 0 < related <= FEW:
            return None
        most = max(slots // 2, 1) if related else slots // 2
        if (related or queue.has(Tier.REST)) and len(self._making) >= most:
            return None
        return next((self._task(node) for node in self._due if node.key not in self._making), None)

    def begin(self, task: BuildTask) -> None:
        """It is being built from now on; one of the next three methods ends that."""
        node = self._tree.by_key[task.key]
        node.state = "building"
        self._due.remove(node)
        self._making.add(task.key)

    def put_off(self, task: BuildTask, *, stopped: bool = False) -> None:
        """It was not built for others' sake: it may be, some other time.

        ``stopped``: it had been begun, which does not happen often to one preamble.
        """
        node = self._end(task)
        if node is not None and stopped:
            self._strike(node)
        elif node is not None:
            self._forget(node, "planned")

    def failed(self, task: BuildTask, reason: str, *, deadly: bool = False) -> None:
        """It cannot be built: units do without. ``deadly``: not for what its headers say, but
        because the worker died or more memory or time was wanted than there is."""
        self._failures += 1
        self._failure = reason
        node = self._end(task)
        if node is not None:
            node.waits_for_plan = deadly
            self._forget(node, "failed")

    def ready(self, task: BuildTask, built: PreambleBuilt) -> None:
        """It is built, and what it holds was committed: units may use it."""
        self._builds += 1
        self._cpu_seconds += built.cpu_seconds
        node = self._end(task)
        if node is None:
            return
        self._serial += 1
        node.state, node.built, node.epoch = "ready", self._serial, -1
        node.claims, node.disk = built.keys, built.size
        self._changed = True
        if self._make_room(node):
            self._keep(node)
        else:
            self._forget(node, "dropped")

    def _end(self, task: BuildTask) -> Node | None:
        """``None``: it is not wanted any more, and what there is of it is removed."""
        self._making.discard(task.key)
        node = self._tree.by_key.get(task.key)
        if node is not None and node.state == "building":
            return node
        self._changed = True
        if self._folder is not None:
            self._folder.remove([task.key])
        return None

    def _task(self, node: Node) -> BuildTask:
        folder = self._folder
        assert folder is not None, "nothing is planned without"
        return BuildTask(
            key=node.key,
            unit=node.unit,
            path=folder.header(node.key),
            source=node.plan.source,
            directory=node.plan.directory,
            arguments=node.plan.arguments,
            output=folder.output(node.key),
            parents=[folder.output(each.key) for each in node.chain()[:-1]],
            spool=folder.header(node.key) + ".spool",
            memory=WORKER_BYTES + BUILD_BYTES * sum(each.plan.size for each in node.chain()),
        )

    def _count(self, queue: Queue) -> None:
        """Which preambles do the waiting units want; those that profit wait a little longer."""
        self._changed = False
        if not self._busy and len(queue) > FEW:
            self._busy = True
            self._tree.forgive()
        waiting = queue.waiting()
        self._tree.count(waiting if self._busy else ())
        self._due = self._tree.due()
        later = {path for path in waiting if self._tree.should_wait(path)}
        queue.demote((path for path in queue.waiting(Tier.REST) if path in later), Tier.LATER)
        queue.promote((path for path in queue.waiting(Tier.LATER) if path not in later), Tier.REST)

    def _make_room(self, new: Node) -> bool:
        """Drop what is worth least until all fit; whether ``new`` is not among it."""
        folder = self._folder
        assert folder is not None, "it lies there"
        nodes = self._tree.nodes
        used = sum(node.disk for node in nodes)
        limit = folder.limit(used)
        while used > limit:
            leaves = [n for n in nodes if n.disk and not any(c.disk for c in n.children)]
            least = min(leaves, key=lambda n: (n.waiting > 0, n.value))
            if least is new:
                return False
            used -= least.disk
            self._forget(least, "dropped")
        return True

    def _keep(self, node: Node) -> None:
        assert self._folder is not None, "it lies there"
        try:
            self._folder.keep(node.key, node.claims, node.disk)
        except OSError as error:
            self._failure = f"{self._folder.path}: {error.strerror}"  # It serves until the end.

    def _forget(self, node: Node, state: NodeState) -> None:
        """Remove it with all that continue it; what they leave undone waits for the next plan."""
        gone = list(node.family())
        for each in gone:
            if each.state not in ("dropped", "failed"):
                each.state = state
            each.claims, each.disk, each.epoch = b"", 0, -1
        self._changed = True
        if self._folder is not None:
            self._folder.remove(each.key for each in gone)

    # --- figures --------------------------------------------------------------------------------

    def overview(self) -> Statistics:
        """What a user is shown. Bytes and CPU seconds."""
        nodes = self._tree.nodes
        return {
            "preambles": len(nodes),
            **{state: sum(node.state == state for node in nodes) for state in STATES},
            "disk_bytes": sum(node.disk for node in nodes),
            "build_cpu_seconds": round(self._cpu_seconds, 3),
            "units_over": self._over,
            "declined": self._declined,
        }

    def statistics(self) -> Statistics:
        """What is planned and built, and what it is good for. Bytes and CPU seconds."""
        useful = sorted(self._tree.nodes, key=lambda node: node.value, reverse=True)
        return {
            **self.overview(),
            "plans": self._plans,
            "builds": self._builds,
            "build_failures": self._failures,
            "last_failure": self._failure,
            "units_planned": len(self._tree),
            "stale": self._stale,
            "died_over": self._deaths,
            "claims_lost": self._lost,
            "most_useful": [node.statistics() for node in useful[:LISTED]],
        }


def _flags_of(plan: Sequence[PlannedPreamble], flags: Mapping[bytes, int]) -> list[list[int]]:
    """For each preamble the flags' hashes of its own units."""
    return [sorted({flags[unit] for unit in each.units}) for each in plan]
