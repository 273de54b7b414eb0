"""Completion and signature help as real editors ask for them."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def marked() -> str:
    return """
    //- shapes.h
    #pragma once
    /// A round shape.
    struct circle_shape { int radius; };
    //- other.cpp
    #include "shapes.h"
    circle_shape one;
    //- main.cpp
    struct S {
        /// The ä of it.
        int member(int count, char fill = ' ');
        [[deprecated]] int old;
    };
    int run(const char *ä, int b);
    void f(S *s, S &r) {
        /* ä */ r.me$0;
        s.$1;
        run("ä", $2);
        bool x = 1 >$3 2;
        circle_sha$4
    }
    """


async def parsed(editor: Editor, point: int) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
    """A point of ``main.cpp``, which is open and parsed."""
    document, position = editor.at(editor.project.point(point))
    if document.uri not in editor.client.diagnostics:
        editor.open("main.cpp")
    _ = await editor.diagnosed(document.uri)
    return document, position


async def complete(editor: Editor, point: int, trigger: str | None = None) -> lsp.CompletionList:
    document, position = await parsed(editor, point)
    kind = lsp.CompletionTriggerKind
    context = lsp.CompletionContext(
        trigger_kind=kind.TriggerCharacter if trigger else kind.Invoked, trigger_character=trigger
    )
    found = await editor.client.text_document_completion_async(
        lsp.CompletionParams(text_document=document, position=position, context=context)
    )
    assert isinstance(found, lsp.CompletionList)
    return found


async def test_an_item_is_what_the_editor_can_show(editor: Editor) -> None:
    found = await complete(editor, 0)
    (member,) = [item for item in found.items if item.filter_text == "member"]
    assert member.kind == lsp.CompletionItemKind.Method
    assert member.detail == "int"
    edit = member.text_edit
    assert edit is not None
    if editor.encoding == "utf-32":  # Emacs takes snippets with a package only.
        assert edit.new_text == "member"
        assert member.insert_text_format != lsp.InsertTextFormat.Snippet
    else:
        assert edit.new_text == "member(${1:int count})"
        assert member.insert_text_format == lsp.InsertTextFormat.Snippet
    start = edit.range.start if isinstance(edit, lsp.TextEdit) else edit.replace.start
    _, cursor = editor.at(editor.project.point(0))
    assert (start.line, start.character) == (cursor.line, cursor.character - 2)


async def test_what_is_written_with_a_wrong_dot_is_mended(editor: Editor) -> None:
    found = await complete(editor, 1, ".")
    (old,) = [item for item in found.items if item.filter_text == "old"]
    assert old.additional_text_edits is not None
    assert [edit.new_text for edit in old.additional_text_edits] == ["->"]
    assert old.deprecated or old.tags == (lsp.CompletionItemTag.Deprecated,)


async def test_documentation_comes_when_it_is_asked_for(editor: Editor) -> None:
    found = await complete(editor, 0)
    (member,) = [item for item in found.items if item.filter_text == "member"]
    resolved = await editor.client.completion_item_resolve_async(member)
    told = resolved.documentation
    assert "The ä of it." in (told.value if isinstance(told, lsp.MarkupContent) else str(told))


async def test_a_header_comes_with_the_item(editor: Editor) -> None:
    found = await complete(editor, 4)
    (circle,) = [item for item in found.items if item.filter_text == "circle_shape"]
    assert circle.additional_text_edits is not None
    assert [edit.new_text for edit in circle.additional_text_edits] == ['#include "shapes.h"\n']
    assert circle.label.startswith("•")
    assert found.is_incomplete


async def test_a_sign_that_means_something_else_asks_for_nothing(editor: Editor) -> None:
    assert (await complete(editor, 3, ">")).items == ()


async def test_the_call_that_is_typed(editor: Editor) -> None:
    document, position = await parsed(editor, 2)
    help = await editor.client.text_document_signature_help_async(
        lsp.SignatureHelpParams(text_document=document, position=position)
    )
    assert help is not None
    (signature,) = help.signatures
    assert signature.label == "run(const char *ä, int b) -> int"
    assert help.active_parameter == 1
    assert signature.parameters is not None
    label = signature.parameters[1].label
    if isinstance(label, str):
        assert label == "int b"
    else:
        unit = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[editor.encoding]
        codec = editor.encoding if unit == 1 else f"{editor.encoding}-le"
        raw = signature.label.encode(codec)
        assert raw[label[0] * unit : label[1] * unit].decode(codec) == "int b"
