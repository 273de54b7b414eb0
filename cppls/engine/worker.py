"""One index worker as the scheduler sees it: jobs, the claims it knows, its memory.

Knows the messages, but not which file comes next nor what happens to a result.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

from cppls.core.messages import (
    BuildPreamble,
    IndexJob,
    IndexResult,
    KnownFiles,
    PreambleBuilt,
    Trim,
    Trimmed,
)
from cppls.core.model import FileStatus, Statistics
from cppls.engine.child import Child, ChildDied
from cppls.project.prefix import Prefix

R = TypeVar("R", bound=msgspec.Struct)

WORKER_COMMAND: Final = (sys.executable, "-m", "cppls.clang.worker")

MAPPED_BYTES: Final = 40 << 20
"""Of a share, what its limit on private memory leaves for pages of files: measured, libclang's own
and those of the sources keep below it."""

RECYCLE_BYTES: Final = 128 << 20
"""Resident bytes after a trim from which a worker is replaced: with everything disposed it should
hold libclang and little else (measured: under 70 MB), so the rest is a leak or fragmentation."""


_MEMORY_WORDS: Final = ("out of memory", "bad_alloc", "MemoryError", "llocation failed")
"""What a process says whose allocations fail."""
_KERNEL_WORDS: Final = "killed by SIGKILL"
"""Nobody here does that to a worker at its job but the governor; else see ``Killed``."""
_CRASH_WORDS: Final = "libclang: crash detected"
_WORDS_SECONDS: Final = 0.01
"""Last words are written before the answer, and read after it."""


class OutOfMemory(ChildDied):
    """The worker died, or is good for nothing any more, because it met its memory limit."""


class Killed(OutOfMemory):
    """It was killed by SIGKILL: by the kernel, which has no memory left, or by somebody who did not
    mean the file at all."""


class Task(msgspec.Struct, frozen=True):
    """One translation unit to index: what to parse, and how."""

    path: str
    directory: str
    arguments: Sequence[str]
    fallback: Sequence[str] = ()
    flags_hash: int = 0
    spool: str = ""
    """Where a large shard goes; empty: nowhere."""
    last: int = 0
    """Bytes that a worker had with it the last time; 0 when there was none."""
    preambles: Sequence[str] = ()
    """See ``IndexJob.preambles``."""
    before: Sequence[Prefix] = ()
    """Of an open header: what its includer has before it, see ``OpenDocument.before``."""
    behind: bool = False
    """See ``OpenDocument.behind``."""
    begun: int = 0
    """When it was given to a worker, by ``time.monotonic_ns``: nothing was read before."""


class BuildTask(msgspec.Struct, frozen=True):
    """A shared preamble to build; see ``BuildPreamble``."""

    key: str
    """See ``PlannedPreamble.key``."""
    unit: str
    """A unit that includes all that it holds: in the index it stands for the headers' claimant."""
    path: str
    source: bytes
    directory: bytes
    arguments: list[bytes]
    output: str
    parents: Sequence[str]
    spool: str = ""
    """Where a large shard goes; empty: nowhere."""
    memory: int = 0
    """Bytes that a worker is expected to have with it."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a task; ``shard`` is an encoded ``messages.Shard``, empty without one.

    ``spool`` is where the files of that shard lie when it is large. There is neither in an indexed
    file whose shard could not be spooled: it cannot be stored, and comes again.
    """

    path: str
    flags_hash: int
    status: FileStatus
    shard: bytes | memoryview = b""
    message: str = ""
    cpu_seconds: float = 0.0
    peak_rss: int = 0
    headers: bool = False
    """The shard is of a shared preamble's headers: of the unit itself it says nothing."""
    declined: str = ""
    """Why the unit did without the shared preambles that it was given."""
    stale: bool = False
    """These cannot be used any more."""
    spool: str = ""
    spooled: int = 0
    """Bytes in the spool file."""
    begun: int = 0
    """``Task.begun``."""
    ended: int = 0
    """When everything had been read, by the same clock."""

    @property
    def size(self) -> int:
        """Bytes that wait to be stored."""
        return len(self.shard) + self.spooled


