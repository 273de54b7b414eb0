"""Memory as a client sees it: status, clangd's tree, notifications, commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.engine.engine import Engine
from cppls.lsp.memory import joined
from tests.lsp.fake_server import FakeEngine
from tests.lsp.raw import RawClient


def adds_up(tree: Any) -> None:
    """Every node's total is its own part and its children's totals."""
    children = [node for name, node in tree.items() if not name.startswith("_")]
    assert tree["_total"] == tree["_self"] + sum(child["_total"] for child in children)
    for child in children:
        adds_up(child)


async def test_commands_reach_every_project_and_answer_how_many(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        result = await client.initialize(str(tmp_path))
        assert result["capabilities"]["executeCommandProvider"]["commands"] == [
            "cppls.spill",
            "cppls.warm",
            "cppls.pauseIndexing",
            "cppls.resumeIndexing",
        ]
        client.open((tmp_path / "a.cpp").as_uri(), "int a;")
        command = "workspace/executeCommand"
        assert await client.ask(command, {"command": "cppls.spill"}) == 1
        assert await client.ask(command, {"command": "cppls.warm", "arguments": ["open"]}) == 1
        assert await client.ask(command, {"command": "cppls.warm"}) == 1
        assert await client.ask(command, {"command": "cppls.pauseIndexing"}) is None
        assert await client.ask(command, {"command": "cppls.resumeIndexing"}) is None
        told = (await client.engine_status())["told"].splitlines()
        assert told == ["spill", "warm open", "warm all", "pause", "resume"]
        await client.finish()


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"command": "cppls.nothing"}, "no such command"),
        ({"command": "cppls.warm", "arguments": ["hot"]}, "one of all, open, recent"),
    ],
)
async def test_a_command_that_makes_no_sense_is_refused_with_the_reason(
    params: Any, reason: str, tmp_path: Path
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        answer = await client.answer(client.request("workspace/executeCommand", params))
        assert answer["error"]["code"] == -32602
        assert reason in answer["error"]["message"]
        await client.finish()


async def test_status_says_for_each_project_what_it_takes_and_what_costs(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path))
        _ = await client.engine_status()
        (memory,) = (await client.ask("cppls/status"))["memory"]
        assert memory["root"] == str(tmp_path)
        assert (memory["budget"], memory["health"]) == (512 << 20, "ok")
        assert memory["quarantined"] == memory["costliest"] == []
        await client.finish()


async def test_a_client_that_asks_is_told_of_memory_once_while_it_stays_the_same(
    tmp_path: Path,
) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        options = {"memoryNotifications": True, "jobs": 1}
        _ = await client.initialize(str(tmp_path), initializationOptions=options)
        told = await client.told("cppls/memory")
        assert (told["root"], told["now"]) == (str(tmp_path), 100 << 20)
        assert (await client.engine_status())["jobs"] == 1
        await client.finish()


async def test_a_client_that_does_not_ask_is_told_nothing_of_memory(tmp_path: Path) -> None:
    async with await RawClient.inside(FakeEngine) as client:
        _ = await client.initialize(str(tmp_path), initializationOptions={})
        _ = await client.engine_status()
        await client.finish()


def test_projects_that_share_a_server_share_its_memory() -> None:
    def node(size: int) -> Statistics:
        return {"_self": size, "_total": size}

    one: Statistics = {"_self": 0, "_total": 101, "server 1": node(50)}
    one |= {"document host 2": node(30), "other 3": node(20), "other 4": node(1)}
    two: Statistics = {"_self": 0, "_total": 101, "server 1": node(50)}
    two |= {"other 2": node(30), "index worker 3": node(20), "other 4": node(1)}
    tree = joined({"/one": one, "/two": two})
    adds_up(tree)
    assert (tree["_self"], tree["_total"]) == (1, 101)
    assert tree["server 1"] == node(50)
    assert tree["/one"] == {"_self": 0, "_total": 30, "document host 2": node(30)}
    assert tree["/two"] == {"_self": 0, "_total": 20, "index worker 3": node(20)}
    assert joined({})["_total"] == 0


async def test_memory_usage_has_clangds_shape_and_real_figures(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("int a;\n")
    (tmp_path / "compile_flags.txt").write_text("-std=c++17\n")

    def make(root: str, settings: Settings) -> Engine:
        settings.cache_dir = str(tmp_path / "cache")
        return Engine(root, settings)

    async with await RawClient.inside(make) as client:
        _ = await client.initialize(str(tmp_path))
        uri = (tmp_path / "a.cpp").as_uri()
        client.open(uri, "int a;\n")
        while (await client.told("textDocument/publishDiagnostics"))["uri"] != uri:
            pass
        tree = await client.ask("$/memoryUsage")
        adds_up(tree)
        assert tree["_total"] > 20 << 20
        (host,) = [node for name, node in tree.items() if name.startswith("document host")]
        assert host[str(tmp_path / "a.cpp")]["_total"] > 0
        status = await client.ask("cppls/status")
        (memory,) = status["memory"]
        roles = {process["role"]: process for process in memory["processes"]}
        assert roles["document host"]["file"] == str(tmp_path / "a.cpp")
        assert memory["documents"]["entries"] == 1
        assert memory["now"] <= memory["budget"]
        client.allowed |= {"window/logMessage", "window/showMessage"}
        await client.finish()
