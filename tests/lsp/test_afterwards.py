"""What comes a moment after the parse: clang-tidy, unused includes, and their corrections."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- .clang-tidy
Checks: '-*,modernize-use-nullptr'
//- unused.h
#pragma once
int unused();
//- used.h
#pragma once
int used();
//- main.cpp
#include "used.h"
$unused{#include "unused.h"$}
int *pointer = $null{0$};
int value = used();
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def test_both_are_shown_and_can_be_corrected(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    found: Sequence[lsp.Diagnostic] = await editor.diagnosed(uri)
    while len(found) < 2:
        found = await editor.diagnosed(uri)
    by_code = {item.code: item for item in found}
    assert by_code.keys() == {"unused-includes", "modernize-use-nullptr"}
    unused = by_code["unused-includes"]
    assert unused.range == editor.places("unused")[0].range
    assert by_code["modernize-use-nullptr"].range == editor.places("null")[0].range
    actions = await editor.client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri),
            range=unused.range,
            context=lsp.CodeActionContext(diagnostics=[unused]),
        )
    )
    assert "remove #include directive" in [action.title for action in actions or ()]
    editor.close(uri)
