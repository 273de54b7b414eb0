"""Which include directives lead to another file now, because something came into being: a header in
a folder that is searched before the one where they found theirs, a link that leads elsewhere.

Answers from the commands' include folders and from what lies on disk. Must not know what follows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import Final

from cppls.engine.project_thread import ProjectThread
from cppls.engine.readers import Readers
from cppls.index.places import Resolved
from cppls.index.reader import Reader
from cppls.preambles.folders import Disk, Folder, Search, take_apart
from cppls.preambles.scan import Directive
from cppls.project.project import Project

DONORS: Final = 8
"""Units whose folders are searched for a header's directives: others rarely have other ones."""


async def led_elsewhere(
    new: Collection[str], project: ProjectThread, readers: Readers
) -> list[str]:
    """The indexed files with a directive that means one of ``new`` now, or what lies behind it;
    by path. Raises ``IndexProblem``."""
    includes = await readers.run(_suspects, new) if new else []
    if not includes:
        return []
    units = await readers.run(_units, {each.includer for each in includes}, project.units)
    searches = await project.run(_searches, {unit for every in units.values() for unit in every})
    return await readers.run(lambda _: _elsewhere(includes, units, searches))


def _suspects(reader: Reader, new: Collection[str]) -> list[Resolved]:
    """Directives that end as the path of a new file; all of them when a link leads to a folder."""
    if any(os.path.islink(path) and os.path.isdir(path) for path in new):
        return reader.resolved()
    found = reader.resolved({os.path.basename(path) for path in new})
    endings = [(each, f"/{re.sub(_UPWARDS, '', os.path.normpath(each.spelled))}") for each in found]
    files = {path for path in new if os.path.isfile(path)}
    return [
        each
        for each, ending in endings
        if each.target not in files and any(path.endswith(ending) for path in files)
    ]


def _units(
    reader: Reader, includers: Iterable[str], is_unit: Container[str]
) -> dict[str, Sequence[str]]:
    """By includer: the units that it is part of."""
    return {
        path: [path] if path in is_unit else reader.donors(path, DONORS)
        for path in sorted(includers)
    }


def _searches(project: Project, units: Iterable[str]) -> dict[str, Search]:
    """By unit: where it finds headers. Most units share that."""
    disk = Disk()
    known: dict[tuple[Folder, ...], Search] = {}
    found: dict[str, Search] = {}
    for unit in units:
        command = project.command(unit)
        folders = take_apart(command.arguments, command.directory).folders
        found[unit] = known.setdefault(folders, Search(folders, disk))
    return found


def _elsewhere(
    includes: Iterable[Resolved],
    units: Mapping[str, Iterable[str]],
    searches: Mapping[str, Search],
) -> list[str]:
    found: set[str] = set()
    for each in includes:
        if each.includer in found:
            continue
        directive = Directive(each.spelled, each.angled, False)
        for search in {searches[unit] for unit in units[each.includer]}:
            leads = search.find(directive, each.includer, None)
            if leads is not None and leads.path != each.target:
                found.add(each.includer)
    return sorted(found)


_UPWARDS: Final = re.compile(r"^(\.\./|/)+")
