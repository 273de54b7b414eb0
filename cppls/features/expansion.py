"""What a use of a macro stands for: its replacement, expanded as the preprocessor would.

A model of C11 6.10.3 over plain text: arguments are expanded first, ``#`` and ``##`` work on their
spelling, a macro is not expanded inside itself. Definitions come from whoever knows them. Spelling
is kept up to white space. Must not know where a macro is used, nor files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

LARGEST: Final = 1 << 16
"""Tokens of an expansion at the most: a macro can double itself forty times."""

_TOKEN: Final = re.compile(
    r"""
    (?P<space>(?:\s|\\\n|//[^\n]*|/\*.*?\*/)+)
  | (?P<string>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
        |(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')
  | (?P<name>[A-Za-z_$\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<number>\.?\d(?:[eEpP][+-]|'[\w]|[\w.])*)
  | (?P<mark_>\#\#|<<=|>>=|\.\.\.|->\*|<=>|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DEFINE: Final = re.compile(
    r"\s*\#\s*define\s+(?P<name>[\w$]+)(?P<parameters>\([^)]*\))?(?P<body>.*)", re.DOTALL
)


class TooLarge(Exception):
    """The expansion has more than ``LARGEST`` tokens."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition; ``parameters`` is ``None`` for one that is used without parentheses.

    A variadic one's last parameter is ``__VA_ARGS__``, or its own name in GNU's form.
    """

    name: str
    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """``spaced``: white space stands before it; ``hidden``: macros that it comes from."""

    text: str
    spaced: bool = False
    hidden: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def is_name(self) -> bool:
        return re.match(r"[^\W\d]|\$", self.text) is not None and self.text[-1] not in "\"'"


Find = Callable[[str], Macro | None]
"""The definition of a name that is a macro."""


def parse_define(directive: str) -> Macro | None:
    """The macro that ``#define ...`` defines, with its continued lines; ``None`` if it is none."""
    found = _DEFINE.match(directive.replace("\\\r\n", "").replace("\\\n", ""))
    if found is None:
        return None
    body = tuple(_unspaced(tokens(found["body"])))
    if found["parameters"] is None:
        return Macro(found["name"], None, body)
    names = [name.strip() for name in found["parameters"][1:-1].split(",") if name.strip()]
    variadic = bool(names) and names[-1].endswith("...")
    if variadic:
        names[-1] = names[-1].removesuffix("...").strip() or "__VA_ARGS__"
    return Macro(found["name"], tuple(names), body, variadic)


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without comments."""
    found: list[Token] = []
    spaced = False
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "space":
            spaced = True
        else:
            found.append(Token(match[0], spaced))
            spaced = False
    return found


def places_of_tokens(text: str) -> list[tuple[int, int]]:
    """Where each token of :func:`tokens` begins and ends."""
    return [found.span() for found in _TOKEN.finditer(text) if found.lastgroup != "space"]


def use_at(text: str, find: Find) -> tuple[list[Token], int] | None:
    """The use of a macro that ``text`` begins with, and where it ends in ``text``.

    ``None`` when there is none: a function-like macro without its arguments is a plain name.
    """
    name = _TOKEN.match(text)
    macro = find(name[0]) if name is not None else None
    if name is None or macro is None:
        return None
    if macro.parameters is None:
        return [Token(name[0])], name.end()
    depth, end = 0, name.end()
    for match in _TOKEN.finditer(text, name.end()):
        if match.lastgroup == "space":
            continue
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        end = match.end()
        if depth == 0:
            break
    if depth != 0 or text[end - 1] != ")":
        return None
    return tokens(text[:end]), end


def expand(use: Sequence[Token], find: Find) -> str:
    """The text that ``use`` becomes. Raises ``TooLarge``."""
    return spelled(_expanded(list(use), find, [0]))


def spelled(found: Sequence[Token]) -> str:
    """Tokens as text, with white space where it was or two of them would run together."""
    parts: list[str] = []
    for number, token in enumerate(found):
        before = found[number - 1].text if number else ""
        if before and (token.spaced or _would_join(before, token.text)):
            parts.append(" ")
        parts.append(token.text)
    return "".join(parts)


def _would_join(before: str, after: str) -> bool:
    match = _TOKEN.match(before + after)
    return match is not None and match.end() != len(before)


def _unspaced(found: list[Token]) -> list[Token]:
    if found and found[0].spaced:
        return [Token(found[0].text), *found[1:]]
    return found


def _expanded(rest: list[Token], find: Find, count: list[int]) -> list[Token]:
    """C11 6.10.3.4: what is replaced is looked through again, with what follows it."""
    out: list[Token] = []
    rest = rest[::-1]
    while rest:
        token = rest.pop()
        count[0] += 1
        if count[0] > LARGEST:
            raise TooLarge
        macro = find(token.text) if token.is_name and token.text not in token.hidden else None
        if macro is None:
            out.append(token)
            continue
        arguments: list[list[Token]] = []
        if macro.parameters is not None:
            taken = _arguments(rest, macro)
            if taken is None:
                out.append(token)
                continue
            arguments, size = taken
            del rest[len(rest) - size :]
        hidden = token.hidden | {macro.name}
        replaced = _replaced(macro, arguments, find, count)
        tail = [Token(each.text, each.spaced, each.hidden | hidden) for each in replaced]
        if tail:
            tail[0] = Token(tail[0].text, token.spaced, tail[0].hidden)
        rest += reversed(tail)
    return out


def _arguments(rest: list[Token], macro: Macro) -> tuple[list[list[Token]], int] | None:
    """The arguments at the end of ``rest``, which is reversed, and how many tokens they take."""
    assert macro.parameters is not None
    if not rest or rest[-1].text != "(":
        return None
    most = len(macro.parameters)
    arguments: list[list[Token]] = [[]]
    depth = 0
    for size, token in enumerate(reversed(rest), 1):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            if not most and arguments == [[]]:
                arguments = []
            if macro.variadic and len(arguments) == most - 1:
                arguments.append([])
            return (
                ([_unspaced(each) for each in arguments], size) if len(arguments) == most else None
            )
        keeps = macro.variadic and len(arguments) >= most
        if token.text == "," and depth == 1 and not keeps:
            arguments.append([])
        elif size > 1:
            arguments[-1].append(token)
    return None


def _replaced(
    macro: Macro, arguments: list[list[Token]], find: Find, count: list[int]
) -> list[Token]:
    """The macro's body with its arguments in place, ``#`` and ``##`` done."""
    given = dict(zip(macro.parameters or (), arguments, strict=True))
    body = _with_optional(macro, given)
    out: list[Token] = []
    number = 0
    while number < len(body):
        token = body[number]
        following = body[number + 1].text if number + 1 < len(body) else ""
        if token.text == "#" and macro.parameters is not None and following in given:
            out.append(Token(_quoted(given[following]), token.spaced))
            number += 2
        elif token.text == "##" and out and following:
            right = given.get(following, [body[number + 1]])
            _paste(out, right, macro)
            number += 2
        elif token.text in given:
            argument = given[token.text]
            if following != "##":
                argument = _expanded(argument, find, count)
            out += _placed(argument, token) or ([_PLACEMARKER] if following == "##" else [])
            number += 1
        else:
            out.append(token)
            number += 1
    return [token for token in out if token is not _PLACEMARKER]


_PLACEMARKER: Final = Token("")
"""Stands for an empty argument beside ``##`` (C11 6.10.3.3)."""


def _with_optional(macro: Macro, given: dict[str, list[Token]]) -> list[Token]:
    """The body with ``__VA_OPT__(...)`` resolved."""
    body = list(macro.body)
    names = [number for number, token in enumerate(body) if token.text == "__VA_OPT__"]
    for start in reversed(names):
        depth = 0
        for end in range(start + 1, len(body)):
            depth += {"(": 1, ")": -1}.get(body[end].text, 0)
            if depth == 0:
                there = bool(macro.parameters) and bool(given[(macro.parameters or ("",))[-1]])
                body[start : end + 1] = body[start + 2 : end] if there else []
                break
    return body


def _placed(argument: Sequence[Token], at: Token) -> list[Token]:
    """``argument`` where ``at`` stood."""
    if not argument:
        return []
    return [Token(argument[0].text, at.spaced, argument[0].hidden), *argument[1:]]


def _paste(out: list[Token], right: Sequence[Token], macro: Macro) -> None:
    """Join the last token of ``out`` with the first of ``right``."""
    left = out.pop()
    if not right:
        # GNU's comma that vanishes with empty variable arguments.
        if not (left.text == "," and macro.variadic):
            out.append(left)
        return
    if left.text == "," and macro.variadic:
        out += [left, *right]
        return
    out.append(Token(left.text + right[0].text, left.spaced))
    out += right[1:]


def _quoted(argument: Sequence[Token]) -> str:
    text = spelled([Token(token.text, token.spaced) for token in argument])
    parts = [
        re.sub(r'(["\\])', r"\\\1", part) if part[:1] in "\"'" or '"' in part else part
        for part in re.split(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", text)
    ]
    return f'"{"".join(parts)}"'
