"""Asking the project's own compiler where its system headers lie, and for which target it builds.

Running a program that a workspace names is running untrusted code. So a compiler is run only when
:func:`permission` says so: it is named like gcc or clang and resolves into a system folder, or the
user's settings allow it. It gets no shell, a clean environment, an empty input and a time limit.
The answer is kept in memory and on disk. libclang is never loaded here.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import IO, Final, NamedTuple

import msgspec

from cppls.core.model import Statistics
from cppls.project import drivers, system_headers
from cppls.project.permission import Permission, permission, system_compiler
from cppls.project.problems import Problems
from cppls.project.values import Toolchain

TIMEOUT: Final = 10.0
"""Seconds a compiler has to answer."""
MAX_OUTPUT: Final = 1 << 20
"""Bytes of its output that are read."""
MAX_AGE: Final = 24 * 3600.0
"""Seconds that an answer on disk is good for: new header packages do not touch the compiler."""


class Run(NamedTuple):
    """How a compiler's run ended: what it wrote to standard error, or why there is none."""

    text: str
    failure: str


class Toolchains:
    """The toolchains of one project, each asked once. Used from one thread at a time."""

    def __init__(
        self,
        root: str,
        cache_dir: str,
        allowed: Sequence[str] = (),
        run: Callable[[list[str]], Run] | None = None,
    ) -> None:
        """``allowed`` are the user's glob patterns; ``run`` stands in for running a compiler."""
        self._root = root
        self._cache_dir = cache_dir
        self._allowed = tuple(allowed)
        self._run = run or _run
        self._known: dict[tuple[str, str, tuple[str, ...]], Toolchain] = {}
        self._answers: dict[str, _Answer] = {}
        self._runs = self._from_disk = 0
        self.problems = Problems()

    def find(self, program: str, family: str, query: Sequence[str] = ()) -> Toolchain:
        """The toolchain behind ``program`` (empty: the system's own compiler).

        ``family`` is ``"c"`` or ``"c++"``; ``query`` are the flags that change where the compiler
        looks, with absolute paths. A compiler that may not be run, or fails, is stood in for by
        the system's, and that one by the folders found by looking.
        """
        key = (program, family, tuple(query))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(program, family, tuple(query))
        return known

    def folders(self) -> tuple[str, ...]:
        """The system include folders of all toolchains asked so far."""
        return tuple(dict.fromkeys(f for each in self._known.values() for f in each.includes))

    def statistics(self) -> Statistics:
        """How many toolchains are known, and how they came to be."""
        return {
            "toolchains": len(self._known),
            "compiler_runs": self._runs,
            "from_disk": self._from_disk,
        }

    def _find(self, program: str, family: str, query: tuple[str, ...]) -> Toolchain:
        may = (
            permission(program, self._root, self._allowed)
            if program
            else Permission(system_compiler(family, self._root), "no compiler is installed", "")
        )
        failure, hint = may.refusal, may.hint
        if may.program:
            answer, failure = self._ask(may.program, family, query)
            if answer is not None:
                note = f"asked {may.program}"
                return _toolchain(program, note, True, answer.target, answer.folders, query)
            hint = f"Run it by hand: {' '.join(_query(may.program, family, query))} < /dev/null"
        if program:
            self.problems.add(
                program, f"the compiler was not asked for its include folders: {failure}", hint
            )
            stand_in = self.find("", family, _neutral(query))
            target = drivers.cross_target(program) or stand_in.target
            note = f"not asked: {failure}; in its stead: {stand_in.note}"
            return msgspec.structs.replace(
                stand_in, driver=program, asked=False, note=note, target=target, hint=hint
            )
        self.problems.add(
            "", f"{failure}; system headers were looked for by their usual places", _INSTALL
        )
        folders = system_headers.by_looking(family)
        note = f"{failure}; folders found by looking"
        return _toolchain(program, note, False, "", folders, query, _INSTALL)

    def _ask(self, program: str, family: str, query: tuple[str, ...]) -> tuple[_Answer | None, str]:
        """What the compiler answers, and else why it does not."""
        command = _query(program, family, query)
        try:
            status = os.stat(os.path.realpath(program))
        except OSError as error:
            return None, f"{error.strerror}"
        identity = [*command, str(status.st_mtime_ns), str(status.st_size)]
        key = hashlib.blake2b(os.fsencode("\0".join(identity)), digest_size=16).hexdigest()
        answer = self._answers.get(key) or self._read(key)
        if answer is None:
            self._runs += 1
            run = self._run(command)
            if run.failure:
                return None, run.failure
            answer = _parse(run.text)
            if not answer.folders and "-nostdinc" not in query:
                return None, "it did not list its include folders"
            self._write(key, answer)
        self._answers[key] = answer
        return answer, ""

    def _file(self, key: str) -> str:
        return os.path.join(self._cache_dir, f"toolchain-{key}.json")

    def _read(self, key: str) -> _Answer | None:
        try:
            with open(self._file(key), "rb") as file:
                answer = msgspec.json.decode(file.read(), type=_Answer)
        except (OSError, msgspec.DecodeError):
            return None  # Not there, or damaged: asking again costs little.
        if abs(time.time() - answer.written) > MAX_AGE:
            return None
        if not all(os.path.isdir(folder) for folder in answer.folders):
            return None
        self._from_disk += 1
        return answer

    def _write(self, key: str, answer: _Answer) -> None:
        """Keep the answer; without a writable cache it is asked again in the next run."""
        path = self._file(key)
        temporary = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self._cache_dir, mode=0o700, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(msgspec.json.encode(answer))
            os.replace(temporary, path)
        except (OSError, UnicodeEncodeError) as error:
            self.problems.add(
                self._cache_dir,
                f"compilers' answers cannot be kept: {error}",
                "Choose a cache folder that you may write to: --cache-dir.",
            )


