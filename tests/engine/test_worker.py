"""What an index worker is asked: each file with its own arguments, whatever came before."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

import msgspec

from cppls.core.messages import IndexJob, IndexResult, KnownFiles
from cppls.engine.child import Child
from cppls.engine.worker import IndexWorker, Task


class FakeChild:
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.jobs: list[IndexJob] = []
        self._ids = itertools.count()

    def next_id(self) -> int:
        return next(self._ids)

    async def send(self, _: KnownFiles) -> None:
        pass

    async def ask(self, job: IndexJob, _: type[IndexResult]) -> IndexResult:
        self.jobs.append(job)
        return IndexResult(job.id, True, msgspec.Raw(b"\xc0"), "", False, 0.0, 0.0, 0)


async def no_keys() -> bytes:
    return b""


async def test_each_file_is_indexed_with_its_own_arguments() -> None:
    child = FakeChild()
    worker = IndexWorker(cast("Child", child), no_keys)
    flags: list[tuple[Sequence[str], Sequence[str]]] = [
        (("-DA",), ("-x", "c")),
        (("-DA",), ("-x", "c")),
        (("-DB", "-I\udcff"), ("-x", "c")),
        (("-DB", "-I\udcff"), ()),
        (["-DA"], ["-x", "c"]),
    ]
    for arguments, fallback in flags:
        await worker.index(Task("/p/a.c", "/p", arguments, fallback))
    assert [(job.arguments, job.fallback) for job in child.jobs] == [
        ([b"-DA"], [b"-x", b"c"]),
        ([b"-DA"], [b"-x", b"c"]),
        ([b"-DB", b"-I\xff"], [b"-x", b"c"]),
        ([b"-DB", b"-I\xff"], []),
        ([b"-DA"], [b"-x", b"c"]),
    ]
