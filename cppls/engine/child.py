"""A child process on two pipes: index worker, document host or planner.

Spawns it, matches answers to questions, notices its death, and keeps the last of its stderr. Knows
frames and messages, but neither what a job means nor when to start one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec
import psutil

from cppls.core.frames import HEADER, MAX_FRAME, encode_frame
from cppls.core.live_messages import HostReply, NoDocument
from cppls.core.messages import Failed, PlannerReply, Started, WorkerReply
from cppls.core.model import Statistics
from cppls.core.system import import_folder

START_SECONDS: Final = 60.0
"""A child that has not said ``Started`` by then is taken for dead. Loading libclang takes 0.2 s;
the rest is for machines that are out of memory or read their disk over a network."""

ENDING_SECONDS: Final = 1.0
"""A child whose stdout has ended is killed after so long."""

STDERR_BYTES: Final = 64 << 10
"""Of what a child printed, so much is kept: when libclang crashes, it prints all arguments."""

PIPE_BYTES: Final = 1 << 20
"""Bytes that asyncio buffers before it stops reading: shards of 1 MB are common."""

Reply = WorkerReply | HostReply | PlannerReply
R = TypeVar("R", bound=msgspec.Struct)

_decoder: Final = msgspec.msgpack.Decoder(Reply)


class ChildDied(Exception):
    """The child is gone, or could not be started; the text says how, for a reader."""


class ChildUnable(ChildDied):
    """The child started and said that it cannot work here (``Failed``)."""


class NoAnswer(Exception):
    """The host has no TU to answer from."""


class Numbered(Protocol):
    """A question: its answer carries the same ``id``."""

    @property
    def id(self) -> int:
        """Unique among the child's questions; from ``Child.next_id``."""
        ...


