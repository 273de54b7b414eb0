"""Indexing as an editor shows it: ``$/progress`` of the server's own, and ``cppls/state``.

Knows the engine's events and the connection's protocol; nothing of documents.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import Final

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cppls.engine.events import Event, Progress, State, StateChanged
from cppls.lsp import wire
from cppls.lsp.protocol import Protocol

PAUSE: Final = 0.1
"""Seconds between two reports: more cannot be read, and 20,000 files would flood a slow editor."""

_tokens: Final = itertools.count(1)
"""A token may be used once in a connection; numbering those of the process is the simplest."""


class ProgressReporter:
    """What one client is shown of one project's indexing."""

    def __init__(self, protocol: Protocol, name: str, *, with_progress: bool) -> None:
        self._protocol = protocol
        self._title = f"Indexing {name}"
        self._with_progress = with_progress
        self._state: State | None = None
        self._latest: Progress | None = None
        self._pending: asyncio.TimerHandle | None = None
        self._token: str | None = None
        self._creating: asyncio.Task[None] | None = None

    def hear(self, event: Event) -> None:
        """Take note of an engine's event; those of other kinds are passed over."""
        if isinstance(event, StateChanged):
            self._enter(event.state)
        elif isinstance(event, Progress):
            self._latest = event
            if self._pending is None:
                loop = asyncio.get_running_loop()
                self._pending = loop.call_later(PAUSE, self._report)

    def close(self) -> None:
        """End what the client is shown."""
        self._cancel_report()
        if self._creating is not None:
            self._creating.cancel()
        self._end()

    def _enter(self, state: State) -> None:
        self._state = state
        if state == "indexing":
            if self._with_progress and self._token is None and self._creating is None:
                self._creating = asyncio.create_task(self._begin())
        else:
            self._cancel_report()
            self._end()
        self._send_state()

    async def _begin(self) -> None:
        """Ask the client for a place to report to; a client may refuse."""
        token = f"cppls/index/{next(_tokens)}"
        try:
            await self._protocol.send_request_async(
                lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, lsp.WorkDoneProgressCreateParams(token=token)
            )
        except JsonRpcException:
            return
        finally:
            self._creating = None
        if self._state != "indexing":
            return
        self._token = token
        self._send(lsp.WorkDoneProgressBegin(title=self._title, cancellable=False, percentage=0))
        self._report()

    def _report(self) -> None:
        self._cancel_report()
        self._send_state()
        progress = self._latest
        if progress is not None and progress.total > 0:
            name = os.path.basename(progress.current)
            message = f"{progress.done}/{progress.total} {name}".rstrip()
            percentage = min(100, 100 * progress.done // progress.total)
            self._send(lsp.WorkDoneProgressReport(message=message, percentage=percentage))

    def _end(self) -> None:
        self._send(lsp.WorkDoneProgressEnd())
        self._token = None
        self._latest = None

    def _send(
        self,
        value: lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport | lsp.WorkDoneProgressEnd,
    ) -> None:
        if self._token is not None:
            self._protocol.notify(lsp.PROGRESS, lsp.ProgressParams(token=self._token, value=value))

    def _send_state(self) -> None:
        done, total = (self._latest.done, self._latest.total) if self._latest else (0, 0)
        if self._state is not None:
            self._protocol.publish("cppls/state", wire.State(self._state, done, total))

    def _cancel_report(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
