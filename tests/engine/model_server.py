"""An engine in a process of its own, which can be killed at any moment: what the model test tests.

Reads a command a line (JSON), answers each with a line, and ends with its stdin. It is started
ahead of time and waits for ``start``, so that a story need not wait for its imports.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from cppls.core.model import Statistics
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.background import Background
from cppls.engine.engine import Engine
from cppls.engine.events import Event, Notice, Progress

COMMAND: Final = (sys.executable, "-m", "tests.engine.model_server")


class Server:
    """The process, seen from the test."""

    def __init__(self) -> None:
        """Started, and waiting for ``start``."""
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, root: str, cache: str, *, watch: bool) -> None:
        """Serve the project in ``root``."""
        self._ask("start", root, cache, watch)

    def hint(self, paths: Sequence[str]) -> None:
        """Something may have happened to these files."""
        self._ask("hint", *paths)

    def check(self) -> None:
        """Events were lost."""
        self._ask("check")

    def settle(self) -> tuple[int, list[str]]:
        """Return when all is done: units indexed since the last time, notices since the start."""
        indexed, notices = self._ask("settle")
        return indexed, notices

    def open(self, path: str, text: str) -> None:
        """A client opens the file, or edits it, without saving."""
        self._ask("open", path, text)

    def close(self, path: str) -> None:
        """The client closes it."""
        self._ask("close", path)

    def kill_workers(self, after: float) -> int:
        """Kill the index workers that there are so many seconds from now; how many."""
        return self._ask("kill_workers", after)

    def preambles(self) -> Statistics:
        """See ``SharedPreambles.statistics``."""
        return self._ask("preambles")

    def stop(self) -> None:
        """As a user would; returns when it is gone."""
        self._ask("stop")
        self._process.communicate()

    def kill(self) -> None:
        """As a machine without memory would."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, name: str, *arguments: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the server died at {name}: {self._process.wait()}"
        return json.loads(answer)


class _Served:
    """The engine, inside the process."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._indexed = 0
        self._notices: list[str] = []

    async def start(self, root: str, cache: str, watch: bool) -> None:
        self._engine = Engine(root, Settings(cache_dir=cache, jobs=2, memory="1G"))
        self._engine.subscribe(self._hear)
        await self._engine.start(headless=not watch)

    async def hint(self, *paths: str) -> None:
        self.engine.files_changed(paths)

    async def check(self) -> None:
        self.background.check_everything()

    async def settle(self) -> tuple[int, list[str]]:
        await self.background.settled()
        assert not self.background.scheduler.failure, self.background.scheduler.failure
        indexed, self._indexed = self._indexed, 0
        return indexed, self._notices

    async def open(self, path: str, text: str) -> None:
        if path in self.engine.snapshot().open_paths():
            self.engine.change_document(path, Text.of(text), 2)
        else:
            self.engine.open_document(path, Text.of(text), 1)

    async def close(self, path: str) -> None:
        self.engine.close_document(path)

    async def kill_workers(self, after: float) -> int:
        await asyncio.sleep(after)
        pids = [pid for pid, role in self.engine.roles().items() if role == "index worker"]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    async def preambles(self) -> Statistics:
        return self.background.preambles.statistics()

    async def stop(self) -> None:
        await self.engine.stop()

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "start comes first"
        return self._engine

    @property
    def background(self) -> Background:
        assert self.engine.background is not None, "start makes it"
        return self.engine.background

    def _hear(self, event: Event) -> None:
        self._indexed += isinstance(event, Progress)
        if isinstance(event, Notice):
            self._notices.append(event.message)


async def _serve() -> None:
    served, commands = _Served(), asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        name, *arguments = json.loads(line)
        print(json.dumps(await getattr(served, name)(*arguments)), flush=True)
        if name == "stop":
            return


if __name__ == "__main__":
    asyncio.run(_serve())
