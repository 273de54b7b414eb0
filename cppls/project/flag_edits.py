"""Changing a command as ``CompileFlags`` of ``.clangd`` says: another program, flags gone or more.

Pure functions of tokens. What libclang gets of the result is for ``flags.py`` to decide, and which
program may be run for ``permission.py``: an edit allows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cppls.project import drivers
from cppls.project import flag_tables as tables
from cppls.project.clangd_values import FlagEdit


def apply(edits: Sequence[FlagEdit], tokens: Sequence[str]) -> tuple[str, ...]:
    """The command ``tokens`` after all edits. Without a driver in front, flags only."""
    for edit in edits:
        driver = drivers.find(tokens)
        head, flags = list(tokens[: driver.first_argument]), list(tokens[driver.first_argument :])
        if edit.compiler:
            head = [edit.compiler]
        for flag in edit.remove:
            flags = _without(flag, flags)
        # Behind "--" there are only names of files.
        end = flags.index("--") if "--" in flags else len(flags)
        tokens = (*head, *flags[:end], *edit.add, *flags[end:])
    return tuple(tokens)


_SEPARATE: Final = frozenset(
    (*tables.FOLDERS, *tables.FORCED, *tables.JOINED, *tables.DROPPED_WITH_VALUE, "-x")
)
_JOINED: Final = (*tables.FOLDERS, *tables.FORCED, *tables.JOINED, "-x", "-l", "-L", "-W")


def _without(flag: str, tokens: Sequence[str]) -> list[str]:
    """``tokens`` without what clangd's ``Remove: flag`` removes.

    An option that takes a value goes with it, however it is written; else a name that ends in
    ``*`` removes all that begin so; else that very flag goes.
    Source: clang-tools-extra/clangd/CompileCommands.h, ``ArgStripper::strip``.
    """
    spellings = _spellings(flag)
    kept: list[str] = []
    rest = iter(tokens)
    goes = _test(flag)
    for token in rest:
        if token in spellings:
            next(rest, None)
        elif not goes(token):
            kept.append(token)
    return kept


def _spellings(flag: str) -> set[str]:
    """How the option is written before a value of its own; nothing if it takes none."""
    long = tables.SPELLED_LONG.get(flag)
    if long is not None:
        return {each for each, meant in tables.SPELLED_LONG.items() if meant == long}
    return {flag} if flag in _SEPARATE else set()


def _test(flag: str) -> Callable[[str], bool]:
    """Whether a token that is no option with a value behind it goes."""
    if flag in _JOINED or flag.endswith("="):
        return lambda token: token.startswith(flag)
    if flag in tables.SPELLED_LONG:
        return lambda token: token.startswith(f"{tables.SPELLED_LONG[flag]}=")
    if flag.endswith("*"):
        return lambda token: token.startswith(flag[:-1])
    return lambda token: token == flag
