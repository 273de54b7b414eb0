"""System include folders: clang's builtin headers in gcc's list, and the usual places.

libclang needs its own builtin headers (``stddef.h``, ``immintrin.h``), of its own version, at the
very place in the list where the compiler has its builtin ones: put at the end, ``<tgmath.h>`` and
C++'s ``#include_next`` find the wrong file (tried with gcc 12).
"""

from __future__ import annotations

import functools
import glob
import importlib.util
import os
import re
from collections.abc import Sequence
from typing import Final

_BUILTIN: Final = re.compile(
    r"[/\\](?:gcc(?:-cross)?[/\\][^/\\]+[/\\][^/\\]+[/\\]include(?:-fixed)?|clang[/\\][^/\\]+[/\\]include)"
)


@functools.cache
def resource_include() -> str:
    """The folder of libclang's builtin headers; empty when the installed wheel has none.

    Found without importing the package, which would load libclang.
    """
    try:
        spec = importlib.util.find_spec("clang")
    except (ImportError, ValueError):
        return ""
    for package in (spec.submodule_search_locations or ()) if spec is not None else ():
        folder = os.path.join(package, "native", "resource", "include")
        if os.path.isfile(os.path.join(folder, "stddef.h")):
            return folder
    return ""


def is_builtin(folder: str) -> bool:
    """Whether this is gcc's or clang's folder of builtin headers, by its path."""
    return folder.endswith(("include", "include-fixed")) and bool(_BUILTIN.search(folder))


def with_clang_builtins(folders: Sequence[str]) -> list[str]:
    """A compiler's list with its builtin folder replaced, in place, by libclang's."""
    resource = resource_include()
    if not resource:
        return list(folders)
    first = next((i for i, folder in enumerate(folders) if is_builtin(folder)), None)
    if first is None:
        # Behind the C++ library, before the C one.
        first = next((i for i, f in enumerate(folders) if "c++" not in f), len(folders))
    before, after = folders[:first], folders[first:]
    return [*before, resource, *(folder for folder in after if not is_builtin(folder))]


def by_looking(family: str) -> list[str]:
    """System include folders in their usual places, for when no compiler can be asked."""
    folders: list[str] = []
    if family == "c++":
        versions = glob.glob("/usr/include/c++/[0-9]*")
        if versions:
            newest = max(versions, key=_version)
            triples = glob.glob(f"/usr/include/*/c++/{os.path.basename(newest)}")
            folders += (newest, *triples[:1], os.path.join(newest, "backward"))
        else:
            folders.append("/usr/include/c++/v1")
    folders.append("/usr/local/include")
    folders += glob.glob("/usr/include/*-linux-*")[:1]
    folders.append("/usr/include")
    return [folder for folder in folders if os.path.isdir(folder)]


def _version(folder: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", os.path.basename(folder)))
