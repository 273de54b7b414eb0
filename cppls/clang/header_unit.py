"""The live TU of a header that may need what its includer has before it.

A header that stands on its own is parsed on its own. Where it does not (there are errors that go
when the includer's text is read first) that text is included by option, so that no place in the
header moves. Tried once, with the first text; used from one thread at a time, as a ``LiveUnit``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cppls.clang.live import LiveContext, LiveUnit, Report
from cppls.core.live_messages import AnyQuestion, LiveDiagnostic
from cppls.core.model import Severity, Statistics

_READ_ALREADY = "main file cannot be included recursively"
"""What it says where the includer's text leads to the header by another way: that is left out."""
_UNCLOSED = "expected '}'"
"""What libclang says where the includer's text has opened a scope around the directive."""


class HeaderUnit:
    """A ``LiveUnit`` that finds out what to read first."""

    def __init__(
        self,
        context: LiveContext,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        fallback: Sequence[bytes],
        before: Sequence[tuple[bytes, bytes]],
        *,
        always: bool = False,
    ) -> None:
        """``before``, and whether ``always``: see ``live_messages.OpenDocument``."""

        def make(*more: bytes) -> LiveUnit:
            less = [*fallback, *more] if fallback else []
            return LiveUnit(context, path, directory, [*arguments, *more], less)

        self._make = make
        self._before = dict(before)
        self._unit = make()
        self._always = always
        self._in_context: bool | None = None

    def parse(self, overlays: Mapping[bytes, bytes]) -> Report:
        """As ``LiveUnit.parse``; the first time twice where there are errors."""
        if self._in_context:
            return self._told(self._unit.parse({**overlays, **self._before}))
        report = self._unit.parse(overlays)
        if self._in_context is None and report.ok:
            self._in_context = False
            if self._always or _errors(report, ()):
                return self._tried(report, overlays)
        return report

    def ask(self, question: AnyQuestion, overlays: Mapping[bytes, bytes] | None = None) -> bytes:
        """As ``LiveUnit.ask``."""
        texts = {**(overlays or {}), **self._before} if self._in_context else overlays
        return self._unit.ask(question, texts)

    def suspend(self) -> None:
        """As ``LiveUnit.suspend``."""
        self._unit.suspend()

    def close(self) -> None:
        """As ``LiveUnit.close``."""
        self._unit.close()

    @property
    def parsed(self) -> bool:
        """As ``LiveUnit.parsed``."""
        return self._unit.parsed

    @property
    def held(self) -> int:
        """As ``LiveUnit.held``."""
        return self._unit.held

    def statistics(self) -> Statistics:
        """Those of the unit, and whether it reads its includer's text first."""
        return {**self._unit.statistics(), "in_context": bool(self._in_context)}

    def _tried(self, alone: Report, overlays: Mapping[bytes, bytes]) -> Report:
        """What is better of ``alone`` and the same behind the includer's text."""
        # Both at once would take twice the memory.
        self._unit.suspend()
        options = [word for path in self._before for word in (b"-include", path)]
        behind = self._make(*options)
        report = behind.parse({**overlays, **self._before})
        seconds = alone.wall_seconds + report.wall_seconds
        if self._is_better(report, alone):
            self._unit.close()
            self._unit = behind
            self._in_context = True
            return msgspec.structs.replace(self._told(report), wall_seconds=seconds)
        behind.close()
        report = self._unit.parse(overlays)
        return msgspec.structs.replace(report, wall_seconds=seconds + report.wall_seconds)

    def _is_better(self, report: Report, alone: Report) -> bool:
        fewer = _errors(report, self._before) < _errors(alone, ())
        return report.ok and (self._always or fewer)

    def _told(self, report: Report) -> Report:
        """``report`` without what is said of the includer's text: nobody can open that file."""
        files = [
            (path, line)
            for path, line in zip(report.includes, report.include_lines, strict=True)
            if path not in self._before
        ]
        diagnostics = [each for each in report.diagnostics if not _is_of(each, self._before)]
        return msgspec.structs.replace(
            report,
            in_context=True,
            diagnostics=diagnostics,
            includes=[path for path, _ in files],
            include_lines=[line for _, line in files],
        )


def _errors(report: Report, before: Mapping[bytes, bytes] | tuple[()]) -> int:
    return sum(
        each.severity >= Severity.ERROR and not _is_of(each, before) for each in report.diagnostics
    )


def _is_of(diagnostic: LiveDiagnostic, before: Mapping[bytes, bytes] | tuple[()]) -> bool:
    """Whether it is about the includer's text, or what that opens and the header does not close."""
    if diagnostic.path in before or (before and diagnostic.message.startswith(_READ_ALREADY)):
        return True
    unclosed = diagnostic.message.startswith(_UNCLOSED)
    return unclosed and any(note.path in before for note in diagnostic.notes)
