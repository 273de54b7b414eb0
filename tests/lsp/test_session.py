"""What a client is told while it works: progress, diagnostics, errors, other clients' edits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import PATIENCE, RICH, RawClient

DIAGNOSTICS = "textDocument/publishDiagnostics"


def at(path: Path, line: int = 0, character: int = 0) -> dict[str, Any]:
    """The parameters of a question about a place."""
    return {
        "textDocument": {"uri": path.as_uri()},
        "position": {"line": line, "character": character},
    }


def fixes_in_line_1(path: Path) -> dict[str, Any]:
    """The parameters of a question for the fixes of a file's first line."""
    line = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 9}}
    return {**at(path), "range": line, "context": {"diagnostics": []}}


async def test_indexing_is_shown_from_begin_to_end_with_a_fresh_token(tmp_path: Path) -> None:
    root = tmp_path / "busy"
    root.mkdir()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(root), capabilities={"window": {"workDoneProgress": True}})
        token = (await client.told("window/workDoneProgress/create"))["token"]
        begin = await client.told("$/progress")
        assert begin["token"] == token
        assert begin["value"]["kind"] == "begin"
        assert begin["value"]["title"] == "Indexing busy"
        assert (await client.told("$/progress"))["value"] == {
            "kind": "report",
            "message": "3/3 2.cpp",
            "percentage": 100,
        }
        while (value := (await client.told("$/progress"))["value"])["kind"] != "end":
            assert value["percentage"] == 100
        states = [await client.told("cppls/state")]
        while states[-1]["state"] != "idle":
            states.append(await client.told("cppls/state"))
        assert [state["state"] for state in states][:2] == ["ready", "indexing"]
        assert {"state": "indexing", "done": 3, "total": 3} in states
        await client.finish()


async def test_a_client_without_progress_hears_of_states_only(tmp_path: Path) -> None:
    root = tmp_path / "busy"
    root.mkdir()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(root))
        while (await client.told("cppls/state"))["state"] != "idle":
            pass
        await client.finish()


async def test_a_cancelled_request_stops_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "slow.cpp"
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "int a;")
        request = client.request("textDocument/hover", at(path))
        assert (await client.ask("cppls/status"))["messages"]["pending"] == 1
        client.notify("$/cancelRequest", {"id": request})
        assert (await client.answer(request))["error"]["code"] == -32800
        assert (await client.ask("cppls/status"))["messages"]["pending"] == 0
        await client.finish()


async def test_shutdown_cancels_what_is_still_asked(tmp_path: Path) -> None:
    path = tmp_path / "slow.cpp"
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "int a;")
        request = client.request("textDocument/hover", at(path))
        assert await client.ask("shutdown") is None
        assert (await client.answer(request))["error"]["code"] == -32800
        client.notify("exit")
        assert client.server is not None
        assert await client.server == 0


async def test_a_defect_is_one_line_for_the_user_and_the_server_lives(tmp_path: Path) -> None:
    path = tmp_path / "crash.cpp"
    async with await RawClient.start() as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "int a;")
        error = (await client.answer(client.request("textDocument/hover", at(path))))["error"]
        assert error == {
            "code": -32603,
            "message": "textDocument/hover: ZeroDivisionError: a defect in cppls",
        }
        message = (await client.told("window/logMessage"))["message"]
        assert message == "textDocument/hover failed: ZeroDivisionError: a defect in cppls"
        await client.finish()
        assert await client.stderr() == ""


async def test_the_trace_tells_why_an_answer_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "int a;")
        assert await client.ask("textDocument/definition", at(path)) == []
        client.notify("$/setTrace", {"value": "messages"})
        assert await client.ask("textDocument/definition", at(path)) == []
        assert (await client.told("$/logTrace"))["message"]
        await client.finish()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_a_diagnostic_carries_all_that_the_client_can_show(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.cpp"
    capabilities = {**RICH, "general": {"positionEncodings": [encoding]}}
    start = {"utf-8": 8, "utf-16": 6, "utf-32": 5}[encoding]
    span = {"start": {"line": 1, "character": start}, "end": {"line": 1, "character": start + 3}}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=capabilities)
        client.open(path.as_uri(), "\n/*🙂*/BAD;", version=41)
        published = await client.told(DIAGNOSTICS)
        assert published == {
            "uri": path.as_uri(),
            "version": 41,
            "diagnostics": [
                {
                    "range": span,
                    "message": "this is bad",
                    "severity": 2,
                    "source": "clang",
                    "code": "-Wbad",
                    "codeDescription": {
                        "href": "https://clang.llvm.org/docs/DiagnosticsReference.html#wbad"
                    },
                    "tags": [2],
                    "relatedInformation": [
                        {
                            "location": {"uri": path.as_uri(), "range": span},
                            "message": "because it is",
                        }
                    ],
                }
            ],
        }
        asked = {
            "textDocument": {"uri": path.as_uri()},
            "range": span,
            "context": {"diagnostics": published["diagnostics"]},
        }
        (action,) = await client.ask("textDocument/codeAction", asked)
        assert action["title"] == "change BAD to GOOD"
        assert action["edit"] == {"changes": {path.as_uri(): [{"range": span, "newText": "GOOD"}]}}
        assert action["diagnostics"] == published["diagnostics"]
        client.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
        assert (await client.told(DIAGNOSTICS))["diagnostics"] == []
        await client.finish()


