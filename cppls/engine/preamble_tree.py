"""The shared preambles of a project as they were planned, and what has become of each.

A tree: a preamble continues its parent. Counts which units wait for which preamble and says what is
worth building now. Values and arithmetic only: must not know processes, files or the index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from cppls.core.messages import PlannedPreamble
from cppls.core.model import Statistics
from cppls.preambles.worth import WORTH, gain

NodeState: TypeAlias = Literal["planned", "building", "ready", "dropped", "failed"]
"""``dropped``: it does not pay; ``failed``: it could not be built, or not be used."""
STATES: Final[tuple[NodeState, ...]] = get_args(NodeState)

TRIAL: Final = 12
"""Units over a preamble after which it is judged whether it pays, ..."""
DECLINED: Final = 0.25
"""... and the part of them that may decline it."""
REASONS: Final = 3
"""Reasons that are kept of each preamble."""


@dataclass(slots=True, eq=False)
class Node:
    """One preamble."""

    plan: PlannedPreamble
    """Without its units."""
    flags: frozenset[int]
    """Hashes of the flags with which units may sit on it."""
    parent: Node | None
    unit: str
    """One of the units that include all that it holds."""
    children: list[Node] = field(default_factory=list["Node"])
    state: NodeState = "planned"
    claims: bytes = b""
    """Of the headers that it adds to its parent, packed as in ``KnownFiles``; once built."""
    epoch: int = -1
    """Of the index's claims, when these were last found to be there."""
    disk: int = 0
    """Bytes, once built."""
    total: int = 0
    """Units of the project that are to sit on it or below."""
    built: int = 0
    """How often it became ready: tells one build from the next."""
    strikes: int = 0
    """How often it could not be used, or not be built for others' sake."""
    waits_for_plan: bool = False
    """It failed for what another plan may know better: its files were others when it was used, or
    building it took a worker's life."""
    wanted: bool = False
    """It pays to build it for the units that wait."""
    awaited: bool = False
    """It is wanted, or one above it is."""
    waiting: int = 0
    """Units that wait and are to sit on it or below, when last counted."""
    uses: int = 0
    declines: int = 0
    reasons: list[str] = field(default_factory=list[str])

    @property
    def key(self) -> str:
        """Hash of all that it is made of."""
        return self.plan.key

    @property
    def gain(self) -> float:
        """Seconds that it saves the units that wait."""
        return gain(self.waiting, self.plan.size)

    @property
    def value(self) -> float:
        """Seconds that it saves when the whole project is indexed."""
        return gain(self.total, self.plan.size)

    @property
    def pays(self) -> bool:
        """Whether few enough units declined it so far."""
        return self.declines <= max(self.uses, TRIAL) * DECLINED

    @property
    def can_be_built(self) -> bool:
        """Whether all that it continues is there, and it is not."""
        return self.state == "planned" and (self.parent is None or self.parent.state == "ready")

    def chain(self) -> list[Node]:
        """From the first ancestor to itself."""
        above = self.parent.chain() if self.parent is not None else []
        return [*above, self]

    def family(self) -> Iterator[Node]:
        """Itself and all below it, children before their parents."""
        for child in self.children:
            yield from child.family()
        yield self

    def declined(self, reason: str) -> None:
        """A unit did without it."""
        self.declines += 1
        if len(self.reasons) < REASONS:
            self.reasons.append(reason)

    def statistics(self) -> Statistics:
        """State, units and bytes."""
        return {
            "key": self.key,
            "state": self.state,
            "depth": len(self.chain()),
            "units": self.total,
            "waiting": self.waiting,
            "header_bytes": self.plan.size,
            "disk_bytes": self.disk,
            "uses": self.uses,
            "declines": self.declines,
            "reasons": "; ".join(self.reasons),
        }


class Tree:
    """A plan's preambles, and which unit is to sit where."""

    def __init__(
        self, preambles: Sequence[PlannedPreamble] = (), flags: Sequence[Iterable[int]] = ()
    ) -> None:
        """``flags``: for each of ``preambles`` the flags' hashes of its own units."""
        self.nodes: Final[list[Node]] = []
        """Parents come before their children."""
        self.by_key: Final[dict[str, Node]] = {}
        self._seats: dict[str, Node] = {}
        allowed = [set(own) for own in flags]
        first = [_first(each.units) for each in preambles]
        for number in reversed(range(len(preambles))):
            parent = preambles[number].parent
            if parent >= 0:
                allowed[parent] |= allowed[number]
                first[parent] = first[parent] or first[number]
        for number, each in enumerate(preambles):
            self._add(each, frozenset(allowed[number]), first[number])

    def seat(self, path: str, flags_hash: int) -> Node | None:
        """Where a unit with these flags is to sit; ``None``: nowhere."""
        node = self._seats.get(path)
        return node if node is not None and flags_hash in node.flags else None

    def move(self, path: str, node: Node | None) -> None:
        """The unit is to sit there from now on; ``None``: nowhere."""
        self._seats.pop(path, None)
        if node is not None:
            self._seats[path] = node

    def __len__(self) -> int:
        """Units that sit anywhere."""
        return len(self._seats)

    def forgive(self) -> None:
        """Many units come to be indexed after a while. Other files lie there than those that failed
        were built from: what was half-written may be whole."""
        for node in self.nodes:
            if node.state == "failed" and not node.waits_for_plan:
                node.state, node.strikes = "planned", 0

    def count(self, waiting: Iterable[str]) -> None:
        """Find out which preambles are wanted for the units that wait."""
        for node in self.nodes:
            node.waiting = 0
        seats = self._seats
        for path in waiting:
            node = seats.get(path)
            if node is not None:
                node.waiting += 1
        for node in reversed(self.nodes):
            if node.parent is not None:
                node.parent.waiting += node.waiting
        for node in self.nodes:
            reachable = node.parent is None or node.parent.wanted or node.parent.state == "ready"
            unbuilt = node.state in ("planned", "building")
            node.wanted = unbuilt and reachable and node.gain >= WORTH
            node.awaited = node.wanted or (node.parent is not None and node.parent.awaited)

    def due(self) -> list[Node]:
        """Those that are wanted and can be built now, the most useful first."""
        found = [node for node in self.nodes if node.wanted and node.can_be_built]
        return sorted(found, key=lambda node: node.gain, reverse=True)

    def should_wait(self, path: str) -> bool:
        """Whether the unit had better wait for a preamble that is wanted."""
        node = self._seats.get(path)
        return node is not None and node.awaited

    def _add(self, plan: PlannedPreamble, flags: frozenset[int], unit: bytes) -> None:
        parent = self.nodes[plan.parent] if plan.parent >= 0 else None
        stripped = PlannedPreamble(
            plan.parent, plan.key, plan.directory, plan.arguments, plan.source, plan.size, []
        )
        node = Node(stripped, flags, parent, os.fsdecode(unit))
        self.nodes.append(node)
        self.by_key[node.key] = node
        if parent is not None:
            parent.children.append(node)
        for path in plan.units:
            self._seats[os.fsdecode(path)] = node
        above: Node | None = node
        while above is not None:
            above.total += len(plan.units)
            above = above.parent


def _first(units: Sequence[bytes]) -> bytes:
    return units[0] if units else b""
