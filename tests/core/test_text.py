"""Lines, units and edits of a document, against a model that does everything the slow way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cppls.core.model import Position, Span
from cppls.core.text import Change, Encoding, Identifier, Text

ENCODINGS: list[Encoding] = ["utf-8", "utf-16", "utf-32"]
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}

texts = st.text("ab \t\r\n\x0c\x0b\u2028é€😀$", max_size=40)
coordinate = st.integers(-1, 12)
encodings = st.sampled_from(ENCODINGS)
changes = st.lists(
    st.builds(Change, coordinate, coordinate, coordinate, coordinate, texts), max_size=4
)


def model_lines(text: str) -> list[str]:
    """Lines without their ends."""
    return re.split(r"\r\n|\n|\r", text)


def model_offset(text: str, line: int, character: int, encoding: Encoding) -> int:
    """Index into ``text`` of a client's position."""
    if line < 0:
        return 0
    starts = [0, *(m.end() for m in re.finditer(r"\r\n|\n|\r", text))]
    if line >= len(starts):
        return len(text)
    units = 0
    for index, char in enumerate(model_lines(text)[line]):
        units += len(char.encode(CODEC[encoding])) // UNIT[encoding]
        if units > character:
            return starts[line] + index
    return starts[line] + len(model_lines(text)[line])


@given(texts)
def test_lines_end_where_the_protocol_says_and_nowhere_else(text: str) -> None:
    subject = Text.of(text)

    lines = [subject.line(number).decode() for number in range(subject.line_count)]
    assert lines == model_lines(text)


@given(texts, coordinate, coordinate, encodings)
def test_a_clients_position_is_clamped_and_rounded_down(
    text: str, line: int, character: int, encoding: Encoding
) -> None:
    subject = Text.of(text)

    offset = subject.offset(subject.to_position(line, character, encoding))
    assert offset == len(text[: model_offset(text, line, character, encoding)].encode())


@given(texts, encodings)
def test_every_position_survives_the_trip_to_the_client(text: str, encoding: Encoding) -> None:
    subject = Text.of(text)
    for line, content in enumerate(model_lines(text)):
        for end in range(len(content) + 1):
            ours = Position(line, len(content[:end].encode()))
            theirs = subject.to_character(ours, encoding)
            assert theirs == len(content[:end].encode(CODEC[encoding])) // UNIT[encoding]
            assert subject.to_position(line, theirs, encoding) == ours


@given(texts)
def test_offsets_and_positions_are_inverse_outside_line_ends(text: str) -> None:
    subject = Text.of(text)
    for offset in range(len(subject.data) + 1):
        inside = subject.data[offset - 1 : offset + 1] == b"\r\n"
        assert subject.offset(subject.position(offset)) == (offset - 1 if inside else offset)


@given(texts, changes, encodings)
def test_changes_leave_the_text_that_the_client_has(
    text: str, changes: list[Change], encoding: Encoding
) -> None:
    expected = text
    for change in changes:
        start = model_offset(expected, change.line, change.character, encoding)
        end = model_offset(expected, change.end_line, change.end_character, encoding)
        expected = expected[: min(start, end)] + change.text + expected[max(start, end) :]

    changed = Text.of(text).apply(changes, encoding)
    assert changed.data.decode() == expected
    lines = [changed.line(number).decode() for number in range(changed.line_count)]
    assert lines == model_lines(expected)


def test_an_edit_may_join_a_carriage_return_with_a_line_feed() -> None:
    changed = Text(b"a\rb").apply([Change(1, 0, 1, 0, "\n"), Change(1, 0, 1, 1, "c")], "utf-8")

    assert changed.data == b"a\r\nc"
    assert changed.line_count == 2


@given(st.binary(max_size=24), st.integers(0, 12), encodings)
def test_bytes_that_are_no_utf8_keep_their_place(
    data: bytes, character: int, encoding: Encoding
) -> None:
    subject = Text(data)

    position = subject.to_position(0, character, encoding)
    assert position.column <= len(subject.line(0))
    back = subject.to_character(position, encoding)
    assert back <= character
    assert subject.to_position(0, back, encoding) == position


def test_a_column_inside_a_character_means_its_start() -> None:
    subject = Text.of("é😀")

    assert subject.to_character(Position(0, 4), "utf-16") == 1
    assert subject.to_position(0, 2, "utf-16") == Position(0, 2)
    assert subject.to_position(0, 4, "utf-8") == Position(0, 2)


def test_positions_that_do_not_exist_are_the_nearest_that_do() -> None:
    subject = Text(b"ab\ncd")

    assert subject.to_position(9, 9, "utf-16") == Position(1, 2) == subject.end
    assert subject.to_position(0, 9, "utf-16") == Position(0, 2)
    assert subject.to_position(-1, 9, "utf-16") == Position(0, 0)
    assert subject.to_character(Position(9, 9), "utf-16") == 2
    assert subject.offset(Position(9, 0)) == 5
    assert subject.line(9) == b""


def test_a_lone_surrogate_cannot_break_a_document() -> None:
    assert Text.of("a\ud800b").data == b"a?b"


def test_a_slice_is_the_source_text() -> None:
    assert Text(b"int a;\r\nint b;").slice(Span(0, 4, 1, 3)) == b"a;\r\nint"


def test_one_line_of_ten_megabytes_is_a_line_like_any_other() -> None:
    subject = Text(b"x" * 10_000_000 + "é".encode())

    assert subject.to_position(0, 20_000_000, "utf-16") == Position(0, 10_000_002)
    assert subject.to_character(Position(0, 10_000_002), "utf-16") == 10_000_001
    changed = subject.apply([Change(0, 10_000_000, 0, 10_000_001, "y")], "utf-16")
    assert changed.data.endswith(b"xy")


@pytest.mark.parametrize(
    ("source", "column", "name"),
    [
        ("int foo = 1;", 4, "foo"),
        ("int foo = 1;", 7, "foo"),
        ("int foo = 1;", 9, None),
        ("x = 0x1F;", 6, None),
        ("größe_$1 = 1", 3, "größe_$1"),
        ("virtual ~Dtor() {}", 10, "~Dtor"),
        ("p->~Dtor();", 5, "~Dtor"),
        ("A::~A()", 4, "~A"),
        ("return ~mask(1);", 9, "mask"),
        ("x = ~Dtor();", 6, "Dtor"),
        ("", 0, None),
        ("a", 99, "a"),
    ],
)
def test_the_identifier_under_the_cursor(source: str, column: int, name: str | None) -> None:
    found = Text.of(source).identifier_at(Position(0, column))

    if name is None:
        assert found is None
    else:
        start = len(source[: source.index(name)].encode())
        assert found == Identifier(name, Span(0, start, 0, start + len(name.encode())))