async def test_fixes_of_an_older_text_are_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    asked = fixes_in_line_1(path)
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=RICH)
        client.open(path.as_uri(), "BAD")
        assert (await client.told(DIAGNOSTICS))["diagnostics"] != []
        assert len(await client.ask("textDocument/codeAction", asked)) == 1
        edit = {"uri": path.as_uri(), "version": 2}
        client.notify(
            "textDocument/didChange",
            {"textDocument": edit, "contentChanges": [{"text": "QUIET BAD"}]},
        )
        assert await client.ask("textDocument/codeAction", asked) == []
        await client.finish()


async def test_a_client_that_knows_commands_only_is_offered_no_fixes(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    asked = fixes_in_line_1(path)
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "BAD")
        assert (await client.told(DIAGNOSTICS))["diagnostics"] != []
        assert await client.ask("textDocument/codeAction", asked) == []
        await client.finish()


async def test_a_plain_client_gets_notes_inside_the_message(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        client.open(path.as_uri(), "BAD")
        (diagnostic,) = (await client.told(DIAGNOSTICS))["diagnostics"]
        assert diagnostic["message"] == "this is bad\nnote: 1: because it is"
        assert set(diagnostic) == {"range", "message", "severity", "source", "code"}
        await client.finish()


async def test_two_clients_share_an_engine_and_one_may_leave() -> None:
    async with await RawClient.start("tests.lsp.fake_server", "--tcp") as server:
        assert server.process is not None
        assert server.process.stderr is not None
        line = (await asyncio.wait_for(server.process.stderr.readline(), PATIENCE)).decode()
        port = int(line.rsplit(":", 1)[1])
        path = Path.cwd() / "shared.cpp"
        async with await RawClient.connect(port) as one, await RawClient.connect(port) as other:
            for client in (one, other):
                _ = await client.initialize(str(Path.cwd()))
            one.open(path.as_uri(), "one", version=5)
            _ = await one.ask("cppls/status")
            other.open(path.as_uri(), "BAD", version=1)
            status = await other.ask("cppls/status")
            assert status["workspace"]["folders"][0]["clients"] == 2
            assert (await other.engine_status())["texts"] == {str(path): "BAD"}
            assert (await other.told(DIAGNOSTICS))["diagnostics"] != []
            other.write(b"Content-Length: 10\r\n\r\n{")  # ... and it dies in mid-sentence.
        async with await RawClient.connect(port) as third:
            _ = await third.initialize(str(Path.cwd()))
            third.open(path.as_uri(), "third")
            assert (await third.engine_status())["texts"] == {str(path): "third"}
            third.allowed.add("window/logMessage")
            await third.finish()


async def test_what_the_other_client_holds_counts_when_one_closes(tmp_path: Path) -> None:
    async with await RawClient.start("tests.lsp.fake_server", "--tcp") as server:
        assert server.process is not None
        assert server.process.stderr is not None
        line = (await asyncio.wait_for(server.process.stderr.readline(), PATIENCE)).decode()
        port = int(line.rsplit(":", 1)[1])
        path = tmp_path / "shared.cpp"
        async with await RawClient.connect(port) as one, await RawClient.connect(port) as other:
            for client, text in ((one, "one"), (other, "other")):
                _ = await client.initialize(str(tmp_path))
                client.open(path.as_uri(), text)
                assert (await client.engine_status())["texts"] == {str(path): text}
            await other.finish()
            while (await one.engine_status())["texts"] != {str(path): "one"}:
                await asyncio.sleep(0.01)
            await one.finish()
