"""``workspace/symbol``: what is found, and what comes first."""

from __future__ import annotations

import pytest

from cppls.core.model import SymbolKind
from cppls.index import search
from cppls.index.reader import Reader
from cppls.index.search import match_score
from cppls.index.store import Index
from tests.index.shards import SourceFile, indexed, many_symbols, names

GRADES = ["context", "context_id", "smt_context", "subcontexts", "coherent_next"]
"""Answers to ``context``, from the best on: whole, beginning, word, part, characters in order."""


@pytest.fixture
def zoo(index: Index, reader: Reader) -> Reader:
    file = SourceFile("/p/zoo.h")
    for line, name in enumerate(reversed(GRADES)):
        file.declares(f"smt::{name}", line)
    file.declares("Lion", 20, kind=SymbolKind.CLASS, defines=True)
    file.declares("Lion::Lion", 21, kind=SymbolKind.CONSTRUCTOR)
    file.declares("std::lion", 22)
    file.declares("XMLHttpRequest", 23)
    file.declares("a%b", 24)
    file.declares("smt", 25, kind=SymbolKind.NAMESPACE, defines=True)
    index.writer.commit([indexed(file)])
    return reader


def test_better_matches_come_first(zoo: Reader) -> None:
    assert names(zoo.search("context")) == GRADES


def test_scores_keep_the_same_order_whatever_the_case() -> None:
    for query in ("context", "CONTEXT"):
        scores = [match_score(query, name) or 0 for name in GRADES]
        assert scores == sorted(scores, reverse=True)
        assert len(set(scores)) == len(scores)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("sc", "smt_context"),
        ("smtcon", "smt_context"),
        ("xhr", "XMLHttpRequest"),
        ("XHR", "XMLHttpRequest"),
        ("httpreq", "XMLHttpRequest"),
        ("quest", "XMLHttpRequest"),
        ("xmlrst", "XMLHttpRequest"),
        ("smt_co", "smt_context"),
    ],
)
def test_names_are_found_by_parts_of_their_words(zoo: Reader, query: str, name: str) -> None:
    assert name in names(zoo.search(query))


def test_what_does_not_match_is_not_found(zoo: Reader) -> None:
    assert match_score("xtc", "context") is None
    assert zoo.search("elephant") == []
    assert zoo.search("") == []
    assert zoo.search("\udc80") == []


def test_like_patterns_in_a_query_are_plain_characters(zoo: Reader) -> None:
    assert names(zoo.search("a%b")) == ["a%b"]
    assert zoo.search("%") == zoo.search("a%")


def test_equal_case_and_types_come_first(zoo: Reader) -> None:
    found = zoo.search("Lion")
    assert [symbol.kind for symbol in found[:2]] == [SymbolKind.CLASS, SymbolKind.CONSTRUCTOR]
    assert zoo.search("lion")[0].qualified_name == "std::lion"


def test_a_query_may_be_qualified(zoo: Reader) -> None:
    assert sorted(names(zoo.search("smt::con"))) == sorted(GRADES)
    assert zoo.search("std::con") == []
    assert sorted(names(zoo.search("smt::"))) == sorted(GRADES)


def test_the_limit_keeps_the_best(index: Index, reader: Reader) -> None:
    index.writer.commit([indexed(many_symbols("/p/many.c", 3_000, prefix="item"))])
    index.writer.commit([indexed(SourceFile("/p/one.c").declares("item", 1))])
    found = reader.search("item", 10)
    assert len(found) == 10
    assert found[0].name == "item"


def test_a_search_that_takes_too_long_still_gives_the_exact_match(
    index: Index, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.writer.commit([indexed(many_symbols("/p/many.c", 3_000, prefix="item"))])
    monkeypatch.setattr(search, "SEARCH_SECONDS", -1.0)
    assert names(reader.search("item77")) == ["item77"]
    assert reader.search("item") == []
    monkeypatch.setattr(search, "SEARCH_SECONDS", 5.0)
    assert len(reader.search("item")) == 100


@pytest.mark.parametrize(
    "query", ["a" * 60_000, "%_" * 30_000, "\ud800", "\0", "::" * 5_000, '*"(']
)
def test_no_query_is_taken_for_damage(zoo: Reader, query: str) -> None:
    assert zoo.search(query) == []
    assert names(zoo.search("lion"))
