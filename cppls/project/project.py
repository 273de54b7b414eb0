"""One root: which of its files are translation units, and how each file is compiled.

The door of this package. Everything is read once at :meth:`Project.open` and then when
:meth:`Project.reload_if_changed` finds that something was written; toolchains are asked when the
first file needs them. Used from one thread at a time; may take a second on big databases.
"""

from __future__ import annotations

import fnmatch
import functools
import os
import re
import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cppls.core.model import Statistics
from cppls.core.paths import is_within, real_path
from cppls.core.settings import Settings
from cppls.project import assemble, flag_edits, folders, language, reading, relatives
from cppls.project.clangd_config import ClangdConfig
from cppls.project.clangd_values import Config, FlagEdit
from cppls.project.content import Content
from cppls.project.entries import Group
from cppls.project.locate import DATABASE, GUESSED, Origin, upwards
from cppls.project.problems import Problems
from cppls.project.toolchain import Toolchains
from cppls.project.values import (
    Changes,
    Command,
    Explanation,
    Folders,
    Problem,
    UnitGroup,
    flags_hash,
)

MAX_PREPARED: Final = 1024
"""Flag groups whose arguments are kept ready, by language."""
MAX_RELATIVES: Final = 4096
"""Files without flags of their own whose nearest relative is remembered."""
SETTLE: Final = 2.0
"""Seconds in which a database may be damaged or gone before that is believed."""

_GENERATE: Final = "Generate the database again, or build the project if the file is generated."


