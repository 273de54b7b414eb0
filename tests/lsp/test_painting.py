"""Colours, hints, folds and links, and clangd's own requests, through a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import PATIENCE, Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- shape.h
#pragma once
struct Shape { int area(int scale) const; };
//- shape.cpp
#include $link{"shape.h"$}
/*漢🙂*/ int Shape::area(int scale) const { return scale; }
//- main.cpp
#include "shape.h"
/*漢🙂*/ int $global{measure$}(const Shape &shape) {
  auto $deduced{size$}$9 = shape.area($argument{1$});
  return $0size;
}
#if 0
int gone;
#endif
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


def document(uri: str) -> lsp.TextDocumentIdentifier:
    return lsp.TextDocumentIdentifier(uri=uri)


async def test_tokens_stand_where_the_client_counts_them(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    answer = await editor.client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(text_document=document(uri))
    )
    assert answer is not None
    (measure,) = editor.project.named("global")
    start = editor.range(measure.path, measure.span).start
    lines = absolute(list(answer.data))
    assert (start.line, start.character, len("measure")) in lines


async def test_a_delta_is_what_changed_since_the_last_result(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    full = await editor.client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(text_document=document(uri))
    )
    assert full is not None
    assert full.result_id is not None
    change = lsp.TextDocumentContentChangePartial(
        range=lsp.Range(start=lsp.Position(0, 0), end=lsp.Position(0, 0)), text="int first;\n"
    )
    editor.client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[change],
        )
    )
    delta = await editor.client.text_document_semantic_tokens_full_delta_async(
        lsp.SemanticTokensDeltaParams(
            text_document=document(uri), previous_result_id=full.result_id
        )
    )
    assert isinstance(delta, lsp.SemanticTokensDelta)
    (edit,) = delta.edits
    data = list(full.data)
    data[edit.start : edit.start + edit.delete_count] = list(edit.data or ())
    whole = await editor.client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(text_document=document(uri))
    )
    assert whole is not None
    assert data == list(whole.data)
    assert len(edit.data or ()) < len(data)
    editor.close(uri)


async def test_tokens_of_a_range_are_those_of_its_lines(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    (name,) = editor.project.named("deduced")
    lines = lsp.Range(start=lsp.Position(name.span.line, 0), end=lsp.Position(name.span.line, 100))
    answer = await editor.client.text_document_semantic_tokens_range_async(
        lsp.SemanticTokensRangeParams(text_document=document(uri), range=lines)
    )
    assert answer is not None
    assert {line for line, _, _ in absolute(list(answer.data))} == {name.span.line}


async def test_hints_stand_where_the_client_counts_them(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    everything = lsp.Range(start=lsp.Position(0, 0), end=lsp.Position(100, 0))
    hints = await editor.client.text_document_inlay_hint_async(
        lsp.InlayHintParams(text_document=document(uri), range=everything)
    )
    found = {str(hint.label): hint for hint in hints or ()}
    assert found.keys() == {": int", "scale:"}
    (argument,) = editor.project.named("argument")
    assert found["scale:"].position == editor.range(argument.path, argument.span).start
    assert (found["scale:"].kind, found["scale:"].padding_right) == (
        lsp.InlayHintKind.Parameter,
        True,
    )


async def test_folds_and_links_are_there_before_any_parse(editor: Editor) -> None:
    uri = editor.open("shape.cpp")
    links = await editor.client.text_document_document_link_async(
        lsp.DocumentLinkParams(text_document=document(uri))
    )
    assert links is not None
    (link,) = links
    (marked_link,) = editor.project.named("link")
    assert link.range == editor.range(marked_link.path, marked_link.span)
    assert link.target == Path(editor.project.path("shape.h")).as_uri()
    main = editor.open("main.cpp")
    folds = await editor.client.text_document_folding_range_async(
        lsp.FoldingRangeParams(text_document=document(main))
    )
    found = [(fold.start_line, fold.end_line) for fold in folds or ()]
    whole_lines = all(fold.start_character is None for fold in folds or ())
    assert found == ([(1, 3), (5, 6)] if whole_lines else [(1, 4), (5, 7)])


async def test_a_selection_grows(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    _, position = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_selection_range_async(
        lsp.SelectionRangeParams(text_document=document(uri), positions=[position])
    )
    assert answer is not None
    (innermost,) = answer
    assert innermost.range.start == position
    assert innermost.parent is not None


async def test_clangds_own_requests_are_answered(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    _, position = editor.at(editor.project.point("0"))
    place = {"line": position.line, "character": position.character}
    asked = {"textDocument": {"uri": uri}}
    node = await custom(
        editor, "textDocument/ast", asked | {"range": {"start": place, "end": place}}
    )
    assert (node["role"], node["kind"], node["detail"]) == ("expression", "DeclRef", "size")
    (info,) = await custom(editor, "textDocument/symbolInfo", asked | {"position": place})
    assert info["name"] == "size"
    header = await custom(
        editor, "textDocument/switchSourceHeader", {"uri": editor.open("shape.cpp")}
    )
    assert header == Path(editor.project.path("shape.h")).as_uri()


async def custom(editor: Editor, method: str, params: Any) -> Any:
    """The answer to a method that lsprotocol does not know, as plain data."""
    request: Any = editor.client.protocol.send_request_async(method, params)
    return plain(await asyncio.wait_for(request, PATIENCE))


def plain(value: Any) -> Any:
    """What pygls made objects of, as data again."""
    if hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


def absolute(data: list[int]) -> list[tuple[int, int, int]]:
    """Line, character and length of each token."""
    found: list[tuple[int, int, int]] = []
    line = character = 0
    for at in range(0, len(data), 5):
        line, character = (
            line + data[at],
            data[at + 1] + (character if data[at] == 0 else 0),
        )
        found.append((line, character, data[at + 2]))
    return found
