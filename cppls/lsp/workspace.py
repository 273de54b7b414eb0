"""The folders of one client, and which engine a file belongs to.

A file belongs to the deepest folder that holds it; one outside all folders (a system header) to
the nearest. Without any folder, the root is found from the first file upward.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from cppls.core.model import Statistics
from cppls.core.paths import from_uri, is_within, real_path, to_uri
from cppls.core.settings import Settings
from cppls.engine.events import Event
from cppls.lsp.documents import Documents
from cppls.lsp.engines import EnginePool, SharedEngine

_DATABASES: Final = ("compile_commands.json", "compile_flags.txt", "build/compile_commands.json")
_REPOSITORIES: Final = (".git", ".hg", ".svn", ".jj")

Hear: TypeAlias = Callable[[str, Event], None]
"""Which root, and what happened there."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One root: as the client spells it, as the file system does, and its engine."""

    spelled: str
    root: str
    engine: SharedEngine


class Workspace:
    """The folders of one session; ``hear`` gets every event of their engines."""

    def __init__(self, pool: EnginePool, documents: Documents, hear: Hear) -> None:
        self._pool = pool
        self._documents = documents
        self._hear = hear
        self._folders: dict[str, Folder] = {}

    def __iter__(self) -> Iterator[Folder]:
        return iter(tuple(self._folders.values()))

    def add(self, path: str, settings: Settings) -> Folder | None:
        """Add the folder at ``path``; ``None`` when it is there already."""
        root = real_path(path)
        if root in self._folders:
            return None
        engine = self._pool.acquire(root, settings, self, lambda event: self._hear(root, event))
        folder = self._folders[root] = Folder(path, root, engine)
        return folder

    def remove(self, path: str) -> Folder | None:
        """Remove the folder at ``path``; ``None`` when there is no such folder."""
        folder = self._folders.pop(real_path(path), None)
        if folder is not None:
            folder.engine.detach(self)
        return folder

    def clear(self) -> None:
        """Let go of all engines: the client has gone."""
        for folder in self:
            _ = self.remove(folder.root)

    def folder_of(self, path: str) -> Folder | None:
        """The folder that answers for ``path``; ``None`` when there is no folder at all."""
        holding = [folder for folder in self if is_within(path, folder.root)]
        if holding:
            return max(holding, key=lambda folder: len(folder.root))
        return max(self, key=lambda folder: len(_common(folder.root, path)), default=None)

    def uri_of(self, path: str) -> str:
        """The URI by which the client knows ``path``: its own spelling where there is one."""
        document = self._documents.at_path(path)
        if document is not None:
            return document.uri
        for folder in self:
            if folder.spelled != folder.root and is_within(path, folder.root):
                return to_uri(folder.spelled + path[len(folder.root) :])
        return to_uri(path)

    def statistics(self) -> Statistics:
        """One entry for each folder."""
        return {"folders": [folder.engine.statistics() for folder in self]}


def folder_path(uri: str) -> str | None:
    """The folder that a client's URI names, as it spells it; ``None`` if it is not a folder."""
    path = from_uri(uri)
    return path if path is not None and os.path.isabs(path) and os.path.isdir(path) else None


def find_root(path: str) -> str:
    """The project that a lone file belongs to.

    The nearest folder above it with a compile database, else with a repository, else its own.
    The search for either ends below the home folder, which is nobody's project.
    """
    own = os.path.dirname(path)
    home = real_path(os.path.expanduser("~"))
    for markers in (_DATABASES, _REPOSITORIES):
        folder = own
        while folder not in (home, os.path.dirname(folder)):
            if any(os.path.exists(os.path.join(folder, marker)) for marker in markers):
                return folder
            folder = os.path.dirname(folder)
    return own


def _common(one: str, other: str) -> str:
    try:
        return os.path.commonpath((one, other))
    except ValueError:
        return ""
