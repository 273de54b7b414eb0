"""An index worker without libclang, which does what the source text tells it.

It speaks ``core/messages.py`` on stdin and stdout. Words in a source: ``@crash`` kills the worker,
``@crash-once`` only the first one (a mark is left beside the file), ``@hang`` never answers,
``@slow`` takes a while, ``@fail`` gives no shard, ``@starve-once`` runs out of memory at first;
``@costly`` says that it took ten seconds. ``#include "x"`` claims the header beside it.
Over a shared preamble, ``@decline`` does without, ``@die-over`` dies; a preamble whose header says
``@bad`` cannot be built, ``@deadly`` kills, ``@greedy`` runs out of memory once, ``@changed``
(written later) makes it stale.
What it was asked goes, a line each, to the file named by ``FAKE_LOG``.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import zlib
from collections.abc import Iterable

import msgspec

from cppls.core.frames import read_frame, write_frame
from cppls.core.hashing import content_hash
from cppls.core.messages import (
    SHARD_VERSION,
    BuildPreamble,
    FileShard,
    IncludeRecord,
    IndexJob,
    IndexResult,
    KnownFiles,
    PackedFile,
    PreambleBuilt,
    Shard,
    Started,
    SymbolRecord,
    Trim,
    Trimmed,
    WorkerRequest,
)
from cppls.core.packing import pack

_COMMENT = re.compile(rb"//[^\n]*|\s+")
_INCLUDE = re.compile(rb'^#include "([^"]+)"', re.MULTILINE)


def main() -> None:
    """Serve until stdin ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    decoder = msgspec.msgpack.Decoder(WorkerRequest)
    known: set[int] = set()
    write_frame(stdout, Started(os.getpid(), "fake 22"))
    log("start")
    while (body := read_frame(stdin)) is not None:
        request = decoder.decode(body)
        if isinstance(request, KnownFiles):
            if request.forget:
                known.clear()
            keys = memoryview(request.keys).cast("Q")
            known.update(keys)
            log(f"known {len(keys)}{' forget' if request.forget else ''}")
        elif isinstance(request, Trim):
            log("trim")
            write_frame(stdout, Trimmed(1 << 20, 2 << 20))
        elif isinstance(request, BuildPreamble):
            log(f"build {_stem(request.output)}{_over(request.parents)}")
            write_frame(stdout, build(request, known))
        else:
            log(f"job {os.path.basename(os.fsdecode(request.path))}{_over(request.preambles)}")
            write_frame(stdout, index(request, known))


