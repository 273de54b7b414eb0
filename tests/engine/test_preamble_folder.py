"""The folder of shared preambles: what is whole stays, everything else goes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cppls.engine.preamble_folder import PreambleFolder
from tests.engine.plans import planned


@pytest.fixture
def folder(tmp_path: Path) -> PreambleFolder:
    made = PreambleFolder(str(tmp_path / "shared"))
    made.prepare()
    return made


def build(folder: PreambleFolder, key: str) -> None:
    for path in (folder.header(key), folder.output(key), folder.output(key) + ".facts"):
        Path(path).write_text(key)


def names(folder: PreambleFolder) -> list[str]:
    return sorted(os.listdir(folder.path))


def test_it_is_for_its_user_alone(folder: PreambleFolder) -> None:
    assert stat.S_IMODE(os.stat(folder.path).st_mode) == 0o700


def test_only_what_has_its_record_and_is_wanted_survives_a_sweep(folder: PreambleFolder) -> None:
    for key in ("aa", "bb", "cc", "dd"):
        build(folder, key)
    for key in ("aa", "dd"):
        folder.keep(key, b"claims", 7)
    Path(folder.path, "bb.pch.tmp").touch()
    found = folder.sweep(["aa", "bb", "cc"], making=["cc"])
    assert list(found) == ["aa"]
    assert (found["aa"].claims, found["aa"].size) == (b"claims", 7)
    assert names(folder) == ["aa.h", "aa.pch", "aa.pch.facts", "aa.record"] + [
        f"cc{suffix}" for suffix in (".h", ".pch", ".pch.facts")
    ]


def test_a_record_that_was_cut_or_whose_preamble_is_gone_counts_for_nothing(
    folder: PreambleFolder,
) -> None:
    build(folder, "aa")
    folder.keep("aa", b"claims", 7)
    record = Path(folder.path, "aa.record")
    whole = record.read_bytes()
    for length in range(len(whole)):
        record.write_bytes(whole[:length])
        assert folder.record("aa") is None
    record.write_bytes(whole)
    assert folder.record("aa") is not None
    os.remove(folder.output("aa"))
    assert folder.record("aa") is None


def test_a_plan_is_read_as_it_was_saved_and_nonsense_is_not(
    folder: PreambleFolder, tmp_path: Path
) -> None:
    (tmp_path / "h.h").touch()
    plan = [planned([str(tmp_path / "h.h")], ["/a.cpp"])]
    folder.save_plan(b"signature", plan, [[7]])
    saved = folder.saved_plan()
    assert saved is not None
    assert (saved.signature, saved.preambles, saved.flags) == (b"signature", plan, [[7]])
    folder.save_plan(b"signature", plan, [])
    assert folder.saved_plan() is None
    Path(folder.path, "plan").write_bytes(b"\xc1")
    assert folder.saved_plan() is None


def test_removing_touches_no_other_preamble(folder: PreambleFolder) -> None:
    build(folder, "aa")
    build(folder, "aab")
    folder.remove(["aa"])
    assert names(folder) == ["aab.h", "aab.pch", "aab.pch.facts"]


def test_a_folder_that_is_gone_holds_nothing_and_has_no_room(folder: PreambleFolder) -> None:
    os.rmdir(folder.path)
    assert folder.sweep(["aa"]) == {}
    folder.remove(["aa"])
    folder.save_plan(b"", [], [])
    assert (folder.saved_plan(), folder.limit(0)) == (None, 0)
