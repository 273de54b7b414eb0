"""What describes a project, and all that it says: the user's setting, ``.clangd``, what is found.

Most projects have one compile database. Where a ``.clangd`` file names another one for a folder
(``CompilationDatabase``), that one says how the folder's files are compiled.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Final

from cppls.core.settings import Settings
from cppls.project import compile_commands, content, locate
from cppls.project.clangd_config import ClangdConfig
from cppls.project.content import Content
from cppls.project.locate import GUESSED, Origin
from cppls.project.problems import Problems
from cppls.project.toolchain import Toolchains

_ANCESTORS: Final = "Ancestors"
_NONE: Final = "None"
_NOWHERE: Final = Origin(GUESSED, "")


def origin(root: str, settings: Settings, config: ClangdConfig) -> Origin:
    """What describes the project in ``root`` as a whole."""
    if settings.compile_commands:
        return locate.locate(root, settings.compile_commands)
    chosen = _database(config, root)
    if chosen == _NONE:
        return _NOWHERE
    return locate.locate(root) if chosen == _ANCESTORS else locate.named(chosen)


def read(
    root: str,
    settings: Settings,
    toolchains: Toolchains,
    config: ClangdConfig,
    whole: Origin,
    previous: Content | None,
    problems: Problems,
) -> Content:
    """Read ``whole``, see :func:`origin`, the databases of single folders, what editors push."""
    read_all = _read_disk(root, settings, toolchains, config, whole, previous, problems)
    if not settings.compilation_database_changes:
        return read_all
    entries = compile_commands.pushed(settings.compilation_database_changes, root, problems)
    pushed = Content(whole, entries, read_all.default, {})
    parts = {_DISK: read_all, _PUSHED: pushed}
    return content.combine(read_all, parts, lambda path: _PUSHED if path in entries else _DISK)


_DISK: Final = "disk"
_PUSHED: Final = "pushed"


def _read_disk(
    root: str,
    settings: Settings,
    toolchains: Toolchains,
    config: ClangdConfig,
    whole: Origin,
    previous: Content | None,
    problems: Problems,
) -> Content:
    def read_one(origin: Origin) -> Content:
        return content.read(
            origin,
            root,
            settings.fallback_flags,
            lambda: toolchains.find("", "c++").includes,
            problems,
            previous,
        )

    base = read_one(whole)
    if settings.compile_commands:
        return base
    home = _homes(config, root, whole)
    folders = dict.fromkeys((*_children(root), *base.entries.places.values()))
    homes = dict.fromkeys(home(os.path.join(folder, _ANY)) for folder in folders)
    if homes.keys() <= {whole.path}:
        return base
    further = {
        path: read_one(locate.named(path)) for path in homes if path not in (whole.path, _NONE)
    }
    return content.combine(base, {whole.path: base} | further, home)


# A file of which only its folder matters: no condition of a settings file is made for it.
_ANY: Final = "compile_commands.json"


def _database(config: ClangdConfig, folder: str) -> str:
    chosen = config.config_for(os.path.join(folder, _ANY))
    return chosen.compile_flags.compilation_database


def _homes(config: ClangdConfig, root: str, whole: Origin) -> Callable[[str], str]:
    """For a file, the path of the database that says how it is compiled."""

    @functools.cache
    def named(chosen: str) -> str:
        return locate.named(chosen).path

    default = _database(config, root)

    def home(path: str) -> str:
        chosen = config.config_for(path).compile_flags.compilation_database
        if chosen in (default, _ANCESTORS):
            return whole.path
        return chosen if chosen == _NONE else named(chosen)

    return home


def _children(root: str) -> list[str]:
    try:
        with os.scandir(root) as listing:
            return sorted(
                item.path
                for item in listing
                if item.is_dir(follow_symlinks=False) and not item.name.startswith(".")
            )
    except OSError:
        return []
