"""Finds and loads ``libcppls`` (our C library) and the ``libclang`` it drives.

Knows where packages install things; must not know what the functions do beyond their signatures:
callers declare those of their own part with :func:`declare`. Nothing here imports ``clang.cindex``.

For development, without an install::

    cmake -S cppls/clang/native -B build/native -G Ninja && ninja -C build/native
    export CPPLS_NATIVE_LIBRARY=$PWD/build/native/libcppls.so
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Iterable
from typing import Any, Final

import cppls.clang

ENVIRONMENT_VARIABLE: Final = "CPPLS_NATIVE_LIBRARY"
INTERFACE: Final = 3
"""``CPPLS_INTERFACE`` of ``native/api.h``."""
_NAMES: Final = ("libcppls.so", "libcppls.dylib", "libcppls.dll")
_LIBCLANG_NAMES: Final = ("libclang.so", "libclang.dylib", "libclang.dll")
_MESSAGE_SIZE: Final = 1024


class LibraryError(Exception):
    """A library is missing or unfit; the text names the file and says what to do."""


class Library:
    """``libcppls`` with a ``libclang`` behind it; open for the life of the process."""

    __slots__ = ("api", "native", "resource_dir", "version")

    def __init__(self, native: ctypes.CDLL, api: int, version: str, resource_dir: str) -> None:
        self.native: Final = native
        self.api: Final = ctypes.c_void_p(api)
        """``struct api *``, the first argument of the functions that use libclang."""
        self.version: Final = version
        """libclang's version text, "clang version 22.1.4 ..."."""
        self.resource_dir: Final = resource_dir
        """Folder with the compiler's builtin headers, for ``-resource-dir``."""


def load() -> Library:
    """Load both libraries. Raises :class:`LibraryError`."""
    path = native_library_path()
    try:
        native = ctypes.CDLL(path)
    except OSError as error:
        raise LibraryError(f"cannot load {path}: {error}; reinstall cppls") from error
    interface: int = getattr(native, "cppls_interface", int)()
    if interface != INTERFACE:
        raise LibraryError(f"{path} was built from other sources than these: build it again")
    open_ = declare(native, "cppls_api_open", ctypes.c_void_p, "pointer", "bytes", "size")
    version_of = declare(native, "cppls_api_version", None, "pointer", "bytes", "size")
    libclang, resource_dir = libclang_paths()
    text = ctypes.create_string_buffer(_MESSAGE_SIZE)
    api = open_(os.fsencode(libclang), text, _MESSAGE_SIZE)
    if not api:
        reason = text.value.decode("utf-8", "replace")
        raise LibraryError(f"{reason}; reinstall the package libclang-ng, version 22")
    version_of(api, text, _MESSAGE_SIZE)
    return Library(native, api, text.value.decode("utf-8", "replace"), resource_dir)


def native_library_path() -> str:
    """Where ``libcppls`` lies. Raises :class:`LibraryError` when it was not built."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        if not os.path.isfile(chosen):
            raise LibraryError(f"{ENVIRONMENT_VARIABLE} names {chosen}, which is not a file")
        return chosen
    # In an editable install the package's path has two entries: sources, and what was built.
    folders = list(cppls.clang.__path__)
    found = _first_file(folders, _NAMES)
    if found is None:
        raise LibraryError(
            f"the C library of cppls is not in {', '.join(folders)}: install the package "
            f"(pip install .), or build it and set {ENVIRONMENT_VARIABLE}"
        )
    return found


def libclang_paths() -> tuple[str, str]:
    """``libclang`` of the libclang-ng wheel and its resource folder. Raises LibraryError."""
    spec = importlib.util.find_spec("clang")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        native = os.path.join(folder, "native")
        found = _first_file([native], _LIBCLANG_NAMES)
        resource = os.path.join(native, "resource")
        if found is not None and os.path.isfile(os.path.join(resource, "include", "stddef.h")):
            return found, resource
    raise LibraryError(
        "libclang and its builtin headers are not installed: install the package libclang-ng, "
        "version 22 (the package named libclang lacks the headers and is in its way)"
    )


_TYPES: Final[dict[str, Any]] = {
    "pointer": ctypes.c_void_p,
    "bytes": ctypes.c_char_p,
    "strings": ctypes.POINTER(ctypes.c_char_p),
    "size": ctypes.c_size_t,
    "int": ctypes.c_int,
    "unsigned": ctypes.c_uint,
    "int64": ctypes.c_int64,
}


def declare(native: ctypes.CDLL, name: str, result: Any, *parameters: str) -> Any:
    """The function ``name`` with its signature; parameters are named as in ``_TYPES``."""
    function = getattr(native, name)
    function.restype = result
    function.argtypes = [_TYPES[parameter] for parameter in parameters]
    return function


def string_array(strings: Iterable[bytes]) -> Any:
    """``strings`` as a C array of ``const char *``, with a NULL behind the last."""
    values = list(strings)
    return (ctypes.c_char_p * (len(values) + 1))(*values, None)


def _first_file(folders: Iterable[str], names: Iterable[str]) -> str | None:
    candidates = (os.path.join(folder, name) for folder in folders for name in names)
    return next(filter(os.path.isfile, candidates), None)