class Child:
    """One running child. Used from the event loop's thread; made by ``start``."""

    def __init__(self, role: str, process: asyncio.subprocess.Process) -> None:
        self.role: Final = role
        self.pid: Final = process.pid
        self.libclang = ""
        self.on_death: Callable[[ChildDied], None] = _ignore
        """Called when it dies without having been stopped, before what was asked fails."""
        assert process.stdin is not None
        self._process = process
        self._stdin = process.stdin
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._in_turn: deque[asyncio.Future[Any]] = deque()
        self._started: asyncio.Future[Started] = asyncio.get_running_loop().create_future()
        self._stderr = bytearray()
        self._death: ChildDied | None = None
        self._stopped = False
        self._sent = self._received = self._answers = 0
        self._receiving = asyncio.ensure_future(self._receive())
        self._listening = asyncio.ensure_future(self._keep_stderr())

    @classmethod
    async def start(
        cls,
        role: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        timeout: float = START_SECONDS,
    ) -> Child:
        """Spawn ``command`` and wait until it says that it is ready.

        Raises ``ChildDied`` when it does not come up, ``ChildUnable`` when it says why it cannot.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                limit=PIPE_BYTES,
                env={**os.environ, **child_environment(), **(environment or {})},
                cwd=import_folder(),
                # A session of its own: Ctrl-C in the terminal reaches the server alone, and the
                # child can be killed with whatever it started.
                start_new_session=True,
            )
        except OSError as error:
            raise ChildDied(f"the {role} cannot be started ({command[0]}: {error})") from None
        child = cls(role, process)
        try:
            started = await asyncio.wait_for(asyncio.shield(child._started), timeout)
        except asyncio.TimeoutError:
            await child.stop()
            raise ChildDied(f"the {role} did not start within {timeout:g} s") from None
        except BaseException:
            await child.stop()
            raise
        child.libclang = started.libclang
        return child

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._death is None

    def next_id(self) -> int:
        """A fresh number for a question."""
        return next(self._ids)

    def post(self, message: msgspec.Struct) -> None:
        """Send a message that has no answer, at once and before anything sent later.

        It waits in memory while the child does not read. Raises ``ChildDied``.
        """
        if self._death is not None:
            raise self._death
        frame = encode_frame(message)
        self._sent += len(frame)
        with contextlib.suppress(ConnectionError, RuntimeError):
            # A broken pipe is a death that the reading side is about to report.
            self._stdin.write(frame)

    async def send(self, message: msgspec.Struct) -> None:
        """As ``post``, then wait while much is unread. Raises ``ChildDied``."""
        self.post(message)
        await self._drain()

    async def ask(self, question: Numbered, answer: type[R]) -> R:
        """Send a question and wait for its answer.

        Raises ``ChildDied`` when the child dies first, ``NoAnswer`` when it has nothing to say.
        Cancelling forgets the answer; the child works on.
        """
        return await self.begin(question, answer)

    def begin(self, question: Numbered, answer: type[R]) -> Coroutine[Any, Any, R]:
        """As ``ask``, but the question is sent by the call itself, directly behind what was posted
        before it; the coroutine, to be awaited, waits for the answer. Raises ``ChildDied``."""
        assert isinstance(question, msgspec.Struct)
        self.post(question)
        future = self._asked[question.id] = asyncio.get_running_loop().create_future()
        return self._answer(question.id, future, answer)

    async def ask_in_turn(self, question: msgspec.Struct, answer: type[R]) -> R:
        """As ``ask``, for messages without a number, whose answers come in the order of asking."""
        future = asyncio.get_running_loop().create_future()
        self._in_turn.append(future)
        await self.send(question)
        return self._expected(await future, answer)

    async def stop(self, grace: float = 0.0) -> None:
        """End it: close its stdin, and after ``grace`` seconds kill it and what it started."""
        self._stopped = True
        self._stdin.close()
        if grace > 0 and self.is_alive:
            await asyncio.wait([self._receiving], timeout=grace)
        self.kill()
        await asyncio.wait([self._receiving, self._listening])

    def kill(self) -> None:
        """Kill its process group at once; the death is then noticed as any other."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self.pid, signal.SIGKILL)

    def stderr_tail(self) -> str:
        """The last lines it wrote to stderr."""
        return self._stderr.decode("utf-8", "replace").strip()

    def statistics(self) -> Statistics:
        """Process figures; ``rss`` in bytes, 0 when it cannot be read."""
        try:
            rss = psutil.Process(self.pid).memory_info().rss if self.is_alive else 0
        except psutil.Error:
            rss = 0
        return {
            "role": self.role,
            "pid": self.pid,
            "alive": self.is_alive,
            "rss": rss,
            "libclang": self.libclang,
            "waiting_answers": len(self._asked) + len(self._in_turn),
            "answers": self._answers,
            "sent_bytes": self._sent,
            "received_bytes": self._received,
        }

    async def _answer(self, number: int, future: asyncio.Future[Any], answer: type[R]) -> R:
        try:
            await self._drain()
            reply = await future
        finally:
            self._asked.pop(number, None)
        if isinstance(reply, NoDocument):
            raise NoAnswer(reply.message)
        return self._expected(reply, answer)

    async def _drain(self) -> None:
        try:
            await self._stdin.drain()
        except (ConnectionError, RuntimeError):
            await asyncio.wait([self._receiving])
            raise self._death or ChildDied(f"the {self.role} is gone") from None

    async def _receive(self) -> None:
        fault = ""
        try:
            while (body := await self._frame()) is not None:
                self._deliver(_decoder.decode(body))
        except msgspec.DecodeError as error:
            fault = f"it sent what is no message ({error})"
        finally:
            # The end of the stream is the death, whatever the process itself still does; but how
            # it ends by itself says more than our SIGKILL.
            if not (fault or self._stopped):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._process.wait(), ENDING_SECONDS)
            self.kill()
            await self._process.wait()
            self._bury(fault)

    async def _frame(self) -> bytes | None:
        stream = self._process.stdout
        assert stream is not None
        try:
            (size,) = HEADER.unpack(await stream.readexactly(HEADER.size))
            if size > MAX_FRAME:
                raise msgspec.DecodeError(f"a frame of {size} bytes")
            self._received += HEADER.size + size
            return await stream.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def _deliver(self, reply: Reply) -> None:
        self._answers += 1
        if isinstance(reply, Started):
            if not self._started.done():
                self._started.set_result(reply)
            return
        if isinstance(reply, Failed):
            self._bury_as(ChildUnable(f"the {self.role} cannot work: {reply.message}"))
            return
        number = getattr(reply, "id", None)
        if number is not None:
            future = self._asked.get(number)
        else:
            future = self._in_turn.popleft() if self._in_turn else None
        if future is not None and not future.done():
            future.set_result(reply)

    def _expected(self, reply: object, answer: type[R]) -> R:
        if not isinstance(reply, answer):
            self.kill()
            raise ChildDied(
                f"the {self.role} answered {type(reply).__name__} instead of {answer.__name__}"
            )
        return reply

    def _bury(self, fault: str) -> None:
        how = _how_it_ended(self._process.returncode)
        if fault:
            how = f"was stopped: {fault}"
        elif self._stopped:
            how = "was stopped"
        tail = self.stderr_tail().splitlines()
        last = f"; its last words: {tail[-1]}" if tail and not self._stopped else ""
        self._bury_as(ChildDied(f"the {self.role} (pid {self.pid}) {how}{last}"))

    def _bury_as(self, death: ChildDied) -> None:
        if self._death is None:
            self._death = death
            if not self._stopped:
                self.on_death(death)
        for future in (self._started, *self._asked.values(), *self._in_turn):
            if not future.done():
                future.set_exception(self._death)
                # Whoever asked may be gone already: then nobody is to be told.
                future.exception()
        self._in_turn.clear()

    async def _keep_stderr(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        with contextlib.suppress(ConnectionError):
            # Chunks, not lines: a line may be longer than any buffer.
            while chunk := await stream.read(4096):
                self._stderr += chunk
                del self._stderr[:-STDERR_BYTES]


def child_environment() -> dict[str, str]:
    """What every child's environment has on top of the server's own.

    With a single malloc arena, what a TU took goes back to the system when it is disposed and the
    heap trimmed; with glibc's default of eight per core most of it stays (measured: 9 against
    12-32 MB).
    """
    return {"MALLOC_ARENA_MAX": "1"}


def _ignore(_: ChildDied) -> None:
    """Nobody listens."""


def _how_it_ended(status: int | None) -> str:
    if status is None:
        return "is gone"
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-status).name}"
    return f"exited with status {status}"
