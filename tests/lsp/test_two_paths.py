"""One file under several URIs: a root that is a link, a link beside the file, a loop of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import RICH, RawClient

BAD, GOOD = "int BAD;", "int good;"


async def diagnosed(client: RawClient) -> tuple[str, int | None, list[str]]:
    """The next diagnostics: URI, version, messages."""
    params = await client.told("textDocument/publishDiagnostics")
    messages = [diagnostic["message"] for diagnostic in params["diagnostics"]]
    return params["uri"], params.get("version"), messages


def edited(uri: str, text: str, version: int) -> dict[str, Any]:
    """The parameters of a didChange that replaces everything."""
    document = {"uri": uri, "version": version}
    return {"textDocument": document, "contentChanges": [{"text": text}]}


def two_uris(folder: Path) -> tuple[str, str]:
    """A source file and a link to it."""
    path, alias = folder / "a.cpp", folder / "alias.cpp"
    _ = path.write_text(BAD)
    alias.symlink_to("a.cpp")
    return path.as_uri(), alias.as_uri()


async def test_diagnostics_come_back_under_every_uri_that_shows_the_text(tmp_path: Path) -> None:
    one, other = two_uris(tmp_path)
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=RICH)
        client.open(one, BAD, version=7)
        assert await diagnosed(client) == (one, 7, ["this is bad"])
        client.open(other, BAD, version=1)
        assert await diagnosed(client) == (one, 7, ["this is bad"])
        assert await diagnosed(client) == (other, 1, ["this is bad"])
        # What one of them edits is what the engine knows; the other keeps what it was told.
        client.notify("textDocument/didChange", edited(one, GOOD, 8))
        assert await diagnosed(client) == (one, 8, [])
        client.notify("textDocument/didChange", edited(other, GOOD, 2))
        both = [await diagnosed(client), await diagnosed(client)]
        assert (one, 8, []) in both
        assert (other, 2, []) in both
        await client.finish()


async def test_closing_one_uri_leaves_the_other_open(tmp_path: Path) -> None:
    one, other = two_uris(tmp_path)
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=RICH)
        client.open(one, GOOD, version=7)
        assert await diagnosed(client) == (one, 7, [])
        client.open(other, BAD, version=1)
        assert await diagnosed(client) == (other, 1, ["this is bad"])
        client.notify("textDocument/didClose", {"textDocument": {"uri": other}})
        # Nothing stays behind under a name that nobody shows, and the first text counts again.
        told = [await diagnosed(client), await diagnosed(client)]
        assert (other, None, []) in told
        assert (one, 7, []) in told
        client.notify("textDocument/didChange", edited(one, BAD, 8))
        assert await diagnosed(client) == (one, 8, ["this is bad"])
        await client.finish()


async def test_a_file_of_a_linked_root_is_diagnosed_under_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "loop").symlink_to(".")
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path / "link"), capabilities=RICH)
        for name in ("a.cpp", "loop/loop/b.cpp"):
            uri = (tmp_path / "link" / name).as_uri()
            client.open(uri, BAD)
            assert await diagnosed(client) == (uri, 1, ["this is bad"])
        await client.finish()
