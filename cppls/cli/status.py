"""``cppls status``: what the index on disk holds, what failed, who writes it, who serves it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from cppls.cli.options import Arguments
from cppls.cli.output import CommandError, Exit, Json, emit, megabytes, shown, table
from cppls.cli.places import open_index
from cppls.core.model import FileInfo
from cppls.engine.status_file import running_servers
from cppls.index.errors import IndexProblem
from cppls.index.lock import owner

LISTED: Final = 20
"""Files that failed, at the most."""
COSTLIEST: Final = 10


def run_status(arguments: Arguments) -> int:
    """Print it; the exit code. Raises :class:`CommandError`."""
    index = open_index("", arguments.folder, arguments.cache_dir)
    try:
        with closing(index.reader()) as reader:
            counts = reader.counts()
            failures = reader.failures(LISTED)
            quarantined = reader.set_aside(LISTED)
            costliest = reader.costliest(COSTLIEST)
    except IndexProblem as problem:
        raise CommandError(str(problem), code=Exit.UNAVAILABLE) from problem
    writer = owner(index.folder)
    servers = running_servers(index.folder)
    result: Json = {
        "root": index.root,
        "folder": index.folder,
        "writer_pid": writer,
        "translation_units": counts.translation_units,
        "failed": counts.failed,
        "files": counts.files,
        "symbols": counts.symbols,
        "references": counts.references,
        "index_bytes": counts.index_bytes,
        "failures": [_failure(each) for each in failures],
        "quarantined": [_cost(each) for each in quarantined],
        "costliest": [_cost(each) for each in costliest],
        "servers": servers,
    }
    rows = [
        ["project", index.root],
        ["index", f"{index.folder} ({megabytes(counts.index_bytes)})"],
        ["written by", f"process {writer}" if writer else "nobody now"],
        ["translation units", f"{counts.translation_units} ({counts.failed} failed)"],
        ["files", str(counts.files)],
        ["symbols", str(counts.symbols)],
        ["references", str(counts.references)],
    ]
    lines = table(rows)
    for server in servers:
        lines += ["", *_server_lines(server)]
    if quarantined:
        lines += ["", "set aside until they change:", *_cost_lines(quarantined)]
    if costliest:
        lines += ["", "costliest:", *_cost_lines(costliest)]
    if failures:
        lines += ["", "failed:", *(f"  {shown(f.path)}: {f.message}" for f in failures)]
        if counts.failed > len(failures):
            lines.append(f"  ... {counts.failed - len(failures)} more")
        lines.append("what to do: cppls doctor FILE")
    emit(arguments.json, result, lines)
    return Exit.OK


def _server_lines(server: Json) -> list[str]:
    """A running server: its budget, its processes, what it did last about its memory."""
    now, budget = (megabytes(server.get(name, 0)) for name in ("now", "budget"))
    peak, available = (megabytes(server.get(name, 0)) for name in ("peak", "available"))
    processes = [
        [f"  {each['role']}", str(each["pid"]), megabytes(each["size"]), shown(each["file"])]
        for each in server.get("processes", [])
    ]
    actions = [
        f"  {time.strftime('%H:%M:%S', time.localtime(each['time']))} {each['action']}"
        f" ({megabytes(each['freed'])} freed)"
        for each in server.get("actions", [])
    ]
    paused = ", indexing is paused" if server.get("paused") else ""
    return [
        f"server {server.get('pid')}: {server.get('health', 'unknown')}, {now} of {budget}"
        f" (peak {peak}, {available} available), {server.get('queue', 0)} files wait{paused}",
        *table(processes, right=(1, 2)),
        *_cache_lines(server),
        *_preamble_lines(server),
        *_limit_lines(server),
        *actions,
    ]


def _cache_lines(server: Json) -> list[str]:
    """What open files hold, awake and asleep, and on disk."""
    documents: Json = server.get("documents", {})
    if not documents.get("entries"):
        return []
    held, disk = (megabytes(documents.get(name, 0)) for name in ("bytes", "disk_bytes"))
    return [
        f"  live TUs: {documents['entries']}, {held} ({documents.get('suspended', 0)} suspended,"
        f" {documents.get('spilled', 0)} spilled), {disk} of preambles on disk"
    ]


def _preamble_lines(server: Json) -> list[str]:
    """What was precompiled for many units, and how many were indexed over it."""
    shared: Json = server.get("shared_preambles", {})
    if not shared.get("preambles"):
        return []
    declined = f", {shared['declined']} did without" if shared["declined"] else ""
    return [
        f"  shared preambles: {shared['ready']} of {shared['preambles']} built"
        f" ({shared['build_cpu_seconds']:.1f} s), {megabytes(shared['disk_bytes'])} on disk,"
        f" {shared['units_over']} units indexed over them{declined}"
    ]


def _limit_lines(server: Json) -> list[str]:
    """How many workers may run, and what the kernel adds to their own limits."""
    lines: list[str] = []
    workers: Json = server.get("workers", {})
    if server.get("queue") and workers:
        waiting = f", waiting for memory: {workers['waiting']}" if workers["waiting"] else ""
        lines.append(f"  workers at present: {workers['limit']} at the most{waiting}")
    groups: Json = server.get("control_group", {})
    if groups:
        lines.append(f"  control group: {groups['problem'] or 'holds each child to its share'}")
    return lines


def _cost_lines(files: Sequence[FileInfo]) -> list[str]:
    rows = [
        [f"  {megabytes(each.peak_rss)}", f"{each.cpu_seconds:.1f} s", shown(each.path)]
        for each in files
    ]
    return table(rows, right=(0, 1))


def _failure(file: FileInfo) -> Json:
    return {"path": file.path, "status": file.status.name.lower(), "message": file.message}


def _cost(file: FileInfo) -> Json:
    return {
        "path": file.path,
        "cpu_seconds": round(file.cpu_seconds, 3),
        "peak_memory_bytes": file.peak_rss,
        "errors": file.errors,
        "status": file.status.name.lower(),
    }
