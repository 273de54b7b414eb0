"""clangd's ``textDocument/switchSourceHeader``: the header of a source, the source of a header."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from cppls.core.live_questions import OutlineItem
from cppls.core.model import Position
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

_SOURCES: Final = (".cpp", ".cxx", ".cc", ".c", ".c++", ".m", ".mm", ".cu")
_HEADERS: Final = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inc", ".cuh")
_ASKED: Final = 500
"""Declarations of a file whose other places are looked at: enough to tell where most are."""


async def switch_source_header(snapshot: Snapshot, path: str) -> Answer[str]:
    """The file that belongs to ``path``: of the same name beside it, else the one that the index
    has defining (or declaring) most of what ``path`` declares."""
    others = _others(path)
    if not others:
        return Answer(absence=Absence(Reason.UNKNOWN, f"{path} is neither source nor header"))
    beside = await asyncio.to_thread(_beside, path, others)
    if beside:
        return Answer([beside])
    shared = await look_up(snapshot, dict[str, int](), _sharing, path)
    found = [(count, _common(path, other), other) for other, count in shared.items()]
    found = [each for each in found if _suffix(each[2]) in others]
    if not found:
        return Answer(absence=Absence(Reason.NO_RESULT, f"no file is known that belongs to {path}"))
    best = min(found, key=lambda each: (-each[0], -each[1], each[2]))
    return Answer([best[2]])


def _suffix(path: str) -> str:
    suffix = os.path.splitext(path)[1]
    return ".cpp" if suffix == ".C" else ".h" if suffix == ".H" else suffix.lower()


def _others(path: str) -> tuple[str, ...]:
    """The suffixes of the other kind of file."""
    suffix = _suffix(path)
    return _HEADERS if suffix in _SOURCES else _SOURCES if suffix in _HEADERS else ()


def _beside(path: str, suffixes: tuple[str, ...]) -> str:
    """The file of the same name in the same folder, the usual suffixes first; empty for none."""
    stem = os.path.splitext(path)[0]
    for suffix in suffixes:
        for candidate in (stem + suffix, stem + suffix.upper()):
            if os.path.isfile(candidate):
                return candidate
    return ""


def _sharing(reader: Reader, path: str) -> dict[str, int]:
    """How many of the symbols that ``path`` declares each other file declares."""
    names = [_start(item) for item in _flat(reader.outline(path))][:_ASKED]
    found = reader.named_at(path, names)
    ids = {id for name in names for id in found.get(name, ())}
    shared: Counter[str] = Counter()
    for paths in reader.declaring_paths(ids).values():
        shared.update(paths)
    del shared[path]
    return dict(shared)


def _flat(items: Iterable[OutlineItem]) -> Iterator[OutlineItem]:
    for item in items:
        yield item
        yield from _flat(item.children)


def _start(item: OutlineItem) -> Position:
    return Position(item.selection.line, item.selection.column)


def _common(path: str, other: str) -> int:
    """How many folders two files have in common."""
    return len(os.path.commonpath((path, other)).split(os.sep))
