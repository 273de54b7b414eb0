"""A project without any build set-up: its sources found, its flags guessed.

The guess reads what the sources themselves say: an ``#include`` that a folder of the project
resolves makes that folder an include folder. Bounded in files and bytes, so that opening a home
folder by mistake costs seconds, not minutes. Runs nothing, must not know libclang.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cppls.project import language
from cppls.project.problems import Problems

MAX_FILES: Final = 50_000
"""Sources and headers; the search ends there, and says so."""
MAX_FOLDERS: Final = 100_000
MAX_SAMPLED: Final = 4_000
"""Files whose includes are read, ..."""
SAMPLE: Final = 32 << 10
"""... this many bytes of each: includes stand at the top."""
MAX_INCLUDE_FOLDERS: Final = 100


class Tree(NamedTuple):
    """The source files below a root, as real paths, sorted."""

    sources: list[str]
    headers: list[str]
    folders: dict[str, int]
    """Every folder searched and its modification time (ns): a new file changes it."""


def scan(root: str, problems: Problems) -> Tree:
    """Find the sources below ``root``.

    Version control, hidden and build folders are left out. Links to folders are not followed, so
    a loop of them is none here; a link to a file counts when the file is not in the tree itself.
    """
    found: set[str] = set()
    links: set[str] = set()
    folders: dict[str, int] = {}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        if len(folders) >= MAX_FOLDERS or len(found) >= MAX_FILES:
            problems.add(
                root, f"has more than {len(found)} source files; the rest is left out", _BIG
            )
            break
        try:
            folders[folder] = os.stat(folder).st_mtime_ns
            with os.scandir(folder) as listing:
                items = list(listing)
        except OSError as error:
            problems.add(folder, f"cannot be searched: {error.strerror}", "Check its permissions.")
            continue
        if folder != root and any(item.name in _BUILD_MARKS for item in items):
            continue
        for item in items:
            if item.is_dir(follow_symlinks=False):
                if not is_skipped(item.name):
                    waiting.append(item.path)
            elif _is_ours(item.name) and not item.name.startswith("."):
                (links if item.is_symlink() else found).add(item.path)
    found |= {real for link in links if os.path.isfile(real := os.path.realpath(link))}
    paths = sorted(found)
    return Tree(
        [path for path in paths if language.is_source_name(path)],
        [path for path in paths if not language.is_source_name(path)],
        folders,
    )


def guess_flags(root: str, tree: Tree, system_folders: Iterable[str]) -> list[str]:
    """Flags for every file of the tree: include folders, and ``-std`` where build files name one.

    Folders that only quoted includes need are ``-iquote``: a project's ``version`` or ``string.h``
    must not stand in for the standard library's.
    """
    resolved = _Includes(root, tree, tuple(system_folders))
    angled = resolved.folders(angled=True)
    quoted = [folder for folder in resolved.folders(angled=False) if folder not in angled]
    return [f"-I{folder}" for folder in angled] + [f"-iquote{folder}" for folder in quoted]


def guess_standard(root: str) -> dict[str, str]:
    """``-std`` by language family, from the root's build files, else a usual one of today."""
    found = {"c": "gnu17", "c++": "gnu++20"}
    for name in _BUILD_FILES:
        try:
            with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
                text = file.read(SAMPLE * 8)
        except OSError:
            continue
        for match in _STANDARD.finditer(text):
            if match["cmake_cxx"]:
                found["c++"] = f"gnu++{match['cmake_cxx']}"
            elif match["cmake_c"]:
                found["c"] = f"gnu{match['cmake_c']}"
            elif match["flag"]:
                found["c++" if "++" in match["flag"] else "c"] = match["flag"]
        if _STANDARD.search(text):
            break
    return found


def is_skipped(name: str) -> bool:
    """Whether a folder of this name holds nothing that somebody wrote: builds, hidden ones."""
    return name.startswith(".") or name in _SKIPPED or _BUILD_FOLDER.fullmatch(name) is not None


