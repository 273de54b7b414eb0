"""An index worker that answers from a recording, after a time that it only waits.

Run by ``benchmarks.many_cores`` as many times as a large machine has cores: a process that sleeps
takes none of this one's. It speaks ``core/messages.py``; what it answers is what a real worker once
answered for the same file.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import zlib
from pathlib import Path
from typing import Final

import msgspec

from cppls.core import system
from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import IndexJob, IndexResult, Started, Trim, Trimmed, WorkerRequest

PEAK: Final = 64 << 20
"""Bytes that each answer says the file took: as much as a small share."""


def recording_of(folder: Path, source: bytes) -> Path:
    """Where the answer for ``source`` lies in a folder of recordings."""
    return folder / hashlib.blake2b(source, digest_size=16).hexdigest()


def parse_seconds(source: bytes, mean: float) -> float:
    """How long a file takes: between half of the mean and one and a half, always the same."""
    return mean * (0.5 + zlib.crc32(source) / (1 << 32))


def main() -> None:
    """Serve until stdin ends: ``python -m benchmarks.simulated_worker FOLDER MEAN-SECONDS``."""
    folder, mean = Path(sys.argv[1]), float(sys.argv[2])
    requests, replies = system.take_stdio()
    write_frame(replies, Started(os.getpid(), "simulated"))
    decoder = msgspec.msgpack.Decoder(WorkerRequest)
    results = msgspec.msgpack.Decoder(IndexResult)
    while (body := read_frame(requests)) is not None:
        request = decoder.decode(body)
        if isinstance(request, IndexJob):
            due = time.monotonic() + parse_seconds(request.path, mean)
            recorded = results.decode(recording_of(folder, request.path).read_bytes())
            result = msgspec.structs.replace(recorded, id=request.id, peak_rss=PEAK)
            time.sleep(max(due - time.monotonic(), 0))
            write_frame(replies, result)
        elif isinstance(request, Trim):
            write_frame(replies, Trimmed(PEAK, PEAK))


if __name__ == "__main__":
    main()
