"""What the operating system is asked for: memory back, low priority, limits, a tie to the parent.

Each function does what it can and returns what it could not, as a sentence for a log; an empty
text means all was done. Must not know what the process is for.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Any, BinaryIO, Final

_PR_SET_PDEATHSIG: Final = 1
_M_ARENA_MAX: Final = -8
_MADV_DONTNEED: Final = 4


def take_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout as binary files of the caller's own, for frames.

    From then on descriptor 1 is stderr and descriptor 0 is empty, so that what a library prints or
    reads cannot break the stream of frames.
    """
    source, sink = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def import_folder() -> str:
    """The folder that holds the ``cppls`` package: where every child must be started.

    ``python -m`` puts the current folder first on the import path: a child that started in the
    workspace would import, and so run, the workspace's own ``msgspec.py``.
    """
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def trim_memory() -> str:
    """Give freed heap memory back to the system (``malloc_trim``)."""
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is None:
        return "the C library has no malloc_trim: freed memory stays with the process"
    trim(0)
    return ""


def use_one_arena() -> str:
    """Have malloc use one arena for all threads: only then does trimming give nearly all back."""
    mallopt = getattr(_c_library(), "mallopt", None)
    if mallopt is None:
        return "the C library has no mallopt"
    return "" if mallopt(_M_ARENA_MAX, 1) == 1 else "mallopt refused M_ARENA_MAX"


def drop_mapped_pages(folder: str) -> str:
    """Let go of the pages of files below ``folder`` that this process maps read-only.

    The mappings stay; what is read again comes back from the system's page cache. The caller sees
    to it that no other thread unmaps such a file meanwhile.
    """
    try:
        with open("/proc/self/maps", "rb") as file:
            mappings = file.read().splitlines()
    except OSError:
        return "mapped files cannot be listed: their pages stay with the process"
    madvise = _c_library().madvise
    below = os.fsencode(os.path.join(os.path.realpath(folder), ""))
    refused = 0
    for mapping in mappings:
        area, access, _, _, _, *path = mapping.split(maxsplit=5)
        # Nothing was ever written to such pages, so that nothing can be lost with them.
        if access.startswith(b"r--") and path and path[0].startswith(below):
            start, end = (int(address, 16) for address in area.split(b"-"))
            address, size = ctypes.c_void_p(start), ctypes.c_size_t(end - start)
            refused += madvise(address, size, _MADV_DONTNEED) != 0
    return f"madvise refused {refused} mappings" if refused else ""


def lower_priority() -> str:
    """Let every other process go first, for CPU and for disk."""
    problems: list[str] = []
    nice = getattr(os, "nice", None)
    if nice is None:
        problems.append("niceness is not available")
    else:
        try:
            nice(max(0, 19 - os.getpriority(os.PRIO_PROCESS, 0)))
        except OSError as error:
            problems.append(f"nice: {error.strerror}")
    batch = getattr(os, "SCHED_BATCH", None)
    if batch is not None:
        # Not SCHED_IDLE: on a busy machine an index would never be finished.
        try:
            os.sched_setscheduler(0, batch, os.sched_param(0))
        except OSError as error:
            problems.append(f"batch scheduling: {error.strerror}")
    problems += _lower_io_priority()
    return "; ".join(problems)


def limit_private_memory(size: int) -> str:
    """Let allocations fail once ``size`` bytes of private writable memory are in use.

    ``RLIMIT_DATA``: mapped files (libclang itself, precompiled headers) do not count.
    """
    try:
        import resource
    except ImportError:
        return "memory limits are not available on this system"
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    except (OSError, ValueError) as error:
        return f"RLIMIT_DATA: {error}"
    return ""


def limit_process(pid: int, size: int) -> str:
    """:func:`limit_private_memory` of another process, one that knows nothing of cppls."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
    except (ImportError, AttributeError):
        return "the memory of other processes cannot be limited on this system"
    except (OSError, ValueError) as error:
        return f"RLIMIT_DATA: {error}"
    return ""


def lower_priority_of(pid: int) -> str:
    """Let every process go before that one, for CPU."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, 19)
    except AttributeError:
        return "niceness is not available"
    except OSError as error:
        return f"nice: {error.strerror}"
    return ""


def limit_to_half_of_memory() -> str:
    """See :func:`limit_private_memory`; a backstop for a child, far beyond what a source takes.

    A link to ``/dev/zero`` that is included reads until memory is out, and then others are killed.
    """
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return "the size of memory is not known: there is no limit"
    return limit_private_memory(total // 2)


def die_with_parent() -> str:
    """Have this process killed when its parent dies, also while it is busy in C code."""
    if not sys.platform.startswith("linux"):
        return "the death of the parent is only noticed between two jobs"
    parent = os.getppid()
    prctl = _c_library().prctl
    if prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        return "PR_SET_PDEATHSIG was refused"
    if os.getppid() != parent:  # It died before the request was in force.
        os.kill(os.getpid(), signal.SIGKILL)
    return ""


def reset_peak_rss() -> bool:
    """Start a new high-water mark of this process's RSS; whether the system could do so."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def peak_rss() -> int:
    """Bytes: the high-water mark since the last :func:`reset_peak_rss` that succeeded, or ever."""
    mark = _status_bytes("VmHWM")
    if mark:
        return mark
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def current_rss() -> int:
    """Bytes of RSS of this process."""
    here = _status_bytes("VmRSS")
    if here:
        return here
    import psutil

    return int(psutil.Process().memory_info().rss)


def cpu_seconds() -> float:
    """User and system time of this process so far, all threads."""
    return time.process_time()


def _status_bytes(field: str) -> int:
    """A field of ``/proc/self/status`` in bytes; 0 where there is none."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(field.encode() + b":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _lower_io_priority() -> list[str]:
    import psutil

    process = psutil.Process()
    ionice = getattr(process, "ionice", None)
    if ionice is None:
        return ["disk priority is not available on this system"]
    idle = getattr(psutil, "IOPRIO_CLASS_IDLE", None) or getattr(psutil, "IOPRIO_VERYLOW", None)
    try:
        ionice(idle)
    except (OSError, psutil.Error) as error:
        return [f"disk priority: {error}"]
    return []


def _c_library() -> Any:
    return ctypes.CDLL(None, use_errno=True) if os.name != "nt" else ctypes.CDLL("msvcrt")
