"""Live documents over a real host process that does what the texts tell it (fake_host)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec
import pytest

from cppls.core.live_messages import Parsed, SetOverlay
from cppls.core.live_questions import Describe, Outline, SymbolAt
from cppls.core.model import Position
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.child import Child, ChildDied
from cppls.engine.documents import Document, Documents
from cppls.engine.earlier import EarlierDocument
from cppls.engine.events import Event, Notice
from cppls.engine.gate import Gate
from cppls.engine.live import LiveDocuments
from cppls.engine.patience import Patience
from cppls.engine.questions import LiveDocument
from cppls.engine.worker import Task

HOST = [sys.executable, "-m", "tests.engine.fake_host"]


class World:
    """A folder, the open documents, and their live TUs."""

    def __init__(self, folder: Path, idle_seconds: float = 600) -> None:
        self.folder = folder
        self.gate = Gate()
        self.settings = Settings(diagnostics_delay=0.05)
        self.documents = Documents()
        self.shown: list[tuple[str, int]] = []
        self.left_alone: list[tuple[str, str]] = []
        self.events: list[Event] = []
        self.growths: dict[str, int] = {}
        self.set_asides: list[tuple[int, bool]] = []
        self.broken = False
        self.shared: list[str] = []
        self.share = 0
        self.flags = 1
        self.live = LiveDocuments(
            self,
            self.documents,
            self.gate,
            self.settings,
            self.spawn,
            share=lambda: self.share,
            idle_seconds=idle_seconds,
            quiet_seconds=0.2,
            patience=Patience(outdated=0.5, wanted=2.0, answer=1.0),
        )

    def open(self, name: str, text: str) -> Document:
        document = self.documents.open(self.path(name), Text.of(text), 1)
        self.live.opened(document)
        return document

    def edit(self, name: str, text: str) -> Document:
        version = self.documents.current[self.path(name)].version + 1
        document = self.documents.change(self.path(name), Text.of(text), version)
        assert document is not None
        self.live.changed(document)
        return document

    def close(self, name: str) -> None:
        document = self.documents.close(self.path(name))
        assert document is not None
        self.live.closed(document)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    async def until(self, condition: Callable[[], bool]) -> None:
        async def poll() -> None:
            while not condition():
                await asyncio.sleep(0.01)

        await asyncio.wait_for(poll(), 20)

    async def until_shown(self, name: str, version: int) -> None:
        await self.until(lambda: (name, version) in self.shown)

    async def until_answered(self, document: Document) -> None:
        """A spilled TU comes back soon, not at once."""

        async def ask() -> None:
            while await self.live.read(document) is None:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(ask(), 20)

    async def read(self, document: Document) -> LiveDocument:
        live = await self.live.read(document)
        assert isinstance(live, LiveDocument)
        return live

    def questions(self) -> list[str]:
        lines = (self.folder / "log").read_text().splitlines()
        return [word for line in lines if (word := line.split()[1]) == "Occurrences"]

    def parses(self) -> list[str]:
        return self.told("Parse")

    def told(self, message: str) -> list[str]:
        """The files of each such message to the host."""
        lines = (self.folder / "log").read_text().splitlines()
        return [line.split()[2] for line in lines if line.split()[1] == message]

    def asleep(self) -> dict[str, str]:
        """What was put to sleep last of each file that still sleeps."""
        actions = self.live.memory.statistics()["actions"]
        assert isinstance(actions, list)
        found: dict[str, str] = {}
        for action in actions:
            found[os.path.basename(str(action["file"]))] = str(action["action"])
        return {name: how for name, how in found.items() if self.live.sleeps(self.path(name))}

    # What live documents need of an engine.

    async def spawn(self) -> Child:
        if self.broken:
            raise ChildDied("the document host exited with status 1")
        return await Child.start("document host", HOST)

    async def task(self, path: str) -> Task:
        return Task(path, str(self.folder), [], flags_hash=self.flags)

    async def preambles(self, task: Task) -> Sequence[str]:
        return self.shared if os.path.basename(task.path).startswith("over") else ()

    def last_growth(self, path: str) -> int:
        return self.growths.get(path, 0)

    def set_aside(self, size: int, *, urgent: bool) -> AbstractContextManager[None]:
        self.set_asides.append((size, urgent))
        return nullcontext()

    def parsed(self, document: Document, parsed: Parsed) -> None:
        self.shown.append((os.path.basename(document.path), document.version))

    def not_parsed(self, document: Document, reason: str) -> None:
        self.left_alone.append((os.path.basename(document.path), reason))

    def emit(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    made = World(tmp_path)
    yield made
    await made.live.stop()


async def outline(live: LiveDocument) -> str:
    """The fake host's outline is the text that the TU shows."""
    answer = await live.ask(Outline())
    assert answer is not None
    return answer[0].name


