"""Drivers: which program a command runs, behind wrappers, and what kind of compiler it is.

Looks at names only: nothing here touches the disk or runs anything (``toolchain.py`` does).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

WRAPPERS: Final = frozenset(
    {"ccache", "sccache", "distcc", "icecc", "fastbuild", "gomacc", "rewrapper", "buildcache"}
)
"""Programs that run a compiler named by their arguments, or by the name they are called by."""

_LAUNCHERS: Final = WRAPPERS | {"env", "time", "nice", "cmake", "libtool", "colorgcc"}

_COMPILER: Final = re.compile(
    r"(?P<prefix>[A-Za-z0-9_][\w.+]*(?:-[\w.+]+)*-)?"
    r"(?P<kind>gcc|g\+\+|clang|clang\+\+|cc|c\+\+)"
    r"(?P<version>-?\d+(?:\.\d+)*)?(?:-posix|-win32)?(?:\.exe)?"
)


class Driver(NamedTuple):
    """The compiler of a command: its program as written, and where its arguments begin."""

    program: str
    """Empty when the command is flags only."""
    first_argument: int


def find(tokens: Sequence[str]) -> Driver:
    """The compiler that ``tokens`` run: ``ccache g++ ...`` is g++, ``-Wall ...`` none."""
    if not tokens or tokens[0].startswith("-"):
        return Driver("", 0)
    position = 0
    while position < len(tokens) and base_name(tokens[position]) in _LAUNCHERS:
        following = _after_launcher(tokens, position)
        if following is None:
            break  # A masquerading "distcc -c a.c": the wrapper stands for the compiler.
        position = following
    return Driver(tokens[position], position + 1)


def base_name(program: str) -> str:
    """The last part of a program's path, Windows ones included, without ``.exe``."""
    return os.path.basename(program.replace("\\", "/")).removesuffix(".exe")


def is_compiler_name(program: str) -> bool:
    """Whether the program is named like gcc or clang, with a version or a cross prefix."""
    return _COMPILER.fullmatch(base_name(program)) is not None


def is_cxx(program: str) -> bool:
    """Whether this driver takes ``.c`` files for C++ (g++, clang++, c++)."""
    match = _COMPILER.fullmatch(base_name(program))
    return match is not None and match["kind"].endswith("++")


def is_clang(program: str) -> bool:
    """Whether this driver is a clang by its name."""
    match = _COMPILER.fullmatch(base_name(program))
    return match is not None and match["kind"].startswith("clang")


def is_nvcc(program: str) -> bool:
    """Whether this driver is NVIDIA's, which has options of its own."""
    return base_name(program) == "nvcc"


def is_cl(program: str) -> bool:
    """Whether this driver takes Microsoft's options."""
    return base_name(program).lower() in ("cl", "clang-cl", "icl")


def cross_target(program: str) -> str:
    """The target that a cross-prefixed name promises (``arm-none-eabi-gcc``), else empty."""
    match = _COMPILER.fullmatch(base_name(program))
    prefix = match["prefix"] if match is not None else None
    return prefix.rstrip("-") if prefix and prefix.count("-") >= 2 else ""


def _after_launcher(tokens: Sequence[str], position: int) -> int | None:
    """Where the command that a launcher runs begins."""
    if base_name(tokens[position]) == "cmake" and "--" in tokens:
        return _or_none(tokens, tokens.index("--") + 1)
    for index in range(position + 1, len(tokens)):
        token = tokens[index]
        if token.startswith("-"):
            if base_name(tokens[position]) in ("distcc", "icecc") and index == position + 1:
                return None
            continue
        if "=" not in token and not _is_number(token):
            return index
    return None


def _or_none(tokens: Sequence[str], index: int) -> int | None:
    return index if index < len(tokens) else None


def _is_number(token: str) -> bool:
    return token.lstrip("+-").isdigit()
