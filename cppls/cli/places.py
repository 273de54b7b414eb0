"""Which project a command is about: its root, its index, and files as the user names them."""

from __future__ import annotations

import os

from cppls.cli.output import CommandError, Exit
from cppls.core.paths import real_path
from cppls.index.store import Index, project_folder_path


def existing_folder(path: str) -> str:
    """The real path of a folder that the user names. Raises :class:`CommandError`."""
    root = real_path(os.path.abspath(os.path.expanduser(path)))
    if not os.path.isdir(root):
        raise CommandError(f"{path}: no such folder", code=Exit.USAGE)
    return root


def open_index(root: str, start: str, cache_dir: str) -> Index:
    """The index of ``root``, or without one that of ``start`` or the nearest folder above it.

    Opened for reading. Raises :class:`CommandError` when there is no index.
    """
    candidates = [existing_folder(root)] if root else ancestors(existing_folder(start))
    for candidate in candidates:
        index = Index.open(project_folder_path(cache_dir, candidate), candidate, write=False)
        if os.path.exists(index.path):
            return index
    above = "" if root else " or a folder above it"
    raise CommandError(
        f"there is no index of {candidates[0]}{above}",
        f"make one: cppls index {candidates[0]}",
        Exit.UNAVAILABLE,
    )


def ancestors(folder: str) -> list[str]:
    """``folder`` and the folders above it, the nearest first."""
    found = [folder]
    while (above := os.path.dirname(found[-1])) != found[-1]:
        found.append(above)
    return found


def find_file(name: str, root: str) -> str:
    """The real path of a file named from the current folder, else from ``root``.

    Raises :class:`CommandError` when neither is there.
    """
    for folder in (os.getcwd(), root):
        path = os.path.join(folder, os.path.expanduser(name))
        if os.path.isfile(path):
            return real_path(path)
    raise CommandError(f"{name}: no such file here or in {root}")
