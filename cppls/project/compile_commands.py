"""Reading ``compile_commands.json``, however big or broken, into a table that stays small.

Files of a project share their flags, so what is kept per file is its path and the number of its
flag group. The database is decoded entry by entry from a small window of the file: a 60 MB one
never is in memory as a whole. Knows the format (https://clang.llvm.org/docs/
JSONCompilationDatabase.html) and nothing of what a flag means, but for those that name an
entry's own input and outputs, which would make every group unique.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO, cast

from cppls.core.settings import PushedCommand
from cppls.project import arguments as command_lines
from cppls.project.entries import Entries, EntriesBuilder, Stamp, stamp
from cppls.project.problems import Problems

WINDOW: Final = 256 << 10
"""Characters read at once."""
MAX_ENTRY: Final = 8 << 20
"""Characters; an entry that has not ended by then is a syntax error."""


class Loaded:
    """A database as read: its entries, the files it was read from, whether it was all there."""

    def __init__(self, entries: Entries, stamps: dict[str, Stamp], intact: bool) -> None:
        self.entries = entries
        self.stamps = stamps
        """Of the database and the response files it names, as they were before reading."""
        self.intact = intact
        """False when it is no JSON array or ends too early; entries before the damage count."""


def load(path: str, problems: Problems) -> Loaded:
    """Read the database at ``path``; what is wrong with it goes to ``problems``."""
    reader = _Reader(path, problems)
    reader.read()
    return Loaded(reader.builder.finish(), reader.stamps, reader.intact)


def pushed(changes: Mapping[str, PushedCommand], root: str, problems: Problems) -> Entries:
    """The entries that an editor gives for single files; paths may be relative to ``root``."""
    reader = _Reader(os.path.join(root, "compilationDatabaseChanges"), problems)
    for number, (path, command) in enumerate(changes.items(), 1):
        reader.add(
            number,
            {
                "file": os.path.join(root, path),
                "directory": command.working_directory,
                "arguments": [*command.compilation_command],
            },
        )
    return reader.builder.finish()


_SKIP: Final = re.compile(r"[\s,]*")
_NEXT_ENTRY: Final = re.compile(r"\}\s*,\s*(?=\{)")
_DECODER: Final = json.JSONDecoder(strict=False)
_BAD_ENTRY: Final = "Compare it with https://clang.llvm.org/docs/JSONCompilationDatabase.html."
_REGENERATE: Final = "Generate it again; CMake: cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON."

# An entry's own outputs: dropped here, see the module's docstring.
_OUTPUT_WITH_VALUE: Final = frozenset({"-o", "-MF", "-MT", "-MQ", "-MJ", "--output"})
_OUTPUT_ALONE: Final = frozenset({"-c", "-MD", "-MMD", "-MP", "-MM", "-M", "-MG"})
_OUTPUT_PREFIXES: Final = ("-Wp,-MD,", "-Wp,-MMD,", "-MF", "-MT", "-MQ", "-MJ")


class _Reader:
    def __init__(self, path: str, problems: Problems) -> None:
        self.path = path
        # A link in the root that points into the build folder is read as the file it points to.
        self.folder = os.path.dirname(os.path.realpath(path))
        self.problems = problems
        self.builder = EntriesBuilder()
        self.stamps: dict[str, Stamp] = {path: stamp(path)}
        self.intact = True
        self.shared: set[str] = set()
        """Tokens seen that name no entry's own files, but for an input without a dot in its name:
        most tokens are among them."""
        self.folders: dict[str, str] = {}
        """Absolute folders, by how entries spell them."""

    def read(self) -> None:
        try:
            with open(self.path, encoding="utf-8-sig", errors="surrogateescape") as file:
                for number, entry in enumerate(self._decode(file), 1):
                    self.add(number, entry)
        except OSError as error:
            self._damaged(f"cannot be read: {error.strerror}", "Check the file's permissions.")

    def _decode(self, file: TextIO) -> Iterator[Any]:
        """The array's elements, one by one; goes on behind one that is damaged."""
        text = file.read(WINDOW)
        position = _skip(text, 0)
        if text[position : position + 1] != "[":
            self._damaged("is not a JSON array", _REGENERATE)
            return
        position += 1
        at_end = False
        while True:
            position = _skip(text, position)
            if text.startswith("]", position):
                return
            try:
                entry, position = _DECODER.raw_decode(text, position)
            except (json.JSONDecodeError, RecursionError) as error:
                if not at_end and len(text) - position < MAX_ENTRY:
                    # The entry may go on behind the window, which doubles with it.
                    more = file.read(max(WINDOW, len(text) - position))
                    at_end = not more
                    text, position = text[position:] + more, 0
                    continue
                following = _NEXT_ENTRY.search(text, position)
                if following is None:
                    self._damaged("ends in the middle of an entry", _REGENERATE)
                    return
                self.problems.add(self.path, f"holds a damaged entry: {_first(error)}", _BAD_ENTRY)
                position = following.end()
            else:
                yield entry

    def _damaged(self, message: str, hint: str) -> None:
        self.intact = False
        self.problems.add(self.path, message, hint)

    def add(self, number: int, entry: Any) -> None:
        """Take up the entry that is the ``number``-th."""
        fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        name, directory = fields.get("file"), fields.get("directory", "")
        if not isinstance(name, str) or not name or not isinstance(directory, str):
            self._bad(number, 'needs "file" and "directory" as texts')
            return
        if not directory:
            self._bad(number, 'has no "directory"; the database\'s own folder is taken')
        tokens = self._tokens(number, fields)
        if tokens is None:
            return
        directory = self._absolute(directory)
        path = os.path.normpath(os.path.join(directory, name))
        if not directory or not _is_usable(path):
            self._bad(number, "names a path that no file system can hold")
            return
        base = os.path.basename(name)
        own = self._maybe_own(tokens, base)
        if any(tokens[index].startswith("@") for index in own):
            tokens = self._expand(tokens, directory)
            own = self._maybe_own(tokens, base)
        self._drop_own_files(tokens, own, name, directory, path)
        self.builder.add(path, directory, tokens)

    def _absolute(self, directory: str) -> str:
        """The folder in full, empty when no file system can hold it. Entries have few of them."""
        known = self.folders.get(directory)
        if known is None:
            known = os.path.normpath(os.path.join(self.folder, directory))
            known = self.folders[directory] = known if _is_usable(known) else ""
        return known

    def _tokens(self, number: int, fields: dict[str, Any]) -> list[str] | None:
        arguments, command = fields.get("arguments"), fields.get("command")
        if isinstance(arguments, list):
            listed = cast("list[Any]", arguments)
            if listed and all(isinstance(argument, str) for argument in listed):
                return listed
        elif isinstance(command, str):
            return command_lines.split(command)
        self._bad(number, 'needs "arguments" (texts) or a "command" (a text)')
        return None

    def _expand(self, tokens: list[str], directory: str) -> list[str]:
        return command_lines.expand(
            tokens,
            directory,
            report=lambda path, message: self.problems.add(
                path, message, f"Named by {self.path}; a build creates it."
            ),
            read=self._note_read,
        )

    def _note_read(self, path: str) -> None:
        self.stamps.setdefault(path, stamp(path))

    def _maybe_own(self, tokens: list[str], base: str) -> list[int]:
        """Places of the tokens, without the driver, that may name files of this entry alone."""
        shared = self.shared if "." in base else ()
        return [index for index, token in enumerate(tokens) if token not in shared and index]

    def _drop_own_files(
        self, tokens: list[str], own: list[int], name: str, directory: str, path: str
    ) -> None:
        """Take the entry's input, outputs and dependency files out of ``tokens``."""
        base = os.path.basename(name)
        dropped: list[slice] = []
        end = 0
        for index in own:
            if index < end:
                continue  # The value of an option that goes.
            token = tokens[index]
            end = index + 1
            if token in _OUTPUT_WITH_VALUE:
                end += 1
            elif not (
                token in _OUTPUT_ALONE
                or token.startswith(_OUTPUT_PREFIXES)
                or (token.endswith(base) and _names(token, name, directory, path))
            ):
                if _is_shared(token):
                    self.shared.add(token)
                continue
            dropped.append(slice(index, end))
        for each in reversed(dropped):
            del tokens[each]

    def _bad(self, number: int, message: str) -> None:
        self.problems.add(self.path, f"entry {number} {message}", _BAD_ENTRY, kind=message)


def _skip(text: str, position: int) -> int:
    match = _SKIP.match(text, position)
    return match.end() if match is not None else position


def _first(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"


def _is_usable(path: str) -> bool:
    """Whether the system can be asked for it: no NUL, no surrogate that stands for no byte."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _is_shared(token: str) -> bool:
    """Whether a token that is not one entry's own is none of any other entry."""
    return token.startswith("-") or not (token.startswith("@") or "." in os.path.basename(token))


def _names(token: str, name: str, directory: str, path: str) -> bool:
    if token == name:
        return True
    return token[0] != "-" and os.path.normpath(os.path.join(directory, token)) == path
