"""Diagnostics that a client asks for: of a document, and of the whole project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- part.h
#pragma once
inline int part() {}
//- good.cpp
#include "part.h"
int good() { return part(); }
//- bad.cpp
int bad() { return /*漢🙂*/ $typo{missing$}; }
//- worse.cpp -Wall
#include "part.h"
int worse() { return $worse{missing$}; }
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def test_a_file_that_is_not_open_has_those_of_the_index(editor: Editor) -> None:
    (found,) = await editor.pull(uri(editor, "bad.cpp"))
    assert "missing" in found.message
    assert found.range == place(editor, "typo").range
    assert await editor.pull(uri(editor, "good.cpp")) == []


async def test_the_same_again_is_not_sent_again(editor: Editor) -> None:
    first = await ask(editor, "bad.cpp")
    assert first.result_id
    again = await ask(editor, "bad.cpp", first.result_id)
    assert again == lsp.RelatedUnchangedDocumentDiagnosticReport(result_id=first.result_id)


async def test_an_open_file_has_those_of_its_newest_text(editor: Editor) -> None:
    document = editor.open("bad.cpp")
    (found,) = await editor.pull(document)
    assert found.range == place(editor, "typo").range
    text = "int bad() { return 0; }\n"
    editor.client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=document, version=2),
            content_changes=[lsp.TextDocumentContentChangeWholeDocument(text=text)],
        )
    )
    assert await editor.pull(document) == []
    editor.close(document)


async def test_the_whole_project_has_problems(editor: Editor) -> None:
    report = await whole(editor, {})
    assert names(report) == ["bad.cpp", "part.h", "worse.cpp"]
    again = await whole(editor, {item.uri: item.result_id or "" for item in report.items})
    assert names(again) == ["bad.cpp", "part.h", "worse.cpp"]
    assert {item.kind for item in again.items} == {"unchanged"}


async def test_what_was_fixed_vanishes(editor: Editor) -> None:
    report = await whole(editor, {})
    known = {item.uri: item.result_id or "" for item in report.items}
    path = Path(editor.project.path("worse.cpp"))
    told = editor.client.diagnostic_refresh_count
    fix(path)
    changed = lsp.FileEvent(uri=path.as_uri(), type=lsp.FileChangeType.Changed)
    editor.states.clear()
    editor.client.workspace_did_change_watched_files(
        lsp.DidChangeWatchedFilesParams(changes=[changed])
    )
    await editor.indexed()
    fixed = next(i for i in (await whole(editor, known)).items if i.uri == path.as_uri())
    assert isinstance(fixed, lsp.WorkspaceFullDocumentDiagnosticReport)
    assert list(fixed.items) == []
    assert "worse.cpp" not in names(await whole(editor, {}))
    if editor.pulls:
        _ = await editor.until(lambda: editor.client.diagnostic_refresh_count > told)


async def test_who_is_pushed_to_is_not_offered_to_ask(editor: Editor) -> None:
    document = editor.open("bad.cpp")
    _ = await editor.diagnosed(document)
    assert editor.pulls == (document not in editor.client.diagnostics)
    editor.close(document)


async def ask(editor: Editor, name: str, before: str | None = None) -> lsp.DocumentDiagnosticReport:
    """The report on a file."""
    identifier = lsp.TextDocumentIdentifier(uri=uri(editor, name))
    return await editor.client.text_document_diagnostic_async(
        lsp.DocumentDiagnosticParams(text_document=identifier, previous_result_id=before)
    )


async def whole(editor: Editor, known: dict[str, str]) -> lsp.WorkspaceDiagnosticReport:
    """The report on the workspace for a client that has ``known`` result ids by URI."""
    previous = [lsp.PreviousResultId(uri=uri, value=value) for uri, value in known.items()]
    return await editor.client.workspace_diagnostic_async(
        lsp.WorkspaceDiagnosticParams(previous_result_ids=previous)
    )


def fix(path: Path) -> None:
    path.write_text('#include "part.h"\nint worse() { return 0; }\n')


def names(report: lsp.WorkspaceDiagnosticReport) -> list[str]:
    """The files that a report speaks of."""
    return sorted(os.path.basename(item.uri) for item in report.items)


def uri(editor: Editor, name: str) -> str:
    return Path(editor.project.path(name)).as_uri()


def place(editor: Editor, name: str) -> lsp.Location:
    (found,) = editor.places(name)
    return found
