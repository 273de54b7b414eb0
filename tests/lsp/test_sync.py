"""The engine's text is the client's, whatever the client counts in and however it edits."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import RICH, RawClient, frame

ALPHABET = ["a", "b", " ", "\n", "\r\n", "\r", "ß", "漢", "🙂", "\f", "\u2028", "e\u0301", "{"]


def units(text: str, encoding: str) -> int:
    """What a client counts ``text`` as."""
    if encoding == "utf-32":
        return len(text)
    return len(text.encode(encoding + "-le" if encoding == "utf-16" else encoding)) // (
        2 if encoding == "utf-16" else 1
    )


def place(text: str, offset: int, encoding: str) -> dict[str, int]:
    """The position of a code point of ``text``, as LSP counts."""
    before = text[:offset].replace("\r\n", "\n\0").replace("\r", "\n")
    line = before.count("\n")
    start = before.rfind("\n") + 1
    return {"line": line, "character": units(before[start:].replace("\0", ""), encoding)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_a_hundred_random_edits_leave_the_clients_text(encoding: str, tmp_path: Path) -> None:
    chance = random.Random(encoding)
    text = "".join(chance.choices(ALPHABET, k=200))
    uri = (tmp_path / "a.cpp").as_uri()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(
            str(tmp_path), capabilities={"general": {"positionEncodings": [encoding]}}
        )
        client.open(uri, text)
        for version in range(2, 102):
            changes: list[dict[str, Any]] = []
            for _ in range(chance.randint(1, 3)):
                start, end = sorted(chance.choices(range(len(text) + 1), k=2))
                end = min(end, start + 9)
                # A position between "\r" and "\n" does not exist for a client.
                start -= text[start - 1 : start + 1] == "\r\n"
                end += text[end - 1 : end + 1] == "\r\n"
                new = "".join(chance.choices(ALPHABET, k=chance.randint(0, 6)))
                span = {"start": place(text, start, encoding), "end": place(text, end, encoding)}
                changes.append({"range": span, "text": new})
                text = text[:start] + new + text[end:]
            item = {"uri": uri, "version": version}
            client.notify(
                "textDocument/didChange", {"textDocument": item, "contentChanges": changes}
            )
        engine = await client.engine_status()
        assert engine["texts"] == {str(tmp_path / "a.cpp"): text}
        await client.finish()


async def test_a_change_without_a_range_replaces_the_whole_text(tmp_path: Path) -> None:
    uri = (tmp_path / "a.cpp").as_uri()
    start = {"line": 0, "character": 0}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(uri, "old")
        client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": 2},
                "contentChanges": [
                    {"range": {"start": start, "end": start}, "text": "lost "},
                    {"text": "new"},
                    {"range": {"start": start, "end": start}, "text": "brand "},
                ],
            },
        )
        texts = (await client.engine_status())["texts"]
        assert list(texts.values()) == ["brand new"]
        await client.finish()


async def test_positions_out_of_range_mean_the_nearest_that_exists(tmp_path: Path) -> None:
    uri = (tmp_path / "a.cpp").as_uri()
    far = {"line": 2**31 - 1, "character": 2**31 - 1}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(uri, "int a;\n")
        change = {"range": {"start": far, "end": far}, "text": "int b;"}
        client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]},
        )
        assert list((await client.engine_status())["texts"].values()) == ["int a;\nint b;"]
        assert await client.ask(
            "textDocument/hover", {"textDocument": {"uri": uri}, "position": far}
        ) in (None,)
        await client.finish()


async def test_a_file_reached_by_a_link_and_a_strange_name_is_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "with space #1"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    path = folder / "ß%41.cpp"
    _ = path.write_text("int a;\n")
    linked = (tmp_path / "link" / "ß%41.cpp").as_uri()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(linked, "int BAD;\n")
        params = await client.take(lambda m: m.get("method") == "textDocument/publishDiagnostics")
        assert params["params"]["uri"] == linked
        assert list((await client.engine_status())["texts"]) == [str(path)]
        await client.finish()


async def test_a_question_is_about_the_text_as_it_was_when_asked(tmp_path: Path) -> None:
    """The edit that follows in the same packet must not move the asked position."""
    uri = (tmp_path / "a.cpp").as_uri()
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    asked: dict[str, Any] = {
        "textDocument": {"uri": uri},
        "range": whole,
        "context": {"diagnostics": []},
    }
    edit = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "int good;"}]}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=RICH)
        client.open(uri, "int BAD;")
        _ = await client.told("textDocument/publishDiagnostics")
        client.write(
            frame(
                {"jsonrpc": "2.0", "id": 70, "method": "textDocument/codeAction", "params": asked}
            )
            + frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": edit})
        )
        assert (await client.answer(70))["result"] != []
        await client.finish()


async def test_a_document_without_a_file_is_kept_and_goes_to_no_engine(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open("untitled:Untitled-1", "int a;")
        status = await client.ask("cppls/status")
        assert status["documents"]["open"] == 1
        assert status["workspace"]["folders"][0]["open_files"] == 0
        client.notify("textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}})
        await client.finish()
