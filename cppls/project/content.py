"""What a project holds at one moment: its translation units with their flag groups, as read.

One reader for each origin (compile database, ``compile_flags.txt``, nothing); the result has one
form, and says by which files on disk it can be told to be out of date.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence, Set

from cppls.project import arguments as command_lines
from cppls.project import compile_commands, discovery, language
from cppls.project.entries import Entries, EntriesBuilder, Group, Stamp, stamp
from cppls.project.locate import DATABASE, FLAGS_FILE, GUESSED, Origin
from cppls.project.problems import Problems


class Content:
    """Entries, where they come from, and what to look at to see whether they still hold."""

    def __init__(
        self,
        origin: Origin,
        entries: Entries,
        default: Group,
        stamps: dict[str, Stamp],
        folders: dict[str, int] | None = None,
        intact: bool = True,
    ) -> None:
        self.origin = origin
        self.entries = entries
        self.default = default
        """For a file when there are no entries at all."""
        self.intact = intact
        """False when a database is damaged, maybe because it is being written."""
        self.stamps = stamps
        """Of the files that were read, as they were before."""
        self.folders = folders or {}
        """Every folder that was searched for sources, and its modification time (ns)."""

    def is_current(self, hints: Set[str] | None = None) -> bool:
        """Whether nothing that was read has changed; a look at each file, nothing is read.

        ``hints``: nothing but these files, and the listings of their folders, may have changed.
        """
        return self._files_are_current(hints) and self._places_are_current(hints)

    def _files_are_current(self, hints: Set[str] | None) -> bool:
        files, folders = self.stamps.keys(), self.folders.keys()
        if hints is not None:
            files = files & hints
            folders = folders & {*hints, *map(os.path.dirname, hints)}
        return all(stamp(path) == self.stamps[path] for path in files) and all(
            _modified(folder) == self.folders[folder] for folder in folders
        )

    def _places_are_current(self, hints: Set[str] | None) -> bool:
        """Whether symbolic links on the way to the entries' files lead where they led."""
        if hints is not None and hints.isdisjoint(self._ways):
            return True
        return all(os.path.realpath(place) == was for place, was in self.entries.places.items())

    @functools.cached_property
    def _ways(self) -> frozenset[str]:
        """The folders and links of the entries, with all folders above them."""
        found: set[str] = set()
        for path in self.entries.places:
            while path not in found:
                found.add(path)
                path = os.path.dirname(path)
        return frozenset(found)


def read(
    origin: Origin,
    root: str,
    fallback_flags: Sequence[str],
    system_folders: Callable[[], Sequence[str]],
    problems: Problems,
    previous: Content | None = None,
) -> Content:
    """Read what ``origin`` names; without a usable entry there, guess.

    ``system_folders()`` are asked for only when guessing. ``previous`` is what was read last:
    guessed flags only ever gain folders, so that one new file does not give every other one new
    flags.
    """
    if origin.kind == DATABASE:
        loaded = compile_commands.load(origin.path, problems)
        if len(loaded.entries):
            default = Group(root, ("", *fallback_flags))
            return Content(origin, loaded.entries, default, loaded.stamps, intact=loaded.intact)
        if loaded.intact:
            problems.add(
                origin.path,
                "names no source file",
                "Generate it again; until then the flags are guessed.",
            )
        return _guess(
            root, fallback_flags, system_folders, problems, previous, loaded.stamps, loaded.intact
        )
    if origin.kind == FLAGS_FILE:
        return _with_flags_file(origin, root, problems)
    return _guess(root, fallback_flags, system_folders, problems, previous, {}, True)


def combine(base: Content, parts: Mapping[str, Content], home: Callable[[str], str]) -> Content:
    """``base`` with the entries of all ``parts``, each for the files that are its own.

    ``home(path)`` is the part, by its key, that says how ``path`` is compiled.
    """
    builder = EntriesBuilder()
    stamps: dict[str, Stamp] = {}
    folders: dict[str, int] = {}
    for key, content in parts.items():
        for path in content.entries.paths():
            if home(path) == key:
                for group in content.entries.signature(path):
                    builder.add(path, *group)
        stamps |= content.stamps
        folders |= content.folders
    intact = all(content.intact for content in parts.values())
    return Content(base.origin, builder.finish(), base.default, stamps, folders, intact)


def _with_flags_file(origin: Origin, root: str, problems: Problems) -> Content:
    """Every source below the root, with the flags of ``compile_flags.txt``, one in a line."""
    stamps = {origin.path: stamp(origin.path)}
    directory = os.path.dirname(origin.path)
    lines: list[str] = []
    try:
        with open(origin.path, encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = [line.strip() for line in file.read(compile_commands.MAX_ENTRY).split("\n")]
    except OSError as error:
        problems.add(origin.path, f"cannot be read: {error.strerror}", "Check its permissions.")
    flags = command_lines.expand(
        [line for line in lines if line and not line.startswith("#") and "\0" not in line],
        directory,
        report=lambda path, message: problems.add(path, message, f"Named by {origin.path}."),
        read=lambda path: stamps.update({path: stamp(path)}),
    )
    tree = discovery.scan(root, problems)
    group = Group(directory, ("", *flags))
    builder = EntriesBuilder()
    for path in tree.sources:
        builder.add(path, *group)
    if not tree.sources:
        _add_headers(builder, root, tree, group, problems)
    return Content(origin, builder.finish(), group, stamps, tree.folders)


def _guess(
    root: str,
    fallback_flags: Sequence[str],
    system_folders: Callable[[], Sequence[str]],
    problems: Problems,
    previous: Content | None,
    stamps: dict[str, Stamp],
    intact: bool,
) -> Content:
    tree = discovery.scan(root, problems)
    found = discovery.guess_flags(root, tree, system_folders())
    if previous is not None and previous.origin.kind == GUESSED:
        found = list(dict.fromkeys((*_folder_flags(previous.default), *found)))
    standards = discovery.guess_standard(root)
    groups = {
        family: Group(root, ("", *found, f"-std={standards[family]}", *fallback_flags))
        for family in ("c", "c++")
    }
    builder = EntriesBuilder()
    for path in tree.sources:
        builder.add(path, *groups[language.family(language.of_source(path) or "c++")])
    if not tree.sources:
        _add_headers(builder, root, tree, groups["c++"], problems)
    return Content(
        Origin(GUESSED, ""), builder.finish(), groups["c++"], stamps, tree.folders, intact
    )


def _add_headers(
    builder: EntriesBuilder, root: str, tree: discovery.Tree, group: Group, problems: Problems
) -> None:
    """In a library of nothing but headers each stands for itself, as C++ unless a flag differs."""
    directory, (driver, *flags) = group
    for path in tree.headers:
        builder.add(path, directory, (driver, "-xc++-header", *flags))
    if not tree.headers:
        problems.add(
            root,
            "holds no C or C++ file",
            "Name the project's root folder, or provide a compile_commands.json.",
        )


def _folder_flags(group: Group) -> list[str]:
    return [flag for flag in group.tokens if flag.startswith(("-I", "-iquote"))]


def _modified(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return -1
