"""A small C and C++ project as values: every edit makes a new one, and it can be written to disk.

What a header gives must not depend on the unit that extracts it (see docs/ARCHITECTURE.md): names
are never used twice, headers see what they use through their own includes, and look at the flags
only where all units have the same. ``is_sound`` tells whether a project keeps to that; an edit that
does not is left out.

Pure but for ``write``; knows neither engine nor index.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

FLAGS: Final = (
    ("-I.", "-std=c++17"),
    ("-I.", "-std=c++17", "-DFLAG", "-DWIDTH=64"),
)
"""The sets of flags that an entry of the compile database may have (C: without ``-std``)."""

KINDS: Final = (
    *("function", "macro", "enum", "base", "derived", "call", "expand", "branch"),
    *("comment", "blank", "documented", "flagged", "broken"),
)
"""What a file is made of, see ``_text_of``."""


@dataclass(frozen=True, slots=True)
class Item:
    """A few lines of a file. ``id`` is in its names and in no other item's."""

    kind: str
    id: int
    value: int = 0
    """A number somewhere in its text."""
    other: int = -1
    """The id of the item that it uses."""


@dataclass(frozen=True, slots=True)
class File:
    """A source or a header; ``includes`` are spelled from the project's root."""

    includes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link to a file or folder of the project, by its path from the root."""

    target: str


@dataclass(frozen=True, slots=True)
class Database:
    """``compile_commands.json``: which of ``FLAGS`` each source has; how it is written."""

    entries: Mapping[str, int] = field(default_factory=dict[str, int])
    exists: bool = True
    backwards: bool = False
    indent: int | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """All of a project, by paths from its root."""

    files: Mapping[str, File | Link] = field(default_factory=dict[str, File | Link])
    database: Database = Database()

    def put(self, path: str, file: File | Link | None) -> Tree:
        """The same with this at ``path``, ``None``: with nothing there."""
        files = {name: each for name, each in self.files.items() if name != path}
        return replace(self, files=files if file is None else {**files, path: file})

    def move(self, old: str, new: str) -> Tree:
        """The same with a file or folder renamed."""
        within = re.compile(re.escape(old) + r"(?=/|$)")
        files = {within.sub(new, name, count=1): each for name, each in self.files.items()}
        return replace(self, files=files)

    def plain(self) -> dict[str, File]:
        """The files that are no links, in a fixed order."""
        return {p: f for p, f in sorted(self.files.items()) if isinstance(f, File)}

    def resolve(self, path: str) -> str:
        """The path without links; of a path that leads nowhere, any."""
        for _ in range(8):
            for prefix in _prefixes(path):
                link = self.files.get(prefix)
                if isinstance(link, Link):
                    path = link.target + path[len(prefix) :]
                    break
            else:
                break
        return path


def is_source(path: str) -> bool:
    """Whether a file can be an entry of the compile database."""
    return path.endswith((".c", ".cpp"))


def is_c(path: str) -> bool:
    """Whether a file is of C, not C++."""
    return path.endswith((".c", ".h"))


def is_sound(tree: Tree) -> bool:
    """Whether every header means the same wherever it is included.

    ``.h`` is C's and ``.hpp`` C++'s: what both languages share has two meanings.
    """
    files = tree.plain()
    headers = {path: file for path, file in files.items() if not is_source(path)}
    homes = {item.id: path for path, file in files.items() for item in file.items}
    one_set_of_flags = len(set(tree.database.entries.values())) == 1
    for path, file in files.items():
        seen = _closure(tree, file)
        if path in seen or any(is_c(path) != is_c(each) for each in seen):
            return False
        for item in file.items if path in headers else ():
            home = homes.get(item.other, path)
            if (item.kind == "flagged" and not one_set_of_flags) or (
                home != path and home not in seen
            ):
                return False
    return True


def text_of(path: str, file: File) -> str:
    """What stands in the file."""
    lines = [f'#include "{name}"' for name in file.includes]
    lines += [_text_of(item, is_c=is_c(path)) for item in file.items]
    if not is_source(path) and file.items:
        # The guard is named after the file's first item: it moves along with what is in it.
        guard = f"GUARD_{file.items[0].id}"
        lines = [f"#ifndef {guard}", f"#define {guard}", *lines, "#endif"]
    elif not is_source(path):
        lines = ["#pragma once", *lines]
    return "\n".join(lines) + "\n"


def database_text(root: str, database: Database) -> str:
    """The compile database's text."""
    entries = [
        {
            "directory": root,
            "file": path,
            "arguments": ["cc" if is_c(path) else "c++", *_flags_of(path, flags), "-c", path],
        }
        for path, flags in sorted(database.entries.items(), reverse=database.backwards)
    ]
    return json.dumps(entries, indent=database.indent)


