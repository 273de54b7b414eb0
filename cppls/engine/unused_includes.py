"""Includes that a file does not use: headers of which it names nothing itself, as in clangd.

A header is used when it declares anything that the file names, or exports a header that does. The
rest follows clangd's include cleaner (https://clangd.llvm.org/guides/include-cleaner): IWYU's
pragmas count, a source's own header stays, so do headers without guards. One that declares nothing
itself is an umbrella for what it includes. Knows the index; not when to look.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from cppls.core.files import read_file
from cppls.core.model import Diagnostic, Edit, FixIt, Severity, Span
from cppls.core.text import Text
from cppls.index.reader import Reader
from cppls.project.clangd_values import Includes
from cppls.project.header_patterns import matches

CODE: Final = "unused-includes"
TITLE: Final = "remove #include directive"

_PRAGMA: Final = re.compile(rb"(?://|/\*)\s*IWYU\s+pragma:\s*(?P<name>\w+)(?P<rest>[^\n]*)")
_DIRECTIVE: Final = re.compile(rb'[ \t]*(?P<all>#[ \t]*include[ \t]*(?P<spelled>"[^"]+"|<[^>]+>))')
_GUARD: Final = re.compile(
    rb"\s*(?:(?://[^\n]*|/\*.*?\*/)\s*)*"
    rb"#\s*(?:pragma\s+once|ifndef\s+\w+|if\s+!\s*defined\b)",
    re.DOTALL,
)
_HEAD_BYTES: Final = 1 << 16
"""Of a header so much is looked at for its guard and pragmas."""
_EXPORTS: Final = 1000
"""Headers at the most that are looked at for what they export."""


def unused_includes(reader: Reader, path: str, text: Text, settings: Includes) -> list[Diagnostic]:
    """A diagnostic for each ``#include`` of ``path`` that is not used, with its correction."""
    providers = reader.providers(path)
    if providers is None:
        return []
    includes = _Includes(reader, providers)
    return [
        _diagnostic(path, text, line, target)
        for line, spelled, target in _written(reader, path, text)
        if (spelled.startswith('"') or settings.analyze_angled_includes)
        and not matches(settings.ignore_header, target)
        and not _is_own_header(path, target)
        and not includes.is_used(spelled, target)
    ]


def exported(reader: Reader, header: str) -> list[str]:
    """The headers that ``header`` includes for those who include it."""
    included = [each for each in reader.includes(header) if each.target]
    if included and not reader.declares_anything(header):
        return [each.target for each in included]
    lines = _exporting_lines(_head(header)) if included else set[int]()
    return [each.target for each in included if each.span.line in lines]


def public_name(header: str) -> str:
    """What a header says is to be included in its place; empty when it says nothing."""
    return _pragmas(_head(header)).get("private", "")


def _written(reader: Reader, path: str, text: Text) -> Iterator[tuple[int, str, str]]:
    """The include directives that may go: line, spelling, and the file that it led to."""
    targets = {
        (f"<{each.spelled}>" if each.angled else f'"{each.spelled}"'): each.target
        for each in reader.includes(path)
    }
    kept = _kept_lines(text)
    for number in range(text.line_count):
        found = _DIRECTIVE.match(text.line(number))
        if found is not None and number not in kept:
            spelled = found["spelled"].decode("utf-8", "replace")
            if target := targets.get(spelled, ""):
                yield number, spelled, target


class _Includes:
    """Headers of one question, each looked at once."""

    def __init__(self, reader: Reader, providers: Collection[str]) -> None:
        self._reader = reader
        self._providers = providers
        self._public_names = {name for path in providers if (name := public_name(path))}

    def is_used(self, spelled: str, target: str) -> bool:
        """Whether the file names anything that comes by way of the header ``target``."""
        head = _head(target)
        if not head or _GUARD.match(head) is None or b"IWYU pragma: always_keep" in head:
            return True
        if any(name in spelled for name in self._public_names):
            return True
        return any(exported in self._providers for exported in self._exported(target))

    def _exported(self, header: str) -> Iterable[str]:
        """``header``, and the headers that count as its own."""
        seen, waiting = {header}, [header]
        while waiting and len(seen) < _EXPORTS:
            current = waiting.pop()
            yield current
            for target in exported(self._reader, current):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)


def _head(path: str) -> bytes:
    try:
        return read_file(path)[:_HEAD_BYTES]
    except OSError:
        return b""


def _pragmas(text: bytes) -> dict[str, str]:
    """The pragmas of a header with what follows them; of several of a name the last."""
    return {
        found["name"].decode(): found["rest"]
        .decode("utf-8", "replace")
        .strip(" ,*/\r")
        .removeprefix("include")
        .strip()
        .strip('"<>')
        for found in _PRAGMA.finditer(text)
    }


def _exporting_lines(text: bytes) -> set[int]:
    return _marked_lines(text.split(b"\n"), b"export", b"begin_exports", b"end_exports")


def _kept_lines(text: Text) -> set[int]:
    """Lines whose includes the author wants to stay."""
    lines = [text.line(number) for number in range(text.line_count)]
    exported = _marked_lines(lines, b"export", b"begin_exports", b"end_exports")
    return exported | _marked_lines(lines, b"keep", b"begin_keep", b"end_keep")


def _marked_lines(lines: Iterable[bytes], mark: bytes, begin: bytes, end: bytes) -> set[int]:
    found: set[int] = set()
    inside = False
    for number, line in enumerate(lines):
        pragma = _PRAGMA.search(line) if b"IWYU" in line else None
        name = pragma["name"] if pragma is not None else b""
        inside = (inside or name == begin) and name != end
        if inside or name == mark:
            found.add(number)
    return found


def _is_own_header(path: str, header: str) -> bool:
    """``a.cpp`` implements ``a.h``, and ``a_test.cpp`` tests it."""
    own, other = (os.path.basename(each).split(".")[0] for each in (path, header))
    return own == other or own.removesuffix("_test") == other


def _diagnostic(path: str, text: Text, line: int, target: str) -> Diagnostic:
    found = _DIRECTIVE.match(text.line(line))
    assert found is not None, "it is an include directive"
    removed = Edit(Span(line, 0, line + 1, 0), "")
    if line + 1 >= text.line_count:
        removed = Edit(Span(line, 0, line, len(text.line(line))), "")
    return Diagnostic(
        path=path,
        span=Span(line, found.start("all"), line, found.end("all")),
        severity=Severity.WARNING,
        message=f"included header {os.path.basename(target)} is not used directly",
        code=CODE,
        fixits=[FixIt(TITLE, [removed])],
        tags=["unnecessary"],
    )
