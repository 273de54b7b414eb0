"""Code actions as editors ask for them, take them, and have them resolved."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cppls.core.text import Text
from tests.lsp.editor import PATIENCE, Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- needed.h
#pragma once
namespace n { int needed(); }
//- unused.h
#pragma once
int unused();
//- other.h
#pragma once
int other();
//- user.cpp
#include "needed.h"
int u = n::needed();
//- main.cpp
#include "unused.h"
#include "other.h"
/*漢🙂*/ int f(bool b) { i$0f (b) { return 1; } else { return 2; } }
int *pointer = 0
;
//- broken.cpp
namespace n { int here(); }
/*漢🙂*/ int x = n::need$1ed();
int y = n::her$2();
//- switch.cpp
enum class E { A, B };
/*漢🙂*/ int f(E e) { switch ($3e) { case E::A: return 1; } return 0; }
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def test_a_tweak_changes_the_text(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    action = await taken(editor, "0", "Swap if branches")
    assert action.kind == "refactor.rewrite"
    assert "if (b) { return 2; } else { return 1; }" in applied(editor, action)
    editor.close(uri)


async def test_an_action_of_an_older_text_is_refused(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    action = await offered(editor, "0", "Swap if branches")
    if action.edit is None:
        change = lsp.TextDocumentContentChangeWholeDocument(text="int x;")
        editor.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
                content_changes=[change],
            )
        )
        with pytest.raises(JsonRpcException, match="edited"):
            await editor.client.code_action_resolve_async(action)
        action.data = {"uri": uri}
        with pytest.raises(JsonRpcException, match="not one that cppls gave"):
            await editor.client.code_action_resolve_async(action)
    editor.close(uri)


async def test_an_unknown_name_is_included(editor: Editor) -> None:
    uri = editor.open("broken.cpp")
    action = await taken(editor, "1", 'Include "needed.h" for symbol n::needed')
    assert applied(editor, action).startswith('#include "needed.h"\nnamespace n')
    assert [item.message for item in action.diagnostics or ()]
    editor.close(uri)


async def test_everything_is_fixed_at_once_where_that_is_asked_for(editor: Editor) -> None:
    uri = editor.open("broken.cpp")
    assert [a for a in await actions(editor, "2") if a.kind == "source.fixAll"] == []
    (action,) = await some_actions(editor, "2", [lsp.CodeActionKind.SourceFixAll])
    assert "int y = n::here();" in applied(editor, action)
    editor.close(uri)


async def test_unused_includes_go_together(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    found = await some_actions(editor, "0", [lsp.CodeActionKind.SourceOrganizeImports])
    assert applied(editor, found[0]).startswith("/*漢🙂*/ int f(bool b)")
    editor.close(uri)


async def test_missing_cases_are_a_fix_of_their_warning(editor: Editor) -> None:
    uri = editor.open("switch.cpp")
    (action,) = await some_actions(editor, "3", [lsp.CodeActionKind.QuickFix])
    assert action.title == "Populate switch"
    assert ["B" in item.message for item in action.diagnostics or ()] == [True]
    assert "case E::B:" in applied(editor, action)
    editor.close(uri)


async def test_only_the_kinds_that_are_asked_for(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    kinds = {action.kind for action in await some_actions(editor, "0", ["refactor"])}
    assert kinds == {"refactor.rewrite"}
    assert await actions(editor, "0", ["refactor.extract"]) == []
    editor.close(uri)


async def some_actions(editor: Editor, point: str, only: list[Any] | None = None) -> list[Any]:
    """What is offered at a point, as soon as there is anything: the file is parsed then."""

    async def ask() -> list[Any]:
        while not (found := await actions(editor, point, only)):
            await asyncio.sleep(0.01)
        return found

    return await asyncio.wait_for(ask(), PATIENCE)


async def actions(editor: Editor, point: str, only: list[Any] | None = None) -> list[Any]:
    """What is offered at a point now."""
    document, position = editor.at(editor.project.point(point))
    found = await editor.client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=document,
            range=lsp.Range(start=position, end=position),
            context=lsp.CodeActionContext(diagnostics=[], only=only),
        )
    )
    return [action for action in found or () if isinstance(action, lsp.CodeAction)]


async def offered(editor: Editor, point: str, title: str) -> lsp.CodeAction:
    """The action of that title."""
    found = {action.title: action for action in await some_actions(editor, point)}
    assert title in found, sorted(found)
    return found[title]


async def taken(editor: Editor, point: str, title: str) -> lsp.CodeAction:
    """The same with its edit, asked for where the editor does that."""
    action = await offered(editor, point, title)
    if action.edit is None:
        action = await editor.client.code_action_resolve_async(action)
    assert action.edit is not None
    return action


def applied(editor: Editor, action: lsp.CodeAction) -> str:
    """The only file that an action changes, after it."""
    edit = action.edit
    assert edit is not None
    by_uri: dict[str, list[Any]] = {uri: [*each] for uri, each in (edit.changes or {}).items()}
    for change in edit.document_changes or ():
        assert isinstance(change, lsp.TextDocumentEdit)
        assert change.text_document.version == 1
        by_uri[change.text_document.uri] = [*change.edits]
    ((uri, edits),) = by_uri.items()
    text = Text(
        editor.project.text(
            next(file.path for file in editor.project.files if Path(file.path).as_uri() == uri)
        )
    )
    data = text.data
    for each in sorted(edits, key=lambda each: place(each.range.start), reverse=True):
        start, end = (
            text.offset(text.to_position(*place(at), editor.counting))
            for at in (each.range.start, each.range.end)
        )
        data = data[:start] + each.new_text.encode() + data[end:]
    return data.decode()


def place(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character
