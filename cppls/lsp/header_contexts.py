"""``cppls/headerContext`` and ``cppls/setHeaderContext``: as part of which source a header is read.

An extension of the protocol, for editors that let the user look and choose.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec

from cppls.engine.header_contexts import ContextsOfHeader
from cppls.lsp.documents import path_of
from cppls.lsp.engines import SharedEngine
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.session import Session

_P = TypeVar("_P", bound=msgspec.Struct)


class TextDocument(msgspec.Struct, frozen=True):
    """A document by its URI."""

    uri: str


class HeaderContextParams(msgspec.Struct, frozen=True, rename="camel"):
    """Of ``cppls/headerContext``."""

    text_document: TextDocument


class SetHeaderContextParams(msgspec.Struct, frozen=True, rename="camel"):
    """Of ``cppls/setHeaderContext``: ``context`` is the URI of a source that includes the header;
    ``null`` gives the choice back to cppls."""

    text_document: TextDocument
    context: str | None


class Context(msgspec.Struct, frozen=True):
    """A source file that includes the header, directly or not."""

    uri: str
    current: bool


class HeaderContext(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to both, the nearest source first; no contexts of what has flags of its own.

    ``selfContained``: whether the header is read without what stands before it in that source;
    ``null`` while it was not parsed yet.
    """

    contexts: list[Context]
    chosen: bool
    self_contained: bool | None


def header_context(session: Session, params: Any) -> Awaitable[HeaderContext]:
    """``cppls/headerContext``."""
    asked = _typed(params, HeaderContextParams)
    path, shared = _header(session, asked.text_document.uri)

    async def answer() -> HeaderContext:
        engine = await shared.ready()
        return _told(session, await engine.header_contexts(path))

    return answer()


def set_header_context(session: Session, params: Any) -> Awaitable[HeaderContext]:
    """``cppls/setHeaderContext``."""
    asked = _typed(params, SetHeaderContextParams)
    path, shared = _header(session, asked.text_document.uri)
    unit = path_of(asked.context) if asked.context is not None else None
    if asked.context is not None and unit is None:
        raise RequestError(INVALID_PARAMS, f"context: {asked.context} is no file")

    async def answer() -> HeaderContext:
        engine = await shared.ready()
        if not await engine.choose_context(path, unit):
            reason = f"context: {unit} is not known to include {path}"
            raise RequestError(INVALID_PARAMS, reason)
        return _told(session, await engine.header_contexts(path))

    return answer()


def _told(session: Session, found: ContextsOfHeader) -> HeaderContext:
    contexts = [
        Context(session.workspace.uri_of(context.unit), context.is_current)
        for context in found.contexts
    ]
    return HeaderContext(contexts, found.is_chosen, found.is_self_contained)


def _header(session: Session, uri: str) -> tuple[str, SharedEngine]:
    document = session.documents.get(uri)
    path = document.path if document is not None else path_of(uri)
    folder = session.workspace.folder_of(path) if path is not None else None
    if path is None or folder is None:
        raise RequestError(INVALID_PARAMS, f"{uri}: open this file, or a folder that holds it")
    return path, folder.engine


def _typed(params: Any, type: type[_P]) -> _P:
    try:
        return msgspec.convert(params, type=type)
    except msgspec.ValidationError as error:
        raise RequestError(INVALID_PARAMS, str(error)) from error
