"""Whose flags a file takes that has none of its own: its nearest relative's.

The idea is clangd's (``InterpolatingCompilationDatabase``): the same stem counts most, then the
language, then shared folders. ``foo/bar.h`` takes those of ``foo/bar.cpp``, else of some file in
``foo/``, else of any in the project.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from cppls.project import language


def nearest(path: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``path`` is most likely compiled like; ``None`` without candidates.

    The first of equals, so the answer is the same in every run. A pass over all candidates: about
    a microsecond each, so the caller remembers the answer.
    """
    stem = _stem(path)
    folders = os.path.dirname(path).split(os.sep)
    wanted = language.of_relative(path, "c++").removesuffix("-header")
    is_open = os.path.splitext(path)[1] in (".h", ".inc", ".def", "")
    best: str | None = None
    best_score = (-1, -1, -1)
    for candidate in candidates:
        folder, name = os.path.split(candidate)
        other = os.path.splitext(name)[0].lower()
        same_stem = 2 if other == stem else int(_is_variant(stem, other))
        own = language.SOURCES.get(os.path.splitext(name)[1], "")
        same_language = int(is_open or own == wanted)
        # Counting shared folders costs most: only for what can still win.
        if (same_stem, same_language) < best_score[:2]:
            continue
        score = (same_stem, same_language, _shared(folders, folder))
        if score > best_score:
            best, best_score = candidate, score
    return best


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0].lower()


def _is_variant(stem: str, other: str) -> bool:
    """``foo.h`` goes with ``foo_test.cpp``, and ``foo-inl.h`` with ``foo.cpp``."""
    short, long = (stem, other) if len(stem) < len(other) else (other, stem)
    return len(short) > 2 and long.startswith(short) and long[len(short)] in "_-."


def _shared(folders: list[str], folder: str) -> int:
    """Folders in common, counted from the top and from the bottom (``include/x`` and ``src/x``)."""
    others = folder.split(os.sep)
    top = 0
    for left, right in zip(folders, others, strict=False):
        if left != right:
            break
        top += 1
    bottom = 0
    for left, right in zip(reversed(folders[top:]), reversed(others[top:]), strict=False):
        if left != right:
            break
        bottom += 1
    return 2 * (top + bottom) - len(others)
