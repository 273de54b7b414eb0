"""The index as files on disk: who may write, and what happens when something goes wrong."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cppls.index import database, schema, store
from cppls.index.errors import (
    IndexDamaged,
    IndexFull,
    IndexLocked,
    IndexUnavailable,
    sqlite_errors,
)
from cppls.index.reader import Reader
from cppls.index.store import Index, project_folder, project_folder_path
from tests.index.shards import SourceFile, failed, id_of, indexed, many_symbols

ROOT = "/project"
REPOSITORY = Path(__file__).parents[2]


def open_to_write(folder: Path) -> Index:
    return Index.open(str(folder), ROOT, write=True)


def fill(folder: Path, count: int = 300) -> None:
    with open_to_write(folder) as index:
        index.writer.commit([indexed(many_symbols("/p/a.c", count))])


@contextmanager
def other_process(script: str, *arguments: str) -> Generator[subprocess.Popen[str], None, None]:
    """A Python process that runs ``script``; killed at the end if it still runs."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY) as process:
        try:
            yield process
        finally:
            process.kill()


HOLD = """
    import sys
    from cppls.index.store import Index
    with Index.open(sys.argv[1], "/project", write=True):
        print("holding", flush=True)
        sys.stdin.readline()
"""

COMMIT_FOR_EVER = """
    import sys
    from cppls.index.store import Index
    from tests.index.shards import indexed, many_symbols
    index = Index.open(sys.argv[1], "/project", write=True)
    results = [indexed(many_symbols(f"/p/{n}.c", 200, prefix=f"p{n}_")) for n in range(40)]
    for number in range(10_000):
        batch = results[number % 10 * 4 : number % 10 * 4 + 4]
        index.writer.commit(batch)
        print(number, flush=True)
"""


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


# --- folders ----------------------------------------------------------------------------------


def test_a_project_has_a_private_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPPLS_CACHE_DIR", str(tmp_path / "cache"))
    one, other = (tmp_path / name / "project" for name in ("one", "other"))
    one.mkdir(parents=True)
    (tmp_path / "link").symlink_to(one)
    folder = project_folder("", str(one))
    for made in (Path(folder), tmp_path / "cache"):
        assert made.stat().st_mode & 0o777 == 0o700
    assert Path(folder).parent == tmp_path / "cache"
    assert Path(folder).name.startswith("project-")
    assert project_folder("", str(tmp_path / "link")) == folder
    assert project_folder("", str(other)) != folder


