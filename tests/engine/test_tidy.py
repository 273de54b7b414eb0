"""clang-tidy on open files: the tool itself, over texts that are not saved."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from cppls.core.model import Diagnostic, Span
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine import afterwards
from cppls.engine.afterwards import Afterwards
from cppls.engine.documents import Document, Documents
from cppls.engine.tidy import Checks, Tidy
from cppls.engine.tools import Run, Tools
from cppls.engine.worker import Task
from tests.engine.test_tools import Budget


class Room:
    """So many bytes are free."""

    def __init__(self) -> None:
        self.free = 4 << 30

    def room_alone(self) -> int:
        return self.free

    @contextlib.contextmanager
    def set_aside(self, size: int, *, urgent: bool) -> Generator[None]:
        yield


class World:
    """One document, parsed when the test says so."""

    def __init__(self, root: Path) -> None:
        self.path = str(root / "a.cpp")
        (root / "a.cpp").write_text("what is saved does not count\n")
        self.root = str(root)
        self.config = json.dumps({"Checks": "-*,modernize-use-nullptr"})
        self.room = Room()
        self.shown: list[list[Diagnostic]] = []
        self.complaints: list[str] = []
        self.runs = 0
        self.documents = Documents()
        self._tools = Tools(self.root, Settings(), Budget())
        check = Tidy(Settings(), self.room, self._run, self._checks).check
        self.tidy = Afterwards(check, self._changed, self.complaints.append)
        self.document = self.documents.open(self.path, Text.of(""), 0)

    async def _run(self, run: Run) -> bytes:
        self.runs += 1
        return await self._tools.run(run)

    async def _checks(self, path: str) -> Checks:
        return Checks(self.config, Task(path, self.root, ["-x", "c++"]))

    def _changed(self, path: str) -> None:
        self.shown.append(self.tidy.found(path))

    def parse(self, text: str) -> list[Diagnostic]:
        """A parse of ``text`` has ended: what is found in it at once."""
        document = self.documents.change(self.path, Text.of(text), self.document.version + 1)
        assert document is not None
        self.document: Document = document
        self.tidy.parsed(document)
        return self.tidy.found(self.path)

    async def checked(self, times: int) -> None:
        """Return when so many checks have ended."""
        while self.tidy.statistics()["runs"] != times or self.tidy.statistics()["waiting"]:
            await asyncio.sleep(0.01)

    async def settled(self) -> list[Diagnostic]:
        """What is shown once clang-tidy has had its say."""
        count = len(self.shown)
        while len(self.shown) == count:
            await asyncio.sleep(0.01)
        return self.shown[-1]


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    monkeypatch.setattr(afterwards, "QUIET_SECONDS", 0.01)
    world = World(tmp_path)
    yield world
    world.tidy.stop()


async def test_findings_come_with_their_fixes(w: World) -> None:
    assert w.parse("int *p = 0;\n") == []
    (found,) = await w.settled()
    assert (found.code, found.message) == ("modernize-use-nullptr", "use nullptr")
    assert found.span == Span(0, 9, 0, 10)
    (fix,) = found.fixits
    assert [edit.text for edit in fix.edits] == ["nullptr"]


async def test_what_was_found_stays_where_the_text_is_what_it_was(w: World) -> None:
    w.parse("int *p = 0;\nint *q = 0;\n")
    assert len(await w.settled()) == 2
    moved = w.parse("// new\nint *p = 0;\nint *q = 0;\n")
    assert [each.span.line for each in moved] == [1, 2]
    edited = w.parse("int *p = 0;\nint *q = nullptr;\n")
    assert [each.span for each in edited] == [Span(0, 9, 0, 10)]


async def test_a_file_that_wants_no_checks_costs_nothing(w: World) -> None:
    w.config = ""
    w.parse("int *p = 0;\n")
    await w.checked(1)
    assert (w.runs, w.shown, w.complaints) == (0, [], [])


async def test_each_pause_is_one_run(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "QUIET_SECONDS", 0.1)
    for number in range(20):
        w.parse(f"int *p{number} = 0;\n")
        await asyncio.sleep(0)
    assert len(await w.settled()) == 1
    assert w.runs == 1


async def test_without_room_it_is_said_once(w: World) -> None:
    w.room.free = 10 << 20
    for number, text in enumerate(("int *p = 0;\n", "int *q = 0;\n"), 1):
        w.parse(text)
        await w.checked(number)
    (complaint,) = w.complaints
    assert "memory budget" in complaint
    assert w.runs == 0
