"""A watcher gives hints about changed files, and gives up on nothing."""

from __future__ import annotations

import contextlib
import os
import queue
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from watchfiles import Change

from cppls.project import watching
from cppls.project.watching import Batch, Watched, Watcher

PATIENCE = 20.0
"""Seconds until a test that waits for an event gives up."""


class Ears:
    """Collects what watchers say."""

    def __init__(self) -> None:
        self.batches: queue.Queue[Batch] = queue.Queue()
        self.reports: queue.Queue[str] = queue.Queue()
        self.watchers: list[Watcher] = []

    def watch(
        self,
        *folders: Path,
        slow: Sequence[Path] = (),
        matters: Callable[[str], bool] = lambda _: True,
        since: int | None = None,
    ) -> Watcher:
        watched = Watched(tuple(map(str, folders)), tuple(map(str, slow)))
        watcher = Watcher(watched, self.batches.put, self.reports.put, matters=matters, since=since)
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

    def hear(self, path: Path) -> Batch:
        """Wait for a batch that names ``path``, doing nothing."""
        return self.until(lambda batch: str(path) in batch.paths, lambda: None)


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    monkeypatch.setattr(watching, "DEBOUNCE", 50)
    monkeypatch.setattr(watching, "STEP", 10)
    monkeypatch.setattr(watching, "TICK", 0.05)
    monkeypatch.setattr(watching, "RETRY", 0.05)
    monkeypatch.setattr(watching, "POLL", 0.05)
    monkeypatch.setattr(watching, "SHARE", 0.5)
    ears = Ears()
    yield ears
    for watcher in ears.watchers:
        watcher.stop()


def until_quiet(ears: Ears) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            ears.batches.get(timeout=0.4)


def test_a_written_file_is_reported(tmp_path: Path, ears: Ears) -> None:
    ears.watch(tmp_path)
    file = tmp_path / "a.c"
    batch = ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("int a;"))
    assert not batch.missed


def test_what_does_not_matter_is_not(tmp_path: Path, ears: Ears) -> None:
    ears.watch(tmp_path, matters=lambda name: not name.endswith(".o"))
    file = tmp_path / "a.c"
    seen: set[str] = set()

    def write() -> None:
        (tmp_path / "a.o").write_text("x")
        file.write_text("x")

    ears.until(lambda b: bool(seen.update(b.paths)) or str(file) in b.paths, write)
    assert not [path for path in seen if path.endswith(".o")]


def test_what_changed_before_the_watch_began_is_said(tmp_path: Path, ears: Ears) -> None:
    (tmp_path / "early.c").touch()
    ears.watch(tmp_path, since=0)
    ears.hear(tmp_path / "early.c")


def test_folders_can_be_added_and_what_is_in_them_is_said(tmp_path: Path, ears: Ears) -> None:
    (tmp_path / "one").mkdir()
    watcher = ears.watch(tmp_path / "one", since=0)
    until_quiet(ears)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "there.c").touch()
    (tmp_path / "two" / "below").mkdir()
    watcher.extend([str(tmp_path / "two")])
    batch = ears.hear(tmp_path / "two" / "there.c")
    assert str(tmp_path / "two" / "below") in batch.paths
    assert not batch.missed
    file = tmp_path / "two" / "b.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    file = tmp_path / "one" / "a.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    assert watcher.statistics()["events"] == 2
    assert watcher.statistics()["restarts"] == 0


def test_a_folder_that_is_made_later_is_watched_then(tmp_path: Path, ears: Ears) -> None:
    watcher = ears.watch(tmp_path / "build" / "generated")
    ears.until(lambda b: str(tmp_path / "x") in b.paths, (tmp_path / "x").touch)
    (tmp_path / "build" / "generated").mkdir(parents=True)
    (tmp_path / "build" / "generated" / "config.h").touch()
    ears.hear(tmp_path / "build" / "generated" / "config.h")
    file = tmp_path / "build" / "generated" / "later.h"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    assert watcher.statistics()["events"] == 1


def test_a_folder_that_comes_back_is_watched_again(tmp_path: Path, ears: Ears) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    ears.watch(folder)
    file = folder / "a.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    folder.rename(tmp_path / "away")
    ears.hear(folder)
    (tmp_path / "away").rename(folder)
    ears.hear(file)
    new = folder / "b.c"
    ears.until(lambda b: str(new) in b.paths, lambda: new.write_text("x"))


def test_a_file_name_that_is_not_utf8_does_not_end_the_watch(tmp_path: Path, ears: Ears) -> None:
    ears.watch(tmp_path)
    odd = os.path.join(os.fsencode(tmp_path), b"\xff\xfe.c")

    def write() -> None:
        with open(odd, "w") as file:
            file.write("x")

    ears.until(lambda b: b.missed, write)
    file = tmp_path / "after.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("int a;"))


def test_folders_above_the_bound_are_looked_at_in_turns(
    tmp_path: Path, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MAX_EVENTS", 2)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    watcher = ears.watch(*folders)
    for folder in folders:
        file = folder / "a.c"
        ears.until(
            lambda b, file=file: str(file) in b.paths, lambda file=file: file.write_text("x")
        )
    assert watcher.statistics()["events"] == 2
    assert "fs.inotify.max_user_watches" in ears.reports.get(timeout=PATIENCE)
    assert ears.reports.empty()


def test_where_the_system_grants_fewer_the_rest_is_looked_at_in_turns(
    tmp_path: Path, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = watching._events  # pyright: ignore[reportPrivateUsage]

    def scarce(
        folders: Sequence[str], stop: Event
    ) -> Generator[set[tuple[Change, str]], None, None]:
        if len(folders) > 2:
            raise OSError(28, "No space left on device")
        yield from real(folders, stop)

    monkeypatch.setattr(watching, "_events", scarce)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    watcher = ears.watch(*folders)
    for folder in folders:
        file = folder / "a.c"
        ears.until(
            lambda b, file=file: str(file) in b.paths, lambda file=file: file.write_text("x")
        )
    assert watcher.statistics()["events"] == 2
    assert "No space left" in ears.reports.get(timeout=PATIENCE)
    assert ears.reports.empty()


def test_a_change_whose_event_was_lost_is_found_all_the_same(
    tmp_path: Path, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(
        _folders: Sequence[str], stop: Event
    ) -> Generator[set[tuple[Change, str]], None, None]:
        while not stop.wait(0.01):
            yield set()

    monkeypatch.setattr(watching, "_events", deaf)
    monkeypatch.setattr(watching, "RECHECK", 0.05)
    watcher = ears.watch(tmp_path)
    file = tmp_path / "a.c"
    ears.until(lambda b: str(file) in b.paths, lambda: file.write_text("x"))
    assert watcher.statistics()["events"] == 1


def test_so_many_changes_at_once_that_some_may_be_lost_are_said_to_be(
    tmp_path: Path, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LARGE", 5)
    ears.watch(tmp_path)

    def write() -> None:
        for number in range(9):
            (tmp_path / f"{number}.c").write_text("x")

    ears.until(lambda b: b.missed and len(b.paths) >= 5, write)


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


def test_a_folder_that_cannot_be_named_is_looked_at_in_turns(tmp_path: Path, ears: Ears) -> None:
    odd = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xff")))
    odd.mkdir()
    ears.watch(odd)
    assert "not UTF-8" in ears.reports.get(timeout=PATIENCE)
    ears.until(lambda b: str(odd / "a.c") in b.paths, (odd / "a.c").touch)
