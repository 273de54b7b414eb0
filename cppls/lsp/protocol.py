"""JSON-RPC as cppls speaks it: what happens to a message between the wire and its handler.

pygls brings the types, the registry of handlers and the bookkeeping of requests to the client.
This subclass changes what a long-lived C++ server needs otherwise:

* a handler's synchronous part runs when its message arrives, so that a question is about the text
  as it was then, even when an edit follows in the same packet;
* pygls's own handlers are not installed: they keep a second copy of every document and end the
  process on ``exit``. The session registers all handlers (see ``routes.py``);
* bad messages get an answer that says what is wrong; no traceback reaches a client;
* answers are encoded by msgspec, structs of ``wire.py`` included.

Knows nothing of files, engines or features.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from types import MappingProxyType
from typing import Any, Final, cast

import attrs
import msgspec
from cattrs import transform_error
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from cppls.core.model import Statistics
from cppls.lsp import wire
from cppls.lsp.errors import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    PARSE_ERROR,
    REQUEST_CANCELLED,
    RequestError,
    one_line,
)

log: Final = logging.getLogger(__name__)

_NOT_RUNNING: Final = {"initialize", "exit"}
"""What a client may send before ``initialize`` is answered."""


class Protocol(LanguageServerProtocol):
    """One connection's messages. :meth:`receive` is its way in, the writer its way out."""

    initialized = False
    """Whether ``initialize`` has been answered."""
    stopped = False
    """Whether ``shutdown`` has been asked."""
    received = sent = errors = 0
    capabilities: Mapping[str, Any] = MappingProxyType({})
    """The client's, as it sent them: lsprotocol leaves out what is not in the specification."""

    @property
    def methods(self) -> set[str]:
        """All that has a handler."""
        return set(cast("dict[str, Any]", self.fm.features))

    @property
    def options(self) -> dict[str, Any]:
        """Under which options methods are announced."""
        return cast("dict[str, Any]", self.fm.feature_options)

    def register(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Have ``handler(params)`` answer ``method``; it may return an awaitable."""
        # pygls says too little about this one for a strict checker.
        feature = cast("Callable[..., Any]", self.fm.feature)  # pyright: ignore[reportUnknownMemberType]
        feature(method, options)(handler)

    def plain(self, value: Any) -> Any:
        """A value of lsprotocol as the data that goes on the wire."""
        return self._converter.unstructure(value)

    def receive(self, body: bytes) -> None:
        """Handle one message; whatever is wrong with it is answered or logged, never raised."""
        self.received += 1
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self.fail(None, PARSE_ERROR, f"a message is not JSON: {one_line(error)}")
            return
        fields = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
        if fields.get("jsonrpc") != "2.0":
            self.fail(None, INVALID_REQUEST, "a message is not a JSON-RPC 2.0 object")
            return
        self._dispatch(fields)

    def fail(self, message_id: wire.MessageId | None, code: int, message: str) -> None:
        """Answer a request (or, without an id, an unreadable message) with an error."""
        self.errors += 1
        self._write(wire.ErrorResponse(message_id, wire.Error(code, message)))

    def publish(self, method: str, params: msgspec.Struct | Statistics) -> None:
        """Send a notification whose parameters are a struct of ``wire.py``, or plain data."""
        self._write(wire.Notification(method, params))

    def log_to_client(self, kind: lsp.MessageType, message: str) -> None:
        """``window/logMessage``: a line in the client's log."""
        self.notify(lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(type=kind, message=message))

    def pending(self) -> int:
        """Requests of the client that are being answered."""
        return sum(isinstance(future, asyncio.Future) for future in self._request_futures.values())

    def cancel_all(self) -> None:
        """Stop all that runs, and whatever waits for an answer of the client."""
        for future in list(self._request_futures.values()):
            future.cancel()

    # --- from the wire to the handler ---

    def _dispatch(self, message: dict[str, Any]) -> None:
        message_id, method = message.get("id"), message.get("method")
        if method is None:
            self._take_response(message)
            return
        if not isinstance(method, str) or not isinstance(message_id, int | str | None):
            self.fail(None, INVALID_REQUEST, "a message's id or method has the wrong type")
            return
        if (refusal := self._refusal(method)) is not None:
            if "id" in message:
                self.fail(message_id, *refusal)
            elif not method.startswith("$/") and self.initialized:
                log.debug("ignored %s: %s", method, refusal[1])
            return
        try:
            params = self._params(message, method)
        except Exception as error:
            self._refuse_params(message_id, method, error)
            return
        if "id" in message:
            self._handle_request(cast("wire.MessageId", message_id), method, params)
        else:
            self._handle_notification(method, params)

    def _refusal(self, method: str) -> tuple[int, str] | None:
        """Why ``method`` is not for now, if it is not."""
        if not self.initialized and method not in _NOT_RUNNING:
            return NOT_INITIALIZED, f"{method}: send 'initialize' first"
        if self.stopped and method != lsp.EXIT:
            return INVALID_REQUEST, f"{method}: the server has been shut down"
        if self.initialized and method == lsp.INITIALIZE:
            return INVALID_REQUEST, "initialize: sent twice"
        if method not in self.methods and method != lsp.CANCEL_REQUEST:
            return METHOD_NOT_FOUND, f"{method}: cppls does not know this method"
        return None

    def _params(self, message: dict[str, Any], method: str) -> Any:
        """The typed parameters; those of a method of ours (``cppls/...``) stay plain data."""
        message_type = self.get_message_type(method)
        if message_type is None:
            return message.get("params")
        if method == lsp.INITIALIZED:
            message.setdefault("params", {})  # Some clients leave the empty object out.
        typed = self._converter.structure(message, message_type).params
        if method == lsp.INITIALIZE:
            self.capabilities = message["params"]["capabilities"]
        return typed

    def _refuse_params(
        self, message_id: wire.MessageId | None, method: str, error: Exception
    ) -> None:
        reasons = transform_error(error, path="params")
        text = f"{method}: {'; '.join(reasons[:3])}".replace("params.params", "params")
        if message_id is None:
            self.log_to_client(lsp.MessageType.Error, f"ignored a malformed message: {text}")
        else:
            self.fail(message_id, INVALID_PARAMS, text)

    def _take_response(self, message: dict[str, Any]) -> None:
        if message.get("id") not in self._request_futures:
            log.debug("an answer to nothing that was asked: id %r", message.get("id"))
            return
        try:
            self.handle_message(cast("Any", self.structure_message(message)))
        except Exception as error:
            future = self._request_futures.pop(message["id"], None)
            if future is not None and not future.done():
                future.set_exception(JsonRpcException(one_line(error)))

    # --- from the handler to the wire; these replace pygls's methods of the same name ---

    def _register_builtin_features(self) -> None:
        """Nothing: see the module's docstring."""

    def _handle_request(self, msg_id: wire.MessageId, method_name: str, params: Any) -> None:
        if msg_id in self._request_futures:
            self.fail(msg_id, INVALID_REQUEST, f"{method_name}: id {msg_id!r} is already in use")
            return
        try:
            outcome = self._get_handler(method_name)(params)
        except Exception as error:
            self._answer_error(msg_id, method_name, error)
            return
        if not inspect.isawaitable(outcome):
            self._send_response(msg_id, outcome)
            return
        task = asyncio.ensure_future(outcome)
        self._request_futures[msg_id] = cast("Future[Any]", task)
        task.add_done_callback(partial(self._finish, msg_id, method_name))

    def _handle_notification(self, method_name: str, params: Any) -> None:
        if method_name == lsp.CANCEL_REQUEST:
            # A client may cancel what has been answered meanwhile. What *we* asked is not its to
            # cancel, although it lies in the same table.
            future = self._request_futures.get(params.id)
            if isinstance(future, asyncio.Future):
                future.cancel()
            return
        try:
            outcome = self._get_handler(method_name)(params)
        except Exception as error:
            self._report(method_name, error)
            return
        if inspect.isawaitable(outcome):
            task = asyncio.ensure_future(outcome)
            task.add_done_callback(partial(self._finish_notification, method_name))

    def _finish(self, msg_id: wire.MessageId, method: str, task: asyncio.Future[Any]) -> None:
        self._request_futures.pop(msg_id, None)
        if task.cancelled():
            self.fail(msg_id, REQUEST_CANCELLED, f"{method}: cancelled")
        elif (error := task.exception()) is not None:
            self._answer_error(msg_id, method, error)
        else:
            self._send_response(msg_id, task.result())

    def _finish_notification(self, method: str, task: asyncio.Future[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report(method, error)

    def _answer_error(self, msg_id: wire.MessageId, method: str, error: BaseException) -> None:
        if isinstance(error, RequestError):
            self.fail(msg_id, error.code, str(error))
            return
        self._report(method, error)
        self.fail(msg_id, INTERNAL_ERROR, f"{method}: {one_line(error)}")

    def _report(self, method: str, error: BaseException) -> None:
        """One line for the client; the traceback for the log of this process."""
        if isinstance(error, RequestError):
            self.log_to_client(lsp.MessageType.Warning, f"{method}: {error}")
            return
        log.debug("%s failed", method, exc_info=error)
        self.log_to_client(lsp.MessageType.Error, f"{method} failed: {one_line(error)}")

    def _send_response(
        self,
        msg_id: wire.MessageId,
        result: Any | None = None,
        error: lsp.ResponseError | None = None,
    ) -> None:
        if error is not None:
            self.fail(msg_id, error.code, error.message)
            return
        # msgspec would encode attrs objects itself, but by their Python names.
        is_attrs = attrs.has(type(cast("object", result)))
        self._write(
            wire.Response(msg_id, self._converter.unstructure(result) if is_attrs else result)
        )

    def _send_data(self, data: Any) -> None:
        self._write(self._converter.unstructure(data))

    def _write(self, message: Any) -> None:
        if self.writer is None:
            return
        body = wire.encoder.encode(message)
        self.sent += 1
        # Who has gone away misses nothing; the reading side notices the end of the connection.
        with contextlib.suppress(OSError, RuntimeError):
            _ = self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
