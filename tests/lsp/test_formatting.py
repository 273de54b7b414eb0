"""clang-format through the door: a document, ranges, what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from cppls.core.text import Text
from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- .clang-format
BasedOnStyle: LLVM
IndentWidth: 3
AllowShortFunctionsOnASingleLine: None
//- messy.cpp
int  f( ){
  /*漢🙂*/   return   1;
}
int  g( );
"""
OPTIONS = lsp.FormattingOptions(tab_size=8, insert_spaces=False)


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def test_a_document_is_formatted_as_its_file_says(editor: Editor) -> None:
    edits = await editor.client.text_document_formatting_async(
        lsp.DocumentFormattingParams(text_document=messy(editor), options=OPTIONS)
    )
    formatted = "int f() {\n   /*漢🙂*/ return 1;\n}\nint g();\n"
    assert applied(editor, text(editor), edits) == formatted
    assert all("return 1" not in edit.new_text for edit in edits or ()), "no more than it must"


async def test_only_the_asked_lines_are(editor: Editor) -> None:
    edits = await editor.client.text_document_range_formatting_async(
        lsp.DocumentRangeFormattingParams(
            text_document=messy(editor), range=whole_line(3), options=OPTIONS
        )
    )
    before = text(editor)
    assert applied(editor, before, edits) == before.replace("int  g( );", "int g();")
    both = await editor.client.text_document_ranges_formatting_async(
        lsp.DocumentRangesFormattingParams(
            text_document=messy(editor), ranges=[whole_line(1), whole_line(3)], options=OPTIONS
        )
    )
    assert applied(editor, before, both).splitlines()[1:] == [
        "   /*漢🙂*/ return 1;",
        "}",
        "int g();",
    ]


async def test_a_new_line_is_indented_where_the_user_types(editor: Editor) -> None:
    document = editor.open("messy.cpp")
    edited = "int  f( ){\n\n}\n"
    editor.client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=document, version=2),
            content_changes=[lsp.TextDocumentContentChangeWholeDocument(text=edited)],
        )
    )
    edits = await editor.client.text_document_on_type_formatting_async(
        lsp.DocumentOnTypeFormattingParams(
            text_document=messy(editor),
            position=lsp.Position(line=1, character=0),
            ch="\n",
            options=OPTIONS,
        )
    )
    assert applied(editor, edited, edits) == "int f() {\n   \n}\n"
    editor.close(document)


def messy(editor: Editor) -> lsp.TextDocumentIdentifier:
    return lsp.TextDocumentIdentifier(uri=Path(editor.project.path("messy.cpp")).as_uri())


def text(editor: Editor) -> str:
    return editor.project.text(editor.project.path("messy.cpp")).decode()


def whole_line(line: int) -> lsp.Range:
    start, end = lsp.Position(line=line, character=0), lsp.Position(line=line + 1, character=0)
    return lsp.Range(start=start, end=end)


def applied(editor: Editor, before: str, edits: Sequence[lsp.TextEdit] | None) -> str:
    """``before`` after ``edits``, as this editor counts columns."""
    document = Text.of(before)
    data = document.data
    for edit in sorted(edits or (), key=lambda edit: place(edit.range.start), reverse=True):
        start, end = (
            document.offset(document.to_position(*place(at), editor.counting))
            for at in (edit.range.start, edit.range.end)
        )
        data = data[:start] + edit.new_text.encode() + data[end:]
    return data.decode()


def place(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character