def write(root: str, old: Tree, new: Tree, *, atomic: bool) -> set[str]:
    """Turn what is in ``root`` from ``old`` into ``new``; the paths that something happened to.

    ``atomic``: files are written beside and renamed, as many editors do; else in place.
    """
    touched: set[str] = set()
    for path in sorted(old.files):
        if new.files.get(path) != old.files[path] and (
            path not in new.files or Link in map(type, (old.files[path], new.files[path]))
        ):
            os.unlink(os.path.join(root, path))
            touched.add(path)
    _remove_empty_folders(root)
    for path, file in sorted(new.files.items()):
        if old.files.get(path) != file:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if isinstance(file, Link):
                os.symlink(os.path.join(root, file.target), full)
            else:
                _write_text(full, text_of(path, file), atomic=atomic)
            touched.add(path)
    if old.database != new.database:
        full = os.path.join(root, "compile_commands.json")
        if new.database.exists:
            _write_text(full, database_text(root, new.database), atomic=atomic)
        elif old.database.exists:
            os.unlink(full)
        touched.add("compile_commands.json")
    return {os.path.join(root, path) for path in touched}


def first_tree() -> Tree:
    """The project that every story begins with."""
    files: dict[str, File | Link] = {
        "lib/base.hpp": File((), (Item("base", 1), Item("macro", 2, 3), Item("function", 3))),
        "lib/mid.hpp": File(("lib/base.hpp",), (Item("derived", 4, 0, 1), Item("branch", 5, 0, 2))),
        "top.hpp": File(("lib/mid.hpp", "gen/out.hpp"), (Item("call", 6, 0, 3),)),
        "a.cpp": File(("top.hpp",), (Item("call", 7, 0, 3), Item("flagged", 8))),
        "lib/b.cpp": File(("lib/mid.hpp",), (Item("derived", 9, 0, 4), Item("call", 10, 0, 6))),
        "c.c": File(("c.h",), (Item("call", 11, 0, 12), Item("flagged", 13))),
        "c.h": File((), (Item("function", 12), Item("enum", 14))),
    }
    entries = {path: 0 for path in files if is_source(path)}
    return Tree(files, Database(entries))


def _closure(tree: Tree, file: File) -> set[str]:
    """The real paths of what a file includes, directly or not."""
    seen: set[str] = set()
    rest = [tree.resolve(name) for name in file.includes]
    while rest:
        path = rest.pop()
        found = tree.files.get(path)
        if isinstance(found, File) and path not in seen:
            seen.add(path)
            rest += [tree.resolve(name) for name in found.includes]
    return seen


def _text_of(item: Item, *, is_c: bool) -> str:
    id, value, other = item.id, item.value, item.other
    run = "int run(int x)"
    inline = "static inline" if is_c else "inline"
    return {
        "function": f"{inline} int f{id}(int x) {{ return x + {value}; }}",
        "documented": f"/// Adds {value}.\n{inline} int f{id}(int x) {{ return x + {value}; }}",
        "macro": f"#define M{id}(x) ((x) + {value})",
        "enum": f"enum E{id} {{ A{id}, B{id} = {value} }};",
        "base": f"struct C{id} {{ virtual {run}; int m{id}; }};",
        "derived": f"struct C{id} : C{other} {{ {run} override; int m{id}[{value + 1}]; }};",
        "call": f"{inline} int f{id}(int x) {{ return f{other}(x) + {value}; }}",
        "expand": f"{inline} int f{id}(int x) {{ return M{other}(x) + {value}; }}",
        "branch": f"#if M{other}(0) > 4\nextern int big{id};\n#else\nextern int small{id};\n#endif",
        "flagged": f"#ifdef FLAG\nint flag{id} = WIDTH + {value};\n#else\nint plain{id};\n#endif",
        "comment": f"// Remark {value}.",
        "blank": "\n" * (value % 3 + 1),
        "broken": f"int broken{id} = missing{id} + {value};",
    }[item.kind]


def _flags_of(path: str, flags: int) -> list[str]:
    return [flag for flag in FLAGS[flags] if path.endswith(".cpp") or "std" not in flag]


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _write_text(path: str, text: str, *, atomic: bool) -> None:
    written = f"{path}~" if atomic else path
    with open(written, "w") as stream:
        stream.write(text)
    if atomic:
        os.replace(written, path)


def _remove_empty_folders(root: str) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        if folder != root and not os.listdir(folder):
            os.rmdir(folder)