def index(job: IndexJob, known: set[int]) -> IndexResult:
    """Do as the source says."""
    text = _read(job.path)
    if text is None or b"@fail" in text:
        return _result(job, None, "cannot be parsed")
    if b"@crash-once" in text:
        mark = job.path + b".crashed"
        if not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGSEGV)
    elif b"@crash" in text:
        sys.stderr.write("fake: about to crash\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"@hang" in text:
        time.sleep(3600)
    if b"@slow" in text:
        time.sleep(0.2)
    if b"@starve-once" in text:
        _starve_once(job.path + b".starved")
    if job.preambles and b"@die-over" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    facts = [_read(preamble + b".facts") for preamble in job.preambles]
    headers = [line for fact in facts if fact for line in fact.splitlines()]
    stale = None in facts or any(b"@changed" in (_read(path) or b"") for path in headers)
    declined = "it says so" if job.preambles and b"@decline" in text else ""
    held = set[bytes]() if stale or declined else set(headers)
    main = _file(job.path, text)
    targets = [record.target for record in main.includes if record.target not in held]
    files = [main, *_claim(targets, known)]
    result = _result(job, Shard(SHARD_VERSION, files, 0, ""), "")
    cost = 10.0 if b"@costly" in text else result.cpu_seconds
    return msgspec.structs.replace(result, declined=declined, stale=stale, cpu_seconds=cost)


def build(job: BuildPreamble, known: set[int]) -> PreambleBuilt:
    """Precompile: the facts are the headers' paths."""
    headers = re.findall(rb'"([^"]+)"', job.source)
    texts = b"".join(_read(header) or b"" for header in headers)
    if b"@deadly" in texts:
        with open(job.output + b".half", "w"):
            os.kill(os.getpid(), signal.SIGSEGV)
    if b"@greedy" in texts:
        _starve_once(job.output[: job.output.rindex(b"/cache/")] + b"/tried")
    if b"@slow" in texts:
        with open(job.output + b".half", "w"):
            time.sleep(0.5)
        os.remove(job.output + b".half")
    ok = b"@bad" not in texts
    if ok:
        for suffix, text in ((b"", b"precompiled"), (b".facts", b"\n".join(headers))):
            with open(job.output + suffix, "wb") as stream:
                stream.write(text)
    files = _claim(headers, known) if ok else []
    shard = Shard(SHARD_VERSION, files, 0, "") if ok else None
    keys = [_file(header, _read(header) or b"").key for header in headers]
    return PreambleBuilt(
        id=job.id,
        ok=ok,
        shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        message="" if ok else "the header is bad",
        dropped=[],
        files=headers,
        keys=b"".join(key.to_bytes(8, "little") for key in keys),
        size=1 << 20,
        cpu_seconds=0.02,
        wall_seconds=0.02,
        peak_rss=40 << 20,
    )


def _claim(paths: Iterable[bytes], known: set[int]) -> list[PackedFile]:
    files: list[PackedFile] = []
    for path in paths:
        text = _read(path)
        shard = _file(path, text) if text is not None else None
        if shard is not None and shard.key not in known:
            files.append(shard)
            known.add(shard.key)
    return files


def _starve_once(mark: bytes) -> None:
    """Run out of memory unless ``mark`` is there."""
    if not os.path.exists(mark):
        open(mark, "w").close()
        sys.stderr.write("fake: out of memory\n")
        sys.stderr.flush()
        os.abort()


def _stem(path: bytes) -> str:
    return os.path.splitext(os.path.basename(os.fsdecode(path)))[0]


def _over(chain: Iterable[bytes]) -> str:
    return "".join(f" over {_stem(each)}" for each in list(chain)[-1:])


def log(line: str) -> None:
    """Append to the log that the test reads."""
    target = os.environ.get("FAKE_LOG")
    if target:
        with open(target, "a") as stream:
            stream.write(f"{os.getpid()} {line}\n")


def _file(path: bytes, text: bytes) -> PackedFile:
    state = os.stat(path)
    name = os.path.basename(path).decode("utf-8", "replace").replace(".", "_")
    symbol = zlib.crc32(path) + 1
    whole = FileShard(
        path=path,
        key=zlib.crc32(path) << 32 | zlib.crc32(text),
        content_hash=content_hash(text),
        token_hash=content_hash(_COMMENT.sub(b"", text)),
        size=state.st_size,
        mtime_ns=state.st_mtime_ns if state.st_size == len(text) else 0,
        ascii=text.isascii(),
        part=0,
        partial=False,
        branches=b"",
        symbols=[SymbolRecord(symbol, name, "", 2, 1, 0, 0, 1, 0, 0, 0, 1, "()", "")],
        containers=[],
        postings=[(symbol, b"\x00\x00\x01\x03\x00", True)],
        relations=[],
        includes=[
            IncludeRecord(i, 9, 3, False, found.decode(), _beside(path, found))
            for i, found in enumerate(_INCLUDE.findall(text))
        ],
        diagnostics=[],
    )
    return pack(whole)


def _beside(path: bytes, name: bytes) -> bytes:
    target = os.path.join(os.path.dirname(path), name)
    return target if os.path.exists(target) else b""


def _read(path: bytes) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _result(job: IndexJob, shard: Shard | None, message: str) -> IndexResult:
    return IndexResult(
        id=job.id,
        ok=shard is not None,
        shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        message=message,
        used_fallback=False,
        cpu_seconds=0.01,
        wall_seconds=0.01,
        peak_rss=30 << 20,
    )


if __name__ == "__main__":
    main()
