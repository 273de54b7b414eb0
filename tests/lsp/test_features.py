"""Each feature once through a real server, as real editors ask."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor, ordered

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = """
//- shapes.h
#pragma once
/// Has an area. 漢字
struct $shape{Shape$} {
  virtual ~Shape() = default;
  /* 🙂 */ virtual double $base_area{area$}() const = 0;
};
struct $square{Square$} final : Shape {
  double $square_area{area$}() const override;
  double side = 2;
};
/// Twice *as much*.
int $twice_decl{twice$}(int v);
#define $macro{LIMIT$} 10
//- shapes.cpp
#include "shapes.h"
/*🙂*/ int $twice_def{twice$}(int v) { return v * 2; }
double Square::$area_def{area$}() const { return side * side; }
//- main.cpp
#include "sha$9pes.h"
/*漢🙂*/ int first = $use{tw$0ice$}(LI$1MIT);
/*漢🙂*/ int second = $use{twice$}(first);
double measure(const Shape &$parameter{shape$}) {
  return $parameter_use{sha$2pe$}.ar$3ea();
}
//- bad.cpp
int main() {
  int counter = 1;
  /*🙂*/ return $typo{countr$};
}
"""


@pytest.fixture(scope="module")
def marked() -> str:
    """What the module's editors work on."""
    return PROJECT


async def test_definition(editor: Editor) -> None:
    _ = await editor.diagnosed(editor.open("main.cpp"))
    document, position = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(text_document=document, position=position)
    )
    assert targets(answer) == editor.places("twice_def")
    if isinstance(answer, Sequence) and isinstance(answer[0], lsp.LocationLink):
        use = editor.project.named("use")[0]
        assert answer[0].origin_selection_range == editor.range(use.path, use.span)


async def test_definition_of_a_macro_and_of_an_include(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("1"))
    answer = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(text_document=document, position=position)
    )
    assert targets(answer) == editor.places("macro")
    document, position = editor.at(editor.project.point("9"))
    answer = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(text_document=document, position=position)
    )
    assert [target.uri for target in targets(answer)] == [editor.places("shape")[0].uri]


async def test_declaration(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_declaration_async(
        lsp.DeclarationParams(text_document=document, position=position)
    )
    assert targets(answer) == editor.places("twice_decl")


async def test_type_definition(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("2"))
    answer = await editor.client.text_document_type_definition_async(
        lsp.TypeDefinitionParams(text_document=document, position=position)
    )
    assert targets(answer) == editor.places("shape")


async def test_implementation(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("3"))
    answer = await editor.client.text_document_implementation_async(
        lsp.ImplementationParams(text_document=document, position=position)
    )
    assert targets(answer) == editor.places("area_def")


@pytest.mark.parametrize("declaration", [True, False])
async def test_references(editor: Editor, declaration: bool) -> None:
    document, position = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_references_async(
        lsp.ReferenceParams(
            text_document=document,
            position=position,
            context=lsp.ReferenceContext(include_declaration=declaration),
        )
    )
    names = ("use", "twice_decl", "twice_def") if declaration else ("use",)
    assert ordered(answer or ()) == editor.places(*names)


async def test_document_highlight(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("2"))
    answer = await editor.client.text_document_document_highlight_async(
        lsp.DocumentHighlightParams(text_document=document, position=position)
    )
    assert [item.range for item in answer or ()] == [
        place.range for place in editor.places("parameter", "parameter_use")
    ]


async def test_hover(editor: Editor) -> None:
    document, position = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_hover_async(
        lsp.HoverParams(text_document=document, position=position)
    )
    assert answer is not None
    assert isinstance(answer.contents, lsp.MarkupContent)
    assert answer.contents.kind == lsp.MarkupKind.Markdown
    assert "int twice(int v)" in answer.contents.value
    assert "as much" in answer.contents.value
    use = editor.project.named("use")[0]
    assert answer.range == editor.range(use.path, use.span)


async def test_document_symbol(editor: Editor) -> None:
    document = lsp.TextDocumentIdentifier(uri=editor.places("shape")[0].uri)
    answer = await editor.client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(text_document=document)
    )
    symbols = [item for item in answer or () if isinstance(item, lsp.DocumentSymbol)]
    tree = {item.name: [child.name for child in item.children or ()] for item in symbols}
    assert tree["Square"] == ["area", "side"]
    (shape,) = (item for item in symbols if item.name == "Shape")
    assert shape.selection_range == editor.places("shape")[0].range
    assert shape.children is not None
    assert shape.children[1].selection_range == editor.places("base_area")[0].range


async def test_workspace_symbol(editor: Editor) -> None:
    answer = await editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query="squ"))
    symbol = next(iter(answer or []))
    assert isinstance(symbol, lsp.SymbolInformation)
    assert (symbol.name, symbol.location) == ("Square", editor.places("square")[0])


async def test_diagnostics_and_their_fixes(editor: Editor) -> None:
    uri = editor.open("bad.cpp")
    (problem,) = await editor.diagnosed(uri)
    place = editor.places("typo")[0]
    assert problem.severity == lsp.DiagnosticSeverity.Error
    assert "did you mean 'counter'?" in problem.message
    assert problem.range == place.range
    answer = await editor.client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri),
            range=place.range,
            context=lsp.CodeActionContext(diagnostics=[problem]),
        )
    )
    actions = [each for each in answer or () if isinstance(each, lsp.CodeAction)]
    (action,) = [each for each in actions if each.kind == lsp.CodeActionKind.QuickFix]
    assert action.edit is not None
    changes = {of: list(edits) for of, edits in (action.edit.changes or {}).items()}
    for change in action.edit.document_changes or ():
        assert isinstance(change, lsp.TextDocumentEdit)
        assert change.text_document.version == 1
        changes[change.text_document.uri] = [
            edit for edit in change.edits if isinstance(edit, lsp.TextEdit)
        ]
    assert changes == {uri: [lsp.TextEdit(range=place.range, new_text="counter")]}
    editor.close(uri)


async def test_indexing_was_shown(editor: Editor) -> None:
    (reports,) = editor.client.progress_reports.values()
    kinds = [type(report).__name__ for report in reports]
    assert kinds[0] == "WorkDoneProgressBegin"
    assert kinds[-1] == "WorkDoneProgressEnd"


def targets(
    answer: lsp.Location | Sequence[lsp.Location] | Sequence[lsp.LocationLink] | None,
) -> list[lsp.Location]:
    """Where a jump leads, in whichever form."""
    found = [answer] if isinstance(answer, lsp.Location) else answer or ()
    return ordered(
        item
        if isinstance(item, lsp.Location)
        else lsp.Location(uri=item.target_uri, range=item.target_selection_range)
        for item in found
    )
