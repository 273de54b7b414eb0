"""A document host without libclang, which does what the text tells it.

Words in a document: ``@crash`` kills the host while it parses, ``@slow-crash`` after a while;
``@explode`` crashes inside libclang, which the host survives; ``@holds 8`` is a TU of 8 MB;
``@slow`` takes a while, ``@hang`` for ever; ``@warn`` and ``@error`` give diagnostics,
``@nothing`` gives no TU. ``@deadly-question`` kills the host when it is asked something,
``@endless-answer`` keeps it busy with that. Over shared preambles ``@declines`` is none, and
``@crash-over`` kills the host. It logs to ``FAKE_LOG`` as the fake worker does.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time

import msgspec

from cppls.core.frames import read_frame, write_frame
from cppls.core.live_messages import (
    Answered,
    AnyQuestion,
    Ask,
    CloseDocument,
    HostReply,
    HostRequest,
    LiveDiagnostic,
    LiveEdit,
    NoDocument,
    OpenDocument,
    Parse,
    Parsed,
    SetOverlay,
    Suspend,
)
from cppls.core.live_questions import (
    Describe,
    Description,
    Occurrences,
    Outline,
    OutlineItem,
    Spot,
    SymbolAt,
    SymbolsAt,
)
from cppls.core.messages import Started, Trim, Trimmed
from cppls.core.model import Position, Span
from tests.engine.fake_worker import log

_INCLUDE = re.compile(rb'^#include "([^"]+)"', re.MULTILINE)
_START = Span(0, 0, 0, 1)


class Host:
    """The host's documents, overlays and parsed texts."""

    def __init__(self) -> None:
        self.open: set[bytes] = set()
        self.over: set[bytes] = set()
        self.overlays: dict[bytes, bytes] = {}
        self.parsed: dict[bytes, tuple[int, bytes]] = {}
        self.held: dict[bytes, int] = {}

    def answer(self, request: HostRequest) -> HostReply | None:
        """The reply to one request, ``None`` where there is none."""
        if isinstance(request, OpenDocument):
            self.open.add(request.path)
            self.over.discard(request.path)
            if request.preambles:
                self.over.add(request.path)
        elif isinstance(request, CloseDocument):
            self.open.discard(request.path)
            self.parsed.pop(request.path, None)
            self.held.pop(request.path, None)
        elif isinstance(request, SetOverlay):
            if request.text is None:
                self.overlays.pop(request.path, None)
            else:
                self.overlays[request.path] = request.text
        elif isinstance(request, Suspend):
            self.parsed.pop(request.path, None)
            self.held[request.path] = self.held.get(request.path, 0) // 4
        elif isinstance(request, Trim):
            return Trimmed(self.rss(), self.rss(), self.disk())
        elif isinstance(request, Parse):
            return self.parse(request)
        else:
            return self.ask(request)
        return None

    def parse(self, request: Parse) -> Parsed:
        """Do as the text, and the headers it includes, say."""
        text, started = self.text(request.path), time.monotonic()
        declined = b"@declines" in text and request.path in self.over
        if b"@crash-over" in text and request.path in self.over:
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"@slow-crash" in text:
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"@crash" in text.replace(b"@crash-over", b""):
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"@hang" in text:
            time.sleep(3600)
        if b"@slow" in text:
            time.sleep(0.2)
        ok = b"@nothing" not in text and b"@explode" not in text and not declined
        size = re.search(rb"@holds (\d+)", text)
        self.held[request.path] = int(size[1]) << 20 if size else 0
        was_parsed = request.path in self.parsed
        if ok:
            self.parsed[request.path] = (request.version, text)
        folder = os.path.dirname(request.path)
        includes = [os.path.join(folder, name) for name in _INCLUDE.findall(text)]
        diagnostics: list[LiveDiagnostic] = []
        for path in (request.path, *includes):
            if b"@warn" in self.text(path):
                edit = LiveEdit(path, _START, "x")
                diagnostics.append(
                    LiveDiagnostic(
                        path, _START, 2, "unused thing", "-Wunused-variable", "", [], [edit]
                    )
                )
            if b"@error" in self.text(path):
                diagnostics.append(LiveDiagnostic(path, _START, 3, "bad thing", "", "", [], []))
        return Parsed(
            id=request.id,
            path=request.path,
            version=request.version,
            ok=ok,
            message="" if ok else "libclang gave no TU",
            diagnostics=diagnostics,
            inactive=[],
            includes=includes,
            wall_seconds=time.monotonic() - started,
            rss=self.rss(),
            held=self.held[request.path],
            disk=self.disk(),
            crashed=b"@explode" in text,
            declined=declined,
            grew=0 if was_parsed else self.held[request.path],
            include_lines=[number for number, _ in enumerate(includes)],
        )

    def ask(self, request: Ask) -> HostReply:
        """An answer that tells which version it was given from."""
        if request.path not in self.parsed:
            return NoDocument(request.id, "not parsed")
        version, text = self.parsed[request.path]
        if b"@endless-answer" in text:
            time.sleep(3600)
        if b"@deadly-question" in text:
            os.kill(os.getpid(), signal.SIGSEGV)
        answer = msgspec.msgpack.encode(_answer(request.question, request.path, text))
        return Answered(request.id, version, msgspec.Raw(answer))

    def rss(self) -> int:
        """What a host of this kind would take."""
        return (58 << 20) + sum(self.held.values())

    def disk(self) -> int:
        """Preambles four times as large as what is held of them."""
        return 4 * sum(self.held.values())

    def text(self, path: bytes) -> bytes:
        """The overlay, else the file, else nothing."""
        if path in self.overlays:
            return self.overlays[path]
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except OSError:
            return b""


def _answer(question: AnyQuestion, path: bytes, text: bytes) -> object:
    match question:
        case SymbolAt():
            return SymbolsAt(_START, [], b"")
        case Occurrences(symbols):
            return [Spot(0, 0, 1, 4, symbol, 0) for symbol in symbols]
        case Outline():
            return [OutlineItem(text.decode("utf-8", "replace"), "", 2, 0, _START, _START, [])]
        case Describe():
            texts = ("", "", "", text.decode(), "")
            return Description(_START, "x", 2, 0, *texts, -1, -1, -1, "", path, Position(0, 0), "")
        case _:
            raise AssertionError(f"nobody asks a fake host for {type(question).__name__}")


def main() -> None:
    """Serve until stdin ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    decoder = msgspec.msgpack.Decoder(HostRequest)
    host = Host()
    write_frame(stdout, Started(os.getpid(), "fake 22"))
    log("start host")
    while (body := read_frame(stdin)) is not None:
        request = decoder.decode(body)
        path = os.path.basename(os.fsdecode(getattr(request, "path", b"")))
        version = f" {request.version}" if isinstance(request, Parse) else ""
        over = f" over {len(request.preambles)}" if isinstance(request, OpenDocument) else ""
        asked = request.question if isinstance(request, Ask) else request
        log(f"{type(asked).__name__} {path}{version}{over}")
        reply = host.answer(request)
        if reply is not None:
            write_frame(stdout, reply)


if __name__ == "__main__":
    main()
