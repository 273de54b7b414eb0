"""External tools: which program is run, within what, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cppls.core.settings import Settings
from cppls.engine.tools import Run, ToolFailed, ToolMissing, Tools


class Budget:
    """Keeps how memory is got back."""

    def __init__(self) -> None:
        self.shrink: Callable[[], bool] = bool

    def add_cache(self, name: str, shrink: Callable[[], bool]) -> None:
        self.shrink = shrink

    def wake(self) -> None: ...


def script(path: Path, body: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def tools(root: Path, program: str = "") -> tuple[Tools, Budget]:
    budget = Budget()
    named = {"clang-format": program} if program else {}
    return Tools(str(root), Settings(tools=named), budget), budget


async def test_what_a_setting_names_is_run(tmp_path: Path) -> None:
    made, _ = tools(tmp_path, script(tmp_path / "tool", 'echo "$1:"; cat'))
    assert await made.run(Run("clang-format", ["--x"], b"text")) == b"--x:\ntext"
    assert made.statistics() == {"running": 0, "runs": 1, "failures": 0}


async def test_nothing_of_the_workspace_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "workspace"
    script(workspace / "bin" / "clang-tidy", "echo evil")

    def nothing(_: str) -> str:
        return ""

    monkeypatch.setattr("cppls.engine.tools._from_wheel", nothing)
    monkeypatch.setenv("PATH", os.pathsep.join(["bin", str(workspace / "bin"), "."]))
    monkeypatch.chdir(workspace)
    made, _ = tools(workspace)
    with pytest.raises(ToolMissing, match=r"cppls\[tidy\]"):
        await made.run(Run("clang-tidy", []))
    trusted = script(tmp_path / "trusted" / "clang-tidy", "echo good")
    monkeypatch.setenv("PATH", os.path.dirname(trusted))
    assert await made.run(Run("clang-tidy", [])) == b"good\n"


async def test_a_run_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    made, _ = tools(tmp_path, script(tmp_path / "tool", "exec sleep 600"))
    with pytest.raises(ToolFailed, match="did not end"):
        await made.run(Run("clang-format", [], seconds=0.2))
    assert made.roles() == {}


async def test_what_runs_in_the_background_gives_way_when_memory_is_short(tmp_path: Path) -> None:
    made, budget = tools(tmp_path, script(tmp_path / "tool", "exec sleep 600"))
    assert not budget.shrink()
    run = asyncio.ensure_future(made.run(Run("clang-format", [], in_background=True)))
    while not made.roles():
        await asyncio.sleep(0.01)
    assert budget.shrink()
    with pytest.raises(ToolFailed, match="memory is short"):
        await run


async def test_a_run_has_a_limit_of_memory(tmp_path: Path) -> None:
    grow = "exec python3 -c 'b = bytearray(400 << 20)'"
    made, _ = tools(tmp_path, script(tmp_path / "tool", grow))
    with pytest.raises(ToolFailed, match="MemoryError"):
        await made.run(Run("clang-format", [], memory=100 << 20))
