"""Is what was extracted from a file once right now? What it includes tells, as it was and is.

What a file gives depends on its own text, its flags, and the text of all that it includes, directly
or not. Its *context* is a hash of the latter: of every file that it includes, what that means to an
includer (``token_hash``) and that file's own context; of a header also the flags of the unit that
extracted it. Files that include each other have one context together. Whoever kept the context of
an extraction can tell later whether it is right again, without parsing anything. Plain values; must
not know SQL, nor where versions are kept.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple


class Version(NamedTuple):
    """One extraction of a file. Files and paths are ids of the index."""

    file: int
    path: int
    content_hash: int
    token_hash: int
    flags_hash: int | None
    """Of the translation unit whose main file it is; ``None`` for a header."""
    claimed_by: int
    """The path of the translation unit that extracted it."""
    context: int | None
    """As it was when it was extracted; ``None`` while nobody knows."""
    targets: Sequence[int]
    """The paths that it includes."""
    complete: bool
    """It can be told when it is right: every include led to a file. One that did not may do so now,
    and nobody would know."""
    shelved: bool
    size: int
    mtime_ns: int


class Found(NamedTuple):
    """What a file's present text is."""

    version: Version
    """Extracted from that text: in the present context, where there is one such."""
    context: int | None
    """The present one; ``None``: it cannot be told."""

    @property
    def is_right(self) -> bool:
        """Whether indexing the file now would give what ``version`` has."""
        return self.context is not None and self.version.context == self.context


def find(versions: Mapping[int, Sequence[Version]], flags: Mapping[int, int]) -> dict[int, Found]:
    """For each path the version that is right, or else the first one.

    ``versions``: by path, what was extracted from its present text, with its present flags, in any
    context; at least one for each path. ``flags``: present flags hashes of translation units.
    """
    found: dict[int, Found] = {}
    meanings: dict[int, int] = {}
    targets = {path: _targets(of_path) for path, of_path in versions.items()}
    for circle in _circles(targets):
        chosen, context = _choose([versions[path] for path in circle], meanings, flags)
        for version in chosen:
            found[version.path] = Found(version, context)
            if context is not None:
                meanings[version.path] = _hash((version.path, version.token_hash, context))
    return found


def _choose(
    versions: Sequence[Sequence[Version]], meanings: Mapping[int, int], flags: Mapping[int, int]
) -> tuple[Sequence[Version], int | None]:
    """One version for each file of a circle, and their context."""
    for context in {version.context for version in versions[0]} - {None}:
        chosen = [
            version
            for of_path in versions
            if (version := next((v for v in of_path if v.context == context), None)) is not None
        ]
        if len(chosen) == len(versions) and _context(chosen, meanings, flags) == context:
            return chosen, context
    chosen = [of_path[0] for of_path in versions]
    return chosen, _context(chosen, meanings, flags)


def _context(
    circle: Sequence[Version], meanings: Mapping[int, int], flags: Mapping[int, int]
) -> int | None:
    """The context that the files of a circle share; a file that is in none is a circle itself."""
    members = {version.path for version in circle}
    outside = {target for version in circle for target in version.targets} - members
    if not all(version.complete for version in circle) or not outside <= meanings.keys():
        return None
    known = [(target, meanings[target]) for target in sorted(outside)]
    if len(circle) > 1:
        known += sorted((version.path, version.token_hash) for version in circle)
    claimers = sorted(version.claimed_by for version in circle if version.flags_hash is None)
    known += [(claimer, flags.get(claimer, 0)) for claimer in claimers]
    return _hash(number for pair in known for number in pair)


def _hash(numbers: Iterable[int]) -> int:
    packed = array("q", numbers).tobytes()
    digest = hashlib.blake2b(packed, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _targets(versions: Sequence[Version]) -> Sequence[int]:
    if len(versions) == 1:
        return versions[0].targets
    return list(dict.fromkeys(target for version in versions for target in version.targets))


def _circles(targets: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    """Paths that include each other, what they include before them (Tarjan, without recursion)."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_paths: list[int] = []
    closed: set[int] = set()
    for root in targets:
        if root in order:
            continue
        order[root] = lowest[root] = len(order)
        open_paths.append(root)
        walk = [(root, iter(targets[root]))]
        while walk:
            path, rest = walk[-1]
            for target in rest:
                if target in closed or target not in targets:
                    continue
                if target in order:
                    lowest[path] = min(lowest[path], order[target])
                    continue
                order[target] = lowest[target] = len(order)
                open_paths.append(target)
                walk.append((target, iter(targets[target])))
                break
            else:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    lowest[above] = min(lowest[above], lowest[path])
                if lowest[path] == order[path]:
                    circle = [open_paths.pop()]
                    while circle[-1] != path:
                        circle.append(open_paths.pop())
                    closed.update(circle)
                    yield circle
