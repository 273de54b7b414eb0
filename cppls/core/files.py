"""Reading source files that may be anything: a device, a pipe, gigabytes.

A workspace is somebody else's: a link in it can lead to ``/dev/zero``, whose end no reader reaches,
or to a pipe that nobody writes to. Whoever reads a file of a workspace whole reads it here.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

LARGEST: Final = 256 << 20
"""Bytes; what is larger is no source file, and holding it would cost as much memory."""


def read_file(path: str) -> bytes:
    """The content of a regular file. Raises ``OSError``, its ``strerror`` made for a reader."""
    # Without waiting: opening a pipe would last until somebody writes to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:
        raise OSError(errno.EINVAL, "its name holds a NUL character", path) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        if status.st_size > LARGEST:
            raise OSError(errno.EFBIG, f"{status.st_size >> 20} MB are too much for a source", path)
        # Files that the kernel makes up say 0 bytes and may have no end.
        return file.read(LARGEST)
