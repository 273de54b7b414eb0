"""The document host as the engine sees it: a process that speaks frames."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import msgspec
import psutil
import pytest

from cppls.clang.preambles import PreambleFolder, sweep
from cppls.core.frames import read_frame, write_frame
from cppls.core.live_completion import Complete
from cppls.core.live_messages import (
    Answered,
    Ask,
    CloseDocument,
    HostReply,
    NoDocument,
    OpenDocument,
    Parse,
    Parsed,
    SetOverlay,
    Suspend,
)
from cppls.core.live_questions import (
    Describe,
    Occurrences,
    Outline,
    Question,
    SymbolAt,
    decode_answer,
)
from cppls.core.messages import Started, Trim, Trimmed
from cppls.core.model import Position

T = TypeVar("T")
DECODER = msgspec.msgpack.Decoder(HostReply)


class HostProcess:
    """A host as a child; replies are asked for by type, in the order they come."""

    def __init__(self, preambles: Path) -> None:
        self.preambles = preambles
        environment = {**os.environ, "CPPLS_PREAMBLES": str(preambles)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cppls.clang.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def send(self, *messages: Any) -> None:
        for message in messages:
            write_frame(cast("BinaryIO", self.process.stdin), message)

    def receive(self, kind: type[T]) -> T:
        frame = read_frame(cast("BinaryIO", self.process.stdout))
        assert frame is not None, "the host ended"
        reply = DECODER.decode(frame)
        assert isinstance(reply, kind), reply
        return reply

    def answer(self, question: Question[T]) -> T:
        """What the next reply says to ``question``."""
        return decode_answer(question, self.receive(Answered).answer)

    def open(self, path: Path, text: str) -> bytes:
        """Write the file, open it, and wait for its first parse."""
        path.write_text(text)
        name = os.fsencode(path)
        self.send(OpenDocument(name, os.fsencode(path.parent), []), Parse(1, name, 1))
        assert self.receive(Parsed).ok
        return name

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=60)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    process = HostProcess(tmp_path / "preambles")
    assert "22" in process.receive(Started).libclang
    yield process
    process.process.kill()
    process.process.wait()


def test_a_document_is_parsed_and_asked(host: HostProcess, tmp_path: Path) -> None:
    name = host.open(tmp_path / "a.cpp", "int v = 1;\nint w = v;\n")
    host.send(
        Ask(2, name, SymbolAt(Position(1, 8))),
        Ask(3, name, Outline()),
        Ask(4, name, Describe(Position(0, 4))),
        Ask(5, name, Describe(Position(0, 3))),
    )
    found = host.receive(Answered)
    (symbol,) = decode_answer(SymbolAt(Position(1, 8)), found.answer).symbols
    assert (found.id, found.version, symbol.name) == (2, 1, "v")
    assert [item.name for item in host.answer(Outline())] == ["v", "w"]
    described = host.answer(Describe(Position(0, 4)))
    assert described is not None
    assert described.type == "int"
    assert host.answer(Describe(Position(0, 3))) is None
    host.send(Ask(6, name, Occurrences([symbol.id])))
    spots = host.answer(Occurrences([symbol.id]))
    assert [(spot.line, spot.column) for spot in spots] == [(0, 4), (1, 8)]


def test_a_question_sees_the_edits_before_it_and_no_later_ones(
    host: HostProcess, tmp_path: Path
) -> None:
    name = host.open(tmp_path / "a.cpp", "int first;\n")
    host.send(
        SetOverlay(name, b"int second;\n"),
        Parse(2, name, 7),
        Ask(3, name, Outline()),
        SetOverlay(name, b"int third;\n"),
        Ask(4, name, Outline()),
        Parse(5, name, 8),
        SetOverlay(name, None),
        Ask(6, name, Outline()),
        Parse(7, name, 9),
        Ask(8, name, Outline()),
    )
    assert (host.receive(Parsed).version, outlined(host)) == (7, (7, ["second"]))
    assert outlined(host) == (7, ["second"])
    assert (host.receive(Parsed).version, outlined(host)) == (8, (8, ["third"]))
    assert (host.receive(Parsed).version, outlined(host)) == (9, (9, ["first"]))


def test_unsaved_text_of_one_file_is_seen_by_another(host: HostProcess, tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("int old;\n")
    name = host.open(tmp_path / "a.cpp", '#include "a.h"\nint v = fresh;\n')
    host.send(SetOverlay(os.fsencode(tmp_path / "a.h"), b"int fresh;\n"), Parse(2, name, 2))
    assert host.receive(Parsed).diagnostics == []


def test_a_slow_parse_holds_up_no_other_document(host: HostProcess, tmp_path: Path) -> None:
    quick = host.open(tmp_path / "quick.cpp", "int v;\n")
    slow = tmp_path / "slow.cpp"
    slow.write_text(
        "constexpr int f(int n) { int s = 0; for (int i = 0; i < n; i++) s ^= i; return s; }\n"
        "static_assert(f(1000000) >= 0);\n"
    )
    name = os.fsencode(slow)
    arguments = [b"-std=c++17", b"-fconstexpr-steps=2147483647"]
    host.send(
        OpenDocument(name, os.fsencode(tmp_path), arguments),
        Parse(10, name, 1),
        Ask(11, quick, Outline()),
    )
    assert host.receive(Answered).id == 11, "answered while the other is being parsed"


def test_an_older_completion_is_not_made_when_a_newer_one_waits(
    host: HostProcess, tmp_path: Path
) -> None:
    text = "".join(f"int name{number} = {number};\n" for number in range(20_000))
    name = host.open(tmp_path / "a.cpp", text)
    typing = text.encode() + b"int f() { return name"
    older = Complete(Position(20_000, 21), typing, 5)
    newer = Complete(Position(20_000, 22), typing + b"1", 5)
    host.send(Parse(2, name, 2), Ask(3, name, older), Ask(4, name, newer))
    assert host.receive(Parsed).version == 2
    assert "newer completion" in host.receive(NoDocument).message
    assert host.answer(newer).items[0].name.startswith("name1")


def test_what_is_not_there_is_said(host: HostProcess, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path / "a.cpp")
    host.send(Ask(1, name, Outline()))
    assert "not open" in host.receive(NoDocument).message
    host.send(
        OpenDocument(name, os.fsencode(tmp_path), []), Ask(2, name, Outline()), Parse(3, name, 1)
    )
    assert "not parsed yet" in host.receive(NoDocument).message
    parsed = host.receive(Parsed)
    assert not parsed.ok
    assert "a.cpp" in parsed.message
    host.send(CloseDocument(name), Ask(4, name, Outline()))
    assert host.receive(NoDocument).id == 4


def test_a_suspended_document_comes_back_with_the_next_parse(
    host: HostProcess, tmp_path: Path
) -> None:
    name = host.open(tmp_path / "a.cpp", "int v;\n")
    host.send(
        Suspend(name), Ask(2, name, Outline()), Parse(3, name, 2), Ask(4, name, Outline()), Trim()
    )
    replies = {type(reply): reply for reply in (host.receive(object) for _ in range(4))}
    assert set(replies) == {NoDocument, Parsed, Answered, Trimmed}
    refusal = replies[NoDocument]
    assert isinstance(refusal, NoDocument)
    assert "suspended" in refusal.message


def test_a_frame_that_is_not_understood_is_passed_over(host: HostProcess, tmp_path: Path) -> None:
    host.send({"type": "no such request"}, [1, 2], Trim())
    assert host.receive(Trimmed).rss > 0


def test_the_host_ends_with_its_input_and_leaves_no_preamble(
    host: HostProcess, tmp_path: Path
) -> None:
    host.open(tmp_path / "a.cpp", "#include <stddef.h>\nint v;\n")
    assert [path for path in host.preambles.rglob("*") if path.is_file()], "a preamble was stored"
    assert host.preambles.stat().st_mode & 0o077 == 0
    assert host.end() == 0
    assert list(host.preambles.iterdir()) == []


def test_preambles_of_a_killed_host_are_swept_by_the_next(
    host: HostProcess, tmp_path: Path
) -> None:
    host.open(tmp_path / "a.cpp", "#include <stddef.h>\nint v;\n")
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    (left,) = host.preambles.iterdir()
    (host.preambles / "not ours").mkdir()
    with PreambleFolder.enter(str(host.preambles)) as own:
        assert not left.exists()
        assert (host.preambles / "not ours").exists()
        assert sweep(str(host.preambles)) == [], "the folder of a living process stays"
        assert os.path.isdir(own.path)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_the_host_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'cppls.clang.host', sys.argv[1]],\n"
            "    stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
            "child.stdout.read(4)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(600)\n",
            str(tmp_path / "preambles"),
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(timeout=60)


def test_the_host_imports_nothing_of_the_server() -> None:
    code = (
        "import sys, cppls.clang.host\n"
        "print([name for name in ('asyncio', 'pygls', 'lsprotocol', 'sqlite3')"
        " if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def outlined(host: HostProcess) -> tuple[int, list[str]]:
    """Version and names of the next reply, an outline."""
    reply = host.receive(Answered)
    items = decode_answer(Outline(), reply.answer)
    return reply.version, [item.name for item in items]


def test_a_full_disk_costs_the_preamble_and_not_the_answers(
    host: HostProcess, tmp_path: Path
) -> None:
    header = tmp_path / "h.h"
    header.write_text("".join(f"int f{number}(int);\n" for number in range(2000)))
    # What a process may write into a file is the room that it finds on the disk.
    resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (4096, 4096))
    name = host.open(tmp_path / "a.cpp", '#include "h.h"\nint x = f7(1);\n')
    host.send(Ask(2, name, SymbolAt(Position(1, 8))))
    found = host.answer(SymbolAt(Position(1, 8)))
    assert [symbol.name for symbol in found.symbols] == ["f7"]
