"""Formatting requests: what clang-format would change, in the client's columns.

Knows clang-format as a tool of the engine; the style is its own business.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from xml.etree.ElementTree import ParseError

from lsprotocol import types as lsp

from cppls.core.model import Edit, Span
from cppls.engine.tools import Run, ToolFailed, ToolMissing, Tools
from cppls.features.formatting import formatting, formatting_on_type
from cppls.lsp import wire
from cppls.lsp.errors import REQUEST_FAILED, RequestError
from cppls.lsp.questions import Question

FIRST_TRIGGER = "\n"
MORE_TRIGGERS = (";", "}")


async def document_formatting(
    question: Question, _: lsp.DocumentFormattingParams
) -> list[wire.TextEdit]:
    """``textDocument/formatting``."""
    return await _formatted(question, ())


async def range_formatting(
    question: Question, params: lsp.DocumentRangeFormattingParams
) -> list[wire.TextEdit]:
    """``textDocument/rangeFormatting``."""
    return await _formatted(question, [_span(question, params.range)])


async def ranges_formatting(
    question: Question, params: lsp.DocumentRangesFormattingParams
) -> list[wire.TextEdit]:
    """``textDocument/rangesFormatting``."""
    return await _formatted(question, [_span(question, each) for each in params.ranges])


async def on_type_formatting(
    question: Question, params: lsp.DocumentOnTypeFormattingParams
) -> list[wire.TextEdit]:
    """``textDocument/onTypeFormatting``."""
    run = partial(_clang_format, question.tools)
    try:
        edits = await formatting_on_type(
            run, question.path, question.text, question.position, params.ch, question.style
        )
    except (ToolMissing, ToolFailed, ParseError) as problem:
        question.explain(str(problem))
        return []  # Nobody asked for it: typing goes on.
    return await _edits(question, edits)


async def _formatted(question: Question, spans: Sequence[Span]) -> list[wire.TextEdit]:
    run = partial(_clang_format, question.tools)
    try:
        edits = await formatting(run, question.path, question.text, spans, question.style)
    except (ToolMissing, ToolFailed) as problem:
        raise RequestError(REQUEST_FAILED, str(problem)) from problem
    except ParseError as problem:
        reason = f"{question.path}: clang-format's answer cannot be read: {problem}"
        raise RequestError(REQUEST_FAILED, reason) from problem
    return await _edits(question, edits)


async def _clang_format(tools: Tools, arguments: Sequence[str], stdin: bytes) -> bytes:
    return await tools.run(Run("clang-format", arguments, stdin))


async def _edits(question: Question, edits: Sequence[Edit]) -> list[wire.TextEdit]:
    places = await question.places([question.path])
    return [wire.TextEdit(places.range(question.path, edit.span), edit.text) for edit in edits]


def _span(question: Question, range_: lsp.Range) -> Span:
    encoding = question.client.encoding
    start = question.text.to_position(range_.start.line, range_.start.character, encoding)
    end = question.text.to_position(range_.end.line, range_.end.character, encoding)
    return Span(start.line, start.column, end.line, end.column)
