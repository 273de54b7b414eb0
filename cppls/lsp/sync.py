"""``textDocument/did*``: the client's edits into the session's documents and the engine."""

from __future__ import annotations

from lsprotocol import types as lsp

from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.session import Session


def did_open(session: Session, params: lsp.DidOpenTextDocumentParams) -> None:
    """A file is the client's from now on. Opened twice, it is taken as new."""
    item = params.text_document
    before = session.documents.close(item.uri)
    if before is not None:
        session.leave(before)
    session.join(session.documents.open(item.uri, item.version, item.text))


def did_change(session: Session, params: lsp.DidChangeTextDocumentParams) -> None:
    """Edits. Those for a file that is not open change nothing, and the client hears of it."""
    identifier = params.text_document
    document = session.documents.change(
        identifier.uri, identifier.version, params.content_changes, session.client.encoding
    )
    if document is None:
        raise _not_open(identifier.uri)
    home = session.home(document)
    if home is not None:
        home.change(document)


def did_save(session: Session, params: lsp.DidSaveTextDocumentParams) -> None:
    """The file on disk is now what the client shows."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        raise _not_open(params.text_document.uri)
    home = session.home(document)
    if home is not None:
        home.save(document)


def did_close(session: Session, params: lsp.DidCloseTextDocumentParams) -> None:
    """What is on disk counts again."""
    document = session.documents.close(params.text_document.uri)
    if document is None:
        raise _not_open(params.text_document.uri)
    session.forget(document)


def _not_open(uri: str) -> RequestError:
    return RequestError(INVALID_PARAMS, f"{uri} is not open: send textDocument/didOpen first")
