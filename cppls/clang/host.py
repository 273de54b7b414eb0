"""The document host: a child process that holds the live translation units of open files.

Run as ``python -m cppls.clang.host``. It reads frames of ``HostRequest`` from stdin and writes
``HostReply`` frames to stdout. Requests of one document run in the order of their arrival, on
that document's lane (a thread: libclang may use a TU from one thread at a time, and ctypes lets
go of the GIL), so that a slow parse holds up nothing but its own document. The process ends at
the end of stdin and with its parent.

It schedules nothing: which parse is worth doing is the engine's decision. It must not know LSP,
SQLite or asyncio.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from cppls.clang.header_unit import HeaderUnit
from cppls.clang.library import LibraryError
from cppls.clang.live import LiveContext, LiveUnit, NoTranslationUnit
from cppls.clang.preambles import PreambleFolder, folder_bytes
from cppls.core.frames import read_frame, write_frame
from cppls.core.live_completion import Complete
from cppls.core.live_messages import (
    Answered,
    Ask,
    CloseDocument,
    HostReply,
    HostRequest,
    NoDocument,
    OpenDocument,
    Parse,
    Parsed,
    SetOverlay,
    Suspend,
)
from cppls.core.messages import Failed, Started, Trim, Trimmed
from cppls.core.model import Statistics
from cppls.core.system import (
    current_rss,
    die_with_parent,
    limit_to_half_of_memory,
    peak_rss,
    reset_peak_rss,
    take_stdio,
    trim_memory,
)

Overlays: TypeAlias = "Mapping[bytes, bytes]"
DocumentRequest: TypeAlias = OpenDocument | Parse | Ask | Suspend

PREAMBLES: Final = "CPPLS_PREAMBLES"
"""Environment variable: the folder of precompiled preambles; the first argument overrides it."""


class Host:
    """Routes requests to the lanes of their documents. Used from one thread."""

    def __init__(self, context: LiveContext, reply: Callable[[HostReply], None]) -> None:
        self._context = context
        self._reply = reply
        self._lanes: dict[bytes, Lane] = {}
        self._overlays: dict[bytes, bytes] = {}

    def handle(self, request: HostRequest) -> None:
        """Take one request; what it asks for is answered from a lane's thread."""
        match request:
            case SetOverlay(path, text):
                # Lanes keep the mapping that held when their request arrived: replace, not change.
                others = {name: old for name, old in self._overlays.items() if name != path}
                self._overlays = others if text is None else {**others, path: text}
            case CloseDocument(path):
                lane = self._lanes.pop(path, None)
                if lane is not None:
                    lane.close()
            case Trim():
                before = current_rss()
                trim_memory()
                disk = folder_bytes(os.fsdecode(self._context.preambles))
                self._reply(Trimmed(rss=current_rss(), rss_before=before, disk=disk))
            case OpenDocument(path):
                lane = self._lanes.get(path)
                if lane is None:
                    lane = self._lanes[path] = Lane(path, self._context, self._reply)
                lane.put(request, self._overlays)
            case _:
                self._ask(request)

    def statistics(self) -> Statistics:
        """Counts of documents and requests, bytes of overlays and resident memory."""
        return {
            "documents": [lane.statistics() for lane in self._lanes.values()],
            "overlays": len(self._overlays),
            "overlay_bytes": sum(map(len, self._overlays.values())),
            "rss": current_rss(),
        }

    def _ask(self, request: Parse | Ask | Suspend) -> None:
        lane = self._lanes.get(request.path)
        if lane is not None:
            lane.put(request, self._overlays)
        elif not isinstance(request, Suspend):
            self._reply(NoDocument(request.id, f"{os.fsdecode(request.path)} is not open"))


@dataclass(frozen=True, slots=True)
class _Task:
    request: DocumentRequest
    overlays: Overlays


