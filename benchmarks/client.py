"""A small headless LSP client that drives cppls and clangd the same way.

It knows just what the benchmarks ask: the handshake, opening files, positions in UTF-8 columns
(both servers are offered only that encoding), and waiting until background indexing has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

Json = dict[str, Any]


def uri_of(path: Path) -> str:
    """The ``file:`` URI of a path."""
    return "file://" + quote(str(path))


def path_of(uri: str) -> str:
    """The path of a ``file:`` URI."""
    return unquote(urlsplit(uri).path)


@dataclass
class LspClient:
    """One server process and the requests under way."""

    process: asyncio.subprocess.Process
    waiting: dict[int, asyncio.Future[Any]] = field(
        default_factory=dict[int, "asyncio.Future[Any]"]
    )
    diagnostics: dict[str, Json] = field(default_factory=dict[str, Json])
    listeners: list[Callable[[str, Json], None]] = field(
        default_factory=list[Callable[[str, Json], None]]
    )
    last_id: int = 0
    arrived: float = 0.0
    """``time.perf_counter()`` when the last message was there whole, not yet decoded."""

    @classmethod
    async def start(cls, command: list[str], root: Path, stderr: Path | None = None) -> LspClient:
        """Start a server; its standard error goes to ``stderr`` or nowhere."""
        log = open(stderr, "wb") if stderr else None  # noqa: ASYNC230, SIM115 (handed to the child)
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=root,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log or asyncio.subprocess.DEVNULL,
            limit=1 << 28,
        )
        client = cls(process)
        client._reader = asyncio.create_task(client._read())
        return client

    _reader: asyncio.Task[None] = field(init=False)

    async def initialize(
        self, root: Path, options: Json | None = None, *, completion: Json | None = None
    ) -> Json:
        """The handshake, as an editor with progress, UTF-8 columns and hierarchical symbols;
        ``completion``: what it can do with completions."""
        answer = await self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": uri_of(root),
                "workspaceFolders": [{"uri": uri_of(root), "name": root.name}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-8"]},
                    "offsetEncoding": ["utf-8"],
                    "window": {"workDoneProgress": True},
                    "textDocument": {
                        "publishDiagnostics": {"versionSupport": True},
                        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                        "hover": {"contentFormat": ["markdown"]},
                        "completion": completion or {},
                    },
                },
                "initializationOptions": options or {},
            },
        )
        self.notify("initialized", {})
        return answer

    async def request(self, method: str, params: Any, timeout: float = 300.0) -> Any:
        """The result of a request. Raises ``RuntimeError`` on an error answer or a dead server."""
        self.last_id += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting[self.last_id] = future
        self._send({"id": self.last_id, "method": method, "params": params})
        return await asyncio.wait_for(future, timeout)

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def open(self, path: Path, text: str, version: int = 1) -> None:
        """didOpen."""
        language = "c" if path.suffix == ".c" else "cpp"
        document = {"uri": uri_of(path), "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def close(self, path: Path) -> None:
        """didClose."""
        self.diagnostics.pop(str(path), None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})

    async def parsed(self, path: Path, timeout: float = 60.0) -> bool:
        """Wait for the first diagnostics of an open file; ``False`` when none came in time."""
        deadline = time.monotonic() + timeout
        while str(path) not in self.diagnostics:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.02)
        return True

    async def ask(self, method: str, path: Path, line: int, column: int, **more: Any) -> Any:
        """A ``textDocument/...`` request at a 0-based position (UTF-8 column)."""
        position = {"line": line, "character": column}
        params = {"textDocument": {"uri": uri_of(path)}, "position": position, **more}
        return await self.request(f"textDocument/{method}", params)

    async def stop(self) -> None:
        """shutdown, exit, and kill what does not go."""
        with contextlib.suppress(Exception):
            await self.request("shutdown", None, timeout=20)
            self.notify("exit", None)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.process.wait(), 10)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reader.cancel()

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                header = await self.process.stdout.readuntil(b"\r\n\r\n")
                length = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await self.process.stdout.readexactly(length)
                self.arrived = time.perf_counter()
                self._received(json.loads(body))
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self.waiting.values():
                if not future.done():
                    future.set_exception(RuntimeError("the server has ended"))
        except Exception as error:
            print(f"client: {error!r}", file=sys.stderr)
            raise

    def _received(self, message: Json) -> None:
        if "method" in message:
            if "id" in message:  # progress tokens, registrations, configuration: all granted
                self._send({"id": message["id"], "result": None})
            params: Json = message.get("params") or {}
            if message["method"] == "textDocument/publishDiagnostics":
                self.diagnostics[path_of(params["uri"])] = params
            for listener in self.listeners:
                listener(message["method"], params)
            return
        future = self.waiting.pop(message.get("id", 0), None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(RuntimeError(json.dumps(message["error"])))
        else:
            future.set_result(message.get("result"))