async def test_before_the_first_parse_a_read_does_not_wait(w: World) -> None:
    document = w.open("a.cpp", "@slow")
    assert await w.live.read(document) is None
    await w.until_shown("a.cpp", 1)
    assert await w.live.read(document) is not None


async def test_what_nobody_else_can_answer_waits_for_the_first_parse(w: World) -> None:
    document = w.open("a.cpp", "@slow")
    live = await w.live.read(document, first=True)
    assert isinstance(live, LiveDocument)
    assert await outline(live) == "@slow"


async def test_it_does_not_wait_for_a_parse_that_never_comes(w: World) -> None:
    w.broken = True
    document = w.open("a.cpp", "one")
    assert await asyncio.wait_for(w.live.read(document, first=True), 20) is None


async def test_a_read_sees_exactly_the_edits_before_it(w: World) -> None:
    w.settings.diagnostics_delay = 1000
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    document = w.edit("a.cpp", "two")
    assert await outline(await w.read(document)) == "two"


async def test_a_read_of_a_text_that_was_edited_since_is_left_to_the_index(w: World) -> None:
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    old = w.edit("a.cpp", "@slow two")
    reading = asyncio.ensure_future(w.live.read(old))
    await asyncio.sleep(0)
    w.edit("a.cpp", "three")
    assert await reading is None


async def test_an_answer_from_another_version_is_not_given(w: World) -> None:
    document = w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    live = await w.read(document)
    w.edit("a.cpp", "two")
    await w.until_shown("a.cpp", 2)
    assert await live.ask(SymbolAt(Position(0, 0))) is None


async def typed(w: World) -> Document:
    """A document whose parses are slow, edited at its end a moment ago."""
    w.open("a.cpp", "@slow")
    await w.until_shown("a.cpp", 1)
    w.edit("a.cpp", "@slow one")
    await w.until_shown("a.cpp", 2)
    w.settings.diagnostics_delay = 1000
    return w.edit("a.cpp", "@slow one two")


async def described(live: LiveDocument | EarlierDocument | None, column: int = 0) -> str:
    """The fake host describes a token by the text that the TU shows."""
    assert live is not None
    answer = await live.ask(Describe(Position(0, column)))
    assert answer is not None
    return answer.definition


async def test_a_token_that_was_not_edited_is_described_by_the_tu_of_the_text_before(
    w: World,
) -> None:
    document = await typed(w)
    before = len(w.parses())
    assert await described(await w.live.read(document, exact=False)) == "@slow one"
    assert len(w.parses()) == before, "nobody had to wait for a parse"
    assert w.live.statistics()["earlier_answers"] == 1


async def test_a_token_that_was_edited_waits_for_the_tu_of_its_text(w: World) -> None:
    document = await typed(w)
    live = await w.live.read(document, exact=False)
    assert await described(live, column=11) == "@slow one two"


async def test_lists_come_from_the_exact_text(w: World) -> None:
    document = await typed(w)
    live = await w.live.read(document, exact=False)
    assert live is not None
    found = await live.ask(Outline())
    assert found is not None
    assert found[0].name == "@slow one two"


