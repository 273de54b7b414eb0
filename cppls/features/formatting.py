"""Formatting by clang-format: a document, ranges of it, or what was just typed.

clang-format finds the style itself: the ``.clang-format`` files above the source. It is asked for
replacements, so that an edit changes no more than it must. Must not know how a tool is run.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from cppls.core.model import Edit, Position, Span
from cppls.core.text import Text

RunFormatter: TypeAlias = Callable[[Sequence[str], bytes], Awaitable[bytes]]
"""``await run(arguments, stdin)`` gives what clang-format writes."""

_MARK: Final = b"//cppls"
"""Stands where the user is about to type: clang-format would take white space away there."""


async def formatting(
    run: RunFormatter, path: str, text: Text, spans: Sequence[Span] = (), style: str = "LLVM"
) -> list[Edit]:
    """The edits that format ``spans``, or everything; ``style`` counts where no file says more."""
    ranges = [part for span in spans for part in _range(text, span)]
    answer = await run([*_arguments(path, style), *ranges], text.data)
    return _edits(answer, text)


async def formatting_on_type(
    run: RunFormatter, path: str, text: Text, position: Position, typed: str, style: str = "LLVM"
) -> list[Edit]:
    """The edits after ``typed`` was written directly before ``position``.

    After a new line: the line before, and how far the new one is indented; else the line itself.
    """
    if typed != "\n":
        line = Span(position.line, 0, position.line, len(text.line(position.line)))
        return await formatting(run, path, text, [line], style)
    at = text.offset(position)
    # The rest of the line is pushed to one of its own: it must not be taken for the comment's.
    marked = text.data[:at] + _MARK + b"\n" + text.data[at:]
    lines = f"--lines={position.line}:{position.line + 1}"
    answer = await run([*_arguments(path, style), lines], marked)
    found = _edits(answer, Text(marked))
    end = (position.line, position.column)
    return [edit for edit in found if (edit.span.end_line, edit.span.end_column) <= end]


def _arguments(path: str, style: str) -> list[str]:
    return [
        "--output-replacements-xml",
        f"--assume-filename={path}",
        "--style=file",
        f"--fallback-style={style}",
    ]


def _range(text: Text, span: Span) -> list[str]:
    start = text.offset(Position(span.line, span.column))
    end = text.offset(Position(span.end_line, span.end_column))
    return [f"--offset={start}", f"--length={end - start}"]


def _edits(answer: bytes, text: Text) -> list[Edit]:
    edits: list[Edit] = []
    for element in ET.fromstring(answer).iter("replacement"):
        offset, length = int(element.get("offset", "0")), int(element.get("length", "0"))
        start, end = text.position(offset), text.position(offset + length)
        span = Span(start.line, start.column, end.line, end.column)
        edits.append(Edit(span, element.text or ""))
    return edits
