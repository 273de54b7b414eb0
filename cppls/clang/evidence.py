"""For how long a proof holds that a unit means the same over shared preambles as without them.

It depends on the main file's text as far as its last include, and on the files that it includes.
The precompiled headers themselves are not looked at: libclang does that. Must not know libclang.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from cppls.core.files import read_file

_DIRECTIVE: Final = re.compile(
    rb"(?:#|%:|\?\?=)(?:[^\n]|\\\r?\n)*?(?:include|import|embed)(?:[^\n]|\\\r?\n)*"
)
"""Whatever might include something: too much costs a proof, too little a wrong answer."""


_State: TypeAlias = "bytes | tuple[int, int] | None"
"""Of a file: its unsaved text, its size and time in nanoseconds, or that it is not there."""


class Evidence:
    """What a proof was made from. A value."""

    def __init__(self, path: bytes, overlays: Mapping[bytes, bytes]) -> None:
        """Of the main file ``path``, to be parsed now with these unsaved texts."""
        self._time = time.time_ns()
        self._overlays = overlays
        text = overlays.get(path)
        self._head = _head(text if text is not None else _content(path))
        self._files: dict[bytes, _State] = {}

    def of(self, includes: Iterable[bytes]) -> Evidence:
        """The same once it is known which files were included."""
        self._files = {path: self._state(path) for path in includes}
        # What was written meanwhile may have been read before or after.
        if any(state is None or self._is_fresh(state) for state in self._files.values()):
            self._head = None
        return self

    def repeats(self, proven: Evidence | None) -> bool:
        """Whether what was proven then still holds."""
        if proven is None or proven._head is None or proven._head != self._head:
            return False
        return all(self._state(path) == state for path, state in proven._files.items())

    def _state(self, path: bytes) -> _State:
        if (text := self._overlays.get(path)) is not None:
            return text
        try:
            status = os.stat(path)
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def _is_fresh(self, state: _State) -> bool:
        return isinstance(state, tuple) and state[1] >= self._time


def _head(text: bytes | None) -> bytes | None:
    """``text`` to the end of its last directive that includes."""
    if text is None:
        return None
    end = 0
    for found in _DIRECTIVE.finditer(text):
        end = found.end()
    return text[:end]


def _content(path: bytes) -> bytes | None:
    try:
        return read_file(os.fsdecode(path))
    except OSError:
        return None
