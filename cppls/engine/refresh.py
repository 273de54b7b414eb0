"""What of the index is out of date? Compares it with the project and the files on disk.

Plain functions of a reader and values, run on threads. They know neither queue nor workers: their
findings say what to index, and in which order, and what to remove.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec

from cppls.core.model import FileInfo, FileStatus
from cppls.core.paths import is_within
from cppls.engine.admission import may_fit
from cppls.engine.contents import has_changed
from cppls.index.reader import Reader

CHUNK: Final = 256
"""Translation units that are looked at in one go."""


class Findings(msgspec.Struct, frozen=True):
    """What to do about files that are out of date; paths of translation units but for removals."""

    first: list[str] = []
    """One that includes each changed header: the header is right again after these."""
    rest: list[str] = []
    removed: list[str] = []
    """Files that the index should forget, headers too."""
    changed: list[str] = []
    """Headers and units whose content is not what the index has of them."""

    def without(self, paths: Collection[str]) -> Findings:
        """What remains when nothing has to be done about ``paths``."""
        return Findings(
            [path for path in self.first if path not in paths],
            [path for path in self.rest if path not in paths],
            self.removed,
            [path for path in self.changed if path not in paths],
        )


def chunks(paths: Iterable[str]) -> Iterator[list[str]]:
    """``paths`` in lists of ``CHUNK``."""
    remaining = iter(paths)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def compare_units(reader: Reader, flags: Mapping[str, int], room: int = 0) -> Findings:
    """Translation units with their present flags hashes: those not indexed so, or gone from disk.

    A file that failed or was set aside is left alone until its content or flags change; one that
    did not fit into the memory budget also until there are ``room`` bytes, much more than then.
    """
    stale: list[str] = []
    removed: list[str] = []
    for path, flags_hash in flags.items():
        info = reader.file(path)
        if not os.path.exists(path):
            removed += [path] if info is not None else []
        elif not os.access(path, os.R_OK):
            # Once, for the message that it cannot be read; again when that has changed.
            known = info is not None and info.status is FileStatus.UNREADABLE
            stale += [] if known else [path]
        elif info is None or _is_stale(info, flags_hash, room):
            stale.append(path)
    return Findings(rest=stale, removed=removed)


def compare_files(reader: Reader, is_unit: Callable[[str], bool]) -> Findings:
    """Of all files in the index: headers that changed, files that left project or disk."""
    changed: list[str] = []
    removed: list[str] = []
    for info in reader.all_files():
        if is_unit(info.path):
            continue
        if info.is_translation_unit or not os.path.exists(info.path):
            removed.append(info.path)
        elif has_changed(info):
            changed.append(info.path)
    return findings_for(reader, changed, removed, is_unit)


def compare_some(
    reader: Reader,
    paths: Iterable[str],
    flags: Mapping[str, int],
    is_unit: Callable[[str], bool],
    room: int = 0,
) -> Findings:
    """The same for files that something happened to, if it did; new ones too.

    A new file may be the header that others include and did not find (any more). A header among
    them has to be forgotten, or its includers would take what is known of it for good.

    ``flags``: the present flags hashes of the translation units among ``paths``.
    """
    changed: list[str] = []
    removed: list[str] = []
    new: list[str] = []
    stale: list[str] = []
    for path in paths:
        info = reader.file(path)
        if not os.path.exists(path):
            removed += [path] if info is not None else []
        elif info is None:
            new.append(path)
        elif path not in flags and info.is_translation_unit:
            removed.append(path)
        elif has_changed(info):
            changed.append(path)
        elif path in flags and _is_stale(info, flags[path], room):
            stale.append(path)
    for path in reader.missing(new) if new else ():
        (changed if is_unit(path) else removed).append(path)
    found = findings_for(reader, changed, removed, is_unit)
    # What includes a file that was there before still names it.
    rest = [path for path in [*new, *reader.dependents(new), *stale] if is_unit(path)]
    return msgspec.structs.replace(found, rest=list(dict.fromkeys([*rest, *found.rest])))


def findings_for(
    reader: Reader,
    changed: Collection[str],
    removed: Collection[str],
    is_unit: Callable[[str], bool],
) -> Findings:
    """What to index when these files changed or went, directly or through what includes them."""
    gone = set(removed)
    first = [path for path in changed if is_unit(path)]
    for path in changed:
        donor = None if is_unit(path) else reader.donor(path)
        if donor is not None and donor not in gone:
            first.append(donor)
    rest = [
        path
        for path in reader.dependents([*changed, *removed])
        if path not in gone and is_unit(path)
    ]
    early = dict.fromkeys(first)
    rest = [path for path in rest if path not in early]
    return Findings(list(early), rest, list(removed), list(changed))


def joined(findings: Iterable[Findings]) -> Findings:
    """All of them as one, each file once."""
    every = list(findings)
    first = dict.fromkeys(path for each in every for path in each.first)
    return Findings(
        list(first),
        [p for p in dict.fromkeys(path for each in every for path in each.rest) if p not in first],
        [path for each in every for path in each.removed],
        [path for each in every for path in each.changed],
    )


def folders_within(reader: Reader, root: str) -> set[str]:
    """Folders below ``root`` that hold indexed files."""
    folders = {os.path.dirname(info.path) for info in reader.all_files()}
    return {folder for folder in folders if is_within(folder, root)}


def costs(reader: Reader, paths: Iterable[str]) -> dict[str, int]:
    """Bytes that a worker had with each of these files the last time; without the unknown ones."""
    infos = (reader.file(path) for path in paths)
    return {info.path: info.peak_rss for info in infos if info is not None}


def _is_stale(info: FileInfo, flags_hash: int, room: int) -> bool:
    if info.status is FileStatus.QUARANTINED and may_fit(info.peak_rss, room):
        return True
    if info.status in (FileStatus.NONE, FileStatus.UNREADABLE):
        return True
    return info.flags_hash != flags_hash or has_changed(info)
