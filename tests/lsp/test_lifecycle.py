"""From ``initialize`` to the end of the process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import PATIENCE, RawClient, frame

HOVER = {
    "textDocument": {"uri": "file:///a.cpp"},
    "position": {"line": 0, "character": 0},
}


async def test_initialize_is_answered_before_any_engine_exists() -> None:
    def no_engine(root: str, settings: object) -> FakeEngine:
        raise AssertionError(f"an engine for {root} before 'initialized'")

    async with await RawClient.inside(no_engine) as client:
        result = await client.ask(
            "initialize", {"processId": None, "rootUri": "file:///", "capabilities": {}}
        )
        assert result["serverInfo"]["name"] == "cppls"
        announced = result["capabilities"]
        assert announced["textDocumentSync"] == {
            "openClose": True,
            "change": 2,
            "save": {"includeText": False},
        }
        for feature in ("definition", "declaration", "typeDefinition", "implementation", "hover"):
            assert announced[f"{feature}Provider"] is True
        for feature in ("references", "documentHighlight", "documentSymbol"):
            assert announced[f"{feature}Provider"] is True
        assert announced["workspaceSymbolProvider"] == {"resolveProvider": False}
        assert announced["codeActionProvider"] == {
            "codeActionKinds": ["quickfix", "refactor", "source.fixAll", "source.organizeImports"],
            "resolveProvider": True,
        }
        assert announced["workspace"]["workspaceFolders"]["changeNotifications"] is True
        await client.finish()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8", "utf-16", "utf-32"], "utf-8"),
        (["utf-32", "utf-8", "utf-16"], "utf-8"),
        (["utf-32", "utf-16"], "utf-32"),
        (["utf-16"], "utf-16"),
        (["ebcdic"], "utf-16"),
        (None, "utf-16"),
    ],
)
async def test_utf_8_is_chosen_where_it_is_offered(offered: Any, chosen: str) -> None:
    capabilities: dict[str, Any] = {"general": {"positionEncodings": offered}} if offered else {}
    async with await RawClient.inside(FakeEngine) as client:
        result = await client.initialize(capabilities=capabilities)
        assert result["capabilities"]["positionEncoding"] == chosen
        await client.finish()


async def test_before_initialize_requests_are_refused_and_notifications_dropped() -> None:
    async with await RawClient.inside(FakeEngine) as client:
        client.open("file:///a.cpp", "int a;")
        answer = await client.answer(client.request("textDocument/hover", HOVER))
        assert answer["error"]["code"] == -32002
        _ = await client.initialize()
        status = await client.ask("cppls/status")
        assert status["documents"]["open"] == 0
        await client.finish()


async def test_after_shutdown_requests_are_refused() -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize()
        assert await client.ask("shutdown") is None
        answer = await client.answer(client.request("textDocument/hover", HOVER))
        assert answer["error"]["code"] == -32600
        client.notify("exit")
        assert client.server is not None
        assert await client.server == 0


async def test_the_exit_code_is_1_without_shutdown() -> None:
    async with await RawClient.start() as client:
        assert client.process is not None
        _ = await client.initialize()
        client.notify("exit")
        assert await asyncio.wait_for(client.process.wait(), PATIENCE) == 1
        assert await client.stderr() == ""


async def test_the_end_of_input_ends_the_server() -> None:
    async with await RawClient.start() as client:
        assert client.process is not None
        _ = await client.initialize()
        client.end_input()
        assert await asyncio.wait_for(client.process.wait(), PATIENCE) == 1


async def test_the_death_of_the_editor_ends_the_server_even_when_its_pipe_lives_on() -> None:
    editor = await asyncio.create_subprocess_exec("sleep", "600")
    async with await RawClient.start() as client:
        assert client.process is not None
        _ = await client.initialize(processId=editor.pid)
        editor.kill()
        _ = await editor.wait()
        assert await asyncio.wait_for(client.process.wait(), PATIENCE) == 1


async def test_a_stray_print_does_not_break_the_protocol(tmp_path: Path) -> None:
    program = tmp_path / "chatty.py"
    _ = program.write_text(
        "import asyncio, sys\n"
        "from cppls.core.settings import Settings\n"
        "from cppls.lsp.server import serve_stdio\n"
        "from tests.lsp.fake_server import FakeEngine\n"
        "class Chatty(FakeEngine):\n"
        "    async def start(self):\n"
        "        print('Content-Length: 3')\n"
        "        await super().start()\n"
        "sys.exit(asyncio.run(serve_stdio(Settings(), Chatty)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    client = RawClient(process.stdout, process.stdin)
    client.process = process
    async with client:
        _ = await client.initialize(str(tmp_path))
        await client.finish()


async def test_standard_input_that_cannot_be_waited_on_is_a_clear_message(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with empty.open() as stdin:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.lsp.fake_server",
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"must be pipes" in stderr
    assert b"Traceback" not in stderr


async def test_settings_that_are_wrong_are_named_and_the_rest_counts(tmp_path: Path) -> None:
    options = {"jobs": 3, "bachFiles": 2, "diagnosticsDelay": "soon", "batchFiles": 0}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), initializationOptions=options)
        said = {(await client.told("window/showMessage"))["message"] for _ in range(3)}
        assert said == {
            "setting 'bachFiles' is unknown; did you mean 'batchFiles'?",
            "setting 'diagnosticsDelay' is left as it was: Expected `float`, got `str`",
            "setting 'batchFiles' is left as it was: it must be at least 1, not 0",
        }
        assert (await client.engine_status())["jobs"] == 3
        client.allowed.add("window/logMessage")
        await client.finish()


async def test_what_is_wrong_with_settings_is_said_once(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        for jobs in (3, 4):
            change = {"settings": {"cppls": {"jobs": jobs, "jbos": 1}}}
            client.notify("workspace/didChangeConfiguration", change)
        _ = await client.ask("workspace/symbol", {"query": "a"})
        said = await client.told("window/showMessage")
        assert said["message"] == "setting 'jbos' is unknown; did you mean 'jobs'?"
        assert (await client.engine_status())["jobs"] == 4
        client.allowed.add("window/logMessage")
        await client.finish()


async def test_changed_settings_reach_the_engine_and_open_files_stay_open(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), initializationOptions={"jobs": 3})
        path = tmp_path / "a.cpp"
        client.open(path.as_uri(), "int a;")
        change = {"settings": {"cppls": {"jobs": 5}}}
        client.notify("workspace/didChangeConfiguration", change)
        _ = await client.ask("workspace/symbol", {"query": "a"})  # Waits for the new engine.
        engine = await client.engine_status()
        assert (engine["jobs"], engine["texts"]) == (5, {str(path): "int a;"})
        client.notify("workspace/didChangeConfiguration", {"settings": {}})
        _ = await client.ask("workspace/symbol", {"query": "a"})
        assert (await client.engine_status())["jobs"] == 3
        await client.finish()


async def test_a_client_that_sends_no_settings_is_asked_for_them(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(
            str(tmp_path), capabilities={"workspace": {"configuration": True}}
        )
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        question = await client.take(lambda m: m.get("method") == "workspace/configuration")
        assert question["params"]["items"] == [{"section": "cppls"}]
        client.write(frame({"jsonrpc": "2.0", "id": question["id"], "result": [{"jobs": 7}]}))
        _ = await client.ask("cppls/status")
        _ = await client.ask("workspace/symbol", {"query": "a"})
        assert (await client.engine_status())["jobs"] == 7
        await client.finish()


async def test_a_lone_file_finds_its_project_upward(tmp_path: Path) -> None:
    project = tmp_path / "project"
    source = project / "deep" / "down"
    source.mkdir(parents=True)
    (project / "compile_commands.json").touch()
    (project / "deep" / ".git").mkdir()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize()
        client.open((source / "a.cpp").as_uri(), "int a;")
        status = await client.ask("cppls/status")
        assert [folder["root"] for folder in status["workspace"]["folders"]] == [str(project)]
        await client.finish()


async def test_folders_come_and_go_while_files_stay_open(tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    file = inner / "a.cpp"

    async def holders() -> dict[str, int]:
        status = await client.ask("cppls/status")
        folders = status["workspace"]["folders"]
        return {folder["root"]: folder["open_files"] for folder in folders}

    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(
            workspaceFolders=[{"uri": outer.as_uri(), "name": "outer"}],
        )
        client.open(file.as_uri(), "int a;")
        assert await holders() == {str(outer): 1}
        added = {"added": [{"uri": inner.as_uri(), "name": "inner"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": added})
        assert await holders() == {str(outer): 0, str(inner): 1}
        removed = {"added": [], "removed": [{"uri": inner.as_uri(), "name": "inner"}]}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": removed})
        assert await holders() == {str(outer): 1}
        await client.finish()


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path / "gone"))
        assert "gone is not a folder" in (await client.told("window/showMessage"))["message"]
        _ = await client.told("window/logMessage")
        added = {"added": [{"uri": (tmp_path / "far").as_uri(), "name": "far"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": added})
        assert "far is not a folder" in (await client.told("window/showMessage"))["message"]
        _ = await client.told("window/logMessage")
        await client.finish()


async def test_an_engine_that_cannot_start_says_so_and_requests_fail_clearly(
    tmp_path: Path,
) -> None:
    root = tmp_path / "broken"
    root.mkdir()
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(root))
        for way in ("window/logMessage", "window/showMessage"):
            assert "no place for an index" in (await client.told(way))["message"]
        client.open((root / "a.cpp").as_uri(), "int a;")
        asked = {
            "textDocument": {"uri": (root / "a.cpp").as_uri()},
            "position": {"line": 0, "character": 0},
        }
        error = (await client.answer(client.request("textDocument/hover", asked)))["error"]
        assert error["code"] == -32803
        assert "no place for an index" in error["message"]
        await client.finish()


async def test_files_are_watched_by_the_client_that_offers_it(tmp_path: Path) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), capabilities=watching)
        registrations = (await client.told("client/registerCapability"))["registrations"]
        assert [each["method"] for each in registrations] == ["workspace/didChangeWatchedFiles"]
        watchers = registrations[0]["registerOptions"]["watchers"]
        patterns = [each["globPattern"] for each in watchers]
        assert "**/.clangd" in patterns
        assert any({"cppm", "cu", "h"} <= set(each[6:-1].split(",")) for each in patterns)
        changed = tmp_path / "a.h"
        changes = [{"uri": changed.as_uri(), "type": 2}, {"uri": "untitled:x", "type": 1}]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        assert (await client.engine_status())["told"] == f"changed {changed}"
        await client.finish()
