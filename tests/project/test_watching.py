"""A watcher gives hints about changed files, and gives up on nothing."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cppls.project import watching
from cppls.project.watching import Batch, Watcher

PATIENCE = 20.0
"""Seconds until a test that waits for an event gives up."""


class Ears:
    """Collects what watchers say."""

    def __init__(self) -> None:
        self.batches: queue.Queue[Batch] = queue.Queue()
        self.reports: queue.Queue[str] = queue.Queue()
        self.watchers: list[Watcher] = []

    def watch(self, *folders: Path) -> Watcher:
        watcher = Watcher(map(str, folders), self.batches.put, self.reports.put)
        self.watchers.append(watcher)
        return watcher

    def until(self, wanted: Callable[[Batch], bool], poke: Callable[[], object]) -> Batch:
        """Poke until a wanted batch comes: a watch begins a moment after its thread does."""
        for _ in range(int(PATIENCE / 0.5)):
            poke()
            try:
                while not wanted(batch := self.batches.get(timeout=0.5)):
                    pass
            except queue.Empty:
                continue
            return batch
        raise AssertionError("no such batch came")


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    monkeypatch.setattr(watching, "DEBOUNCE", 50)
    monkeypatch.setattr(watching, "STEP", 10)
    monkeypatch.setattr(watching, "RETRY", 0.05)
    monkeypatch.setattr(watching, "POLL", 0.05)
    ears = Ears()
    yield ears
    for watcher in ears.watchers:
        watcher.stop()


def test_a_written_file_is_reported(tmp_path: Path, ears: Ears) -> None:
    ears.watch(tmp_path)
    file = tmp_path / "a.c"
    batch = ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("int a;"))
    assert not batch.missed


def test_folders_can_be_added_and_what_was_missed_meanwhile_is_said(
    tmp_path: Path, ears: Ears
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    watcher = ears.watch(tmp_path / "one")
    watcher.extend([str(tmp_path / "two")])
    file = tmp_path / "two" / "b.c"
    seen: list[Batch] = []
    ears.until(lambda b: seen.append(b) or str(file) in b.paths, lambda: file.write_text("x"))
    assert watcher.statistics()["folders"] == 2
    watcher.extend([str(tmp_path / "two")])
    assert watcher.statistics()["folders"] == 2


def test_a_file_name_that_is_not_utf8_does_not_end_the_watch(tmp_path: Path, ears: Ears) -> None:
    ears.watch(tmp_path)
    odd = os.path.join(os.fsencode(tmp_path), b"\xff\xfe.c")

    def write() -> None:
        with open(odd, "w") as file:
            file.write("x")

    ears.until(lambda b: b.missed, write)
    file = tmp_path / "after.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("int a;"))


def test_where_the_system_gives_no_more_watches_everything_is_looked_at_now_and_then(
    tmp_path: Path, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watching, "watch", exhausted)
    watcher = ears.watch(tmp_path)
    for _ in range(3):
        assert ears.batches.get(timeout=PATIENCE) == Batch(frozenset(), missed=True)
    assert "fs.inotify.max_user_watches" in ears.reports.get(timeout=PATIENCE)
    assert ears.reports.empty()
    assert watcher.statistics()["polling"] is True


def test_after_stop_nothing_comes(tmp_path: Path, ears: Ears) -> None:
    watcher = ears.watch(tmp_path)
    file = tmp_path / "a.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    watcher.stop()
    while not ears.batches.empty():
        ears.batches.get()
    file.write_text("y")
    with pytest.raises(queue.Empty):
        ears.batches.get(timeout=0.3)


def test_folders_that_vanish_or_cannot_be_named_do_no_harm(tmp_path: Path, ears: Ears) -> None:
    odd = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xff")))
    odd.mkdir()
    ears.watch(tmp_path / "gone", odd)
    assert "not UTF-8" in ears.reports.get(timeout=PATIENCE)
    assert ears.batches.get(timeout=PATIENCE).missed