_BIG: Final = "Open a folder further down, or provide a compile_commands.json."
_SKIPPED: Final = frozenset(
    "build _build out CMakeFiles node_modules __pycache__ autom4te.cache venv bazel-bin "
    "bazel-out bazel-testlogs".split()
)
_BUILD_FOLDER: Final = re.compile(r"(?:cmake-)?build[-_].+|bazel-.+")
_BUILD_MARKS: Final = frozenset({"CMakeCache.txt", ".ninja_log", "meson-private", "pyvenv.cfg"})

_INCLUDE: Final = re.compile(rb'^[ \t]*#[ \t]*(?:include|import)[ \t]*([<"])([^>"\n]+)[>"]', re.M)
_BUILD_FILES: Final = ("CMakeLists.txt", "meson.build", "Makefile", "GNUmakefile", "configure.ac")
_STANDARD: Final = re.compile(
    r"CXX_STANDARD[ \t]+(?P<cmake_cxx>\d\d)\b|(?<![A-Z])C_STANDARD[ \t]+(?P<cmake_c>\d\d)\b"
    r"|(?:-std=|cp?p?_std=)(?P<flag>(?:c|gnu)(?:\+\+)?\d\w)\b"
)


def _is_ours(name: str) -> bool:
    extension = os.path.splitext(name)[1]
    return extension in language.SOURCES or extension in language.HEADERS


class _Includes:
    """Which folders of the tree resolve its includes, and how often."""

    def __init__(self, root: str, tree: Tree, system_folders: tuple[str, ...]) -> None:
        self._root = root
        self._system = system_folders
        self._by_name: dict[str, list[str]] = {}
        for path in (*tree.headers, *tree.sources):
            self._by_name.setdefault(os.path.basename(path), []).append(path)
        self._votes: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self._answers: dict[tuple[str, bool, str], str] = {}
        for path in _sample((*tree.sources, *tree.headers)):
            self._read(path)

    def folders(self, *, angled: bool) -> list[str]:
        """Folders by the number of includes they resolve; the usual ones come in any case."""
        votes = self._votes[angled]
        if angled:
            for name in ("include", "src"):
                folder = os.path.join(self._root, name)
                if os.path.isdir(folder):
                    votes[folder] += 0
        # Equal counts in path order: the same tree gives the same flags.
        ordered = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
        return [folder for folder, _ in ordered[:MAX_INCLUDE_FOLDERS]]

    def _read(self, path: str) -> None:
        try:
            with open(path, "rb") as file:
                text = file.read(SAMPLE)
        except OSError:
            return
        folder = os.path.dirname(path)
        for quote, raw in _INCLUDE.findall(text):
            name = os.path.normpath(os.fsdecode(raw.strip()))
            angled = quote == b"<"
            key = (name, angled, folder)
            answer = self._answers.get(key)
            if answer is None:
                answer = self._answers[key] = self._resolve(name, angled, folder)
            if answer:
                self._votes[angled][answer] += 1

    def _resolve(self, name: str, angled: bool, folder: str) -> str:
        """The folder to search for ``name``; empty when none is needed, or none is there."""
        candidates = self._by_name.get(os.path.basename(name))
        if not candidates or name.startswith((os.pardir, os.sep)):
            return ""
        if not angled and os.path.exists(os.path.join(folder, name)):
            return ""
        if angled and any(os.path.exists(os.path.join(s, name)) for s in self._system):
            return ""
        ending = os.sep + name
        roots = [path[: -len(ending)] for path in candidates if path.endswith(ending)]
        return max(roots, key=lambda root: (_shared(root, folder), -len(root)), default="")


def _sample(paths: Sequence[str]) -> Sequence[str]:
    """At the most ``MAX_SAMPLED`` paths, evenly spread."""
    step = -(-len(paths) // MAX_SAMPLED) or 1
    return paths[::step]


def _shared(one: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    count = 0
    for left, right in zip(one.split(os.sep), other.split(os.sep), strict=False):
        if left != right:
            break
        count += 1
    return count
