"""What real editors see of text that was typed and not saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import PATIENCE, Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- scale.h
#pragma once
int scale(int);
//- scale.cpp
#include "scale.h"
int helper() { return 1; }
int scale(int v) { return v * helper(); }
//- main.cpp
#include "scale.h"
int total = $0scale(3);
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def symbols(editor: Editor, query: str) -> list[tuple[str, str, int]]:
    """What the workspace has for a query: name, file, line."""
    answer = await editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query=query))
    return [
        (item.name, Path(item.location.uri).name, item.location.range.start.line)
        for item in answer or ()
        if isinstance(item.location, lsp.Location)
    ]


async def uses(editor: Editor) -> list[tuple[str, int]]:
    """Where ``scale`` is named, asked in ``main.cpp``: file, line."""
    document, position = editor.at(editor.project.point("0"))
    context = lsp.ReferenceContext(include_declaration=True)
    answer = await editor.client.text_document_references_async(
        lsp.ReferenceParams(text_document=document, position=position, context=context)
    )
    return sorted((Path(item.uri).name, item.range.start.line) for item in answer or ())


async def test_lists_follow_what_is_typed(editor: Editor) -> None:
    uri = editor.open("scale.cpp")
    _ = await editor.diagnosed(uri)
    editor.edit(uri, lambda text: text.replace("int helper", "int typed = scale(2);\nint helper"))
    assert await symbols(editor, "typed") == [("typed", "scale.cpp", 1)]
    assert await uses(editor) == [
        ("main.cpp", 1), ("scale.cpp", 1), ("scale.cpp", 3), ("scale.h", 1),
    ]  # fmt: skip

    editor.edit(uri, lambda text: text.replace("int helper() { return 1; }\n", ""))
    assert await symbols(editor, "helper") == []
    editor.close(uri)
    assert await symbols(editor, "helper") == [("helper", "scale.cpp", 1)]
    assert await symbols(editor, "typed") == []


async def test_open_sources_see_an_unsaved_header(editor: Editor) -> None:
    main, header = editor.open("main.cpp"), editor.open("scale.h")
    assert await messages_where(editor, main, lambda found: not found) == []
    editor.edit(header, lambda text: text.replace("int scale(int);", "int scale(int, int);"))
    (message,) = await messages_where(editor, main, bool)
    assert "scale" in message

    editor.close(header)  # What is on disk counts again.
    assert await messages_where(editor, main, lambda found: not found) == []
    editor.close(main)


async def messages_where(
    editor: Editor, uri: str, wanted: Callable[[list[str]], bool]
) -> list[str]:
    """The file's diagnostics, once they are such; the test fails when they never are."""

    async def look() -> list[str]:
        while not wanted(messages := [each.message for each in await editor.diagnosed(uri)]):
            await asyncio.sleep(0.05)
        return messages

    return await asyncio.wait_for(look(), PATIENCE)


async def test_a_file_that_was_never_parsed_has_its_outline_at_the_first_question(
    editor: Editor,
) -> None:
    # VS Code asks when it opens the file and keeps the answer until the text changes.
    uri = (editor.root / "never_saved.cpp").as_uri()
    text = "struct Fresh { int member; };\n"
    item = lsp.TextDocumentItem(uri=uri, language_id="cpp", version=1, text=text)
    editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
    answer = await editor.client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(text_document=lsp.TextDocumentIdentifier(uri=uri))
    )
    assert [symbol.name for symbol in answer or ()][:1] == ["Fresh"]
    editor.close(uri)


async def test_a_rename_waits_for_a_file_that_was_opened_just_now(editor: Editor) -> None:
    uri = editor.open("scale.cpp")
    document = lsp.TextDocumentIdentifier(uri=uri)
    place = lsp.Position(line=1, character=5)
    answer = await editor.client.text_document_rename_async(
        lsp.RenameParams(text_document=document, position=place, new_name="helpers")
    )
    assert answer is not None
    editor.close(uri)
