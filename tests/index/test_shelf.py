"""Contents that come back: taken from the shelf, and only when they are right."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from cppls.core.model import Statistics
from cppls.index.digest import IndexDigest
from cppls.index.reader import Reader
from cppls.index.shelf import Content
from cppls.index.store import Index
from tests.index.shards import SourceFile, failed, hash64, id_of, indexed, names

ROOM = 1 << 20


class Tree:
    """A source, a header, and one that the header includes: on disk, and in an index."""

    def __init__(self, index: Index, reader: Reader, folder: Path) -> None:
        self.index = index
        self.reader = reader
        self.paths = tuple(str(folder / name) for name in ("a.cpp", "h.h", "deep.h"))
        self.source, self.header, self.deep = self.paths
        self.flags = 1

    def write(self, path: str, content: str, mtime_ns: int = 1_000) -> None:
        Path(path).write_text(content)
        os.utime(path, ns=(mtime_ns, mtime_ns))

    def index_all(self, room: int = ROOM) -> IndexDigest:
        """Index what is on disk, wholly, as ``shards.py`` would have it; be idle for a moment."""
        self.index.writer.remove([self.header])  # What a changed file means shows in its includers.
        self.index.writer.commit([indexed(*self.files(), flags_hash=self.flags)])
        self.index.writer.tidy(room)
        return self.reader.digest()

    def take_back(self, changed: Iterable[str], *, gone: Iterable[str] = ()) -> set[str]:
        """Take back what is right, when these files are not as the index has them."""
        present: dict[str, Content | None] = dict.fromkeys(gone)
        for path in changed:
            text = Path(path).read_text()
            present[path] = Content(hash64(text.encode()), len(text), os.stat(path).st_mtime_ns)
        units = {self.source: self.flags} if os.path.exists(self.source) else {}
        return self.index.writer.take_back(present, units)

    def shelf(self) -> Statistics:
        figures = self.index.writer.statistics()["shelf"]
        assert isinstance(figures, dict)
        return figures

    def files(self) -> Sequence[SourceFile]:
        """Each declares what is named by its text; what the last one says shows in all."""
        files = [SourceFile(path, content=Path(path).read_text()) for path in self.paths]
        for file, includes in zip(files, (self.header, self.deep, None), strict=True):
            file.declares(f"in_{file.content}", 3, defines=True)
            file.uses(f"in_{files[-1].content}", 5, 0)
            if includes is not None:
                file.includes_file(includes, 0)
        return files


@pytest.fixture
def tree(index: Index, reader: Reader, tmp_path: Path) -> Tree:
    """It was indexed with the texts ``source``, ``header`` and ``deep``."""
    made = Tree(index, reader, tmp_path)
    for path, content in zip(made.paths, ("source", "header", "deep"), strict=True):
        made.write(path, content)
    made.index_all()
    return made


def test_a_content_that_comes_back_is_taken_from_the_shelf_with_all_that_depends_on_it(
    tree: Tree,
) -> None:
    before = tree.reader.digest()
    tree.write(tree.deep, "DEEPER")
    between = tree.index_all()
    assert between != before

    tree.write(tree.deep, "deep", mtime_ns=2_000)
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}
    assert tree.reader.digest() == before
    info = tree.reader.file(tree.deep)
    assert info is not None
    assert info.mtime_ns == 2_000

    tree.write(tree.deep, "DEEPER", mtime_ns=3_000)
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}
    assert tree.reader.digest() == between


def test_what_is_on_the_shelf_is_in_no_answer(tree: Tree) -> None:
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    assert tree.shelf()["files"] == 3
    assert tree.reader.symbols([id_of("in_deep")]) == []
    assert tree.reader.references([id_of("in_deep")]) == []
    paths = [reference.path for reference in tree.reader.references([id_of("in_DEEPER")])]
    assert paths == sorted([*tree.paths, tree.deep])


def test_merges_keep_what_leads_to_the_shelf(tree: Tree) -> None:
    before = tree.reader.digest()
    for number in range(40):
        tree.write(tree.deep, f"deep {number}")
        tree.index_all()
    assert tree.index.writer.statistics()["merge_steps"] != 0
    tree.write(tree.deep, "deep")
    tree.take_back([tree.deep])
    assert tree.reader.digest() == before
    assert names(tree.reader.search("in_deep")) == ["in_deep"]


def test_a_source_is_not_taken_back_while_what_it_includes_is_another(tree: Tree) -> None:
    tree.write(tree.source, "SOURCE")
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    tree.write(tree.source, "source")
    assert tree.take_back([tree.source]) == set()
    tree.write(tree.deep, "nobody ever saw this")
    assert tree.take_back([tree.source, tree.deep]) == set()
    tree.write(tree.deep, "deep")
    assert tree.take_back([tree.source, tree.deep]) == {tree.source, tree.deep}


def test_a_source_is_not_taken_back_with_other_flags(tree: Tree) -> None:
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    tree.write(tree.deep, "deep")
    tree.flags = 2
    assert tree.take_back([tree.deep]) == set()
    tree.flags = 1
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}


def test_a_unit_that_is_taken_back_extracts_what_is_of_other_flags(tree: Tree) -> None:
    tree.flags = 2
    tree.index.writer.reflag([tree.source])
    tree.index_all()
    with closing(sqlite3.connect(tree.index.path)) as connection, connection:
        paths = "path IN (SELECT id FROM path WHERE path LIKE '%.h')"
        assert connection.execute(f"DELETE FROM shelf WHERE {paths}").rowcount == 2
    tree.flags = 1
    assert tree.take_back([]) == {tree.source}
    assert tree.reader.stale() == sorted([tree.header, tree.deep])
    assert set(tree.index.writer.newly_stale()) == {tree.source}


def test_a_header_that_is_taken_back_means_what_it_did_with_these_flags(tree: Tree) -> None:
    before = tree.reader.digest()
    tree.flags = 2
    tree.index.writer.reflag([tree.source])
    tree.index_all()
    tree.flags = 1
    tree.index.writer.reflag([tree.source])
    assert tree.take_back([]) == {tree.source}
    assert tree.reader.digest() == before
    assert tree.reader.stale() == []


def test_who_extracted_a_changed_header_of_a_compiler_option_does_it_again(tree: Tree) -> None:
    """Nothing includes it, so that nothing else tells that the source is not right."""
    forced = SourceFile(str(Path(tree.deep).with_name("forced.h")), content="before")
    tree.write(str(forced.path), "before")
    tree.index.writer.commit([indexed(*tree.files(), forced)])
    tree.index.writer.tidy(ROOM)
    assert tree.take_back([]) == {tree.source}
    tree.write(str(forced.path), "after")
    assert tree.take_back([str(forced.path)]) == set()


def test_a_switch_of_flags_and_back_needs_nothing(tree: Tree) -> None:
    before = tree.reader.digest()
    tree.flags = 2
    tree.index_all()
    tree.flags = 1
    assert tree.take_back([]) == {tree.source}
    assert tree.reader.digest() == before


def testfiles_that_were_removed_come_back(tree: Tree) -> None:
    before = tree.reader.digest()
    for path in tree.paths:
        os.remove(path)
    assert tree.take_back([], gone=tree.paths) == set()
    tree.index.writer.remove([tree.source])
    tree.index.writer.tidy(ROOM)  # Nothing includes the headers any more.
    assert list(tree.reader.all_files()) == []

    for path, content in zip(tree.paths, ("source", "header", "deep"), strict=True):
        tree.write(path, content)
    assert tree.take_back(tree.paths) == set(tree.paths)
    assert tree.reader.digest() == before


def test_a_header_that_nobody_includes_stays_on_the_shelf(tree: Tree) -> None:
    tree.index.writer.remove([tree.source])
    tree.index.writer.tidy(ROOM)
    os.remove(tree.source)
    assert tree.take_back([tree.header, tree.deep]) == set()
    assert list(tree.reader.all_files()) == []


def test_what_was_never_at_rest_is_not_kept(tree: Tree) -> None:
    """It may be a mixture of two states: a source of one, a header of the other."""
    tree.index_all()
    tree.write(tree.source, "SOURCE")
    tree.index.writer.commit([indexed(*tree.files())])
    tree.write(tree.source, "source 3")
    tree.index.writer.commit([indexed(*tree.files())])
    tree.index.writer.tidy(ROOM)
    tree.write(tree.source, "SOURCE")
    assert tree.take_back([tree.source]) == set()


def test_what_has_changed_on_disk_since_gets_no_context(tree: Tree) -> None:
    tree.write(tree.source, "SOURCE")
    tree.index.writer.commit([indexed(*tree.files())])
    tree.write(tree.deep, "deep, but later", mtime_ns=5_000)
    tree.index.writer.tidy(ROOM)
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    tree.write(tree.deep, "deep")
    assert tree.source not in tree.take_back([tree.deep])


def test_what_a_failed_attempt_left_is_not_taken_for_right(tree: Tree) -> None:
    tree.index.writer.commit([failed(tree.source, "the worker died")])
    assert tree.take_back([]) == set()


def test_an_include_that_led_nowhere_is_never_taken_for_right(tree: Tree) -> None:
    """A file may be there now, and nobody knows which folders are searched."""
    source = SourceFile(tree.source, content="source").misses("gone.h", 1)
    tree.index.writer.commit([indexed(source)])
    tree.index.writer.tidy(ROOM)
    assert tree.take_back([]) == set()


def test_claims_come_and_go_with_contents(tree: Tree) -> None:
    keys, epoch = tree.index.writer.known_keys(), tree.index.writer.claims_epoch
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    assert set(_keys(tree.index.writer.known_keys())) != set(_keys(keys))
    between = tree.index.writer.claims_epoch
    assert between > epoch
    tree.write(tree.deep, "deep")
    tree.take_back([tree.deep])
    assert set(_keys(tree.index.writer.known_keys())) == set(_keys(keys))
    assert tree.index.writer.claims_epoch > between


def test_a_claim_that_was_given_up_counts_again_when_its_file_is_right(tree: Tree) -> None:
    keys = set(_keys(tree.index.writer.known_keys()))
    tree.write(tree.deep, "DEEPER")
    source, header, deep = tree.files()
    tree.index.writer.commit([indexed(source, deep)])  # The header rests on the old content.
    assert header.key not in _keys(tree.index.writer.known_keys())

    tree.write(tree.deep, "deep")
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}
    assert set(_keys(tree.index.writer.known_keys())) == keys
    assert tree.reader.stale_units() == []


def test_what_is_put_on_the_shelf_after_it_gave_up_its_claim_comes_back_with_it(
    tree: Tree,
) -> None:
    keys = set(_keys(tree.index.writer.known_keys()))
    tree.write(tree.deep, "DEEPER")
    source, header, deep = tree.files()
    tree.index.writer.commit([indexed(source, deep)])
    tree.index.writer.commit([indexed(source, header)])
    tree.index.writer.tidy(ROOM)
    tree.write(tree.deep, "deep")
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}
    assert set(_keys(tree.index.writer.known_keys())) == keys


def test_the_shelf_is_bounded_and_what_was_put_there_first_goes_first(tree: Tree) -> None:
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    one = tree.shelf()["bytes"]
    assert isinstance(one, int)
    assert one > 0
    for number in range(8):
        tree.write(tree.deep, f"state {number}")
        tree.index_all(room=3 * one)
    kept = tree.shelf()["bytes"]
    assert isinstance(kept, int)
    assert one < kept <= 3 * one
    assert tree.shelf()["evicted"] != 0
    tree.write(tree.deep, "deep")
    assert tree.take_back([tree.deep]) == set()
    tree.write(tree.deep, "state 6")
    assert tree.take_back([tree.deep]) == {tree.source, tree.deep}


def test_without_room_nothing_is_kept(tree: Tree) -> None:
    tree.write(tree.deep, "DEEPER")
    tree.index_all(room=0)
    assert tree.shelf()["files"] == 0
    tree.write(tree.deep, "deep")
    assert tree.take_back([tree.deep]) == set()


def test_what_is_indexed_once_more_is_not_kept_twice(tree: Tree) -> None:
    before = tree.reader.digest()
    for _ in range(5):
        tree.index_all()
    assert tree.shelf()["files"] == 0
    assert tree.reader.digest() == before


def test_the_shelf_outlives_its_process(tree: Tree, tmp_path: Path) -> None:
    before = tree.reader.digest()
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    tree.index.close()
    tree.index = Index.open(str(tmp_path), "/project", write=True)
    try:
        assert tree.shelf()["files"] == 3
        tree.write(tree.deep, "deep")
        tree.take_back([tree.deep])
        assert tree.reader.digest() == before
    finally:
        tree.index.close()


def test_what_is_kept_is_known(tree: Tree) -> None:
    assert tree.reader.earlier() == {}
    tree.write(tree.deep, "DEEPER")
    tree.index_all()
    texts = dict(zip(tree.paths, (b"source", b"header", b"deep"), strict=True))
    kept = {path: {(hash64(text), len(text))} for path, text in texts.items()}
    assert tree.reader.earlier() == kept
    assert tree.reader.earlier([tree.deep, "/elsewhere.h"]) == {tree.deep: kept[tree.deep]}


def _keys(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed) // 8}Q", packed)
