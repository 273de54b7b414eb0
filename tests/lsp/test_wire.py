"""What a client may get wrong on the wire, and that the server lives on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cppls.lsp import transport
from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import RawClient, frame


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Content-Length: 9\r\n\r\n{not json", "not JSON"),
        (b"Content-Length: 2\r\n\r\n\xff\xfe", "not JSON"),
        (frame([1, 2]), "not a JSON-RPC 2.0 object"),
        (frame({"id": 1, "method": "shutdown"}), "not a JSON-RPC 2.0 object"),
        (frame({"jsonrpc": "2.0", "id": 1.5, "method": "shutdown"}), "wrong type"),
        (frame({"jsonrpc": "2.0", "id": {}, "method": "shutdown"}), "wrong type"),
        (frame({"jsonrpc": "2.0", "method": 7}), "wrong type"),
        (b"Content-Length: banana\r\n\r\n{}", "Content-Length"),
        (b"x" * 2_000_000 + b"\r\n\r\n", "Content-Length"),
        (b"GET / HTTP/1.1\r\nHost: me\r\n\r\n", "Content-Length"),
        (frame({"jsonrpc": "2.0", "id": 1, "method": "x"})[:-1] + b"]", "not JSON"),
        (b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000, "not JSON"),
    ],
    ids=lambda value: repr(value[:30]),
)
async def test_bytes_that_are_no_message_are_answered_and_the_next_message_counts(
    data: bytes, says: str, tmp_path: Path
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.write(data)
        error = (await client.answer(None))["error"]
        assert says in error["message"]
        assert error["code"] in (-32700, -32600)
        await client.finish()


async def test_other_header_fields_and_letter_case_do_not_matter(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        body = b'{"jsonrpc":"2.0","id":"a","method":"cppls/status"}'
        client.write(
            b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
            b"content-length:%d\r\n\r\n%b" % (len(body), body)
        )
        answer = await client.take(lambda message: message.get("id") == "a")
        assert answer["result"]["version"]
        await client.finish()


@pytest.mark.parametrize(
    ("method", "params", "code", "says"),
    [
        ("textDocument/hover", {"position": {"line": 1, "character": 1}}, -32602, "textDocument"),
        ("textDocument/hover", None, -32602, "params"),
        ("textDocument/hover", [1], -32602, "params"),
        (
            "textDocument/hover",
            {"textDocument": {"uri": "file:///a.cpp"}, "position": {"line": "x", "character": 1}},
            -32602,
            "line",
        ),
        ("no/suchMethod", {}, -32601, "does not know"),
        ("no/suchMethod", None, -32601, "does not know"),
        ("initialize", {"capabilities": {}, "processId": None, "rootUri": None}, -32600, "twice"),
        (
            "textDocument/hover",
            {
                "textDocument": {"uri": "file:///does/not/exist.cpp"},
                "position": {"line": 0, "character": 0},
            },
            -32602,
            "cannot be read",
        ),
        (
            "textDocument/hover",
            {
                "textDocument": {"uri": "untitled:Untitled-1"},
                "position": {"line": 0, "character": 0},
            },
            -32602,
            "files only",
        ),
    ],
)
async def test_a_bad_request_is_refused_by_name(
    method: str, params: Any, code: int, says: str, tmp_path: Path
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        error = (await client.answer(client.request(method, params)))["error"]
        assert (error["code"], says in error["message"]) == (code, True), error
        assert method in error["message"] or "file" in error["message"] or "unt" in error["message"]
        assert "Traceback" not in str(error)
        await client.finish()


@pytest.mark.parametrize(
    ("method", "params", "says"),
    [
        ("textDocument/didChange", {"textDocument": 3}, "malformed"),
        (
            "textDocument/didChange",
            {"textDocument": {"uri": "file:///no.cpp", "version": 1}, "contentChanges": []},
            "not open",
        ),
        ("textDocument/didClose", {"textDocument": {"uri": "file:///no.cpp"}}, "not open"),
        ("textDocument/didSave", {"textDocument": {"uri": "file:///no.cpp"}}, "not open"),
    ],
)
async def test_a_bad_notification_is_named_in_the_clients_log(
    method: str, params: Any, says: str, tmp_path: Path
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.notify(method, params)
        message = (await client.told("window/logMessage"))["message"]
        assert method in message
        assert says in message
        await client.finish()


async def test_unknown_notifications_and_answers_to_nothing_are_passed_over(
    tmp_path: Path,
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.notify("$/somethingNew", {"a": 1})
        client.notify("some/notification", {})
        client.notify("$/cancelRequest", {"id": 4711})
        client.write(frame({"jsonrpc": "2.0", "id": "never asked", "result": 1}))
        client.write(frame({"jsonrpc": "2.0", "id": 9, "error": {"code": 1, "message": "x"}}))
        await client.finish()


async def test_a_message_beyond_the_limit_is_skipped_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "MAX_MESSAGE", 10)
    reader = asyncio.StreamReader()
    reader.feed_data(b"Content-Length: 5000\r\n\r\n" + bytes(5000))
    reader.feed_data(b"Content-Length: 2\r\n\r\n{}Content-Length: 7\r\n\r\n[")
    reader.feed_eof()
    heard = Heard()
    await transport.pump(reader, NoWriter(), heard)
    assert heard.bodies == [b"{}"]
    assert heard.problems == ["a message of 5000 bytes is more than the 10 allowed"]


class Heard:
    """What a connection brought."""

    over = False

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.problems: list[str] = []

    def receive(self, body: bytes) -> None:
        self.bodies.append(body)

    def receive_garbage(self, problem: str) -> None:
        self.problems.append(problem)


class NoWriter:
    """A client that takes everything."""

    async def drain(self) -> None:
        return