class IndexWorker:
    """A child that indexes one file at a time. Used from the event loop's thread."""

    def __init__(self, child: Child, known_keys: Callable[[], Awaitable[bytes]]) -> None:
        """``known_keys`` gives all claims in the index; see ``index.Writer.known_keys``."""
        self.child: Final = child
        self.current = ""
        """Path of the file it is at, empty between two."""
        self._known_keys = known_keys
        self._news = bytearray()
        self._must_relearn = True
        self._jobs = 0
        self._rss_after_trim = 0
        self._last_arguments: list[tuple[Sequence[str], list[bytes]]] = [((), []), ((), [])]
        """Those of the last job and its fallback, and as bytes."""

    def keeps_more_than(self, size: int) -> bool:
        """Whether after the last trim it still had more than so many bytes, or far too many."""
        return self._rss_after_trim > min(size, RECYCLE_BYTES)

    def learn(self, keys: bytes) -> None:
        """Make claims known to it before its next job."""
        self._news += keys

    def relearn(self) -> None:
        """Before its next job, replace all it knows by what the index holds then."""
        self._must_relearn = True

    async def index(self, task: Task, share: int = 0) -> Outcome:
        """Index one file with ``share`` bytes (RSS) at the most; 0: as many as before.

        Raises ``ChildDied``, ``OutOfMemory`` where that is the reason: the worker is to be stopped
        then, whether it is dead or not.
        """
        job = IndexJob(
            id=self.child.next_id(),
            path=os.fsencode(task.path),
            directory=os.fsencode(task.directory),
            arguments=self._encoded(0, task.arguments),
            fallback=self._encoded(1, task.fallback),
            memory=_private(share),
            preambles=[os.fsencode(preamble) for preamble in task.preambles],
            spool=os.fsencode(task.spool),
        )
        result = await self._ask(task.path, job, IndexResult)
        if result.refused:
            # Out of memory or crashed, libclang recovers and gives the same answer as for
            # arguments that it does not like; what it printed tells them apart.
            await asyncio.sleep(_WORDS_SECONDS)
            death = self._why("")
            if death is not None:
                raise death
        return _outcome(task, result)

    async def build(self, task: BuildTask, share: int = 0) -> PreambleBuilt:
        """Build a shared preamble; otherwise as ``index``."""
        job = BuildPreamble(
            id=self.child.next_id(),
            path=os.fsencode(task.path),
            source=task.source,
            directory=task.directory,
            arguments=task.arguments,
            output=os.fsencode(task.output),
            parents=[os.fsencode(parent) for parent in task.parents],
            memory=_private(share),
            spool=os.fsencode(task.spool),
        )
        return await self._ask(task.path, job, PreambleBuilt)

    async def trim(self) -> None:
        """Let it give freed memory back. Raises ``ChildDied``."""
        self._rss_after_trim = (await self.child.ask_in_turn(Trim(), Trimmed)).rss

    async def stop(self) -> None:
        """End it at once; between two jobs there is nothing to lose."""
        await self.child.stop()

    def statistics(self) -> Statistics:
        """The child's figures and its work."""
        return {
            **self.child.statistics(),
            "file": self.current,
            "jobs": self._jobs,
            "rss_after_trim": self._rss_after_trim,
        }

    async def _ask(self, path: str, job: IndexJob | BuildPreamble, answer: type[R]) -> R:
        self.current = path
        try:
            await self._tell_news()
            result = await self.child.ask(job, answer)
        except ChildDied as death:
            await self.child.stop()
            raise self._why(str(death)) or death from None
        finally:
            self.current = ""
        self._jobs += 1
        return result

    def _why(self, how: str) -> ChildDied | None:
        """The reason for a death that it tells itself, in its last words or by the way it died."""
        words = f"{how}\n{self.child.stderr_tail()}"
        if any(word in words for word in _MEMORY_WORDS):
            return OutOfMemory("it ran out of memory")
        if _KERNEL_WORDS in how:
            return Killed("it was killed, as by a system without memory")
        return ChildDied("libclang crashed over it") if _CRASH_WORDS in words else None

    def _encoded(self, which: int, arguments: Sequence[str]) -> list[bytes]:
        """As bytes. Files that come one after the other mostly have the same hundred arguments."""
        last, encoded = self._last_arguments[which]
        if last != arguments:
            encoded = [os.fsencode(argument) for argument in arguments]
            self._last_arguments[which] = arguments, encoded
        return encoded

    async def _tell_news(self) -> None:
        if self._must_relearn:
            # What was learnt until now is in the index; what comes while asking for it is news.
            self._must_relearn = False
            self._news.clear()
            keys = await self._known_keys()
            await self.child.send(KnownFiles(keys, forget=True))
        if self._news:
            keys, self._news = bytes(self._news), bytearray()
            await self.child.send(KnownFiles(keys))


def _private(share: int) -> int:
    """What a share leaves for private memory; 0 for none."""
    return max(share - MAPPED_BYTES, MAPPED_BYTES) if share else 0


def _outcome(task: Task, result: IndexResult) -> Outcome:
    if result.ok or result.unwritten:
        status = FileStatus.INDEXED
    elif os.access(task.path, os.R_OK):
        status = FileStatus.FAILED
    else:
        status = FileStatus.UNREADABLE
    return Outcome(
        path=task.path,
        flags_hash=task.flags_hash,
        status=status,
        shard=bytes(result.shard) if result.ok else b"",
        message=result.message,
        cpu_seconds=result.cpu_seconds,
        peak_rss=result.peak_rss,
        declined=result.declined,
        stale=result.stale,
        spool=task.spool,
        spooled=result.spooled,
        begun=task.begun,
        ended=time.monotonic_ns(),
    )
