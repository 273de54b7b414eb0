"""What a user is shown of memory: one value from the figures of all parts, and a tree of them.

Only puts together what the parts say; must not measure or decide anything.
"""

from __future__ import annotations

from typing import Final

from cppls.core.model import FileInfo, Statistics
from cppls.engine.governor import Governor
from cppls.engine.live import LiveDocuments
from cppls.engine.readers import Readers
from cppls.engine.scheduler import Scheduler
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader

LISTED: Final = 10
"""The most expensive files, and the files that were set aside, that are named."""
ACTIONS: Final = 10
HOST: Final = "document host"


def overview(
    governor: Governor, live: LiveDocuments, scheduler: Scheduler | None, *, paused: bool
) -> Statistics:
    """Budget, what is taken and by whom, caches, queue, the last relief. Bytes."""
    figures = governor.statistics()
    names = ("budget", "effective_budget", "now", "peak", "available", "health")
    return {
        **{name: figures[name] for name in names},
        "over_budget_samples": governor.over_budget_samples,
        "processes": _processes(governor, live, scheduler),
        "documents": live.memory.statistics(),
        "queue": len(scheduler.queue) if scheduler is not None else 0,
        "workers": {"limit": governor.worker_limit, "waiting": figures["waiting"]},
        "control_group": figures["control_group"],
        "shared_preambles": scheduler.preambles.overview() if scheduler is not None else {},
        "paused": paused,
        "actions": [
            {"time": each.time, "action": each.action, "freed": each.freed}
            for each in governor.relief.history[-ACTIONS:]
        ],
    }


async def costs(readers: Readers) -> Statistics:
    """Files by cost: those that are left alone until they change, and the most expensive ones;
    nothing where the index cannot be read."""
    try:
        return await readers.run(_costs)
    except IndexProblem:
        return {"quarantined": [], "costliest": []}


def memory_tree(governor: Governor, live: LiveDocuments) -> Statistics:
    """Bytes as clangd's ``$/memoryUsage`` gives them: each node has ``_self``, what is its own,
    and ``_total``, with its children; a process's children are the files that it holds."""
    children: Statistics = {}
    for each in governor.memory.processes:
        node: Statistics = {}
        own = each.size
        if each.role == HOST:
            for path, held in live.held().items():
                # What a TU holds is an estimate: the parts never exceed the process.
                part = min(held, own)
                own -= part
                node[path] = {"_self": part, "_total": part}
        children[f"{each.role} {each.pid}"] = {"_self": own, "_total": each.size, **node}
    return {"_self": 0, "_total": governor.memory.total, **children}


def _processes(
    governor: Governor, live: LiveDocuments, scheduler: Scheduler | None
) -> list[Statistics]:
    workers = scheduler.workers() if scheduler is not None else []
    files = {worker.child.pid: worker.current for worker in workers}
    host = live.host()
    if host is not None:
        files[host.pid] = live.visible or ""
    return [
        {
            "role": each.role,
            "pid": each.pid,
            "size": each.size,
            "file": files.get(each.pid, ""),
        }
        for each in governor.memory.processes
    ]


def _costs(reader: Reader) -> Statistics:
    return {
        "quarantined": [_cost(info) for info in reader.set_aside(LISTED)],
        "costliest": [_cost(info) for info in reader.costliest(LISTED)],
    }


def _cost(info: FileInfo) -> Statistics:
    return {
        "path": info.path,
        "peak_rss": info.peak_rss,
        "cpu_seconds": round(info.cpu_seconds, 3),
        "status": info.status.name.lower(),
        "message": info.message,
    }
