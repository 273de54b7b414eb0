"""Which compilers may be run at all. The one place to read for a security review.

A compiler is run when it is named like gcc or clang (with a version or a cross prefix), its real
path has such a name too and lies in a folder that only the system's administrator fills, or when
the user's settings name it. Never run: what a relative path names, what lies in the workspace,
what everybody may write, and wrappers (ccache, distcc): the compiler behind them is.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Sequence
from typing import Final, NamedTuple

from cppls.core.paths import is_within
from cppls.project import drivers

SYSTEM_FOLDERS: Final = (
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/lib",
    "/usr/local/opt",
    "/opt",  # Vendors' toolchains; Homebrew on Apple silicon.
    "/usr/local/Cellar",
    "/Library/Developer",
    "/Applications/Xcode.app",
    "/nix/store",
    "/gnu/store",
    "C:\\Program Files",
    "C:\\Program Files (x86)",
)
"""Folders that are the administrator's to fill, with those below them."""

_SEARCHED: Final = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")
_ALLOW: Final = "Name it in the setting allowedCompilers if you trust it."


class Permission(NamedTuple):
    """The program to run; empty with a reason, and what a user can do about it."""

    program: str
    refusal: str
    hint: str


def permission(program: str, root: str, allowed: Sequence[str] = ()) -> Permission:
    """Whether, and as which path, ``program`` may be run for a project in ``root``.

    ``allowed`` are the user's glob patterns over absolute paths.
    """
    if os.path.dirname(program) and not os.path.isabs(program):
        return Permission("", "its path is relative", "Name it by an absolute path.")
    path = os.path.normpath(program) if os.path.isabs(program) else _on_path(program)
    if not path:
        return Permission("", "it is not installed", "Install it, or configure another compiler.")
    real = os.path.realpath(path)
    if is_within(path, root) or is_within(real, root):
        return Permission("", "it lies in the workspace", "Install the compiler outside of it.")
    try:
        mode = os.stat(real).st_mode
    except (OSError, ValueError):
        return Permission("", "it does not exist", "Install it, or generate the database again.")
    if not stat.S_ISREG(mode) or not os.access(real, os.X_OK):
        return Permission(
            "", "it is not an executable file", "Check the database's first argument."
        )
    if any(fnmatch.fnmatchcase(path, glob) for glob in allowed):
        return Permission(path, "", "")
    if mode & stat.S_IWOTH:
        return Permission("", "everybody may write to it", f"Run chmod o-w {real}")
    if drivers.base_name(real) in drivers.WRAPPERS:
        return _behind_wrapper(program, root)
    if not (drivers.is_compiler_name(path) and drivers.is_compiler_name(real)):
        return Permission("", "it is not named like gcc or clang", _ALLOW)
    if not any(is_within(real, folder) for folder in SYSTEM_FOLDERS):
        return Permission("", "it does not lie in a system folder", _ALLOW)
    return Permission(real, "", "")


def system_compiler(family: str, root: str) -> str:
    """The system's own compiler for ``"c"`` or ``"c++"``; empty when there is none."""
    names = ("cc", "gcc", "clang") if family == "c" else ("c++", "g++", "clang++")
    for name in names:
        found = _in_folders(name, _SEARCHED, root)
        if found:
            return found
    return ""


def _behind_wrapper(program: str, root: str) -> Permission:
    """The compiler that a link like ``/usr/lib/ccache/g++`` stands for."""
    found = _in_folders(drivers.base_name(program), _SEARCHED, root)
    refusal = "" if found else "it is a wrapper, and the compiler behind it was not found"
    return Permission(found, refusal, "" if found else _ALLOW)


def _in_folders(name: str, folders: Sequence[str], root: str) -> str:
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.exists(path) and drivers.base_name(os.path.realpath(path)) not in (
            drivers.WRAPPERS
        ):
            found = permission(path, root)
            if found.program:
                return found.program
    return ""


def _on_path(name: str) -> str:
    """A bare name on the user's ``PATH``, whose relative folders do not count."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return ""
