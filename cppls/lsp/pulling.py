"""``textDocument/diagnostic`` and ``workspace/diagnostic``: diagnostics for clients that ask.

An open document's are those of its newest text, waited for; all others are the index's. A result id
stands for the content of a report, so that what a client has already is not sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Final

import msgspec
from lsprotocol import types as lsp

from cppls.core.model import Diagnostic
from cppls.features.problems import marks, problems
from cppls.lsp import render, wire
from cppls.lsp.documents import Document, path_of
from cppls.lsp.questions import Question, ask_at, ask_everywhere
from cppls.lsp.session import Session

_START: Final = lsp.Position(line=0, character=0)
_NONE: Final = ""
"""The result id of a file without problems."""
_PART: Final = 200
"""Files in one part of a workspace's report, for a client that takes it in parts."""


def document_diagnostic(
    session: Session, params: lsp.DocumentDiagnosticParams
) -> Awaitable[wire.DiagnosticReport]:
    """``textDocument/diagnostic``."""
    document = session.documents.get(params.text_document.uri)

    async def report(question: Question) -> wire.DiagnosticReport:
        if document is not None and document.path is not None:
            found = await session.publisher.diagnosed(document)
        else:
            found = await problems(question.snapshot, question.path)
        return _report(await _shown(question, found), params.previous_result_id)

    return ask_at(session, params.text_document.uri, _START, report, urgent=False)


async def workspace_diagnostic(
    session: Session, params: lsp.WorkspaceDiagnosticParams
) -> wire.WorkspaceReport:
    """``workspace/diagnostic``: every file that has problems, and those that had some before."""
    before = {path_of(previous.uri): previous for previous in params.previous_result_ids}
    known = {path: previous.value for path, previous in before.items()}
    opened = {document.path: document for document in session.documents}
    reported: set[str] = set()

    async def project(question: Question) -> list[wire.DiagnosticReport]:
        found = await marks(question.snapshot)
        reported.update(found)
        return [
            await _of_file(question, path, mark, known.get(path))
            for path, mark in found.items()
            if path not in opened
        ]

    reports = await ask_everywhere(session, project, urgent=False)
    for path, document in opened.items():
        # What is being parsed comes when the client asks for that document.
        if path is not None and document.diagnosed == document.revision:
            of_open = partial(_of_open, document, known.get(path))
            reports.append(await ask_at(session, document.uri, _START, of_open, urgent=False))
    # What was fixed, or is gone, has nothing to say any more.
    reports += [
        wire.DiagnosticReport("full", _NONE, [], previous.uri, None)
        for path, previous in before.items()
        if path not in reported and path not in opened and previous.value != _NONE
    ]
    return wire.WorkspaceReport(_last_part(session, params.partial_result_token, reports))


async def _of_file(
    question: Question, path: str, mark: str, before: str | None
) -> wire.DiagnosticReport:
    """What the index has of ``path``: ``mark`` stands for it, also as the result id."""
    if before == mark:
        return wire.DiagnosticReport("unchanged", mark, uri=question.uri_of(path), version=None)
    shown = await _shown(question, await problems(question.snapshot, path))
    return wire.DiagnosticReport("full", mark, shown, question.uri_of(path), None)


async def _of_open(
    document: Document, before: str | None, question: Question
) -> wire.DiagnosticReport:
    report = _report(await _shown(question, document.diagnostics), before)
    return msgspec.structs.replace(report, uri=document.uri, version=document.version)


def _last_part(
    session: Session, token: lsp.ProgressToken | None, reports: list[wire.DiagnosticReport]
) -> list[wire.DiagnosticReport]:
    """Send ``reports`` in parts to a client that takes them so; what is left for the answer."""
    while token is not None and reports:
        part, reports = reports[:_PART], reports[_PART:]
        value = wire.Progress(token, wire.WorkspaceReport(part))
        session.protocol.publish(lsp.PROGRESS, value)
    return reports


def _report(shown: list[wire.Diagnostic], before: str | None) -> wire.DiagnosticReport:
    content = wire.encoder.encode(shown)
    result_id = blake2b(content, digest_size=8).hexdigest() if shown else _NONE
    if result_id == before:
        return wire.DiagnosticReport("unchanged", result_id)
    return wire.DiagnosticReport("full", result_id, shown)


async def _shown(question: Question, found: Sequence[Diagnostic]) -> list[wire.Diagnostic]:
    places = await question.places(render.paths_in(found))
    return [render.diagnostic(item, places, question.client) for item in found]