_INSTALL: Final = "Install gcc or clang with its C++ library (Debian: apt install g++)."


class _Answer(msgspec.Struct, frozen=True):
    target: str
    folders: tuple[str, ...]
    written: float
    """Seconds since the epoch."""


def _query(program: str, family: str, query: Sequence[str]) -> list[str]:
    if not drivers.is_clang(program):
        query = [flag for flag in query if not flag.startswith(_CLANG_ONLY)]
    return [program, "-E", "-v", "-x", family, *query, "-"]


_CLANG_ONLY: Final = ("--target=", "-stdlib=", "--gcc-toolchain=")


def _neutral(query: Sequence[str]) -> tuple[str, ...]:
    """The flags that every compiler understands, for asking another than was meant."""
    return tuple(flag for flag in query if flag.startswith(("--sysroot=", "-nostdinc")))


def _toolchain(
    program: str,
    note: str,
    asked: bool,
    target: str,
    folders: Sequence[str],
    query: Sequence[str],
    hint: str = "",
) -> Toolchain:
    explicit = next((f[9:] for f in reversed(query) if f.startswith("--target=")), "")
    includes = () if "-nostdinc" in query else system_headers.with_clang_builtins(folders)
    return Toolchain(program, asked, note, explicit or target, tuple(includes), hint)


def _run(command: list[str]) -> Run:
    environment = {"LC_ALL": "C", "PATH": os.defpath}
    for name in ("SystemRoot", "SDKROOT", "DEVELOPER_DIR", "TMPDIR", "TEMP"):
        if name in os.environ:
            environment[name] = os.environ[name]
    # Not a pipe: cc1 inherits it, and would keep a reader waiting after its driver was killed.
    with tempfile.TemporaryFile() as output:
        try:
            status = _wait(command, environment, output)
        except (OSError, ValueError) as error:
            return Run("", f"it cannot be run: {error}")
        output.seek(0)
        text = os.fsdecode(output.read(MAX_OUTPUT))
    if status is None:
        return Run("", f"it did not answer within {TIMEOUT:.0f} s")
    if status != 0:
        last = (text.strip().splitlines() or ["no message"])[-1]
        return Run("", f"it ended with status {status}: {last}")
    return Run(text, "")


def _wait(command: list[str], environment: dict[str, str], output: IO[bytes]) -> int | None:
    """Run to the end and give the exit status; ``None`` when it had to be stopped."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=output,
        env=environment,
        cwd=os.path.dirname(command[0]),
        start_new_session=True,
    )
    try:
        return process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:
            _kill_all(process)


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """End a driver and the compilers it started: they share the session made for them."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _parse(text: str) -> _Answer:
    """The target and the list between gcc's (and clang's) two marks."""
    target = ""
    folders: list[str] = []
    listing = False
    for line in text.splitlines():
        if line.startswith("Target: "):
            target = line[8:].strip()
        elif line.startswith("#include <...>"):
            listing = True
        elif line.startswith("End of search list"):
            listing = False
        elif listing and not line.endswith("(framework directory)"):
            folders.append(os.path.realpath(line.strip()))
    return _Answer(target, tuple(dict.fromkeys(folders)), time.time())
