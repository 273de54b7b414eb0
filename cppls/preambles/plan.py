"""Chooses what to precompile: a tree of preambles, in which a child continues its parent.

Greedy, from what most units include to what few do, by the measure of ``worth.py``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cppls.preambles.folders import (
    CommandLine,
    Disk,
    Folder,
    Search,
    arguments_of,
    common,
    take_apart,
)
from cppls.preambles.graph import NOWHERE, Graph, Texts, members
from cppls.preambles.seating import Seat, Seating
from cppls.preambles.worth import LINK, WORTH, gain

SAMPLE: Final = 2000
"""Units, and headers, that a choice looks at; the rest follows from it."""
MOST: Final = 256
"""Preambles of a project."""


class Group:
    """Units that are compiled with the same arguments."""

    __slots__ = ("directory", "line", "units")

    def __init__(self, directory: str, arguments: Sequence[str], units: Sequence[str]) -> None:
        self.directory = directory
        self.line: CommandLine = take_apart(arguments, directory)
        self.units = units


@dataclass(slots=True)
class Preamble:
    """One precompiled header to be, for units with these arguments."""

    parent: int
    """Position in the plan, -1 for none."""
    directory: str
    arguments: list[str]
    source: str
    key: str
    """Hash of all that it is made of: arguments, parent, headers' content. Hexadecimal."""
    size: int
    """Bytes of headers that it adds to its parent."""
    units: list[str] = field(default_factory=list[str])
    """Those that are to sit on it, and on no child of it."""


def plan(groups: Sequence[Group]) -> list[Preamble]:
    """Parents come before their children."""
    disk, texts = Disk(), Texts()
    families: dict[tuple[str, ...], list[Group]] = {}
    for group in groups:
        if group.line.rest[:1] == ("-x",) and group.line.rest[1] in _HEADER_LANGUAGE:
            families.setdefault(_family_key(group), []).append(group)
    preambles: list[Preamble] = []
    for family in families.values():
        if sum(len(group.units) for group in family) >= _FEWEST and len(preambles) < MOST:
            _Family(family, disk, texts, preambles).choose()
    return preambles


_HEADER_LANGUAGE: Final = {"c": "c-header", "c++": "c++-header"}
_FEWEST: Final = 3


def _family_key(group: Group) -> tuple[str, ...]:
    """What has to be equal for a preamble to be shared: all but the folders that are searched."""
    rest = group.line.rest
    relative = any(argument.startswith(_RELATIVE) for argument in rest)
    return (*rest, group.directory) if relative else rest


_RELATIVE: Final = ("-include", "-imacros", "-isysroot", "--sysroot", "-F", "-iframework")


@dataclass(slots=True)
class _Choice:
    """A node of the tree while it grows; sets are numbers, see ``graph.py``."""

    position: int
    """In the plan; -1: the root, which is no preamble."""
    covered: int
    """Files that it and its parents hold."""
    key: str
    children: list[_Choice] = field(default_factory=list["_Choice"])


class _Pick(NamedTuple):
    """Headers to precompile; sets of units and files are numbers."""

    headers: list[int]
    sitting: int
    """The units of the sample that include them all."""
    covered: int
    """The files that they hold, and those above."""
    size: int
    """Bytes that they add."""


