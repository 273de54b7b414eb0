"""Coming and going: ``initialize`` to ``exit``, settings, folders, files changed on disk.

No handler is an ``async def``: its body would start after the next message's handler. One that
must wait returns an awaitable for the part that waits.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from lsprotocol import types as lsp
from msgspec.structs import replace
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException

from cppls.lsp import extensions
from cppls.lsp.client import read_client
from cppls.lsp.configuration import SECTION, overlay, take_option
from cppls.lsp.documents import path_of
from cppls.lsp.memory import COMMANDS, OPTION, MemoryReporter
from cppls.lsp.painter import FILE_STATUS_OPTION
from cppls.lsp.session import Session
from cppls.lsp.workspace import folder_path
from cppls.project.language import HEADERS, SOURCES

_EXTENSIONS: Final = sorted(extension[1:] for extension in SOURCES | HEADERS)
_WATCHED: Final = (
    "**/compile_commands.json",
    "**/compile_flags.txt",
    "**/.clangd",
    f"**/*.{{{','.join(_EXTENSIONS)}}}",
)


def initialize(session: Session, params: lsp.InitializeParams) -> dict[str, Any]:
    """Answered at once: nothing is opened, parsed or indexed before ``initialized``."""
    protocol = session.protocol
    session.client = read_client(params.capabilities, protocol.capabilities)
    session.trace = params.trace or lsp.TraceValue.Off
    options = params.initialization_options
    session.wants_memory = take_option(options, OPTION)
    session.painter.tells_status = take_option(options, FILE_STATUS_OPTION)
    settings, problems = overlay(session.base_settings, options)
    session.base_settings = session.settings = settings
    session.complaints.extend(problems)
    session.told.update(problems)
    session.folders_asked = _folders(session, params)
    if params.process_id:
        session.parent.set_result(params.process_id)
    protocol.client_capabilities = params.capabilities
    protocol.server_capabilities = ServerCapabilitiesBuilder(
        params.capabilities,
        protocol.methods,
        protocol.options,
        list(COMMANDS),
        lsp.TextDocumentSyncKind.Incremental,
        None,
        session.client.encoding,
    ).build()
    if not session.client.pulls_diagnostics:
        # Such a client is pushed to; announced, it might ask as well and show everything twice.
        protocol.server_capabilities.diagnostic_provider = None
    protocol.initialized = True
    result = lsp.InitializeResult(protocol.server_capabilities, protocol.server_info)
    told = protocol.plain(result)
    told["capabilities"] |= extensions.CAPABILITIES
    return told


def initialized(session: Session, _: lsp.InitializedParams) -> Awaitable[None] | None:
    """The client is ready: open the projects."""
    _complain(session)
    for folder in session.folders_asked:
        session.add_folder(folder)
    if session.wants_memory:
        session.on_close.append(MemoryReporter(session.protocol, session.workspace).close)
    return _watch(session) if session.client.watches_files else None


def shutdown(session: Session, _: None) -> None:
    """Stop all that is being answered; engines end with the connection."""
    session.protocol.stopped = True
    session.protocol.cancel_all()


def exit_(session: Session, _: None) -> None:
    """End the connection: in order after ``shutdown``, not so without."""
    session.exit_code = 0 if session.protocol.stopped else 1


def set_trace(session: Session, params: lsp.SetTraceParams) -> None:
    """How much the client wants to hear of what goes on."""
    session.trace = params.value


def did_change_configuration(
    session: Session, params: lsp.DidChangeConfigurationParams
) -> Awaitable[None] | None:
    """Settings anew, laid over those of the start. A client may send none and wait to be asked."""
    if not params.settings and session.client.configuration:
        return _pull_configuration(session)
    _configure(session, params.settings)
    return None


def did_change_workspace_folders(
    session: Session, params: lsp.DidChangeWorkspaceFoldersParams
) -> None:
    """Projects come and go while files are open."""
    for folder in _existing(session, [folder.uri for folder in params.event.added]):
        session.add_folder(folder)
    _complain(session)
    for folder in params.event.removed:
        path = path_of(folder.uri)
        if path is not None:
            session.remove_folder(path)


def did_change_watched_files(session: Session, params: lsp.DidChangeWatchedFilesParams) -> None:
    """Hints that files have changed on disk, each for the project it belongs to."""
    paths = [path for change in params.changes if (path := path_of(change.uri)) is not None]
    for folder in session.workspace:
        mine = [path for path in paths if session.workspace.folder_of(path) is folder]
        if mine:
            folder.engine.files_changed(mine)


def work_done_progress_cancel(session: Session, _: lsp.WorkDoneProgressCancelParams) -> None:
    """Indexing is not offered as cancellable; a client that tries all the same is told so."""
    session.explain("indexing cannot be cancelled; set backgroundIndex to false to do without")


async def _watch(session: Session) -> None:
    """Have the client tell of changes on disk; a refusal leaves the engine's own watching."""
    options = lsp.DidChangeWatchedFilesRegistrationOptions(
        watchers=[lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
    )
    registration = lsp.Registration(
        id="cppls/watch", method=lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
    )
    try:
        await session.server.client_register_capability_async(
            lsp.RegistrationParams(registrations=[registration])
        )
    except JsonRpcException as error:
        session.explain(f"the client does not watch files: {error}")


def _complain(session: Session) -> None:
    for complaint in session.complaints:
        session.say(lsp.MessageType.Warning, complaint, show=True)
    session.complaints.clear()


def _configure(session: Session, options: Any) -> None:
    settings, problems = overlay(session.base_settings, options)
    for problem in problems:
        if problem not in session.told:
            session.told.add(problem)
            session.say(lsp.MessageType.Warning, problem, show=True)
    pushed = settings.compilation_database_changes
    session.base_settings = replace(session.base_settings, compilation_database_changes=pushed)
    session.configure(settings)


async def _pull_configuration(session: Session) -> None:
    items = [lsp.ConfigurationItem(section=SECTION)]
    try:
        answers: Sequence[Any] = await session.server.workspace_configuration_async(
            lsp.ConfigurationParams(items=items)
        )
    except JsonRpcException as error:
        session.say(lsp.MessageType.Warning, f"the client gave no settings: {error}")
        return
    _configure(session, answers[0] if answers else None)


def _folders(session: Session, params: lsp.InitializeParams) -> list[str]:
    """The folders to serve, by the newest form in which the client names any."""
    if params.workspace_folders:
        return _existing(session, [folder.uri for folder in params.workspace_folders])
    if params.root_uri:
        return _existing(session, [params.root_uri])
    if params.root_path and os.path.isdir(params.root_path):
        return [os.path.abspath(params.root_path)]
    return []


def _existing(session: Session, uris: Sequence[str]) -> list[str]:
    folders: list[str] = []
    for uri in uris:
        path = folder_path(uri)
        if path is not None:
            folders.append(path)
        else:
            session.complaints.append(f"{uri} is not a folder on this machine: it is not served")
    return folders
