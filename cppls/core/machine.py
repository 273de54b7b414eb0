"""What the machine leaves to us: memory of the system and of the control group, battery, load.

Each function answers from what the system tells, and says ``None`` where it tells nothing. Must
not know who asks, nor why.
"""

from __future__ import annotations

import os
from typing import Final

_CGROUPS: Final = "/sys/fs/cgroup"
_SELF: Final = "/proc/self/cgroup"
_UNLIMITED: Final = 1 << 60
"""Version 1 says "no limit" as a number near 2**63."""


def total_memory() -> int:
    """Bytes of RAM, or the control group's limit where that is less."""
    import psutil

    group = group_memory()
    ram = int(psutil.virtual_memory().total)
    return ram if group is None else min(ram, group[0])


def available_memory() -> int:
    """Bytes that can be had without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def group_memory(root: str = _CGROUPS, membership: str = _SELF) -> tuple[int, int] | None:
    """(limit, in use) in bytes of the tightest control group that this process is in.

    In use is what cannot be dropped: the page cache does not count. ``None`` without any limit.
    """
    found: tuple[int, int] | None = None
    for folder in _group_folders(root, membership):
        limit = _number(folder, "memory.max") or _number(folder, "memory.limit_in_bytes")
        if limit is None or limit >= _UNLIMITED:
            continue
        used = _used(folder)
        if found is None or limit - used < found[0] - found[1]:
            found = limit, used
    return found


def on_battery() -> bool | None:
    """Whether the machine runs on its battery; ``None`` without one."""
    import psutil

    sensor = getattr(psutil, "sensors_battery", None)
    state = sensor() if sensor is not None else None
    return None if state is None else not state.power_plugged


def load_per_core() -> float | None:
    """Processes that want to run, averaged over a minute, for each core."""
    average = getattr(os, "getloadavg", None)
    return None if average is None else average()[0] / (os.cpu_count() or 1)


def _group_folders(root: str, membership: str) -> list[str]:
    """The group's own folder and those above it, of the memory controller of either version."""
    try:
        with open(membership, encoding="utf-8", errors="surrogateescape") as file:
            entries = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    folders: list[str] = []
    for entry in entries:
        if len(entry) < 3 or not (entry[1] == "" or "memory" in entry[1].split(",")):
            continue
        top = os.path.join(root, "memory") if entry[1] else root
        # In a container the group's path is often that of the host: then only the top is there.
        parts = [part for part in entry[2].split("/") if part and part != ".."]
        folders += [os.path.join(top, *parts[:depth]) for depth in range(len(parts), -1, -1)]
    return [folder for folder in folders if os.path.isdir(folder)]


def _used(folder: str) -> int:
    """Bytes of the group that are nobody's page cache."""
    try:
        with open(os.path.join(folder, "memory.stat"), encoding="ascii") as file:
            fields = dict(line.split()[:2] for line in file if " " in line)
    except (OSError, ValueError):
        return _number(folder, "memory.current") or 0
    return int(fields.get("anon") or fields.get("total_rss") or 0)


def _number(folder: str, name: str) -> int | None:
    """A file's number; ``None`` for ``max`` and where there is no such file."""
    try:
        with open(os.path.join(folder, name), encoding="ascii") as file:
            text = file.read().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
