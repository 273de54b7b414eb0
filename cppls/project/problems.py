"""Collecting problems without drowning in them: of a kind, the first few and a count."""

from __future__ import annotations

from typing import Final

from cppls.project.values import Problem

SHOWN: Final = 10
"""Problems of one kind that are listed one by one."""


class Problems:
    """Problems found so far. Two are of one kind when they share path and ``kind``."""

    def __init__(self) -> None:
        self._listed: list[Problem] = []
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, path: str, message: str, hint: str, *, kind: str = "") -> None:
        """Note a problem; ``kind`` is its message unless that names one of many."""
        key = (path, kind or message)
        count = self._counts.get(key, 0) + 1
        self._counts[key] = count
        if count <= SHOWN and (kind or count == 1):
            self._listed.append(Problem(_printable(path), _printable(message), hint))

    def list(self) -> list[Problem]:
        """All of them, ready to be shown: valid Unicode, with a line for what was left out."""
        rest = [
            Problem(_printable(path), f"{count - SHOWN} more such problems: {_printable(kind)}", "")
            for (path, kind), count in self._counts.items()
            if count > SHOWN
        ]
        return self._listed + rest


def _printable(text: str) -> str:
    """``text`` with undecodable bytes shown as ``\\xff``, so that every door can print it."""
    return text.encode("utf-8", "backslashreplace").decode()