async def test_while_the_tu_is_parsed_again_a_read_that_need_not_be_exact_waits_a_moment_only(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.live.MOMENT_SECONDS", 0.05)
    document = await typed(w)
    exact = asyncio.ensure_future(w.live.read(document))
    await w.until(lambda: w.live.is_parsing)
    assert await w.live.read(document, exact=False) is None
    assert not exact.done()
    assert await described(await exact) == "@slow one two"


async def test_it_does_not_wait_for_what_libclang_gives_no_tu_of(w: World) -> None:
    document = w.open("a.cpp", "@nothing")
    assert await asyncio.wait_for(w.live.read(document, first=True), 20) is None
    assert await asyncio.wait_for(w.live.read(document, first=True), 20) is None
    edited = w.edit("a.cpp", "int a;")
    live = await w.live.read(edited, first=True)
    assert isinstance(live, LiveDocument)
    assert await outline(live) == "int a;"


async def test_while_what_the_text_includes_is_parsed_again_nobody_waits_who_need_not(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cppls.engine.live.MOMENT_SECONDS", 0.05)
    document = w.open("a.cpp", '#include "h.h"\n@slow')
    await w.until_shown("a.cpp", 1)
    w.live.files_changed([w.path("h.h")])
    await w.until(lambda: w.live.is_parsing)
    assert await w.live.read(document, exact=False) is None
    assert w.live.is_parsing
    assert await w.live.read(document) is not None


async def test_what_is_parsed_in_a_moment_is_exact(w: World) -> None:
    w.settings.diagnostics_delay = 1000
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    document = w.edit("a.cpp", "one two")
    assert await described(await w.live.read(document, exact=False)) == "one two"
    assert w.live.statistics()["earlier_answers"] == 0


async def test_the_newest_edit_wins_and_older_ones_are_not_parsed(w: World) -> None:
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    for text in ("two", "three", "four"):
        w.edit("a.cpp", text)
    await w.until_shown("a.cpp", 4)
    assert w.shown == [("a.cpp", 1), ("a.cpp", 4)]
    assert len(w.parses()) == 2


async def test_a_read_of_what_is_opened_anew_with_other_flags_waits_for_that(w: World) -> None:
    document = w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    w.flags += 1
    w.live.flags_known(await w.task(w.path("a.cpp")))
    assert await outline(await w.read(document)) == "int a;"


async def test_a_parse_shows_the_text_of_its_revision_and_no_newer_one(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    host = w.live.host()
    assert host is not None
    post = host.post

    def edit_behind(message: msgspec.Struct) -> None:
        post(message)
        if message == SetOverlay(os.fsencode(w.path("a.cpp")), b"two"):
            newer = SetOverlay(os.fsencode(w.path("a.cpp")), b"three")
            asyncio.get_running_loop().call_soon(post, newer)

    monkeypatch.setattr(host, "post", edit_behind)
    document = w.edit("a.cpp", "two")
    assert await outline(await w.read(document)) == "two"


async def test_unsaved_text_of_a_header_is_seen_by_the_files_that_include_it(w: World) -> None:
    (w.folder / "h.h").write_text("old")
    w.open("h.h", "old")
    w.open("a.cpp", '#include "h.h"')
    await w.until_shown("a.cpp", 1)
    await w.until_shown("h.h", 1)
    before = len(w.parses())
    w.edit("h.h", "new")
    await w.until(lambda: len(w.parses()) == before + 2)
    assert w.parses()[before:] == ["h.h", "a.cpp"]


async def test_who_has_read_what_is_unsaved_of_a_header_is_not_parsed_again_for_it(
    w: World,
) -> None:
    (w.folder / "h.h").write_text("old")
    w.open("h.h", "old")
    w.open("a.cpp", '#include "h.h"')
    await w.until_shown("a.cpp", 1)
    await w.until_shown("h.h", 1)
    before = len(w.parses())
    w.edit("h.h", "@slow")
    w.edit("a.cpp", '#include "h.h"\nint a;')
    await w.until_shown("a.cpp", 2)
    await w.until_shown("h.h", 2)
    await asyncio.sleep(0.3)
    assert sorted(w.parses()[before:]) == ["a.cpp", "h.h"]


async def test_a_saved_header_has_the_open_files_that_include_it_parsed_again(w: World) -> None:
    (w.folder / "h.h").write_text("old")
    w.open("a.cpp", '#include "h.h"')
    w.open("b.cpp", "int b;")
    await w.until_shown("a.cpp", 1)
    await w.until_shown("b.cpp", 1)
    w.live.files_changed([w.path("h.h")])
    await w.until(lambda: len(w.parses()) == 3)
    assert w.parses()[-1] == "a.cpp"


async def test_after_the_host_died_documents_are_live_again(w: World) -> None:
    document = w.open("a.cpp", "one")
    await w.until_shown("a.cpp", 1)
    host = w.live.host()
    assert host is not None
    os.kill(host.pid, signal.SIGKILL)
    await w.until(lambda: w.shown == [("a.cpp", 1), ("a.cpp", 1)])
    assert await outline(await w.read(document)) == "one"


async def test_a_text_that_killed_two_hosts_is_left_alone_until_it_changes(w: World) -> None:
    w.open("good.cpp", "int good;")
    document = w.open("bad.cpp", "@crash")
    await w.until(lambda: bool(w.left_alone))
    await w.until_shown("good.cpp", 1)
    assert w.left_alone[0][0] == "bad.cpp"
    assert "SIGSEGV" in w.left_alone[0][1]
    assert w.parses().count("bad.cpp") == 2
    assert await w.live.read(document) is None
    w.edit("bad.cpp", "mended")
    await w.until_shown("bad.cpp", 2)


async def test_the_innocent_neighbours_of_a_killer_are_not_blamed(w: World) -> None:
    w.open("bad.cpp", "@slow-crash")
    w.open("a.cpp", "int a;")
    w.open("b.cpp", "int b;")
    await w.until(lambda: bool(w.left_alone))
    await w.until_shown("a.cpp", 1)
    await w.until_shown("b.cpp", 1)
    assert [name for name, _ in w.left_alone] == ["bad.cpp"]


async def test_a_text_that_never_ends_is_left_alone_until_it_changes(w: World) -> None:
    w.open("good.cpp", "int good;")
    await w.until_shown("good.cpp", 1)
    w.open("hang.cpp", "@hang")
    await w.until(lambda: w.left_alone == [("hang.cpp", "it takes longer than 2 s")])
    # The others are live again, in a host that is not busy for ever.
    await w.until(lambda: w.shown.count(("good.cpp", 1)) == 2)
    w.edit("hang.cpp", "int fine;")
    await w.until_shown("hang.cpp", 2)
    assert len(w.left_alone) == 1


@pytest.mark.parametrize("mend", ["edit", "close"])
async def test_a_parse_that_nobody_waits_for_any_more_ends_sooner(w: World, mend: str) -> None:
    w.open("good.cpp", "int good;")
    await w.until_shown("good.cpp", 1)
    w.open("hang.cpp", "@hang")
    await w.until(lambda: "hang.cpp" in w.parses())
    first = w.live.host()
    if mend == "edit":
        w.edit("hang.cpp", "int fine;")
        await w.until_shown("hang.cpp", 2)
    else:
        w.close("hang.cpp")
        await w.until(lambda: w.live.host() not in (None, first))
    await w.until(lambda: w.shown.count(("good.cpp", 1)) == 2)
    assert w.left_alone == []


async def test_a_question_that_kills_is_not_asked_for_ever(w: World) -> None:
    document = w.open("a.cpp", "@deadly-question")
    for round in (1, 2):
        await w.until(lambda round=round: w.shown.count(("a.cpp", 1)) == round)
        live = await w.read(document)
        assert await live.ask(Outline()) is None
    await w.until(lambda: bool(w.left_alone))
    assert await w.live.read(document) is None


async def test_the_least_recently_used_tu_is_suspended_and_comes_back_for_a_read(
    w: World,
) -> None:
    w.settings.live_documents = 1
    first = w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    w.open("b.cpp", "int b;")
    await w.until_shown("b.cpp", 1)
    assert w.asleep() == {"a.cpp": "suspended"}
    assert await outline(await w.read(first)) == "int a;"
    assert w.asleep() == {"b.cpp": "suspended"}


async def test_when_no_host_starts_the_user_is_told_once(w: World) -> None:
    w.broken = True
    document = w.open("a.cpp", "int a;")
    w.open("b.cpp", "int b;")
    await w.until(lambda: bool(w.events))
    await asyncio.sleep(0.1)
    assert [type(event) for event in w.events] == [Notice]
    assert await w.live.read(document) is None


async def test_in_a_quiet_moment_a_tu_is_made_ready_for_highlights_once(w: World) -> None:
    w.open("a.cpp", "int a;")
    await w.until(lambda: w.live.statistics()["warmed"] == 1)
    await asyncio.sleep(0.5)
    assert w.questions() == ["Occurrences"]
    w.edit("a.cpp", "int b;")
    await w.until(lambda: w.live.statistics()["warmed"] == 2)


async def test_while_somebody_types_no_highlight_is_made_ready(w: World) -> None:
    w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    for version in range(2, 6):
        w.edit("a.cpp", f"int a{version};")
        await w.until_shown("a.cpp", version)
    assert w.questions() == []


async def test_while_somebody_asks_no_highlight_is_made_ready(w: World) -> None:
    document = w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    for _ in range(10):
        assert await described(await w.live.read(document)) == "int a;"
        await asyncio.sleep(0.05)
    assert w.questions() == []
    await w.until(lambda: w.live.statistics()["warmed"] == 1)


async def test_a_closed_document_is_neither_parsed_nor_read(w: World) -> None:
    document = w.open("a.cpp", "@slow")
    w.close("a.cpp")
    assert await w.live.read(document) is None
    assert w.live.statistics()["documents"] == 0


async def test_a_document_closed_in_the_moment_of_an_edit_leaves_no_lane_behind(w: World) -> None:
    w.open("a.cpp", "int a;")
    await w.until_shown("a.cpp", 1)
    (lane,) = lanes()
    w.edit("a.cpp", "int b;")
    w.close("a.cpp")
    await w.until(lane.done)


def lanes() -> list[asyncio.Task[None]]:
    return [task for task in asyncio.all_tasks() if "Lanes._run" in repr(task)]


async def test_background_jobs_wait_for_the_parse_of_an_open_document(w: World) -> None:
    w.open("a.cpp", "@slow")
    await w.until(lambda: not w.gate.is_open)
    await w.until_shown("a.cpp", 1)
    await w.until(lambda: w.gate.is_open)
