"""The life of one generated project and of the server that follows it: what happened so far, what
the server has been told, and whether its index is right.

Knows nothing of chance: what happens next is up to ``test_model.py``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.differences import compare
from cppls.index.store import Index, project_folder_path
from tests.engine import model_oracle, model_project
from tests.engine.model_project import Database, File, Link, Tree
from tests.engine.model_server import Server

PATIENCE: Final = 8.0
"""Seconds in which the index comes to be right when nothing is under way any more."""


class Life:
    """One project's."""

    watch = False
    """Whether the server finds out by itself what happens: then nobody tells it."""

    def __init__(self) -> None:
        self.folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="cppls-model-")))
        self.root, self.cache = str(self.folder / "project"), str(self.folder / "cache")
        os.mkdir(self.root)
        self.tree, self.commits = Tree(), [model_project.first_tree()]
        self.next_id = 100
        self.unsaid: set[str] = set()
        """Paths that something happened to, and the server has not been told."""
        self.told: list[str] = []
        self.is_over = False
        self.server = spare()

    def be_born(self) -> None:
        """The project is there and indexed."""
        self.tell("the project is there")
        self.become(self.commits[0])
        self.server.start(self.root, self.cache, watch=self.watch)
        self.server.settle()
        self.unsaid.clear()

    def die(self) -> None:
        """Nothing is left of it."""
        self.server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def another_server(self, *, killed: bool) -> None:
        """Have another server; of what the first was not told, nobody tells it."""
        if killed:
            self.server.kill()
        else:
            self.server.stop()
        self.server = spare()
        self.server.start(self.root, self.cache, watch=self.watch)
        self.unsaid.clear()

    def prove(self) -> None:
        """Tell the server all, and wait: the index is what it would be if built from nothing."""
        self.hint()
        expected = self.expected()
        self.server.settle()
        subject, until = self.database(), time.monotonic() + PATIENCE
        while model_oracle.facts_of(subject) != expected:
            # What may be half-written, a compile database say, is looked at again after a moment,
            # and events take theirs.
            if time.monotonic() > until:
                self.is_over = True
                raise AssertionError(self.story(subject))
            time.sleep(0.1)
            self.server.settle()

    def tell(self, line: str) -> None:
        self.told.append(line)

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id

    def pick(self, number: int) -> tuple[str, File]:
        files = list(self.tree.plain().items())
        return files[number % len(files)]

    def entries(self, entries: dict[str, int]) -> Database:
        return replace(self.tree.database, entries=entries)

    def save(self, told: str, path: str, file: File, atomic: bool) -> None:
        """A file becomes another one."""
        self.try_to(f"{told} {path}", self.tree.put(path, file), atomic=atomic)

    def try_to(self, told: str, new: Tree, *, atomic: bool = False) -> None:
        """Do what leaves the project sound."""
        if model_project.is_sound(new):
            self.tell(told)
            self.become(new, atomic=atomic)

    def become(self, new: Tree, *, atomic: bool = False) -> None:
        """Write a project over the present one."""
        self.unsaid |= model_project.write(self.root, self.tree, new, atomic=atomic)
        self.tree = new

    def move(self, old: str, new: str) -> None:
        """Rename a file or a folder as the system does, with its times."""
        tree = self.tree.move(old, new)
        if not model_project.is_sound(tree):
            return
        self.tell(f"{old} is renamed to {new}")
        os.renames(os.path.join(self.root, old), os.path.join(self.root, new))
        moved = self.tree.files.keys() ^ tree.files.keys()
        self.unsaid |= {os.path.join(self.root, path) for path in moved}
        self.tree = tree

    def is_free(self, name: str) -> bool:
        """Whether a file of this name would not be another one, through a link."""
        return self.tree.resolve(name) == name

    def hint(self) -> None:
        if not self.watch:
            self.server.hint(sorted(self.unsaid))
        self.unsaid.clear()

    def database(self) -> str:
        folder = project_folder_path(self.cache, self.root)
        return Index.open(folder, self.root, write=False).path

    def expected(self) -> model_oracle.Facts:
        fresh = self.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self.fresh = model_oracle.build(self.root, str(fresh), str(self.folder / "compilers"))
        return model_oracle.facts_of(self.fresh)

    def story(self, subject: str) -> str:
        """What happened, what is wrong in the end, and the files as they are."""
        _, notices = self.server.settle()
        lines = ["the index is not what it would be if it were built from nothing."]
        lines += [f"{number:3} {line}" for number, line in enumerate(self.told)]
        lines += [f"the server said: {notice}" for notice in notices]
        found = compare(self.fresh, subject)
        for each in found.differences[:20]:
            record = found.symbols.get(each.symbol)
            name = record.name if record else ""
            place = f"{os.path.relpath(each.path, self.root)}:{each.line + 1}:{each.column + 1}"
            lines.append(f"{each.change} in {each.table}: {place} {name} {each.detail}")
        for path, file in self.tree.plain().items():
            lines += [f"--- {path}", model_project.text_of(path, file)]
        lines += [
            f"--- {path} -> {each}"
            for path, each in self.tree.files.items()
            if isinstance(each, Link)
        ]
        lines.append(model_project.database_text(self.root, self.tree.database))
        return "\n".join(lines)


_spares: list[Server] = []


def spare() -> Server:
    """A server that waits already; the next one gets ready meanwhile."""
    _spares.append(Server())
    if len(_spares) == 1:
        _spares.append(Server())
    return _spares.pop(0)


def end_spares() -> None:
    """Nobody needs them any more."""
    while _spares:
        _spares.pop().kill()
