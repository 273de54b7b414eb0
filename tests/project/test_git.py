"""What is known of git without running it: real repositories, made by the system's git."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from cppls.project import git
from cppls.project.locate import git_folder

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def run_git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")
    alone = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *who, *arguments]
    subprocess.run(command, cwd=folder, env=alone, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree with two branches, ``one`` and ``two``."""
    tree = tmp_path / "tree"
    tree.mkdir()
    run_git(tree, "init", "-q", "-b", "one")
    commit(tree, "int one;")
    run_git(tree, "checkout", "-q", "-b", "two")
    commit(tree, "int two;")
    return tree


def commit(tree: Path, text: str) -> None:
    (tree / "a.c").write_text(text)
    run_git(tree, "add", ".")
    run_git(tree, "commit", "-q", "-m", text)


def move_of(tree: Path) -> bytes:
    folder = git_folder(str(tree))
    assert folder
    return git.last_move(folder)


def test_a_switch_moves_and_so_do_a_reset_and_a_rebase(tree: Path) -> None:
    moves = [move_of(tree)]
    for arguments in (
        ["checkout", "-q", "one"],
        ["checkout", "-q", "two"],
        ["reset", "-q", "--hard", "one"],
        ["merge", "-q", "two@{1}"],
    ):
        run_git(tree, *arguments)
        moves.append(move_of(tree))
    assert len(set(moves)) == len(moves)


def test_a_commit_of_what_lies_there_is_no_move(tree: Path) -> None:
    before = move_of(tree)
    commit(tree, "int three;")
    run_git(tree, "commit", "-q", "--amend", "-m", "another message")
    assert move_of(tree) == before


def test_every_work_tree_moves_by_itself(tree: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    run_git(tree, "worktree", "add", "-q", str(second), "one")
    assert (second / ".git").is_file()
    before, before_second = move_of(tree), move_of(second)
    run_git(second, "checkout", "-q", "--detach", "two")
    assert move_of(second) != before_second
    assert move_of(tree) == before


def test_without_a_log_the_branch_that_is_checked_out_tells(tree: Path) -> None:
    run_git(tree, "config", "core.logAllRefUpdates", "false")
    shutil.rmtree(tree / ".git" / "logs")
    before = move_of(tree)
    run_git(tree, "checkout", "-q", "one")
    assert move_of(tree) != before


def test_git_is_at_work_while_it_holds_the_lock_of_its_index(tree: Path) -> None:
    folder = git_folder(str(tree))
    assert not git.is_at_work(folder)
    lock = Path(folder, "index.lock")
    lock.touch()
    assert git.is_at_work(folder)
    long_ago = time.time() - git.LOCK_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    assert not git.is_at_work(folder)


def test_what_is_no_repository_says_nothing(tmp_path: Path) -> None:
    assert git.last_move(str(tmp_path)) == b""
    assert not git.is_at_work(str(tmp_path))
