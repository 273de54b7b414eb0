"""Tools of the LLVM family as children: clang-format and clang-tidy, one process for each run.

A tool comes from its Python wheel (cppls's extras ``format`` and ``tidy``), or is what the user's
settings or PATH name; nothing that lies in the workspace is run. A run has a limit of memory and of
time, gives way when memory is short, and counts in the budget like every other child. Knows
processes; not what a tool says.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from cppls.core.model import Statistics
from cppls.core.paths import is_within, real_path
from cppls.core.settings import Settings
from cppls.core.system import limit_process, lower_priority_of

ToolName = Literal["clang-format", "clang-tidy"]

_EXTRAS: Final = {"clang-format": "format", "clang-tidy": "tidy"}
_KEPT_STDERR: Final = 2000


class ToolMissing(Exception):
    """The tool is not installed, or may not be run; the text says what to do."""


class ToolFailed(Exception):
    """A run came to nothing; the text says why."""


class Budget(Protocol):
    """What is asked of ``governor.Governor``."""

    def add_cache(self, name: str, shrink: Callable[[], bool]) -> None: ...
    def wake(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What is run, and within what. ``memory``: bytes of private memory; 0: no limit of its own."""

    tool: ToolName
    arguments: Sequence[str]
    stdin: bytes = b""
    seconds: float = 10.0
    memory: int = 0
    in_background: bool = False


class Tools:
    """The tools of one engine. Used from the event loop's thread."""

    def __init__(self, root: str, settings: Settings, budget: Budget) -> None:
        self._root = root
        self._settings = settings
        self._budget = budget
        self._running: dict[int, _Running] = {}
        self._runs = self._failures = 0
        budget.add_cache("tools in the background", self._give_up)

    def find(self, tool: ToolName) -> str:
        """The program. Raises ``ToolMissing``."""
        for find in (self._from_settings, _from_wheel, self._from_path):
            program = find(tool)
            if program:
                return program
        advice = f"pip install 'cppls[{_EXTRAS[tool]}]', or name it in the setting tools"
        raise ToolMissing(f"{tool} is not installed: {advice}")

    async def run(self, run: Run) -> bytes:
        """What it writes to stdout. Raises ``ToolMissing`` and ``ToolFailed``.

        Cancelled, it is killed.
        """
        program = self.find(run.tool)
        self._runs += 1
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *run.arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                # Not the workspace: a tool may look for plugins or settings where it stands.
                cwd=os.path.dirname(program),
            )
        except OSError as error:
            raise ToolMissing(f"{program}: {error.strerror}") from error
        running = self._running[process.pid] = _Running(run, process)
        if run.memory:
            limit_process(process.pid, run.memory)
        if run.in_background:
            lower_priority_of(process.pid)
        self._budget.wake()
        try:
            talk = process.communicate(run.stdin)
            stdout, stderr = await asyncio.wait_for(talk, run.seconds)
        except asyncio.TimeoutError:
            self._failures += 1
            raise ToolFailed(f"{run.tool} did not end within {run.seconds:g} s") from None
        finally:
            running.kill()
            del self._running[process.pid]
            await process.wait()
        if running.gave_way:
            self._failures += 1
            raise ToolFailed(f"{run.tool} was stopped because memory is short")
        # clang-tidy says 1 when it has found an error in the source.
        if process.returncode not in ((0, 1) if run.tool == "clang-tidy" else (0,)):
            self._failures += 1
            said = stderr.decode("utf-8", "replace")[-_KEPT_STDERR:].strip()
            raise ToolFailed(f"{run.tool} failed ({process.returncode}): {said}")
        return stdout

    def roles(self) -> dict[int, str]:
        """Those that run, by pid."""
        return {pid: running.run.tool for pid, running in self._running.items()}

    def statistics(self) -> Statistics:
        """How many run, have run, and came to nothing."""
        return {"running": len(self._running), "runs": self._runs, "failures": self._failures}

    def stop(self) -> None:
        """Kill what runs."""
        for running in self._running.values():
            running.kill()

    def _from_settings(self, tool: ToolName) -> str:
        return self._settings.tools.get(tool, "")

    def _from_path(self, tool: ToolName) -> str:
        """The first of the user's PATH; relative folders and the workspace's own do not count."""
        folders = [
            folder
            for folder in os.environ.get("PATH", "").split(os.pathsep)
            if os.path.isabs(folder) and not is_within(real_path(folder), self._root)
        ]
        program = shutil.which(tool, path=os.pathsep.join(folders))
        return program if program and not is_within(real_path(program), self._root) else ""

    def _give_up(self) -> bool:
        """Memory is short: stop what runs in the background; whether there was anything."""
        stopped = [running for running in self._running.values() if running.run.in_background]
        for running in stopped:
            running.gave_way = True
            running.kill()
        return bool(stopped)


@dataclass(slots=True)
class _Running:
    run: Run
    process: asyncio.subprocess.Process
    gave_way: bool = False

    def kill(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()


def _from_wheel(tool: ToolName) -> str:
    """The program itself, past the wheel's Python script, which takes longer than formatting."""
    package = importlib.util.find_spec(tool.replace("-", "_"))
    for folder in package.submodule_search_locations or () if package is not None else ():
        program = os.path.join(folder, "data", "bin", tool)
        for candidate in (program, f"{program}.exe"):
            if os.access(candidate, os.X_OK):
                return candidate
    return ""
