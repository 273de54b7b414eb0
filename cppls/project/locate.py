"""Finding what says how a project is compiled: a compile database, ``compile_flags.txt``, nothing.

Looked for in the root, then in the folders above it as clangd does, but not past the top of a
version-controlled tree, the home folder, or a folder that everybody may write to (``/tmp``).
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

DATABASE: Final = "compile_commands.json"
FLAGS_FILE: Final = "compile_flags.txt"
GUESSED: Final = "guessed"


class Origin(NamedTuple):
    """Where a project's flags come from: ``kind`` is one of the names above."""

    kind: str
    path: str
    """Of the file; empty when guessed."""


def locate(root: str, setting: str = "") -> Origin:
    """What describes the project in ``root``. ``setting`` is a database or its folder, and wins.

    A setting that names nothing gives its path all the same: reading it tells what is wrong.
    """
    if setting:
        return named(os.path.join(root, os.path.expanduser(setting)))
    for folder in upwards(root):
        for candidate in _databases(folder):
            return Origin(DATABASE, candidate)
        flags = os.path.join(folder, FLAGS_FILE)
        if os.path.isfile(flags):
            return Origin(FLAGS_FILE, flags)
    return Origin(GUESSED, "")


def named(path: str) -> Origin:
    """The database or ``compile_flags.txt`` at ``path``, or in the folder that it is."""
    path = os.path.normpath(path)
    if os.path.isdir(path):
        flags = os.path.join(path, FLAGS_FILE)
        path = os.path.join(path, DATABASE)
        if not os.path.isfile(path) and os.path.isfile(flags):
            path = flags
    return Origin(FLAGS_FILE if os.path.basename(path) == FLAGS_FILE else DATABASE, path)


def upwards(root: str) -> list[str]:
    """``root`` and the folders above it whose files may speak for the project, nearest first."""
    home = os.path.expanduser("~")
    folders = [root]
    while True:
        folder, parent = folders[-1], os.path.dirname(folders[-1])
        if parent == folder or folder == home or _is_top(folder) or not _is_trusted(parent):
            return folders
        folders.append(parent)


def build_folders(folder: str) -> list[str]:
    """The folders in ``folder`` where builds usually lie."""
    found = glob.glob(os.path.join(glob.escape(folder), "*build*", ""))
    return [path.rstrip(os.sep) for path in found]


def git_folder(root: str) -> str:
    """The folder whose ``HEAD`` says which branch is checked out in ``root``; empty without git."""
    for folder in upwards(root):
        path = os.path.join(folder, ".git")
        if os.path.isdir(path):
            return path
        try:
            # A work tree, or a submodule: a file that names the folder.
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                kind, _, named = file.read(4096).partition(":")
        except OSError:
            continue
        return os.path.normpath(os.path.join(folder, named.strip())) if kind == "gitdir" else ""
    return ""


def _databases(folder: str) -> Iterator[str]:
    """In the folder itself, its ``build``, and of its ``build*`` the one written last."""
    for path in (os.path.join(folder, DATABASE), os.path.join(folder, "build", DATABASE)):
        if os.path.isfile(path):
            yield path
    found = [os.path.join(each, DATABASE) for each in build_folders(folder)]
    found = [path for path in found if os.path.isfile(path)]
    yield from sorted(found, key=_written, reverse=True)


def _is_top(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, name)) for name in (".git", ".hg", ".svn"))


def _is_trusted(folder: str) -> bool:
    try:
        return not os.stat(folder).st_mode & stat.S_IWOTH
    except OSError:
        return False


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
