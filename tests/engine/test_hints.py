"""One change that is told three times is one piece of news."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.engine import hints
from cppls.engine.hints import Hints


def test_a_file_is_news_until_it_was_told_and_again_when_it_changes(tmp_path: Path) -> None:
    told = Hints()
    path = tmp_path / "a.c"
    path.write_text("1")
    assert told.fresh([str(path)]) == [str(path)]
    assert told.fresh([str(path), str(path)]) == []
    path.write_text("22")
    assert told.fresh([str(path)]) == [str(path)]
    path.chmod(0o400)
    assert told.fresh([str(path)]) == [str(path)]
    path.unlink()
    assert told.fresh([str(path)]) == [str(path)]
    assert told.fresh([str(path)]) == []
    assert told.statistics() == {"given": 7, "passed": 4, "remembered": 1}


def test_a_link_that_leads_elsewhere_is_news(tmp_path: Path) -> None:
    told = Hints()
    link = tmp_path / "link"
    link.symlink_to("one")
    assert told.fresh([str(link)])
    os.unlink(link)
    link.symlink_to("two")
    assert told.fresh([str(link)])


def test_what_is_remembered_is_bounded_and_many_at_once_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "REMEMBERED", 2)
    monkeypatch.setattr(hints, "MANY", 3)
    told = Hints()
    paths = [str(tmp_path / name) for name in "abc"]
    assert told.fresh(paths) == paths
    assert told.fresh(paths[1:]) == []
    assert told.fresh(paths[:1]) == paths[:1], "it was forgotten"
    assert told.fresh([*paths, "d"]) == [*paths, "d"]
