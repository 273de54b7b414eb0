"""A compile database from what ``make -n`` would run, for projects that are built without CMake.

Knows the text that GNU make prints and nothing of the projects. A line is read as the shell reads
it: quotes, ``cd folder && cc ...``, ``printf ... ; cc ...``. What only a running shell can know
(variables, backquotes, quotations over several lines) is not followed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePath
from typing import Final, TypedDict


class Entry(TypedDict):
    """One compilation, as ``compile_commands.json`` has it."""

    directory: str
    file: str
    arguments: list[str]


def compile_commands(output: str, directory: str) -> list[Entry]:
    """Every compilation in what ``make -n -w`` printed, in order, each once.

    ``directory`` is where make was started; make's messages, in English, name every other. A
    command that compiles several files becomes an entry for each.
    """
    folders = [directory]
    entries: dict[tuple[str, ...], Entry] = {}
    for line in output.replace("\\\n", " ").splitlines():
        moved = _MOVED.match(line)
        if moved is None:
            for entry in _compilations(line, folders[-1]):
                entries.setdefault((entry["directory"], *entry["arguments"]), entry)
        elif moved["way"] == "Entering":
            folders.append(moved["folder"])
        elif len(folders) > 1:
            folders.pop()
    return list(entries.values())


_MOVED: Final = re.compile(
    r"g?make(?:\[\d+\])?: (?P<way>Entering|Leaving) directory '(?P<folder>.*)'$"
)


def _compilations(line: str, directory: str) -> Iterator[Entry]:
    for words in _commands(line):
        if words[0] == "cd" and len(words) == 2:
            directory = os.path.normpath(os.path.join(directory, words[1]))
        elif _COMPILER.match(os.path.basename(words[0])) and "-c" in words:
            yield from _entries(words, directory)


_COMPILER: Final = re.compile(r"(?:.*-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+)(?:-[\d.]+)?$")


def _commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a line, without the variables that are set for one of them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # A quotation that ends on another line: no compiler's command has one.
        return
    for is_operator, group in groupby(words, lambda word: bool(word) and not word.strip("();<>|&")):
        command = list(group)
        while command and _ASSIGNMENT.match(command[0]):
            del command[0]
        if command and not is_operator:
            yield command


_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")


def _entries(words: list[str], directory: str) -> Iterator[Entry]:
    sources = [
        place
        for place, word in enumerate(words)
        if PurePath(word).suffix in _SOURCES
        and not word.startswith("-")
        and words[place - 1] not in _TAKE_A_FILE
    ]
    for source in sources:
        others = {place for place in sources if place != source}
        yield Entry(
            directory=directory,
            file=words[source],
            arguments=[word for place, word in enumerate(words) if place not in others],
        )


_SOURCES: Final = frozenset({".c", ".cc", ".cpp", ".cxx", ".C"})
_TAKE_A_FILE: Final = frozenset({"-o", "-include", "-imacros", "-MF", "-MT", "-MQ"})
