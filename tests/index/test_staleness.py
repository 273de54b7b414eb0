"""A header's new content is stored: who has seen the old one is known from then on."""

from __future__ import annotations

import msgspec
import pytest

from cppls.core.model import FileStatus
from cppls.index.reader import Reader
from cppls.index.store import Index
from cppls.index.writer import Stamp, TranslationUnitResult, Writer
from tests.index.shards import SourceFile, indexed


def _unit(name: str, *includes: str) -> SourceFile:
    file = SourceFile(f"/p/{name}.cpp", name)
    for line, target in enumerate(includes):
        file.includes_file(f"/p/{target}", line)
    return file


def _header(name: str, content: str, *includes: str) -> SourceFile:
    file = SourceFile(f"/p/{name}", content)
    for line, target in enumerate(includes):
        file.includes_file(f"/p/{target}", line)
    return file


@pytest.fixture
def writer(index: Index) -> Writer:
    """Units a, b and c include mid.h, which includes low.h; d includes nothing."""
    mid = _header("mid.h", "mid", "low.h")
    batch = [indexed(_unit(name, "mid.h")) for name in "bc"]
    index.writer.commit(
        [indexed(_unit("a", "mid.h"), mid, _header("low.h", "old")), *batch, indexed(_unit("d"))]
    )
    assert index.writer.newly_stale() == []
    return index.writer


def _changed(text: str = "new", *, begun: int = 10, ended: int = 20) -> TranslationUnitResult:
    """Unit a came first with another content of low.h."""
    return _at(indexed(_unit("a", "mid.h"), _header("low.h", text)), begun, ended)


def _at(result: TranslationUnitResult, begun: int, ended: int = 0) -> TranslationUnitResult:
    return msgspec.structs.replace(result, begun=begun, ended=ended)


def test_the_others_that_include_it_are_noted_with_its_content(
    writer: Writer, reader: Reader
) -> None:
    writer.commit([_changed()])
    assert sorted(writer.newly_stale()) == ["/p/b.cpp", "/p/c.cpp"]
    assert reader.stale_units() == ["/p/b.cpp", "/p/c.cpp"]


def test_what_a_compiler_option_includes_concerns_its_units_as_well(
    writer: Writer, reader: Reader
) -> None:
    given = [_unit(name).is_given("/p/low.h") for name in "ef"]
    writer.commit([indexed(unit) for unit in given])
    writer.commit([_changed()])
    assert reader.stale_units() == [f"/p/{name}.cpp" for name in "bcef"]


def test_comments_and_white_space_concern_nobody(writer: Writer, reader: Reader) -> None:
    writer.commit([_changed(" o l d ")])
    assert writer.newly_stale() == []
    assert reader.stale_units() == []


def test_a_unit_is_crossed_out_when_it_began_after_the_content_was_read(
    writer: Writer, reader: Reader
) -> None:
    writer.commit([_changed()])
    writer.commit([_at(indexed(_unit("b", "mid.h")), begun=20)])
    assert reader.stale_units() == ["/p/c.cpp"]


def test_a_unit_that_was_at_work_already_is_not(writer: Writer, reader: Reader) -> None:
    writer.commit([_changed()])
    writer.commit([_at(indexed(_unit("b", "mid.h")), begun=19)])
    assert reader.stale_units() == ["/p/b.cpp", "/p/c.cpp"]


def test_but_if_it_came_with_that_very_content(writer: Writer, reader: Reader) -> None:
    writer.commit([_changed()])
    other = indexed(_unit("b", "mid.h"), _header("low.h", "new"))
    writer.commit([_at(other, begun=19)])
    assert reader.stale_units() == ["/p/c.cpp"]


def test_in_one_batch_the_same_holds(writer: Writer, reader: Reader) -> None:
    late, early = _at(indexed(_unit("b", "mid.h")), 20), _at(indexed(_unit("c", "mid.h")), 19)
    writer.commit([late, early, _changed()])
    assert reader.stale_units() == ["/p/c.cpp"]


def test_a_unit_that_failed_is_crossed_out_too(writer: Writer, reader: Reader) -> None:
    writer.commit([_changed()])
    writer.commit([TranslationUnitResult("/p/b.cpp", 1, FileStatus.CRASHED, begun=30)])
    assert reader.stale_units() == ["/p/c.cpp"]


def test_headers_that_include_it_are_extracted_again_by_the_next(
    writer: Writer, reader: Reader
) -> None:
    epoch, known = writer.claims_epoch, writer.known_keys()
    mid = _header("mid.h", "mid", "low.h")
    assert mid.key.to_bytes(8, "little") in known
    writer.commit([_changed()])
    assert mid.key.to_bytes(8, "little") not in writer.known_keys()
    assert writer.claims_epoch > epoch
    writer.commit([_at(indexed(_unit("b", "mid.h"), mid), begun=30)])
    assert mid.key.to_bytes(8, "little") in writer.known_keys()


def test_an_extraction_that_saw_the_old_content_is_not_the_last_one(writer: Writer) -> None:
    mid = _header("mid.h", "mid", "low.h")
    writer.commit([_changed()])
    writer.commit([_at(indexed(_unit("b", "mid.h"), mid), begun=19)])
    assert mid.key.to_bytes(8, "little") not in writer.known_keys()


def test_who_includes_a_file_that_is_gone_is_noted(writer: Writer, reader: Reader) -> None:
    writer.remove(["/p/low.h"])
    assert sorted(writer.newly_stale()) == ["/p/a.cpp", "/p/b.cpp", "/p/c.cpp"]
    writer.remove(["/p/a.cpp"])
    assert reader.stale_units() == ["/p/b.cpp", "/p/c.cpp"]


