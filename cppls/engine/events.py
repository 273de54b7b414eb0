"""What an engine tells its listeners: plain values, delivered on the event loop's thread.

Paths are real absolute paths as everywhere below the doors; positions count UTF-8 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from cppls.core.model import Diagnostic, Severity, Span

State: TypeAlias = Literal["ready", "indexing", "idle"]
"""``ready``: started, nothing parsed yet; ``indexing``: background work is queued or running;
``idle``: everything that is known to need work is done and committed."""


class StateChanged(msgspec.Struct, frozen=True, tag=True):
    """The engine entered another state."""

    state: State


class Progress(msgspec.Struct, frozen=True, tag=True):
    """``done`` of ``total`` translation units since the engine was last idle."""

    done: int
    total: int
    current: str
    """Path of the file that was finished last."""


class DiagnosticsChanged(msgspec.Struct, frozen=True, tag=True):
    """All diagnostics of ``path`` from now on."""

    path: str
    version: int | None
    """The open document's version that they belong to; ``None``: the file is not open."""
    diagnostics: list[Diagnostic]


class DocumentParsing(msgspec.Struct, frozen=True, tag=True):
    """A parse of an open document begins."""

    path: str


class DocumentParsed(msgspec.Struct, frozen=True, tag=True):
    """A parse of an open document's newest text has ended, or is given up.

    The same version again: something that the document includes has changed.
    """

    path: str
    version: int
    inactive: list[Span]
    """Lines that the preprocessor skipped: from the start of the first to the start of the line
    behind the last."""


class Notice(msgspec.Struct, frozen=True, tag=True):
    """Something the user should know, with what to do about it."""

    severity: Severity
    message: str


Event: TypeAlias = (
    StateChanged | Progress | DiagnosticsChanged | DocumentParsing | DocumentParsed | Notice
)
Listener: TypeAlias = Callable[[Event], None]
"""Must return at once and not raise."""