class Lane:
    """One open document: its live TU, and the thread that alone uses it."""

    def __init__(
        self, path: bytes, context: LiveContext, reply: Callable[[HostReply], None]
    ) -> None:
        self._path = path
        self._context = context
        self._reply = reply
        self._unit: LiveUnit | HeaderUnit | None = None
        self._version = 0
        self._done = self._superseded = 0
        self._completion = 0
        """Id of the newest question for completions: older ones are nobody's any more."""
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        # A daemon: at the end of the process nobody waits for a parse.
        threading.Thread(target=self._run, name=os.fsdecode(path), daemon=True).start()

    def put(self, request: DocumentRequest, overlays: Overlays) -> None:
        """Queue a request, to be done with these unsaved texts."""
        if isinstance(request, Ask) and isinstance(request.question, Complete):
            self._completion = request.id
        self._tasks.put(_Task(request, overlays))

    def close(self) -> None:
        """Dispose the TU after what is queued, then end the thread."""
        self._tasks.put(None)

    def statistics(self) -> Statistics:
        """The document's queue and its unit."""
        unit = self._unit
        return {
            "path": os.fsdecode(self._path),
            "version": self._version,
            "queued": self._tasks.qsize(),
            "done": self._done,
            "superseded": self._superseded,
            "unit": None if unit is None else unit.statistics(),
        }

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                self._do(task)
            except Exception:
                # A defect of ours must not leave the question without an answer.
                traceback.print_exc()
                self._refuse(task.request, "the document host failed; see its log")
            self._done += 1
        if self._unit is not None:
            self._unit.close()
        trim_memory()

    def _do(self, task: _Task) -> None:
        match task.request:
            case OpenDocument():
                if self._unit is not None:
                    self._unit.close()
                self._unit = _unit(self._context, task.request)
            case Parse(number, _, version):
                self._parse(number, version, task.overlays)
            case Suspend():
                if self._unit is not None:
                    self._unit.suspend()
                trim_memory()
            case Ask():
                self._reply(self._answer(task.request, task.overlays))

    def _parse(self, number: int, version: int, overlays: Overlays) -> None:
        assert self._unit is not None, "a lane begins with OpenDocument"
        before = current_rss()
        told = not self._unit.parsed and reset_peak_rss()
        report = self._unit.parse(overlays)
        grew = max(peak_rss() - before, 0) if told else 0
        self._version = version
        # Also what the preamble's making took: the figure decides who must give memory back.
        trim_memory()
        parsed = Parsed(
            id=number,
            path=self._path,
            version=version,
            ok=report.ok,
            message=report.message,
            diagnostics=report.diagnostics,
            inactive=report.inactive,
            includes=report.includes,
            include_lines=report.include_lines,
            wall_seconds=report.wall_seconds,
            rss=current_rss(),
            held=self._unit.held,
            disk=folder_bytes(os.fsdecode(self._context.preambles)),
            crashed=report.crashed,
            grew=grew,
            in_context=report.in_context,
            declined=report.declined,
        )
        self._reply(parsed)

    def _answer(self, request: Ask, overlays: Overlays) -> HostReply:
        assert self._unit is not None, "a lane begins with OpenDocument"
        if isinstance(request.question, Complete) and request.id != self._completion:
            self._superseded += 1
            return NoDocument(request.id, "a newer completion was asked for")
        try:
            answer = self._unit.ask(request.question, overlays)
        except NoTranslationUnit as reason:
            return NoDocument(request.id, str(reason))
        return Answered(request.id, self._version, msgspec.Raw(answer))

    def _refuse(self, request: DocumentRequest, message: str) -> None:
        if not isinstance(request, (OpenDocument, Suspend)):
            self._reply(NoDocument(request.id, message))


def _unit(context: LiveContext, opened: OpenDocument) -> LiveUnit | HeaderUnit:
    if opened.before and not opened.preambles:
        return HeaderUnit(
            context,
            opened.path,
            opened.directory,
            opened.arguments,
            opened.fallback,
            opened.before,
            always=opened.behind,
        )
    return LiveUnit(
        context,
        opened.path,
        opened.directory,
        opened.arguments,
        opened.fallback,
        opened.preambles,
    )


def main(arguments: list[str]) -> int:
    """Serve stdin until it ends; 0, or 1 when libclang cannot be used."""
    requests, replies = take_stdio()
    die_with_parent()
    limit_to_half_of_memory()
    writing = threading.Lock()

    def reply(message: HostReply) -> None:
        with writing:
            write_frame(replies, message)

    folder = arguments[0] if arguments else os.environ.get(PREAMBLES, "")
    with PreambleFolder.enter(folder) as preambles:
        try:
            context = LiveContext.open(preambles.path)
        except LibraryError as problem:
            reply(Failed(str(problem)))
            return 1
        reply(Started(os.getpid(), context.version))
        host = Host(context, reply)
        decoder = msgspec.msgpack.Decoder(HostRequest)
        while (frame := read_frame(requests)) is not None:
            try:
                request = decoder.decode(frame)
            except msgspec.DecodeError as problem:
                print(
                    f"cppls document host: a request was not understood: {problem}", file=sys.stderr
                )
                continue
            host.handle(request)
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    # Lanes may be inside a parse: the interpreter's orderly end would wait for the GIL dance and
    # dispose what the system takes back anyway.
    sys.stderr.flush()
    os._exit(status)
