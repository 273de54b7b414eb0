"""From bytes to the client's columns, reading no more than an answer needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cppls.core.model import Location, Span
from cppls.core.text import Encoding, Text
from cppls.lsp import wire
from cppls.lsp.convert import Places, places_of
from tests.lsp.fake_server import FakeSnapshot


class Counting(FakeSnapshot):
    """Counts the questions to the index."""

    def __init__(self) -> None:
        super().__init__({})
        self.queries: list[tuple[Any, ...]] = []

    async def query(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.queries.append(args)
        return await super().query(function, *args, **kwargs)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A file on disk that holds more than ASCII."""
    file = tmp_path / "a.cpp"
    _ = file.write_text("int a;\n/*🙂*/int b;\n")
    return str(file)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 8), ("utf-16", 6), ("utf-32", 5)])
async def test_a_file_on_disk_is_read_once_for_an_answer_and_only_where_units_differ(
    encoding: Encoding, column: int, path: str
) -> None:
    snapshot = Counting()
    places = await places_of(snapshot, encoding, str, {}, [path, path])
    for _ in range(3):
        assert places.position(path, 1, 8) == wire.Position(1, column)
    assert len(snapshot.queries) == (0 if encoding == "utf-8" else 1)


async def test_the_text_that_is_open_comes_before_the_one_on_disk(path: str) -> None:
    snapshot = Counting()
    texts = {path: Text("/*🙂🙂*/int a;\n".encode())}
    places = await places_of(snapshot, "utf-16", str, texts, [path])
    assert places.position(path, 0, 12) == wire.Position(0, 8)
    assert snapshot.queries == []


async def test_a_file_that_vanished_keeps_its_bytes() -> None:
    places = await places_of(Counting(), "utf-16", str, {}, ["/does/not/exist.cpp"])
    assert places.position("/does/not/exist.cpp", 3, 4) == wire.Position(3, 4)


async def test_ten_thousand_locations_leave_room_for_others() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    places = Places("utf-16", lambda path: f"file://{path}")
    found = await places.locations([Location("/a.cpp", Span(n, 0, n, 1)) for n in range(10_000)])
    _ = task.cancel()
    assert [location.range.start.line for location in found] == list(range(10_000))
    assert turns >= 10


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("count", [0, 1, 12_000])
async def test_encoded_locations_are_the_same_in_json(
    encoding: Encoding, count: int, path: str
) -> None:
    places = await places_of(Counting(), encoding, lambda path: f"file://{path}", {}, [path])
    items = [Location(path, Span(1, 8, 1, 8 + number % 5)) for number in range(count)]
    assert bool(places.texts) == (encoding != "utf-8")
    whole = wire.encoder.encode(await places.locations(items))
    assert bytes(await places.encoded(items)) == whole
