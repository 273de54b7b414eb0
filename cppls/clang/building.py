"""Builds a shared preamble out of the headers of a job that can be precompiled together.

One that has errors or no include guard is left out and the rest tried again. Must not know who
chose the headers, or what becomes of the preamble.
"""

from __future__ import annotations

import contextlib
import os
from typing import Final

from cppls.clang.bindings import Sink
from cppls.clang.indexer import BuiltPreamble, IndexSession
from cppls.core.messages import BuildPreamble, ShardEnd

ROUNDS: Final = 5
"""The last one must be clean: what four times had something to leave out is not worth more."""


def build_preamble(
    session: IndexSession, job: BuildPreamble, sink: Sink
) -> tuple[BuiltPreamble, ShardEnd | None, list[int]]:
    """The preamble, or why there is none; what C says at the end of its headers' shard, which
    ``sink`` takes; the 0-based lines that were left out.

    The source stays on disk: libclang wants to see all that a precompiled header was made from.
    """
    errors: set[int] = set()
    unguarded: set[int] = set()
    first = ""
    built = BuiltPreamble("no headers were named")
    end = None
    place = job.path, job.directory, job.arguments

    def leave_out(tried: BuiltPreamble) -> bool:
        nonlocal first
        first = first or tried.message
        before = len(errors) + len(unguarded)
        errors.update(tried.culprits)
        unguarded.update(set(tried.unguarded) - errors)
        return len(errors) + len(unguarded) > before

    for _ in range(ROUNDS):
        text = without(job.source, errors | unguarded)
        problem = "" if text.strip() else "no header is left"
        problem = problem or write_source(job.path, text)
        if problem:
            built = BuiltPreamble(f"{problem}: {first}" if first else problem)
            break
        built = session.build_preamble(*place, job.output, job.parents)
        if leave_out(built):
            continue
        if not built.message:
            built, end = extract(session, job, built, without(job.source, errors), sink)
        # What went unnoticed until now is wrong inside a function.
        if not built.message or not leave_out(session.build_preamble(*place, b"", job.parents)):
            break
    if built.message:
        remove_files(job.output, job.output + b".facts", job.path)
    return built, end, sorted(errors | unguarded)


def extract(
    session: IndexSession, job: BuildPreamble, built: BuiltPreamble, text: bytes, sink: Sink
) -> tuple[BuiltPreamble, ShardEnd | None]:
    """The shard of the headers that nobody has claimed.

    libclang's indexer gives what it gives for a unit only while it parses, so they are parsed
    again. Those without a guard are among them: what others select of them (``<stddef.h>``, lists
    of macro calls) must not be all that is ever known of them.
    """
    source = job.path + b".index"
    problem = write_source(source, text)
    if problem:
        return BuiltPreamble(problem), None
    indexed = session.index_headers(source, job.directory, job.arguments, job.parents, sink=sink)
    remove_files(source)
    return (built if indexed.end else BuiltPreamble(indexed.message)), indexed.end


def without(source: bytes, lines: set[int]) -> bytes:
    """The source with these lines, by 0-based number, emptied."""
    split = source.split(b"\n")
    return b"\n".join(b"" if number in lines else line for number, line in enumerate(split))


def write_source(path: bytes, text: bytes) -> str:
    """Write the header that includes the others; what went wrong, else empty.

    It is not touched when it holds the text already: the preambles made from it know its time.
    """
    try:
        if os.path.exists(path):
            with open(path, "rb") as file:
                if file.read() == text:
                    return ""
        with open(path, "wb") as file:
            file.write(text)
    except OSError as error:
        return f"{os.fsdecode(path)}: cannot be written: {error.strerror}"
    return ""


def remove_files(*names: bytes) -> None:
    """What cannot be removed the next build meets, and says so; mostly there is nothing."""
    for name in names:
        with contextlib.suppress(OSError):
            os.unlink(name)
