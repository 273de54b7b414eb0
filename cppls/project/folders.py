"""Folders that matter to a project, worked out from what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from cppls.project.locate import build_folders, git_folder
from cppls.project.values import UnitGroup


def description(root: str, files: Iterable[str]) -> tuple[str, ...]:
    """Of the files that describe the project, and where such a file could appear."""
    git = git_folder(root)
    found = [root, *map(os.path.dirname, files), *build_folders(root), *([git] if git else [])]
    return tuple(dict.fromkeys(found))


def sources(paths: Iterable[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """Of these files. ``places``: folders and links as the database spells them, resolved."""
    found = dict.fromkeys(map(os.path.dirname, paths))
    for spelled, real in places.items():
        if spelled != real:
            found |= dict.fromkeys(_with_links(spelled))
    return tuple(found)


def includes(groups: Iterable[UnitGroup]) -> tuple[str, ...]:
    """Searched for headers by any of the groups, in full; without the system's own."""
    found: dict[str, None] = {}
    for group in groups:
        rest = iter(group.arguments)
        for argument in rest:
            if argument == "-nostdinc":
                break  # The toolchain's follow.
            if argument.startswith("-I"):
                folder = argument[2:]
            elif argument in ("-iquote", "-isystem", "-idirafter"):
                folder = next(rest, "")
            else:
                continue
            found[os.path.normpath(os.path.join(group.directory, folder))] = None
    return tuple(found)


def _with_links(path: str) -> Iterable[str]:
    """The folders on the way to ``path`` that hold a link which the way takes."""
    while path != (parent := os.path.dirname(path)):
        if os.path.islink(path):
            yield parent
        path = parent
