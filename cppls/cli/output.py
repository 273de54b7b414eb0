"""What the commands print: results as text or JSON, errors, a progress bar, exit codes.

A result goes to standard output, all else to standard error. Knows no command and no engine.
"""

from __future__ import annotations

import enum
import os
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final, TextIO, TypeAlias

Json: TypeAlias = "dict[str, Any]"

_LINES_AT_ONCE: Final = 500


class Exit(enum.IntEnum):
    """Exit codes, as ``cppls --help`` documents them."""

    OK = 0
    FAILED = 1
    """Nothing found, or something failed."""
    USAGE = 2
    UNAVAILABLE = 3
    """No index to answer from, or another cppls is writing it."""
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot do its work: what went wrong, what to do, and the exit code."""

    def __init__(self, message: str, hint: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def emit(as_json: bool, result: Json, lines: Iterable[str]) -> None:
    """Print a result: one JSON object, or ``lines``."""
    if as_json:
        emit_json(result)
    else:
        emit_lines(lines)


def emit_json(result: Json) -> None:
    """Print one JSON object."""
    import json

    # Non-ASCII text is escaped, so that undecodable names can be printed at all; on one line,
    # because the json module indents ten times slower than it encodes.
    print(json.dumps(result))


def emit_lines(lines: Iterable[str]) -> None:
    """Print lines of text as they come. Names that are not UTF-8 keep their bytes."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="surrogateescape")
    remaining = iter(lines)
    # Not one by one: each would be a system call of its own where Python does not buffer.
    while some := list(islice(remaining, _LINES_AT_ONCE)):
        print("\n".join(some))


def emit_error(as_json: bool, error: CommandError) -> Exit:
    """Print an error; its exit code."""
    if as_json:
        emit_json({"error": error.message, "hint": error.hint})
    else:
        print(f"cppls: {printable(error.message)}", file=sys.stderr)
        if error.hint:
            print(f"  {printable(error.hint)}", file=sys.stderr)
    return error.code


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Aligned lines; the columns in ``right`` are numbers."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def megabytes(size: float) -> str:
    """Bytes as ``12.3 MB`` (2**20)."""
    return f"{size / (1 << 20):.1f} MB"


def shown(path: str) -> str:
    """``path`` as a reader in the current folder wants it: relative when it lies below."""
    here = os.getcwd() + os.sep
    return path[len(here) :] if path.startswith(here) else path


def printable(text: str) -> str:
    """``text`` without undecodable bytes, for a terminal."""
    return text.encode("utf-8", "backslashreplace").decode()


_BAR: Final = 24
_PERIOD: Final = 0.1
"""Seconds between two pictures of the bar: a terminal is slower than the index."""


class ProgressBar:
    """``[#####.....] 12/40 src/a.cpp`` on a terminal, nothing at all elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._enabled = self._stream.isatty()
        self._last = 0.0

    def update(self, done: int, total: int, current: str) -> None:
        """Show ``done`` of ``total``; ``current`` is the path of the file finished last."""
        now = time.monotonic()
        if not self._enabled or (now - self._last < _PERIOD and done < total):
            return
        self._last = now
        filled = _BAR * done // max(total, 1)
        line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total} {shown(current)}"
        import shutil

        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r\x1b[K" + printable(line)[:width])
        self._stream.flush()

    def close(self) -> None:
        """Take the bar away, so that what follows starts on a clean line."""
        if self._enabled and self._last:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
