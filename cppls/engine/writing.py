"""The writer thread: the one thread that opens, writes and closes the index.

Shards are decoded there, not on the event loop. Knows the index's writer, and neither scheduling
nor what a batch is for.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import msgspec

from cppls.core import system
from cppls.core.model import FileStatus, Statistics
from cppls.engine.worker import Outcome
from cppls.index.errors import IndexProblem
from cppls.index.schema import WRITER_CACHE
from cppls.index.shelf import Content
from cppls.index.store import Index
from cppls.index.writer import Stamp, TranslationUnitResult

T = TypeVar("T")


class IndexWriter:
    """An index that this process writes. Used from the event loop's thread; made by ``open``."""

    def __init__(self, index: Index, thread: ThreadPoolExecutor) -> None:
        self.index = index
        self._thread = thread
        self._epoch = index.writer.claims_epoch
        self._told = len(index.notices)
        self._seconds = 0.0
        self._waiting = 0
        self._has_shrunk = True

    @classmethod
    async def open(cls, folder: str, root: str) -> IndexWriter:
        """Take the index's lock and open it for writing.

        Raises ``IndexLocked`` when another process has it, else ``IndexUnavailable``.
        """
        thread = ThreadPoolExecutor(1, "cppls-writer")
        loop = asyncio.get_running_loop()
        try:
            index = await loop.run_in_executor(thread, _open, folder, root)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(index, thread)

    async def commit(self, batch: Sequence[Outcome]) -> bytes:
        """One transaction; returns the claim keys that are new, packed as in ``KnownFiles``.

        Raises ``IndexProblem`` when nothing was written.
        """
        try:
            return await self._run(lambda: _packed(self.index.writer.commit(_results(batch))))
        finally:
            # What could not be stored is indexed again.
            for outcome in batch:
                if outcome.spooled or outcome.status is not FileStatus.INDEXED:
                    with suppress(OSError):
                        os.remove(outcome.spool)

    def spool(self, path: str) -> str:
        """Where the large shard of a source file lies until it is committed."""
        name = hashlib.blake2b(os.fsencode(path), digest_size=16).hexdigest()
        return os.path.join(_spool_folder(self.index.folder), name)

    async def remove(self, paths: Sequence[str]) -> None:
        """Forget what these files say."""
        await self._run(lambda: self.index.writer.remove(paths))

    async def outdate(self, paths: Sequence[str]) -> None:
        """See ``index.Writer.outdate``."""
        await self._run(lambda: self.index.writer.outdate(paths))

    async def reflag(self, paths: Sequence[str]) -> None:
        """See ``index.Writer.reflag``."""
        await self._run(lambda: self.index.writer.reflag(paths))

    async def restamp(self, stamps: Sequence[Stamp]) -> None:
        """See ``index.Writer.restamp``."""
        await self._run(lambda: self.index.writer.restamp(stamps))

    def newly_stale(self) -> list[str]:
        """See ``index.Writer.newly_stale``."""
        return self.index.writer.newly_stale()

    async def known_keys(self) -> bytes:
        """All claims, packed as in ``KnownFiles``."""
        return await self._run(self.index.writer.known_keys)

    async def take_back(
        self, present: Mapping[str, Content | None], units: Mapping[str, int]
    ) -> set[str]:
        """See ``index.Writer.take_back``."""
        return await self._run(lambda: self.index.writer.take_back(present, units))

    async def tidy(self, shelf_bytes: int, *, at_rest: bool) -> None:
        """See ``index.Writer.tidy``: for idle times.

        The process's freed memory too: what decoded shards took is not needed until the next index.
        """

        def work() -> None:
            self.index.writer.tidy(shelf_bytes, at_rest=at_rest)
            system.trim_memory()

        await self._run(work)

    def shrink(self) -> bool:
        """Have the page cache emptied when what is being written is done; whether it may hold
        anything: it was written since the last time."""
        if self._has_shrunk:
            return False
        self._has_shrunk = True
        self._thread.submit(self._shrink)
        return True

    async def rebuild(self, reason: str) -> None:
        """Set the database aside as damaged and go on with an empty one."""
        await self._run(lambda: self.index.writer.rebuild(reason))

    async def restore(self) -> bool:
        """Go on with an empty index if the present one was removed: see ``Index.restore``."""
        restored = await self._run(self.index.restore)
        if restored:
            self._epoch = -1  # Another writer counts from the start: all claims were lost.
        return restored

    def claims_were_lost(self) -> bool:
        """Whether claims have left the index since this was last asked."""
        before, self._epoch = self._epoch, self.index.writer.claims_epoch
        return self._epoch != before

    def new_notices(self) -> list[str]:
        """What the index has to say to the user and did not say before."""
        before, self._told = self._told, len(self.index.notices)
        return self.index.notices[before:]

    async def close(self) -> None:
        """Finish what is being written, close the index and give its lock back."""
        await self._run(self.index.close)
        self._has_shrunk = True
        self._thread.shutdown(wait=False)

    def statistics(self) -> Statistics:
        """The index's own figures, and seconds of writing."""
        return {
            "waiting": self._waiting,
            "seconds": round(self._seconds, 3),
            "cache_limit_bytes": WRITER_CACHE,
            "index": self.index.statistics(),
        }

    def _shrink(self) -> None:
        # Whoever writes next will meet the same trouble, and can say so.
        with suppress(IndexProblem):
            self.index.writer.shrink()
        system.trim_memory()

    async def _run(self, work: Callable[[], T]) -> T:
        def timed() -> T:
            start = time.perf_counter()
            try:
                return work()
            finally:
                self._seconds += time.perf_counter() - start

        self._waiting += 1
        self._has_shrunk = False
        try:
            # Shielded: whoever asked may go, the transaction is carried through.
            return await asyncio.shield(
                asyncio.get_running_loop().run_in_executor(self._thread, timed)
            )
        finally:
            self._waiting -= 1


def _open(folder: str, root: str) -> Index:
    """Take the lock, then see to an empty spool folder: what lies there nobody will store."""
    index = Index.open(folder, root, write=True)
    spool = _spool_folder(folder)
    shutil.rmtree(spool, ignore_errors=True)
    # Without it no large file can be stored, and the first one says so.
    with suppress(OSError):
        os.mkdir(spool, 0o700)
    return index


def _spool_folder(folder: str) -> str:
    return os.path.join(folder, "spool")


def _results(batch: Sequence[Outcome]) -> list[TranslationUnitResult]:
    return [_result(outcome) for outcome in batch]


def _result(outcome: Outcome) -> TranslationUnitResult:
    result = TranslationUnitResult(
        path=outcome.path,
        flags_hash=outcome.flags_hash,
        status=outcome.status,
        cpu_seconds=outcome.cpu_seconds,
        peak_rss=outcome.peak_rss,
        message=outcome.message,
        headers=outcome.headers,
        begun=outcome.begun,
        ended=outcome.ended,
    )
    if outcome.status is FileStatus.INDEXED:
        shard = msgspec.Raw(outcome.shard) if outcome.shard else None
        return msgspec.structs.replace(result, shard=shard, spool=outcome.spool)
    # Without a shard the file's size and time tell when it is worth another attempt.
    try:
        status = os.stat(outcome.path)
    except OSError:
        return result
    return msgspec.structs.replace(result, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _packed(keys: Sequence[int]) -> bytes:
    return b"".join(key.to_bytes(8, "little") for key in keys)
