"""References with what they stand in: an extension of clangd's, for clients that ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from cppls.lsp.client import read_client
from tests.lsp.raw import RawClient

SOURCE = """int twice(int v) { return v * 2; }
namespace n { struct S { int once() { return twice(1); } }; }
int number = twice(2);
"""


async def names(folder: Path, capabilities: dict[str, Any]) -> list[str | None]:
    """The containers of the references of ``twice``, by line."""
    path = folder / "project" / "main.cpp"
    path.parent.mkdir()
    _ = path.write_text(SOURCE)
    async with await RawClient.start("cppls", "--cache-dir", str(folder / "cache")) as client:
        client.allowed |= {"window/logMessage", "window/workDoneProgress/create", "$/progress"}
        _ = await client.initialize(str(path.parent), capabilities=capabilities)
        client.open(path.as_uri(), SOURCE)
        _ = await client.told("textDocument/publishDiagnostics")
        while (await client.told("cppls/state"))["state"] != "idle":
            pass
        answer = await client.ask(
            "textDocument/references",
            {
                "textDocument": {"uri": path.as_uri()},
                "position": {"line": 0, "character": 5},
                "context": {"includeDeclaration": False},
            },
        )
        await client.finish()
    return [each.get("containerName") for each in answer]


async def test_a_client_that_asks_for_containers_is_told_them(tmp_path: Path) -> None:
    asked = {"textDocument": {"references": {"container": True}}}
    assert await names(tmp_path, asked) == ["n::S::once", "number"]


async def test_a_client_that_does_not_is_not(tmp_path: Path) -> None:
    assert await names(tmp_path, {"textDocument": {"references": {}}}) == [None, None]


@pytest.mark.parametrize(
    "extensions",
    [None, {}, {"textDocument": 3}, {"textDocument": {"references": {"container": 1}}}],
)
def test_what_has_another_shape_asks_for_nothing(extensions: Any) -> None:
    assert not read_client(lsp.ClientCapabilities(), extensions).reference_containers
