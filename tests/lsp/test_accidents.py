"""A real server, whose children are killed and whose input is odd."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil

from tests.lsp.raw import PATIENCE, RawClient

SOURCE = "int twice(int v) { return v * 2; }\nint four = twice(2);\n"


def children(client: RawClient, program: str) -> list[psutil.Process]:
    """The server's children that run ``program``."""
    assert client.process is not None
    everything = psutil.Process(client.process.pid).children(recursive=True)
    return [child for child in everything if program in child.cmdline()]


async def diagnosed(client: RawClient, uri: str) -> list[Any]:
    """The next diagnostics of a file."""
    message = await client.take(
        lambda message: (
            message.get("method") == "textDocument/publishDiagnostics"
            and message["params"]["uri"] == uri
        )
    )
    return message["params"]["diagnostics"]


async def test_a_host_killed_while_it_is_asked_costs_neither_the_answer_nor_the_server(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.cpp"
    _ = path.write_text(SOURCE)
    uri = path.as_uri()
    place = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 12}}
    definition = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 9}}
    async with await RawClient.start("cppls") as client:
        _ = await client.initialize(str(tmp_path))
        client.open(uri, SOURCE)
        assert await diagnosed(client, uri) == []
        (host,) = children(client, "cppls.clang.host")
        requests = [client.request("textDocument/definition", place) for _ in range(20)]
        host.kill()
        for request in requests:
            answer = await client.answer(request)
            assert answer["result"] in ([], [{"uri": uri, "range": definition}]), answer
        while not await client.ask("textDocument/definition", place):
            await asyncio.sleep(0.05)  # Each answer is waited for with patience, and no more.
        client.allowed |= {"window/logMessage", "window/showMessage"}
        await client.finish()


async def test_no_child_outlives_the_server(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    _ = path.write_text(SOURCE)
    async with await RawClient.start("cppls") as client:
        assert client.process is not None
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), SOURCE)
        _ = await diagnosed(client, path.as_uri())
        born = psutil.Process(client.process.pid).children(recursive=True)
        assert born
        client.process.kill()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, born, PATIENCE)
        assert (len(gone), alive) == (len(born), [])


async def test_odd_texts_are_served_like_others(tmp_path: Path) -> None:
    async with await RawClient.start("cppls") as client:
        _ = await client.initialize(str(tmp_path))
        texts = {
            "long.cpp": "int a = 1" + "+1" * 1_000_000 + ";",
            "binary.cpp": "\0\1\2\x7f" * 100,
            "surrogate.cpp": "// \ud800\nint b;",
            "empty.cpp": "",
        }
        for name, text in texts.items():
            client.open((tmp_path / name).as_uri(), text)
        for name in texts:
            place = {
                "textDocument": {"uri": (tmp_path / name).as_uri()},
                "position": {"line": 0, "character": 5},
            }
            assert "result" in await client.answer(client.request("textDocument/hover", place))
        client.allowed |= {"window/logMessage", "window/showMessage"}
        await client.finish()
