"""Where a document host keeps precompiled preambles, and how those of dead hosts are swept.

libclang leaves its preamble files behind when the process is killed (clangd#2362: 300 GB of
them). So each host has a folder of its own below a private one, named after its process, and a
starting host removes the folders of processes that are gone. Below it each TU has one of its own,
so that the TU's thread can tell its preamble from the others. Must not know libclang.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

import psutil

from cppls.core.system import drop_mapped_pages

_NAME: Final = re.compile(r"\d+-\d+")
"""Of a process's folder: what else lies in the base folder is not ours to remove."""


@dataclass(frozen=True, slots=True)
class PreambleFolder:
    """This process's folder for preambles; ``path`` is empty when there is none.

    Without one libclang keeps to its default, the folder for temporary files.
    """

    path: str

    @classmethod
    @contextlib.contextmanager
    def enter(cls, base: str) -> Generator[PreambleFolder]:
        """Sweep ``base`` and make this process's folder there, removed at the end.

        An empty ``base`` means a private folder below the one for temporary files. A folder that
        cannot be made is reported on stderr: preambles then go to libclang's default.
        """
        base = base or os.path.join(tempfile.gettempdir(), f"cppls-preambles-{_user()}")
        own = os.path.join(base, _process_name(psutil.Process()))
        try:
            _make_private(base)
            sweep(base)
            os.makedirs(own, mode=0o700, exist_ok=True)
        except OSError as problem:
            print(f"cppls: no folder for preambles: {problem}", file=sys.stderr)
            yield cls("")
            return
        try:
            yield cls(own)
        finally:
            shutil.rmtree(own, ignore_errors=True)


class UnitFolder:
    """One TU's folder below that of the process. Used from the TU's thread."""

    def __init__(self, parent: str) -> None:
        """With an empty ``parent``, or where none can be made, there is none."""
        self.path: Final = _make_below(parent)
        """Empty when there is none: the preamble goes to libclang's default then."""

    def drop_pages(self) -> None:
        """Have the preamble that lies here leave memory, as far as it is only mapped.

        libclang maps the whole file and keeps it mapped while the TU sleeps; what the next parse
        reads of it comes from the page cache.
        """
        if self.path:
            drop_mapped_pages(self.path)

    def remove(self) -> None:
        """Remove it with all that is left in it."""
        if self.path:
            shutil.rmtree(self.path, ignore_errors=True)


def sweep(base: str) -> list[str]:
    """Remove the folders of processes that are gone; returns their names."""
    swept: list[str] = []
    for entry in os.scandir(base):
        ours = entry.is_dir(follow_symlinks=False) and _NAME.fullmatch(entry.name)
        if ours and not _alive(entry.name):
            shutil.rmtree(entry.path, ignore_errors=True)
            swept.append(entry.name)
    return swept


def folder_bytes(folder: str) -> int:
    """Bytes of the files below a process's folder; 0 for the empty name and one that is gone."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _make_below(parent: str) -> str:
    if not parent:
        return ""
    try:
        return tempfile.mkdtemp(prefix="tu-", dir=parent)
    except OSError as problem:
        print(f"cppls: no folder for a preamble: {problem}", file=sys.stderr)
        return ""


def _make_private(folder: str) -> None:
    """Make ``folder`` for this user alone. Raises ``OSError`` when it is somebody else's."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if hasattr(os, "getuid"):
        status = os.lstat(folder)
        if status.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
        if status.st_mode & 0o077:
            os.chmod(folder, 0o700)


def _process_name(process: psutil.Process) -> str:
    # The start time tells a process from a later one with the same number.
    return f"{process.pid}-{round(process.create_time())}"


def _alive(name: str) -> bool:
    pid, _, started = name.partition("-")
    try:
        # Two processes may see the start of a third a little differently: the clock is adjusted.
        return abs(psutil.Process(int(pid)).create_time() - int(started)) < 3
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
