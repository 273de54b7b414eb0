"""clangd's settings for each file: the ``.clangd`` files above it, and the user's own.

Outer folders come first, inner ones overrule them, and the user's file overrules all, as in clangd.
Files are read when the first file below them is asked about; :meth:`ClangdConfig.reloaded` gives
the settings after files were written. They count within the project's root, and above it as far
as ``locate`` trusts the folders. Nothing that stands in such a file is run. Used from one thread.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Set
from typing import Final, NamedTuple

import msgspec

from cppls.core.model import Statistics
from cppls.core.paths import is_within
from cppls.project import clangd_fragments
from cppls.project.clangd_fragments import Fragment, Values
from cppls.project.clangd_values import Config, FlagEdit
from cppls.project.entries import Stamp, stamp
from cppls.project.locate import upwards
from cppls.project.problems import Problems
from cppls.project.values import Problem

FILE_NAME: Final = ".clangd"
MAX_COMBINED: Final = 256
"""Combinations of fragments whose settings are kept ready."""


class ClangdConfig:
    """The settings of the files of one project."""

    def __init__(self, root: str, user_file: str | None = None) -> None:
        """Reads nothing yet. ``user_file`` is the user's own; ``None``: in its usual place."""
        self._root = root
        self._above = upwards(root)
        self._user_file = user_config_file() if user_file is None else user_file
        self._files: dict[str, _File] = {}
        self._chains: dict[str, tuple[Fragment, ...]] = {}
        self._combined = functools.lru_cache(MAX_COMBINED)(_combine)

    def config_for(self, path: str) -> Config:
        """All settings of ``path``, a real path; of any file, defaults if nobody says otherwise."""
        return self._combined(self._applying(path))

    def edits_for(self, path: str) -> tuple[FlagEdit, ...]:
        """What happens to the command of ``path``, in this order."""
        return tuple(each.edit for each in self._applying(path) if each.edit is not None)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files read so far."""
        return [problem for file in self._files.values() for problem in file.problems.list()]

    def files_found(self) -> list[str]:
        """The files that settings were read from, and the user's own, whether it is there or not.

        Others may appear wherever files were asked about.
        """
        found = [path for path, file in self._files.items() if file.stamp is not None]
        return [*found, self._user_file] if self._user_file else found

    def reloaded(self, hints: Set[str] | None = None) -> ClangdConfig:
        """The settings as they are now: itself, if no file was written since it was read.

        ``hints``: nothing but these files may have been.
        """
        looked_at = self._files.keys() if hints is None else self._files.keys() & hints
        stale = {path for path in looked_at if stamp(path) != self._files[path].stamp}
        if not stale:
            return self
        fresh = ClangdConfig(self._root, self._user_file)
        fresh._files = {path: file for path, file in self._files.items() if path not in stale}
        return fresh

    def statistics(self) -> Statistics:
        """Files that were found among those looked for, and what is kept of them."""
        return {
            "looked_for": len(self._files),
            "found": sum(file.stamp is not None for file in self._files.values()),
            "folders": len(self._chains),
            "combinations": self._combined.cache_info().currsize,
        }

    def _applying(self, path: str) -> tuple[Fragment, ...]:
        chain = self._chain(os.path.dirname(path))
        if not chain:
            return chain
        return tuple(fragment for fragment in chain if fragment.applies_to(path))

    def _chain(self, folder: str) -> tuple[Fragment, ...]:
        """The fragments of all files that speak of this folder's files, the weightiest last."""
        chain = self._chains.get(folder)
        if chain is None:
            own = self._project_chain(folder)
            chain = self._chains[folder] = (*own, *self._fragments(self._user_file, ""))
        return chain

    def _project_chain(self, folder: str) -> list[Fragment]:
        top = self._above[-1]
        folders: list[str] = []
        while is_within(folder, top):
            if is_within(folder, self._root) or folder in self._above:
                folders.append(folder)
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        return [
            fragment
            for each in reversed(folders)
            for fragment in self._fragments(os.path.join(each, FILE_NAME), each)
        ]

    def _fragments(self, path: str, folder: str) -> list[Fragment]:
        if not path:
            return []
        file = self._files.get(path)
        if file is None:
            problems = Problems()
            # Stamped first: what is written while it is read is read again.
            now = stamp(path)
            found = clangd_fragments.read(path, folder, problems) if now is not None else []
            file = self._files[path] = _File(now, found, problems)
        return file.fragments


def user_config_file() -> str:
    """Where clangd looks for a user's settings on this system; empty if it cannot be told."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Preferences")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "clangd", "config.yaml") if os.path.isabs(base) else ""


class _File(NamedTuple):
    stamp: Stamp
    fragments: list[Fragment]
    problems: Problems


def _combine(fragments: tuple[Fragment, ...]) -> Config:
    values: Values = {}
    for fragment in fragments:
        clangd_fragments.merge(values, fragment.values)
    return msgspec.convert(values, Config)
