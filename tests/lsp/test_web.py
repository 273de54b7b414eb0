"""What connects symbols, as real editors ask for it: rename and the hierarchies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import Editor, ordered

T = TypeVar("T")

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- shapes.h
#pragma once
struct $shape{Shape$} {
  /*漢🙂*/ virtual double $name{ar$1ea$}() const = 0;
};
struct $square{Squ$3are$} final : Shape {
  double $name{area$}() const override;
};
//- shapes.cpp
#include "shapes.h"
double Square::$name{area$}() const { return 2; }
//- main.cpp
#include "shapes.h"
/*漢🙂*/ double $caller{measure$}(const Shape &shape) { return shape.$name{ar$0ea$}(); }
template <class T> double maybe(T t) { return t.$unsure{area$}(); }
double $outer{tw$2ice$}(const Shape &s) { return 2 * $call{measure$}(s) + 1; }
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


def edited(editor: Editor, edit: lsp.WorkspaceEdit | None) -> list[lsp.Location]:
    """The places that an edit changes without asking, in order."""
    assert edit is not None
    if edit.changes is not None:
        found = [(uri, each) for uri, edits in edit.changes.items() for each in edits]
    else:
        found = [
            (change.text_document.uri, each)
            for change in edit.document_changes or ()
            if isinstance(change, lsp.TextDocumentEdit)
            for each in change.edits
            if isinstance(each, lsp.TextEdit) and not isinstance(each, lsp.AnnotatedTextEdit)
        ]
    return ordered(lsp.Location(uri=uri, range=each.range) for uri, each in found)


def only(answer: Sequence[T] | None) -> T:
    """The one item of an answer."""
    assert answer is not None
    assert len(answer) == 1
    return answer[0]


async def test_rename(editor: Editor) -> None:
    uri = editor.open("main.cpp")
    _ = await editor.diagnosed(uri)
    document, position = editor.at(editor.project.point("0"))
    prepared = await editor.client.text_document_prepare_rename_async(
        lsp.PrepareRenameParams(text_document=document, position=position)
    )
    assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
    assert prepared.placeholder == "area"
    edit = await editor.client.text_document_rename_async(
        lsp.RenameParams(text_document=document, position=position, new_name="surface")
    )
    assert edited(editor, edit) == editor.places("name")
    assert edit is not None
    versions = {
        change.text_document.uri: change.text_document.version
        for change in edit.document_changes or ()
        if isinstance(change, lsp.TextDocumentEdit)
    }
    assert not versions or versions[uri] == 1
    assert set(versions.values()) <= {1, None}


async def test_a_rename_that_is_refused_tells_why(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("0"))
    with pytest.raises(JsonRpcException, match="'class' is a keyword"):
        await editor.client.text_document_rename_async(
            lsp.RenameParams(text_document=document, position=position, new_name="class")
        )


async def test_calls_that_come_in_and_go_out(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("2"))
    prepared = await editor.client.text_document_prepare_call_hierarchy_async(
        lsp.CallHierarchyPrepareParams(text_document=document, position=position)
    )
    item = only(prepared)
    assert [item.name, item.detail] == ["twice", "twice"]
    assert lsp.Location(uri=item.uri, range=item.selection_range) == editor.places("outer")[0]
    going_out = only(
        await editor.client.call_hierarchy_outgoing_calls_async(
            lsp.CallHierarchyOutgoingCallsParams(item=item)
        )
    )
    assert going_out.to.name == "measure"
    assert list(going_out.from_ranges) == [editor.places("call")[0].range]
    coming_in = only(
        await editor.client.call_hierarchy_incoming_calls_async(
            lsp.CallHierarchyIncomingCallsParams(item=going_out.to)
        )
    )
    assert coming_in.from_.name == "twice"
    assert list(coming_in.from_ranges) == [editor.places("call")[0].range]


async def test_an_item_without_its_data_is_known_by_its_place(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("2"))
    item = only(
        await editor.client.text_document_prepare_call_hierarchy_async(
            lsp.CallHierarchyPrepareParams(text_document=document, position=position)
        )
    )
    item.data = None
    answer = await editor.client.call_hierarchy_outgoing_calls_async(
        lsp.CallHierarchyOutgoingCallsParams(item=item)
    )
    assert [call.to.name for call in answer or ()] == ["measure"]


async def test_the_classes_above_and_below(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("3"))
    item = only(
        await editor.client.text_document_prepare_type_hierarchy_async(
            lsp.TypeHierarchyPrepareParams(text_document=document, position=position)
        )
    )
    above = only(
        await editor.client.type_hierarchy_supertypes_async(
            lsp.TypeHierarchySupertypesParams(item=item)
        )
    )
    assert lsp.Location(uri=above.uri, range=above.selection_range) == editor.places("shape")[0]
    below = only(
        await editor.client.type_hierarchy_subtypes_async(
            lsp.TypeHierarchySubtypesParams(item=above)
        )
    )
    assert lsp.Location(uri=below.uri, range=below.selection_range) == editor.places("square")[0]


async def test_lenses_are_counted_when_they_are_shown(editor: Editor) -> None:
    uri = editor.open("shapes.h")
    _ = await editor.diagnosed(uri)
    lenses = await editor.client.text_document_code_lens_async(
        lsp.CodeLensParams(text_document=lsp.TextDocumentIdentifier(uri=uri))
    )
    titles: list[str] = []
    for lens in lenses or ():
        assert lens.command is None
        counted = await editor.client.code_lens_resolve_async(lens)
        assert counted.range == lens.range
        assert counted.command is not None
        titles.append(counted.command.title)
    assert titles[:4] == ["3 references", "1 derived class", "1 reference", "1 override"]
    editor.close(uri)


async def test_a_lens_of_somebody_else_is_refused(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("0"))
    del document
    somewhere = lsp.Range(start=position, end=position)
    with pytest.raises(JsonRpcException, match="not one that cppls gave"):
        _ = await editor.client.code_lens_resolve_async(lsp.CodeLens(range=somewhere, data=3))
