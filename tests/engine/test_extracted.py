"""What edited documents hold, kept between lists."""

from __future__ import annotations

from cppls.core.text import Text
from cppls.engine.extracted import ExtractedFiles
from cppls.index.overlay import OpenFile

ONE, TWO = Text.of("int one;"), Text.of("int two;")


def a_file(path: str) -> OpenFile:
    return OpenFile.of(path, [])


def test_it_counts_for_the_very_text() -> None:
    kept = ExtractedFiles()
    file = a_file("a.cpp")
    kept.put("a.cpp", ONE, file, 10)
    assert kept.get("a.cpp", Text.of("int one;")) is file
    assert kept.get("a.cpp", TWO) is None
    assert kept.get("b.cpp", ONE) is None
    assert kept.statistics() == {"files": 1, "bytes": 100, "hits": 1, "misses": 2}


def test_after_another_parse_it_counts_no_more() -> None:
    kept = ExtractedFiles()
    kept.put("a.cpp", ONE, a_file("a.cpp"), 10)
    kept.forget("a.cpp")
    kept.forget("a.cpp")
    assert kept.get("a.cpp", ONE) is None
    assert kept.statistics()["bytes"] == 0


def test_the_bytes_are_bounded_and_the_one_used_longest_ago_goes() -> None:
    kept = ExtractedFiles(limit=250)
    for name in ("a.cpp", "b.cpp"):
        kept.put(name, ONE, a_file(name), 10)
    assert kept.get("a.cpp", ONE) is not None
    kept.put("c.cpp", ONE, a_file("c.cpp"), 10)
    assert kept.get("b.cpp", ONE) is None
    assert kept.get("a.cpp", ONE) is not None
    kept.put("large.cpp", ONE, a_file("large.cpp"), 26)
    assert kept.get("large.cpp", ONE) is None, "it alone is more than all may take"
    assert kept.statistics()["bytes"] == 200


def test_it_goes_when_memory_is_short() -> None:
    kept = ExtractedFiles()
    assert not kept.clear()
    kept.put("a.cpp", ONE, a_file("a.cpp"), 10)
    assert kept.clear()
    assert kept.statistics()["files"] == 0
