"""The wire: frames of ``Content-Length`` over stdio or TCP, one session to a connection.

pygls's own transports hop through a thread for every header line and block the loop when a pipe
is full. Here the pipes are asyncio's, and after each message the server waits until the client
has taken what is written: a client that does not read is not read from either.
Knows nothing of methods; ``server.Session`` is what a connection talks to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import sys
from collections.abc import Callable
from typing import IO, Any, Final, Protocol

log: Final = logging.getLogger(__name__)

MAX_MESSAGE: Final = 1 << 29
"""Bytes of one message at the most; a longer one is skipped, not kept."""
_READ_LIMIT: Final = 1 << 20
"""Bytes that wait unread at the most; also of one header line."""
_WRITE_LIMIT: Final = 1 << 20
_CONTENT_LENGTH: Final = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n\Z", re.I)
"""Searched for, not matched: garbage without a line end may stand before a good header."""
_OTHER_FIELD: Final = re.compile(rb"(?!content-length)[a-z-]+:[^{]*\n\Z", re.I)
"""Any other header field, ``Content-Type`` mostly; read over."""


class Receiver(Protocol):
    """What a connection's messages go to."""

    def receive(self, body: bytes) -> None:
        """One message; must not raise."""
        ...

    def receive_garbage(self, problem: str) -> None:
        """Bytes that are no frame; said once for each run of them."""
        ...

    @property
    def over(self) -> bool:
        """Whether the connection may end: ``exit`` was received."""
        ...


class Drains(Protocol):
    """A writer, as far as the reading side needs it."""

    async def drain(self) -> None:
        """Return when the client has taken most of what is written."""
        ...


async def pump(reader: asyncio.StreamReader, writer: Drains, receiver: Receiver) -> None:
    """Hand over messages until the connection ends or the receiver says that it is over."""
    while not receiver.over:
        try:
            body = await _read_frame(reader, receiver.receive_garbage)
            if body is None:
                return
            receiver.receive(body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return


async def open_stdio() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Standard input and output as streams.

    From here on ``sys.stdout`` is standard error: a stray ``print`` must not break the protocol.
    """
    loop = asyncio.get_running_loop()
    stdin, stdout = _take(sys.stdin.fileno(), "rb"), _take(sys.stdout.fileno(), "wb")
    sys.stdout = sys.stderr
    reader = asyncio.StreamReader(limit=_READ_LIMIT)
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stdin)
        transport, protocol = await loop.connect_write_pipe(_Flow, stdout)
    except ValueError as error:
        # A regular file or, on some systems, a terminal: neither can be waited on.
        raise OSError(f"standard input and output must be pipes or sockets: {error}") from error
    transport.set_write_buffer_limits(high=_WRITE_LIMIT)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def listen_tcp(
    host: str,
    port: int,
    connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> asyncio.Server:
    """Accept clients; ``connected`` is a coroutine function. Raises ``OSError``."""
    return await asyncio.start_server(connected, host, port, limit=_READ_LIMIT)


async def wait_for_end(pid: int, every: float) -> None:
    """Return when the process ``pid`` is no more.

    Asked every ``every`` seconds: there is no event for the end of a process that is not ours.
    """
    import psutil

    while psutil.pid_exists(pid):
        await asyncio.sleep(every)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close, after what is written has gone out; quietly when the client is gone already."""
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()


class _Flow(asyncio.streams.FlowControlMixin):
    """What a ``StreamWriter`` needs of a write pipe's protocol, ``wait_closed`` included."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self._closed.done():
            self._closed.set_result(None)

    def _get_close_waiter(self, stream: asyncio.StreamWriter) -> asyncio.Future[None]:
        return self._closed


async def _read_frame(
    reader: asyncio.StreamReader, complain: Callable[[str], None]
) -> bytes | None:
    """The next message's body; ``None`` at the end. Skips what is no header."""
    length, in_garbage = -1, False
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            line = b"(no line end)"  # Longer than the limit; asyncio has dropped it.
        if not line:
            return None
        if (found := _CONTENT_LENGTH.search(line)) is not None:
            length = int(found[1])
        elif not line.strip() and length >= 0:
            if length <= MAX_MESSAGE:
                return await reader.readexactly(length)
            complain(f"a message of {length} bytes is more than the {MAX_MESSAGE} allowed")
            await _skip(reader, length)
            length = -1
        elif line.strip() and not (_OTHER_FIELD.match(line) or in_garbage):
            complain(f"expected a Content-Length header, got {line[:60]!r}")
            in_garbage = True


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        chunk = await reader.read(min(length, _READ_LIMIT))
        if not chunk:
            return
        length -= len(chunk)


def _take(fd: int, mode: str) -> IO[bytes]:
    """A duplicate of ``fd``, so that closing it leaves Python's own stream alone."""
    return os.fdopen(os.dup(fd), mode, buffering=0)
