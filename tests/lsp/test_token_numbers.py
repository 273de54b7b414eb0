"""Arrays of semantic tokens: other units, other types, parts, differences."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from cppls.core.live_painting import TOKEN_TYPES
from cppls.core.text import Text
from cppls.lsp.painter import TokenResults
from cppls.lsp.token_numbers import difference, in_characters, in_lines, known_types, with_types


def numbers(*tokens: tuple[int, int, int, int, int]) -> array[int]:
    return array("I", [number for token in tokens for number in token])


def test_columns_and_lengths_are_the_clients() -> None:
    text = Text.of("int é, x;\nint y;")
    in_bytes = numbers((0, 4, 2, 0, 0), (0, 4, 1, 0, 0), (1, 4, 1, 0, 0))
    in_units = numbers((0, 4, 1, 0, 0), (0, 3, 1, 0, 0), (1, 4, 1, 0, 0))
    assert in_characters(in_bytes, text, "utf-8") == in_bytes
    assert in_characters(in_bytes, text, "utf-16") == in_units


def test_a_type_that_a_client_does_not_know_is_shown_as_the_nearest() -> None:
    interface, bracket, variable = map(TOKEN_TYPES.index, ("interface", "bracket", "variable"))
    types = known_types(frozenset({"variable", "class"}))
    assert types is not None
    all_three = numbers((0, 2, 1, interface, 0), (0, 3, 1, bracket, 0), (0, 4, 1, variable, 0))
    shown = with_types(all_three, types)
    assert shown == numbers((0, 2, 1, TOKEN_TYPES.index("class"), 0), (0, 7, 1, variable, 0))


def test_a_client_that_says_nothing_knows_all_types() -> None:
    assert known_types(None) is None
    assert known_types(frozenset(TOKEN_TYPES)) is None


def test_a_part_is_that_of_whole_lines() -> None:
    whole = numbers((1, 2, 1, 0, 0), (2, 4, 1, 0, 0), (0, 3, 1, 0, 0), (4, 0, 1, 0, 0))
    assert in_lines(whole, 2, 6) == numbers((3, 4, 1, 0, 0), (0, 3, 1, 0, 0))
    assert in_lines(whole, 4, 6) == array("I")


token = st.tuples(*[st.integers(0, 3)] * 5)


@given(st.lists(token), st.lists(token))
def test_a_difference_makes_the_new_of_the_old(
    old: list[tuple[int, int, int, int, int]], new: list[tuple[int, int, int, int, int]]
) -> None:
    before, after = numbers(*old), numbers(*new)
    edit = difference(before, after)
    if edit is None:
        assert before == after
        return
    start, removed, put = edit
    assert before[:start] + put + before[start + removed :] == after


def test_a_difference_is_no_larger_than_what_changed() -> None:
    same = [(0, 1, 1, 0, 0)] * 100
    before, after = numbers(*same), numbers(*same[:50], (0, 9, 9, 9, 9), *same[51:])
    assert difference(before, after) == (250, 5, array("I", [0, 9, 9, 9, 9]))


def test_results_are_kept_within_their_bound() -> None:
    results = TokenResults(most=100)
    first = results.keep("a", array("I", [0] * 20))
    assert results.kept("a", first) is not None
    second = results.keep("b", array("I", [0] * 10))
    assert results.kept("a", first) is None
    assert results.kept("b", second) is not None
    assert results.kept("b", first) is None
    assert results.statistics() == {
        "token_results": 1,
        "token_bytes": 40,
        "token_evictions": 1,
        "token_deltas": 2,
    }
