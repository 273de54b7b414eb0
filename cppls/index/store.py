"""One project's index on disk: its folder, its lock, its writer and its readers."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from cppls.core.model import Statistics
from cppls.core.paths import real_path
from cppls.index import database, lock
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

if TYPE_CHECKING:
    from cppls.index.writer import Writer


def project_folder(cache_dir: str, root: str) -> str:
    """The folder of the index of the project at ``root``, made private to the user.

    ``cache_dir`` (``Settings.cache_dir``) may be empty: then ``CPPLS_CACHE_DIR`` counts, else the
    user's cache folder. What lies in a folder that others may write is not trusted, and removed.
    Raises ``IndexUnavailable`` when it cannot be made or is not the user's.
    """
    folder = project_folder_path(cache_dir, root)
    try:
        # The mode counts for the last folder only: each that is made here gets it.
        for made in (os.path.dirname(folder), folder):
            os.makedirs(made, mode=0o700, exist_ok=True)
        status = os.stat(folder)
        if sys.platform != "win32":
            if status.st_uid != os.geteuid():
                hint = "choose another folder with --cache-dir or CPPLS_CACHE_DIR"
                raise IndexUnavailable(folder, "the folder belongs to another user", hint)
            if status.st_mode & 0o077:
                os.chmod(folder, 0o700)
            if status.st_mode & 0o022:
                _empty(folder)
    except OSError as error:
        hint = "choose a folder you may write with --cache-dir or CPPLS_CACHE_DIR"
        raise IndexUnavailable(folder, str(error.strerror), hint) from error
    return folder


def project_folder_path(cache_dir: str, root: str) -> str:
    """What :func:`project_folder` makes, without touching the disk."""
    real = real_path(root)
    name = re.sub(r"[^\w.+-]", "_", os.path.basename(real), flags=re.ASCII) or "root"
    digest = hashlib.blake2b(os.fsencode(real), digest_size=8).hexdigest()
    base = cache_dir or os.environ.get("CPPLS_CACHE_DIR") or _user_cache_folder()
    return os.path.join(os.path.abspath(os.path.expanduser(base)), f"{name[:64]}-{digest}")


class Index:
    """The index in ``folder``. A context manager; ``close`` waits for nothing."""

    def __init__(self, folder: str, root: str) -> None:
        self.folder = folder
        self.root = root
        self.path = os.path.join(folder, database.DATABASE_NAME)
        self.notices: list[str] = []
        """What the user should be told: what was damaged or outdated, and what happens now."""
        self._lock: lock.FolderLock | None = None
        self._writer: Writer | None = None

    @classmethod
    def open(cls, folder: str, root: str, *, write: bool) -> Index:
        """Open the index in ``folder`` (see :func:`project_folder`) of the project at ``root``.

        With ``write`` this process becomes the writer: an index that another version made or that
        is damaged is replaced by an empty one, and ``notices`` says so. Raises ``IndexLocked``
        when another process is the writer, else ``IndexUnavailable``. Without ``write`` nothing
        is touched; ``reader`` raises when there is nothing to read.
        """
        index = cls(folder, root)
        if write:
            index._become_writer()
        return index

    @property
    def writer(self) -> Writer:
        """The writer. Raises ``IndexUnavailable`` on an index that was opened for reading."""
        if self._writer is None:
            raise IndexUnavailable(self.path, "opened for reading only", "open it with write=True")
        return self._writer

    def reader(self) -> Reader:
        """A reader with a connection of its own, for one thread at a time."""
        return Reader(self.path, self.root)

    def restore(self) -> bool:
        """Go on with an empty index when the present one was removed from the disk.

        The lock's file may be gone as well, so the lock is taken anew: raises ``IndexLocked`` when
        another process was faster, ``IndexUnavailable`` when nothing can be written. False: it is
        there. For the writer's thread.
        """
        if os.path.exists(self.path):
            return False
        self.close()
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._become_writer()
        self.notices.append(f"{self.path}: it was removed; the index is built again")
        return True

    def close(self) -> None:
        """Close the writer and give the lock back; readers close themselves."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def statistics(self) -> Statistics:
        """Where it lies, what it takes, whether this process writes it."""
        return {
            "path": self.path,
            "bytes": database.size_on_disk(self.path),
            "writing": self._writer is not None,
            "writer": self._writer.statistics() if self._writer else None,
            "notices": len(self.notices),
        }

    def _become_writer(self) -> None:
        # ``cppls query`` has no time to import what it takes to write.
        from cppls.index.writer import Writer

        self._lock = lock.acquire(self.folder)
        try:
            # SQLite itself survives a kill; a look at every page also finds what a power cut or
            # a bad disk did, and costs a fraction of a second at the sizes an index has.
            thorough = self._lock.after_crash
            self.notices += database.prepare(self.path, self.root, thorough=thorough)
            self._writer = Writer(self.path, self.root, self.notices)
        except BaseException:
            self.close()
            raise


def _empty(folder: str) -> None:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.remove(entry.path)


def _user_cache_folder() -> str:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(base, "cppls")
