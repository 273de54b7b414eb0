"""Comments as they stand in sources, and what a reader sees of them."""

from __future__ import annotations

import pytest

from cppls.features.documentation import to_markdown, uncomment


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("/// One.\n/// Two.", "One.\nTwo."),
        ("//! One.", "One."),
        ("// One.\n//   Indented.", "One.\n  Indented."),
        ("///< Trailing.", "Trailing."),
        ("/* One. */", "One."),
        ("/** One.\n *\n *  - two\n */", "One.\n\n - two"),
        ("/*!\r\n * One.\r\n */", "One."),
        ("/* One\n   two\n     three */", "One\ntwo\n  three"),
        ("/*********\n * Banner\n *********/", "Banner"),
        ("//=======\n// Banner\n//=======", "Banner"),
        ("/** One. */\n/** Two. */", "One.\nTwo."),
        ("/**/", ""),
        ("not a comment", "not a comment"),
        ("", ""),
    ],
)
def test_comment_marks_and_decoration_go(raw: str, text: str) -> None:
    assert uncomment(raw) == text


def test_doxygen_commands_become_markdown() -> None:
    raw = """/**
      * @brief Moves a thing.
      *
      * @param[in] x how far, as a @c size_t
      *   from here
      * @param y
      * @return true, see @ref other
      * @throws std::bad_alloc never
      * @note Slow.
      */"""

    assert to_markdown(raw) == (
        "Moves a thing.\n\n"
        "**Parameters**\n\n"
        "- `x`: how far, as a `size_t`\n  from here\n"
        "- `y`\n\n"
        "**Returns:** true, see `other`\n\n"
        "**Throws:** std::bad_alloc never\n\n"
        "**Note:** Slow."
    )


def test_code_in_a_comment_stays_code() -> None:
    raw = "/// @code{.c}\n/// @param x;\n///   f<int>(# y);\n/// @endcode\n/// Then `a<b>`."

    assert to_markdown(raw) == "```c\n@param x;\n  f<int>(# y);\n```\n\nThen `a<b>`."


def test_code_that_is_not_closed_is_closed() -> None:
    assert to_markdown("/// \\verbatim\n/// x") == "```\nx\n```"


def test_what_markdown_would_swallow_is_escaped() -> None:
    assert to_markdown("/// # include <map> of pair<int, int>") == (
        "\\# include \\<map> of pair\\<int, int>"
    )


def test_unknown_commands_are_left_as_written() -> None:
    assert to_markdown("/// \\frobnicate this @unknown") == "\\frobnicate this @unknown"
