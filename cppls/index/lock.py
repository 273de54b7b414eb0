"""The lock of an index folder: one process at a time may write.

The system drops it when the process ends, however that happens. The file holds the owner's pid
while the lock is held and is emptied on release, so that a pid found by the next owner means
that the last one did not end as it should.
"""

from __future__ import annotations

import os
import sys

import msgspec

from cppls.index.errors import IndexLocked, IndexUnavailable


class FolderLock(msgspec.Struct, frozen=True):
    """A lock that is held. ``after_crash``: the last owner died while it held the lock."""

    descriptor: int
    after_crash: bool

    def release(self) -> None:
        """Give the lock back, and record that its owner ended as it should."""
        os.ftruncate(self.descriptor, 0)
        os.close(self.descriptor)


def acquire(folder: str) -> FolderLock:
    """Take the lock of ``folder`` without waiting.

    Raises ``IndexLocked`` with the owner's pid, or ``IndexUnavailable`` when the folder cannot be
    written.
    """
    path = os.path.join(folder, "lock")
    try:
        # Not inheritable (PEP 446): a child that outlives the server must not hold the lock.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        hint = "check that you may write this folder, or choose another with --cache-dir"
        raise IndexUnavailable(path, str(error.strerror), hint) from error
    if not _try_lock(descriptor):
        owner = _read_pid(descriptor)
        os.close(descriptor)
        raise IndexLocked(path, owner)
    after_crash = _read_pid(descriptor) != 0
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
    except OSError:
        # A full disk must not keep anyone from using the index: the pid only informs.
        pass
    return FolderLock(descriptor, after_crash)


def owner(folder: str) -> int:
    """The pid of the process that writes the index in ``folder``, 0 for none; locks nothing."""
    try:
        descriptor = os.open(os.path.join(folder, "lock"), os.O_RDONLY)
    except OSError:
        return 0
    try:
        pid = _read_pid(descriptor)
    except OSError:  # Windows lets nobody read what another process has locked
        return 0
    finally:
        os.close(descriptor)
    return pid if pid and _is_alive(pid) else 0


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # a signal would end the process there; its pid is the best that is known
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _read_pid(descriptor: int) -> int:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 32).strip()
    return int(text) if text.isdigit() else 0


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        # Windows locks ranges of bytes against reading too: take one far behind the pid.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
