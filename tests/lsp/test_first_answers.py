"""What is asked in the very moment that a file of a new project is opened is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from tests.lsp.editor import PROFILES, Editor
from tests.markers import parse

PROJECT = """
//- shape.h
struct Shape { int $size{size$}(); };
//- main.cpp
#include "shape.h"
int f(Shape &shape) { return shape.$0size(); }
"""


@pytest_asyncio.fixture(params=list(PROFILES))
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    """One whose server has only just started: nothing is parsed or indexed."""
    root = tmp_path / "project"
    root.mkdir()
    started = await Editor.start(request.param, parse(PROJECT).write(root), root)
    yield started
    await started.stop()


async def test_the_first_jump_and_the_first_hover_wait_for_the_first_parse(editor: Editor) -> None:
    _ = editor.open("main.cpp")
    document, position = editor.at(editor.project.point("0"))
    described = await editor.client.text_document_hover_async(
        lsp.HoverParams(text_document=document, position=position)
    )
    assert described is not None
    found = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(text_document=document, position=position)
    )
    (size,) = map(editor.place, editor.project.named("size"))
    (target,) = found if isinstance(found, list) else (found,)
    assert isinstance(target, lsp.Location | lsp.LocationLink)
    where = (
        lsp.Location(target.target_uri, target.target_selection_range)
        if isinstance(target, lsp.LocationLink)
        else target
    )
    assert where == size
