"""What of the index is out of date? Compares it with the project and the files on disk.

Plain functions of a reader and values, run on threads. They know neither queue nor workers: their
findings say what to index, and in which order, and what to remove.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from cppls.core.model import FileInfo, FileStatus
from cppls.engine.admission import may_fit
from cppls.engine.contents import has_changed
from cppls.engine.donors import Donors
from cppls.index.reader import Reader
from cppls.index.writer import Stamp

CHUNK: Final = 256
"""Translation units that are looked at in one go."""
NEAR: Final = 16
"""Units near a changed header of which the cheapest shows it."""


class Findings(msgspec.Struct, frozen=True):
    """What to do about files that are out of date."""

    first: list[str] = []
    """Translation units whose text has changed."""
    rest: list[str] = []
    """Other translation units to index: new ones, with other flags, stale ones."""
    reflagged: list[str] = []
    """Those of ``rest`` that were indexed with other flags."""
    removed: list[str] = []
    """Files that the index should forget, headers too."""
    changed: list[str] = []
    """Headers and units whose content is not what the index has of them."""
    outdated: list[str] = []
    """Files, headers too, with an include that may lead elsewhere now."""
    appeared: list[str] = []
    """Files and links that the index does not know."""
    donors: dict[str, str] = {}
    """By changed header: the unit that is to show what it says now. Who else is to be indexed is
    known when that is in the index; see ``index/staleness.py``."""
    touched: list[Stamp] = []
    """Files that have another time and are what they were."""

    def without(self, paths: Collection[str]) -> Findings:
        """What remains when nothing has to be done about ``paths``."""
        return msgspec.structs.replace(
            self,
            first=[path for path in self.first if path not in paths],
            rest=[path for path in self.rest if path not in paths],
            reflagged=[path for path in self.reflagged if path not in paths],
            changed=[path for path in self.changed if path not in paths],
            donors={path: unit for path, unit in self.donors.items() if path not in paths},
        )


def chunks(paths: Iterable[str]) -> Iterator[list[str]]:
    """``paths`` in lists of ``CHUNK``."""
    remaining = iter(paths)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def compare_units(reader: Reader, flags: Mapping[str, int], room: int = 0) -> Findings:
    """Translation units with their present flags hashes: those not indexed so, or gone from disk.

    A file that failed or was set aside is left alone until its content, its flags or what it
    includes change; one that did not fit into the memory budget also until there are ``room``
    bytes, much more than then.
    """
    found = Findings(first=[], rest=[], reflagged=[], removed=[], changed=[], touched=[])
    noted = set(reader.stale_units())
    for path, flags_hash in flags.items():
        info = reader.file(path)
        if not os.path.exists(path):
            found.removed.extend([path] if info is not None else [])
        elif not os.access(path, os.R_OK):
            # Once, for the message that it cannot be read; again when that has changed.
            known = info is not None and info.status is FileStatus.UNREADABLE
            found.rest.extend([] if known else [path])
        elif info is None or path in noted or _is_due(info, flags_hash, room):
            found.rest.append(path)
            if info is not None and info.flags_hash != flags_hash:
                found.reflagged.append(path)
        else:
            _compare_text(info, found, found.first)
    return found


def compare_files(reader: Reader, is_unit: Callable[[str], bool], donors: Donors) -> Findings:
    """Of all files in the index: headers that changed, files that left project or disk."""
    found = Findings(removed=[], changed=[], donors={}, touched=[])
    headers: list[str] = []
    for info in reader.all_files():
        if is_unit(info.path):
            continue
        if info.is_translation_unit or not os.path.exists(info.path):
            found.removed.append(info.path)
        else:
            _compare_text(info, found, headers)
    _find_donors(reader, headers, found, donors, is_unit)
    return found


def compare_some(
    reader: Reader,
    paths: Iterable[str],
    flags: Mapping[str, int],
    is_unit: Callable[[str], bool],
    donors: Donors,
    room: int = 0,
) -> Findings:
    """The same for files that something happened to, if it did; new ones too.

    A new file may be the header that others include and did not find (any more). A header that is
    noted as stale is taken for changed: a unit is to extract it again.

    ``flags``: the present flags hashes of the translation units among ``paths``.
    """
    found = compare_units(reader, {path: flags[path] for path in paths if path in flags}, room)
    found = msgspec.structs.replace(found, outdated=[], appeared=[], donors={})
    noted = set(reader.stale())
    headers: list[str] = []
    new = found.appeared
    for path in paths:
        info = reader.file(path)
        exists = os.path.exists(path)
        if exists and info is None:
            new.append(path)
        elif path not in flags and info is not None:
            if not exists or info.is_translation_unit:
                found.removed.append(path)
            elif path in noted:
                headers.append(path)
            else:
                _compare_text(info, found, headers)
    _find_donors(reader, headers, found, donors, is_unit)
    if new:
        # What includes a file that was there before still names it.
        again = [path for path in new if not is_unit(path) and reader.dependents([path])]
        # A link may lead elsewhere now; the index knows files by where links led.
        led = reader.through(path for path in new if os.path.islink(path))
        found.outdated.extend([*reader.missing(new), *again, *led])
    return found


def joined(findings: Iterable[Findings]) -> Findings:
    """All of them as one."""
    every = list(findings)
    return Findings(
        first=[path for each in every for path in each.first],
        rest=[path for each in every for path in each.rest],
        reflagged=[path for each in every for path in each.reflagged],
        removed=[path for each in every for path in each.removed],
        changed=[path for each in every for path in each.changed],
        outdated=[path for each in every for path in each.outdated],
        donors={path: unit for each in every for path, unit in each.donors.items()},
        touched=[stamp for each in every for stamp in each.touched],
    )


def costs(reader: Reader, paths: Iterable[str]) -> dict[str, int]:
    """Bytes that a worker had with each of these files the last time; without the unknown ones."""
    infos = (reader.file(path) for path in paths)
    return {info.path: info.peak_rss for info in infos if info is not None}


def _compare_text(info: FileInfo, found: Findings, changed: list[str]) -> None:
    """Whether a file that is there was changed, or only touched."""
    try:
        status = os.stat(info.path)
    except OSError:
        return  # It went this moment; whoever saw that will tell.
    if has_changed(info):
        changed.append(info.path)
        found.changed.append(info.path)
    elif status.st_mtime_ns != info.mtime_ns:
        found.touched.append(Stamp(info.path, info.content_hash, status.st_mtime_ns))


def _find_donors(
    reader: Reader,
    headers: Sequence[str],
    found: Findings,
    donors: Donors,
    is_unit: Callable[[str], bool],
) -> None:
    """A unit for each changed header; one that nobody is found to include is as good as gone."""
    gone = set(found.removed)
    for header in headers:
        units = (unit for unit in _includers(reader, header) if is_unit(unit) and unit not in gone)
        unit = donors.choose(header, units)
        if unit is not None:
            found.donors[header] = unit
        else:
            found.removed.append(header)


def _includers(reader: Reader, header: str) -> Iterator[str]:
    """Units that include ``header``, looked up as far as they are asked for: the cheapest of the
    near ones, which somebody waits for; they mostly include it still when others do not."""
    near = reader.donors(header, NEAR)
    yield from sorted(near, key=lambda unit: _cost(reader.file(unit)))
    claimer = reader.donor(header)
    yield from [claimer] if claimer is not None else []
    yield from reader.dependents([header])


def _cost(unit: FileInfo | None) -> float:
    """What it took the last time, in tenths of a second: with less to choose by, nearer is better.
    One that could not be indexed is the last resort."""
    is_indexed = unit is not None and unit.status is FileStatus.INDEXED
    return round(unit.cpu_seconds * 10) if unit is not None and is_indexed else math.inf


def _is_due(info: FileInfo, flags_hash: int, room: int) -> bool:
    """Whether a unit is to be indexed whatever its text."""
    if info.status is FileStatus.QUARANTINED and may_fit(info.peak_rss, room):
        return True
    unknown = info.status in (FileStatus.NONE, FileStatus.UNREADABLE)
    return unknown or info.flags_hash != flags_hash
