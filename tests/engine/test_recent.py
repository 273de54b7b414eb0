"""The files used last, from one run to the next."""

from __future__ import annotations

from pathlib import Path

from cppls.engine.recent import MOST, RecentFiles


def test_the_next_run_knows_what_was_used_last_and_what_it_took(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a.cpp", "b.cpp")]
    recent = RecentFiles(str(tmp_path))
    for name in names:
        Path(name).write_text("int x;\n")
        recent.used(name)
    recent.grew(names[0], 50 << 20)
    recent.used(names[0])
    recent.save()
    later = RecentFiles(str(tmp_path))
    assert later.paths() == names
    assert [later.growth(name) for name in names] == [50 << 20, 0]


def test_what_is_no_recent_file_is_not_remembered(tmp_path: Path) -> None:
    recent = RecentFiles(str(tmp_path))
    recent.grew("/p/a.cpp", 1)
    assert recent.growth("/p/a.cpp") == 0
    for number in range(MOST + 1):
        recent.used(f"/p/{number}.cpp")
    assert recent.statistics()["entries"] == MOST


def test_a_damaged_list_means_that_nothing_is_known(tmp_path: Path) -> None:
    for text in ("", "[", '["2f70"]', '[["zz", 1]]', '[["2f70", -1, 3]]'):
        (tmp_path / "recent.json").write_text(text)
        assert RecentFiles(str(tmp_path)).paths() == []
