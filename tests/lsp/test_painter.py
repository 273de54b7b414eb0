"""What a client is told of colours without asking, and how long an answer waits for a parse."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
import pytest

from cppls.core.model import Span
from cppls.engine.events import DocumentParsed, DocumentParsing
from cppls.lsp import painter as painting
from cppls.lsp.client import Client
from cppls.lsp.documents import Document, Documents
from cppls.lsp.painter import Painter
from cppls.lsp.protocol import Protocol

TEXT = "#if 0\nint gon\u00e9;\n#endif\n"


class Wire:
    """A connection that remembers what was sent."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.asked: list[str] = []

    def publish(self, method: str, params: msgspec.Struct) -> None:
        self.told.append((method, msgspec.to_builtins(params)))

    def send_request(self, method: str) -> None:
        self.asked.append(method)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture
def painter(wire: Wire, documents: Documents, monkeypatch: pytest.MonkeyPatch) -> Painter:
    monkeypatch.setattr(painting, "REFRESH_PAUSE", 0)
    painter = Painter(cast("Protocol", wire), documents)
    painter.client = Client(inactive_regions=True, refreshes_tokens=True)
    return painter


def opened(documents: Documents, revision: int = 1) -> Document:
    document = documents.open("file:///a.cpp", 7, TEXT)
    document.revision = revision
    return document


def parsed(version: int = 1) -> DocumentParsed:
    return DocumentParsed("/a.cpp", version, [Span(1, 0, 2, 0)])


async def test_inactive_regions_end_with_their_last_line(
    painter: Painter, documents: Documents, wire: Wire
) -> None:
    _ = opened(documents)
    painter.hear(parsed())
    ((method, params),) = wire.told
    assert method == "textDocument/inactiveRegions"
    assert params["textDocument"] == {"uri": "file:///a.cpp", "version": 7}
    (region,) = params["regions"]
    assert (region["start"], region["end"]) == (
        {"line": 1, "character": 0},
        {"line": 1, "character": 9},
    )


async def test_the_status_of_files_is_told_to_who_asked_for_it(
    painter: Painter, documents: Documents, wire: Wire
) -> None:
    painter.client = Client()
    _ = opened(documents)
    painter.hear(DocumentParsing("/a.cpp"))
    assert wire.told == []
    painter.tells_status = True
    painter.hear(DocumentParsing("/a.cpp"))
    painter.hear(parsed())
    assert [params["state"] for _, params in wire.told] == [
        "parsing includes, running Update",
        "idle",
    ]


async def test_the_parse_of_an_edit_is_no_reason_to_ask_again_and_any_other_is(
    painter: Painter, documents: Documents, wire: Wire
) -> None:
    document = opened(documents)
    painter.hear(parsed(1))
    document.revision = 2
    painter.hear(parsed(2))
    await asyncio.sleep(0.01)
    assert wire.asked == []
    painter.hear(parsed(2))
    painter.hear(parsed(2))
    await asyncio.sleep(0.01)
    assert wire.asked == ["workspace/semanticTokens/refresh"]


async def test_a_client_that_cannot_refresh_is_not_asked_to(
    painter: Painter, documents: Documents, wire: Wire
) -> None:
    painter.client = Client()
    _ = opened(documents)
    painter.hear(parsed())
    painter.hear(parsed())
    await asyncio.sleep(0.01)
    assert wire.asked == []


async def test_an_answer_waits_for_the_parse_of_its_text(
    painter: Painter, documents: Documents
) -> None:
    _ = opened(documents)
    waiting = asyncio.ensure_future(painter.parsed("/a.cpp", 1))
    await asyncio.sleep(0)
    assert not waiting.done()
    painter.hear(parsed(1))
    assert await waiting


async def test_an_answer_about_a_closed_document_does_not_wait(
    painter: Painter, documents: Documents
) -> None:
    document = opened(documents)
    waiting = asyncio.ensure_future(painter.parsed("/a.cpp", 1))
    await asyncio.sleep(0)
    _ = documents.close(document.uri)
    painter.closed(document)
    assert not await waiting


async def test_who_waited_in_vain_is_told_to_ask_again(
    painter: Painter, documents: Documents, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painting, "PARSE_SECONDS", 0)
    _ = opened(documents)
    assert not await painter.parsed("/a.cpp", 1)
    painter.hear(parsed(1))
    await asyncio.sleep(0.01)
    assert wire.asked == ["workspace/semanticTokens/refresh"]
    assert painter.statistics()["refreshes"] == 1
