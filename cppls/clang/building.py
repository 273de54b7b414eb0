"""Builds a shared preamble out of the headers of a job that can be precompiled together.

One that has errors or no include guard is left out and the rest tried again. Must not know who
chose the headers, or what becomes of the preamble.
"""

from __future__ import annotations

import contextlib
import os
from typing import Final

import msgspec

from cppls.clang.indexer import BuiltPreamble, IndexSession
from cppls.core.messages import BuildPreamble

ROUNDS: Final = 5
"""The last one must be clean: what four times had something to leave out is not worth more."""


def build_preamble(session: IndexSession, job: BuildPreamble) -> tuple[BuiltPreamble, list[int]]:
    """The preamble, or why there is none; and the 0-based lines that were left out.

    The source stays on disk: libclang wants to see all that a precompiled header was made from.
    """
    lines = job.source.split(b"\n")
    dropped: set[int] = set()
    first = ""
    built = failed("no headers were named")
    for _ in range(ROUNDS):
        left = [b"" if number in dropped else line for number, line in enumerate(lines)]
        problem = "" if any(map(bytes.strip, left)) else "no header is left"
        problem = problem or write_source(job.path, b"\n".join(left))
        if problem:
            built = failed(f"{problem}: {first}" if first else problem)
            break
        built = session.build_preamble(
            job.path, job.directory, job.arguments, job.output, job.parents
        )
        first = first or built.message
        found = set(built.culprits) - dropped
        if not found:
            break
        dropped |= found
    if built.message:
        remove_output(job)
    return built, sorted(dropped)


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


def failed(message: str) -> BuiltPreamble:
    """No preamble."""
    return BuiltPreamble(message, [], [], b"", 0, msgspec.Raw(b"\xc0"))


def remove_output(job: BuildPreamble) -> None:
    """What an earlier job or half a one left under these names."""
    for name in (job.output, job.output + b".facts", job.path):
        # Mostly there is nothing; what cannot be removed the next build meets, and says so.
        with contextlib.suppress(OSError):
            os.unlink(name)