def test_a_file_that_may_mean_something_else_is_noted_itself(
    writer: Writer, reader: Reader
) -> None:
    writer.outdate(["/p/d.cpp", "/p/nobody_knows.h"])
    assert reader.stale_units() == ["/p/d.cpp"]
    writer.outdate(["/p/mid.h"])
    assert reader.stale_units() == ["/p/a.cpp", "/p/b.cpp", "/p/c.cpp", "/p/d.cpp"]


def test_notes_survive_and_a_new_clock_begins_after_them(index: Index, writer: Writer) -> None:
    writer.commit([_changed(ended=1_000)])
    folder = index.folder
    index.close()
    again = Index.open(folder, index.root, write=True)
    assert again.reader().stale_units() == ["/p/b.cpp", "/p/c.cpp"]
    again.writer.commit([_at(indexed(_unit("b", "mid.h")), begun=1)])
    assert again.reader().stale_units() == ["/p/c.cpp"]
    again.close()


def test_a_touched_file_has_its_new_time_and_is_not_stale(writer: Writer, reader: Reader) -> None:
    before = reader.file("/p/d.cpp")
    assert before is not None
    writer.restamp([Stamp("/p/d.cpp", before.content_hash, before.mtime_ns + 5)])
    after = reader.file("/p/d.cpp")
    assert after is not None
    assert after.mtime_ns == before.mtime_ns + 5
    assert after.content_hash == before.content_hash
    assert reader.stale_units() == []


def test_a_header_that_no_other_unit_includes_is_extracted_again_by_its_own(
    index: Index, reader: Reader
) -> None:
    mid = _header("mid.h", "mid", "low.h")
    index.writer.commit([indexed(_unit("a", "mid.h"), mid, _header("low.h", "old"))])
    index.writer.commit([_changed()])
    assert index.writer.newly_stale() == reader.stale_units() == ["/p/a.cpp"]
    index.writer.commit([_at(indexed(_unit("a", "mid.h"), mid), begun=30)])
    assert index.writer.newly_stale() == reader.stale_units() == []


def test_a_unit_that_was_at_work_and_is_new_to_the_index_is_noted_when_it_comes(
    writer: Writer, reader: Reader
) -> None:
    """It read low.h before that changed, and until now nobody knew that it includes it."""
    writer.commit([_changed(begun=10, ended=20)])
    writer.commit([_at(indexed(_unit("e", "mid.h")), begun=19), _at(indexed(_unit("f")), begun=19)])
    assert "/p/e.cpp" in writer.newly_stale()
    writer.commit([_at(indexed(_unit("g", "mid.h")), begun=20)])
    assert reader.stale_units() == ["/p/b.cpp", "/p/c.cpp", "/p/e.cpp"]


def test_so_is_one_that_was_cut_off_by_a_half_written_header(
    writer: Writer, reader: Reader
) -> None:
    half = _at(indexed(_unit("a", "mid.h"), _header("mid.h", "mi")), begun=1, ended=2)
    mid = _header("mid.h", "mid", "low.h")
    writer.commit([half])
    low = indexed(_unit("d", "low.h"), _header("low.h", "new"))
    writer.commit([_at(low, begun=5, ended=20)])
    # These came upon the whole mid.h, and the old low.h.
    others = [_at(indexed(_unit(name, "mid.h")), begun=4) for name in "bc"]
    writer.commit([_at(indexed(_unit("a", "mid.h"), mid), begun=3, ended=6), *others])
    assert reader.stale_units() == ["/p/a.cpp", "/p/b.cpp", "/p/c.cpp"]


def test_a_new_unit_that_came_with_the_present_content_is_not_noted(
    writer: Writer, reader: Reader
) -> None:
    writer.commit([_changed(begun=10, ended=20)])
    writer.commit([_at(indexed(_unit("e", "low.h"), _header("low.h", "new")), begun=19)])
    assert reader.stale_units() == ["/p/b.cpp", "/p/c.cpp"]


def test_what_was_renewed_before_a_rest_is_remembered_no_longer(writer: Writer) -> None:
    writer.commit([_changed()])
    assert writer.statistics()["recently_renewed"] == 1
    writer.tidy(at_rest=False)
    assert writer.statistics()["recently_renewed"] == 1
    writer.tidy(at_rest=True)
    assert writer.statistics()["recently_renewed"] == 0


def test_what_a_unit_extracted_with_other_flags_is_extracted_again(
    writer: Writer, reader: Reader
) -> None:
    mid, low = _header("mid.h", "mid", "low.h"), _header("low.h", "old")
    epoch = writer.claims_epoch
    writer.reflag(["/p/a.cpp", "/p/b.cpp"])
    assert writer.newly_stale() == ["/p/a.cpp"]
    assert reader.stale() == ["/p/low.h", "/p/mid.h"]
    assert writer.claims_epoch > epoch
    known = writer.known_keys()
    assert not any(each.key.to_bytes(8, "little") in known for each in (mid, low))
    writer.commit([msgspec.structs.replace(indexed(_unit("a", "mid.h"), mid, low), flags_hash=2)])
    assert reader.stale() == []


def test_so_it_is_when_nobody_knew_of_the_flags_before(writer: Writer, reader: Reader) -> None:
    """The unit was queued, and its worker knew the claims."""
    other = _at(indexed(_unit("a", "mid.h")), begun=10, ended=20)
    writer.commit([msgspec.structs.replace(other, flags_hash=2)])
    assert writer.newly_stale() == reader.stale_units() == ["/p/a.cpp"]
    assert reader.stale() == ["/p/low.h", "/p/mid.h"]
