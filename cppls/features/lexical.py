"""A C or C++ text as its lexer sees it: comments, directives, brackets, nothing of meaning.

For what must be answered before anything is parsed. One regular expression walks over the text; it
knows raw strings, digit separators and continued lines, not trigraphs. Offsets count bytes.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Final, NamedTuple


class Kind(enum.Enum):
    """What a piece of text is."""

    LINE_COMMENT = "line_comment"
    BLOCK_COMMENT = "block_comment"
    DIRECTIVE = "directive"
    """A preprocessor directive with its continued lines, without a comment at its end."""
    OPEN = "open"
    """``(``, ``[`` or ``{``."""
    CLOSE = "close"


class Piece(NamedTuple):
    """A piece of the text, from ``start`` to before ``end``."""

    kind: Kind
    start: int
    end: int


class Directive(NamedTuple):
    """The parts of a directive."""

    word: bytes
    """``include``; empty of a null directive."""
    name_end: int
    """Where the word ends."""
    rest: bytes
    """What follows, as written."""


def pieces(text: bytes) -> Iterator[Piece]:
    """The pieces of a text in order; what is in none of them is names, literals, operators."""
    for match in _PIECE.finditer(text):
        kind = _KINDS.get(match.lastgroup or "")
        if kind is not None:
            yield Piece(kind, match.start(match.lastgroup or 0), match.end())


def blanked(text: bytes) -> bytes:
    """The text with spaces in place of comments, directives and literals: as long, with the same
    lines."""
    return _PIECE.sub(
        lambda found: found[0] if found.lastgroup in _BRACKETS else _spaces(found), text
    )


def _spaces(found: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\n]", b" ", found[0])


def directive(text: bytes, piece: Piece) -> Directive:
    """The parts of a piece that is a directive."""
    match = _WORD.match(text, piece.start, piece.end)
    assert match is not None, "a directive begins with a hash"
    return Directive(match[1], match.end(), text[match.end() : piece.end])


_PIECE: Final = re.compile(
    rb"""
      (?P<line>//(?:[^\\\n]|\\\r?\n|\\.)*)
    | (?P<block>/\*.*?(?:\*/|\Z))
    | ^[ \t\f\v]*(?P<directive>\#(?:[^\\\n/"]|\\\r?\n|\\.|/(?![/*])|/\*.*?(?:\*/|\Z)
                               |"(?:[^"\\\n]|\\.)*"?)*)
    | (?P<open>[\(\[{])
    | (?P<close>[)\]}])
    | \b(?:u8|[uUL])?R"(?P<mark>[^()\\\s"]{0,16})\(.*?(?:\)(?P=mark)"|\Z)
    | "(?:[^"\\\n]|\\\r?\n|\\.)*"?
    | \b[0-9](?:'?[\w.])*
    | '(?:[^'\\\n]|\\.)*'?
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_KINDS: Final = {
    "line": Kind.LINE_COMMENT,
    "block": Kind.BLOCK_COMMENT,
    "directive": Kind.DIRECTIVE,
    "open": Kind.OPEN,
    "close": Kind.CLOSE,
}
_BRACKETS: Final = ("open", "close")
_WORD: Final = re.compile(rb"\#(?:[ \t]|\\\r?\n|/\*.*?\*/)*(\w*)", re.DOTALL)
