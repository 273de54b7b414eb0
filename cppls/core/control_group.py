"""Memory limits by control group (version 2), where that needs no privileges.

The kernel lets a user divide a group that was delegated to it, as ``systemd-run --user --scope -p
Delegate=yes cppls`` makes one, and only while no process is left in the group itself. So the
server moves into a group of its own below it, and each child into one with its limit. Whatever the
system refuses is a sentence, never an error: the children's own limits and the governor hold
without it. Must not know what a process is for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from typing import Final

from cppls.core.model import Statistics

_CGROUPS: Final = "/sys/fs/cgroup"
_SELF: Final = "/proc/self/cgroup"
_SERVER: Final = "cppls-server"
_CHILD: Final = "cppls-child-"
_CONTROL: Final = "cgroup.subtree_control"
_BEYOND: Final = 16
"""A child is slowed down from its share on and killed from a sixteenth beyond it."""


class ControlGroups:
    """The groups of one server's children. Used from one thread."""

    def __init__(self, root: str = _CGROUPS, membership: str = _SELF) -> None:
        """Changes nothing. ``root``: where control groups are mounted; ``membership``: the file
        that names this process's own."""
        self.problem = "not asked for yet"
        """Why there are no limits by control group; empty where there are."""
        self._root = root
        self._membership = membership
        self._base = ""
        self._limits: dict[int, int] = {}
        self._refused = 0

    def start(self) -> str:
        """Divide this process's group, if it can be; what could not be done, see ``problem``."""
        self._base, self.problem = usable_group(self._root, self._membership)
        if self.problem:
            return self.problem
        try:
            _make(os.path.join(self._base, _SERVER))
            _write(self._base, os.path.join(_SERVER, "cgroup.procs"), os.getpid())
            _write(self._base, _CONTROL, "+memory")
        except OSError as error:
            self.problem = f"{self._base} cannot be divided: {error.strerror}"
            self._undo()
        return self.problem

    def limit(self, pid: int, size: int) -> str:
        """Hold a child to ``size`` bytes, page cache included, from now on; what was refused."""
        if self.problem or self._limits.get(pid) == size:
            return self.problem
        group = f"{_CHILD}{pid}"
        try:
            _make(os.path.join(self._base, group))
            _write(self._base, os.path.join(group, "memory.high"), size)
            _write(self._base, os.path.join(group, "memory.max"), size + size // _BEYOND)
            if pid not in self._limits:
                _write(self._base, os.path.join(group, "cgroup.procs"), pid)
        except OSError as error:
            self._refused += 1
            return f"{group}: {error.strerror}"
        self._limits[pid] = size
        return ""

    def keep(self, pids: Collection[int]) -> None:
        """Remove the groups of all children but those, which still run.

        The server stays where it is: another project of it may use the group, and with the last
        process the whole of it goes.
        """
        for pid in [pid for pid in self._limits if pid not in pids]:
            # Not empty yet, it is removed the next time.
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(self._base, f"{_CHILD}{pid}"))
                del self._limits[pid]

    def statistics(self) -> Statistics:
        """Whether the kernel holds children to their share, why not, and which (bytes by pid)."""
        return {
            "in_use": not self.problem,
            "problem": self.problem,
            "refused": self._refused,
            "limits": {str(pid): size for pid, size in self._limits.items()},
        }

    def _undo(self) -> None:
        """Back into the group, where that is still possible."""
        with contextlib.suppress(OSError):
            _write(self._base, "cgroup.procs", os.getpid())
            os.rmdir(os.path.join(self._base, _SERVER))


def usable_group(root: str = _CGROUPS, membership: str = _SELF) -> tuple[str, str]:
    """(folder, problem): the group that this process may divide, or why there is none."""
    try:
        with open(membership, encoding="utf-8", errors="surrogateescape") as file:
            paths = [line.rstrip("\n")[3:] for line in file if line.startswith("0::")]
        folder = os.path.join(root, paths[0].lstrip("/")).rstrip("/")
        if os.path.basename(folder) == _SERVER:  # Divided for another project of this server.
            return os.path.dirname(folder), ""
        controllers = _read(folder, "cgroup.controllers").split()
        inside = set(_read(folder, "cgroup.procs").split())
    except (OSError, IndexError):
        return "", "this system has no control groups of version 2"
    if "memory" not in controllers:
        return "", f"the control group {folder} has no memory controller"
    needed = [folder, *(os.path.join(folder, name) for name in ("cgroup.procs", _CONTROL))]
    if not all(os.access(path, os.W_OK) for path in needed):
        return "", f"the control group {folder} was not delegated to this user"
    if inside - {str(os.getpid())}:
        return "", f"other processes share the control group {folder}"
    return folder, ""


def _make(folder: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder)


def _write(folder: str, name: str, value: int | str) -> None:
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(str(value))


def _read(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="ascii") as file:
        return file.read()
