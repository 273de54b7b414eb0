"""Texts that libclang takes in place of files: unsaved documents, as it wants them."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, Final


class UnsavedFiles:
    """``texts`` (path to text) as a C array of ``count``, valid while this object lives."""

    def __init__(self, texts: Mapping[bytes, bytes]) -> None:
        self._texts = dict(texts)
        self.count: Final = len(self._texts)
        entries = ((path, text, len(text)) for path, text in self._texts.items())
        self.array: Final[Any] = (_UnsavedFile * self.count)(*entries)


class _UnsavedFile(ctypes.Structure):
    """libclang's ``CXUnsavedFile``."""

    _fields_ = (
        ("path", ctypes.c_char_p),
        ("contents", ctypes.c_char_p),
        ("length", ctypes.c_ulong),
    )
