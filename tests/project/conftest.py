"""A project folder on disk, written file by file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cppls.core.settings import Settings
from cppls.project import Project

Open = Callable[..., Project]


class Folder:
    """A root with helpers that write into it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> str:
        return str(self.path / name)

    def write(self, name: str, text: str = "") -> str:
        """Write a file, its folders too; its absolute path."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def database(self, *entries: Any, at: str = "compile_commands.json") -> str:
        """Write a compile database."""
        return self.write(at, json.dumps(entries))

    def entry(self, name: str, flags: str, driver: str = "/usr/bin/g++") -> dict[str, str]:
        """A database entry of a file, which is written too, empty, when it is not there."""
        if not (self.path / name).exists():
            self.write(name)
        command = f"{driver} {flags} -o {name}.o -c {name}"
        return {"directory": str(self.path), "file": name, "command": command}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / "root"
    root.mkdir()
    return Folder(Path(os.path.realpath(root)))


@pytest.fixture
def open_project(folder: Folder, tmp_path: Path) -> Open:
    def open_it(**settings: Any) -> Project:
        return Project.open(str(folder.path), Settings(**settings), str(tmp_path / "cache"))

    return open_it
