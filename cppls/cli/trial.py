"""A trial parse in an index worker of its own, for ``cppls doctor``.

The worker is the one that the server uses, so what fails here fails there. It can crash or hang:
that is an answer, not an error. Must not import libclang or the ``clang/`` package.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Final

import msgspec

from cppls.core.frames import encode_frame, read_frame
from cppls.core.messages import Failed, IndexJob, IndexResult, Shard, Started, WorkerReply
from cppls.core.model import Diagnostic, Severity, Span
from cppls.core.packing import unpacked_diagnostics
from cppls.core.system import import_folder
from cppls.project import Command

TIMEOUT: Final = 120.0
"""Seconds that a trial may take: a heavy file on a slow machine takes half a minute."""


class Trial(msgspec.Struct, frozen=True):
    """How it went. ``libclang`` is its version text; ``failure`` says why there is no result."""

    libclang: str = ""
    failure: str = ""
    parsed: bool = False
    note: str = ""
    """Which flags had to be left out."""
    cpu_seconds: float = 0.0
    peak_rss: int = 0
    errors: tuple[Diagnostic, ...] = ()
    """Those of all files, in the worker's order."""


def run_trial(command: Command | None) -> Trial:
    """Start a worker and, with ``command``, parse that file in it."""
    program = [sys.executable, "-m", "cppls.clang.worker"]
    jobs = encode_frame(_job(command)) if command is not None else b""
    worker = subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=import_folder(),
    )
    try:
        # The worker ends by itself at the end of its input.
        out, err = worker.communicate(jobs, TIMEOUT)
    except subprocess.TimeoutExpired:
        return Trial(failure=f"the worker gave no answer within {TIMEOUT:.0f} s")
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.communicate()
    return _read(io.BytesIO(out), command, worker.returncode, err)


def _job(command: Command) -> IndexJob:
    return IndexJob(
        1,
        os.fsencode(command.path),
        os.fsencode(command.directory),
        [os.fsencode(argument) for argument in command.arguments],
        [os.fsencode(argument) for argument in command.fallback],
    )


def _read(answers: io.BytesIO, command: Command | None, code: int, err: bytes) -> Trial:
    trial = Trial()
    while (frame := read_frame(answers)) is not None:
        match _decode(frame):
            case Started(libclang=version):
                trial = msgspec.structs.replace(trial, libclang=version)
            case Failed(message=message):
                return Trial(failure=message)
            case IndexResult() as result:
                return _with_result(trial, result)
            case _:
                pass
    if command is None and trial.libclang:
        return trial
    said = err.decode("utf-8", "replace").strip().splitlines()
    reason = f"it died with signal {-code}" if code < 0 else f"it ended with {code}"
    tail = f" ({said[-1]})" if said else ""
    doing = f"parsed {command.path}" if command and trial.libclang else "started"
    return msgspec.structs.replace(trial, failure=f"{reason} while it {doing}{tail}")


def _with_result(trial: Trial, result: IndexResult) -> Trial:
    return msgspec.structs.replace(
        trial,
        parsed=result.ok,
        failure="" if result.ok else result.message,
        note=result.message if result.ok else "",
        cpu_seconds=result.cpu_seconds,
        peak_rss=result.peak_rss,
        errors=tuple(_errors(result.shard)) if result.ok else (),
    )


def _errors(raw: msgspec.Raw) -> list[Diagnostic]:
    return [
        Diagnostic(
            os.fsdecode(file.path),
            Span(each.line, each.column, each.end_line, each.end_column),
            Severity(each.severity),
            each.message,
            each.code,
        )
        for file in msgspec.msgpack.decode(raw, type=Shard).files
        for each in unpacked_diagnostics(file.diagnostics)
        if each.severity >= Severity.ERROR
    ]


_decode: Final = msgspec.msgpack.Decoder(WorkerReply).decode
