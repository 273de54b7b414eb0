"""The index worker: a child process that indexes one translation unit at a time.

Run as ``python -m cppls.clang.worker``: frames of ``WorkerRequest`` on stdin, of ``WorkerReply``
on stdout, one blocking loop. It ends with its stdin or its parent. It imports neither asyncio nor
pygls nor SQLite: memory is for libclang.
"""

from __future__ import annotations

import os
import sys
import time
from typing import BinaryIO

import msgspec

from cppls.clang import library
from cppls.clang.building import build_preamble
from cppls.clang.indexer import IndexSession
from cppls.clang.shards import ShardMaker
from cppls.core import system
from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import (
    BuildPreamble,
    Failed,
    IndexJob,
    IndexResult,
    KnownFiles,
    PreambleBuilt,
    Started,
    Trim,
    Trimmed,
    WorkerReply,
    WorkerRequest,
)


def main() -> int:
    """Serve until stdin ends; 1 when no work is possible."""
    requests, replies = system.take_stdio()
    limited = system.limit_to_half_of_memory()  # Until the server grants a job a share.
    for problem in (system.die_with_parent(), system.lower_priority(), limited):
        if problem:
            print(f"cppls worker: {problem}", file=sys.stderr)
    system.use_one_arena()
    try:
        loaded = library.load()
    except library.LibraryError as error:
        write_frame(replies, Failed(message=str(error)))
        return 1
    session = IndexSession(loaded)
    write_frame(replies, Started(pid=os.getpid(), libclang=loaded.version))
    serve(session, requests, replies)
    session.close()
    return 0


def serve(session: IndexSession, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until ``requests`` ends or the server is gone."""
    decoder = msgspec.msgpack.Decoder(WorkerRequest)
    while (body := read_frame(requests)) is not None:
        try:
            reply = answer(session, decoder.decode(body))
            if reply is not None:
                write_frame(replies, reply)
        except msgspec.MsgspecError as error:
            # The server and its workers are of one version: this is a defect, worth a trace.
            print(f"cppls worker: a request was not understood: {error}", file=sys.stderr)
        except BrokenPipeError:
            return


def answer(session: IndexSession, request: WorkerRequest) -> WorkerReply | None:
    """Do what ``request`` asks."""
    match request:
        case IndexJob():
            return run(session, request)
        case BuildPreamble():
            return build(session, request)
        case KnownFiles(keys=keys, forget=forget):
            if forget:
                session.forget()
            session.know(keys)
            return None
        case Trim():
            before = system.current_rss()
            system.trim_memory()
            return Trimmed(rss=system.current_rss(), rss_before=before)


def run(session: IndexSession, job: IndexJob) -> IndexResult:
    """Index one file and measure what it took."""
    if job.memory:
        _limit_memory(job.memory)
    system.reset_peak_rss()
    wall, cpu = time.perf_counter(), system.cpu_seconds()
    maker = ShardMaker(job.spool)
    indexed = session.index(
        job.path, job.directory, job.arguments, job.fallback, job.preambles, sink=maker
    )
    shard = None
    if indexed.end is not None:
        shard = maker.finish(indexed.end)
    return IndexResult(
        id=job.id,
        ok=shard is not None,
        shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        message=indexed.message,
        used_fallback=indexed.used_fallback,
        cpu_seconds=system.cpu_seconds() - cpu,
        wall_seconds=time.perf_counter() - wall,
        peak_rss=system.peak_rss(),
        refused=indexed.refused,
        declined=indexed.declined,
        stale=indexed.stale,
        unwritten=indexed.unwritten,
        spooled=shard.spooled if shard is not None else 0,
    )


def build(session: IndexSession, job: BuildPreamble) -> PreambleBuilt:
    """Build a shared preamble and measure what it took."""
    if job.memory:
        _limit_memory(job.memory)
    system.reset_peak_rss()
    wall, cpu = time.perf_counter(), system.cpu_seconds()
    maker = ShardMaker(job.spool)
    built, end, dropped = build_preamble(session, job, maker)
    shard = None if built.message or end is None else maker.finish(end)
    return PreambleBuilt(
        id=job.id,
        ok=not built.message,
        shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        message=built.message,
        dropped=dropped,
        files=built.files,
        keys=built.keys,
        size=built.size,
        cpu_seconds=system.cpu_seconds() - cpu,
        wall_seconds=time.perf_counter() - wall,
        peak_rss=system.peak_rss(),
        spooled=shard.spooled if shard is not None else 0,
    )


def _limit_memory(size: int) -> None:
    """The share that the server granted for this job. What cannot be limited the server watches."""
    problem = system.limit_private_memory(size)
    if problem:
        print(f"cppls worker: {problem}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
