"""The flags do what they are for: libclang parses real sources with them without an error."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from cppls.project import Command
from cppls.project.permission import system_compiler
from tests.project.conftest import Folder, Open

pytestmark = pytest.mark.skipif(
    not system_compiler("c++", "/nowhere"), reason="no compiler is installed"
)


@functools.cache
def libclang() -> Any:
    cindex: Any = pytest.importorskip("clang.cindex")
    cindex.Config.libcxx_dir = None
    return cindex


def errors(command: Command, fallback: bool = False) -> list[str]:
    """Errors, and with all arguments warnings too."""
    arguments = command.fallback if fallback else command.arguments
    least = 3 if fallback else 2
    unit = (
        libclang()
        .Index.create()
        .parse(command.path, args=[*arguments, "-working-directory", command.directory])
    )
    return [str(diagnostic) for diagnostic in unit.diagnostics if diagnostic.severity >= least]


SOURCES = {
    "a.c": "#include <stddef.h>\n#include <stdio.h>\n#include <tgmath.h>\nsize_t n;\n",
    "b.cpp": "#include <vector>\n#include <cstdint>\n#include <immintrin.h>\nstd::vector<int> v;\n",
    "b.h": "#pragma once\n#include <string>\nstd::string s();\n",
    "k.cu": "#include <vector>\n__global__ void k(int *p) { *p = 1; }\n",
    "o.m": "#include <stdlib.h>\n@interface A\n- (void)f;\n@end\n",
    "o.mm": "#include <vector>\n@interface A\n@end\nstd::vector<A *> v;\n",
    "m.cppm": "module;\n#include <vector>\nexport module m;\nexport std::vector<int> f();\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_language_parses_without_set_up(
    folder: Folder, open_project: Open, name: str
) -> None:
    for source, text in SOURCES.items():
        folder.write(source, text)
    command = open_project().command(folder / name)
    assert errors(command) == []
    assert errors(command, fallback=True) == []


def test_gccs_own_flags_do_no_harm(folder: Folder, open_project: Open) -> None:
    folder.write("a.cpp", "#include <vector>\n#ifndef YES\n#error no\n#endif\n")
    folder.database(
        folder.entry(
            "a.cpp",
            "-DYES -march=native -fno-fat-lto-objects -flto=auto -Wno-maybe-uninitialized -Werror "
            "-fconcepts -Wformat-overflow=2 --param=ssp-buffer-size=4 -fstack-clash-protection "
            "-mno-fentry -fvisibility=hidden -save-temps -fplugin=none.so -std=gnu++17",
        )
    )
    assert errors(open_project().command(folder / "a.cpp")) == []


def test_a_precompiled_header_of_another_compiler_is_not_read(
    folder: Folder, open_project: Open
) -> None:
    folder.write("pch.h", "#define FROM_PCH 1\n")
    folder.write("pch.h.gch", "gcc's own bytes")
    folder.write("pch.h.pch", "another clang's bytes")
    folder.write("a.cpp", "int a = FROM_PCH;\n")
    folder.database(folder.entry("a.cpp", "-Winvalid-pch -include pch.h"))
    assert errors(open_project().command(folder / "a.cpp")) == []