def test_the_cache_folder_is_the_argument_else_the_environment_else_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPPLS_CACHE_DIR", "/from/environment")
    assert project_folder_path("/given", "/p").startswith("/given/p-")
    assert project_folder_path("", "/p").startswith("/from/environment/p-")
    monkeypatch.delenv("CPPLS_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    if sys.platform.startswith("linux"):
        assert project_folder_path("", "/p").startswith("/xdg/cppls/p-")
    assert not Path("/given").exists()


def test_a_folder_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    folder = Path(project_folder(str(tmp_path), "/p"))
    folder.chmod(0o755)
    project_folder(str(tmp_path), "/p")
    assert folder.stat().st_mode & 0o077 == 0


def test_what_lies_in_a_folder_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    folder = Path(project_folder(str(tmp_path), "/p"))
    fill(folder)
    (folder / "preambles").mkdir()
    (folder / "preambles" / "planted.pch").touch()
    (tmp_path / "mine").touch()
    (folder / "link").symlink_to(tmp_path / "mine")
    folder.chmod(0o770)
    project_folder(str(tmp_path), "/p")
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o077 == 0
    assert (tmp_path / "mine").exists()


def test_an_index_that_was_made_for_another_folder_is_not_trusted(tmp_path: Path) -> None:
    """A cache that was copied or moved names files of another place."""
    one, other, cache = (tmp_path / name for name in ("one", "other", "cache"))
    for folder in (one, other, cache):
        folder.mkdir()
    (tmp_path / "link").symlink_to(one)
    with Index.open(str(cache), str(one), write=True) as index:
        index.writer.commit([indexed(SourceFile("/p/a.c"))])
    assert Index.open(str(cache), str(tmp_path / "link"), write=False).reader().counts().files == 1
    reader = Index.open(str(cache), str(other), write=False).reader()
    with pytest.raises(IndexUnavailable, match="made for another folder than "):
        reader.counts()
    with Index.open(str(cache), str(other), write=True) as index:
        assert "made for another folder" in index.notices[0]
        assert reader.counts().files == 0
    reader.close()


def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_folder(str(tmp_path), "/p")
    monkeypatch.setattr(store.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(IndexUnavailable, match="belongs to another user; choose another folder"):
        project_folder(str(tmp_path), "/p")


def test_a_cache_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnavailable, match="--cache-dir"):
        project_folder(str(tmp_path / "file"), "/p")
    with pytest.raises(IndexUnavailable, match="--cache-dir"):
        open_to_write(tmp_path / "nowhere")


# --- one writer, many readers -----------------------------------------------------------------


def test_a_second_writer_hears_who_the_first_is_and_reads_its_commits(tmp_path: Path) -> None:
    with other_process(HOLD, str(tmp_path)) as owner:
        assert first_line(owner) == "holding"
        with pytest.raises(IndexLocked) as refused:
            open_to_write(tmp_path)
        assert refused.value.pid == owner.pid
        follower = Index.open(str(tmp_path), ROOT, write=False)
        assert follower.reader().counts().files == 0
        with pytest.raises(IndexUnavailable, match="reading only"):
            _ = follower.writer
        owner.communicate("\n")
    with open_to_write(tmp_path):
        pass


def test_the_lock_of_a_killed_writer_is_free_again(tmp_path: Path) -> None:
    with other_process(HOLD, str(tmp_path)) as owner:
        assert first_line(owner) == "holding"
        owner.kill()
        owner.wait()
        with open_to_write(tmp_path) as index:
            assert index.notices == []


def test_a_reader_sees_each_commit_and_none_by_halves(tmp_path: Path) -> None:
    with open_to_write(tmp_path) as index:
        index.writer.commit([failed("/p/0.c", "")])
        sizes: set[int] = set()
        done = threading.Event()

        def read() -> None:
            with closing(index.reader()) as reader:
                while not done.is_set():
                    sizes.add(len(reader.symbols_named("both")))
                sizes.add(len(reader.symbols_named("both")))

        thread = threading.Thread(target=read)
        thread.start()
        for number in range(30):
            two = [
                SourceFile(f"/p/{side}.c", str(number)).declares("both", 1) for side in ("x", "y")
            ]
            for side, file in enumerate(two):
                # Two symbols of one name, one in each file of the batch.
                record = file.records.pop(id_of("both"))
                file.records[side + 1] = type(record)(
                    side + 1, *(getattr(record, name) for name in record.__struct_fields__[1:])
                )
            index.writer.commit([indexed(file) for file in two])
        done.set()
        thread.join()
        assert sizes <= {0, 2}
        assert 2 in sizes


def test_without_an_index_a_reader_says_what_to_do(tmp_path: Path) -> None:
    reader = Index.open(str(tmp_path), ROOT, write=False).reader()
    with pytest.raises(IndexUnavailable, match="no index yet; index the project first"):
        reader.counts()
    fill(tmp_path)
    assert reader.counts().files == 1


# --- versions ---------------------------------------------------------------------------------


def set_version(folder: Path, version: int) -> None:
    with closing(sqlite3.connect(folder / "index.db")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("version", [0, schema.SCHEMA_VERSION + 1])
def test_an_index_of_another_version_is_rebuilt_whole(tmp_path: Path, version: int) -> None:
    fill(tmp_path)
    set_version(tmp_path, version)
    reader = Index.open(str(tmp_path), ROOT, write=False).reader()
    with pytest.raises(IndexUnavailable, match="another version"):
        reader.counts()
    with open_to_write(tmp_path) as index:
        assert "another version" in index.notices[0]
        assert reader.counts().files == 0
    with open_to_write(tmp_path) as index:
        assert index.notices == []


def test_two_servers_that_start_at_once_rebuild_only_once(tmp_path: Path) -> None:
    fill(tmp_path)
    set_version(tmp_path, 99)
    script = """
        import sys
        from cppls.index.errors import IndexLocked
        from cppls.index.store import Index
        try:
            index = Index.open(sys.argv[1], "/project", write=True)
            print("wrote", len(index.notices), flush=True)
        except IndexLocked:
            print("locked", flush=True)
        sys.stdin.readline()
    """
    with (
        other_process(script, str(tmp_path)) as one,
        other_process(script, str(tmp_path)) as other,
    ):
        assert sorted([first_line(one), first_line(other)]) == ["locked", "wrote 1"]
        assert Index.open(str(tmp_path), ROOT, write=False).reader().counts().files == 0
        one.communicate("\n")
        other.communicate("\n")


# --- kills, damage, full disks ----------------------------------------------------------------


def test_a_kill_in_the_middle_of_a_commit_loses_no_finished_one(tmp_path: Path) -> None:
    with other_process(COMMIT_FOR_EVER, str(tmp_path)) as process:
        while int(first_line(process)) < 12:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with open_to_write(tmp_path) as index, closing(index.reader()) as reader:
        assert index.notices == []
        assert reader.counts().translation_units == 40
        for number in range(40):
            (symbol,) = reader.symbols_named(f"p{number}_7")
            assert len(reader.references([symbol.id])) == 2


@pytest.mark.parametrize("damage", ["rubbish", "truncated", "empty schema", "torn page"])
def test_a_damaged_index_is_set_aside_and_rebuilt(tmp_path: Path, damage: str) -> None:
    fill(tmp_path)
    database = tmp_path / "index.db"
    whole = database.read_bytes()
    if damage == "rubbish":
        database.write_bytes(b"not a database" * 1000)
    elif damage == "truncated":
        database.write_bytes(whole[: len(whole) // 2])
    elif damage == "empty schema":
        database.write_bytes(whole[:100] + bytes(4096 - 100) + whole[4096:])
    else:
        middle = len(whole) // 2 // 4096 * 4096
        database.write_bytes(whole[:middle] + b"\xa5" * 4096 + whole[middle + 4096 :])
        # A tear inside shows only to a look at every page, which follows a crash.
        (tmp_path / "lock").write_text("12345")
    with open_to_write(tmp_path) as index, closing(index.reader()) as reader:
        assert "set aside" in index.notices[0]
        assert reader.counts().files == 0
        index.writer.commit([indexed(many_symbols("/p/b.c", 3))])
        assert reader.counts().files == 1
    assert len(list(tmp_path.glob("index.db.damaged-*"))) == 1


def test_the_log_of_a_damaged_index_is_not_played_into_the_new_one(tmp_path: Path) -> None:
    before, crashed = tmp_path / "before", tmp_path / "crashed"
    before.mkdir()
    crashed.mkdir()
    with open_to_write(before) as index:
        index.writer.commit([indexed(many_symbols("/p/a.c", 300))])
        # What a killed writer leaves: commits that only the log holds.
        (crashed / "index.db-wal").write_bytes((before / "index.db-wal").read_bytes())
    database.create(str(crashed / "index.db"), ROOT)
    with closing(Reader(str(crashed / "index.db"))) as reader:
        assert reader.counts().files == 0


def test_only_the_newest_damaged_index_is_kept(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "index.db").write_bytes(b"not a database %d" % number * 1000)
        open_to_write(tmp_path).close()
    (kept,) = tmp_path.glob("index.db.damaged-*")
    assert kept.name == "index.db.damaged-3"
    assert kept.read_bytes().startswith(b"not a database 2")


def test_damage_found_while_writing_starts_an_empty_index(tmp_path: Path) -> None:
    fill(tmp_path, 3_000)
    with open_to_write(tmp_path) as index, closing(index.reader()) as reader:
        with open(tmp_path / "index.db", "r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * 4096 * 60)
        with pytest.raises(IndexDamaged):
            reader.counts()
        epoch = index.writer.claims_epoch
        with pytest.raises(IndexDamaged, match="built again"):
            index.writer.commit([indexed(many_symbols("/p/a.c", 10))])
        assert "set aside" in index.notices[0]
        assert index.writer.claims_epoch > epoch
        assert index.writer.known_keys() == b""
        index.writer.commit([indexed(many_symbols("/p/a.c", 10))])
        assert reader.counts().files == 1


class ReadOnlyFolder:
    """A folder nobody may write, which root could not be shown: what SQLite says of one there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._connect = schema.connect_reader
        monkeypatch.setattr("cppls.index.reader.connect_reader", self.connect)
        monkeypatch.setattr("cppls.index.reader.os.access", lambda *_: False)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    def connect(
        self, path: str, *, immutable: bool, factory: type[sqlite3.Connection]
    ) -> sqlite3.Connection:
        if not immutable:
            raise sqlite3.OperationalError("unable to open database file")
        return self._connect(path, immutable=True, factory=factory)


def test_an_index_in_a_folder_nobody_may_write_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    ReadOnlyFolder(monkeypatch)
    with closing(Reader(str(tmp_path / "index.db"))) as reader:
        assert reader.counts().files == 1
    assert {path.name for path in tmp_path.iterdir()} == {"index.db", "lock"}


def test_an_index_that_someone_writes_is_never_taken_for_unchanging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    ReadOnlyFolder(monkeypatch)
    with closing(Reader(str(tmp_path / "index.db"))) as reader:
        with open_to_write(tmp_path), pytest.raises(IndexUnavailable, match="--cache-dir"):
            reader.counts()
        (tmp_path / "index.db-wal").write_bytes(b"what a killed writer left")
        with pytest.raises(IndexUnavailable, match="--cache-dir"):
            reader.counts()


def test_who_may_not_write_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, *_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr("cppls.index.lock.os.open", refuse)
    with pytest.raises(IndexUnavailable, match=r"Read-only.*choose another with --cache-dir"):
        open_to_write(tmp_path)


def test_a_full_disk_is_said_clearly_and_costs_nothing(tmp_path: Path) -> None:
    with open_to_write(tmp_path) as index, closing(index.reader()) as reader:
        index.writer.commit([indexed(SourceFile("/p/a.c").declares("kept", 1))])
        connection = index.writer._connection  # pyright: ignore[reportPrivateUsage]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(IndexFull, match="free disk space"):
            index.writer.commit([indexed(many_symbols("/p/b.c", 2_000))])
        assert reader.symbols_named("kept") != []
        assert reader.counts().files == 1
        connection.execute("PRAGMA max_page_count = 1000000")
        index.writer.commit([indexed(many_symbols("/p/b.c", 2_000))])
        assert reader.counts().files == 2


def test_a_file_size_limit_is_an_error_and_not_a_death(tmp_path: Path) -> None:
    with open_to_write(tmp_path) as index, closing(index.reader()) as reader:
        index.writer.commit([indexed(SourceFile("/p/a.c").declares("kept", 1))])
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
        try:
            with pytest.raises(IndexUnavailable, match=r"quota|room"):
                index.writer.commit([indexed(many_symbols("/p/b.c", 3_000))])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [symbol.name for symbol in reader.symbols_named("kept")] == ["kept"]
        index.writer.commit([indexed(many_symbols("/p/b.c", 3_000))])
        assert reader.counts().files == 2


def test_statistics_tell_what_was_done(tmp_path: Path) -> None:
    with open_to_write(tmp_path) as index:
        index.writer.commit([failed("/p/a.c", "no")])
        reader = index.reader()
        reader.counts()
        reader.counts()
        assert reader.statistics() == {"open": True, "questions": 2, "openings": 1}
        reader.close()
        assert reader.statistics()["open"] is False
        statistics = index.statistics()
        assert statistics["writing"] is True
        assert statistics["writer"] == {
            "commits": 1,
            "merge_steps": 0,
            "rebuilds": 0,
            "recently_renewed": 0,
            "claims_epoch": 0,
            "shelf": {"files": 0, "bytes": 0, "taken_back": 0, "evicted": 0},
        }


def test_a_reader_of_a_replaced_database_opens_the_new_one(tmp_path: Path) -> None:
    fill(tmp_path)
    with closing(Reader(str(tmp_path / "index.db"))) as reader:
        assert reader.counts().files == 1
        with open_to_write(tmp_path) as index:
            index.writer.rebuild("as a test")
            assert reader.counts().files == 0
            index.writer.commit([failed("/p/a.c", "no")])
            assert reader.counts().translation_units == 1
        assert reader.statistics()["openings"] == 2


def test_a_question_beyond_the_limits_of_sqlite_does_not_cost_the_index(tmp_path: Path) -> None:
    for text in ("LIKE or GLOB pattern too complex", "too many SQL variables", "interrupted"):
        with (
            pytest.raises(IndexUnavailable, match="cannot answer"),
            sqlite_errors(str(tmp_path / "index.db")),
        ):
            raise sqlite3.OperationalError(text)
