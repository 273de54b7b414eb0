"""Branches of a real project, switched by the real git and indexed by real workers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_whole import cppls
from tests.cli.test_whole import native_library as native_library
from tests.project.test_git import run_git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ONE = {
    "base.h": "#pragma once\n#define SIZE 4\nstruct Base { virtual int size() const; };\n",
    "shape.h": '#pragma once\n#include "base.h"\n'
    "struct Shape : Base { int size() const override { return SIZE; } };\n",
    "a.cpp": '#include "shape.h"\nint area(const Shape& s) { return s.size() * SIZE; }\n',
    "b.cpp": '#include "base.h"\nint Base::size() const { return SIZE; }\n',
    "c.cpp": "int alone() { return 1; }\n",
}
TWO = {
    "base.h": "#pragma once\nenum { SIZE = 5 };\nstruct Base { virtual int size() const; };\n",
    "c.cpp": "int alone() { return 2; }\nint more() { return alone(); }\n",
    "d.cpp": '#include "shape.h"\nShape made;\n',
}
"""What is another one there; ``b.cpp`` is gone."""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree at branch ``one``."""
    root = tmp_path.resolve() / "tree"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "one")
    (root / "compile_flags.txt").write_text("-std=c++17\n")
    write(root, ONE)
    run_git(root, "add", ".")
    run_git(root, "commit", "-q", "-m", "one")
    run_git(root, "checkout", "-q", "-b", "two")
    write(root, TWO)
    (root / "b.cpp").unlink()
    run_git(root, "add", ".")
    run_git(root, "commit", "-q", "-m", "two")
    run_git(root, "checkout", "-q", "one")
    return root


def index(root: Path, cache: str) -> Any:
    code, summary = cppls(
        "index", str(root), "--cache-dir", str(root.parent / cache), "--digest", folder=root
    )
    assert code == 0
    return summary


def test_a_branch_that_was_indexed_before_needs_no_parsing(tree: Path) -> None:
    before = index(tree, "cache")
    run_git(tree, "checkout", "-q", "two")
    there = index(tree, "cache")
    assert there["indexed_now"] >= 3  # a.cpp through the header, c.cpp, d.cpp
    assert there["digest"] == index(tree, "fresh")["digest"]
    run_git(tree, "checkout", "-q", "one")
    back = index(tree, "cache")
    assert back["indexed_now"] == 0
    assert back["digest"] == before["digest"]
    run_git(tree, "checkout", "-q", "two")
    again = index(tree, "cache")
    assert again["indexed_now"] == 0
    assert again["digest"] == there["digest"]


def test_what_is_new_since_the_branch_was_left_is_all_that_is_parsed(tree: Path) -> None:
    index(tree, "cache")
    run_git(tree, "checkout", "-q", "two")
    index(tree, "cache")
    run_git(tree, "checkout", "-q", "one")
    write(tree, {"c.cpp": "int alone() { return 3; }\n"})
    back = index(tree, "cache")
    assert back["indexed_now"] == 1
    assert back["digest"] == index(tree, "fresh")["digest"]
