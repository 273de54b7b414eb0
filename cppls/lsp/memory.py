"""What a client sees of memory and may do about it: status, ``$/memoryUsage``, notifications,
commands.

Knows the engines' facade; neither how memory is measured nor how it is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

from lsprotocol import types as lsp

from cppls.core.model import Statistics
from cppls.lsp.engines import ProjectEngine
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.protocol import Protocol
from cppls.lsp.session import Session
from cppls.lsp.workspace import Workspace

PAUSE: Final = 1.0
"""Seconds between two notifications of memory."""
OPTION: Final = "memoryNotifications"
"""The initialization option with which a client asks for them."""
SPILL: Final = "cppls.spill"
WARM: Final = "cppls.warm"
PAUSE_INDEXING: Final = "cppls.pauseIndexing"
RESUME_INDEXING: Final = "cppls.resumeIndexing"
COMMANDS: Final = (SPILL, WARM, PAUSE_INDEXING, RESUME_INDEXING)

Which: TypeAlias = Literal["all", "open", "recent"]
_WHICH: Final[tuple[Which, ...]] = ("all", "open", "recent")
_NOBODYS: Final = ("_", "other ")
"""How the names of a memory tree begin that are no process of its project."""
_ROUND: Final = 1 << 20
"""Bytes: a smaller change is not worth a notification."""


def status(session: Session, _: Any) -> Awaitable[Statistics]:
    """``cppls/status``: everything that is counted, and for each project what it costs."""
    counted = session.statistics()

    async def answer() -> Statistics:
        memory: list[Statistics] = []
        for folder in session.workspace:
            engine = folder.engine.engine
            if engine is not None:
                costs = await engine.costs()
                memory.append({"root": folder.root, **engine.overview(), **costs})
        return {**counted, "memory": memory}

    return answer()


def memory_usage(session: Session, _: Any) -> Statistics:
    """``$/memoryUsage``, an extension of clangd's: bytes as a tree."""
    trees = {
        folder.root: folder.engine.engine.memory_tree()
        for folder in session.workspace
        if folder.engine.engine is not None
    }
    return next(iter(trees.values())) if len(trees) == 1 else joined(trees)


def joined(trees: Mapping[str, Statistics]) -> Statistics:
    """The memory trees of projects that share a server as one, by their roots.

    Each of them has every process: a project keeps those that are its own, the server stands
    beside the projects, and ``_self`` is what belongs to none.
    """
    parts: Statistics = {}
    for root, tree in trees.items():
        processes = {name: node for name, node in tree.items() if not name.startswith(_NOBODYS)}
        parts |= {name: node for name, node in processes.items() if name.startswith("server ")}
        own = {name: node for name, node in processes.items() if name not in parts}
        parts[root] = {"_self": 0, "_total": sum(map(_total, own.values())), **own}
    known = sum(map(_total, parts.values()))
    total = max(known, *map(_total, trees.values())) if trees else 0
    return {"_self": total - known, "_total": total, **parts}


def execute_command(session: Session, params: lsp.ExecuteCommandParams) -> Awaitable[Any]:
    """``workspace/executeCommand`` for one of :data:`COMMANDS`, in all projects of the client.

    Answers how many documents were put to sleep or are being brought back, else nothing.
    """
    if params.command not in COMMANDS:
        raise RequestError(INVALID_PARAMS, f"{params.command}: cppls has no such command")
    which = _which(params.arguments or ()) if params.command == WARM else "all"

    async def answer() -> int | None:
        done = [
            _execute(await folder.engine.ready(), params.command, which)
            for folder in session.workspace
        ]
        counts = [count for count in done if count is not None]
        return sum(counts) if counts else None

    return answer()


class MemoryReporter:
    """Tells one client of its projects' memory while that changes, as ``cppls/memory``."""

    def __init__(self, protocol: Protocol, workspace: Workspace) -> None:
        self._protocol = protocol
        self._workspace = workspace
        self._told: dict[str, object] = {}
        self._task = asyncio.ensure_future(self._run())

    def close(self) -> None:
        """Tell nothing any more."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            for folder in self._workspace:
                if folder.engine.engine is not None:
                    self._tell(folder.root, folder.engine.engine.overview())
            await asyncio.sleep(PAUSE)

    def _tell(self, root: str, overview: Statistics) -> None:
        short = {name: overview.get(name) for name in ("budget", "health", "paused", "queue")}
        now = int(cast("int", overview.get("now", 0)))
        essence = (short, now // _ROUND)
        if self._told.get(root) != essence:
            self._told[root] = essence
            self._protocol.publish("cppls/memory", {"root": root, **overview})


def _total(node: object) -> int:
    return int(cast("Mapping[str, int]", node)["_total"])


def _which(arguments: Sequence[Any]) -> Which:
    wanted = arguments[0] if arguments else "all"
    for which in _WHICH:
        if wanted == which:
            return which
    raise RequestError(INVALID_PARAMS, f"{WARM}: the argument is one of {', '.join(_WHICH)}")


def _execute(engine: ProjectEngine, command: str, which: Which) -> int | None:
    if command == SPILL:
        return engine.spill()
    if command == WARM:
        return engine.warm(which)
    if command == PAUSE_INDEXING:
        engine.pause()
    else:
        engine.resume()
    return None
