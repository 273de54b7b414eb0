"""A sweep finds what changed in folders, with nothing but another look."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cppls.project.sweep import Sweep

LONG = 100.0
"""Seconds of CPU: a whole round."""


def sweep(*folders: Path, since: int | None = None) -> Sweep:
    made = Sweep(time.time_ns() + 10**12 if since is None else since, lambda n: n[-2:] != ".o")
    made.watch(map(str, folders))
    return made


def found(looked: Sweep) -> list[str]:
    paths, ended = looked.step(LONG)
    assert ended
    return sorted(map(os.path.basename, paths))


def test_the_first_look_tells_only_what_changed_since(tmp_path: Path) -> None:
    folder = tmp_path / "A"
    folder.mkdir()
    (folder / "old.c").touch()
    assert found(sweep(folder)) == []
    assert found(sweep(folder, since=0)) == ["A", "old.c"]


def test_what_is_written_made_removed_or_replaced_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "A"
    folder.mkdir()
    for name in ("a.c", "b.c", "x.o"):
        (folder / name).write_text("1")
    looked = sweep(folder)
    assert found(looked) == found(looked) == []
    (folder / "a.c").write_text("22")
    assert found(looked) == ["A", "a.c", "b.c"]
    assert found(looked) == []
    (folder / "a.c").unlink()
    assert found(looked) == ["A", "b.c"]
    (folder / "in").mkdir()
    assert found(looked) == ["A", "b.c", "in"]
    os.utime(folder / "b.c", ns=(5, 5))
    assert found(looked) == ["A", "b.c", "in"]
    (folder / "x.o").write_text("22")
    assert found(looked) == []


def test_a_folder_that_goes_and_comes_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "a.c").touch()
    looked = sweep(folder)
    assert found(looked) == []
    folder.rename(tmp_path / "away")
    assert found(looked) == ["src"]
    assert found(looked) == []
    (tmp_path / "away").rename(folder)
    assert found(looked) == ["a.c", "src"]


def test_a_link_that_leads_elsewhere_is_told(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("one")
    looked = sweep(tmp_path)
    assert found(looked) == []
    link.unlink()
    link.symlink_to("two")
    assert "link" in found(looked)


def test_a_step_takes_no_more_than_its_time_but_goes_on(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    looked = sweep(*folders)
    ends = [looked.step(0.0)[1] for _ in range(10)]
    assert ends == [False, False, False, False, True] * 2
    assert looked.statistics() == {"folders": 5, "looks": 10, "rounds": 2}


def test_what_is_known_of_a_folder_stays_when_others_come(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    looked = sweep(one)
    assert found(looked) == []
    looked.watch([str(two), str(one)])
    (one / "a.c").touch()
    assert found(looked) == ["a.c", "one"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_does_no_harm(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        assert found(sweep(tmp_path)) == []
    finally:
        tmp_path.chmod(0o700)