class Project:
    """A root folder with its translation units and their flags."""

    def __init__(self, root: str, settings: Settings, toolchains: Toolchains) -> None:
        """For :meth:`open` and tests; reads nothing yet."""
        self.root = root
        self._settings = settings
        self._toolchains = toolchains
        self._config = ClangdConfig(root)
        self._problems = Problems()
        self._excluded = _matcher(settings.exclude)
        self._preferred = _matcher(settings.index.first)
        self._clean = functools.lru_cache(MAX_PREPARED)(self._cleaned)
        self._prepare = functools.lru_cache(MAX_PREPARED)(self._arguments)
        self._nearest = functools.lru_cache(MAX_RELATIVES)(self._nearest_unit)
        self._bad: _Bad | None = None
        self._folders: Folders | None = None
        self._origin = self._locate(self._config)
        self._content = self._seen = self._read(self._config, self._origin, None, self._problems)
        self._units, self._missing = self._select()

    @classmethod
    def open(cls, root: str, settings: Settings, cache_dir: str) -> Project:
        """Read the project in ``root``. Never raises on bad input: see :attr:`problems`."""
        root = real_path(root)
        return cls(root, settings, Toolchains(root, cache_dir, settings.allowed_compilers))

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the project's files and toolchains, and what to do about it."""
        return [*self._config.problems, *self._problems.list(), *self._toolchains.problems.list()]

    @property
    def origin(self) -> Origin:
        """Where the flags come from: a compile database, ``compile_flags.txt``, a guess."""
        return self._content.origin

    def translation_units(self) -> Sequence[str]:
        """Real paths of the files to index, in the database's order, preferred ones first.

        Excluded and missing files, those that clangd's settings keep out of the background index,
        and those in other languages (assembler), are left out.
        """
        return self._units

    def config(self, path: str) -> Config:
        """What clangd's settings say for ``path``, see ``clangd_values.py``."""
        return self._config.config_for(self._known(path))

    def command(self, path: str, *, donor: str | None = None) -> Command:
        """How ``path`` is compiled. Any file gets an answer.

        Of several entries of one file the first counts, as in clangd: :meth:`commands` has all.

        A file without flags of its own (a header) takes those of ``donor``, a translation unit
        that includes it; without one, those of its nearest relative.
        """
        known = self._known(path)
        numbers = self._content.entries.groups_of(known)
        if numbers:
            return self._own(path, known, numbers[0])
        relative, number = self._relative(known, donor)
        chosen = self._relative_language(known, relative, number)
        source = self.origin.kind
        if relative and source == DATABASE:
            source = f"as {os.path.basename(relative)}"
        return self._command(path, self._way(known, number), chosen, source)

    def commands(self, path: str) -> list[Command]:
        """All ways ``path`` is compiled, in the database's order; empty for a file without own."""
        known = self._known(path)
        return [self._own(path, known, n) for n in self._content.entries.groups_of(known)]

    def unit_groups(self) -> list[UnitGroup]:
        """All translation units by how they are compiled, each as :meth:`command` says.

        Looks at each group of the database once, whatever the number of its units.
        """
        groups: dict[int, UnitGroup] = {}
        known: dict[tuple[_Way, str], UnitGroup] = {}
        for path in self._units:
            number = self._content.entries.groups_of(path)[0]
            key = (self._way(path, number), os.path.splitext(path)[1])
            group = known.get(key)
            if group is None:
                command = self.command(path)
                made = UnitGroup(command.directory, command.arguments, command.flags_hash, [])
                group = known[key] = groups.setdefault(command.flags_hash, made)
            group.units.append(path)
        return list(groups.values())

    def is_header(self, path: str) -> bool:
        """Whether ``path`` is included rather than compiled on its own."""
        return language.is_header_name(path) and self._known(path) not in self._content.entries

    def explain(self, path: str, *, donor: str | None = None) -> Explanation:
        """Why ``path`` gets the flags that :meth:`command` gives."""
        command = self.command(path, donor=donor)
        known = self._known(path)
        numbers = self._content.entries.groups_of(known)
        relative = ""
        if not numbers:
            found, number = self._relative(known, donor)
            relative, numbers = found or "", [number]
        cleaned = self._clean(self._way(known, numbers[0]))
        chosen = command.arguments[1]
        toolchain = assemble.toolchain_of(cleaned, chosen, self._toolchains)
        return Explanation(command, chosen, toolchain, cleaned.flags.dropped, relative)

    def folders(self) -> Folders:
        """Where to watch for changes; worked out when what describes the project has changed."""
        if self._folders is None:
            # First: it asks the toolchains for theirs.
            includes = folders.includes(self.unit_groups())
            known = self._content
            self._folders = Folders(
                folders.description(self.root, (*known.stamps, *self._config.files_found())),
                tuple(upwards(self.root)[1:]),
                folders.sources((*self._units, *self._missing), known.entries.places),
                tuple(known.folders),
                includes,
                self._toolchains.folders(),
            )
        return self._folders

    def reload_if_changed(self, hints: Iterable[str] | None = None) -> Changes:
        """Read again what was written since, and tell which translation units differ.

        ``hints``: nothing but these files and folders may have changed; ``None``: anything.

        A database that is damaged or gone now (maybe it is being written) does not replace a good
        one before it was so for ``SETTLE`` seconds; until then the project is :attr:`unsettled`.
        """
        hinted = None if hints is None else frozenset(hints)
        config = self._config.reloaded(hinted)
        origin = self._locate(config)
        unchanged = config is self._config and origin == self._origin
        if unchanged and self._bad is None and self._seen.is_current(hinted):
            return self._appeared(hinted)
        lost = origin.kind == GUESSED != self._origin.kind and config is self._config
        if lost and self._is_settling(origin):
            return Changes()
        problems = Problems()
        after = self._seen = self._read(config, origin, self._content, problems)
        if not after.intact and self._content.intact and len(self._content.entries):
            if not self._is_settling(after.stamps):
                self._problems = problems
            return Changes()
        if after.origin.kind == GUESSED != self.origin.kind and not os.path.exists(
            self.origin.path
        ):
            problems.add(self.origin.path, "is gone: the flags are guessed now", _GENERATE)
        return self._replace(config, origin, after, problems)

    @property
    def unsettled(self) -> str:
        """The file that describes the project, if it may be being written: reload soon again with
        it as a hint. Else empty."""
        return self._origin.path if self._bad is not None else ""

    def statistics(self) -> Statistics:
        """Counts of what is known, and where it comes from."""
        entries = self._content.entries
        return {
            "flags_from": self.origin.kind,
            "path": self.origin.path,
            "entries": len(entries),
            "translation_units": len(self._units),
            "outside_root": sum(not is_within(path, self.root) for path in self._units),
            "missing": len(self._missing),
            "flag_groups": entries.group_count(),
            "prepared_commands": self._prepare.cache_info().currsize,
            "remembered_relatives": self._nearest.cache_info().currsize,
            "problems": len(self.problems),
            "toolchains": self._toolchains.statistics(),
            "settings": self._config.statistics(),
        }

    # --- reading ----------------------------------------------------------------------------------

    def _locate(self, config: ClangdConfig) -> Origin:
        return reading.origin(self.root, self._settings, config)

    def _read(
        self, config: ClangdConfig, origin: Origin, previous: Content | None, problems: Problems
    ) -> Content:
        return reading.read(
            self.root, self._settings, self._toolchains, config, origin, previous, problems
        )

    def _is_settling(self, state: object) -> bool:
        """Whether this bad state of what describes the project is too new to be believed."""
        now = time.monotonic()
        if self._bad is None or self._bad.state != state:
            self._bad = _Bad(state, now)
        if now - self._bad.since < SETTLE:
            return True
        self._bad = None
        return False

    def _replace(
        self, config: ClangdConfig, origin: Origin, after: Content, problems: Problems
    ) -> Changes:
        """Take up what was read; which translation units differ by it."""
        former = self._flags_before(config, after)
        before = self._units
        self._config, self._origin, self._content = config, origin, after
        self._problems, self._bad = problems, None
        for cache in (self._clean, self._prepare, self._nearest):
            cache.cache_clear()
        self._units, self._missing = self._select()
        old, new = set(before), set(self._units)
        return Changes(
            added=tuple(path for path in self._units if path not in old),
            removed=tuple(path for path in before if path not in new),
            changed=tuple(
                path
                for path in self._units
                if path in former and self.command(path).flags_hash != former[path]
            ),
        )

    def _flags_before(self, config: ClangdConfig, after: Content) -> dict[str, int]:
        """Present flags hashes of the units whose commands are others with these settings."""
        before = self._content
        groups: dict[tuple[int, int], bool] = {}
        found: dict[str, int] = {}
        for path in self._units:
            ours, theirs = before.entries.groups_of(path), after.entries.groups_of(path)
            if not theirs:
                continue
            key = (ours[0], theirs[0])
            equal = groups.get(key)
            if equal is None:
                equal = groups[key] = before.entries.group(key[0]) == after.entries.group(key[1])
            if not equal or config.edits_for(path) != self._config.edits_for(path):
                found[path] = self.command(path).flags_hash
        return found

    def _select(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The translation units, and those of them that are not on disk."""
        units: list[str] = []
        missing: list[str] = []
        for path, number in self._content.entries.distinct():
            if self._matches(self._excluded, path) or not self._is_ours(path, number):
                continue
            if self._config.config_for(path).index.background == "Skip":
                continue
            (units if os.path.isfile(path) else missing).append(path)
        for path in missing:
            self._problems.add(
                self.origin.path,
                f"names a file that does not exist: {path}",
                _GENERATE,
                kind="names a file that does not exist",
            )
        self._folders = None
        # Sorting keeps the order of those that are alike.
        units.sort(key=lambda path: not self._matches(self._preferred, path))
        return tuple(units), tuple(missing)

    def _appeared(self, hints: frozenset[str] | None) -> Changes:
        """Missing files that exist by now: generated sources after a build."""
        missing = self._missing if hints is None else hints.intersection(self._missing)
        if not any(map(os.path.isfile, missing)):
            return Changes()
        before = set(self._units)
        self._problems = Problems()
        self._units, self._missing = self._select()
        return Changes(added=tuple(path for path in self._units if path not in before))

    def _matches(self, globs: re.Pattern[str] | None, path: str) -> bool:
        if globs is None or not is_within(path, self.root):
            return False
        return globs.match(os.path.relpath(path, self.root)) is not None

    def _is_ours(self, path: str, number: int) -> bool:
        if language.is_source_name(path):
            return True  # The usual case, told without cleaning the group's flags.
        return assemble.source_language(path, self._clean(self._way(path, number))) is not None

    # --- flags ------------------------------------------------------------------------------------

    def _known(self, path: str) -> str:
        return path if path in self._content.entries else real_path(path)

    def _way(self, known: str, number: int | None) -> _Way:
        return _Way(number, self._config.edits_for(known))

    def _cleaned(self, way: _Way) -> assemble.Cleaned:
        entries = self._content.entries
        group = self._content.default if way.group is None else entries.group(way.group)
        if way.edits:
            group = Group(group.directory, flag_edits.apply(way.edits, group.tokens))
        return assemble.clean(group)

    def _own(self, path: str, known: str, number: int) -> Command:
        way = self._way(known, number)
        chosen = assemble.source_language(known, self._clean(way)) or "c++"
        return self._command(path, way, chosen, self.origin.kind)

    def _relative(self, known: str, donor: str | None) -> tuple[str | None, int | None]:
        """The file whose flags ``known`` takes, and its group; ``None`` for the default ones."""
        entries = self._content.entries
        relative = self._known(donor) if donor is not None else None
        if relative is None or relative not in entries:
            relative = self._nearest(known)
        return relative, entries.groups_of(relative)[0] if relative is not None else None

    def _relative_language(self, known: str, relative: str | None, number: int | None) -> str:
        if relative is None:
            return language.of_relative(known, "c++")
        donated = assemble.source_language(relative, self._clean(self._way(relative, number)))
        return language.of_relative(known, donated or "c++")

    def _nearest_unit(self, known: str) -> str | None:
        return relatives.nearest(known, self._units)

    def _command(self, path: str, way: _Way, chosen: str, source: str) -> Command:
        arguments, hashed = self._prepare(way, chosen)
        return Command(path, self._clean(way).directory, arguments, source, hashed)

    def _arguments(self, way: _Way, chosen: str) -> tuple[tuple[str, ...], int]:
        cleaned = self._clean(way)
        toolchain = assemble.toolchain_of(cleaned, chosen, self._toolchains)
        arguments = assemble.arguments(cleaned, chosen, toolchain)
        return arguments, flags_hash(cleaned.directory, arguments)


class _Way(NamedTuple):
    """How a file is compiled before its language is chosen."""

    group: int | None
    """Its flag group; ``None`` for a file without any relative."""
    edits: tuple[FlagEdit, ...]
    """What the settings change of it."""


class _Bad(NamedTuple):
    """What describes the project is worse than before, in this state, since (monotonic)."""

    state: object
    since: float


def _matcher(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """One pattern for all globs; a glob that names a folder means all below it."""
    globs = [pattern.rstrip("/") for pattern in patterns if pattern.strip("/")]
    parts = [fnmatch.translate(part) for glob in globs for part in (glob, f"{glob}/*")]
    return re.compile("|".join(parts)) if parts else None
