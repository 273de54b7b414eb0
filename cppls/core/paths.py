"""Paths and ``file:`` URIs.

Inside cppls a path is an absolute ``str`` from :func:`os.fsdecode`; on the wire to children it is
``bytes``. A URI percent-encodes the path's bytes, so a name that is not UTF-8 survives the trip.
"""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_SAFE = "/:!$&'()*+,;=@~"


def to_uri(path: str) -> str:
    """The ``file:`` URI of an absolute path."""
    raw = os.fsencode(path)
    if os.name == "nt":
        raw = b"/" + raw.replace(b"\\", b"/")
    return "file://" + quote_from_bytes(raw, _SAFE)


def from_uri(uri: str) -> str | None:
    """The path of a ``file:`` URI; ``None`` for all else (``untitled:``, ``git:``, nonsense)."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # "file://[x" names a host that cannot be
        return None
    if parts.scheme.lower() != "file":
        return None
    raw = unquote_to_bytes(parts.path)
    if b"\0" in raw or not raw:
        return None
    if os.name == "nt":
        raw = raw.lstrip(b"/").replace(b"/", b"\\")
    return os.path.normpath(os.fsdecode(raw))


def real_path(path: str) -> str:
    """``path`` without symbolic links; of a link loop or a missing file, what can be resolved."""
    try:
        return os.path.realpath(path)
    except OSError:
        return os.path.abspath(path)


def is_within(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or lies below it; both absolute and normalised."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
