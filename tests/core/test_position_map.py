"""Where the places of a text are after an edit, and where those of the edited one were before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cppls.core.model import Position, Span
from cppls.core.position_map import PositionMap
from cppls.core.text import Text

OLD = "int a;\nint sum = a + 1;\nint last = sum;\n"


def edited(old: str, new: str) -> PositionMap:
    return PositionMap(Text.of(old), Text.of(new))


def span(text: str, word: str, nth: int = 0) -> Span:
    """Of the ``nth`` occurrence of a word."""
    offset = -1
    for _ in range(nth + 1):
        offset = text.index(word, offset + 1)
    start = Text.of(text).position(offset)
    return Span(start.line, start.column, start.line, start.column + len(word))


def start(span: Span) -> Position:
    return Position(span.line, span.column)


def test_what_stands_before_an_edit_stays_and_what_stands_behind_it_moves() -> None:
    new = OLD.replace("a + 1", "a + 1\n  + 2")
    places = edited(OLD, new)
    for word in ("int", "sum", "last"):
        assert places.to_new(span(OLD, word)) == span(new, word)
        assert places.to_old(start(span(new, word))) == start(span(OLD, word))
    assert places.to_new(span(OLD, "sum", 1)) == span(new, "sum", 1)


def test_a_place_inside_a_name_is_the_same_place_inside_it() -> None:
    new = "// one\n" + OLD
    assert edited(OLD, new).to_old(Position(3, 6)) == Position(2, 6)


def test_a_name_that_was_edited_was_nowhere() -> None:
    new = OLD.replace("last", "least")
    places = edited(OLD, new)
    assert places.to_old(start(span(new, "least"))) is None
    assert places.to_new(span(OLD, "last")) is None


@pytest.mark.parametrize("new", ["summed", "checksum", "su", "m"])
def test_a_name_that_grew_or_shrank_at_an_end_is_another_one(new: str) -> None:
    places = edited("int sum;", f"int {new};")
    assert places.to_new(Span(0, 4, 0, 7)) is None
    assert places.to_old(Position(0, 4)) is None


def test_a_name_that_a_name_was_written_beside_is_the_same() -> None:
    new = OLD.replace("sum = a", "sum = b+a")
    places = edited(OLD, new)
    assert places.to_old(start(span(new, "sum"))) == start(span(OLD, "sum"))
    assert places.to_old(start(span(new, "a", 1))) == start(span(OLD, "a", 1))


@pytest.mark.parametrize("line", ["int total = 0;\n", "int s;\n", "\n", "int sum = a + 2;\n"])
def test_lines_that_begin_like_those_behind_them_are_whole_ones(line: str) -> None:
    new = OLD.replace("int sum", line + "int sum")
    moved = span(new, "sum = a + 1")
    assert edited(OLD, new).to_new(span(OLD, "sum = a + 1")) == moved
    assert edited(new, OLD).to_new(moved) == span(OLD, "sum = a + 1")


def test_lines_between_two_edits_are_found_again() -> None:
    new = OLD.replace("int a", "int one;\nlong a").replace("= sum", "= 2 * sum")
    places = edited(OLD, new)
    assert places.to_new(span(OLD, "sum")) == span(new, "sum")
    assert places.to_old(start(span(new, "sum"))) == start(span(OLD, "sum"))
    # Of the lines of the edits themselves that counts which no edit is beside.
    assert places.to_new(span(OLD, "last")) is None
    assert places.to_new(span(OLD, "sum", 1)) == span(new, "sum", 1)


def test_lines_that_are_often_alike_are_told_by_their_neighbours() -> None:
    old = "".join(f"void f{n}() {{\n  call();\n}}\n" for n in range(9))
    new = f"// first\n{old.replace('void f4() {', 'void f4(int) {')}// last\n"
    new = new.replace("void f2() {\n  call();\n}\n", "")
    places = edited(old, new)
    for n, line in ((0, 2), (1, 5), (3, 8), (4, 11), (5, 14), (8, 23)):
        assert places.to_new(span(old, "call", n)) == Span(line, 2, line, 6)
    assert places.to_new(span(old, "f2")) is None
    assert places.to_new(span(old, "f4")) is None


def test_lines_that_changed_places_keep_as_many_as_are_in_order() -> None:
    old = "start;\none;\ntwo;\nthree;\nend;\n"
    new = "begin;\nthree;\none;\ntwo;\nfinish;\n"
    places = edited(old, new)
    assert places.to_new(span(old, "two")) == span(new, "two")
    assert places.to_new(span(old, "three")) is None


def test_equal_texts_have_equal_places() -> None:
    places = edited(OLD, OLD)
    assert places.to_old(Position(1, 5)) == Position(1, 5)
    assert places.to_new(span(OLD, "last")) == span(OLD, "last")


WORDS = st.lists(st.sampled_from(["a", "ab", " ", "\n", "\r\n", "+", "é", "1"]), max_size=12)


@given(st.lists(WORDS, min_size=6, max_size=6))
def test_a_token_that_is_found_again_is_the_same_bytes_in_the_same_name(
    parts: list[list[str]],
) -> None:
    before, cut, pasted, between, inserted, behind = parts
    old = Text.of("".join([*before, *cut, *between, *behind]))
    new = Text.of("".join([*before, *pasted, *between, *inserted, *behind]))
    places = PositionMap(old, new)
    for offset in range(len(new.data)):
        position = new.position(offset)
        name, earlier = new.identifier_at(position), places.to_old(position)
        if name is None or earlier is None:
            continue
        then = old.identifier_at(earlier)
        assert then is not None
        assert then.name == name.name
        assert places.to_new(then.span) == name.span
