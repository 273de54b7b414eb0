"""A client that writes bytes and reads messages, and forgets none.

Used where a proper client would be in the way: malformed input, order, cancellation. Whatever the
server says must be taken by the test (:meth:`RawClient.take`, :meth:`RawClient.answer`) or allowed
by it beforehand; :meth:`RawClient.finish` fails on the rest.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, cast

from cppls.core.settings import Settings
from cppls.lsp.engines import EnginePool, MakeEngine
from cppls.lsp.server import serve_connection

Message = dict[str, Any]
PATIENCE = 20.0
"""Seconds until a message that does not come counts as missing."""

RICH: Message = {
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True,
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    }
}
"""Capabilities of a client that shows all there is of diagnostics and their fixes."""


def frame(message: Any) -> bytes:
    """A message as it goes over the wire."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class RawClient(AbstractAsyncContextManager["RawClient"]):
    """One connection, over the pipes of a process of its own or over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self.server: asyncio.Task[int] | None = None
        self.allowed: set[str] = {"cppls/state", "textDocument/publishDiagnostics"}
        self._reader = reader
        self._writer = writer
        self._kept: list[Message] = []
        self._ids = 0

    @classmethod
    async def inside(cls, make_engine: MakeEngine, settings: Settings | None = None) -> RawClient:
        """A server in this process, on one end of a pair of sockets."""
        here, there = socket.socketpair()
        served = await asyncio.open_connection(sock=there, limit=1 << 20)
        client = cls(*await asyncio.open_connection(sock=here, limit=1 << 24))
        pool = EnginePool(make_engine)
        client.server = asyncio.create_task(serve_connection(pool, settings or Settings(), *served))
        return client

    @classmethod
    async def start(cls, module: str = "tests.lsp.fake_server", *arguments: str) -> RawClient:
        """Start a server on pipes."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        client = cls(process.stdout, process.stdin)
        client.process = process
        return client

    @classmethod
    async def connect(cls, port: int) -> RawClient:
        """Connect to a server on TCP."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 24))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)

    def end_input(self) -> None:
        """Close the client's end of the pipe, as an editor that dies does."""
        self._writer.close()

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.write(frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def request(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        self._ids += 1
        self.write(frame({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params}))
        return self._ids

    async def ask(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result."""
        message = await self.answer(self.request(method, params))
        assert "result" in message, message
        return message["result"]

    async def answer(self, request_id: int | None) -> Message:
        """The answer to a request; with ``None`` the next error that names no request."""
        return await self.take(lambda m: "method" not in m and m.get("id") == request_id)

    async def told(self, method: str) -> Any:
        """The parameters of the next notification or request ``method`` of the server."""
        message = await self.take(lambda message: message.get("method") == method)
        if "id" in message:
            self.write(frame({"jsonrpc": "2.0", "id": message["id"], "result": None}))
        return message["params"]

    async def take(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message that is wanted; those before it are kept for others."""
        for message in self._kept:
            if wanted(message):
                self._kept.remove(message)
                return message
        while True:
            message = await asyncio.wait_for(self._read(), PATIENCE)
            assert message is not None, f"the server left; unread: {self._kept}"
            if wanted(message):
                return message
            self._kept.append(message)

    async def initialize(self, root: str | None = None, **params: Any) -> Any:
        """``initialize`` and ``initialized``; the result of the first."""
        uri = f"file://{root}" if root is not None else None
        asked: Message = {"processId": os.getpid(), "rootUri": uri, "capabilities": {}, **params}
        result = await self.ask("initialize", asked)
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, version: int = 1) -> None:
        """``textDocument/didOpen``."""
        item = {"uri": uri, "languageId": "cpp", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    async def engine_status(self) -> Any:
        """What the first folder's engine says of itself, as soon as there is one."""
        _ = await self.ask("workspace/symbol", {"query": "nothing"})
        status = await self.ask("cppls/status")
        return status["workspace"]["folders"][0]["engine"]

    async def finish(self, *, exit_code: int = 0) -> None:
        """Shut down in order; fails on any message that the test did not take."""
        assert await self.ask("shutdown") is None
        self.notify("exit")
        if self.process is not None:
            assert await asyncio.wait_for(self.process.wait(), PATIENCE) == exit_code
        if self.server is not None:
            assert await asyncio.wait_for(self.server, PATIENCE) == exit_code
        while (message := await asyncio.wait_for(self._read(), PATIENCE)) is not None:
            self._kept.append(message)
        left = [message for message in self._kept if message.get("method") not in self.allowed]
        assert left == []

    async def stderr(self) -> str:
        """What the server wrote there, once it has ended."""
        assert self.process is not None
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            _ = await self.process.wait()
        if self.server is not None:
            _ = await asyncio.wait([self.server])

    async def _read(self) -> Message | None:
        try:
            header = await self._reader.readuntil(b"\r\n\r\n")
            body = await self._reader.readexactly(int(header.split(b":")[1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return cast("Message", json.loads(body))