class _Family:
    """Units that differ in nothing but where they look for headers."""

    def __init__(
        self, groups: Sequence[Group], disk: Disk, texts: Texts, preambles: list[Preamble]
    ) -> None:
        self._groups = groups
        self._preambles = preambles
        self._folders = common([group.line for group in groups])
        self._graph = Graph(Search(self._folders, disk), texts)
        self._units = [path for group in groups for path in group.units]
        self._includes = [self._graph.unit(path) for path in self._units]
        self._graph.close()
        self._closures = [self._graph.closure(numbers) for numbers in self._includes]
        self._seating = Seating(self._graph, texts, disk)
        step = -(-len(self._units) // SAMPLE)
        self._sample = range(0, len(self._units), step)
        self._weight = step
        self._included: dict[int, int] = self._transpose()

    def choose(self) -> None:
        """Append this family's preambles to the plan, and give each unit its own."""
        root = _Choice(-1, 0, "")
        for names, units in self._preludes().items():
            self._grow(root, units, names)
        number = 0
        for group in self._groups:
            extra = [folder for folder in group.line.folders if folder not in self._folders]
            for _ in group.units:
                self._assign(number, root, extra)
                number += 1

    def _transpose(self) -> dict[int, int]:
        """For each header that can be precompiled, the units of the sample that include it."""
        included: dict[int, int] = {}
        for place, unit in enumerate(self._sample):
            for number in members(self._closures[unit]):
                included[number] = included.get(number, 0) | 1 << place
        nodes = self._graph.nodes
        usable = [
            (units.bit_count(), number)
            for number, units in included.items()
            if nodes[number].entry and nodes[number].guarded and self._directive(number)
        ]
        usable.sort(reverse=True)
        return {number: included[number] for _, number in usable[:SAMPLE]}

    # --- the tree -------------------------------------------------------------------------------

    def _preludes(self) -> dict[frozenset[bytes], int]:
        """The units (of the sample) by the macros that they define for the system headers."""
        found: dict[frozenset[bytes], int] = {}
        for place, unit in enumerate(self._sample):
            names = self._seating.prelude(self._units[unit], self._includes[unit])
            found[names] = found.get(names, 0) | 1 << place
        return found

    def _grow(self, parent: _Choice, units: int, names: frozenset[bytes] = frozenset()) -> None:
        """Give ``parent`` the children that pay for ``units`` (of the sample), which have to begin
        with headers that define the macros ``names``."""
        while len(self._preambles) < MOST:
            pick = self._pick(units, parent.covered, names)
            if self._gain(pick.sitting.bit_count(), pick.size) < WORTH:
                return
            self._grow(self._add(parent, pick), pick.sitting)
            units &= ~pick.sitting

    def _pick(self, units: int, above: int, names: frozenset[bytes]) -> _Pick:
        """The headers that are worth most together, those of the most units first."""
        steps = [self._begin(units, above, names)]
        units = steps[0].sitting
        waiting: dict[int, int] = {
            n: all_ & units for n, all_ in self._included.items() if not steps[0].covered >> n & 1
        }
        best = 0.0
        while waiting:
            last = steps[-1]
            number = max(waiting, key=lambda each: waiting[each].bit_count())
            sitting = waiting.pop(number)
            if sitting.bit_count() * self._weight < _FEWEST:
                break
            added = self._graph.nodes[number].closure & ~last.covered
            size = last.size + self._graph.size(added)
            gain = self._gain(sitting.bit_count(), size)
            if last.headers and sitting != last.sitting and gain < best:
                continue  # Worth less than the units that would have to go without the others.
            best = gain
            steps.append(_Pick([*last.headers, number], sitting, last.covered | added, size))
            if sitting != last.sitting:
                waiting = {n: all_ & sitting for n, all_ in waiting.items()}
        return self._shared(steps)

    def _begin(self, units: int, above: int, names: frozenset[bytes]) -> _Pick:
        """The headers that define ``names``; no units when there are none that can be included."""
        begin = _Pick([], units, above, 0)
        for number, included in self._included.items() if names else ():
            defines = self._graph.scan(self._graph.nodes[number].path).defines
            mine = names.intersection(name for name, _ in defines)
            if mine and units & ~included == 0:
                names -= mine
                covered = begin.covered | self._graph.nodes[number].closure
                size = self._graph.size(covered & ~above)
                begin = _Pick([*begin.headers, number], units, covered, size)
        return begin if not names else _Pick([], 0, above, 0)

    def _shared(self, steps: Sequence[_Pick]) -> _Pick:
        """The last step, or an earlier one to begin with: when those that have to go without what
        came later save enough by what they share."""
        chosen = steps[-1]
        for step in reversed(steps):
            leaving = (step.sitting & ~chosen.sitting).bit_count()
            link = chosen.sitting.bit_count() * self._weight * LINK
            if step.headers and self._gain(leaving, step.size) - link > WORTH:
                chosen = step
        return chosen

    def _gain(self, units: int, size: int) -> float:
        """See ``worth.gain``, for units of the sample."""
        return gain(units * self._weight, size)

    def _add(self, parent: _Choice, pick: _Pick) -> _Choice:
        """Put a preamble into the plan."""
        first = self._sample[(pick.sitting & -pick.sitting).bit_length() - 1]
        source = "".join(self._directives(first, set(pick.headers), parent.covered))
        rest = list(self._groups[0].line.rest)
        rest[1] = _HEADER_LANGUAGE[rest[1]]
        arguments = arguments_of(self._folders, rest)
        added = members(pick.covered & ~parent.covered)
        digests = sorted(self._graph.nodes[number].digest.hex() for number in added)
        text = "\0".join((parent.key, self._groups[0].directory, *arguments, source, *digests))
        key = hashlib.blake2b(os.fsencode(text), digest_size=12).hexdigest()
        choice = _Choice(len(self._preambles), pick.covered, key)
        parent.children.append(choice)
        directory = self._groups[0].directory
        self._preambles.append(
            Preamble(parent.position, directory, arguments, source, key, pick.size)
        )
        return choice

    def _directives(self, unit: int, picked: set[int], above: int) -> Iterator[str]:
        """One for each header, in the order in which ``unit`` comes to them."""
        covered = above
        for number in self._preorder(unit):
            if number in picked and not covered >> number & 1:
                covered |= self._graph.nodes[number].closure
                yield f"#include {self._directive(number)}\n"

    def _preorder(self, unit: int) -> Iterator[int]:
        seen: set[int] = set()
        stack = list(reversed(self._includes[unit]))
        while stack:
            number = stack.pop()
            if number != NOWHERE and number not in seen:
                seen.add(number)
                yield number
                stack.extend(reversed(self._graph.nodes[number].includes))

    def _directive(self, number: int) -> str:
        """What to write after ``#include``; empty when it cannot be written.

        Through the folder where it was found, which makes it a system header or none, else by its
        path.
        """
        node = self._graph.nodes[number]
        name = node.path if node.folder is None else node.directive.spelled
        if any(character in name for character in '"<>\n\\'):
            return ""
        return f"<{name}>" if node.folder is not None and node.directive.angled else f'"{name}"'

    # --- units ----------------------------------------------------------------------------------

    def _assign(self, number: int, root: _Choice, extra: Sequence[Folder]) -> None:
        """Go down the tree as far as the unit includes all that there is."""
        path, closure, includes = (
            self._units[number],
            self._closures[number],
            self._includes[number],
        )
        choice = root
        while True:
            for child in choice.children:
                seat = Seat(child.position, child.covered & ~choice.covered, child.covered)
                if seat.added & ~closure == 0 and self._seating.fits(seat, path, includes, extra):
                    choice = child
                    break
            else:
                break
        if choice is not root:
            self._preambles[choice.position].units.append(path)
