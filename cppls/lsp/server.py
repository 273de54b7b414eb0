"""The LSP server: ``serve_stdio`` for an editor that starts it, ``serve_tcp`` for several clients.

Both return the exit code of the process: 0 when the client said ``shutdown`` before it left, 1
when it just went. Details of defects go to standard error when ``CPPLS_LOG=debug``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Final

from cppls.core.settings import Settings
from cppls.lsp import transport
from cppls.lsp.engines import EnginePool, MakeEngine, ProjectEngine
from cppls.lsp.routes import install
from cppls.lsp.session import Session

log: Final = logging.getLogger(__name__)

PARENT_POLL: Final = 3.0
"""Seconds between two looks at whether the editor still lives."""


async def serve_stdio(settings: Settings, make_engine: MakeEngine | None = None) -> int:
    """Serve the client on standard input and output until it leaves."""
    _set_up_logging()
    try:
        reader, writer = await transport.open_stdio()
    except OSError as error:
        print(f"cppls: {error}", file=sys.stderr)
        return 1
    pool = EnginePool(make_engine or _open_engine)
    code = await serve_connection(pool, settings, reader, writer)
    await pool.close()
    return code


async def serve_tcp(
    host: str, port: int, settings: Settings, make_engine: MakeEngine | None = None
) -> int:
    """Serve any number of clients on ``host:port`` until the process is told to end.

    Clients of one project share its engine. Whoever reaches the port can read the files of this
    user: keep to loopback, or to a network that you trust.
    """
    _set_up_logging()
    pool = EnginePool(make_engine or _open_engine)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _ = await serve_connection(pool, settings, reader, writer)

    try:
        server = await transport.listen_tcp(host, port, connected)
    except OSError as error:
        print(f"cppls: cannot listen on {host}:{port}: {error.strerror}", file=sys.stderr)
        return 1
    names = ", ".join("{}:{}".format(*socket.getsockname()[:2]) for socket in server.sockets)
    print(f"cppls: listening on {names}", file=sys.stderr, flush=True)
    try:
        async with server:
            await server.serve_forever()
    finally:
        await pool.close()
    return 0


async def serve_connection(
    pool: EnginePool,
    settings: Settings,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> int:
    """One connection from its first byte to its last; the exit code it asks for."""
    session = Session(pool, settings, writer)
    install(session)
    pump = asyncio.create_task(transport.pump(reader, writer, session))
    orphaned = asyncio.create_task(_orphaned(session))
    try:
        _ = await asyncio.wait((pump, orphaned), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (pump, orphaned):
            _ = task.cancel()
        session.close()
        await transport.close(writer)
    return session.exit_code if session.exit_code is not None else 1


def _open_engine(root: str, settings: Settings) -> ProjectEngine:
    from cppls.engine.engine import Engine

    return Engine(root, settings)


async def _orphaned(session: Session) -> None:
    """Return when the process that started the server has died.

    Its end of the pipe may live on in another child of it, so the end of input is not enough.
    """
    await transport.wait_for_end(await session.parent, PARENT_POLL)


def _set_up_logging() -> None:
    """Standard error gets warnings of ours, or everything with ``CPPLS_LOG=debug``."""
    debug = os.environ.get("CPPLS_LOG", "").lower() == "debug"
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if debug else logging.WARNING,
        format="%(asctime)s %(name)s: %(message)s" if debug else "cppls: %(message)s",
    )
    if not debug:
        # pygls logs whole messages and tracebacks; what matters of it the client is told.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
