"""A header in real editors: read as part of a source, which can be looked at and chosen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from tests.lsp.editor import PATIENCE, Editor
from tests.markers import parse

PROJECT = """
//- type.h
#pragma once
struct Type {};
//- own.h
#pragma once
int own();
//- part.h
Type part();
#ifdef WIDE
int $0wide;
#else
int narrow;
#endif
//- part.cpp
#include "type.h"
#include "own.h"
#include "part.h"
//- wide.cpp
#include "type.h"
#define WIDE
#include "part.h"
//- apart.cpp
int apart;
"""


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    root = tmp_path / "project"
    root.mkdir()
    started = await Editor.start("neovim", parse(PROJECT).write(root), root)
    await started.indexed()
    yield started
    await started.stop()


async def contexts(editor: Editor, uri: str) -> dict[str, Any]:
    return told(await ask(editor, "cppls/headerContext", textDocument={"uri": uri}))


async def choose(editor: Editor, uri: str, source: str | None) -> dict[str, Any]:
    chosen = Path(editor.project.path(source)).as_uri() if source else None
    params = {"textDocument": {"uri": uri}, "context": chosen}
    return told(await ask(editor, "cppls/setHeaderContext", **params))


async def ask(editor: Editor, method: str, **params: Any) -> Any:
    protocol: Any = editor.client.protocol
    return await protocol.send_request_async(method, params)


def told(answer: Any) -> dict[str, Any]:
    """An answer in short: the sources, the current one marked."""
    names = [Path(each.uri).name + "*" * each.current for each in answer.contexts]
    return {"contexts": names, "chosen": answer.chosen, "alone": answer.selfContained}


async def wide_is_declared(editor: Editor) -> bool:
    """Whether the TU of the header knows the variable that it has for ``wide.cpp`` only."""
    document, _ = editor.at(editor.project.point("0"))
    answer = await editor.client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(text_document=document)
    )
    return any(item.name == "wide" for item in answer or ())


async def test_a_header_that_needs_its_includer_has_no_errors(editor: Editor) -> None:
    uri = editor.open("part.h")
    assert await editor.diagnosed(uri) == []
    assert await contexts(editor, uri) == {
        "contexts": ["part.cpp*", "wide.cpp"], "chosen": False, "alone": False,
    }  # fmt: skip


async def test_one_that_needs_nothing_says_so_and_a_source_has_none(editor: Editor) -> None:
    uri = editor.open("own.h")
    _ = await editor.diagnosed(uri)
    assert (await contexts(editor, uri))["alone"] is True
    source = Path(editor.project.path("part.cpp")).as_uri()
    assert (await contexts(editor, source))["contexts"] == []


async def test_a_context_is_chosen_and_kept_and_given_back(editor: Editor) -> None:
    uri = editor.open("part.h")
    _ = await editor.diagnosed(uri)
    assert not await wide_is_declared(editor)

    answer = await choose(editor, uri, "wide.cpp")
    assert (answer["contexts"], answer["chosen"]) == (["part.cpp", "wide.cpp*"], True)
    await eventually(lambda: wide_is_declared(editor))

    # Another server, as after a restart of the editor.
    again = await Editor.start("neovim", editor.project, editor.root)
    _ = again.open("part.h")
    assert (await contexts(again, uri))["chosen"] is True
    await eventually(lambda: wide_is_declared(again))
    await again.stop()

    answer = await choose(editor, uri, None)
    assert (answer["contexts"], answer["chosen"]) == (["part.cpp*", "wide.cpp"], False)


async def eventually(happens: Callable[[], Any]) -> None:
    async def look() -> None:
        while not await happens():
            await asyncio.sleep(0.05)

    await asyncio.wait_for(look(), PATIENCE)


async def test_what_does_not_include_the_header_cannot_be_chosen(editor: Editor) -> None:
    uri = editor.open("part.h")
    with pytest.raises(Exception, match=r"apart.cpp is not known to include .*part.h"):
        await choose(editor, uri, "apart.cpp")
    with pytest.raises(Exception, match="textDocument"):
        await ask(editor, "cppls/headerContext")


async def test_an_edit_of_the_includer_reaches_the_header(editor: Editor) -> None:
    header, source = editor.open("part.h"), editor.open("part.cpp")
    assert await editor.diagnosed(header) == []
    _ = await editor.diagnosed(source)
    editor.edit(source, lambda text: text.replace('#include "type.h"', "struct Typo {};"))
    await eventually(lambda: has_errors(editor, header))
    editor.edit(source, lambda text: text.replace("struct Typo {};", "struct Type {};"))
    await eventually(lambda: has_none(editor, header))


async def has_errors(editor: Editor, uri: str) -> bool:
    return any("Type" in each.message for each in await editor.diagnosed(uri))


async def has_none(editor: Editor, uri: str) -> bool:
    return await editor.diagnosed(uri) == []
